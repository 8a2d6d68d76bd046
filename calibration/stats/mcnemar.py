"""McNemar's test for two judges on the same units: exact, mid-p and chi-square, on discordant units only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class McNemar:
    """Units where only the first judge is right and where only the second is, and two-sided p-values."""

    only_first: int
    only_second: int
    exact: float
    mid_p: float
    chi_square: float
    chi_square_corrected: float


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """Are b = only_first and c = only_second two halves of the units that the judges differ on?

    Exact: 2 P(X ≤ min(b, c)) for X ~ Binomial(b + c, 1/2), at most 1; mid-p subtracts P(X = min(b, c))
    (Lancaster 1961; Fagerland, Lydersen and Laake 2013). Chi-square: (b - c)² / (b + c), corrected
    (|b - c| - 1)² / (b + c) (McNemar 1947). With no such unit there is nothing to tell: p = 1, chi-square 0.
    """
    from scipy.special import bdtr

    n, least = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return McNemar(0, 0, 1.0, 1.0, 0.0, 0.0)
    at_most = float(bdtr(least, n, 0.5))
    below = float(bdtr(least - 1, n, 0.5)) if least > 0 else 0.0
    gap = abs(only_first - only_second)
    return McNemar(
        only_first,
        only_second,
        exact=min(1.0, 2 * at_most),
        mid_p=min(1.0, at_most + below),
        chi_square=gap**2 / n,
        chi_square_corrected=max(gap - 1, 0) ** 2 / n,
    )
