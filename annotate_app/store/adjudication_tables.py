"""The tables of adjudication as SQLModel classes; refuses logic."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class AdjudicationRow(SQLModel, table=True):
    """What a lead did about an item's answers: decided, undone, sent back, or names shown.

    `words` are the reason or the note; `labels_sha256` tells which answers the lead had before them.
    """

    __tablename__ = "adjudication"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    item_id: int = Field(foreign_key="item.id")
    criterion_id: int | None = Field(default=None, foreign_key="criterion.id")
    kind: str
    status: str | None = None
    value: str | None = None
    lead: str
    words: str
    labels_sha256: str
    rubric_id: int = Field(foreign_key="rubric_version.id")
    at: str


class SentBackRow(SQLModel, table=True):
    """A rater who is asked an item again; answered by any submission after `after_submission`."""

    __tablename__ = "sent_back"

    adjudication_id: int = Field(primary_key=True, foreign_key="adjudication.id")
    rater_id: int = Field(primary_key=True, foreign_key="rater.id")
    item_id: int = Field(foreign_key="item.id")
    after_submission: int
