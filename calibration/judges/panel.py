"""A judge that is several judges: what most of them answer, or the middle answer; asks nobody itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from calibration.judges.spec import JudgeSpec
from rubrics.answers import Verdict, VerdictStatus
from rubrics.items import Item
from rubrics.rubric import Criterion, Rubric, UnknownAnswer, Value, plain_number

Combine = Literal["majority", "median"]
KIND = "panel"
DIGITS = 6


class PanelSettings(BaseModel):
    """[judges.NAME.parameters] of a panel.

    `combine`: median is for numbers alone; by default majority, and median on interval scales. `quorum`: how
    many members must have answered; by default more than half.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    combine: Combine | None = None
    quorum: int | None = Field(default=None, ge=1)

    def least(self, members: int) -> int:
        return members // 2 + 1 if self.quorum is None else self.quorum

    def way(self, criterion: Criterion) -> Combine:
        return self.combine or ("median" if criterion.scale.kind == "interval" else "majority")


@dataclass(frozen=True, slots=True)
class Panel:
    """A judge that answers from its members' verdicts, by item and criterion, and member.

    `ready` are the items that every member has seen; on others nothing is answered yet.
    """

    name: str
    spec: JudgeSpec
    settings: PanelSettings
    members: tuple[str, ...]
    verdicts: Mapping[tuple[str, str], Mapping[str, Verdict]]
    ready: frozenset[str]
    observed: str | None = None

    def judge(self, items: Sequence[Item], rubric: Rubric) -> Iterator[Verdict]:
        for item in items:
            for criterion in rubric.criteria:
                given = self.verdicts.get((item.item_id, criterion.name), {})
                if given and item.item_id in self.ready and self.spec.answers(criterion.name):
                    yield self._verdict(item, criterion, given)

    def _verdict(self, item: Item, criterion: Criterion, given: Mapping[str, Verdict]) -> Verdict:
        found = decided(criterion, list(given.values()), self.settings, members=len(self.members))
        said = "; ".join(f"{name}: {_spoken(given.get(name))}" for name in self.members)
        models = [f"{name}={v.reported_model}" for name, v in sorted(given.items()) if v.reported_model]
        return Verdict(
            item_id=item.item_id,
            judge=self.name,
            criterion=criterion.name,
            value=found.value,
            status=found.status,
            confidence=found.confidence,
            confidence_kind=None if found.confidence is None else KIND,
            probs=_shares(criterion, given.values()),
            expected=_mean(criterion, given.values()),
            rationale=said,
            reason=found.reason,
            spec_hash=self.spec.spec_hash,
            reported_model="; ".join(models) or None,
            tokens_in=_sum([v.tokens_in for v in given.values()]),
            tokens_out=_sum([v.tokens_out for v in given.values()]),
            cost_usd=_total([v.cost_usd for v in given.values()]),
            latency_seconds=_slowest([v.latency_seconds for v in given.values()]),
        )


@dataclass(frozen=True, slots=True)
class Decided:
    """What a panel answers, and the share of its members that answered so; `reason` why it has no answer."""

    value: Value | None
    status: VerdictStatus
    confidence: float | None = None
    reason: str | None = None


def decided(
    criterion: Criterion, given: Sequence[Verdict], settings: PanelSettings, *, members: int
) -> Decided:
    """The panel's answer; members that abstained or failed do not vote, and agree with nobody."""
    votes = [v for v in given if v.status in ("observed", "not_applicable")]
    least = settings.least(members)
    if len(votes) < least:
        return _none(f"{len(votes)} of {members} members answered; at least {least} must")
    if settings.way(criterion) == "median":
        return _median(criterion, votes, members)
    return _majority(criterion, votes, members)


def _majority(criterion: Criterion, votes: Sequence[Verdict], members: int) -> Decided:
    """The answer given most often; several such answers become the scale's `tie`, where it has one."""
    counts = Counter((v.status, v.value) for v in votes)
    top = max(counts.values())
    first, *others = [answer for answer, n in counts.items() if n == top]
    if not others:
        return Decided(first[1], first[0], _share(top, members) if first[0] == "observed" else None)
    tie = criterion.scale.tie
    if tie is None:
        return _none(f"the vote is tied: {_counted(votes)}")
    agreeing = counts[("observed", tie)]
    return Decided(tie, "observed", _share(agreeing, members) if agreeing else None)


def _median(criterion: Criterion, votes: Sequence[Verdict], members: int) -> Decided:
    """The middle number; between two numbers their mean where the scale has it, else nothing.

    "Not applicable" when more than half of the votes are.
    """
    numbers = sorted(float(v.value) for v in votes if v.status == "observed" and v.value is not None)
    if 2 * len(numbers) < len(votes):
        return Decided(None, "not_applicable")
    lower, upper = numbers[(len(numbers) - 1) // 2], numbers[len(numbers) // 2]
    middle = plain_number(lower if lower == upper else (lower + upper) / 2)
    try:
        value = criterion.scale.parse(middle)
    except UnknownAnswer:
        return _none(f"the median is between two answers: {_counted(votes)}")
    agreeing = sum(number == float(value) for number in numbers)
    return Decided(value, "observed", _share(agreeing, members) if agreeing else None)


def _none(reason: str) -> Decided:
    return Decided(None, "abstained", reason=reason)


def _share(n: int, members: int) -> float:
    return round(n / members, DIGITS)


def _counted(votes: Iterable[Verdict]) -> str:
    counts = Counter(_spoken(v) for v in votes)
    return ", ".join(f"{n} {answer}" for answer, n in sorted(counts.items()))


def _spoken(verdict: Verdict | None) -> str:
    if verdict is None:
        return "no verdict"
    return str(verdict.value) if verdict.status == "observed" else verdict.status.replace("_", " ")


def _shares(criterion: Criterion, given: Iterable[Verdict]) -> tuple[tuple[str, float], ...]:
    """The share of each answer among the members' answers; empty on a scale without a list of answers."""
    counts = Counter(v.value for v in given if v.status == "observed")
    total = counts.total()
    known = criterion.scale.categories if total else ()
    return tuple((str(answer), round(counts[answer] / total, DIGITS)) for answer in known)


def _mean(criterion: Criterion, given: Iterable[Verdict]) -> float | None:
    numbers = [float(v.value) for v in given if v.status == "observed" and v.value is not None
               and criterion.scale.is_numeric]  # fmt: skip
    return round(math.fsum(numbers) / len(numbers), DIGITS) if numbers else None


def _total(costs: Sequence[float | None]) -> float | None:
    """The members' costs together; unknown where one of them is."""
    known = [cost for cost in costs if cost is not None]
    return math.fsum(known) if known and len(known) == len(costs) else None


def _sum(tokens: Sequence[int | None]) -> int | None:
    """The tokens of those members that have any."""
    known = [n for n in tokens if n is not None]
    return sum(known) if known else None


def _slowest(seconds: Sequence[float | None]) -> float | None:
    """Members can be asked side by side: the panel takes as long as the slowest."""
    known = [second for second in seconds if second is not None]
    return max(known) if known else None
