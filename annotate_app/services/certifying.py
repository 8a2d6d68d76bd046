"""Looks at held-out evidence: plan, look, ledger, certificate; fails closed and shows no more than it may."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import cast

from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.demanding import facts_sha256
from annotate_app.services.gating import CannotGate, signing_key
from annotate_app.services.held_out import CannotCertify, HeldOut, fresh_key, held_out
from annotate_app.services.next_look import refuse_forgotten_looks, refuse_unless_next
from annotate_app.services.policy_log import note_policy
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import looks as store
from annotate_app.store import splits as split_store
from annotate_app.store.engine import Session
from calibration.accepting import thresholds
from calibration.agreement import CriterionAgreement, Options, measure_criterion
from calibration.agreement_types import ReferenceKind
from calibration.certificate import Certificate, Staged, certificate_name
from calibration.conditions import Look, check_conditions, look_at
from calibration.demands.facts import Error, Found
from calibration.demands.fewest import fewest_items
from calibration.demands.measuring import OF_THE_JUDGE_ALONE, Demands, measure_demands
from calibration.evidence import EvidenceHashes, evidence_of
from calibration.issuing import Circumstances, Results, issue
from calibration.needed import planned_n

__all__ = ["CannotCertify", "LookResult", "Plan", "certify", "plan_look"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A look before it is taken: which one it is, its error, and the held-out items it has and needs.

    `needs` is the n for power .8 if the judge's true kappa lies .2 above the floor (classes even), or what
    other demands need even if nothing goes wrong. `open` says what has to be done first, because without it
    the look cannot end in trusted: a probe that is not made, a price that is not known.
    """

    judge: str
    criteria: tuple[str, ...]
    k: int
    alpha: float
    has: int
    needs: int
    open: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LookResult:
    """A look that was taken, with the certificate as it was written."""

    plan: Plan
    certificate: Certificate
    path: Path

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the conditions that did not pass, as "criterion: condition"."""
        return tuple(f"{c.criterion}: {c.name}" for c in self.certificate.conditions if not c.passed)

    @property
    def trusted(self) -> bool:
        return self.certificate.outcome == "trusted"


def plan_look(desk: Desk, judge: str, *, criteria: tuple[str, ...] = (), role: Role | Holder) -> Plan:
    """What the next look at `judge` would be; `CannotCertify` when it could not be taken. Spends nothing."""
    require(role, "looks.see")
    return _plan(desk, held_out(desk, judge, criteria))


def certify(
    desk: Desk,
    judge: str,
    *,
    by: str,
    criteria: tuple[str, ...] = (),
    announce: Callable[[Plan], None] | None = None,
    unstaged: bool = False,
    role: Role | Holder,
) -> LookResult:
    """Take one look: test every condition on held-out labels, enter it in the ledger, write the certificate.

    `announce` hears the plan before anything is compared; the ledger has the look before anyone sees it.
    After a plan that became void a look without stages is taken only when asked for, by `unstaged`.
    """
    require(role, "looks.take")
    key = sealing_key()
    note_policy(desk)
    refuse_clock_behind(desk)
    refuse_forgotten_looks(desk)
    refuse_unless_next(desk, judge, unstaged=unstaged)
    case = held_out(desk, judge, criteria, key=fresh_key())
    plan = _plan(desk, case)
    if announce is not None:
        announce(plan)
    look, about = look_at(case.policy, plan.k), circumstances(desk, case, now=desk.clock())
    certificate, whole = certificates(case, look, about)
    text = certificate.sealed(key)
    _enter(desk, plan, certificate, text=text, sealed=whole.sealed(), by=by)
    path = certificate_path(desk, judge, criteria)
    write_certificate(path, text)
    return LookResult(plan, certificate, path)


def certificates(
    case: HeldOut, look: Look, about: Circumstances, *, stages: Staged | None = None
) -> tuple[Certificate, Certificate]:
    """What a look finds, as its readers may see it, and whole for the vault; the same each time."""
    found = replace(results_of(case, look), stages=stages)
    return issue(found, about), issue(found, about, whole=True)


def results_of(case: HeldOut, look: Look) -> Results:
    """Every condition tested at the look's level.

    Thresholds for accepting verdicts are looked for only where every condition has passed.
    """
    agreements, demands = measured(case, look), demanded(case, look)
    finding = check_conditions([(p, agreements[p.criterion]) for p in case.asked], case.judge, look, demands)
    passed = finding.outcome == "trusted"
    return Results(
        finding,
        look,
        evidence(case),
        agreements,
        thresholds(case.asked, case.ratings, case.judge, alpha=look.alpha) if passed else {},
        demands=demands,
    )


def measured(case: HeldOut, look: Look) -> Mapping[str, CriterionAgreement]:
    """The agreement of every asked criterion at the look's level."""
    found = {}
    for policy in case.asked:
        options = Options(reference=cast(ReferenceKind | None, policy.reference), level=look.level)
        found[policy.criterion] = measure_criterion(case.ratings[policy.criterion], options)
    return found


def demanded(case: HeldOut, look: Look, *, only: Collection[str] | None = None) -> Mapping[str, Demands]:
    """What every asked criterion demands beyond agreement, measured at the look's alpha."""
    error = Error(look.alpha, look.next_alpha)
    return {
        c.criterion: measure_demands(c, case.ratings[c.criterion], case.judge, case.facts, error, only=only)
        for c in case.asked
    }


def evidence(case: HeldOut) -> EvidenceHashes:
    """What is compared, and what else conditions rest on, as hashes and counts."""
    compared = evidence_of(list(case.ratings.values()), case.judge, key=case.key)
    return replace(compared, facts_sha256=facts_sha256(case.facts, case.asked, key=case.key))


def _plan(desk: Desk, case: HeldOut) -> Plan:
    with desk.store.reading() as session:
        k = store.count_since_opening(session, desk.study_id) + 1
    alpha = case.policy.alpha_of_look(k)
    strata = max(len(case.facts.strata), 1)
    needs = max(
        max(planned_n(c.floor, alpha), c.items_min, fewest_items(c, alpha, strata=strata)) for c in case.asked
    )
    criteria = tuple(c.criterion for c in case.asked)
    return Plan(case.judge, criteria, k, alpha, case.items, needs, _open(case, look_at(case.policy, k)))


def _open(case: HeldOut, look: Look) -> tuple[str, ...]:
    """What is known beforehand to be missing, on all answered items; holds no verdict against a label."""
    found = demanded(replace(case, ratings=case.alike), look, only=OF_THE_JUDGE_ALONE)
    return tuple(
        f"{criterion}: {name}: {one.advice}"
        for criterion, demands in found.items()
        for name, one in demands.items()
        if one.advice and not _holds(one, case, criterion, name)
    )


def _holds(found: Found, case: HeldOut, criterion: str, name: str) -> bool:
    """Whether the upper bound is within the limit already."""
    limit = next(c.ceilings[name] for c in case.asked if c.criterion == criterion)
    high = getattr(found.result, "high", None)
    return high is not None and high <= limit


def sealing_key() -> bytes | None:
    """The signing key; one that is set but empty stops the look before anything is spent."""
    try:
        return signing_key()
    except CannotGate as error:
        raise CannotCertify(str(error)) from error


def refuse_clock_behind(desk: Desk) -> None:
    """A look dated before an earlier one would be hidden by that one's certificate."""
    with desk.store.reading() as session:
        last = max((row.at for row in store.listing(session, desk.study_id)), default="")
    if desk.now < last:
        raise CannotCertify(
            f"this machine's clock says {desk.now}, and the last look was at {last}: set it right"
        )


def circumstances(desk: Desk, case: HeldOut, *, now: datetime) -> Circumstances:
    """What a look at `now` is about."""
    return Circumstances(
        study=desk.study_file.study.name,
        judge=case.judge,
        spec=case.identity.spec,
        spec_hash=case.identity.spec_hash,
        observed=case.observed,
        rubric_sha256=desk.rubric.sha256,
        policy=case.policy,
        software=f"calibrant {version('calibrant')}",
        now=now,
    )


def _enter(desk: Desk, plan: Plan, certificate: Certificate, *, text: str, sealed: str, by: str) -> None:
    """The ledger row, before anything is shown; refused when another look came in between."""
    with desk.store.writing() as session:
        if store.count_since_opening(session, desk.study_id) + 1 != plan.k:
            raise CannotCertify(
                "somebody else took a look in the meantime, so this one was not taken: plan again with --plan"
            )
        number = store.count(session, desk.study_id) + 1
        store.save(
            session, desk.study_id, ledger_row(session, desk, certificate, number, text, sealed=sealed, by=by)
        )
        log_look(session, desk, certificate, number, by=by)


def log_look(session: Session, desk: Desk, certificate: Certificate, number: int, *, by: str) -> None:
    """A look in the log, with what the ledger shows of it to everybody."""
    about = {
        "look": number, "judge": certificate.judge.name, "k": certificate.looks.k,
        "outcome": certificate.outcome, "certificate_sha256": certificate.content_sha256,
    }  # fmt: skip
    audit.record(session, desk, actor=by, kind="look.taken", detail=about)


def ledger_row(
    session: Session,
    desk: Desk,
    certificate: Certificate,
    number: int,
    text: str,
    *,
    sealed: str,
    by: str,
    plan: str | None = None,
) -> store.LookRecord:
    """A look as the ledger enters it; `plan` is the hash of the plan that it ends."""
    split = split_store.latest(session, desk.study_id)
    return store.LookRecord(
        number=number,
        k=certificate.looks.k,
        judge=certificate.judge.name,
        by=by,
        alpha=certificate.looks.alpha,
        spec_hash=certificate.judge.spec_hash,
        rubric_sha256=certificate.rubric_sha256,
        policy_sha256=certificate.policy_sha256,
        split_version_id=None if split is None else split.version_id,
        outcome=certificate.outcome,
        certificate_sha256=certificate.content_sha256,
        certificate=text,
        sealed=sealed,
        at=desk.now,
        plan=plan,
    )


def certificate_path(desk: Desk, judge: str, criteria: tuple[str, ...]) -> Path:
    return desk.folder / "certificates" / certificate_name(judge, criteria)


def write_certificate(path: Path, text: str) -> None:
    """Whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
