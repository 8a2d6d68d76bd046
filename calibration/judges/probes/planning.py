"""What a probe asks: items as they are and changed, under requests as they are and changed; asks nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from calibration.judges.briefing import Briefing, Request
from calibration.judges.command_judge import CommandJudge
from calibration.judges.model_judge import ModelJudge
from calibration.judges.probes import changes
from calibration.judges.probes.kinds import Kind
from rubrics.items import Item
from rubrics.rubric import Rubric, Value

Probed = ModelJudge | CommandJudge
AS_IT_IS = "as it is"
SWAPPED = "outputs swapped"
PADDED = "said twice"
CRITERIA_REVERSED = "criteria in reverse order"
REWORDED = "other words around the rubric"
LEVELS_REVERSED = "levels in reverse order"
INJECTED = "text that names an answer"
NOT_FOR_PROGRAMS = "a program is told the names of criteria alone: there are no words to change"
NO_PAIRS = "the sample has no pair, or the judge answers no criterion that compares one"


@dataclass(frozen=True, slots=True)
class Question:
    """One item under one variant; `shift` is added to the replicates, so that answers are new ones."""

    variant: str
    item: Item
    judge: Probed
    shift: int = 0

    def asked(self, request: Request) -> Request:
        """A request of the judge as this question makes it."""
        return replace(request, replicate=request.replicate + self.shift) if self.shift else request

    def requests(self) -> Iterator[Request]:
        """Every request that it may take; a condition that does not hold saves some."""
        if isinstance(self.judge, CommandJudge):
            found = [self.judge.request(self.item, k) for k in range(self.judge.spec.samples)]
        else:
            judge = self.judge
            found = [one for unit in judge.briefings for one in judge.requests(self.item, unit)]
        yield from map(self.asked, found)


@dataclass(frozen=True, slots=True)
class Plan:
    """The questions of one probe of `items`, or why it can ask none."""

    kind: Kind
    items: tuple[Item, ...]
    questions: tuple[Question, ...] = ()
    undefined: str | None = None

    @property
    def briefings(self) -> dict[str, Briefing]:
        """What the requests begin with, by SHA-256."""
        judges = {id(q.judge): q.judge for q in self.questions}.values()
        return {b.sha256: b for judge in judges for b in judge.all_briefings}


def plan(kind: Kind, judge: Probed, items: Sequence[Item], *, seed: int, repeats: int) -> Plan:
    """The questions of a probe; `repeats` is of `repeat` alone, `seed` draws sides and named answers."""
    if kind == "repeat":
        return _repeat(judge, items, repeats)
    if kind in ("format", "scale_direction"):
        return _told(kind, judge, items)
    return {"position": _position, "verbosity": _verbosity, "injection": _injection}[kind](judge, items, seed)


def targets(item: Item, rubric: Rubric, seed: int) -> Mapping[str, Value]:
    """The answers that injected text names, by criterion."""
    found = {c.name: changes.target_of(item, c, seed) for c in rubric.criteria}
    return {name: value for name, value in found.items() if value is not None}


def repeat_name(number: int) -> str:
    return f"repeat {number + 1}"


def _repeat(judge: Probed, items: Sequence[Item], repeats: int) -> Plan:
    samples = judge.spec.samples
    questions = [
        Question(repeat_name(k), item, judge, shift=k * samples) for item in items for k in range(repeats)
    ]
    return Plan("repeat", tuple(items), tuple(questions))


def _position(judge: Probed, items: Sequence[Item], seed: int) -> Plan:
    pairs = _pairs(judge, items)
    if not pairs:
        return Plan("position", (), undefined=NO_PAIRS)
    one_order = _in_one_order(judge)
    questions = _compared(one_order, pairs, one_order, {SWAPPED: changes.swapped})
    return Plan("position", tuple(pairs), questions)


def _pairs(judge: Probed, items: Sequence[Item]) -> list[Item]:
    if not any(c.scale.kind == "pairwise" for c in judge.rubric.criteria):
        return []
    return [item for item in items if item.kind == "pairwise"]


def _in_one_order(judge: Probed) -> Probed:
    """The judge without its own swapping, which would hide what the order does."""
    if isinstance(judge, CommandJudge) or not judge.asking.settings.both_orders:
        return judge
    settings = judge.asking.settings
    sources = tuple(source for source in settings.confidence if source != "order")
    changed = settings.model_copy(update={"both_orders": False, "confidence": sources})
    return ModelJudge.of(judge.name, judge.spec, replace(judge.asking, settings=changed), judge.rubric)


def _verbosity(judge: Probed, items: Sequence[Item], seed: int) -> Plan:
    change = {PADDED: lambda item: changes.padded(item, changes.side_of(item, seed))}
    return Plan("verbosity", tuple(items), _compared(judge, items, judge, change))


def _injection(judge: Probed, items: Sequence[Item], seed: int) -> Plan:
    def change(item: Item) -> Item:
        named = targets(item, judge.rubric, seed)
        return changes.injected(item, judge.rubric, named, changes.side_of(item, seed))

    return Plan("injection", tuple(items), _compared(judge, items, judge, {INJECTED: change}))


def _compared(
    judge: Probed, items: Sequence[Item], other: Probed, change: Mapping[str, Callable[[Item], Item]]
) -> tuple[Question, ...]:
    """Each item as it is and changed."""
    before = [Question(AS_IT_IS, item, judge) for item in items]
    return (*before, *(Question(name, made(item), other) for name, made in change.items() for item in items))


def _told(kind: Kind, judge: Probed, items: Sequence[Item]) -> Plan:
    if isinstance(judge, CommandJudge):
        return Plan(kind, (), undefined=NOT_FOR_PROGRAMS)
    variants = _other_forms(judge) if kind == "format" else _other_directions(judge)
    if not variants:
        return Plan(kind, (), undefined="no criterion has several levels to list in another order")
    before = [Question(AS_IT_IS, item, judge) for item in items]
    after = [Question(name, item, other) for name, other in variants.items() for item in items]
    return Plan(kind, tuple(items), (*before, *after))


def _other_forms(judge: ModelJudge) -> dict[str, ModelJudge]:
    """The judge told the same in another order or in other words; replies are read as before."""
    asking = judge.asking
    reworded = replace(asking, outline=changes.reworded(asking.outline))
    found = {REWORDED: ModelJudge.of(judge.name, judge.spec, reworded, judge.rubric)}
    if len(asking.rubric.criteria) > 1 and asking.settings.calls == "item":
        turned = replace(asking, rubric=changes.criteria_reversed(asking.rubric))
        found[CRITERIA_REVERSED] = ModelJudge.of(judge.name, judge.spec, turned, judge.rubric)
    return found


def _other_directions(judge: ModelJudge) -> dict[str, ModelJudge]:
    asking = judge.asking
    if not any(len(c.scale.levels) > 1 for c in asking.rubric.criteria):
        return {}
    turned = replace(asking, rubric=changes.levels_reversed(asking.rubric))
    return {LEVELS_REVERSED: ModelJudge.of(judge.name, judge.spec, turned, judge.rubric)}
