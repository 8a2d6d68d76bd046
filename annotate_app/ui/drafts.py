"""Half-answered items, kept in the process until they are submitted; refuses to be the record of a label."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from annotate_app.ui.sheet import Field

# A gap longer than this between two actions is a pause, not work on the item.
IDLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class DraftKey:
    """Whose draft of which item: a rater has one, however many tabs are open."""

    study_id: int
    rater: str
    item_id: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Answers so far; `submission_id` is made when the item is shown, so sending twice saves once."""

    submission_id: str
    touched: float
    active_seconds: float = 0.0
    fields: Mapping[Field, object] = field(default_factory=dict)


class Drafts:
    """The drafts of all raters; safe to use from several sessions at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._drafts: dict[DraftKey, Draft] = {}

    def open(self, key: DraftKey, start: Callable[[], Mapping[Field, object]] = dict) -> Draft:
        """The draft of `key`; when there is none, a new one with a new submission id and `start`'s fields."""
        with self._lock:
            if key not in self._drafts:
                self._drafts[key] = Draft(uuid.uuid4().hex, self._clock(), fields=start())
            return self._drafts[key]

    def put(self, key: DraftKey, name: Field, value: object) -> None:
        """Keep one field's value, and count the time since the last action as work."""
        with self._lock:
            draft = self._drafts.get(key)
            if draft is not None:
                self._drafts[key] = replace(self._worked(draft), fields={**draft.fields, name: value})

    def shown(self, key: DraftKey, submission_id: str) -> Draft | None:
        """The draft that was shown under `submission_id`, with the time up to now counted.

        None when it is gone: it was submitted before, by an earlier click or from another tab.
        """
        with self._lock:
            draft = self._drafts.get(key)
            return self._worked(draft) if draft and draft.submission_id == submission_id else None

    def drop_item(self, study_id: int, rater: str, item_id: str) -> None:
        """Forget what the rater has begun for an item: other answers of theirs stand for it now."""
        with self._lock:
            kept = {
                k: d
                for k, d in self._drafts.items()
                if (k.study_id, k.rater, k.item_id) != (study_id, rater, item_id)
            }
            self._drafts = kept

    def clear(self) -> None:
        with self._lock:
            self._drafts.clear()

    def drop(self, key: DraftKey) -> None:
        with self._lock:
            self._drafts.pop(key, None)

    def _worked(self, draft: Draft) -> Draft:
        now = self._clock()
        gap = min(now - draft.touched, IDLE_SECONDS)
        return replace(draft, touched=now, active_seconds=draft.active_seconds + gap)
