"""Any rubric that can be built is written to a file and read back unchanged."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.files import dump_rubric, parse_rubric
from rubrics.rubric import (
    RESERVED_ANSWERS,
    AppliesWhen,
    Criterion,
    FailureMode,
    Level,
    Rubric,
    Scale,
    ScaleKind,
    spelling,
)

CLOSED: list[ScaleKind] = ["binary", "nominal", "ordinal"]
LINE_BREAKS = "\x85\u2028\u2029"
texts = st.text(st.characters(codec="utf-8"), max_size=40).map(str.strip)
questions = texts.filter(bool)
names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
level_names = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters=LINE_BREAKS))
    .map(lambda text: text[:20].strip())
    .filter(lambda name: bool(name) and spelling(name) not in RESERVED_ANSWERS)
)
odd_names = st.sampled_from(
    ["yes", "no", "on", "off", "null", "~", "1", "1.0e3", "- x", "#", "a: b", "'", '"', "!t"]
)
numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3) + 0.0)
booleans = st.booleans()


@st.composite
def closed_scales(draw: st.DrawFn) -> Scale:
    kind: ScaleKind = draw(st.sampled_from(CLOSED))
    size = 2 if kind == "binary" else draw(st.integers(2, 5))
    chosen = draw(
        st.lists(odd_names | level_names, min_size=size, max_size=size, unique_by=spelling).filter(
            lambda found: kind != "ordinal" or not any(spelling(name)[0] in "-.0123456789" for name in found)
        )
    )
    values: list[float | None] = [None] * size
    if kind == "ordinal":
        values = [*sorted(draw(st.lists(numbers, min_size=size, max_size=size, unique=True)))]
    levels = (
        Level(n, v, draw(texts), draw(texts), (), draw(booleans)) for n, v in zip(chosen, values, strict=True)
    )
    return Scale(kind, tuple(levels))


@st.composite
def interval_scales(draw: st.DrawFn) -> Scale:
    low, width = draw(numbers), draw(st.integers(1, 100))
    return Scale("interval", (), low, low + width, draw(st.sampled_from([None, 1.0, 0.5])))


@st.composite
def pairwise_scales(draw: st.DrawFn) -> Scale:
    sides = ("a", "b", "tie") if draw(booleans) else ("a", "b")
    return Scale("pairwise", tuple(Level(name, None, draw(texts), draw(texts)) for name in sides))


@st.composite
def criteria(draw: st.DrawFn) -> Criterion:
    return Criterion(
        name=draw(names),
        question=draw(questions),
        scale=draw(closed_scales() | interval_scales() | pairwise_scales()),
        description=draw(texts),
        dimension=draw(st.sampled_from(["task accuracy", "output quality", "behavioural correctness"])),
        not_applicable=draw(booleans),
        required=draw(booleans),
        ask_sure=draw(booleans),
        weight=abs(draw(numbers)),
    )


modes = st.builds(
    FailureMode, names, questions, st.sampled_from(["critical", "major", "minor"]),
    st.sampled_from(["loud", "silent"]), texts,
)  # fmt: skip


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    asked = draw(st.lists(criteria(), min_size=1, max_size=3, unique_by=lambda c: c.name.casefold()))
    first = asked[0]
    if len(asked) > 1 and first.scale.categories and draw(booleans):
        asked[1] = replace(asked[1], applies_when=AppliesWhen(first.name, first.scale.categories[:1]))
    return Rubric(
        name=draw(names),
        criteria=tuple(asked),
        purpose=draw(texts),
        instructions=draw(texts),
        failure_modes=tuple(draw(st.lists(modes, max_size=2, unique_by=lambda m: m.name.casefold()))),
        owner=draw(texts),
        review_every=draw(st.sampled_from(["", "1 day", "6 months"])),
    )


@given(rubrics())
@settings(deadline=None, max_examples=150)
def test_a_rubric_is_read_back_as_it_was_written(rubric: Rubric) -> None:
    read = parse_rubric(dump_rubric(rubric))
    assert read == rubric
    assert read.sha256 == rubric.sha256
