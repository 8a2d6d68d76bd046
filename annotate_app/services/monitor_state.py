"""How product and judge stand: processes, mix, reviews, age of the test set; asks nobody."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from annotate_app.desk import Desk
from annotate_app.services.good_answers import Good, GoodAnswers
from annotate_app.services.monitor_values import CannotMonitor, Review, SetAge, Stratum
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import split_summary
from annotate_app.store import alarms as alarm_store
from annotate_app.store import labels as label_store
from annotate_app.store import monitor as store
from annotate_app.store.alarms import BEGAN, RESTARTED
from annotate_app.store.monitor import Taken
from calibration.monitoring import Followed, Observation, StratumShare, follow, mix, share_of
from calibration.stats.estimate import Undefined
from rubrics.rubric import Value

DAYS = re.compile(r"(\d+) days?")


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where following one exact judge began, or began anew: what came before it does not count.

    `floors` of agreement by criterion, None where the anchor set is too small; `models` that were known.
    """

    judge_id: int
    judge: str
    spec_hash: str
    at: str
    item: int
    observation: int
    alarm: int
    floors: Mapping[str, float]
    models: tuple[str, ...]
    anchors: int


def beginning(desk: Desk, judge_id: int) -> Beginning | None:
    """The latest beginning of an exact judge; None before its first run."""
    with desk.store.reading() as session:
        began = [e for e in alarm_store.events(session, desk.study_id, BEGAN) if e["judge_id"] == judge_id]
        restarts = alarm_store.events(session, desk.study_id, RESTARTED)
    if not began:
        return None
    first = began[-1]
    later = [e for e in restarts if e["at"] >= first["at"]]
    start: Mapping[str, Any] = later[-1] if later else first
    models = sorted({*first["models"], *(m for e in later for m in e["models"])})
    return Beginning(
        judge_id, first["judge"], first["spec_hash"], start["at"], start["item"], start["observation"],
        start["alarm"], first["floors"], tuple(models), first["anchors"],
    )  # fmt: skip


Observed = Mapping[tuple[str, str], Sequence[Taken]]  # by kind and criterion


def observations(desk: Desk, begun: Beginning) -> Observed:
    """Everything that was observed since the beginning, in order."""
    with desk.store.reading() as session:
        found = store.observed(session, begun.judge_id, after=begun.observation)
    grouped: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for _, one in found:
        grouped[one.kind, one.criterion].append(one)
    return grouped


def processes(desk: Desk, begun: Beginning, observed: Observed) -> tuple[Followed, ...]:
    """Quality and agreement of every followed criterion; all share alpha, so that all together keep it."""
    section = desk.study_file.monitor
    alpha = section.alpha / (len(section.quality) + len(begun.floors))
    quality = [
        follow(
            "quality", name, seen(observed.get(("quality", name), ())), floor=one.floor, alpha=alpha,
            alternatives=one.alternatives,
        )
        for name, one in section.quality.items()
    ]  # fmt: skip
    agreement = [
        follow("agreement", name, seen(observed.get(("agreement", name), ())), floor=floor, alpha=alpha)
        for name, floor in begun.floors.items()
    ]
    return (*quality, *agreement)


def seen(taken: Sequence[Taken]) -> list[Observation]:
    """The observations that have an answer."""
    return [Observation(int(one.good), one.weight) for one in taken if one.good is not None]


def unanswered(observed: Observed) -> int:
    """Judged production outputs without an answer of the judge, over all criteria."""
    return sum(
        one.good is None for (kind, _), taken in observed.items() if kind == "quality" for one in taken
    )


def traffic(desk: Desk, begun: Beginning) -> tuple[Stratum, ...]:
    with desk.store.reading() as session:
        found = store.traffic(session, desk.study_id, after=begun.item)
    return tuple(Stratum(name, *counts) for name, counts in found.items())


def traffic_mix(desk: Desk, strata: Sequence[Stratum]) -> tuple[StratumShare, ...]:
    """The strata of traffic beside the declared shares; empty before any traffic."""
    counts = {one.stratum: one.seen for one in strata}
    declared = desk.study_file.strata_shares
    section = desk.study_file.monitor
    return mix(counts, declared, alpha=section.alpha, tolerance=section.mix_tolerance) if counts else ()


def set_age(desk: Desk) -> SetAge | None:
    """How old the frozen split is, and whether [study] review_after has passed: a date, or so many days."""
    summary = split_summary(desk, role=HOLDER)
    if summary is None:
        return None
    frozen, now = datetime.fromisoformat(summary.frozen_at), desk.clock().astimezone(UTC)
    due = review_due(desk.study_file.study.review_after, frozen)
    return SetAge(
        summary.frozen_at, (now - frozen).days, None if due is None else due.date().isoformat(),
        due is not None and now > due,
    )  # fmt: skip


def review_due(text: str, frozen: datetime) -> datetime | None:
    """The moment that `90 days` or `2026-12-31` means; None where nothing is written."""
    if not text:
        return None
    if days := DAYS.fullmatch(text.strip()):
        return frozen + timedelta(days=int(days[1]))
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise CannotMonitor(
            f"study.toml, [study] review_after = {text!r}: write a date (2026-12-31) or days (90 days)"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def reviews(desk: Desk, begun: Beginning, good: Good, observed: Observed) -> tuple[Review, ...]:
    """What people say of reviewed outputs, weighted by 1/π; only in aggregate."""
    with desk.store.reading() as session:
        chances = dict(store.review_chances(session, desk.study_id, after=begun.item))
        found = {name: _votes(label_store.latest(session, desk.study_id, name), chances) for name in good}
    return tuple(
        _review(name, votes, chances, good[name], observed.get(("quality", name), ()))
        for name, votes in found.items()
    )


def _votes(labels: Any, chances: Mapping[str, float]) -> dict[str, Counter[Value]]:
    votes: dict[str, Counter[Value]] = defaultdict(Counter)
    for label in labels:
        if label.item_id in chances and label.counts_for_agreement and label.status == "observed":
            votes[label.item_id][label.value] += 1
    return votes


def _review(
    name: str,
    votes: Mapping[str, Counter[Value]],
    chances: Mapping[str, float],
    good: GoodAnswers,
    judged: Sequence[Taken],
) -> Review:
    """By what each item's raters say together; a tied vote is no answer."""
    least = min(chances.values(), default=1.0)
    said = {item: answer for item, vote in votes.items() if (answer := good.of_votes(vote)) is not None}
    verdicts = {one.item_id: bool(one.good) for one in judged if one.good is not None}
    passes = [Observation(int(answer in good), least / chances[item]) for item, answer in said.items()]
    same = [
        Observation(int((answer in good) == verdicts[item]), least / chances[item])
        for item, answer in said.items()
        if item in verdicts
    ]
    nothing = Undefined("nobody has reviewed an output yet")
    return Review(name, share_of(passes) if passes else nothing, share_of(same) if same else nothing)
