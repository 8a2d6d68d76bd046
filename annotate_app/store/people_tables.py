"""The tables of training rounds and questions to the lead as SQLModel classes; refuses logic."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class TrainingRoundRow(SQLModel, table=True):
    """The training items that a rater is asked together; `items` are their numbers as JSON.

    Answers given after the submission `after_submission` belong to it.
    """

    __tablename__ = "training_round"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    rater_id: int = Field(foreign_key="rater.id")
    number: int
    items: str
    pass_share: float
    after_submission: int
    at: str


class TrainingResultRow(SQLModel, table=True):
    """How a training round ended, once its last item was answered."""

    __tablename__ = "training_result"

    round_id: int = Field(primary_key=True, foreign_key="training_round.id")
    right_answers: int
    answers: int
    passed: bool
    at: str


class ThreadRow(SQLModel, table=True):
    """What one rater and the lead say to each other about one item."""

    __tablename__ = "thread"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    item_id: int = Field(foreign_key="item.id")
    rater_id: int = Field(foreign_key="rater.id")
    at: str


class ThreadEntryRow(SQLModel, table=True):
    """One step of a thread: asked, answered, closed, published as a ruling, or seen by the rater."""

    __tablename__ = "thread_entry"

    id: int | None = Field(default=None, primary_key=True)
    entry_id: str
    thread_id: int = Field(foreign_key="thread.id")
    kind: str
    author: str
    text: str | None = None
    rubric_id: int | None = Field(default=None, foreign_key="rubric_version.id")
    at: str
