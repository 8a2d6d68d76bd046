"""How much a rater has done and could still be asked; counted anew each time where that is cheap."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services import finished, interleaving
from annotate_app.services.labelling_values import Progress
from annotate_app.services.reserving import open_sources, rater_number
from annotate_app.store import queue
from annotate_app.store.engine import Session
from annotate_app.store.queue import Source

MANY = 20_000  # items in open sources; from here on a count is kept for a while
KEPT_SECONDS = 20.0
MOST = 1_000


@dataclass(frozen=True, slots=True)
class _Count:
    """What was left when the rater had done so many; their own answers since are subtracted."""

    sources: tuple[Source, ...]
    done: int
    left: int
    at: float


_counts: dict[Hashable, _Count] = {}


def progress(desk: Desk, rater: str) -> Progress:
    """How many items the rater has done and could still be asked.

    In a large study what other raters do shows in `left` within 20 seconds; the rater's own answers at once.
    """
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        sources = [] if desk.study_file.study.closed else open_sources(session, desk)
        done = queue.done(session, rater_id)
        if sum(source.size for source in sources) < MANY:
            return Progress(done, _left(session, desk, sources, rater_id))
        about = (desk.store.address, desk.study_id, rater_id)
        kept, now = _counts.get(about), time.monotonic()
        if kept is None or kept.sources != tuple(sources) or now - kept.at > KEPT_SECONDS:
            kept = _Count(tuple(sources), done, _left(session, desk, sources, rater_id), now)
            if len(_counts) >= MOST:
                _counts.clear()
            _counts[about] = kept
        return Progress(done, max(kept.left - (done - kept.done), 0))


def _left(session: Session, desk: Desk, sources: list[Source], rater_id: int) -> int:
    """Items of open waves with what is mixed into them, and of the pool, each counted once."""
    sources = [s for s in sources if not finished.has_nothing(session, desk, s, rater_id)]
    waves = [(source, queue.left_of_wave(session, source, rater_id)) for source in sources]
    drawn = {item for _, left in waves for item in left}
    counted = drawn.union(*(interleaving.gold_left(session, desk, one, rater_id) for one in sources))
    mixed_in = sum(interleaving.more(session, desk, source, rater_id, len(left)) for source, left in waves)
    others = sum(
        queue.count_left(session, source, rater_id) - queue.count_in_pool(session, source, counted)
        for source in sources
        if source.wave_id == queue.POOL
    )
    return len(drawn) + mixed_in + max(others, 0)
