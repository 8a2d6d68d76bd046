"""The tables of monitoring as SQLModel classes; refuses logic and raw input."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class MonitorRunRow(SQLModel, table=True):
    """One run of the monitor."""

    __tablename__ = "monitor_run"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    judge_name: str
    files: str
    software: str
    at: str


class MonitorStateRow(SQLModel, table=True):
    """How things stood when a run ended; a run without one was cut off."""

    __tablename__ = "monitor_state"

    run_id: int = Field(primary_key=True, foreign_key="monitor_run.id")
    content: str
    at: str


class MonitorItemRow(SQLModel, table=True):
    """One production output that was seen, and with which probabilities it was drawn."""

    __tablename__ = "monitor_item"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    item_id: str
    sha256: str
    stratum: str | None = None
    sensitive: bool
    pi_judged: float
    pi_reviewed: float
    weight: float
    judged: bool
    reviewed: bool
    run_id: int = Field(foreign_key="monitor_run.id")
    at: str


class MonitorObservationRow(SQLModel, table=True):
    """One verdict as a process over time takes it."""

    __tablename__ = "monitor_observation"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="monitor_run.id")
    judge_id: int = Field(foreign_key="judge.id")
    criterion_id: int = Field(foreign_key="criterion.id")
    kind: str
    step: int
    item_id: int = Field(foreign_key="item.id")
    value: str | None = None
    good: bool | None = None
    passes: bool | None = None
    passed_before: bool | None = None
    weight: float
    reported_model: str | None = None
    cost_usd: float | None = None
    at: str


class AlarmRow(SQLModel, table=True):
    """An alarm that was raised."""

    __tablename__ = "alarm"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    run_id: int = Field(foreign_key="monitor_run.id")
    kind: str
    subject: str
    content: str
    at: str
