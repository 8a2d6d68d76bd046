"""The tables of pseudonyms and erasure as SQLModel classes; refuses logic."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class PseudonymRow(SQLModel, table=True):
    """The word that stands for a person; `name` is NULL once the person was erased."""

    __tablename__ = "pseudonym"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    pseudonym: str
    name: str | None = None
    made_at: str


class ErasureRow(SQLModel, table=True):
    """That a person's name was replaced: by which pseudonym, with free texts or without, by whom, why.

    `after_rater_id`: whom the rater stood behind in order of name.
    """

    __tablename__ = "erasure"

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    pseudonym: str
    rater_id: int | None = Field(default=None, foreign_key="rater.id")
    after_rater_id: int | None = Field(default=None, foreign_key="rater.id")
    texts: bool
    actor: str
    reason: str
    at: str


class ErasedEvidenceRow(SQLModel, table=True):
    """What the hash of a certificate's labels became when a name among them was replaced."""

    __tablename__ = "erased_evidence"

    id: int | None = Field(default=None, primary_key=True)
    erasure_id: int = Field(foreign_key="erasure.id")
    certificate_sha256: str
    labels_before: str
    labels_after: str
