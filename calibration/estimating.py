"""Several coefficients of one table at once, with analytic intervals or, when asked for, resampled ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from calibration.agreement_types import Options
from calibration.scales import numbers_of
from calibration.stats.agreement import count_estimate, names_for, pair_estimate
from calibration.stats.bootstrap import bootstrap
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.patterns import CountTable, PairTable
from rubrics.rubric import Scale


def estimates_of(table: PairTable | CountTable, scale: Scale, options: Options) -> dict[str, Result]:
    """Every coefficient that suits the scale, of two coders or of any number of exchangeable raters."""
    values, level = numbers_of(scale), options.level
    found: dict[str, Result]
    if isinstance(table, PairTable):
        names = names_for(scale.kind, "pair")
        found = {name: pair_estimate(name, table, values=values, level=level) for name in names}
    else:
        names = names_for(scale.kind, "many")
        found = {name: count_estimate(name, table, values=values, level=level) for name in names}
    return resampled(found, table, scale, options)


def resampled(
    found: Mapping[str, Result], table: PairTable | CountTable, scale: Scale, options: Options
) -> dict[str, Result]:
    """The same estimates with percentile intervals, where resamples are asked for and there is an interval.

    Where too few items or clusters forbid an interval, resampling them does not make one.
    """
    names = [name for name, one in found.items() if isinstance(one, Estimate) and one.low is not None]
    if not options.bootstrap or not names:
        return dict(found)
    drawn = bootstrap(
        names,
        table,
        rng=np.random.default_rng(options.seed),
        resamples=options.bootstrap,
        values=numbers_of(scale),
        level=options.level,
    )
    return {name: _merged(one, drawn[name].estimate) if name in drawn else one for name, one in found.items()}


def _merged(analytic: Result, drawn: Result) -> Result:
    """The bootstrap's bounds and method with both sets of warnings; the value is the same."""
    if isinstance(analytic, Undefined) or isinstance(drawn, Undefined):
        return drawn
    return replace(
        analytic,
        low=drawn.low,
        high=drawn.high,
        method=drawn.method,
        warnings=(*analytic.warnings, *drawn.warnings),
    )
