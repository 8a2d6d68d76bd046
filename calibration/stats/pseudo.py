"""Two pseudo-items, spread over the margins, that keep a standard error from being zero by luck."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from calibration.stats.counts import CountTable
from calibration.stats.estimate import FloatArray, IntArray
from calibration.stats.named import NamedTable
from calibration.stats.pairs import PairTable

PSEUDO_ITEMS = 2.0
Table = PairTable | CountTable | NamedTable
Many = TypeVar("Many", CountTable, NamedTable)


def with_pseudo_items(table: Table, *, size: float = 1.0) -> Table:
    """The table with two pseudo-items, each worth `size` effective items (Σw / n_eff)."""
    if isinstance(table, PairTable):
        return _pairs(table, size)
    return _counts(table, size) if isinstance(table, CountTable) else _named(table, size)


def _pairs(table: PairTable, size: float) -> PairTable:
    p, weight = table.proportions, size * table.item_weight
    mass = PSEUDO_ITEMS * weight * np.outer(p.sum(axis=1), p.sum(axis=0)).ravel()
    square = mass * weight
    return replace(
        table, mass=table.mass + mass, square=table.square + square, pseudo=square, pseudo_weight=weight
    )


def _counts(table: CountTable, size: float) -> CountTable:
    """Each pseudo-item has two answers, drawn from the margin of the pairable units."""
    q, eye = table.categories, np.eye(table.categories)
    margin = (table.mass * (table.sizes >= 2)) @ table.ratings
    share = np.outer(margin, margin).ravel() / margin.sum() ** 2
    rows = (eye[:, None, :] + eye[None, :, :]).reshape(q * q, q)
    return replace(_appended(table, share, size), ratings=np.concatenate([table.ratings, rows]))


def _named(table: NamedTable, size: float) -> NamedTable:
    """Each pseudo-item has the answers of two neighbouring raters, drawn from their margins."""
    raters, q = table.codes.shape[1], table.categories
    margin = np.tensordot(table.mass, table.answers, axes=1)
    margin = margin / np.maximum(margin.sum(axis=1, keepdims=True), 1e-300)
    pairs = [(j, (j + 1) % raters) for j in range(raters if raters > 2 else 1)]
    share = np.concatenate([np.outer(margin[i], margin[j]).ravel() for i, j in pairs])
    rows: IntArray = np.full((len(pairs), q * q, raters), -1, dtype=np.int64)
    for row, (i, j) in zip(rows, pairs, strict=True):
        row[:, i], row[:, j] = np.divmod(np.arange(q * q), q)
    codes = np.concatenate([table.codes, rows.reshape(-1, raters)])
    return replace(_appended(table, share / max(float(share.sum()), 1e-300), size), codes=codes)


def _appended(table: Many, share: FloatArray, size: float) -> Many:
    """The table with new patterns that share two pseudo-items; their contents are still to be set."""
    weight = size * table.item_weight
    mass = PSEUDO_ITEMS * weight * share
    square, none = mass * weight, np.zeros(len(table.mass))
    return replace(
        table,
        mass=np.concatenate([table.mass, mass]),
        square=np.concatenate([table.square, square]),
        tally=np.concatenate([table.tally, np.zeros(len(mass), dtype=np.int64)]),
        pseudo=np.concatenate([none, square]),
        pseudo_weight=weight,
    )
