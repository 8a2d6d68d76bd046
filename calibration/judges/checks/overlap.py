"""Checks against a text by published overlap scores: ROUGE and BLEU, computed by packages of the extra."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from calibration.judges.checks.check import Against, Check, Finding, Look, lacks, text_of
from calibration.judges.faults import JudgeNotAvailable
from rubrics.items import Item

EXTRA = "overlap"
WORD, ASCII_WORD = re.compile(r"\w+"), re.compile("[a-z0-9]+")
Part = Literal["f1", "precision", "recall"]


class Scored(Check):
    """A check whose score in [0, 1] passes from `least` on; `against` is what the text is compared with."""

    scored = True

    against: Against = "reference"
    least: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _has_a_threshold(self) -> Scored:
        if self.answer == "outcome" and not self._thresholds():
            raise ValueError('give least (from 0 to 1), or answer = "score" on an interval scale')
        return self

    def _thresholds(self) -> bool:
        return self.least is not None

    def _finding(self, score: float, said: str) -> Finding:
        passed = self.least is None or score >= self.least
        below = "" if passed else f", below {self.least:g}"
        return Finding(passed, said + below, score)


class Rouge(Scored):
    """ROUGE-1, -2, -L or -Lsum of the text against the reference (Lin 2004), by the package rouge-score.

    `tokens`: `ascii` is the package's own (small letters a–z and digits), `unicode` takes words of any
    script. `stem`: Porter's stemmer for English, with `ascii`.
    """

    version = 1
    package = "rouge-score"

    variant: Literal["rouge1", "rouge2", "rougeL", "rougeLsum"] = "rougeL"
    part: Part = "f1"
    stem: bool = False
    tokens: Literal["ascii", "unicode"] = "ascii"

    @model_validator(mode="after")
    def _stems_english(self) -> Rouge:
        if self.stem and self.tokens == "unicode":
            raise ValueError('stem is for English: use it with tokens = "ascii"')
        return self

    def ready(self, folder: Path) -> Look:
        counter = self._counter()

        def look(item: Item) -> Finding:
            text, other = text_of(item, self.field), text_of(item, self.against)
            if text is None or other is None:
                return lacks(self.field if text is None else self.against)
            if not self._words(other):
                return Finding(None, f"does not apply: {self.against} has no words in {self.tokens}")
            found = counter.score(other, text)[self.variant]
            score = {"f1": found.fmeasure, "precision": found.precision, "recall": found.recall}[self.part]
            said = f"{self.variant} of {self.field} against {self.against}: {self.part} {score:.3f}"
            said += f" (precision {found.precision:.3f}, recall {found.recall:.3f})"
            return self._finding(float(score), said)

        return look

    def _words(self, text: str) -> list[str]:
        return (WORD if self.tokens == "unicode" else ASCII_WORD).findall(text.lower())

    def _counter(self) -> Any:
        module = _needed("rouge_score.rouge_scorer", self.package)
        own = _Words() if self.tokens == "unicode" else None
        return module.RougeScorer([self.variant], use_stemmer=self.stem, tokenizer=own)


class _Words:
    """Words of any script in small letters, as rouge-score asks for them."""

    def tokenize(self, text: str) -> list[str]:
        return WORD.findall(text.lower())


class Bleu(Scored):
    """Sentence BLEU of the text against the reference, divided by 100 (Papineni 2002), by sacrebleu.

    Exponential smoothing and effective order, as sacrebleu's `sentence_bleu` does; `tokens` is its tokeniser.
    """

    version = 1
    package = "sacrebleu"

    tokens: Literal["13a", "intl", "zh", "char", "none"] = "13a"
    ignore_case: bool = False

    def ready(self, folder: Path) -> Look:
        module = _needed("sacrebleu.metrics", self.package)
        counter = module.BLEU(tokenize=self.tokens, lowercase=self.ignore_case, effective_order=True)

        def look(item: Item) -> Finding:
            text, other = text_of(item, self.field), text_of(item, self.against)
            if text is None or other is None:
                return lacks(self.field if text is None else self.against)
            if not other.strip():
                return Finding(None, f"does not apply: {self.against} has no words")
            score = min(counter.sentence_score(text, [other]).score / 100, 1.0)
            return self._finding(score, f"BLEU of {self.field} against {self.against}: {score:.3f}")

        return look


def _needed(module: str, package: str | None) -> Any:
    """A module of the extra; JudgeNotAvailable says how to get it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise JudgeNotAvailable(
            f"this check needs the package {package}: install calibrant[{EXTRA}]"
        ) from error
