"""Rubric versions of a study by their hash, and the numbers under which answers are stored."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.sql import from_json, number, one, rows, run, to_json
from annotate_app.store.studies import criterion_ids
from rubrics.files import dump_rubric, parse_rubric
from rubrics.rubric import Criterion, Rubric, Value


@dataclass(frozen=True, slots=True)
class RubricVersion:
    """A wording that the study has had."""

    rubric_id: int
    number: int
    sha256: str
    registered_at: str


def find(session: Session, study_id: int, sha256: str) -> int | None:
    """The number of the wording with this hash, if the study has had it."""
    found = one(
        session,
        "SELECT id FROM rubric_version WHERE study_id = :study AND sha256 = :sha",
        {"study": study_id, "sha": sha256},
    )
    return None if found is None else int(found["id"])


def register(session: Session, study_id: int, rubric: Rubric, *, at: str) -> int:
    """Keep this wording, and give its criteria and answers numbers; a known one changes nothing."""
    known = find(session, study_id, rubric.sha256)
    if known is not None:
        return known
    run(
        session,
        "INSERT INTO rubric_version (study_id, number, sha256, content, registered_at) "
        "SELECT :study, 1 + count(*), :sha, :content, :at FROM rubric_version WHERE study_id = :study",
        {"study": study_id, "sha": rubric.sha256, "content": dump_rubric(rubric), "at": at},
    )
    run(
        session,
        "INSERT INTO criterion (study_id, name) VALUES (:study, :name) "
        "ON CONFLICT (study_id, name) DO NOTHING",
        [{"study": study_id, "name": criterion.name} for criterion in rubric.criteria],
    )
    ids = criterion_ids(session, study_id)
    for criterion in rubric.criteria:
        _number_answers(session, ids[criterion.name], criterion)
    return number(
        session,
        "SELECT id FROM rubric_version WHERE study_id = :study AND sha256 = :sha",
        {"study": study_id, "sha": rubric.sha256},
    )


def version(session: Session, study_id: int, sha256: str) -> Rubric | None:
    """The rubric with this hash, if the study has had it."""
    found = one(
        session,
        "SELECT content FROM rubric_version WHERE study_id = :study AND sha256 = :sha",
        {"study": study_id, "sha": sha256},
    )
    return None if found is None else parse_rubric(found["content"], source=f"rubric version {sha256[:12]}")


def versions(session: Session, study_id: int) -> list[RubricVersion]:
    """The study's wordings, oldest first."""
    found = rows(
        session,
        "SELECT id, number, sha256, registered_at FROM rubric_version "
        "WHERE study_id = :study ORDER BY number",
        {"study": study_id},
    )
    return [RubricVersion(r["id"], r["number"], r["sha256"], r["registered_at"]) for r in found]


def answer_codes(session: Session, study_id: int) -> dict[str, dict[Value, int]]:
    """Per criterion, the stored number of every answer of its closed scales; none for interval scales."""
    found = rows(
        session,
        "SELECT c.name, a.code, a.value FROM criterion c LEFT JOIN answer a ON a.criterion_id = c.id "
        "WHERE c.study_id = :study ORDER BY c.id, a.code",
        {"study": study_id},
    )
    codes: dict[str, dict[Value, int]] = {row["name"]: {} for row in found}
    for row in found:
        if row["code"] is not None:
            codes[row["name"]][from_json(row["value"])] = row["code"]
    return codes


def _number_answers(session: Session, criterion_id: int, criterion: Criterion) -> None:
    """New answers get the next numbers; the answers of an interval scale are stored as numbers themselves."""
    if criterion.scale.kind == "interval":
        return
    for value in criterion.scale.categories:
        run(
            session,
            "INSERT INTO answer (criterion_id, code, value) SELECT :criterion, "
            "(SELECT count(*) FROM answer WHERE criterion_id = :criterion), :value WHERE NOT EXISTS "
            "(SELECT 1 FROM answer WHERE criterion_id = :criterion AND value = :value)",
            {"criterion": criterion_id, "value": to_json(value)},
        )
