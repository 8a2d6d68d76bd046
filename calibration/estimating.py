"""Several coefficients of one table at once, with analytic intervals or, when asked for, resampled ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from calibration.agreement_types import Options
from calibration.scales import numbers_of
from calibration.stats.agreement import Coders, all_estimates, names_for
from calibration.stats.bootstrap import bootstrap
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.patterns import CountTable, PairTable
from rubrics.rubric import Scale


def analytic(
    tables: Sequence[PairTable] | Sequence[CountTable], scale: Scale, level: float
) -> list[dict[str, Result]]:
    """Every coefficient that suits the scale, of two coders or of any number of exchangeable raters."""
    coders: Coders = "pair" if all(isinstance(table, PairTable) for table in tables) else "many"
    return all_estimates(names_for(scale.kind, coders), tables, values=numbers_of(scale), level=level)


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
