"""How often a judge answers otherwise when nothing, or only the order, changed; by probes of open items."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from calibration.demands.case import Case
from calibration.demands.facts import Found
from calibration.needed import ceiling_needed
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.proportions import clopper_pearson

Kind = Literal["repeat", "position"]
# Of each kind of probe the number that is the rate of flips.
RATES: Mapping[Kind, str] = {"repeat": "two_differ", "position": "changed"}
LEAST_ITEMS = 100


def repeat_flips(case: Case) -> Found:
    """The probability that asking again gets another answer."""
    return _flips("repeat", case, case.limit("repeat_flips"))


def position_flips(case: Case) -> Found:
    """The share of pairs that are answered otherwise when their outputs change places."""
    return _flips("position", case, case.limit("position_flips"))


def _flips(kind: Kind, case: Case, limit: float) -> Found:
    """The rate in the newest probe of this exact judge, Clopper and Pearson with items as units.

    No probe, or one that another model answered, leaves the question open. Whoever probes until the result
    pleases gains nothing: the newest of j probes is tested at 6 / (pi^2 j^2) of the look's error.
    """
    facts = case.facts
    command = f"calibrant judge probe {facts.judge} --kinds {kind} --items {LEAST_ITEMS}"
    if not facts.asks:
        said = "this judge asks nobody, so it cannot be probed"
        return Found(Undefined(said), advice=f"{said}: do not ask this of it (`judges` of the criterion)")
    probe = facts.probes.get(kind)
    if probe is None:
        said = f"this exact judge has no {kind} probe"
        return Found(Undefined(said), advice=f"{said}: run `{command}`")
    others = sorted({*_names(probe.get("models"))} - {*facts.observed})
    if others and not facts.observed:
        said = f"its verdicts report no model, so nothing says that the {kind} probe asked the same one"
        return Found(Undefined(said), advice=f"{said}: run `calibrant judge run {facts.judge}` again")
    if others:
        said = f"the {kind} probe was answered by another model ({', '.join(others)})"
        return Found(Undefined(said), advice=f"{said}: run `{command}` again")
    return _rate(kind, case, probe, command, limit)


def _rate(kind: Kind, case: Case, probe: Mapping[str, object], command: str, limit: float) -> Found:
    criterion, made = case.policy.criterion, case.facts.probes_made.get(kind, 1)
    alpha, next_alpha = (case.error.alpha * part(number) for number in (made, made + 1))
    found = next((f for f in _findings(probe) if f.get("criterion") == criterion), {})
    rate = found.get("measures", {}).get(RATES[kind], {})
    items = int(found.get("items", 0))
    if "value" not in rate or not items:
        said = f"the {kind} probe has no rate for {criterion}: {rate.get('undefined', 'it was not asked')}"
        return Found(Undefined(said), advice=f"{said}: run `{command}` again")
    value, units = float(rate["value"]), min(items, int(rate.get("clusters") or items))
    ends = clopper_pearson(value * units, units, level=1 - 2 * alpha)
    method = f"Clopper-Pearson of probe {made}"
    result = Estimate(value, ends.low, ends.high, 1 - 2 * alpha, items, units, method)
    more = ceiling_needed(value, limit, items, next_alpha)
    advice = "" if more is None else f"probe about {items + more} items: `{_of(command, items + more)}`"
    return Found(result, advice=advice)


def part(number: int) -> float:
    """6 / (pi^2 j^2): the part of a look's error that its j-th probe may spend; all sum to 1."""
    return 6 / (math.pi * number) ** 2


def _of(command: str, items: int) -> str:
    return command.rpartition(" ")[0] + f" {items}"


def _findings(probe: Mapping[str, object]) -> Sequence[Mapping[str, Any]]:
    found = probe.get("findings")
    return found if isinstance(found, Sequence) else ()


def _names(models: object) -> Sequence[str]:
    return [str(name) for name in models] if isinstance(models, Sequence) else []
