"""What a report says of the people behind it: who is lead and engineer at once, or that anybody could be."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services import acting

NO_ACCOUNTS = (
    "This study has no accounts: names and roles are chosen from a list, and the vault guards against "
    "mistakes, not malice."
)


def role_notes(desk: Desk) -> tuple[str, ...]:
    """One sentence for a study without accounts, else one for each person who holds both roles."""
    return both_roles(desk) if acting.locked(desk) else (NO_ACCOUNTS,)


def both_roles(desk: Desk) -> tuple[str, ...]:
    """One sentence for each person who is lead and engineer at once; none in a study without accounts."""
    return tuple(
        f"{name} is lead and engineer at once: who sees raters' answers and who sees verdicts are one person."
        for name in acting.double_roles(desk)
    )
