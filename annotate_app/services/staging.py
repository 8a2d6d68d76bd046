"""Takes the stages of a declared look; of a stage nobody learns more than that it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.certifying import (
    CannotCertify,
    LookResult,
    Plan,
    certificate_path,
    certificates,
    circumstances,
    ledger_row,
    log_look,
    refuse_clock_behind,
    results_of,
    sealing_key,
    write_certificate,
)
from annotate_app.services.declaring import PlanStatus, open_stage, plan_status, terms_now
from annotate_app.services.held_out import HeldOut, demands, fresh_key, held_out
from annotate_app.services.next_look import refuse_forgotten_looks
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.store import look_plans, looks, studies
from annotate_app.store.look_plans import VOID, StoredPlan
from calibration.certificate import Certificate
from calibration.staging import DeclaredPlan, decide, look_of_stage, spends_as_declared, staged

MEANWHILE = "somebody else took this stage in the meantime: see `calibrant look status`"


@dataclass(frozen=True, slots=True)
class StageResult:
    """How a plan stands after a run: `taken` stages were compared; `look` is there where it has ended.

    A plan that became void has neither: its status says why.
    """

    status: PlanStatus
    taken: int
    look: LookResult | None = None

    @property
    def trusted(self) -> bool:
        return self.look is not None and self.look.trusted


def open_plan(desk: Desk, judge: str, *, role: Role | Holder) -> StoredPlan | None:
    """The judge's plan that is under way; None when there is none."""
    require(role, "looks.see")
    with desk.store.reading() as session:
        return look_plans.open_of(session, desk.study_id, judge)


def advance(desk: Desk, judge: str, *, by: str, role: Role | Holder) -> StageResult:
    """Take every stage of the judge's plan whose items are complete, until it ends or labels are missing.

    `CannotCertify` where there is no open plan, or no verdict on a planned item: then nothing was compared.
    """
    require(role, "looks.take")
    key, taken = sealing_key(), 0
    refuse_clock_behind(desk)
    refuse_forgotten_looks(desk)
    while True:
        plan = open_plan(desk, judge, role=HOLDER)
        if plan is None:
            raise CannotCertify(f"no look in stages at {judge!r} is under way")
        if reason := _tampered(plan) or changed(desk, plan.declared) or _judged_anew(desk, plan):
            return _void(desk, plan, reason, taken, by=by)
        if _missing(desk, plan):
            return StageResult(plan_status(desk, judge, role=HOLDER), taken)
        with desk.store.reading() as session:
            newest = look_plans.newest_verdict(session)
        case = held_out(
            desk, judge, plan.declared.named, planned=plan.declared.upto(plan.stage), key=fresh_key()
        )
        look = look_of_stage(plan.declared, plan.stage, case.policy)
        last = plan.stage == len(plan.declared.sizes)
        taken += 1
        if decide(results_of(case, look).finding, last=last) == "go on":
            _go_on(desk, plan, newest, by=by)
            continue
        return _end(desk, plan, case, taken, key, by=by)


def abandon(desk: Desk, judge: str, *, by: str, reason: str, role: Role | Holder) -> PlanStatus:
    """Give the judge's plan up: void, its error stays spent, and nobody learns what a stage found."""
    require(role, "looks.take")
    if not reason.strip():
        raise CannotCertify("giving a plan up needs a reason: --reason TEXT")
    plan = open_plan(desk, judge, role=HOLDER)
    if plan is None:
        raise CannotCertify(f"no look in stages at {judge!r} is under way")
    return _void(desk, plan, f"{by} gave it up: {reason.strip()}", 0, by=by).status


def changed(desk: Desk, plan: DeclaredPlan) -> str:
    """What is no longer as the plan declared it, each with both values; empty when nothing is."""
    now = terms_now(desk, demands(desk, plan.judge, plan.named))
    said = [
        f"{name}: declared with {then[:12] or 'none'}, now {now[name][:12] or 'none'}"
        for name, then in plan.terms().items()
        if now[name] != then
    ]
    return "; ".join(said)


def _tampered(plan: StoredPlan) -> str:
    """Why the stored plan is not the one that was declared; empty when it is."""
    found = plan.declared.sha256
    if found != plan.sha256:
        return f"the stored plan was changed: declared with {plan.sha256[:12]}, now {found[:12]}"
    if not spends_as_declared(plan.declared):
        return "the levels of its stages do not follow from its alpha"
    return ""


def _missing(desk: Desk, plan: StoredPlan) -> int:
    declared = plan.declared
    with desk.store.reading() as session:
        return look_plans.incomplete(session, desk.study_id, declared.upto(plan.stage), declared.raters)


def _judged_anew(desk: Desk, plan: StoredPlan) -> str:
    """Why the judge's answers are no longer those of earlier stages; empty when they are.

    Whoever may replace them after every "go on" looks five times. Calls that had failed may be made again.
    """
    if plan.stage == 1:
        return ""
    judge = plan.declared.judge
    asked = {judge: demands(desk, judge, plan.declared.named).identity.accepted}
    with desk.store.reading() as session:
        known = studies.present_judges(session, desk.study_id, asked).get(judge)
        if known is None:
            return ""
        found = look_plans.judged_anew(session, desk.study_id, plan, known.judge_id)
    if found is None:
        return "nothing says which verdicts the stages before compared"
    return f"verdicts: {found} that earlier stages compared are others now" if found else ""


def _go_on(desk: Desk, plan: StoredPlan, newest: int, *, by: str) -> None:
    """Open the next stage, unless another run has done so."""
    with desk.store.writing() as session:
        if not look_plans.is_at(session, plan):
            raise CannotCertify(MEANWHILE)
        look_plans.keep_compared(session, desk.study_id, plan, newest, by=by, at=desk.now)
        open_stage(session, desk, plan.plan_id, plan.declared, plan.stage + 1, by=by)


def _void(desk: Desk, plan: StoredPlan, reason: str, taken: int, *, by: str) -> StageResult:
    """The plan ends without an outcome, and its alpha stays spent."""
    with desk.store.writing() as session:
        if look_plans.is_at(session, plan):
            look_plans.end(session, plan, VOID, by=by, at=desk.now, reason=reason)
            about = {"look": plan.number, "judge": plan.declared.judge, "reason": reason}
            audit.record(session, desk, actor=by, kind="look.void", detail=about)
    return StageResult(plan_status(desk, plan.declared.judge, role=HOLDER), taken)


def _end(
    desk: Desk, plan: StoredPlan, case: HeldOut, taken: int, key: bytes | None, *, by: str
) -> StageResult:
    """The ledger's row and the plan's end are one transaction, before anybody sees the certificate."""
    declared = plan.declared
    certificate, whole = stage_certificates(desk, plan, case, now=desk.clock())
    text = certificate.sealed(key)
    with desk.store.writing() as session:
        if not look_plans.is_at(session, plan):
            raise CannotCertify(MEANWHILE)
        row = ledger_row(
            session, desk, certificate, plan.number, text, sealed=whole.sealed(), by=by, plan=plan.sha256
        )
        looks.save(session, desk.study_id, row)
        look_plans.end(session, plan, certificate.outcome, by=by, at=desk.now)
        log_look(session, desk, certificate, plan.number, by=by)
    path = certificate_path(desk, declared.judge, declared.named)
    write_certificate(path, text)
    about = Plan(declared.judge, declared.criteria, declared.k, declared.alpha, case.items, declared.items)
    return StageResult(
        plan_status(desk, declared.judge, role=HOLDER), taken, LookResult(about, certificate, path)
    )


def stage_certificates(
    desk: Desk, plan: StoredPlan, case: HeldOut, *, now: datetime
) -> tuple[Certificate, Certificate]:
    """The certificate of the plan's last stage, as readers may see it and whole; the same each time."""
    look = look_of_stage(plan.declared, plan.stage, case.policy)
    about = circumstances(desk, case, now=now)
    return certificates(case, look, about, stages=staged(plan.declared, plan.stage))
