"""A matrix of codes, units × raters, collapsed in one pass: block by block, without a copy of the matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats.counts import CountTable, collapsed_counts, distinct_rows
from calibration.stats.design import cluster_ids, design_weights
from calibration.stats.estimate import FloatArray, IntArray

DENSE_KEYS = 1 << 20
BLOCK = 1 << 16
Codes = NDArray[np.signedinteger]


def count_table_from_matrix(
    codes: ArrayLike,
    categories: int,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> CountTable:
    """The table of exchangeable raters from codes of shape (units, raters), -1 where an answer is missing.

    Fastest with int8 codes, one contiguous column per rater (Fortran order). Up to (K + 1)^raters ≤ 2²⁰ joint
    patterns are counted directly. weights (1/π) and clusters: shape (units,). ValueError for other codes.
    """
    matrix = matrix_codes(codes, categories)
    units, raters = matrix.shape
    w, groups = design_weights(weights, units), cluster_ids(clusters, units)
    if (categories + 1) ** raters > DENSE_KEYS:
        return _from_rows(_row_counts(matrix, categories), w, groups)
    if w is None and groups is None:
        return _from_histogram(_histogram(matrix, categories), raters, categories)
    keys = joint_keys(matrix, categories)
    present, joint = np.unique(keys, return_inverse=True)
    rows = _row_counts(digits(present, raters, categories), categories)
    distinct = distinct_rows(rows)
    return collapsed_counts(rows[distinct.first].astype(np.float64), distinct.which[joint], w, groups)


def matrix_codes(codes: ArrayLike, categories: int) -> Codes:
    """The matrix of codes, checked: two dimensions, integers from -1 to categories - 1."""
    matrix = np.asarray(codes)
    if matrix.ndim != 2 or not np.issubdtype(matrix.dtype, np.signedinteger):
        raise ValueError(f"codes must be a matrix (units, raters) of signed integers, not {matrix.dtype}")
    if matrix.size and (matrix.min() < -1 or matrix.max() >= categories):
        culprit = matrix.min() if matrix.min() < -1 else matrix.max()
        raise ValueError(f"codes hold {culprit}; allowed are -1 (missing) and 0 to {categories - 1}")
    return matrix


def joint_keys(matrix: Codes, categories: int) -> NDArray[np.signedinteger]:
    """One number per row, the answers being its digits in base K + 1 (digit 0: missing)."""
    base, raters = categories + 1, matrix.shape[1]
    small = np.int16 if base**raters <= 1 << 15 else np.int32
    ones = (base**raters - 1) // categories
    key: NDArray[np.signedinteger] = np.zeros(matrix.shape[0], dtype=small)
    for column in matrix.T[::-1]:
        np.multiply(key, small(base), out=key)
        np.add(key, column, out=key, casting="same_kind")
    np.add(key, small(ones), out=key)
    return key


def digits(keys: IntArray, raters: int, categories: int) -> IntArray:
    """The rows behind joint keys, -1 where an answer is missing; shape (len(keys), raters)."""
    places = (categories + 1) ** np.arange(raters)
    return np.asarray(keys[:, None] // places % (categories + 1) - 1)


def _histogram(matrix: Codes, categories: int) -> IntArray:
    size = (categories + 1) ** matrix.shape[1]
    counts = np.zeros(size, dtype=np.int64)
    for start in range(0, len(matrix), BLOCK):
        counts += np.bincount(joint_keys(matrix[start : start + BLOCK], categories), minlength=size)
    return counts


def _from_histogram(histogram: IntArray, raters: int, categories: int) -> CountTable:
    present = np.flatnonzero(histogram)
    rows = _row_counts(digits(present, raters, categories), categories)
    distinct = distinct_rows(rows)
    ratings = rows[distinct.first].astype(np.float64)
    tally = np.bincount(distinct.which, weights=histogram[present]).astype(np.int64)
    mass = tally.astype(np.float64)
    return CountTable(
        mass=mass,
        square=mass,
        tally=tally,
        clusters=int(tally.sum()),
        ratings=ratings,
        categories=categories,
        pairable_clusters=int(tally[ratings.sum(axis=1) >= 2].sum()),
    )


def _from_rows(rows: IntArray, weights: FloatArray | None, clusters: IntArray | None) -> CountTable:
    distinct = distinct_rows(rows)
    return collapsed_counts(rows[distinct.first].astype(np.float64), distinct.which, weights, clusters)


def _row_counts(matrix: Codes, categories: int) -> IntArray:
    """How often each category occurs in each row, shape (rows, K)."""
    return np.stack([(matrix == k).sum(axis=1) for k in range(categories)], axis=1)
