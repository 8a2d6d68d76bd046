"""Ids for planted items that look like those of the study's own items; never one that is taken."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from itertools import chain, count

from annotate_app.store import planted
from annotate_app.store.engine import Raw

ALIKE = 10  # so many ids that differ from the origin's in their number alone make a series
TRIES = 200
NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>[0-9]{1,18})(?P<after>[^0-9]*)", re.DOTALL)
LONGEST = 60


def lookalike(name: str, own: Collection[str], taken: Collection[str], *, key: str) -> str:
    """An id like `name` that is not `taken`, the same for the same `key`.

    Where the study's `own` ids are a series (a-001 to a-119) it is a gap of the series, else one of the
    numbers that come next; other ids get other digits, more of them if need be.
    """
    series = _series(name, own)
    candidates = _scrambled(name[:LONGEST], key) if series is None else _numbered(*series, key)
    return next(found for found in candidates if found not in taken and found != name)


def make_way(connection: Raw, study_id: int) -> None:
    """Other ids for planted items whose id was just imported: raters would find two items under one."""
    for number, name, key in planted.in_the_way(connection, study_id):
        own, taken = planted.ids_of_both(connection, study_id)
        planted.rename(connection, number, lookalike(name, own, taken, key=key))


def _series(name: str, own: Collection[str]) -> tuple[re.Match[str], list[str]] | None:
    """The parts of the name, and the numbers of all own ids that have the same parts around theirs."""
    parts = NUMBERED.fullmatch(name)
    if parts is None:
        return None
    around = (parts["before"], parts["after"])
    found = [m for m in map(NUMBERED.fullmatch, own) if m and (m["before"], m["after"]) == around]
    return (parts, [match["number"] for match in found]) if len(found) >= ALIKE else None


def _numbered(parts: re.Match[str], numbers: Collection[str], key: str) -> Iterator[str]:
    low, high = min(map(int, numbers)), max(map(int, numbers))
    width = min(map(len, numbers))
    inside = (low + _drawn(key, k) % (high - low + 1) for k in range(TRIES))
    beyond = count(high + 1 + _drawn(key, TRIES) % (ALIKE + len(numbers) // 10))
    for chosen in chain(inside, beyond):
        yield f"{parts['before']}{chosen:0{width}d}{parts['after']}"


def _scrambled(name: str, key: str) -> Iterator[str]:
    for attempt in count():
        digits = iter(str(_drawn(key, attempt)))
        found = "".join(next(digits) if sign.isdigit() else sign for sign in name)
        yield found if attempt < 20 and found != name else found + next(digits) * (1 + attempt // 40)


def _drawn(key: str, attempt: int) -> int:
    return int(hashlib.sha256(f"{key}:{attempt}".encode()).hexdigest(), 16)
