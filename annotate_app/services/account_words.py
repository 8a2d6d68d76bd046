"""Accounts in words, for the terminal and the page; refuses to call what is unknown nothing."""

from __future__ import annotations

from annotate_app.services.account_values import Account, JudgeAccount, RunAccount
from calibration.render.words import seconds
from calibration.stats.estimate import Undefined


def usd(amount: float | None) -> str:
    """Dollars; what is unknown is not nothing."""
    if amount is None:
        return "unknown"
    return f"${amount:.2f}" if amount >= 1 or amount == 0 else f"${amount:.3g}"


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
