"""Which sources have nothing left for a rater, so that finished waves are not read again for every item."""

from __future__ import annotations

from collections.abc import Hashable

from annotate_app.desk import Desk
from annotate_app.store import queue
from annotate_app.store.engine import Session
from annotate_app.store.queue import Source

MOST = 10_000

# What had nothing left, with the state it had then; another process finds out for itself.
_finished: dict[Hashable, tuple[Source, int]] = {}


def has_nothing(session: Session, desk: Desk, source: Source, rater_id: int) -> bool:
    """Whether the source was found finished for the rater, and nothing can have come back since."""
    return _finished.get(_about(desk, source, rater_id)) == _state(session, desk, source)


def note_nothing(session: Session, desk: Desk, source: Source, rater_id: int) -> None:
    """The source has nothing left for the rater: every item is theirs, or has as many raters as it wants."""
    if len(_finished) >= MOST:
        _finished.clear()
    _finished[_about(desk, source, rater_id)] = _state(session, desk, source)


def _about(desk: Desk, source: Source, rater_id: int) -> Hashable:
    return desk.store.address, source.study_id, source.wave_id, rater_id


def _state(session: Session, desk: Desk, source: Source) -> tuple[Source, int]:
    """Changes whenever an item may be wanted again: labels taken back, items added, more raters wanted."""
    return source, queue.reopened(session, desk.study_id)
