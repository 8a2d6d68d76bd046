"""Computes a certificate again from the store, byte for byte; shows nothing that its look has not shown."""

from __future__ import annotations

from pathlib import Path

from annotate_app.desk import Desk, timestamp
from annotate_app.services.certifying import certificates, circumstances, evidence
from annotate_app.services.gating import CannotGate, certificate_text, signing_key
from annotate_app.services.held_out import CannotCertify, HeldOut, held_out
from annotate_app.services.rights import Holder, Role, require
from annotate_app.services.staging import stage_certificates
from annotate_app.store import look_plans
from annotate_app.store import looks as store
from annotate_app.store.erasures import labels_now
from annotate_app.store.look_plans import StoredPlan
from calibration.certificate import BadCertificate, Certificate, read_certificate, signed_with
from calibration.conditions import Look
from calibration.differences import differences
from calibration.gate import Check, Decision, decided
from calibration.staging import spends_as_declared

LEDGER = "a look with this certificate"
OTHER_FACTS = "costs, times, failure modes, probes"
NOT_COMPUTED = ("software",)  # what wrote it, not what was found


def check_certificate(desk: Desk, path: Path, *, role: Role | Holder) -> Decision:
    """Every field of the certificate against its recomputation: the ledger has it, the evidence is the same,
    and so is every estimate, bound and hash to the last digit.

    Here "trusted" says that the recomputation agrees, whatever the outcome of the look was. Estimates are
    recomputed on the same evidence alone: on other labels they would be a look that nobody has paid for.
    """
    require(role, "looks.take")
    certificate = _read(path)
    if not isinstance(certificate, Certificate):
        return decided(str(path), [certificate])
    judge = certificate.judge.name
    known = [
        Check("certificate", "intact", "intact", True),
        *_signature(certificate),
        _in_ledger(desk, certificate),
        *_later_looks(desk, certificate),
    ]
    if not all(check.passed for check in known):
        return decided(judge, known)
    today = _as_of_today(desk, certificate)
    plan = _plan_of(desk, today)
    if certificate.stages is not None:
        known.append(_declared(plan, today))
        if plan is None or not known[-1].passed:
            return decided(judge, known)
    case = case_of(desk, certificate)
    same = _same_evidence(desk, case, today)
    if not all(check.passed for check in same):
        return decided(judge, [*known, *same])
    return decided(judge, [*known, *same, *_recomputed(desk, case, today, plan)])


def case_of(desk: Desk, certificate: Certificate) -> HeldOut:
    """The evidence that the look of a certificate had, as the store holds it now. Raises CannotCertify."""
    plan = _plan_of(desk, _as_of_today(desk, certificate))
    planned = None if plan is None else plan.declared.upto(plan.stage)
    issued = timestamp(certificate.issued)
    named = tuple(certificate.estimates)
    key = _key_of(desk, certificate)
    return held_out(desk, certificate.judge.name, named, planned=planned, until=issued, key=key)


def _key_of(desk: Desk, certificate: Certificate) -> str | None:
    """What the hashes of its evidence were made with, as the ledger keeps it sealed; None in older looks."""
    with desk.store.reading() as session:
        looks = store.listing(session, desk.study_id)
    sealed = next((x.sealed for x in looks if x.certificate_sha256 == certificate.content_sha256), "")
    return read_certificate(sealed).evidence.key if sealed else None


def _as_of_today(desk: Desk, certificate: Certificate) -> Certificate:
    """With the hashes that its labels and its plan have since names in them were replaced by pseudonyms."""
    stated, stages = certificate.evidence, certificate.stages
    with desk.store.reading() as session:
        now = labels_now(session, desk.study_id, certificate.content_sha256, stated.labels_sha256)
        if stages is not None:
            plan = labels_now(session, desk.study_id, stages.plan_sha256, stages.plan_sha256)
            stages = stages.model_copy(update={"plan_sha256": plan})
    evidence = stated.model_copy(update={"labels_sha256": now})
    return certificate.model_copy(update={"evidence": evidence, "stages": stages})


def _read(path: Path) -> Certificate | Check:
    try:
        text = certificate_text(path)
    except CannotGate as error:
        raise CannotCertify(str(error)) from error
    if text is None:
        return Check("certificate", "a file", f"no such file: {path}", False, "missing")
    try:
        return read_certificate(text)
    except BadCertificate as error:
        return Check("certificate", "a readable file", str(error), False, "unreadable")


def _signature(certificate: Certificate) -> list[Check]:
    try:
        key = signing_key()
    except CannotGate as error:
        raise CannotCertify(str(error)) from error
    if key is None:
        return []
    good = signed_with(certificate, key)
    return [
        Check("signature", "signed with CALIBRANT_SIGNING_KEY", "signed" if good else "not signed so", good)
    ]


def _in_ledger(desk: Desk, certificate: Certificate) -> Check:
    with desk.store.reading() as session:
        looks = store.listing(session, desk.study_id)
    number = next((x.number for x in looks if x.certificate_sha256 == certificate.content_sha256), None)
    return Check("ledger", LEDGER, "none" if number is None else f"look {number}", number is not None)


def _later_looks(desk: Desk, certificate: Certificate) -> list[Check]:
    """Later looks at this very judge on a criterion of it that failed: they close it, as at the gate.

    The gate sees the files alone, among which an older certificate may have been put back over a later one.
    """
    if certificate.outcome != "trusted":
        return []
    with desk.store.reading() as session:
        looks = store.listing(session, desk.study_id)
    since = max((x.number for x in looks if x.certificate_sha256 == certificate.content_sha256), default=0)
    later = (x for x in looks if x.number > since and x.spec_hash == certificate.judge.spec_hash)
    return [
        Check("later look", "none that failed", f"look {one.number}: {one.outcome}", False, "not trusted")
        for one in later
        if one.judge == certificate.judge.name
        and one.outcome != "trusted"
        and {*read_certificate(one.certificate).criteria} & {*certificate.criteria}
    ]


def _same_evidence(desk: Desk, case: HeldOut, certificate: Certificate) -> list[Check]:
    now, then = evidence(case), certificate.evidence
    pairs = {
        "labels": (now.labels_sha256, then.labels_sha256),
        "verdicts": (now.verdicts_sha256, then.verdicts_sha256),
        "rubric": (desk.rubric.sha256, certificate.rubric_sha256),
        "policy": (case.policy.sha256, certificate.policy_sha256),
        "judge": (case.identity.spec_hash, certificate.judge.spec_hash),
    }
    if now.facts_sha256 or then.facts_sha256:
        pairs[OTHER_FACTS] = (now.facts_sha256 or "none", then.facts_sha256 or "none")
    return [Check(name, *both, both[0] == both[1]) for name, both in pairs.items()]


def _recomputed(desk: Desk, case: HeldOut, certificate: Certificate, plan: StoredPlan | None) -> list[Check]:
    if plan is not None:
        made, _ = stage_certificates(desk, plan, case, now=certificate.issued)
    else:
        k = certificate.looks.k
        look = Look(k, certificate.looks.alpha, case.policy.alpha_of_look(k + 1))
        made, _ = certificates(case, look, circumstances(desk, case, now=certificate.issued))
    now, then = (_computed(one) for one in (made, certificate))
    found = [Check(one.name, one.now, one.then, False) for one in differences(now, then)]
    wrote = Check("software", made.software, certificate.software, True)
    whole = Check("every estimate, bound and hash", made.content_sha256[:12], "the same", True)
    return [*found, wrote] if found else [wrote, whole]


def _plan_of(desk: Desk, certificate: Certificate) -> StoredPlan | None:
    """The declared plan that the certificate says it ended."""
    if certificate.stages is None:
        return None
    with desk.store.reading() as session:
        plans = look_plans.listing(session, desk.study_id)
    return next((plan for plan in plans if plan.sha256 == certificate.stages.plan_sha256), None)


def _declared(plan: StoredPlan | None, certificate: Certificate) -> Check:
    """The plan stands in the ledger, ended at the certificate's stage, and spends what its alpha allows."""
    wanted = "declared, and ended at this stage at this level"
    if plan is None or certificate.stages is None:
        return Check("plan", wanted, "the ledger has no such plan", False)
    if plan.sha256 != plan.declared.sha256:
        return Check("plan", wanted, "the stored plan was changed", False)
    if (plan.outcome, plan.stage) != (certificate.outcome, certificate.stages.stage):
        return Check("plan", wanted, f"{plan.outcome or 'under way'} at stage {plan.stage}", False)
    if plan.declared.k != certificate.looks.k or not spends_as_declared(plan.declared):
        return Check("plan", wanted, "its levels do not follow from its alpha", False)
    return Check("plan", wanted, f"look {plan.number}, stage {plan.stage}", True)


def _computed(certificate: Certificate) -> dict[str, object]:
    return {name: value for name, value in certificate.content().items() if name not in NOT_COMPUTED}
