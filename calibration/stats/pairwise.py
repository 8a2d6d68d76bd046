"""Agreement on which of two outputs is better, with ties treated in three ways; refuses other scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.stats.agreement import Coefficient, chance_corrected, pair_estimate
from calibration.stats.chance import cohen, none
from calibration.stats.classify import cells, share
from calibration.stats.estimate import FloatArray, Result
from calibration.stats.pairs import PairTable
from calibration.stats.weights import linear

HALF_CREDIT = Coefficient(
    "agreement_half_credit", chance_corrected(none, linear), ("pair",), chance_corrected=False
)
HALF_CREDIT_KAPPA = Coefficient("kappa_half_credit", chance_corrected(cohen, linear), ("pair",), ordered=True)


@dataclass(frozen=True, slots=True)
class PairwiseAgreement:
    """Two coders' preferences between outputs a and b. Rates are shares of units (votes, or items).

    with_ties: a tie is an answer like any other (setup S1 of MT-Bench). without_ties: only units where
    neither coder says tie (S2); its n is what is left. kappa: three categories. half_credit with its kappa: a
    tie is half way between a and b. tie_rate_first, tie_rate_second: how often each coder says tie.
    """

    with_ties: Result
    without_ties: Result
    kappa: Result
    half_credit: Result
    kappa_half_credit: Result
    tie_rate_first: Result
    tie_rate_second: Result

    def as_json(self) -> dict[str, object]:
        return {
            "with_ties": self.with_ties.as_json(),
            "without_ties": self.without_ties.as_json(),
            "kappa": self.kappa.as_json(),
            "half_credit": self.half_credit.as_json(),
            "kappa_half_credit": self.kappa_half_credit.as_json(),
            "tie_rate_first": self.tie_rate_first.as_json(),
            "tie_rate_second": self.tie_rate_second.as_json(),
        }


def pairwise_agreement(table: PairTable, *, tie: int = 2, level: float = 0.95) -> PairwiseAgreement:
    """Agreement in the sense of MT-Bench (Zheng et al. 2023, section 4), beside kappa and both tie rates.

    table: judge and reference for "per vote" (each judge–vote pair a unit, clustered by item) and for "per
    majority"; rater pairs for humans. tie: the category of ties. ValueError for other scales.
    """
    if table.categories != 3 or not 0 <= tie < 3:
        raise ValueError(f"pairwise agreement needs the three answers a, b and tie, not {table.categories}")
    first, second = cells(table)
    everything = np.ones(9, dtype=bool)
    decided = (first != tie) & (second != tie)
    nothing = "no units were compared"
    values = _places(tie)
    return PairwiseAgreement(
        with_ties=pair_estimate("percent_agreement", table, level=level),
        without_ties=share(
            table, decided & (first == second), decided, level=level, empty="in every unit somebody says tie"
        ),
        kappa=pair_estimate("cohen_kappa", table, level=level),
        half_credit=HALF_CREDIT.estimate(table, values=values, level=level),
        kappa_half_credit=HALF_CREDIT_KAPPA.estimate(table, values=values, level=level),
        tie_rate_first=share(table, first == tie, everything, level=level, empty=nothing),
        tie_rate_second=share(table, second == tie, everything, level=level, empty=nothing),
    )


def _places(tie: int) -> FloatArray:
    """Numbers that put the tie half way between the two other categories."""
    values = np.array([-1.0, 1.0])
    return np.insert(values, tie, 0.0)
