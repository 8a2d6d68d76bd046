"""Studies and the names that belong to one: criteria and judges; names to numbers and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.sql import number, one, rows, run

Asked = Mapping[str, Collection[str]]  # by judge's name: the identity hashes that study.toml asks for


@dataclass(frozen=True, slots=True)
class StudyCounts:
    """A study of the database with its size."""

    study_id: int
    name: str
    items: int
    raters: int
    created_at: str


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """One exact judge: several may carry one name, the newest is the present one."""

    judge_id: int
    name: str
    spec_hash: str
    spec: str | None
    registered_at: str


def find(session: Session, key: str) -> int | None:
    """The number of the study with this key, if it is in the database."""
    found = one(session, "SELECT id FROM study WHERE study_key = :key", {"key": key})
    return None if found is None else int(found["id"])


def register(session: Session, key: str, name: str, *, at: str) -> int:
    """The number of the study with this key, made when it is new; its name follows study.toml."""
    run(
        session,
        "INSERT INTO study (study_key, name, created_at) VALUES (:key, :name, :at) "
        "ON CONFLICT (study_key) DO UPDATE SET name = excluded.name",
        {"key": key, "name": name, "at": at},
    )
    return number(session, "SELECT id FROM study WHERE study_key = :key", {"key": key})


def rename_only_study(session: Session, key: str) -> None:
    """Give the database's study this key if it is the only one there; its name follows when it registers."""
    run(
        session,
        "UPDATE study SET study_key = :key WHERE study_key NOT LIKE '#planted:%' "
        "AND (SELECT count(*) FROM study WHERE study_key NOT LIKE '#planted:%') = 1",
        {"key": key},
    )


def name_of(session: Session, study_id: int) -> str:
    """The study's name; empty where there is no such study."""
    found = one(session, "SELECT name FROM study WHERE id = :study", {"study": study_id})
    return "" if found is None else str(found["name"])


def listing(session: Session) -> list[StudyCounts]:
    """Every study of the database, oldest first; not the places where planted items are kept."""
    statement = (
        "SELECT s.id, s.name, s.created_at, (SELECT count(*) FROM item i WHERE i.study_id = s.id) AS items, "
        "(SELECT count(*) FROM rater r WHERE r.study_id = s.id) AS raters FROM study s "
        "WHERE s.study_key NOT LIKE '#planted:%' ORDER BY s.id"
    )
    return [
        StudyCounts(r["id"], r["name"], r["items"], r["raters"], r["created_at"])
        for r in rows(session, statement)
    ]


def criterion_ids(session: Session, study_id: int) -> dict[str, int]:
    """Criteria by name, of all rubric versions."""
    return _ids(session, "SELECT name, id FROM criterion WHERE study_id = :study ORDER BY id", study_id)


def judges(session: Session, study_id: int) -> list[JudgeRecord]:
    """Every exact judge of the study, oldest first."""
    statement = (
        "SELECT id, name, spec_hash, spec, registered_at FROM judge WHERE study_id = :study ORDER BY id"
    )
    return [
        JudgeRecord(r["id"], r["name"], r["spec_hash"], r["spec"], r["registered_at"])
        for r in rows(session, statement, {"study": study_id})
    ]


def register_judge(
    session: Session, study_id: int, name: str, spec_hash: str, *, at: str, spec: str | None = None
) -> int:
    """The number of an exact judge, made when it is new; `spec` is what its hash stands for, as JSON."""
    run(
        session,
        "INSERT INTO judge (study_id, name, spec_hash, spec, registered_at) "
        "VALUES (:study, :name, :hash, :spec, :at) ON CONFLICT (study_id, name, spec_hash) "
        "DO UPDATE SET spec = coalesce(judge.spec, excluded.spec)",
        {"study": study_id, "name": name, "hash": spec_hash, "spec": spec, "at": at},
    )
    return number(
        session,
        "SELECT id FROM judge WHERE study_id = :study AND name = :name AND spec_hash = :hash",
        {"study": study_id, "name": name, "hash": spec_hash},
    )


def present_judges(session: Session, study_id: int, asked: Asked) -> Mapping[str, JudgeRecord]:
    """The exact judge that each name stands for: the one that is asked for, else the newest."""
    return {judge.name: judge for judge in present_last(judges(session, study_id), asked)}


def present_last(known: Iterable[JudgeRecord], asked: Asked) -> list[JudgeRecord]:
    """Exact judges, oldest first, those that are asked for after all others."""
    return sorted(known, key=lambda judge: (judge.spec_hash in asked.get(judge.name, ()), judge.judge_id))


def _ids(session: Session, statement: str, study_id: int) -> dict[str, int]:
    return {row["name"]: row["id"] for row in rows(session, statement, {"study": study_id})}
