"""The exact bootstrap on demand: pattern counts are drawn, not items; coefficients share the draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.agreement import COEFFICIENTS, category_values
from calibration.stats.design import Members
from calibration.stats.estimate import Estimate, FloatArray, Result, Undefined
from calibration.stats.pseudo import Table

BLOCK = 1_000


@dataclass(frozen=True, slots=True)
class Resampled:
    """A percentile interval, the share of resamples in which the coefficient is undefined, and the values."""

    estimate: Result
    undefined_share: float
    values: FloatArray

    def __str__(self) -> str:
        return f"{self.estimate} (undefined in {self.undefined_share:.1%} of resamples)"


def bootstrap(
    names: Sequence[str],
    table: Table,
    *,
    rng: np.random.Generator,
    resamples: int = 10_000,
    values: ArrayLike | None = None,
    level: float = 0.95,
) -> dict[str, Resampled]:
    """Percentile intervals of the named coefficients from the same resamples (Efron 1979).

    Items drawn with replacement are multinomial counts of patterns, so the cost does not depend on n. Where
    the table has clusters, clusters are drawn; where it has weights, units with their weights. Patterns that
    cannot be paired stay in. KeyError for a name that is not in COEFFICIENTS.
    """
    coefficients = {name: COEFFICIENTS[name] for name in names}
    numbers = category_values(table.categories, values)
    found: dict[str, list[FloatArray]] = {name: [] for name in names}
    for masses in _resampled_masses(table, resamples, rng):
        for name, coefficient in coefficients.items():
            with np.errstate(all="ignore"):
                found[name].append(np.asarray(coefficient.formula(table, masses, numbers).value))
    return {name: _summary(name, table, np.concatenate(v), numbers, level) for name, v in found.items()}


def _summary(name: str, table: Table, values: FloatArray, numbers: FloatArray, level: float) -> Resampled:
    point = COEFFICIENTS[name].point(table, values=numbers)
    defined = values[np.isfinite(values)]
    share = 1 - len(defined) / len(values)
    if isinstance(point, Undefined) or len(defined) == 0:
        reason = point.reason if isinstance(point, Undefined) else "undefined in every resample"
        return Resampled(Undefined(reason), share, values)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    warnings = (f"undefined in {share:.1%} of resamples",) if share > 0 else ()
    kind = "cluster bootstrap" if table.members is not None else "bootstrap"
    method = f"{kind}, percentile, {len(values):,} resamples"
    n, units = table.pairable, table.pairable_clusters
    found = Estimate(point.value, float(low), float(high), level, n, units, method, warnings=warnings)
    return Resampled(found, share, values)


def _resampled_masses(table: Table, resamples: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Blocks of resampled pattern masses, shape (≤ BLOCK, P)."""
    members = table.members if table.members is not None else table.drawn
    for start in range(0, resamples, BLOCK):
        size = min(BLOCK, resamples - start)
        if members is None:
            yield _drawn_counts(table.tally.astype(np.float64), size, rng)
        else:
            yield _drawn_clusters(members, len(table.mass), size, rng)


def _drawn_counts(copies: FloatArray, size: int, rng: np.random.Generator) -> FloatArray:
    """Multinomial counts with as many draws as there are units, in proportion to `copies`."""
    present = np.flatnonzero(copies > 0)
    counts = np.zeros((size, len(copies)))
    counts[:, present] = rng.multinomial(int(copies.sum()), copies[present] / copies.sum(), size=size)
    return counts


def _drawn_clusters(members: Members, patterns: int, size: int, rng: np.random.Generator) -> FloatArray:
    """Each resample's mass per pattern, cluster after cluster so that memory stays bounded."""
    masses = np.zeros((size, patterns))
    for row in masses:
        times = _drawn_counts(members.copies, 1, rng)[0]
        amounts = members.mass * times[members.cluster]
        row += np.bincount(members.pattern, weights=amounts, minlength=patterns)
    return masses
