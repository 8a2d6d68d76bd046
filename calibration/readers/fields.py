"""One function per kind of field: raw content in, typed content out; refuses with `WrongField`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from calibration.readers.reading import WrongField
from rubrics.answers import Blind
from rubrics.naming import refused_in
from rubrics.rubric import Value, plain_number

Convert = Callable[[object], Any]
SHOWN = 60
LARGEST = 2**63


def shown(raw: object) -> str:
    """The content as a reader recognises it, cut to a line."""
    text = msgspec.json.encode(raw).decode() if isinstance(raw, dict | list | bool) else repr(raw)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def identifier(raw: object) -> str:
    """Text that names something; the number 7 (or 7.0) names the same thing as "7"."""
    if isinstance(raw, str):
        if not raw.strip():
            raise WrongField("is empty")
        if character := refused_in(raw):
            raise WrongField(f"has a character in it that no name may have: {character}")
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise WrongField(f"must be text or a number, not {shown(raw)}")
    return str(plain_number(_sized(raw)))


def text(raw: object) -> str:
    if not isinstance(raw, str):
        raise WrongField(f"must be text, not {shown(raw)}")
    return raw


def content(raw: object) -> str:
    """What people are shown: text as it is, objects and lists (a conversation, say) as JSON text."""
    return raw if isinstance(raw, str) else msgspec.json.encode(raw).decode()


def answer(raw: object) -> Value | None:
    """An answer before its scale is known: text, number or truth value; blank text is no answer."""
    if isinstance(raw, str | bool):
        return raw if raw is True or raw is False or raw.strip() else None
    if not isinstance(raw, int | float):
        raise WrongField(f"must be text, a number or a truth value, not {shown(raw)}")
    return _sized(raw)


def number(raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise WrongField(f"must be a number, not {shown(raw)}")
    return float(_sized(raw))


def amount(raw: object) -> float:
    """A number that is not negative: seconds, money."""
    found = number(raw)
    if found < 0:
        raise WrongField(f"must not be negative, is {found:g}")
    return found


def probability(raw: object) -> float:
    found = number(raw)
    if not 0 <= found <= 1:
        raise WrongField(f"must be between 0 and 1, is {found:g}")
    return found


def inclusion(raw: object) -> float:
    """A probability of having been drawn: above 0, because what was drawn could be drawn."""
    found = number(raw)
    if not 0 < found <= 1:
        raise WrongField(f"must be above 0 and at most 1, is {found:g}")
    return found


def count(raw: object) -> int:
    found = number(raw)
    if found < 0 or not found.is_integer():
        raise WrongField(f"must be a whole number from 0, is {found:g}")
    return int(found)


def truth(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise WrongField(f"must be true or false, not {shown(raw)}")
    return raw


def one_of(allowed: tuple[str, ...]) -> Convert:
    """A converter that takes exactly these words."""

    def convert(raw: object) -> str:
        if raw not in allowed:
            raise WrongField(f"must be one of {', '.join(allowed)}, not {shown(raw)}")
        return str(raw)

    return convert


def texts(raw: object) -> tuple[str, ...]:
    """A list of texts; one text is a list of one; objects in it become JSON text."""
    if isinstance(raw, str):
        return (raw,)
    if not isinstance(raw, list):
        raise WrongField(f"must be a list, not {shown(raw)}")
    return tuple(content(entry) for entry in raw)


def probabilities(raw: object) -> tuple[tuple[str, float], ...]:
    """{answer: probability} as pairs in the file's order."""
    if not isinstance(raw, dict):
        raise WrongField(f"must be an object of answers and probabilities, not {shown(raw)}")
    return tuple((str(name), probability(value)) for name, value in raw.items())


def confidences(raw: object) -> tuple[tuple[str, float], ...]:
    """{source: confidence} as pairs in the file's order."""
    if not isinstance(raw, dict):
        raise WrongField(f"must be an object of sources and confidences, not {shown(raw)}")
    return tuple((str(name), probability(value)) for name, value in raw.items())


def blindness(raw: object) -> Blind:
    """{peers, judge}: what the rater had not seen; an absent part means blind."""
    if not isinstance(raw, dict):
        raise WrongField(f"must be an object with peers and judge, not {shown(raw)}")
    parts = {name: raw.get(name) for name in ("peers", "judge")}
    return Blind(**{name: truth(value) for name, value in parts.items() if value is not None})


def scalar(raw: object) -> Value:
    """The content of a column we do not know: kept as it is, nested content as JSON text."""
    return raw if isinstance(raw, str | int | float) else msgspec.json.encode(raw).decode()


def _sized(raw: float) -> float:
    """A finite number that a database column holds."""
    if not -LARGEST < raw < LARGEST:
        raise WrongField("must be a finite number below 2^63")
    return raw
