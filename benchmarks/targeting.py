"""What each design of a wave finds and how true its numbers are, replayed on real labels: docs/targeting.md.

Needs the folder named by CALIBRANT_REAL_DATA. Draw, reveal the labels of what was drawn, estimate; the truth
is the value on all items that have both a verdict and a reference.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.blocks import DOCS, fill, table
from calibration.doubting import doubts
from calibration.findings.compared import compared_with
from calibration.from_files import Choices, ratings_from_files
from calibration.pairing import clusters_of
from calibration.pooling import main_coefficient
from calibration.ratings import CriterionRatings
from calibration.reference import reference
from calibration.scales import numbers_of
from calibration.stats.agreement import pair_estimate
from calibration.stats.doubt import Doubted, advise, auroc, doubted, error_rate
from calibration.stats.estimate import Estimate, FloatArray, IntArray, Result
from calibration.stats.patterns import pair_table
from calibration.triage.combine import WaveDraw, combine
from calibration.triage.design import Design, FrameItem, draw, inclusion, systematic

DRAWS, LABELS = 4_000, 150
PAGE = DOCS / "targeting.md"
HALF = LABELS // 2
DESIGNS = {
    "random": (Design("random", LABELS),),
    "mixed 70/30": (Design("mixed", LABELS, random_share=0.7),),
    "mixed 30/70": (Design("mixed", LABELS, random_share=0.3),),
    "half random, half 30/70": (Design("random", HALF), Design("mixed", HALF, random_share=0.3)),
    "search": (Design("search", LABELS),),
}
BETWEEN = """Then the designs, all following the signal above, whatever its advice. κ is quadratic where
answers are ordered. A search is refused: in brackets the bias that its labels would have, averaged.

† The judge gives one answer to nearly every item: of 150 fewer than 5 others are expected, and κ hangs on
which of them are drawn. Its interval then need not cover, and at one criterion it does not."""
ADVICE = ("follow", "inverted", "ignore", "too small")
SOURCES = (
    ("mtbench", "order_flip", Choices()),
    ("llm_rubric", "low_confidence", Choices(scales={"*": "ordinal:1..4"}, not_applicable=("0",))),
    ("pandalm", "judge_disagreement", Choices()),
)


@dataclass(frozen=True)
class Pool:
    """One judge on one criterion: every item with a verdict, a reference and a doubt."""

    name: str
    signal: str
    categories: int
    values: tuple[float, ...] | None
    coefficient: str
    judge: IntArray
    reference: IntArray
    data: Doubted
    clusters: IntArray | None

    @property
    def one_answer(self) -> bool:
        """Whether fewer than 5 of the drawn verdicts are expected to be any but the commonest answer."""
        return bool((1 - np.bincount(self.judge).max() / len(self.judge)) * LABELS < 5)

    @property
    def frame(self) -> list[FrameItem]:
        return [FrameItem(f"{k:06d}", None, float(d)) for k, d in enumerate(self.data.doubt)]

    def agreement(self, chosen: IntArray, weights: FloatArray | None) -> Result:
        found = pair_table(
            self.judge[chosen], self.reference[chosen], self.categories, weights=weights,
            clusters=None if self.clusters is None else self.clusters[chosen],
        )  # fmt: skip
        return pair_estimate(self.coefficient, found, values=self.values)

    def errors(self, chosen: IntArray, weights: FloatArray | None) -> Result:
        clusters = None if self.clusters is None else self.clusters[chosen]
        return error_rate(doubted(self.data.doubt[chosen], self.data.error[chosen], weights=weights,
                                  clusters=clusters))  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One pool under one design; bias, coverage and width of kappa and of the error rate."""

    pool: str
    design: str
    per_hundred: float
    kappa: tuple[float, float, float]
    rate: tuple[float, float, float]
    advice: dict[str, float]


def pools() -> list[Pool]:
    """Every judge and criterion of the real data whose verdicts the data set's signal doubts."""
    folder, found = Path(os.environ["CALIBRANT_REAL_DATA"]), []
    for name, signal, choices in SOURCES:
        files = [[folder / name / f"{kind}.jsonl"] for kind in ("human", "judge", "items")]
        for criterion in ratings_from_files(*files, choices=choices).ratings.criteria.values():
            for judge in criterion.judges:
                found.append(_pool(name, signal, criterion, judge.judge))
    return found


def _pool(name: str, signal: str, ratings: CriterionRatings, judge: str) -> Pool:
    column = next(one for one in ratings.judges if one.judge == judge)
    doubt = doubts(ratings, column, (signal,))[signal]
    compared, held = compared_with(ratings, column), reference(ratings)
    answer = dict(zip(held.item.tolist(), held.code.tolist(), strict=True))
    stated = ~np.isnan(doubt[compared.at])
    at = compared.at[stated]
    item = column.item[at]
    clusters = clusters_of(ratings, item, repeated=False)
    return Pool(
        name=f"{name}, {judge}, {ratings.criterion}",
        signal=signal,
        categories=len(ratings.scale.categories),
        values=numbers_of(ratings.scale),
        coefficient=main_coefficient(ratings.scale),
        judge=column.code[at],
        reference=np.array([answer[k] for k in item.tolist()], dtype=np.int64),
        data=doubted(doubt[at], compared.right[stated] == 0, clusters=clusters),
        clusters=clusters,
    )


def replay(pool: Pool, name: str, draws: int = DRAWS) -> Row:
    """Draw, reveal, estimate, so many times."""
    designs, frame, error = DESIGNS[name], pool.frame, pool.data.error
    everything = np.arange(len(frame))
    truths = [_value(pool.agreement(everything, None)), _value(pool.errors(everything, None))]
    chances = [inclusion(frame, design) for design in designs]
    kappas, rates, found, labels = [], [], 0, 0
    advice: list[str] = []
    for seed in range(1 if name == "search" else draws):
        shown = _searched(frame, designs[0]) if name == "search" else _revealed(chances, seed)
        found, labels = found + int(error[shown.items].sum()), labels + len(shown.items)
        kappas.append(pool.agreement(shown.items, shown.weights))
        rates.append(pool.errors(shown.items, shown.weights))
        if name == "random":
            said = advise(pool.data.where(np.isin(everything, shown.items)))
            advice.append("too small" if "pilot too small" in said.reason else said.follow)
    return Row(
        pool.name, name, 100 * found / labels, _quality(kappas, truths[0]), _quality(rates, truths[1]),
        {one: advice.count(one) / max(len(advice), 1) for one in ADVICE},
    )  # fmt: skip


@dataclass(frozen=True)
class _Shown:
    """The items whose labels were revealed, and 1/π of each where π is unequal."""

    items: IntArray
    weights: FloatArray | None


def _revealed(chances: Sequence[Mapping[str, float]], seed: int) -> _Shown:
    """One draw of every wave, combined as a study combines its waves."""
    waves = [
        WaveDraw(str(k), pi, frozenset(systematic(pi, seed=seed * len(chances) + k)))
        for k, pi in enumerate(chances)
    ]
    labelled = sorted(frozenset[str]().union(*(wave.selected for wave in waves)))
    combined = combine(waves, labelled, chances[0])
    weights = None if combined.equal else np.array([1 / combined.pi[item] for item in labelled])
    return _Shown(np.array([int(item) for item in labelled], dtype=np.int64), weights)


def _searched(frame: Sequence[FrameItem], design: Design) -> _Shown:
    return _Shown(np.array([int(i) for i in draw(frame, design, seed=0).selected], dtype=np.int64), None)


def _value(found: Result) -> float:
    return found.value if isinstance(found, Estimate) else float("nan")


def _quality(found: Sequence[Result], truth: float) -> tuple[float, float, float]:
    """Bias, coverage and mean width."""
    values = [one for one in found if isinstance(one, Estimate)]
    ends = [(one.low, one.high) for one in values if one.low is not None and one.high is not None]
    covered = [low <= truth <= high for low, high in ends]
    return (
        float(np.mean([one.value for one in values])) - truth,
        float(np.mean(covered)) if covered else float("nan"),
        float(np.mean([high - low for low, high in ends])) if ends else float("nan"),
    )


def block(draws: int = DRAWS) -> str:
    """The tables of the page."""
    known = pools()
    jobs = [(pool, name, draws) for pool in known for name in DESIGNS]
    with ProcessPoolExecutor() as executor:
        rows = list(executor.map(replay, *zip(*jobs, strict=True)))
    by = {(row.pool, row.design): row for row in rows}
    return "\n\n".join([_advice_table(known, by), BETWEEN, _design_table(known, by)])


def _advice_table(known: Sequence[Pool], by: dict[tuple[str, str], Row]) -> str:
    head = ("judge and criterion", "signal", "items", "errors", "AUROC on all items", "advice on all items",
            "follow", "inverted", "ignore", "too small")  # fmt: skip
    lines = []
    for pool in known:
        whole, said = auroc(pool.data), advise(pool.data)
        advice = by[pool.name, "random"].advice
        shares = [f"{advice[one]:.0%}" for one in ADVICE]
        lines.append([pool.name, f"`{pool.signal}`", len(pool.data), f"{pool.data.error.mean():.0%}",
                      _interval(whole), said.follow, *shares])  # fmt: skip
    return table(head, lines)


def _interval(found: Result) -> str:
    if not isinstance(found, Estimate) or found.low is None or found.high is None:
        return "undefined"
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _design_table(known: Sequence[Pool], by: dict[tuple[str, str], Row]) -> str:
    head = ("judge and criterion", "design", "errors per 100 labels", "κ: bias", "coverage", "width ÷ random",
            "error rate: bias", "coverage", "width ÷ random")  # fmt: skip
    lines = []
    for pool in known:
        plain = by[pool.name, "random"]
        for name in DESIGNS:
            row = by[pool.name, name]
            kappa = _cells(row.kappa, plain.kappa, name)
            if pool.one_answer and name != "search":
                kappa[1] += " †"
            lines.append([pool.name, name, f"{row.per_hundred:.1f}", *kappa,
                          *_cells(row.rate, plain.rate, name)])  # fmt: skip
    return table(head, lines)


def _cells(found: tuple[float, float, float], plain: tuple[float, float, float], design: str) -> list[str]:
    if design == "search":
        return [f"refused ({found[0]:+.3f})", "–", "–"]
    return [f"{found[0]:+.4f}", f"{found[1]:.3f}", f"{found[2] / plain[2]:.2f}"]


def main() -> None:
    """Fill the page; without the data it stays as it is."""
    if "CALIBRANT_REAL_DATA" not in os.environ:
        print("targeting.md: not replayed, CALIBRANT_REAL_DATA is not set")
        return
    state = "replayed anew" if fill(PAGE, block()) else "unchanged"
    print(f"targeting.md: {state}")
