"""Which look may be taken now; refuses one beside a plan in stages, unawares after a void one, or where the
ledger lacks a look that a certificate tells of.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from annotate_app.desk import Desk
from annotate_app.services.held_out import CannotCertify
from annotate_app.store import look_plans, looks
from calibration.certificate import BadCertificate, Certificate, read_certificate


def refuse_unless_next(desk: Desk, judge: str, *, unstaged: bool) -> None:
    """`CannotCertify` where a look without stages is not the next one; `unstaged`: it was asked for."""
    with desk.store.reading() as session:
        plan = look_plans.last_of(session, desk.study_id, judge)
        taken = looks.listing(session, desk.study_id)
    if plan is None:
        return
    if plan.is_open:
        raise CannotCertify(
            f"look {plan.number} at {judge!r} is under way in stages, and a look beside it would show what "
            f"nobody may see: `calibrant certify {judge}` takes its next stage"
        )
    if plan.outcome == look_plans.VOID and not unstaged and all(look.number < plan.number for look in taken):
        raise CannotCertify(
            f"the stages of look {plan.number} at {judge!r} are void ({plan.reason}), so there is no next: "
            f"`calibrant look declare {judge} --n N` plans anew, `calibrant certify {judge} --whole` takes a "
            "look without stages; either is the next look and spends its error"
        )


def refuse_forgotten_looks(desk: Desk) -> None:
    """`CannotCertify` where a certificate in the folder is of a look that the ledger does not have.

    A database that was set back, or made anew, would count the next look as if that one had spent nothing.
    """
    with desk.store.reading() as session:
        known = {look.certificate_sha256 for look in looks.listing(session, desk.study_id)}
    for path, found in _certificates(desk.folder / "certificates"):
        if found.study == desk.study_file.study.name and found.content_sha256 not in known:
            raise CannotCertify(
                f"{path.relative_to(desk.folder)} is of a look of {found.issued:%Y-%m-%d %H:%M} UTC that "
                "this database does not have: it was set back, or it is another. Bring the newer database "
                "back (`calibrant db restore`); a look now would spend again what that one spent. Is the "
                "file not of these held-out items? Then move it out of certificates/"
            )


def _certificates(folder: Path) -> Iterator[tuple[Path, Certificate]]:
    """Those that can be read: of the others nothing is known, and the gate refuses them."""
    for path in sorted(folder.glob("*.json")):
        try:
            yield path, read_certificate(path.read_text(encoding="utf-8"))
        except (BadCertificate, UnicodeDecodeError, OSError):
            continue
