"""The tables of judges' calls, runs and probes as SQLModel classes; refuses logic and raw input."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class JudgeRunRow(SQLModel, table=True):
    """One run of a judge: why (`run`, `probe` or `anchor`), with which options, by which software."""

    __tablename__ = "judge_run"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    judge_id: int = Field(foreign_key="judge.id")
    purpose: str
    options: str
    software: str
    at: str


class JudgeRunEndRow(SQLModel, table=True):
    """How a run ended and what it counted; a run without one was cut off."""

    __tablename__ = "judge_run_end"

    run_id: int = Field(primary_key=True, foreign_key="judge_run.id")
    outcome: str
    counts: str
    at: str


class BriefingRow(SQLModel, table=True):
    """What all requests of a judge share, stored once: parameters, instructions, schema, examples."""

    __tablename__ = "briefing"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    sha256: str
    content: str


class CallRow(SQLModel, table=True):
    """One answered request; `key` is the hash of the whole request and its replicate."""

    __tablename__ = "call"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    key: str
    run_id: int = Field(foreign_key="judge_run.id")
    briefing_id: int = Field(foreign_key="briefing.id")
    item_id: int = Field(foreign_key="item.id")
    replicate: int
    request: str
    response: str
    reported_model: str | None = None
    fingerprint: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    latency_seconds: float
    attempts: int
    at: str


class FailedCallRow(SQLModel, table=True):
    """A request that was given up, and why."""

    __tablename__ = "failed_call"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="judge_run.id")
    item_id: int = Field(foreign_key="item.id")
    key: str
    kind: str
    message: str
    attempts: int
    at: str


class ProbeRow(SQLModel, table=True):
    """One probe of a judge with what it found, as JSON."""

    __tablename__ = "probe"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    judge_id: int = Field(foreign_key="judge.id")
    kind: str
    content: str
    at: str


class CrewRow(SQLModel, table=True):
    """Runs of one judge side by side: what they have begun and paid together."""

    __tablename__ = "crew"

    id: int | None = Field(default=None, primary_key=True, foreign_key="judge_run.id")
    calls: int
    paid_usd: float


class RunnerRow(SQLModel, table=True):
    """A run that is under way in one process."""

    __tablename__ = "runner"

    run_id: int | None = Field(default=None, primary_key=True, foreign_key="judge_run.id")
    judge_id: int = Field(foreign_key="judge.id")
    crew_id: int = Field(foreign_key="crew.id")
    place: str
    process: int
    expires_at: float


class ItemClaimRow(SQLModel, table=True):
    """An item that a run has in hand."""

    __tablename__ = "item_claim"

    judge_id: int = Field(primary_key=True, foreign_key="judge.id")
    item_id: int = Field(primary_key=True, foreign_key="item.id")
    run_id: int = Field(foreign_key="runner.run_id")


class CallClaimRow(SQLModel, table=True):
    """A call that a run is making."""

    __tablename__ = "call_claim"

    study_id: int = Field(primary_key=True, foreign_key="study.id")
    key: str = Field(primary_key=True)
    run_id: int = Field(foreign_key="runner.run_id")
