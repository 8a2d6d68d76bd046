"""A scale from a line of text, or from the answers themselves with a sentence that says what was assumed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from rubrics.rubric import PAIRWISE_ALIASES, Level, Scale, Value, plain_number

SCALE_FORMS = "nominal[:x,y,z], ordinal:1..5, interval:0..1, binary:POS/NEG or pairwise"
YES = ("true", "yes", "y", "pass", "passed", "correct", "good", "1")
NO = ("false", "no", "n", "fail", "failed", "incorrect", "bad", "0")
MOST_LEVELS = 11


class WrongScale(ValueError):
    """A line of text that names no scale."""


@dataclass(frozen=True, slots=True)
class AssumedScale:
    """A scale read off the answers, and the sentence that tells the reader so."""

    scale: Scale
    sentence: str


def parse_scale(text: str, seen: Iterable[object] = ()) -> Scale:
    """The scale that `text` names: nominal[:x,y,z], ordinal:1..5, interval:0..1, binary:POS/NEG, pairwise.

    `seen` are the answers of the data, which `nominal` without a list takes as its categories.
    """
    kind, _, rest = text.strip().partition(":")
    try:
        return _parsed(kind.strip().casefold(), rest.strip(), seen)
    except (ValueError, OverflowError):
        raise WrongScale(f"{text!r} is not a scale; write {SCALE_FORMS}") from None


def assume_scale(criterion: str, seen: Iterable[object], *, pairwise_items: bool = False) -> AssumedScale:
    """The scale that the answers suggest.

    Preferences (a, b, tie and their aliases) are pairwise; yes/no words and 0/1 binary; whole numbers over
    at most eleven steps ordinal, with the steps between the smallest and the largest; other numbers
    interval without bounds; everything else nominal with the answers seen.
    """
    names = _distinct(seen)
    if not names:
        return AssumedScale(Scale("nominal"), f"{criterion}: nobody answered, so there is no scale")
    scale = _suggested(set(names), names, pairwise_items)
    return AssumedScale(
        scale, f"{criterion}: no scale was given; assumed {describe(scale)} from the answers seen"
    )


def describe(scale: Scale) -> str:
    """The scale in a few words: its kind and its answers."""
    if scale.kind == "interval":
        if scale.low is None or scale.high is None:
            return "interval (numbers without bounds)"
        return f"interval {scale.low:g}..{scale.high:g}"
    return f"{scale.kind} ({', '.join(str(c) for c in scale.categories)})"


def pairwise_scale(*, tie: bool = True) -> Scale:
    """Which of two outputs is better: a, b or, where allowed, tie."""
    return Scale("pairwise", tuple(Level(name) for name in (("a", "b", "tie") if tie else ("a", "b"))))


def ordinal_scale(values: Iterable[float]) -> Scale:
    """Ordered levels named by their numbers."""
    ordered = sorted(set(values))
    return Scale("ordinal", tuple(Level(str(plain_number(v)), value=float(v)) for v in ordered))


def _parsed(kind: str, rest: str, seen: Iterable[object]) -> Scale:
    if kind == "pairwise" and not rest:
        return pairwise_scale()
    if kind == "nominal":
        names = [name.strip() for name in rest.split(",")] if rest else list(_distinct(seen).values())
        return _nominal(names)
    if kind == "binary":
        positive, negative = (name.strip() for name in rest.split("/"))
        return _nominal([positive, negative], kind="binary")
    if kind == "ordinal" and ".." not in rest:
        return ordinal_scale(_finite(part) for part in rest.split(","))
    low, high = (_finite(part) for part in rest.split(".."))
    if kind == "interval" and low < high:
        return Scale("interval", low=low, high=high)
    if kind == "ordinal" and low < high and high - low <= 1000 and low.is_integer() and high.is_integer():
        return ordinal_scale(range(int(low), int(high) + 1))
    raise ValueError(kind)


def _nominal(names: list[str], *, kind: str = "nominal") -> Scale:
    if not all(names) or len({name.casefold() for name in names}) < len(names):
        raise ValueError(names)
    levels = tuple(Level(name) for name in names)
    return Scale("binary", levels) if kind == "binary" else Scale("nominal", levels)


def _suggested(keys: set[str], names: dict[str, str], pairwise_items: bool) -> Scale:
    words = keys - {"0", "1", "2"}
    if keys and keys <= set(PAIRWISE_ALIASES) and (words or pairwise_items):
        return pairwise_scale(tie=any(PAIRWISE_ALIASES[key] == "tie" for key in keys))
    if keys and keys <= {*YES, *NO} and (keys - {"0", "1"} or keys == {"0", "1"}):
        return _yes_no(names)
    numbers = [_number(key) for key in keys]
    finite = [number for number in numbers if number is not None]
    if not finite or len(finite) < len(numbers):
        return _nominal([names[key] for key in sorted(names)])
    whole = all(number.is_integer() for number in finite)
    if whole and max(finite) - min(finite) < MOST_LEVELS:
        return ordinal_scale(range(int(min(finite)), int(max(finite)) + 1))
    return Scale("interval")


def _yes_no(names: dict[str, str]) -> Scale:
    """Binary, named by the first words seen; the other words for the same answer are aliases."""
    sides = []
    for words, default in ((YES, "yes"), (NO, "no")):
        found = [key for key in names if key in words]
        name = names[next((key for key in found if key not in ("0", "1")), found[0])] if found else default
        sides.append(Level(name, aliases=tuple(words)))
    return Scale("binary", tuple(sides))


def _distinct(seen: Iterable[object]) -> dict[str, str]:
    """Answers under one spelling each (4, 4.0 and "4" are one; case aside), in order of appearance."""
    found: dict[str, str] = {}
    for raw in dict.fromkeys((type(value), value) for value in seen):
        value = raw[1]
        name = str(value).lower() if isinstance(value, bool) else str(value).strip()
        number = None if isinstance(value, bool) else _number(name)
        if number is not None:
            name = str(plain_number(number))
        found.setdefault(name.casefold(), name)
    return found


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _finite(text: str) -> float:
    number = _number(text)
    if number is None:
        raise ValueError(text)
    return number


def numbers_of(scale: Scale) -> tuple[float, ...] | None:
    """The number of each category of an ordinal or stepped interval scale; None where answers are names."""
    values: tuple[Value, ...] = scale.categories
    return tuple(float(v) for v in values) if scale.is_numeric and values else None
