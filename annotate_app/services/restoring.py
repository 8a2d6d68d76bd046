"""Writes a certificate that the ledger has and the file lacks: a look was cut off between the two."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services.certifying import LookResult, Plan, certificate_path, write_certificate
from annotate_app.services.held_out import Demands, demands
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import looks
from annotate_app.store.looks import LookRecord
from calibration.certificate import BadCertificate, Certificate, read_certificate


def restore(
    desk: Desk, judge: str, criteria: tuple[str, ...] = (), *, role: Role | Holder
) -> LookResult | None:
    """The judge's last look at the present held-out set, if its certificate had not been written; now it is.

    Without this whoever runs the command again would pay for a second look. None where the file is as the
    ledger has it, or was not written by this ledger; and where that look says nothing of today: it has
    expired, judge, rubric or policy are others now, or a later look was about one of its criteria.
    """
    require(role, "looks.take")
    wanted = demands(desk, judge, criteria)
    asked = tuple(c.criterion for c in wanted.asked)
    overlapping = [row for row in _since_opening(desk, judge) if _criteria(row) & {*asked}]
    ledger = [row for row in overlapping if _criteria(row) == {*asked}]
    path = certificate_path(desk, judge, criteria)
    if not ledger or ledger[-1] is not overlapping[-1]:
        return None
    last, earlier = ledger[-1], {row.certificate_sha256 for row in ledger[:-1]}
    if path.exists() and _sha256(path.read_bytes()) not in earlier:
        return None
    certificate = read_certificate(last.certificate)
    if not _is_about_today(desk, wanted, certificate):
        return None
    write_certificate(path, last.certificate)
    plan = Plan(judge, asked, last.k, last.alpha, certificate.evidence.n, certificate.evidence.n)
    return LookResult(plan, certificate, path)


def _is_about_today(desk: Desk, wanted: Demands, certificate: Certificate) -> bool:
    today = (wanted.identity.spec_hash, desk.rubric.sha256, wanted.policy.sha256)
    then = (certificate.judge.spec_hash, certificate.rubric_sha256, certificate.policy_sha256)
    return today == then and desk.clock() < certificate.expires


def _since_opening(desk: Desk, judge: str) -> list[LookRecord]:
    with desk.store.reading() as session:
        opened = looks.openings(session, desk.study_id)
        rows = looks.listing(session, desk.study_id)
    start = opened[-1].looks if opened else 0
    return [row for row in rows if row.number > start and row.judge == judge]


def _criteria(row: LookRecord) -> set[str]:
    return set(read_certificate(row.certificate).estimates)


def _sha256(content: bytes) -> str:
    """The certificate's hash; empty for a file that is none, which a new look replaces."""
    try:
        return read_certificate(content.decode("utf-8")).content_sha256
    except (BadCertificate, UnicodeDecodeError):
        return ""
