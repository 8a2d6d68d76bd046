"""Scales accept their answers and nothing else; the hash follows what people and judges are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rubrics.files import library_rubric
from rubrics.rubric import Criterion, Level, Rubric, Scale, UnknownAnswer

ORDINAL = Scale("ordinal", (Level("low", 1), Level("high", 2)))
BINARY = Scale("binary", (Level("yes"), Level("no")))
PAIRWISE = Scale("pairwise", (Level("a"), Level("b"), Level("tie")))
INTERVAL = Scale("interval", low=0, high=1, step=0.25)


@pytest.mark.parametrize(
    ("scale", "raw", "answer"),
    [
        (ORDINAL, 2, 2),
        (ORDINAL, 2.0, 2),
        (ORDINAL, "2", 2),
        (ORDINAL, " High ", 2),
        (BINARY, True, "yes"),
        (BINARY, 0, "no"),
        (BINARY, "NO", "no"),
        (PAIRWISE, "model_a", "a"),
        (PAIRWISE, "2", "b"),
        (PAIRWISE, "TIE", "tie"),
        (INTERVAL, "0.5", 0.5),
        (INTERVAL, 1.0, 1),
    ],
)
def test_a_raw_value_becomes_the_canonical_answer(scale: Scale, raw: object, answer: object) -> None:
    assert scale.parse(raw) == answer


@pytest.mark.parametrize(
    ("scale", "raw"),
    [
        (ORDINAL, 3),
        (ORDINAL, 1.5),
        (ORDINAL, None),
        (ORDINAL, float("nan")),
        (ORDINAL, 10**400),
        (BINARY, "maybe"),
        (PAIRWISE, "c"),
        (INTERVAL, 0.3),
        (INTERVAL, 1.25),
        (INTERVAL, float("inf")),
        (INTERVAL, True),
        (INTERVAL, "much"),
        (INTERVAL, [1]),
    ],
)
def test_a_value_outside_the_scale_is_refused(scale: Scale, raw: object) -> None:
    with pytest.raises(UnknownAnswer):
        scale.parse(raw)


def of_first(rubric: Rubric, change: Callable[[Criterion], Criterion]) -> Rubric:
    first, *rest = rubric.criteria
    return replace(rubric, criteria=(change(first), *rest))


def with_first_level(criterion: Criterion, **changes: str) -> Criterion:
    first, *rest = criterion.scale.levels
    level = replace(
        first,
        description=changes.get("description", first.description),
        example=changes.get("example", first.example),
    )
    return replace(criterion, scale=replace(criterion.scale, levels=(level, *rest)))


SHOWN: dict[str, Callable[[Rubric], Rubric]] = {
    "question": lambda r: of_first(r, lambda c: replace(c, question="Other?")),
    "description": lambda r: of_first(r, lambda c: replace(c, description="other")),
    "level description": lambda r: of_first(r, lambda c: with_first_level(c, description="other")),
    "level example": lambda r: of_first(r, lambda c: with_first_level(c, example="other")),
    "not applicable": lambda r: of_first(r, lambda c: replace(c, not_applicable=True)),
    "instructions": lambda r: replace(r, instructions="other"),
    "failure modes": lambda r: replace(r, failure_modes=r.failure_modes[1:]),
}


@pytest.mark.parametrize("part", SHOWN)
def test_the_hash_changes_with_what_is_shown(part: str) -> None:
    rubric = library_rubric("support_answer")
    assert SHOWN[part](rubric).sha256 != rubric.sha256


def test_the_hash_does_not_change_with_owner_cadence_or_weights() -> None:
    rubric = library_rubric("support_answer")
    other = of_first(rubric, lambda c: replace(c, weight=c.weight + 1))
    assert replace(other, owner="somebody", review_every="1 day").sha256 == rubric.sha256


def test_the_hash_does_not_tell_1_from_1_point_0() -> None:
    whole, real = (
        Rubric("r", (Criterion("c", "Q?", Scale("interval", low=low, high=2)),)) for low in (1, 1.0)
    )
    assert whole.sha256 == real.sha256


def test_an_unknown_criterion_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(KeyError, match="grounded, resolution, tone, escalation"):
        library_rubric("support_answer").criterion("style")
