"""Measures what an interval promises: coverage, false passes of a gate at its boundary, width, bias."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.estimate import Estimate, Result
from calibration.stats.patterns import CountTable, NumberPairs, PairTable
from calibration.stats.scored import NUMBER_COEFFICIENTS

Table = PairTable | CountTable | NumberPairs
Draw = Callable[[np.random.Generator], Table]


@dataclass(frozen=True)
class Cell:
    """One coefficient in one world under one design; rare, disagreements, units: expected, effective."""

    name: str
    label: str
    draw: Draw
    truth: float
    rare: float
    disagreements: float
    units: int
    clustered: bool = False

    @property
    def target(self) -> float | None:
        """The coverage that is promised here; None where nothing is."""
        if self.disagreements < 5 or self.units < 40 or self.rare < 5:
            return None
        return 0.93 if self.rare >= 10 else 0.915

    @property
    def gated_from_above(self) -> bool:
        """Whether a floor makes sense: typical differences have ceilings instead."""
        return self.name not in ("rmse", "mae")

    @property
    def allowed_false_pass(self) -> float:
        return 0.075 if self.clustered and self.units <= 80 else 0.065


@dataclass(frozen=True)
class Row:
    """What was measured in a cell; coverage is among the draws that printed an interval."""

    cell: Cell
    draws: int
    printed: float
    coverage: float
    false_pass: float
    width_ratio: float
    bias: float

    @property
    def error(self) -> float:
        """Monte Carlo standard error of the coverage."""
        p = min(self.coverage, 0.95)
        return math.sqrt(p * (1 - p) / max(self.draws * self.printed, 1))

    def misses(self, tolerance: float) -> list[str]:
        """The promises broken by more than `tolerance` Monte Carlo standard errors."""
        target, found = self.cell.target, []
        if target is not None and self.coverage < target - tolerance * self.error:
            found.append(f"{self.cell.name} {self.cell.label}: coverage {self.coverage:.3f} < {target}")
        allowed = self.cell.allowed_false_pass
        if target is not None and self.false_pass > allowed + tolerance * math.sqrt(0.06 / self.draws):
            found.append(f"{self.cell.name} {self.cell.label}: false pass {self.false_pass:.3f} > {allowed}")
        return found


def measure(cell: Cell, draws: int, seed: int) -> Row:
    """A gate passes falsely when the one-sided 95% bound is above the truth and nothing warned it off."""
    rng = np.random.default_rng(seed)
    covered = passed = 0
    values, widths = [], []
    for _ in range(draws):
        table = cell.draw(rng)
        found = estimate(cell.name, table)
        if not isinstance(found, Estimate):
            continue
        values.append(found.value)
        if found.low is None or found.high is None:
            continue
        widths.append(found.high - found.low)
        covered += found.low <= cell.truth <= found.high
        if cell.gated_from_above and not found.warnings:
            one_sided = estimate(cell.name, table, level=0.9)
            passed += isinstance(one_sided, Estimate) and (one_sided.low or -1.0) > cell.truth
    ideal = 2 * 1.959964 * float(np.std(values))
    return Row(
        cell,
        draws,
        printed=len(widths) / draws,
        coverage=covered / max(len(widths), 1),
        false_pass=passed / draws,
        width_ratio=float(np.mean(widths)) / ideal if widths and ideal > 0 else math.nan,
        bias=float(np.mean(values)) - cell.truth,
    )


def estimate(name: str, table: Table, *, level: float = 0.95) -> Result:
    """The named coefficient of answers or of scores."""
    if isinstance(table, NumberPairs):
        return NUMBER_COEFFICIENTS[name].estimate(table, level=level)
    return COEFFICIENTS[name].estimate(table, level=level)


def as_markdown(title: str, rows: Sequence[Row]) -> str:
    """One table, worst coverage first."""
    columns = (
        "coefficient|world and design|rare|differ|units|coverage ± error|promised|false pass|width ÷ ideal"
    )
    names = [*columns.split("|"), "bias", "printed"]
    head = f"### {title}\n\n| {' | '.join(names)} |\n|{'---|' * len(names)}\n"
    return head + "".join(_line(row) for row in sorted(rows, key=lambda r: r.coverage))


def _line(row: Row) -> str:
    cell = row.cell
    promised = "–" if cell.target is None else f"{cell.target:g}"
    return (
        f"| {cell.name} | {cell.label} | {cell.rare:.0f} | {cell.disagreements:.0f} | {cell.units} "
        f"| {row.coverage:.3f} ± {row.error:.3f} | {promised} | {row.false_pass:.3f} "
        f"| {row.width_ratio:.2f} | {row.bias:+.4f} | {row.printed:.2f} |\n"
    )
