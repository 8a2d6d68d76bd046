"""The judge to beat: TF-IDF with logistic regression fitted on development labels, or the majority class.

It is handed its training examples and sees no other label. An item it was trained on is answered by a fit
that left the item's cluster out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import cast

from calibration.judges.learning import Answerer, Settings, fit_answerer
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
class Baseline:
    """A learned judge; `answerers` hold one fit per criterion and fold, fold None being the fit on all."""

    name: str
    spec: JudgeSpec
    examples: tuple[Example, ...]
    folds: Mapping[str, int] = field(default_factory=dict)
    answerers: Mapping[tuple[str, int | None], Answerer] = field(default_factory=dict)

    @property
    def observed(self) -> str:
        """What was fitted: recipe, library and a hash of the training answers."""
        seen = sorted([e.item.item_id, e.item.sha256, e.criterion, str(e.value)] for e in self.examples)
        count, library = len(self.examples), version("scikit-learn")
        requested = self.spec.requested
        return f"{requested} scikit-learn {library}, {count} answers, {sha256_of(seen)[:16]}"

    def judge(self, items: Sequence[Item], rubric: Rubric) -> Iterator[Verdict]:
        for item in items:
            for criterion in rubric.criteria:
                answerer = self.answerers.get((criterion.name, self.folds.get(item.item_id)))
                if answerer is not None:
                    yield self._verdict(item, criterion, answerer)

    def _verdict(self, item: Item, criterion: Criterion, answerer: Answerer) -> Verdict:
        started = time.perf_counter()
        shares = {value: round(share, DIGITS) for value, share in answerer.probabilities(item).items()}
        value = max(shares, key=lambda v: shares[v])
        return Verdict(
            item_id=item.item_id,
            judge=self.name,
            criterion=criterion.name,
            value=value,
            confidence=shares[value],
            confidence_kind="fitted probability",
            probs=tuple((str(answer), share) for answer, share in shares.items()),
            expected=_expected(shares) if criterion.scale.is_numeric else None,
            spec_hash=self.spec.spec_hash,
            reported_model=self.observed,
            cost_usd=0.0,
            latency_seconds=time.perf_counter() - started,
        )


def fit_baseline(name: str, spec: JudgeSpec, rubric: Rubric, examples: Sequence[Example]) -> Baseline:
    """The baseline fitted on `examples`; criteria without an example get no verdicts.

    Training items are spread over five folds by cluster (an item without one is its own), so that its
    verdict on one of them comes from a fit that has not seen that cluster.
    """
    settings = Settings.read(name, spec.parameters)
    ordered = tuple(sorted(examples, key=lambda e: (e.criterion, e.item.item_id)))
    folds = {e.item.item_id: _fold(e.item) for e in ordered}
    answerers: dict[tuple[str, int | None], Answerer] = {}
    for criterion in rubric.criteria:
        own = [e for e in ordered if e.criterion == criterion.name]
        for fold in (None, *range(FOLDS)):
            seen = [e for e in own if fold is None or folds[e.item.item_id] != fold]
            if seen:
                answerers[criterion.name, fold] = fit_answerer(
                    [e.item for e in seen],
                    [e.value for e in seen],
                    criterion,
                    settings,
                    learn=spec.requested != "majority",
                )
    return Baseline(name, spec, ordered, folds, answerers)


def _fold(item: Item) -> int:
    """The fold of an item's cluster: a hash, so that it does not depend on the other items."""
    return int(sha256_of([BASELINE_VERSION, item.cluster or item.item_id])[:8], 16) % FOLDS


def _expected(shares: Mapping[Value, float]) -> float:
    """The mean of the answers under the fitted probabilities."""
    total = math.fsum(shares.values())
    return round(math.fsum(float(cast("float", v)) * p for v, p in shares.items()) / total, DIGITS)
