"""When the set of items is due for review, and by whom; warns when that day has passed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from annotate_app.desk import Desk
from annotate_app.store import splits as store

WRITE = 'write a date, "2026-09-30", or an age since the last freeze, "90 days"'


@dataclass(frozen=True, slots=True)
class Review:
    """The owner, the day on which the set is due for review, and how many days past it today is (0: not yet).

    `fault` says why there is no day although study.toml names one.
    """

    owner: str
    due: date | None
    overdue: int
    fault: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What readers of any number on this set must know."""
        who = f", owner {self.owner}" if self.owner else ""
        if self.fault:
            return (self.fault,)
        if self.overdue:
            return (
                f"Stale set: its review was due on {self.due}, {self.overdue} days ago{who}. Import new "
                "items and freeze them, or look through the set and write a later review_after.",
            )
        return ()

    def as_json(self) -> dict[str, object]:
        due = None if self.due is None else self.due.isoformat()
        return {
            "owner": self.owner,
            "due": due,
            "days_overdue": self.overdue,
            "warnings": list(self.warnings),
        }


def review_of(desk: Desk) -> Review:
    """The review of a study's set by study.toml's owner and review_after."""
    section = desk.study_file.study
    text = section.review_after.strip()
    if not text:
        return Review(section.owner, None, 0)
    day = _date(text)
    age = re.fullmatch(r"(\d{1,5})\s*days?", text)
    if day is None and age is None:
        return Review(section.owner, None, 0, f"study.toml, [study] review_after = {text!r}: {WRITE}")
    if day is None and age is not None:
        frozen = _frozen_on(desk)
        day = None if frozen is None else frozen + timedelta(days=int(age[1]))
    late = 0 if day is None else max((desk.clock().date() - day).days, 0)
    return Review(section.owner, day, late)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _frozen_on(desk: Desk) -> date | None:
    """The day on which items last joined the split."""
    with desk.store.reading() as session:
        found = store.latest_growth(session, desk.study_id)
    return None if found is None else date.fromisoformat(found[:10])
