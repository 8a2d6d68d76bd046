"""Accounts of judges: what runs and probes took, and what an error that the judge caught cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services.account_values import Account, JudgeAccount, RunAccount
from annotate_app.services.judging import judge_id_of, judge_section, show_judge
from annotate_app.services.model_runs import ASKED
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.weighting import pooled_as_drawn
from annotate_app.store import accounts, calls, columns, studies
from annotate_app.store.accounts import Failures, Totals
from annotate_app.store.calls import RunRecord
from calibration.columns import Ratings
from calibration.judges.probes.shares import share_of
from calibration.reference import reference
from calibration.splits import DEVELOPMENT, VALIDATION
from calibration.stats.estimate import Estimate, Result, Undefined
from rubrics.rubric import Scale

Amount = TypeVar("Amount", int, float)
NEWEST = 20  # runs that are shown one by one
NOTHING = Totals(0, 0, 0, None, None, 0, None, 0)
NO_FAILURES = Failures({}, 0)


def judge_accounts(desk: Desk, *, role: Role | Holder) -> tuple[JudgeAccount, ...]:
    """Of every judge of study.toml."""
    require(role, "judges.see")
    found = _open_ratings(desk)
    return tuple(_judge_account(desk, name, found) for name in desk.study_file.judges)


def judge_account(desk: Desk, name: str, *, role: Role | Holder) -> JudgeAccount:
    """What the judge that study.toml asks for today has taken. Raises NoSuchJudge."""
    require(role, "judges.see")
    judge_section(desk, name)
    return _judge_account(desk, name, _open_ratings(desk, name))


def _open_ratings(desk: Desk, *judges: str) -> Ratings:
    """Labels and verdicts that may be counted here: never those of held-out items."""
    open_splits = (DEVELOPMENT, VALIDATION)
    found = read_ratings(desk, splits=open_splits, judges=judges or None, probs=False)
    return pooled_as_drawn(desk, found, open_splits)


def _judge_account(desk: Desk, name: str, found: Ratings) -> JudgeAccount:
    line = show_judge(desk, name, role=HOLDER)
    asks = judge_section(desk, name).kind in ASKED
    with desk.store.reading() as session:
        judge_id = judge_id_of(desk, studies.judges(session, desk.study_id), name)
        made = calls.runs(session, judge_id) if judge_id else []
        runs = accounts.of_judge(session, judge_id or 0, "run")
        probes = accounts.of_judge(session, judge_id or 0, "probe")
        each = [(run, *accounts.of_run(session, run.run_id)) for run in made[:NEWEST]]
        if not asks:
            stated = accounts.of_verdicts(session, desk.study_id, judge_id) if judge_id else NOTHING
            runs = (stated, NO_FAILURES)
    read = {
        purpose: sum(_read(run) for run in made if run.purpose == purpose) for purpose in ("run", "probe")
    }
    whole = _account(*runs, read["run"])
    caught = _caught(desk, name, found)
    return JudgeAccount(
        judge=name,
        kind=line.kind,
        spec_hash=line.spec_hash,
        asks=asks,
        runs=whole,
        probes=_account(*probes, read["probe"]),
        each=tuple(_run(run, totals, failures) for run, totals, failures in each),
        per_caught=_per_caught(whole.usd_per_item, caught),
        caught=sum(caught.flags),
        errors=caught.errors,
    )


def _account(totals: Totals, failures: Failures, read: int) -> Account:
    made = totals.answered + failures.calls
    known = not totals.without_tokens
    nothing = 0 if made == 0 else None  # no call took nothing; a failed one took what nobody knows
    return Account(
        calls=made,
        failed=failures.calls,
        failures=failures.kinds,
        retries=max(totals.attempts + failures.attempts - made, 0),
        read=read,
        items=totals.items,
        tokens_in=_or(totals.tokens_in, nothing) if known else None,
        tokens_out=_or(totals.tokens_out, nothing) if known else None,
        cost_usd=None if totals.unpriced else _or(totals.priced_usd, nothing),
        priced_usd=totals.priced_usd,
        unpriced=totals.unpriced,
        latencies=totals.latencies,
    )


def _or(total: Amount | None, nothing: int | None) -> Amount | int | None:
    return nothing if total is None else total


def _read(run: RunRecord) -> int:
    return int(run.counts.get("cached", 0))


def _run(run: RunRecord, totals: Totals, failures: Failures) -> RunAccount:
    rate = None
    if run.ended_at is not None:
        seconds = (datetime.fromisoformat(run.ended_at) - datetime.fromisoformat(run.at)).total_seconds()
        rate = run.counts.get("done", 0) / seconds if seconds > 0 else None
    return RunAccount(
        run.run_id, run.purpose, run.options.get("split"), run.at, run.ended_at, run.outcome, rate,
        _account(totals, failures, _read(run)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Caught:
    """By item with a reference that could fail and a verdict: whether an error was caught; its cluster.

    weights: of items drawn with unequal probability (an item of unknown probability is left out), or None.
    """

    flags: Sequence[bool]
    clusters: Sequence[object] | None
    errors: int
    weights: Sequence[float] | None = None


def _caught(desk: Desk, name: str, found: Ratings) -> _Caught:
    caught: dict[str, bool] = {}
    errors: set[str] = set()
    weights: dict[str, float] = {}
    for criterion in found.criteria.values():
        failing = failing_code(criterion.scale)
        column = next((judge for judge in criterion.judges if judge.judge == name), None)
        if failing is None or column is None:
            continue
        said = _codes(column.item.tolist(), column.code.tolist())
        agreed = reference(criterion)
        for item, code in _codes(agreed.item.tolist(), agreed.code.tolist()).items():
            if code < 0 or item not in said:
                continue
            item_id = criterion.items[item]
            weight = 1.0 if criterion.pi is None else float(1 / criterion.pi[item])
            if math.isnan(weight):
                continue
            weights[item_id] = weight
            errors |= {item_id} if code == failing else set()
            caught[item_id] = caught.get(item_id, False) or (code == failing == said[item])
    uneven = any(criterion.pi is not None for criterion in found.criteria.values())
    return _Caught(
        tuple(caught.values()),
        _clusters(desk, list(caught)),
        len(errors),
        [weights[item_id] for item_id in caught] if uneven else None,
    )


def _codes(items: Sequence[int], codes: Sequence[int]) -> dict[int, int]:
    return dict(zip(items, codes, strict=True))


def _clusters(desk: Desk, items: Sequence[str]) -> Sequence[object] | None:
    """The cluster of each item, an item alone being its own; None where none has one."""
    with desk.store.bulk() as bulk:
        named = {row[1]: row[2] for row in columns.item_rows(bulk.connection, desk.study_id)}
    found = [named.get(item_id) for item_id in items]
    return (
        [one or ("item", item_id) for one, item_id in zip(found, items, strict=True)] if any(found) else None
    )


def failing_code(scale: Scale) -> int | None:
    """The place of the failing answer among the categories: the second of two, the lowest of levels."""
    if scale.kind == "binary":
        return 1
    if scale.kind == "ordinal":
        return int(np.argmin([float(value) for value in scale.categories]))
    return None


def _per_caught(usd_per_item: float | None, caught: _Caught) -> Result:
    """Dollars per item over the share of items with a caught error; its interval from the share's."""
    if usd_per_item is None:
        return Undefined("the cost of an item is unknown")
    if not caught.errors:
        return Undefined("no open item that it answered has a failing reference")
    if not any(caught.flags):
        return Undefined(f"it caught none of {caught.errors} items with a failing reference")
    numbers: dict[object, int] = {}
    groups = None
    if caught.clusters is not None:
        groups = np.array([numbers.setdefault(one, len(numbers)) for one in caught.clusters], dtype=np.int64)
    weights = None if caught.weights is None else np.array(caught.weights)
    share = share_of(list(caught.flags), groups, weights=weights)
    if isinstance(share, Undefined):
        return share
    bounds = (share.high, share.low)
    low, high = (usd_per_item / end if end else None for end in bounds)
    return Estimate(
        usd_per_item / share.value, low, high, share.level, share.n, share.clusters,
        "dollars per item over the share of items with a caught error", share.interval_undefined,
        share.warnings,
    )  # fmt: skip
