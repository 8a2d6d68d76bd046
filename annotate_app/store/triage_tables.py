"""The tables of triage and of the failure taxonomy as SQLModel classes; refuses logic."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class TriageTagRow(SQLModel, table=True):
    """Why a verdict and the reference differed on an item, as somebody saw it."""

    __tablename__ = "triage_tag"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    item_id: int = Field(foreign_key="item.id")
    criterion_id: int = Field(foreign_key="criterion.id")
    judge_name: str
    verdict: str
    reference: str
    cause: str
    note: str
    actor: str
    at: str


class ModeStepRow(SQLModel, table=True):
    """A failure mode defined beside the rubric's, renamed, or merged into another."""

    __tablename__ = "mode_step"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    kind: str
    name: str
    becomes: str | None = None
    description: str | None = None
    severity: str | None = None
    visibility: str | None = None
    detected_by: str | None = None
    actor: str
    at: str


class ModeTagRow(SQLModel, table=True):
    """An item given a failure mode after it was rated, or relieved of one."""

    __tablename__ = "mode_tag"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    item_id: int = Field(foreign_key="item.id")
    mode: str
    kind: str
    note: str
    actor: str
    at: str
