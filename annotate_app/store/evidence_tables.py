"""The tables of splits, waves, looks and reports as SQLModel classes; refuses logic and raw input."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class SplitVersionRow(SQLModel, table=True):
    """One frozen assignment of items to splits."""

    __tablename__ = "split_version"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    number: int
    sha256: str
    seed: int
    shares: str
    parent: str | None = None
    together: str
    reason: str | None = None
    actor: str | None = None
    at: str


class SplitMemberRow(SQLModel, table=True):
    """The split of an item in a version."""

    __tablename__ = "split_member"

    version_id: int = Field(primary_key=True, foreign_key="split_version.id")
    item_id: int = Field(primary_key=True, foreign_key="item.id")
    split: str


class WaveRow(SQLModel, table=True):
    """One draw of items to be labelled, with its design and seed."""

    __tablename__ = "wave"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    number: int
    name: str
    split: str
    purpose: int
    design: str
    seed: int
    frame_sha256: str
    split_version_id: int | None = Field(default=None, foreign_key="split_version.id")
    ordered: bool
    size: int
    actor: str | None = None
    at: str


class WaveItemRow(SQLModel, table=True):
    """An item of a wave's frame: its inclusion probability, and where it stands if it was drawn."""

    __tablename__ = "wave_item"

    wave_id: int = Field(primary_key=True, foreign_key="wave.id")
    item_id: int = Field(primary_key=True, foreign_key="item.id")
    pi: float | None = None
    selected: bool
    position: int | None = None
    raters: int
    doubt: float | None = None
    reason: str | None = None


class WaveClosedRow(SQLModel, table=True):
    """A wave that is no longer asked."""

    __tablename__ = "wave_closed"

    wave_id: int = Field(primary_key=True, foreign_key="wave.id")
    actor: str | None = None
    reason: str | None = None
    at: str


class LookRow(SQLModel, table=True):
    """One opening of held-out evidence; its certificate is for readers, `sealed` for the vault."""

    __tablename__ = "look"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    number: int
    k: int
    judge_name: str
    spec_hash: str | None = None
    rubric_sha256: str | None = None
    policy_sha256: str
    split_version_id: int | None = Field(default=None, foreign_key="split_version.id")
    alpha: float
    plan: str | None = None
    outcome: str
    certificate_sha256: str
    certificate: str
    sealed: str | None = None
    actor: str | None = None
    at: str


class ReportRow(SQLModel, table=True):
    """The frozen result of a calibration."""

    __tablename__ = "report"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    sha256: str
    content: str
    software: str
    at: str


class LookPlanRow(SQLModel, table=True):
    """A look in stages as it was declared; it holds the ledger's number from then on."""

    __tablename__ = "look_plan"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    number: int
    judge_name: str
    sha256: str
    content: str
    actor: str
    at: str


class LookStageRow(SQLModel, table=True):
    """A stage of a plan that was opened, with the wave in which its items are asked."""

    __tablename__ = "look_stage"

    plan_id: int = Field(primary_key=True, foreign_key="look_plan.id")
    stage: int = Field(primary_key=True)
    wave_id: int = Field(foreign_key="wave.id")
    actor: str
    at: str


class LookPlanEndRow(SQLModel, table=True):
    """How a plan ended: an outcome, or void with the reason."""

    __tablename__ = "look_plan_end"

    plan_id: int = Field(primary_key=True, foreign_key="look_plan.id")
    stage: int
    outcome: str
    reason: str | None = None
    actor: str
    at: str
