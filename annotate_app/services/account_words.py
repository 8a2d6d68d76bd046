"""Accounts in words, for the terminal and the page; refuses to call what is unknown nothing."""

from __future__ import annotations

import math

from annotate_app.services.account_values import Account, JudgeAccount, RunAccount
from annotate_app.services.calling import Tally
from annotate_app.services.judge_costs import Estimated
from annotate_app.services.judge_values import CallAccount, RunSummary
from annotate_app.services.probe_values import ProbeEstimate, ProbeRun
from calibration.render.words import seconds
from calibration.stats.estimate import Undefined


def usd(amount: float | None) -> str:
    """Dollars; what is unknown is not nothing."""
    if amount is None:
        return "unknown"
    digits = 2 if amount >= 1 or amount <= 0 else 2 - math.floor(math.log10(amount))
    return f"${amount:.{digits}f}"


def tokens_words(account: Account) -> str:
    """Tokens in and out."""
    told = [("in", account.tokens_in), ("out", account.tokens_out)]
    parts = [f"unknown tokens {way}" if n is None else f"{n:,} tokens {way}" for way, n in told]
    return ", ".join(parts)


def latency_words(account: Account) -> str:
    """The three percentiles of answered calls."""
    if not account.latencies:
        return "unknown"
    named = zip(("p50", "p95", "p99"), account.latencies, strict=True)
    return ", ".join(f"{name} {seconds(value)}" for name, value in named)


def run_words(run: RunAccount) -> str:
    """One run in a line."""
    account = run.account
    rate = "" if run.items_per_second is None else f", {run.items_per_second:.1f} items/s"
    return (
        f"{run.purpose} {run.run_id} of {run.at[:16]}: {run.outcome or 'under way, or cut off'}; "
        f"{account.calls} calls, {account.failed} failed, {usd(account.cost_usd)}, "
        f"p95 {latency_of(account, 1)}{rate}"
    )


def latency_of(account: Account, place: int) -> str:
    """One of the percentiles, or unknown."""
    return seconds(account.latencies[place] if account.latencies else None)


def per_caught_words(found: JudgeAccount) -> str:
    """Dollars for each error that the judge caught, or why they are not known."""
    cost = found.per_caught
    if isinstance(cost, Undefined):
        return f"undefined, {cost.reason}"
    counted = f"({found.caught} of {found.errors} errors caught, {cost.n} items)"
    if cost.low is None or cost.high is None:
        return f"{usd(cost.value)} {counted}; no interval: {cost.interval_undefined}"
    return f"{usd(cost.value)} [{usd(cost.low)}, {usd(cost.high)}] {counted}"


def estimate_words(found: Estimated | ProbeEstimate) -> tuple[str, ...]:
    """What a run or probes would take, in sentences."""
    cost = "cost unknown: no list has the model's price, give [judges.NAME.price]"
    if found.usd is not None:
        cost = f"about {usd(found.usd)}"
    tokens = f"about {found.tokens_in:,.0f} tokens in and {found.tokens_out:,.0f} out"
    if isinstance(found, Estimated):
        return (
            f"{found.items:,} items to answer, {found.calls:,} calls ({found.stored:,} answers are stored "
            f"already), {tokens}; {cost}.",
        )
    undefined = tuple(f"{one.kind}: {one.undefined}." for one in found.probes if one.undefined)
    return (f"{found.calls:,} calls at most, {tokens}; {cost}.", *undefined)


def summary_words(run: RunSummary) -> tuple[str, ...]:
    """What a run did, in sentences."""
    beside = f"{run.elsewhere:,} items were answered by runs side by side with this one."
    if run.did_nothing and run.elsewhere and not run.stopped:
        return (beside,)
    if run.did_nothing and not run.stopped:
        return (f"Nothing to do: this exact judge has answered all {run.already:,} items already.",)
    statuses = ", ".join(f"{n:,} {status.replace('_', ' ')}" for status, n in run.statuses.items())
    cost = f"cost {usd(None)}" if run.cost_usd is None else _with_unknown(run.cost_usd, run.account)
    said = [
        f"{run.items:,} items answered in {seconds(run.seconds)}, {cost}; verdicts: {statuses or 'none'}."
    ]
    if run.stopped:
        said.append(f"Stopped: {run.stopped}.")
    if run.elsewhere:
        said.append(beside)
    if run.waiting:
        said.append(f"{run.waiting:,} items wait until every member has answered them.")
    return tuple(said)


def _with_unknown(paid: float, account: CallAccount | None) -> str:
    """Dollars of the calls whose price is known; nothing is said to be paid where none is."""
    if account is None or not account.unpriced:
        return usd(paid)
    unpriced = f"{account.unpriced:,} calls of unknown price"
    return f"{usd(paid)} and {unpriced}" if paid else unpriced


def probe_words(run: ProbeRun) -> tuple[str, ...]:
    """What probes came to: the findings stand with the judge's probes."""
    calls = sum(result.calls for result in run.results)
    said = [f"{len(run.results)} probes, {calls:,} calls."]
    said += [f"{result.kind}: undefined, {result.undefined}." for result in run.results if result.undefined]
    if run.stopped:
        said.append(f"Stopped: {run.stopped}. Begin again: it goes on where it stopped.")
    return tuple(said)


def progress_words(tally: Tally) -> str:
    """How far a run is."""
    cost = "unknown cost" if tally.unpriced and not tally.paid_usd else usd(tally.paid_usd)
    cost += " and calls of unknown price" if tally.unpriced and tally.paid_usd else ""
    done = f"{tally.done:,} of {tally.items:,} done"
    return f"{done}, {tally.calls:,} calls, {tally.failed:,} failed, {cost} so far"
