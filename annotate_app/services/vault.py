"""The vault of held-out evidence: looks so far, recomputing a certificate, and opening it for good."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path

from annotate_app.desk import Desk
from annotate_app.services.certifying import CannotCertify, measured, tested
from annotate_app.services.gating import CannotGate, certificate_text
from annotate_app.services.held_out import HeldOut, held_out
from annotate_app.services.splitting import NothingToSplit, open_held_out, split_summary
from annotate_app.store import looks as store
from calibration.certificate import BadCertificate, Certificate, read_certificate
from calibration.conditions import Finding, Look
from calibration.evidence import evidence_of
from calibration.gate import Check, Decision
from calibration.policy import read_policy
from calibration.splits import HELD_OUT

NOTE = "The vault guards against mistakes, not malice: whoever can read the database can read the labels."


@dataclass(frozen=True, slots=True)
class LookSummary:
    """One line of the ledger, as anybody may see it."""

    number: int
    k: int
    judge: str
    by: str
    alpha: float
    outcome: str
    at: str


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """The held-out set from outside: its size, the looks so far, and what the next look may spend."""

    frozen: bool
    held_out: int
    looks: tuple[LookSummary, ...]
    openings: tuple[store.Opening, ...]
    next_k: int
    next_alpha: float
    note: str = NOTE

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def vault_status(desk: Desk) -> VaultStatus:
    """All looks and openings, and the next look's k and alpha."""
    with desk.store.reading() as session:
        rows = store.listing(session, desk.study_id)
        openings = store.openings(session, desk.study_id)
        k = store.count_since_opening(session, desk.study_id) + 1
    split = split_summary(desk)
    looks = (LookSummary(r.number, r.k, r.judge, r.by, r.alpha, r.outcome, r.at) for r in rows)
    return VaultStatus(
        frozen=split is not None,
        held_out=0 if split is None else split.sizes[HELD_OUT],
        looks=tuple(looks),
        openings=tuple(openings),
        next_k=k,
        next_alpha=read_policy(desk.study_file.policy, desk.rubric).alpha_of_look(k),
    )


def open_vault(desk: Desk, *, by: str, reason: str) -> VaultStatus:
    """Turn the whole held-out set into development, with the reason in the journal; cannot be undone."""
    if not reason.strip():
        raise CannotCertify("opening the vault needs a reason: --reason TEXT")
    try:
        open_held_out(desk, by=by, reason=reason.strip())
    except NothingToSplit as error:
        raise CannotCertify(str(error)) from error
    return vault_status(desk)


def check_certificate(desk: Desk, path: Path) -> Decision:
    """Recompute a certificate from the store: the ledger has it, the evidence is the same, so are the bounds.

    Only a certificate of the ledger is recomputed, so checking shows nothing that its look has not shown.
    """
    try:
        text = certificate_text(path)
    except CannotGate as error:
        raise CannotCertify(str(error)) from error
    if text is None:
        return _decided("", [Check("certificate", "a file", "no such file", False, "missing")])
    try:
        certificate = read_certificate(text)
    except BadCertificate as error:
        return _decided("", [Check("certificate", "a readable file", str(error), False, "unreadable")])
    if not _in_ledger(desk, certificate):
        absent = Check("ledger", "a look with this certificate", "none", False)
        return _decided(certificate.judge.name, [absent])
    case = held_out(desk, certificate.judge.name, tuple(certificate.estimates))
    look = Look(certificate.looks.k, certificate.looks.alpha, certificate.looks.alpha)
    finding = tested(case, measured(case, look), look)
    checks = [Check("ledger", "a look with this certificate", "found", True)]
    return _decided(certificate.judge.name, checks + _recomputed(case, certificate, finding))


def _recomputed(case: HeldOut, certificate: Certificate, finding: Finding) -> list[Check]:
    now = evidence_of(list(case.ratings.values()), case.judge)
    then = certificate.evidence
    checks = [
        _same("labels", now.labels_sha256, then.labels_sha256),
        _same("verdicts", now.verdicts_sha256, then.verdicts_sha256),
        _same("policy", case.policy.sha256, certificate.policy_sha256),
        _same("judge", case.identity.spec_hash, certificate.judge.spec_hash),
    ]
    if all(check.passed for check in checks):
        checks.append(_same("outcome", finding.outcome, certificate.outcome))
        checks += _bounds(certificate, finding)
    return checks


def _bounds(certificate: Certificate, finding: Finding) -> list[Check]:
    """Every bound that the certificate shows, against the recomputed one."""
    bounds = {(t.requirement.criterion, t.requirement.name): t.bound for t in finding.tested}
    checks = []
    for condition in certificate.conditions:
        again = bounds.get((condition.criterion, condition.name))
        if condition.bound is not None:
            close = again is not None and math.isclose(again, condition.bound, rel_tol=0, abs_tol=1e-9)
            name = f"{condition.criterion}: {condition.name}"
            checks.append(Check(name, f"{again}", f"{condition.bound}", close))
    return checks


def _in_ledger(desk: Desk, certificate: Certificate) -> bool:
    with desk.store.reading() as session:
        rows = store.listing(session, desk.study_id)
    return any(row.certificate_sha256 == certificate.content_sha256 for row in rows)


def _decided(judge: str, checks: list[Check]) -> Decision:
    """Here "trusted" says that the recomputation agrees, whatever the outcome of the look was."""
    failed = [check for check in checks if not check.passed]
    return Decision(judge, failed[0].kind if failed else "trusted", tuple(checks))


def _same(name: str, expected: str, found: str) -> Check:
    return Check(name, expected, found, expected == found)
