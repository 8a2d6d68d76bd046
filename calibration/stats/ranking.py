"""More than two judges on the same units: Holm over all pairs, and the groups that cannot be told apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.compare import Difference, difference
from calibration.stats.estimate import Estimate
from calibration.stats.joint import joint_table
from calibration.stats.multiplicity import holm


@dataclass(frozen=True, slots=True)
class JudgePair:
    """Two judges by name, what separates them, and whether it survives Holm's correction over all pairs."""

    judges: tuple[str, str]
    difference: Difference
    p_adjusted: float | None
    distinguishable: bool


@dataclass(frozen=True, slots=True)
class JudgeRanking:
    """Judges from best to worst; every group holds judges of whom no two can be told apart."""

    judges: tuple[str, ...]
    pairs: tuple[JudgePair, ...]
    groups: tuple[tuple[str, ...], ...]


def rank_judges(
    verdicts: Mapping[str, ArrayLike],
    reference: ArrayLike,
    categories: int,
    *,
    name: str = "cohen_kappa",
    values: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> JudgeRanking:
    """Every pair of judges compared on the same units, p-values by Holm, and the groups not told apart.

    verdicts: codes per judge, shape (n,), all on the units of `reference`. Judges whose coefficient is
    undefined come last. A pair without a p-value counts as not distinguishable.
    """
    found = {
        (a, b): difference(
            name,
            joint_table(verdicts[a], verdicts[b], reference, categories, weights=weights, clusters=clusters),
            values=values, level=level,
        )
        for a, b in combinations(verdicts, 2)
    }  # fmt: skip
    tested = [pair for pair, one in found.items() if one.p is not None]
    p_values = np.array([found[pair].p for pair in tested], dtype=np.float64)
    adjusted = dict(zip(tested, holm(p_values).tolist(), strict=True))
    pairs = tuple(
        JudgePair(pair, one, adjusted.get(pair), adjusted.get(pair, 1.0) < 1 - level)
        for pair, one in found.items()
    )
    order = _best_first(verdicts, found)
    return JudgeRanking(
        order, pairs, groups_not_told_apart(order, [p.judges for p in pairs if p.distinguishable])
    )


def groups_not_told_apart(
    names: Sequence[str], distinguishable: Sequence[tuple[str, str]]
) -> tuple[tuple[str, ...], ...]:
    """The largest sets of names in which no two are distinguishable (insert and absorb, Piepho 2004)."""
    groups = [frozenset(names)] if names else []
    for a, b in distinguishable:
        split = [part for g in groups for part in ((g - {a}, g - {b}) if {a, b} <= g else (g,))]
        groups = [
            g
            for i, g in enumerate(split)
            if not any(g < h or (g == h and j < i) for j, h in enumerate(split))
        ]
    place = {name: i for i, name in enumerate(names)}
    ordered = [tuple(sorted(group, key=place.__getitem__)) for group in groups]
    return tuple(sorted(ordered, key=lambda group: [place[name] for name in group]))


def _best_first(names: Mapping[str, object], found: Mapping[tuple[str, str], Difference]) -> tuple[str, ...]:
    value = dict.fromkeys(names, -math.inf)
    for (a, b), one in found.items():
        for judge, result in ((a, one.first), (b, one.second)):
            if isinstance(result, Estimate):
                value[judge] = result.value
    return tuple(sorted(names, key=lambda judge: -value[judge]))
