"""When there is no interval, or only one with a warning: few items of the rare class, few clusters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.stats.estimate import FloatArray
from calibration.stats.pseudo import Table

TOO_FEW_OF_CLASS, FEW_OF_CLASS = 5, 10
MANY_ORDERED = 100
TOO_FEW_CLUSTERS, FEW_CLUSTERS = 10, 40
FEW_DF = 15.0
FEW_DF_WEIGHTED_GAP = 20.0


@dataclass(frozen=True, slots=True)
class Obstacles:
    """Why there is no interval (None: there is one), and what the reader must be warned of."""

    undefined: str | None = None
    warnings: tuple[str, ...] = ()

    def with_reach(self, df: float) -> Obstacles:
        """A warning more where a handful of clusters decide the standard error: few degrees of freedom."""
        if df >= FEW_DF:
            return self
        carried = f"few clusters carry the disagreement: {df:.3g} degrees of freedom"
        text = f"{carried}; a gate needs {FEW_DF:g}"
        return replace(self, warnings=(*self.warnings, text))

    def with_carriers(self, df: float) -> Obstacles:
        """A warning more where a few heavily weighted items decide the standard error of a gap.

        Weights from 1.7 to 10 leave 14 degrees of freedom to 110 items: value and standard error then go
        together (r = -.65), and a bound of 95% is passed by .07–.09. The limit holds gates to .05 there
        (tests/validity/test_gaps.py); Kish's n_eff does not see it (.088 at n_eff 112).
        """
        if df >= FEW_DF_WEIGHTED_GAP:
            return self
        carried = f"few heavily weighted items carry the gap: {df:.3g} degrees of freedom"
        return replace(self, warnings=(*self.warnings, f"{carried}; a gate needs {FEW_DF_WEIGHTED_GAP:g}"))


def obstacles_of(table: Table, *, class_items: FloatArray | None, ordered: bool) -> Obstacles:
    """The rules for few items and few clusters: below the lower limit no interval, below the upper a warning.

    class_items: items of each category by the humans; None where the rule does not apply (raw agreement).
    Two categories: both count, used or not. More: the rarest category that occurs. Where categories are
    ordered, an outer level used twice says little about the interval, so there the limits apply to all items
    outside the most common level; a gate then needs 100 items, or 10 of every level that occurs (simulated
    gates on 50 items of a five-level scale pass falsely in .08 of cases, on 100 in .066 or fewer).
    """
    findings = [_class_finding(class_items, ordered=ordered)] if class_items is not None else []
    if class_items is not None or table.members is not None:
        findings.append(_cluster_finding(table))
    reasons = [f.undefined for f in findings if f.undefined]
    return Obstacles("; ".join(reasons) or None, tuple(w for f in findings for w in f.warnings))


def _class_finding(class_items: FloatArray, *, ordered: bool) -> Obstacles:
    items = class_items if len(class_items) <= 2 else class_items[class_items > 0]
    rarest = float(items.min()) if np.count_nonzero(class_items) > 1 else 0.0
    if ordered and len(items) > 2:
        return _ordered_finding(items, rarest)
    return _limits(rarest, "of the rarest class")


def _ordered_finding(items: FloatArray, rarest: float) -> Obstacles:
    found = _limits(float(items.sum() - items.max()), "outside the most common class")
    if found.undefined or found.warnings or rarest >= FEW_OF_CLASS or items.sum() >= MANY_ORDERED:
        return found
    text = f"only {rarest:.4g} items of the rarest level, {items.sum():.4g} in all"
    return Obstacles(
        None, (f"few of the rare class: {text}; a gate needs {FEW_OF_CLASS}, or {MANY_ORDERED} in all",)
    )


def _limits(items: float, what: str) -> Obstacles:
    text = f"only {items:.4g} items {what}"
    if items < TOO_FEW_OF_CLASS:
        return Obstacles(f"too few of the rare class: {text}, {TOO_FEW_OF_CLASS} are needed")
    if items < FEW_OF_CLASS:
        return Obstacles(None, (f"few of the rare class: {text}; a gate needs {FEW_OF_CLASS}",))
    return Obstacles()


def _cluster_finding(table: Table) -> Obstacles:
    units = table.pairable_clusters
    kind = "clusters" if table.members is not None else "independent items"
    if units < TOO_FEW_CLUSTERS:
        return Obstacles(f"too few {kind}: {units}, {TOO_FEW_CLUSTERS} are needed")
    if units < FEW_CLUSTERS:
        return Obstacles(None, (f"few {kind}: {units}; a gate needs {FEW_CLUSTERS}",))
    return Obstacles()
