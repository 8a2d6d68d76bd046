"""A rater's pace and what is left at that pace, as a range; says nothing where there is too little."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from annotate_app.desk import Desk
from annotate_app.services.reserving import rater_number
from annotate_app.store import items, submissions
from calibration.stats.quantiles import t_quantile

ENOUGH = 8  # items before anything is said of the time that is left
LOOKED_AT = 40  # the newest items say most about the pace of now
PAUSE = timedelta(minutes=30)  # a longer gap between two submissions begins another session
SHARE = 0.8  # four of five ranges should hold


@dataclass(frozen=True, slots=True)
class Pace:
    """Items of this session, the middle of their active seconds, and the seconds that are left, from to.

    `low` and `high` are None when it is too early to say.
    """

    session: int
    items: int
    seconds: float | None
    low: float | None = None
    high: float | None = None


def pace(desk: Desk, rater: str, *, left: int) -> Pace:
    """How fast the rater is, and how long `left` more items may take. Raises UnknownRater."""
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        recent = submissions.recent(session, rater_id, limit=200)
    seconds = [one.active_seconds for one in recent if one.active_seconds is not None][:LOOKED_AT]
    low, high = remaining(seconds, left)
    return Pace(
        session=_session([one.at for one in recent], desk.clock()),
        items=len(seconds),
        seconds=sorted(seconds)[len(seconds) // 2] if seconds else None,
        low=low,
        high=high,
    )


def open_pace(desk: Desk) -> list[float]:
    """Active seconds of all raters' newest answers that are not held out: what plans go by."""
    with desk.store.reading() as session:
        version = items.split_version(session, desk.study_id)
        return submissions.open_seconds(session, desk.study_id, version, limit=LOOKED_AT)


def remaining(seconds: Sequence[float], left: int) -> tuple[float | None, float | None]:
    """Seconds that `left` items take, from to, in four of five cases; (None, None) when it is too early.

    The mean of n items has the error s/sqrt(n), and `left` items scatter around it by s*sqrt(left): their sum
    has the variance s²(left + left²/n). Times are skewed, so the range is a log-normal one.
    """
    n = len(seconds)
    mean = sum(seconds) / n if n else 0.0
    if n < ENOUGH or left < 1 or mean <= 0:
        return None, None
    variance = sum((one - mean) ** 2 for one in seconds) / (n - 1)
    total = mean * left
    wide = math.sqrt(math.log1p(variance * (left + left**2 / n) / total**2))
    reach = t_quantile((1 + SHARE) / 2, n - 1) * wide
    return total * math.exp(-reach), total * math.exp(reach)


def words(found: Pace, *, left: int) -> str:
    """ "this session 12, about 40 s each, 15 to 25 minutes left", or that it is too early to say."""
    said = [f"this session {found.session}"] if found.session else []
    if found.seconds is not None and found.items >= ENOUGH:
        said.append(f"about {_each(found.seconds)} each")
    if not left:
        return ", ".join(said)
    if found.low is None or found.high is None:
        return ", ".join([*said, "too early to say how long the rest takes"])
    return ", ".join([*said, f"{_range(found.low, found.high)} left"])


def _session(times: Sequence[str], now: datetime) -> int:
    """How many of the times (newest first) follow one another without a pause up to now."""
    count, later = 0, now
    for at in times:
        moment = datetime.fromisoformat(at)
        if later - moment > PAUSE:
            break
        count, later = count + 1, moment
    return count


def _each(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} min"


def _range(low: float, high: float) -> str:
    """Two ends in the unit that suits the higher one, rounded outwards."""
    if high < 120:
        return "at most two minutes"
    if high < 2 * 3600:
        first, last = math.floor(low / 60), math.ceil(high / 60)
        return f"{max(first, 1)} to {last} minutes"
    return f"{math.floor(low / 360) / 10:g} to {math.ceil(high / 360) / 10:g} hours"
