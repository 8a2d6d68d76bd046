"""The judge to beat: TF-IDF with logistic regression fitted on development labels, or the majority class.

It is handed its training examples and sees no other label. An item it was trained on is answered by a fit
that left the item's cluster out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import cast

from calibration.judges.learning import Answerer, Reader, Settings, fit_answerer, fit_reader
from calibration.judges.spec import BASELINE_VERSION, JudgeSpec
from rubrics.answers import Verdict
from rubrics.canonical import sha256_of
from rubrics.items import Item
from rubrics.rubric import Criterion, Rubric, Value

FOLDS = 5
DIGITS = 6  # of a probability: what is left after it does not depend on the machine


@dataclass(frozen=True, slots=True)
class Example:
    """One development item with the raters' reference answer to one criterion."""

    item: Item
    criterion: str
    value: Value


@dataclass(frozen=True, slots=True)
class Fit:
    """One fit: how it reads items, and what it answers per criterion."""

    reader: Reader
    answerers: Mapping[str, Answerer]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A learned judge: the fit on all examples under None, and those that leave one fold out."""

    name: str
    spec: JudgeSpec
    observed: str
    folds: Mapping[str, int]
    fits: Mapping[int | None, Fit]

    def judge(self, items: Sequence[Item], rubric: Rubric) -> Iterator[Verdict]:
        answers: dict[tuple[str, str], _Answer] = {}
        for fold, fit in self.fits.items():
            own = [item for item in items if self.folds.get(item.item_id) == fold]
            answers |= _answers(fit, own)
        for item in items:
            for criterion in rubric.criteria:
                answer = answers.get((item.item_id, criterion.name))
                if answer is not None:
                    yield self._verdict(item, criterion, answer)

    def _verdict(self, item: Item, criterion: Criterion, answer: _Answer) -> Verdict:
        shares = {value: round(share, DIGITS) for value, share in answer.shares.items()}
        value = max(shares, key=lambda v: shares[v])
        return Verdict(
            item_id=item.item_id,
            judge=self.name,
            criterion=criterion.name,
            value=value,
            confidence=shares[value],
            confidence_kind="fitted probability",
            probs=tuple((str(v), share) for v, share in shares.items()),
            expected=_expected(shares) if criterion.scale.is_numeric else None,
            spec_hash=self.spec.spec_hash,
            reported_model=self.observed,
            cost_usd=0.0,
            latency_seconds=answer.seconds,
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    """Probabilities of the answers to one criterion of one item, and the seconds the item took."""

    shares: Mapping[Value, float]
    seconds: float


def _answers(fit: Fit, items: Sequence[Item]) -> dict[tuple[str, str], _Answer]:
    """Answers by item and criterion; the time they took is shared out evenly over the items."""
    if not items:
        return {}
    started = time.perf_counter()
    features = fit.reader.features(items)
    shares = {name: a.probabilities(features, len(items)) for name, a in fit.answerers.items()}
    seconds = (time.perf_counter() - started) / len(items)
    return {
        (item.item_id, name): _Answer(rows[k], seconds)
        for name, rows in shares.items()
        for k, item in enumerate(items)
    }


def fit_baseline(name: str, spec: JudgeSpec, rubric: Rubric, examples: Sequence[Example]) -> Baseline:
    """The baseline fitted on `examples`; criteria without an example get no verdicts.

    Training items are spread over five folds by cluster (an item without one is its own), so that its
    verdict on one of them comes from a fit that has not seen that cluster.
    """
    settings = Settings.read(name, spec.parameters)
    asked = [e for e in examples if spec.answers(e.criterion)]
    ordered = tuple(sorted(asked, key=lambda e: (e.criterion, e.item.item_id)))
    folds = {e.item.item_id: _fold(e.item) for e in ordered}
    learn = spec.requested != "majority"
    fits = {}
    for fold in (None, *range(FOLDS)):
        seen = [e for e in ordered if fold is None or folds[e.item.item_id] != fold]
        fits[fold] = _fit(seen, rubric, settings, learn=learn)
    return Baseline(name, spec, _fingerprint(spec, ordered), folds, fits)


def _fit(examples: Sequence[Example], rubric: Rubric, settings: Settings, *, learn: bool) -> Fit:
    """One vocabulary for all criteria, one regression for each."""
    items = list({e.item.item_id: e.item for e in examples}.values())
    reader = fit_reader(items, settings) if learn and items else Reader({})
    features = reader.features(items)
    row = {item.item_id: k for k, item in enumerate(items)}
    answerers: dict[str, Answerer] = {}
    for criterion in rubric.criteria:
        own = [e for e in examples if e.criterion == criterion.name]
        if own:
            part = None if features is None else features[[row[e.item.item_id] for e in own]]
            answers = [e.value for e in own]
            answerers[criterion.name] = fit_answerer(part, answers, criterion, settings, learn=learn)
    return Fit(reader, answerers)


def _fingerprint(spec: JudgeSpec, examples: Sequence[Example]) -> str:
    """What was fitted: recipe, library and a hash of the training answers."""
    seen = [[e.item.item_id, e.item.sha256, e.criterion, str(e.value)] for e in examples]
    library = version("scikit-learn")
    return f"{spec.requested}, scikit-learn {library}, {len(seen)} answers {sha256_of(seen)[:16]}"


def _fold(item: Item) -> int:
    """The fold of an item's cluster: a hash, so that it does not depend on the other items."""
    return int(sha256_of([BASELINE_VERSION, item.cluster or item.item_id])[:8], 16) % FOLDS


def _expected(shares: Mapping[Value, float]) -> float:
    """The mean of the answers under the fitted probabilities."""
    total = math.fsum(shares.values())
    return round(math.fsum(float(cast("float", v)) * p for v, p in shares.items()) / total, DIGITS)
