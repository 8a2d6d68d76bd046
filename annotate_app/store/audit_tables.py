"""The tables that bind the journal of events into a chain, as SQLModel classes; no logic."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class EventLinkRow(SQLModel, table=True):
    """What binds an entry of the journal to the one before it."""

    __tablename__ = "event_link"

    event_id: int | None = Field(default=None, primary_key=True, foreign_key="event.id")
    study_id: int = Field(foreign_key="study.id")
    number: int
    sha256: str


class EventHeadRow(SQLModel, table=True):
    """The last link of a study's chain."""

    __tablename__ = "event_head"

    study_id: int | None = Field(default=None, primary_key=True, foreign_key="study.id")
    number: int
    sha256: str
