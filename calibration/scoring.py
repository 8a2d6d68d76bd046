"""Coefficients of answers that are numbers: correlations, distances, alpha, ICC; weighted and clustered."""

from __future__ import annotations

import numpy as np

from calibration.columns import CriterionRatings
from calibration.pairing import Pairs, clusters_of, renumbered, weights_of
from calibration.scales import numbers_of
from calibration.stats.estimate import FloatArray, Result
from calibration.stats.icc import ScoreTable, icc, score_pairs, score_patterns, score_table
from calibration.stats.number_alpha import number_alpha_estimate
from calibration.stats.numbers import NumberPairs, NumberTable, number_pairs, number_table, numbers_of_cells
from calibration.stats.pairs import PairTable
from calibration.stats.scored import NUMBER_COEFFICIENTS, number_estimate
from calibration.stats.variance import Kind
from rubrics.rubric import Scale

ALPHA_LEVELS = ("interval", "ratio")
ICC_KINDS: tuple[Kind, ...] = ("icc_1", "icc_a1", "icc_c1")


def score_cells(
    ratings: CriterionRatings, pairs: Pairs, table: PairTable, *, repeated: bool, level: float
) -> dict[str, Result]:
    """Every coefficient of numbers where they are categories: from the pair table of judge and reference."""
    numbers = numbers_of_cells(table, np.array(numbers_of(ratings.scale)))
    plain = table.members is None and not table.weighted
    scores = score_patterns(numbers) if plain else _scores(ratings, pairs, repeated)
    return _score(numbers, scores, level)


def score_table_of_cells(scale: Scale, table: PairTable, level: float) -> dict[str, Result]:
    """The same from the table alone, where every item is its own cluster and weighs 1."""
    numbers = numbers_of_cells(table, np.array(numbers_of(scale)))
    return _score(numbers, score_patterns(numbers), level)


def score_two(ratings: CriterionRatings, pairs: Pairs, *, repeated: bool, level: float) -> dict[str, Result]:
    """Every coefficient of the judge's numbers (x) and the reference's (y), alphas included."""
    weights = weights_of(ratings, pairs.item)
    clusters = clusters_of(ratings, pairs.item, repeated=repeated)
    numbers = number_pairs(pairs.x, pairs.y, weights=weights, clusters=clusters)
    units = np.tile(np.arange(len(pairs)), 2)
    table = number_table(
        units, np.concatenate([pairs.x, pairs.y]), units=len(pairs), weights=weights, clusters=clusters
    )
    return _score(numbers, _scores(ratings, pairs, repeated), level) | _alphas(table, level)


def _scores(ratings: CriterionRatings, pairs: Pairs, repeated: bool) -> ScoreTable:
    clusters = clusters_of(ratings, pairs.item, repeated=repeated)
    return score_pairs(pairs.x, pairs.y, weights=weights_of(ratings, pairs.item), clusters=clusters)


def _score(numbers: NumberPairs, scores: ScoreTable, level: float) -> dict[str, Result]:
    found = {name: number_estimate(name, numbers, level=level) for name in NUMBER_COEFFICIENTS}
    return found | {kind: icc(kind, scores, level=level) for kind in ICC_KINDS}


def _alphas(table: NumberTable, level: float) -> dict[str, Result]:
    return {
        f"krippendorff_alpha_{a}": number_alpha_estimate(a, table, confidence=level) for a in ALPHA_LEVELS
    }


def score_raters(ratings: CriterionRatings, *, alpha: bool, level: float) -> dict[str, Result]:
    """ICC among the raters, and alphas where asked for (they need no categories)."""
    renumber = renumbered(ratings.item)
    items, unit = renumber.found, renumber.place
    weights: FloatArray | None = weights_of(ratings, items)
    clusters = clusters_of(ratings, items, repeated=False)
    scores = score_table(
        unit, ratings.rater, ratings.number, items=len(items), weights=weights, clusters=clusters
    )
    found: dict[str, Result] = {kind: icc(kind, scores, level=level) for kind in ICC_KINDS}
    if alpha:
        table = number_table(unit, ratings.number, units=len(items), weights=weights, clusters=clusters)
        found |= _alphas(table, level)
    return found
