"""What judges' calls took, added up by the database: counts, tokens, dollars, quantiles of latency."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.sql import one, rows

QUANTILES = (0.50, 0.95, 0.99)
RUNS_OF_JUDGE = "run_id IN (SELECT id FROM judge_run WHERE judge_id = :judge AND purpose = :purpose)"
ONE_RUN = "run_id = :run"
TOTALS = """
SELECT count(*) AS answered, count(DISTINCT item_id) AS items, coalesce(sum(attempts), 0) AS attempts,
  sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out,
  count(*) - count(tokens_in) AS without_tokens, sum(cost_usd) AS priced_usd,
  count(*) - count(cost_usd) AS unpriced
FROM call WHERE {where}
"""
OF_VERDICTS = """
FROM verdict v WHERE v.judge_id = :judge AND v.criterion_id IN
  (SELECT id FROM criterion WHERE study_id = :study)
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over answered calls: None where none says; `without_tokens` and `unpriced` do not say.

    `latencies` are the 50th, 95th and 99th percentile (nearest rank), in seconds.
    """

    answered: int
    items: int
    attempts: int
    tokens_in: int | None
    tokens_out: int | None
    without_tokens: int
    priced_usd: float | None
    unpriced: int
    latencies: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Failures:
    """Calls that were given up: how many of each kind, and the tries they took."""

    kinds: Mapping[str, int]
    attempts: int

    @property
    def calls(self) -> int:
        return sum(self.kinds.values())


def of_judge(session: Session, judge_id: int, purpose: str) -> tuple[Totals, Failures]:
    """Of all runs of an exact judge with this purpose."""
    return _calls(session, RUNS_OF_JUDGE, {"judge": judge_id, "purpose": purpose})


def of_run(session: Session, run_id: int) -> tuple[Totals, Failures]:
    """Of one run."""
    return _calls(session, ONE_RUN, {"run": run_id})


def of_verdicts(session: Session, study_id: int, judge_id: int) -> Totals:
    """Of the verdicts of a judge without calls; tokens, dollars and latency only where they state them."""
    values = {"study": study_id, "judge": judge_id}
    found = one(
        session,
        "SELECT count(*) AS answered, count(DISTINCT item_id) AS items, count(*) AS attempts, "
        "sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out, "
        "count(*) - count(tokens_in) AS without_tokens, sum(cost_usd) AS priced_usd, "
        f"count(*) - count(cost_usd) AS unpriced {OF_VERDICTS}",
        values,
    )
    stated = f"{OF_VERDICTS} AND v.latency_seconds IS NOT NULL"
    return Totals(**(found or {}), latencies=_quantiles(session, stated, values))


def _calls(session: Session, where: str, values: Mapping[str, Any]) -> tuple[Totals, Failures]:
    found = one(session, TOTALS.format(where=where), values)
    totals = Totals(**(found or {}), latencies=_quantiles(session, f"FROM call WHERE {where}", values))
    failed = rows(
        session,
        "SELECT kind, count(*) AS n, sum(attempts) AS attempts FROM failed_call "
        f"WHERE {where} GROUP BY kind ORDER BY kind",
        values,
    )
    kinds = {row["kind"]: row["n"] for row in failed}
    return totals, Failures(kinds, sum(row["attempts"] for row in failed))


def _quantiles(session: Session, source: str, values: Mapping[str, Any]) -> tuple[float, ...]:
    """Nearest rank: the smallest value that at least the share of all values does not exceed."""
    counted = one(session, f"SELECT count(*) AS n {source}", values)
    n = int(counted["n"]) if counted else 0
    if not n:
        return ()
    places = {f"p{k}": math.ceil(share * n) for k, share in enumerate(QUANTILES)}
    found = rows(
        session,
        "SELECT place, latency_seconds FROM (SELECT latency_seconds, "
        f"row_number() OVER (ORDER BY latency_seconds) AS place {source}) AS x "
        f"WHERE place IN ({', '.join(f':{name}' for name in places)})",
        {**values, **places},
    )
    by_place = {row["place"]: float(row["latency_seconds"]) for row in found}
    return tuple(by_place[place] for place in places.values())
