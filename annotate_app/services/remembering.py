"""Results that pages ask for again, remembered while the study's journals stand still; never stale."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from annotate_app.desk import Desk
from annotate_app.services.judge_identity import asked_judges
from annotate_app.store import stamps

T = TypeVar("T")


class Remembered(Generic[T]):
    """The last `most` results of one kind, by what they were made of; safe to use from several sessions.

    A result is made by one session at a time, so that two who open a page together pay for it once.
    """

    def __init__(self, most: int = 16, *, state: Callable[[Desk], Hashable] | None = None) -> None:
        self._most, self._state = most, state or state_of
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, desk: Desk, about: Hashable, make: Callable[[], T]) -> T:
        """The result for `about`; made anew when a journal, the rubric, study.toml or a judge has changed.

        Or when what `state` tells of has, where that is another.
        """
        with self._lock:
            key = (self._state(desk), about)
            if key not in self._found:
                self._found[key] = make()
            self._found.move_to_end(key)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
            return self._found[key]


def answers_of(desk: Desk) -> Hashable:
    """What raters' answers depend on, in brief: no decision, no verdict and no judge changes one."""
    with desk.store.reading() as session:
        return (desk.store.address, desk.study_id, stamps.answers(session), desk.rubric.sha256)


def state_of(desk: Desk) -> Hashable:
    """Everything that numbers of a study depend on, in brief."""
    with desk.store.reading() as session:
        stamp = stamps.stamp(session)
    judges = tuple(sorted((name, tuple(sorted(hashes))) for name, hashes in asked_judges(desk).items()))
    return (desk.store.address, desk.study_id, stamp, desk.rubric.sha256, repr(desk.study_file), judges)
