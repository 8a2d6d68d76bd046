"""Looks in stages: plans as declared, the stages that were opened, and how each plan ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store import events
from annotate_app.store.codes import BLIND_JUDGE, PURPOSE
from annotate_app.store.sql import from_json, number, one, rows, run, to_json
from calibration.staging import DeclaredPlan

VOID = "void"
COMPARED = "stage compared"
JUDGED_ANEW = """SELECT i.item_id FROM verdict v JOIN item i ON i.id = v.item_id WHERE i.study_id = :study
  AND v.judge_id = :judge AND v.id > :newest AND EXISTS (SELECT 1 FROM verdict o
    WHERE o.criterion_id = v.criterion_id AND o.judge_id = v.judge_id AND o.item_id = v.item_id
    AND o.replicate = v.replicate AND o.id <= :newest AND o.status = 0
    AND (o.status <> v.status OR o.code IS NOT v.code OR o.number IS NOT v.number))"""
BLIND = (  # whoever saw a verdict first gave no evidence: else a stage could end without its hardest items
    "EXISTS (SELECT 1 FROM label l WHERE l.item_id = i.id AND l.rater_id = d.rater_id "
    f"AND l.purpose = d.purpose AND l.flags & {BLIND_JUDGE} <> 0 "
    "AND l.criterion_id IN (SELECT id FROM criterion WHERE study_id = :study))"
)


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A declared plan in the ledger: the stage that is open or was the last, its wave, and how it ended."""

    plan_id: int
    number: int
    sha256: str
    declared: DeclaredPlan
    stage: int
    wave: str
    outcome: str | None = None
    reason: str | None = None
    ended_at: str | None = None

    @property
    def is_open(self) -> bool:
        return self.outcome is None


def save(session: Session, study_id: int, plan: DeclaredPlan, *, number_: int) -> int:
    """Enter a plan under the ledger's next number; its row."""
    run(
        session,
        "INSERT INTO look_plan (study_id, number, judge_name, sha256, content, actor, at) "
        "VALUES (:study, :number, :judge, :sha256, :content, :actor, :at)",
        {
            "study": study_id,
            "number": number_,
            "judge": plan.judge,
            "sha256": plan.sha256,
            "content": to_json(plan.content()),
            "actor": plan.by,
            "at": plan.at,
        },
    )
    statement = "SELECT id FROM look_plan WHERE study_id = :study AND number = :number"
    return number(session, statement, {"study": study_id, "number": number_})


def open_stage(session: Session, plan_id: int, stage: int, *, wave: str, by: str, at: str) -> None:
    """Enter that a stage is open, in the wave of this name."""
    run(
        session,
        "INSERT INTO look_stage (plan_id, stage, wave_id, actor, at) SELECT p.id, :stage, w.id, :actor, :at "
        "FROM look_plan p JOIN wave w ON w.study_id = p.study_id WHERE p.id = :plan AND w.name = :wave",
        {"plan": plan_id, "stage": stage, "wave": wave, "actor": by, "at": at},
    )


def end(
    session: Session, plan: StoredPlan, outcome: str, *, by: str, at: str, reason: str | None = None
) -> None:
    """Enter how a plan ended, and ask no more of its last wave."""
    values = {"plan": plan.plan_id, "stage": plan.stage, "actor": by, "at": at}
    run(
        session,
        "INSERT INTO look_plan_end (plan_id, stage, outcome, reason, actor, at) "
        "VALUES (:plan, :stage, :outcome, :reason, :actor, :at)",
        {**values, "outcome": outcome, "reason": reason},
    )
    run(
        session,
        "INSERT INTO wave_closed (wave_id, actor, reason, at) SELECT wave_id, :actor, :reason, :at "
        "FROM look_stage WHERE plan_id = :plan AND stage = :stage ON CONFLICT DO NOTHING",
        {**values, "reason": "the plan that it belongs to has ended"},
    )


def listing(session: Session, study_id: int) -> list[StoredPlan]:
    """Every plan of the study, oldest first."""
    statement = (
        "SELECT p.id, p.number, p.sha256, p.content, s.stage, w.name AS wave, e.outcome, e.reason, "
        "e.at AS ended_at FROM look_plan p JOIN look_stage s ON s.plan_id = p.id AND s.stage = "
        "(SELECT MAX(stage) FROM look_stage WHERE plan_id = p.id) JOIN wave w ON w.id = s.wave_id "
        "LEFT JOIN look_plan_end e ON e.plan_id = p.id WHERE p.study_id = :study ORDER BY p.number"
    )
    return [_stored(row) for row in rows(session, statement, {"study": study_id})]


def open_of(session: Session, study_id: int, judge: str) -> StoredPlan | None:
    """The judge's plan that has not ended; None when there is none."""
    return next((p for p in listing(session, study_id) if p.is_open and p.declared.judge == judge), None)


def last_of(session: Session, study_id: int, judge: str) -> StoredPlan | None:
    """The judge's newest plan, ended or not; None when it never had one."""
    return next((p for p in reversed(listing(session, study_id)) if p.declared.judge == judge), None)


def incomplete(session: Session, study_id: int, items: Sequence[str], raters: int) -> int:
    """How many of these items fewer than `raters` people have answered or skipped, blind to any verdict."""
    complete = 0
    for start in range(0, len(items), 500):
        names = {f"item{k}": item for k, item in enumerate(items[start : start + 500])}
        complete += number(
            session,
            "SELECT COUNT(*) FROM (SELECT i.id FROM item i JOIN rated d ON d.item_id = i.id "
            f"AND d.study_id = :study AND d.purpose = :purpose WHERE i.study_id = :study AND {BLIND} "
            f"AND i.item_id IN ({', '.join(f':{name}' for name in names)}) "
            "GROUP BY i.id HAVING COUNT(*) >= :raters) AS x",
            {"study": study_id, "purpose": PURPOSE["estimate"], "raters": raters, **names},
        )
    return len(items) - complete


def newest_verdict(session: Session) -> int:
    """The number of the last verdict that was stored: later ones have greater numbers."""
    return number(session, "SELECT COALESCE(MAX(id), 0) FROM verdict")


def keep_compared(
    session: Session, study_id: int, plan: StoredPlan, newest: int, *, by: str, at: str
) -> None:
    """Enter in the journal up to which verdict the plan's present stage was compared, and nothing of it."""
    detail = {"plan": plan.plan_id, "stage": plan.stage, "newest": newest}
    events.add(session, study_id, at=at, actor=by, kind=COMPARED, detail=detail)


def judged_anew(session: Session, study_id: int, plan: StoredPlan, judge_id: int) -> int | None:
    """How many items that earlier stages compared have another answer of this judge since.

    None where the journal does not say what was compared.
    """
    entered = rows(
        session,
        "SELECT detail FROM event WHERE study_id = :study AND kind = :kind",
        {"study": study_id, "kind": COMPARED},
    )
    newest = {(d["plan"], d["stage"]): d["newest"] for d in (from_json(row["detail"]) for row in entered)}
    if (plan.plan_id, plan.stage - 1) not in newest:
        return None
    values = {"study": study_id, "judge": judge_id, "newest": newest[plan.plan_id, plan.stage - 1]}
    found = rows(session, JUDGED_ANEW, values)
    return len({row["item_id"] for row in found} & {*plan.declared.upto(plan.stage - 1)})


def is_at(session: Session, plan: StoredPlan) -> bool:
    """Whether the plan is still open at the stage that was read."""
    found = one(
        session,
        "SELECT (SELECT MAX(stage) FROM look_stage WHERE plan_id = :plan) AS stage, "
        "EXISTS (SELECT 1 FROM look_plan_end WHERE plan_id = :plan) AS ended",
        {"plan": plan.plan_id},
    )
    return found is not None and found["stage"] == plan.stage and not found["ended"]


def _stored(row: Mapping[str, Any]) -> StoredPlan:
    return StoredPlan(
        plan_id=row["id"],
        number=row["number"],
        sha256=row["sha256"],
        declared=DeclaredPlan.of(from_json(row["content"])),
        stage=row["stage"],
        wave=row["wave"],
        outcome=row["outcome"],
        reason=row["reason"],
        ended_at=row["ended_at"],
    )
