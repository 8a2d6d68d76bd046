"""The ledger of looks at held-out evidence, and what the store knows of the verdicts a look compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store import events
from annotate_app.store.codes import ADJUDICATED, BLIND_JUDGE, LABEL_STATUS, PURPOSE
from annotate_app.store.sql import from_json, number, rows, run
from annotate_app.store.studies import Asked, present_judges

VAULT_OPENED = "vault opened"
OF_SPLIT = "JOIN split_member m ON m.item_id = l.item_id AND m.version_id = :version AND m.split = :split"
LAST_BLIND = (
    "l.revision = (SELECT max(n.revision) FROM label n WHERE n.criterion_id = l.criterion_id "
    "AND n.item_id = l.item_id AND n.rater_id = l.rater_id AND n.purpose = l.purpose "
    f"AND n.flags & {BLIND_JUDGE} <> 0)"
)


@dataclass(frozen=True, slots=True)
class LookRecord:
    """One look as the ledger keeps it; `k` counts looks since the vault was last opened.

    `plan` is the hash of the declared plan of a look in stages. `certificate` is the file's text, for
    readers; `sealed` holds every figure, for the vault alone.
    """

    number: int
    k: int
    judge: str
    by: str
    alpha: float
    spec_hash: str
    rubric_sha256: str
    policy_sha256: str
    split_version_id: int | None
    outcome: str
    certificate_sha256: str
    certificate: str
    sealed: str
    at: str
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of the vault: who, why, when, after how many looks."""

    by: str
    reason: str
    looks: int
    at: str


@dataclass(frozen=True, slots=True)
class Behind:
    """Who gave a judge's present verdicts on a split: its identity, and the models providers reported."""

    spec_hash: str
    models: tuple[str, ...]
    verdicts: int


def count(session: Session, study_id: int) -> int:
    """All looks of the study, ever; one in stages counts from the moment it is declared."""
    statement = (
        "SELECT COALESCE(MAX(number), 0) FROM (SELECT number FROM look WHERE study_id = :study "
        "UNION ALL SELECT number FROM look_plan WHERE study_id = :study) AS x"
    )
    return number(session, statement, {"study": study_id})


def count_since_opening(session: Session, study_id: int) -> int:
    """Looks at the present held-out set: those since the vault was last opened."""
    opened = openings(session, study_id)
    return count(session, study_id) - (opened[-1].looks if opened else 0)


def save(session: Session, study_id: int, look: LookRecord) -> None:
    """Enter a look; rows of the ledger are never changed."""
    run(
        session,
        "INSERT INTO look (study_id, number, k, judge_name, spec_hash, rubric_sha256, policy_sha256, "
        "split_version_id, alpha, plan, outcome, certificate_sha256, certificate, sealed, actor, at) VALUES "
        "(:study, :number, :k, :judge, :spec_hash, :rubric, :policy, :split, :alpha, :plan, :outcome, "
        ":sha256, :certificate, :sealed, :actor, :at)",
        {
            "study": study_id,
            "number": look.number,
            "k": look.k,
            "judge": look.judge,
            "spec_hash": look.spec_hash,
            "rubric": look.rubric_sha256,
            "policy": look.policy_sha256,
            "split": look.split_version_id,
            "alpha": look.alpha,
            "plan": look.plan,
            "outcome": look.outcome,
            "sha256": look.certificate_sha256,
            "certificate": look.certificate,
            "sealed": look.sealed,
            "actor": look.by,
            "at": look.at,
        },
    )


def listing(session: Session, study_id: int) -> list[LookRecord]:
    """Every look of the study, oldest first."""
    statement = "SELECT * FROM look WHERE study_id = :study ORDER BY number"
    return [_record(row) for row in rows(session, statement, {"study": study_id})]


def openings(session: Session, study_id: int) -> list[Opening]:
    """Every opening of the vault, oldest first."""
    statement = "SELECT actor, detail, at FROM event WHERE study_id = :study AND kind = :kind ORDER BY id"
    found = rows(session, statement, {"study": study_id, "kind": VAULT_OPENED})
    details = [(row, from_json(row["detail"])) for row in found]
    return [Opening(row["actor"], detail["reason"], detail["looks"], row["at"]) for row, detail in details]


def save_opening(session: Session, study_id: int, opening: Opening) -> None:
    """Enter an opening of the vault in the journal of events."""
    detail = {"reason": opening.reason, "looks": opening.looks}
    events.add(session, study_id, at=opening.at, actor=opening.by, kind=VAULT_OPENED, detail=detail)


def behind(
    session: Session, study_id: int, judge: str, *, asked: Asked, version_id: int, split: str
) -> Behind | None:
    """Who gave the present judge's verdicts on a split; None when the judge was never seen."""
    found = present_judges(session, study_id, asked).get(judge)
    if found is None:
        return None
    by_model = (
        "SELECT verdict.reported_model AS model, COUNT(*) AS verdicts FROM verdict "
        "JOIN split_member ON split_member.item_id = verdict.item_id WHERE verdict.judge_id = :judge "
        "AND split_member.version_id = :version AND split_member.split = :split "
        "GROUP BY verdict.reported_model"
    )
    given = rows(session, by_model, {"judge": found.judge_id, "version": version_id, "split": split})
    return Behind(
        found.spec_hash or "",
        tuple(sorted(row["model"] for row in given if row["model"])),
        sum(row["verdicts"] for row in given),
    )


def answered(session: Session, version_id: int, split: str) -> frozenset[str]:
    """Items of a split with a standing blind answer to any question, skips among them, of any scale.

    Whatever the present wording has room for: else its author would read from a count what was answered.
    """
    found = rows(
        session,
        f"SELECT DISTINCT i.item_id FROM label l {OF_SPLIT} JOIN item i ON i.id = l.item_id "
        f"WHERE l.purpose = :estimate AND l.flags & {ADJUDICATED} = 0 AND l.status <> :withdrawn "
        f"AND {LAST_BLIND}",
        {
            "version": version_id, "split": split, "estimate": PURPOSE["estimate"],
            "withdrawn": LABEL_STATUS["withdrawn"],
        },
    )  # fmt: skip
    return frozenset(row["item_id"] for row in found)


def answered_to(session: Session, version_id: int, split: str) -> tuple[frozenset[int], frozenset[int]]:
    """The wordings of raters' last answers to items of a split, and those that imports of labels went by."""
    values = {"version": version_id, "split": split, "estimate": PURPOSE["estimate"]}
    given = rows(
        session,
        f"SELECT DISTINCT l.rubric_id FROM submission l {OF_SPLIT} WHERE l.purpose = :estimate "
        "AND l.kind = 'rated' AND l.id = (SELECT max(n.id) FROM submission n WHERE n.item_id = l.item_id "
        "AND n.rater_id = l.rater_id AND n.purpose = l.purpose)",
        values,
    )
    imported = rows(
        session,
        f"SELECT DISTINCT r.rubric_id FROM label l {OF_SPLIT} JOIN import_run r ON r.id = l.import_id "
        "WHERE l.purpose = :estimate",
        values,
    )
    return (
        frozenset(row["rubric_id"] for row in given),
        frozenset(row["rubric_id"] for row in imported),
    )


def _record(row: Mapping[str, Any]) -> LookRecord:
    return LookRecord(
        number=row["number"],
        k=row["k"],
        judge=row["judge_name"],
        by=row["actor"] or "",
        alpha=row["alpha"],
        spec_hash=row["spec_hash"] or "",
        rubric_sha256=row["rubric_sha256"] or "",
        policy_sha256=row["policy_sha256"],
        split_version_id=row["split_version_id"],
        outcome=row["outcome"],
        certificate_sha256=row["certificate_sha256"],
        certificate=row["certificate"],
        sealed=row["sealed"] or "",
        at=row["at"],
        plan=row["plan"],
    )
