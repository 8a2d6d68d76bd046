"""How far a study's journals have come: what was counted from them holds while this stays the same."""

from __future__ import annotations

from sqlmodel import Session

from annotate_app.store.sql import one

# Journals of which rows are only added: the last number tells of any change.
JOURNALS = (
    "label", "verdict", "submission", "item", "rater", "judge", "split_version", "wave", "look",
    "rubric_version", "import_run", "adjudication",
    "triage_tag", "mode_step", "mode_tag", "erasure",
)  # fmt: skip
_LAST = ", ".join(f"(SELECT coalesce(max(id), 0) FROM {name}) AS {name}_last" for name in JOURNALS)

Stamp = tuple[int, ...]


def answers(session: Session) -> Stamp:
    """The last label and the last wave: what raters' answers that count are made of."""
    found = one(
        session,
        "SELECT (SELECT coalesce(max(id), 0) FROM label) AS label, "
        "(SELECT coalesce(max(id), 0) FROM wave) AS wave",
    )
    return tuple(int(number) for number in (found or {}).values())


def stamp(session: Session) -> Stamp:
    """The last number of every journal, and how many waves are closed."""
    found = one(session, f"SELECT {_LAST}, (SELECT count(*) FROM wave_closed) AS closed")
    return tuple(int(number) for number in (found or {}).values())
