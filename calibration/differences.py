"""Where two JSON values differ, leaf by leaf and by name; compares what is written and never rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rubrics.canonical import canonical_json, sha256_of

SHOWN = 60  # characters of a value that fit into a table
ABSENT = "(absent)"


@dataclass(frozen=True, slots=True)
class Difference:
    """One leaf by its dotted name, as it is now and as it was."""

    name: str
    now: str
    then: str


def differences(now: object, then: object) -> Iterator[Difference]:
    """Every leaf that is not written the same in both, in order of its name.

    1, 1.0 and true are three values, and what is in one alone is shown as absent in the other.
    """
    here, there = dict(_leaves(now)), dict(_leaves(then))
    for name in sorted({*here, *there}):
        one, other = here.get(name), there.get(name)
        if one != other:
            yield Difference(name, _shown(one), _shown(other))


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Names and canonical texts of the leaves; an empty object or list is a leaf itself."""
    parts: list[tuple[str, object]] = []
    if isinstance(value, Mapping):
        parts = [(str(key), part) for key, part in value.items()]
    elif isinstance(value, list | tuple):
        parts = [(str(place), part) for place, part in enumerate(value, start=1)]
    if not parts:
        yield name, canonical_json(value)
    for key, part in parts:
        yield from _leaves(part, f"{name}.{key}" if name else key)


def _shown(text: str | None) -> str:
    """A value short enough for a table; a long one by its first words and its hash."""
    if text is None:
        return ABSENT
    plain = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 20].strip()}… sha256 {sha256_of(text)[:8]}"
