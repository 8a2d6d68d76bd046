"""Tables with the same patterns, one below the other: coefficients are evaluated once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calibration.stats.counts import CountTable, aligned
from calibration.stats.design import satterthwaite
from calibration.stats.estimate import FloatArray
from calibration.stats.obstacles import Obstacles, obstacles_of
from calibration.stats.pairs import PairTable
from calibration.stats.pseudo import Table, with_pseudo_items


@dataclass(frozen=True, slots=True)
class Points:
    """A coefficient on T tables: values (T,), NaN where undefined, and influence values (T, P)."""

    value: FloatArray
    influence: FloatArray


@dataclass(frozen=True, slots=True)
class Spreads:
    """Linearised variances and their degrees of freedom, shapes (T,)."""

    variance: FloatArray
    df: FloatArray


@dataclass(frozen=True)
class Stack:
    """T tables whose patterns mean the same; what several coefficients need of them is computed once.

    `classes`: (effective) items of each category per table, where they are not the table's own `class_items`.
    """

    tables: tuple[Table, ...]
    classes: tuple[FloatArray, ...] | None = None

    @cached_property
    def mass(self) -> FloatArray:
        """Shape (T, P)."""
        return _rows([table.mass for table in self.tables])

    @cached_property
    def plain(self) -> bool:
        """Whether no table has clusters or weights."""
        return all(table.members is None and not table.weighted for table in self.tables)

    @cached_property
    def one_weight(self) -> bool:
        """Whether an effective unit weighs the same in every table."""
        return self.plain or len({table.item_weight for table in self.tables}) == 1

    @cached_property
    def weighted(self) -> NDArray[np.bool_]:
        return np.array([table.weighted for table in self.tables])

    def obstacles(self, *, chance_corrected: bool, ordered: bool) -> tuple[Obstacles, ...]:
        """What stands against an interval on each table; classes matter to chance-corrected ones only."""
        key = chance_corrected, ordered
        if key not in self._obstacles:
            classes: Sequence[FloatArray | None] = (
                self._class_items if chance_corrected else (None,) * len(self.tables)
            )
            self._obstacles[key] = tuple(
                obstacles_of(table, class_items=items, ordered=ordered)
                for table, items in zip(self.tables, classes, strict=True)
            )
        return self._obstacles[key]

    def spreads(self, influence: FloatArray) -> Spreads:
        """`Patterns.spread` of every table; influence: (T, P)."""
        if not self.plain:
            found = [table.spread(row) for table, row in zip(self.tables, influence, strict=True)]
            return Spreads(np.array([s.variance for s in found]), np.array([s.df for s in found]))
        squared = influence**2
        second = (self._squares * squared).sum(axis=1)
        fourth = (self._quartics * squared**2).sum(axis=1)
        df = map(satterthwaite, second.tolist(), fourth.tolist(), self._independent)
        return Spreads(second / self.mass.sum(axis=1) ** 2, np.array(list(df)))

    def extended(self, influence: FloatArray) -> Stack:
        """Every table with two pseudo-items, each the size of its design effect; influence: (T, P)."""
        if all(table.members is None for table in self.tables):
            return self._extended
        key = influence.tobytes()
        if key not in self._extensions:  # kept, because a contrast asks again for what its estimates asked
            sizes = [table.design_effect(row) for table, row in zip(self.tables, influence, strict=True)]
            tables = (with_pseudo_items(t, size=s) for t, s in zip(self.tables, sizes, strict=True))
            self._extensions[key] = Stack(tuple(tables))
        return self._extensions[key]

    @cached_property
    def _extended(self) -> Stack:
        return Stack(tuple(with_pseudo_items(table) for table in self.tables))

    @cached_property
    def _extensions(self) -> dict[bytes, Stack]:
        return {}

    @cached_property
    def _obstacles(self) -> dict[tuple[bool, bool], tuple[Obstacles, ...]]:
        return {}

    @cached_property
    def _class_items(self) -> tuple[FloatArray, ...]:
        return self.classes or tuple(table.class_items for table in self.tables)

    @cached_property
    def _squares(self) -> FloatArray:
        return _rows([table.square for table in self.tables])

    @cached_property
    def _quartics(self) -> FloatArray:
        return _rows([table.quartic for table in self.tables])

    @cached_property
    def _independent(self) -> tuple[float, ...]:
        return tuple(table.independent for table in self.tables)


Evaluate = Callable[[Stack], Points]


def stack_of(tables: Sequence[PairTable | CountTable]) -> Stack:
    """Pair tables of one scale as they are; count tables on the patterns that occur in any of them."""
    counts = [table for table in tables if isinstance(table, CountTable)]
    return Stack(tuple(aligned(counts) if counts else tables))


def _rows(arrays: Sequence[FloatArray]) -> FloatArray:
    """One below the other; a single one without a copy."""
    return np.stack(arrays) if len(arrays) > 1 else arrays[0][None]
