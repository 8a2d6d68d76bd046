"""Pseudonyms of the persons of a study, and which of them stand for nobody known any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlmodel import Session

from annotate_app.store.sql import rows, run


def known(session: Session, study_id: int) -> Mapping[str, str]:
    """The pseudonym of every name that has one; that of a person who was erased is its own."""
    found = rows(
        session,
        "SELECT coalesce(name, pseudonym) AS name, pseudonym FROM pseudonym WHERE study_id = :study "
        "ORDER BY id",
        {"study": study_id},
    )
    return {row["name"]: row["pseudonym"] for row in found}


def taken(session: Session, study_id: int, words: Collection[str]) -> frozenset[str]:
    """Those of `words` that a rater or another pseudonym of the study is called already."""
    found = rows(
        session,
        "SELECT name FROM rater WHERE study_id = :study "
        "UNION SELECT pseudonym FROM pseudonym WHERE study_id = :study",
        {"study": study_id},
    )
    return frozenset(row["name"] for row in found) & frozenset(words)


def add(session: Session, study_id: int, made: Mapping[str, str], *, at: str) -> None:
    """Keep new pseudonyms, by name."""
    run(
        session,
        "INSERT INTO pseudonym (study_id, pseudonym, name, made_at) VALUES (:study, :pseudonym, :name, :at)",
        [{"study": study_id, "pseudonym": word, "name": name, "at": at} for name, word in made.items()],
    )


def forget_name(session: Session, study_id: int, name: str) -> None:
    """From now on the pseudonym of `name` stands for nobody known."""
    run(
        session,
        "UPDATE pseudonym SET name = NULL WHERE study_id = :study AND name = :name",
        {"study": study_id, "name": name},
    )
