"""Made-up judges and humans of known agreement, and fast counts of what happens to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats.patterns import PairTable, table_of

Floats = NDArray[np.float64]


def joint(shares: ArrayLike, kappa: float) -> Floats:
    """P(judge k, human l) where both use the answers with these shares and Cohen's kappa is `kappa`."""
    p = np.asarray(shares, dtype=np.float64)
    return kappa * np.diag(p) + (1 - kappa) * np.outer(p, p)


@dataclass(frozen=True)
class Drawn:
    """One distinct sample, as a table (judge, human), and how many of the draws it was."""

    table: PairTable
    times: int


def draws(cells: Floats, n: int, times: int, rng: np.random.Generator) -> Iterator[Drawn]:
    """So many samples of n items; equal samples come once, with their number, because each costs the same."""
    q = len(cells)
    counts, copies = np.unique(rng.multinomial(n, cells.ravel(), size=times), axis=0, return_counts=True)
    for row, number in zip(counts, copies.tolist(), strict=True):
        yield Drawn(table_of(row.reshape(q, q)), number)
