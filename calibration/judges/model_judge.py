"""A model as a judge: which calls an item takes and what their outcomes mean; asks nobody by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from calibration.judges.asking import Asking
from calibration.judges.briefing import Briefing, Request, request
from calibration.judges.combining import Asked, opinion_of, votes_of
from calibration.judges.response import Outcome
from calibration.judges.sharing import verdicts_of
from calibration.judges.spec import JudgeSpec
from rubrics.answers import Verdict
from rubrics.asking import applicable
from rubrics.items import Item
from rubrics.rubric import Rubric, Value

T = TypeVar("T")
Ask = Callable[[Request], Awaitable[Outcome]]
Unit = tuple[str, ...]


async def all_of(waited: Sequence[Awaitable[T]]) -> list[T]:
    """The results of all; a fault is raised only when every other is done, so that no paid answer is lost."""
    found = await asyncio.gather(*waited, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return found  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class ModelJudge:
    """A pinned model with its briefings, one for each unit of criteria that is asked together.

    `asking.rubric` has the criteria it answers, as it is told of them; `rubric` reads the replies. They
    differ only where a probe changes what is told.
    """

    name: str
    spec: JudgeSpec
    asking: Asking
    rubric: Rubric
    briefings: Mapping[Unit, Briefing] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, spec: JudgeSpec, asking: Asking, rubric: Rubric | None = None) -> ModelJudge:
        briefings = {unit: asking.briefing(unit) for unit in asking.units}
        return cls(name, spec, asking, rubric or asking.rubric, briefings)

    @property
    def all_briefings(self) -> tuple[Briefing, ...]:
        return tuple(self.briefings.values())

    @property
    def calls_per_item(self) -> int:
        """Calls that an item takes when every criterion is asked, a pair in all its orders."""
        settings = self.asking.settings
        return len(self.briefings) * settings.samples * (2 if settings.both_orders else 1)

    def requests(self, item: Item, unit: Unit) -> tuple[Request, ...]:
        """Every question about one unit of criteria: each order, each sample."""
        settings, briefing = self.asking.settings, self.briefings[unit]
        pair = item.kind == "pairwise" and settings.both_orders
        return tuple(
            request(briefing, item, swapped=swapped, replicate=replicate)
            for replicate in range(settings.samples)
            for swapped in ((False, True) if pair else (False,))
        )

    async def judge_item(self, item: Item, ask: Ask) -> tuple[Verdict, ...]:
        """The item's verdicts; a criterion with a condition is asked once the others' answers are known."""
        found: dict[str, Verdict] = {}
        done: set[Unit] = set()
        while ready := [unit for unit in self.briefings if unit not in done and self._is_asked(unit, found)]:
            for verdicts in await all_of([self._judge_unit(item, unit, ask) for unit in ready]):
                found |= {verdict.criterion: verdict for verdict in verdicts}
            done.update(ready)
        order = [criterion.name for criterion in self.rubric.criteria]
        return tuple(sorted(found.values(), key=lambda verdict: order.index(verdict.criterion)))

    def _is_asked(self, unit: Unit, found: Mapping[str, Verdict]) -> bool:
        """Asked together, a rubric's own conditions are read in the reply; asked alone, they hold or not."""
        if len(self.briefings) == 1:
            return True
        answers: dict[str, Value | None] = {
            name: verdict.value for name, verdict in found.items() if verdict.status == "observed"
        }
        return unit[0] in {criterion.name for criterion in applicable(self.rubric, answers)}

    async def _judge_unit(self, item: Item, unit: Unit, ask: Ask) -> tuple[Verdict, ...]:
        requests = self.requests(item, unit)
        outcomes = await all_of([ask(one) for one in requests])
        asked = [
            Asked(one.swapped, one.replicate, outcome)
            for one, outcome in zip(requests, outcomes, strict=True)
        ]
        return self.read(item, unit, asked)

    def read(self, item: Item, unit: Unit, asked: Sequence[Asked]) -> tuple[Verdict, ...]:
        """The verdicts that the outcomes of a unit's calls come to."""
        rubric, sources = self.rubric.only(unit), self.asking.settings.confidence
        votes = votes_of(asked, rubric, logprobs="logprobs" in sources)
        opinions = {name: opinion_of(given, rubric.criterion(name), sources) for name, given in votes.items()}
        base = Verdict(item.item_id, self.name, "", None, spec_hash=self.spec.spec_hash)
        return verdicts_of(opinions, asked, base=base, rubric=rubric)
