"""Checks by shared words and names: how much of the text is in the reference, and how much the reverse."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import Counter
from pathlib import Path

from pydantic import Field

from calibration.judges.checks.check import Finding, Look, lacks, text_of
from calibration.judges.checks.overlap import Part, Scored
from rubrics.items import Item

MOST_NAMED = 5
WORD = re.compile(r"\w+")
ADDRESS = re.compile(r"https?://[^\s<>()\"']*[^\s<>()\"'.,;:!?]|(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+")
NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*%?")
CAPITALS = re.compile(r"[^\W\d_][\w'’-]*(?: +[^\W\d_][\w'’-]*)*")
SENTENCE_START = re.compile(r"(?:\A|[.!?:\n]['\"”»)\]]*)\s*[-*•\"'“«(\[]*\s*\Z")


class Shares(Scored):
    """Precision: the share of what the text has that the other has too; recall: the reverse; F1: 2PR/(P+R).

    Each may have its own threshold: `least` for F1, `least_precision`, `least_recall`. `part` is the score
    with answer = "score".
    """

    least_precision: float | None = Field(default=None, ge=0, le=1)
    least_recall: float | None = Field(default=None, ge=0, le=1)
    part: Part = "f1"

    def _thresholds(self) -> bool:
        return any(bound is not None for bound in (self.least, self.least_precision, self.least_recall))

    @abstractmethod
    def counted(self, text: str, other: str) -> tuple[Counter[str], Counter[str]]:
        """What is compared of the text and of the other text."""

    def ready(self, folder: Path) -> Look:
        def look(item: Item) -> Finding:
            text, other = text_of(item, self.field), text_of(item, self.against)
            if text is None or other is None:
                return lacks(self.field if text is None else self.against)
            own, wanted = self.counted(text, other)
            return self._compared(own, wanted)

        return look

    def _compared(self, own: Counter[str], wanted: Counter[str]) -> Finding:
        """Where the other text has nothing to compare, or precision alone is asked of nothing: no answer."""
        if not wanted or (not own and self._asks_precision_alone()):
            empty = self.against if not wanted else self.field
            return Finding(None, f"does not apply: {empty} has nothing to compare")
        common = (own & wanted).total()
        precision = common / own.total() if own else 0.0
        recall = common / wanted.total()
        f1 = 2 * common / (own.total() + wanted.total())
        parts = {"f1": f1, "precision": precision, "recall": recall}
        bounds = {"f1": self.least, "precision": self.least_precision, "recall": self.least_recall}
        low = [f"{name} below {b:g}" for name, b in bounds.items() if b is not None and parts[name] < b]
        said = [f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f} against {self.against}", *low]
        said += _named(f"only in {self.field}", own - wanted) + _named(
            f"missing in {self.field}", wanted - own
        )
        return Finding(not low, "; ".join(said), parts[self.part])

    def _asks_precision_alone(self) -> bool:
        other = self.least is not None or self.least_recall is not None
        return not other and (self.answer == "outcome" or self.part == "precision")


def _named(what: str, words: Counter[str]) -> list[str]:
    if not words:
        return []
    more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return [f"{what}: {', '.join(list(words)[:MOST_NAMED])}{more}"]


class TokenF1(Shares):
    """Words in common, each as often as it occurs in both: runs of letters, digits and _, capitals aside."""

    version = 1

    def counted(self, text: str, other: str) -> tuple[Counter[str], Counter[str]]:
        return Counter(WORD.findall(text.casefold())), Counter(WORD.findall(other.casefold()))


class EntityF1(Shares):
    """Names, numbers and addresses in common, each counted once; found by the rule of `entities`."""

    version = 1

    def counted(self, text: str, other: str) -> tuple[Counter[str], Counter[str]]:
        certain = _inner_names(text) | _inner_names(other)
        return Counter(entities(text, certain)), Counter(entities(other, certain))


def entities(text: str, certain: frozenset[str] | set[str] = frozenset()) -> set[str]:
    """Addresses (web, mail), numbers (with . , : / between digits and %), and names, without capitals.

    A name is a run of words that begin with a capital. The first word of a sentence is left out of it,
    unless it is in `certain` (seen as a name inside a sentence) or has a second capital or a digit.
    """
    addresses = ADDRESS.findall(text)
    rest = ADDRESS.sub(" ", text)
    names = {" ".join(run).casefold() for run in _names(rest, certain)}
    return {found.casefold() for found in (*addresses, *NUMBER.findall(rest))} | names


def _names(text: str, certain: frozenset[str] | set[str]) -> list[list[str]]:
    found = []
    for stretch in CAPITALS.finditer(text):
        first = SENTENCE_START.search(text[max(0, stretch.start() - 8) : stretch.start()]) is not None
        run: list[str] = []
        for place, word in enumerate(stretch.group().split()):
            opening = first and place == 0 and word.casefold() not in certain and not _odd(word)
            if word[0].isupper() and not opening and word not in ("I", "I'm", "I've", "I'll"):
                run.append(word)
                continue
            if run:
                found.append(run)
            run = []
        if run:
            found.append(run)
    return found


def _inner_names(text: str) -> set[str]:
    """Words that begin with a capital inside a sentence."""
    return {word.casefold() for run in _names(ADDRESS.sub(" ", text), frozenset()) for word in run}


def _odd(word: str) -> bool:
    """A second capital or a digit: a name even where every word has a capital."""
    return any(c.isupper() or c.isdigit() for c in word[1:])
