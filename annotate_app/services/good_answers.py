"""Which answers count as good where production is followed; refuses a rule that all answers meet, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services.monitor_values import CannotMonitor
from annotate_app.study_file import QualitySection
from rubrics.rubric import Criterion, Scale, UnknownAnswer, Value


@dataclass(frozen=True, slots=True)
class GoodAnswers:
    """The good ones of a closed list; on an interval scale every number from `least` on."""

    listed: frozenset[Value] = frozenset()
    least: float | None = None

    def __contains__(self, answer: object) -> bool:
        if self.least is None:
            return answer in self.listed
        return isinstance(answer, int | float) and answer >= self.least

    def same(self, one: Value | None, other: Value) -> bool:
        """Whether two answers agree: they are equal; numbers, that both are good or neither is."""
        if self.least is None or one is None:
            return one == other
        return (one in self) == (other in self)

    def of_votes(self, votes: Counter[Value]) -> Value | None:
        """What several raters say together: the most frequent answer, None when tied; numbers: the mean."""
        if self.least is not None:
            return sum(float(value) * n for value, n in votes.items()) / votes.total()
        (first, top), *rest = votes.most_common(2)
        return None if rest and rest[0][1] == top else first


Good = Mapping[str, GoodAnswers]  # by followed criterion


def good_answers(desk: Desk) -> Good:
    """By followed criterion, the answers that count as good: declared, else the positive one of two."""
    sections = desk.study_file.monitor.quality
    if not sections:
        raise CannotMonitor(
            "study.toml says nothing of what to follow: add [monitor.quality.CRITERION] with a floor"
        )
    return {name: _good(desk, name, section) for name, section in sections.items()}


def _good(desk: Desk, name: str, section: QualitySection) -> GoodAnswers:
    where = f"study.toml, [monitor.quality.{name}]"
    criterion = next((c for c in desk.rubric.criteria if c.name == name), None)
    if criterion is None:
        known = ", ".join(c.name for c in desk.rubric.criteria)
        raise CannotMonitor(f"{where}: no such criterion; there are {known}")
    if section.good_from is not None:
        return _from(criterion, section.good_from, where)
    if criterion.scale.kind == "interval":
        raise CannotMonitor(
            f"{where}: an interval scale has no list of answers: say from which number on one is good "
            "(good_from = …)"
        )
    return _listed(criterion.scale, section, where)


def _from(criterion: Criterion, least: float, where: str) -> GoodAnswers:
    """Good from a number on."""
    scale = criterion.scale
    if not scale.is_numeric:
        raise CannotMonitor(
            f"{where} good_from: the answers are no numbers; name the good ones: good = [...]"
        )
    if scale.kind == "ordinal":
        listed = frozenset(c for c in scale.categories if float(c) >= least)
        return _some(GoodAnswers(listed), len(listed), len(scale.categories), where)
    below, within = scale.low is None or least > scale.low, scale.high is None or least <= scale.high
    return _some(GoodAnswers(least=least), int(within), 1 + below, where)


def _listed(scale: Scale, section: QualitySection, where: str) -> GoodAnswers:
    if not section.good and scale.kind == "binary":
        return GoodAnswers(frozenset({scale.categories[0]}))
    try:
        found = frozenset(scale.parse(value) for value in section.good)
    except UnknownAnswer as error:
        raise CannotMonitor(f"{where} good: {error}") from error
    return _some(GoodAnswers(found), len(found), len(scale.categories), where)


def _some(found: GoodAnswers, good: int, of: int, where: str) -> GoodAnswers:
    if not good or good == of:
        raise CannotMonitor(
            f"{where}: name the answers that are good, some and not all: good = [...], or good_from = … "
            "where answers are numbers"
        )
    return found
