"""The tables as SQLModel classes, for single rows; refuses logic and raw input (rows do not validate)."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class StudyRow(SQLModel, table=True):
    """One rubric line with its items, raters, judges, splits and waves."""

    __tablename__ = "study"

    id: int | None = Field(default=None, primary_key=True)
    study_key: str
    name: str
    created_at: str


class RubricVersionRow(SQLModel, table=True):
    """One wording of the study's rubric, as YAML; a new wording is a new row."""

    __tablename__ = "rubric_version"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    number: int
    sha256: str
    content: str
    registered_at: str


class CriterionRow(SQLModel, table=True):
    """A criterion's name; the same in all versions of the rubric."""

    __tablename__ = "criterion"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    name: str


class AnswerRow(SQLModel, table=True):
    """The number of each answer of a closed scale, once given, for all rubric versions; value is JSON."""

    __tablename__ = "answer"

    criterion_id: int = Field(primary_key=True, foreign_key="criterion.id")
    code: int = Field(primary_key=True)
    value: str


class RaterRow(SQLModel, table=True):
    """A person who answers."""

    __tablename__ = "rater"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    name: str
    added_at: str


class ImportRunRow(SQLModel, table=True):
    """One import: its files with their hashes, its options and what it counted."""

    __tablename__ = "import_run"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    rubric_id: int = Field(foreign_key="rubric_version.id")
    files: str
    options: str
    counts: str
    at: str


class ItemRow(SQLModel, table=True):
    """One item; `position` numbers the study's items from 0 without gaps."""

    __tablename__ = "item"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    item_id: str
    position: int
    kind: str
    sha256: str
    stratum: str | None = None
    cluster: str | None = None
    sensitive: bool
    system: str | None = None
    system_a: str | None = None
    system_b: str | None = None
    input_id: str | None = None
    correlation_id: str | None = None
    import_id: int | None = Field(default=None, foreign_key="import_run.id")
    meta: str | None = None
    sources: str | None = None
    reference: str | None = None
    context: str | None = None
    input: str | None = None
    output: str | None = None
    output_a: str | None = None
    output_b: str | None = None


class SubmissionRow(SQLModel, table=True):
    """One rater's answers to one item sent together (kind `rated`), or taken back (kind `undone`)."""

    __tablename__ = "submission"

    id: int | None = Field(default=None, primary_key=True)
    submission_id: str
    study_id: int = Field(foreign_key="study.id")
    item_id: int = Field(foreign_key="item.id")
    rater_id: int = Field(foreign_key="rater.id")
    rubric_id: int = Field(foreign_key="rubric_version.id")
    kind: str
    purpose: int
    wave_id: int | None = None
    first_side: str | None = None
    active_seconds: float | None = None
    at: str
    reason: str | None = None
    note: str | None = None
    failure_modes: str | None = None
    evidence: str | None = None


class LabelRow(SQLModel, table=True):
    """The journal of labels: a change is the next revision of (criterion, item, rater, purpose)."""

    __tablename__ = "label"

    id: int | None = Field(default=None, primary_key=True)
    criterion_id: int = Field(foreign_key="criterion.id")
    item_id: int = Field(foreign_key="item.id")
    rater_id: int = Field(foreign_key="rater.id")
    purpose: int
    revision: int
    status: int
    flags: int
    code: int | None = None
    number: float | None = None
    sure: bool | None = None
    submission_id: int | None = Field(default=None, foreign_key="submission.id")
    import_id: int | None = Field(default=None, foreign_key="import_run.id")
    wave_id: int | None = None
    pi: float | None = None
    active_seconds: float | None = None
    at: str | None = None
    reason: str | None = None
    rationale: str | None = None
    evidence: str | None = None
    failure_modes: str | None = None
    extra: str | None = None


class JudgeRow(SQLModel, table=True):
    """One exact judge: a name and the hash of its specification."""

    __tablename__ = "judge"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    name: str
    spec_hash: str
    spec: str | None = None
    registered_at: str


class VerdictRow(SQLModel, table=True):
    """A judge's answers; judging again is the next take of (criterion, judge, item, replicate)."""

    __tablename__ = "verdict"

    id: int | None = Field(default=None, primary_key=True)
    criterion_id: int = Field(foreign_key="criterion.id")
    judge_id: int = Field(foreign_key="judge.id")
    item_id: int = Field(foreign_key="item.id")
    replicate: int
    take: int
    status: int
    code: int | None = None
    number: float | None = None
    confidence: float | None = None
    confidence_kind: str | None = None
    expected: float | None = None
    import_id: int | None = Field(default=None, foreign_key="import_run.id")
    reported_model: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    latency_seconds: float | None = None
    at: str | None = None
    probs: str | None = None
    raw_value: str | None = None
    rationale: str | None = None
    reason: str | None = None
    confidences: str | None = None


class RatedRow(SQLModel, table=True):
    """Which raters' labels of which items stand; derived from the journal, for the queue."""

    __tablename__ = "rated"

    item_id: int = Field(primary_key=True, foreign_key="item.id")
    rater_id: int = Field(primary_key=True, foreign_key="rater.id")
    purpose: int = Field(primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    submission_id: int | None = None


class RatedRemovedRow(SQLModel, table=True):
    """How often a row of `rated` was removed: after that an item may be wanted again."""

    __tablename__ = "rated_removed"

    study_id: int = Field(primary_key=True, foreign_key="study.id")
    times: int


class ClaimRow(SQLModel, table=True):
    """An item reserved for a rater until it is submitted, released or expired."""

    __tablename__ = "claim"

    item_id: int = Field(primary_key=True, foreign_key="item.id")
    rater_id: int = Field(primary_key=True, foreign_key="rater.id")
    purpose: int = Field(primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    wave_id: int | None = None
    first_side: str
    claimed_at: str
    expires_at: str
    withdrawn_id: int | None = None


class QueuePlaceRow(SQLModel, table=True):
    """How far a rater has come in the order of a wave (0: the study's own items)."""

    __tablename__ = "queue_place"

    rater_id: int = Field(primary_key=True, foreign_key="rater.id")
    wave_id: int = Field(primary_key=True)
    size: int
    place: int


class EventRow(SQLModel, table=True):
    """Who did what to the study, when."""

    __tablename__ = "event"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    at: str
    actor: str
    kind: str
    detail: str
