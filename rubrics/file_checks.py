"""What a well-shaped rubric file must also mean; refuses scales and conditions that cannot be answered."""

from __future__ import annotations

from collections.abc import Sequence

from rubrics.file_models import AppliesWhenFile, CriterionFile, FailureModeFile, LevelFile, ScaleFile
from rubrics.rubric import (
    RESERVED_ANSWERS,
    AppliesWhen,
    Criterion,
    FailureMode,
    Level,
    Scale,
    UnknownAnswer,
    plain_number,
    spelling,
)
from rubrics.yaml_tree import FieldPath, Tree

PAIRWISE_NAMES = ("a", "b", "tie")
MAX_GRID = 1001


def build_criterion(tree: Tree, path: FieldPath, given: CriterionFile) -> Criterion | None:
    """The criterion of one file entry; None when its scale is refused (the problems are in the tree)."""
    before = len(tree.problems)
    scale = build_scale(tree, (*path, "scale"), given.scale)
    if len(tree.problems) > before:
        return None
    return Criterion(
        name=given.name,
        question=given.question,
        scale=scale,
        description=given.description,
        dimension=given.dimension,
        not_applicable=given.not_applicable,
        required=given.required,
        ask_sure=given.ask_sure,
        weight=given.weight,
    )


def build_condition(
    tree: Tree, path: FieldPath, given: AppliesWhenFile, earlier: dict[str, Criterion | None]
) -> AppliesWhen | None:
    """The condition, its values in canonical form; the criterion it names must stand earlier in the file."""
    if given.criterion not in earlier:
        known = ", ".join(earlier) or "none stands before this one"
        message = f"{given.criterion!r} is not an earlier criterion; earlier are: {known}"
        tree.refuse((*path, "criterion"), message)
        return None
    target = earlier[given.criterion]
    if target is None:
        return None
    values = []
    for index, raw in enumerate(given.values):
        try:
            values.append(target.scale.parse(raw))
        except UnknownAnswer as unknown:
            tree.refuse((*path, "values", index), f"{unknown} (scale of {target.name})")
    if len(set(values)) < len(values):
        tree.refuse((*path, "values"), "the same answer is listed twice: keep one")
    return AppliesWhen(target.name, tuple(values))


def build_failure_mode(given: FailureModeFile) -> FailureMode:
    """The failure mode that a file describes; its fields are checked already."""
    return FailureMode(given.name, given.description, given.severity, given.visibility, given.detected_by)


def refuse_repeated_names(tree: Tree, path: FieldPath, names: Sequence[str | None]) -> None:
    """Names must differ by more than case: people and judges type them."""
    seen: dict[str, str] = {}
    for index, name in enumerate(names):
        if name is None:
            continue
        first = seen.setdefault(name.casefold(), dotted_index(path, index))
        if first != dotted_index(path, index):
            tree.refuse((*path, index, "name"), f"{name!r} is already the name of {first}: rename one")


def dotted_index(path: FieldPath, index: int) -> str:
    """`criteria[2]`: an entry of a list as messages name it."""
    return f"{path[-1]}[{index}]"


def build_scale(tree: Tree, path: FieldPath, given: ScaleFile) -> Scale:
    """The scale, checked by kind; every problem is added to the tree."""
    _refuse_foreign_fields(tree, path, given)
    _refuse_ambiguous_spellings(tree, path, given)
    if given.kind == "interval":
        _check_interval(tree, path, given)
    elif given.kind == "pairwise":
        given = _check_pairwise(tree, path, given)
    else:
        _check_closed(tree, path, given)
    levels = tuple(_level(level) for level in given.levels)
    return Scale(given.kind, levels, given.low, given.high, given.step)


def _level(given: LevelFile) -> Level:
    return Level(
        given.name,
        given.value,
        given.description,
        given.example,
        given.aliases,
        given.rationale_required,
    )


def _refuse_foreign_fields(tree: Tree, path: FieldPath, given: ScaleFile) -> None:
    for name in ("low", "high", "step"):
        if given.kind != "interval" and getattr(given, name) is not None:
            tree.refuse((*path, name), f"only an interval scale has {name}: remove it")
    if given.kind != "pairwise" and given.tie is not None:
        tree.refuse((*path, "tie"), "only a pairwise scale has tie: remove it")
    for index, level in enumerate(given.levels):
        if given.kind not in ("ordinal", "interval") and level.value is not None:
            where = (*path, "levels", index, "value")
            tree.refuse(
                where, f"levels of a {given.kind} scale have no value: remove it, or use kind: ordinal"
            )


def _check_interval(tree: Tree, path: FieldPath, given: ScaleFile) -> None:
    low, high, step = given.low, given.high, given.step
    for name, bound in (("low", low), ("high", high)):
        if bound is None:
            tree.refuse((*path, name), "is missing: an interval scale needs low and high")
    if low is None or high is None:
        return
    if low >= high:
        tree.refuse((*path, "high"), f"{high:g} is not above low ({low:g}): exchange or correct them")
        return
    if step is not None:
        _check_step(tree, (*path, "step"), low, high, step)
    for index, level in enumerate(given.levels):
        where = (*path, "levels", index, "value")
        if level.value is None:
            tree.refuse(where, "is missing: a level of an interval scale anchors one value of the range")
        elif not low <= level.value <= high:
            tree.refuse(where, f"{level.value:g} is outside {low:g}..{high:g}")
    _refuse_falling_values(tree, path, given)


def _check_step(tree: Tree, where: FieldPath, low: float, high: float, step: float) -> None:
    if step <= 0:
        tree.refuse(where, "must be above 0")
        return
    steps = (high - low) / step
    if abs(steps - round(steps)) > 1e-6:
        tree.refuse(where, f"{step:g} does not divide {low:g}..{high:g} into whole steps")
    elif steps >= MAX_GRID:
        tree.refuse(where, f"{step:g} makes more than {MAX_GRID} answers: use a larger step, or none")


def _check_pairwise(tree: Tree, path: FieldPath, given: ScaleFile) -> ScaleFile:
    """Levels in the order a, b, tie; without levels, the names alone (the tie unless it is refused)."""
    named = {level.name.casefold(): level for level in given.levels}
    tie_listed = "tie" in named
    for index, level in enumerate(given.levels):
        if level.name.casefold() not in PAIRWISE_NAMES:
            message = f"{level.name!r} is not one of: a, b, tie (the answers of a pairwise scale)"
            tree.refuse((*path, "levels", index, "name"), message)
    if given.levels and not {"a", "b"} <= set(named):
        tree.refuse((*path, "levels"), "a pairwise scale lists both a and b (or no levels at all)")
    if given.tie is False and tie_listed:
        tree.refuse((*path, "tie"), "is false, but a level tie is listed: remove one")
    if given.tie and given.levels and not tie_listed:
        tree.refuse((*path, "tie"), "is true, but no level tie is listed: add it")
    wanted = PAIRWISE_NAMES if tie_listed or (not given.levels and given.tie is not False) else ("a", "b")
    levels = tuple(_renamed(named.get(name), name) for name in wanted)
    return given.model_copy(update={"levels": levels})


def _renamed(level: LevelFile | None, name: str) -> LevelFile:
    return LevelFile(name=name) if level is None else level.model_copy(update={"name": name})


def _check_closed(tree: Tree, path: FieldPath, given: ScaleFile) -> None:
    count = len(given.levels)
    if given.kind == "binary" and count != 2:
        tree.refuse(
            (*path, "levels"), f"a binary scale has exactly two levels, positive first; found {count}"
        )
    elif count < 2:
        tree.refuse((*path, "levels"), f"a {given.kind} scale has at least two levels; found {count}")
    if given.kind == "ordinal":
        for index, level in enumerate(given.levels):
            if level.value is None:
                message = "is missing: give every ordinal level a number, rising from level to level"
                tree.refuse((*path, "levels", index, "value"), message)
        _refuse_falling_values(tree, path, given)


def _refuse_falling_values(tree: Tree, path: FieldPath, given: ScaleFile) -> None:
    last: float | None = None
    for index, level in enumerate(given.levels):
        if level.value is None:
            continue
        if last is not None and level.value <= last:
            message = f"{level.value:g} does not rise above {last:g} before it: list levels from low to high"
            tree.refuse((*path, "levels", index, "value"), message)
        last = level.value


def _refuse_ambiguous_spellings(tree: Tree, path: FieldPath, given: ScaleFile) -> None:
    """Every accepted spelling of an answer must lead to one level alone."""
    owner: dict[str, int] = {}
    for index, level in enumerate(given.levels):
        for where, raw in _spellings(given, level):
            place = (*path, "levels", index, *where)
            if spelling(raw) in RESERVED_ANSWERS:
                tree.refuse(place, f"{raw!r} is kept for answers outside the scale: choose another word")
            if not str(raw).strip():
                tree.refuse(place, "is empty: remove it")
            first = owner.setdefault(spelling(raw), index)
            if first != index:
                tree.refuse(place, f"{raw!r} also stands for level {given.levels[first].name!r}: rename one")


def _spellings(given: ScaleFile, level: LevelFile) -> list[tuple[FieldPath, str | int | float]]:
    found: list[tuple[FieldPath, str | int | float]] = [(("name",), level.name)]
    if given.kind == "ordinal" and level.value is not None:
        found.append((("value",), plain_number(level.value)))
    return found + [(("aliases", index), alias) for index, alias in enumerate(level.aliases)]
