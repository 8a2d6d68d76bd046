"""Checks that search: regular expressions, and citations of an item's sources."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from calibration.judges.checks.check import Check, Finding, Look, lacks, quoted, text_of
from rubrics.items import Item

SOURCE_NUMBER = r"\[(\d{1,4})\]"


def _listed(given: object) -> object:
    return (given,) if isinstance(given, str) else given


Patterns = Annotated[tuple[str, ...], BeforeValidator(_listed)]


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


class Regex(Check):
    """Every pattern of `must_match` is found in the text and none of `must_not_match` (Python's `re`)."""

    version = 1

    must_match: Patterns = ()
    must_not_match: Patterns = ()
    ignore_case: bool = False

    @field_validator("must_match", "must_not_match")
    @classmethod
    def _are_expressions(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_compiled(pattern) for pattern in patterns)

    @model_validator(mode="after")
    def _asks_something(self) -> Regex:
        if not self.must_match and not self.must_not_match:
            raise ValueError("give must_match, must_not_match or both")
        return self

    def ready(self, folder: Path) -> Look:
        flags = re.IGNORECASE if self.ignore_case else 0
        wanted = [re.compile(pattern, flags) for pattern in self.must_match]
        unwanted = [re.compile(pattern, flags) for pattern in self.must_not_match]

        def look(item: Item) -> Finding:
            text = text_of(item, self.field)
            return lacks(self.field) if text is None else _searched(text, wanted, unwanted, self.field)

        return look


def _searched(
    text: str, wanted: list[re.Pattern[str]], unwanted: list[re.Pattern[str]], field: str
) -> Finding:
    found = [(p, p.search(text)) for p in wanted]
    faults = [f"nothing in {field} matches {quoted(p.pattern)}" for p, hit in found if hit is None]
    faults += [_place(hit, field) for p in unwanted if (hit := p.search(text)) is not None]
    if faults:
        return Finding(False, "; ".join(faults))
    seen = [_place(hit, field) for _, hit in found if hit is not None]
    seen += [f"nothing in {field} matches {quoted(p.pattern)}" for p in unwanted]
    return Finding(True, "; ".join(seen))


def _place(hit: re.Match[str], field: str) -> str:
    return f"{quoted(hit.group())} at character {hit.start() + 1} of {field} matches {quoted(hit.re.pattern)}"


class CitationPresent(Check):
    """The text cites the item's sources: by number, by a verbatim run of words, or by a pattern.

    `number`: [1] to [n], n sources; a number that no source has fails the check. `quote`: at least `words`
    words in a row are those of one source, capitals and blanks aside. `pattern`: it is found.
    """

    version = 1

    by: Literal["number", "quote", "pattern"] = "number"
    pattern: str | None = None
    words: int = Field(default=8, ge=2)
    least: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _has_its_pattern(self) -> CitationPresent:
        if self.by == "pattern" and self.pattern is None:
            raise ValueError('by = "pattern" needs a pattern')
        if self.pattern is None:
            return self
        groups = re.compile(_compiled(self.pattern)).groups
        if self.by == "quote" or (self.by == "number" and groups != 1):
            raise ValueError('a pattern goes with by = "pattern", or with one group (the source\'s number)')
        return self

    def ready(self, folder: Path) -> Look:
        def look(item: Item) -> Finding:
            text = text_of(item, self.field)
            if text is None:
                return lacks(self.field)
            if self.by == "pattern":
                return self._by_pattern(text)
            if not item.sources:
                return lacks("sources")
            return self._by_number(text, item) if self.by == "number" else self._by_quote(text, item)

        return look

    def _by_pattern(self, text: str) -> Finding:
        found = [hit.group() for hit in re.finditer(self.pattern or "", text)]
        first = f", the first {quoted(found[0])}" if found else ""
        return Finding(len(found) >= self.least, f"{len(found)} citations in {self.field}{first}")

    def _by_number(self, text: str, item: Item) -> Finding:
        given = re.findall(self.pattern or SOURCE_NUMBER, text)
        known = {str(number) for number in range(1, len(item.sources) + 1)}
        unknown = [number for number in dict.fromkeys(given) if number not in known]
        if unknown:
            return Finding(False, f"cites {', '.join(unknown)}, and the item has {len(known)} sources")
        cited = sorted(set(given), key=int)
        said = f"cites {', '.join(cited)}" if cited else f"cites none of {len(known)} sources"
        return Finding(len(cited) >= self.least, said)

    def _by_quote(self, text: str, item: Item) -> Finding:
        """`least` counts the sources that are quoted."""
        words = text.casefold().split()
        runs = {tuple(words[k : k + self.words]) for k in range(len(words) - self.words + 1)}
        quoted_sources = []
        for number, source in enumerate(item.sources, start=1):
            own = source.casefold().split()
            own_runs = (tuple(own[k : k + self.words]) for k in range(len(own) - self.words + 1))
            hit = next((run for run in own_runs if run in runs), None)
            if hit is not None:
                quoted_sources.append(f"source {number}: {quoted(' '.join(hit))}")
        said = "; ".join(quoted_sources) or f"no {self.words} words in a row are those of a source"
        return Finding(len(quoted_sources) >= self.least, said)
