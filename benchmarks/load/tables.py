"""What was measured, as the tables and sentences of docs/load.md; every figure in them comes from the run."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence

from benchmarks.blocks import table
from benchmarks.load.person import MEDIAN
from benchmarks.load.running import BUSY, SLOW, Load, percentile

SHARES = (0.5, 0.95, 0.99)


def block(long: Sequence[Load], steps: Sequence[Sequence[Load]], *, busy: float = 0.0) -> str:
    """The long measurements side by side, then what one machine bears; `busy` was its load average before."""
    parts = [
        "## A hundred raters" if all(one.raters == 100 for one in long) else "## At a human pace",
        *(_sentence(one) for one in long),
        table(("milliseconds", *(_name(one) for one in long)), _times(long)),
        table(("", *(_name(one) for one in long)), _machine(long)),
        "### Pages that a lead and an engineer opened meanwhile",
        table(("milliseconds, p50 / p95 (times opened)", *(_name(one) for one in long)), _pages(long)),
        "## How far one machine goes",
        *(part for run in steps for part in (_steps(run), _end(run))),
        _where(busy),
    ]
    return "\n\n".join(parts)


def _name(one: Load) -> str:
    servers = "one server" if one.servers == 1 else f"{one.servers} servers"
    return f"{servers}, {one.engine}"


def _named(one: Load) -> str:
    return _name(one)[0].upper() + _name(one)[1:]


def _sentence(one: Load) -> str:
    wrong = "every one is stored once, as it was sent" if not one.wrong else f"WRONG: {'; '.join(one.wrong)}"
    return (
        f"{_named(one)}: {one.raters} raters for {one.seconds / 60:.0f} minutes, "
        f"{len(one.acknowledged):,} submissions acknowledged ({one.per_second:.1f} a second), {wrong}; "
        f"{len(one.errors)} errors, {one.reconnections} reconnections."
    )


def _ms(values: Sequence[float], share: float) -> str:
    return f"{1e3 * percentile(values, share):.0f}" if values else "–"


def _times(long: Sequence[Load]) -> list[list[str]]:
    rows = []
    kinds = (("label acknowledged", "acknowledged"), ("next items from the server", "items"))
    for words, name in (*kinds, ("without an item on the screen", "waited")):
        for share in SHARES:
            rows.append([f"{words}, p{100 * share:.0f}", *(_ms(getattr(one, name), share) for one in long)])
    return rows


def _machine(long: Sequence[Load]) -> list[list[str]]:
    def megabytes(values: Sequence[float]) -> str:
        return " + ".join(f"{value:.0f}" for value in values)

    return [
        ["processor of the servers, cores", *(f"{one.cores['servers']:.2f}" for one in long)],
        ["processor of the database, cores", *(_database(one) for one in long)],
        ["processor of the simulated raters, cores", *(f"{one.cores['raters']:.2f}" for one in long)],
        ["memory of a server with nobody there, MB", *(megabytes(one.empty) for one in long)],
        ["with all sessions open, MB", *(megabytes(one.full) for one in long)],
        ["at the end, MB", *(megabytes(one.after) for one in long)],
        ["a session more, MB", *(_session(one) for one in long)],
    ]


def _database(one: Load) -> str:
    return "in the server" if one.engine == "SQLite" else f"{one.cores['database']:.2f}"


def _session(one: Load) -> str:
    return "–" if one.session_megabytes is None else f"{one.session_megabytes:.2f}"


def _pages(long: Sequence[Load]) -> list[list[str]]:
    names = sorted({name for one in long for name, times in one.pages.items() if times and name != "rate"})
    return [[name.capitalize(), *(_page(one.pages.get(name, [])) for one in long)] for name in names]


def _page(times: Sequence[float]) -> str:
    return f"{_ms(times, 0.5)} / {_ms(times, 0.95)} ({len(times)})" if times else "–"


def _steps(run: Sequence[Load]) -> str:
    head = (
        _name(run[0]), "submissions a second", "acknowledged p50, ms", "p95", "p99", "next items p95",
        "cores: servers", "database", "raters", "server MB", "errors",
    )  # fmt: skip
    return table(head, [_step(one) for one in run])


def _step(one: Load) -> list[str]:
    return [
        f"{one.raters} raters", f"{one.per_second:.1f}", *(_ms(one.acknowledged, share) for share in SHARES),
        _ms(one.items, 0.95), f"{one.cores['servers']:.2f}", _database(one), f"{one.cores['raters']:.2f}",
        f"{max(one.after):.0f}", str(len(one.errors)),
    ]  # fmt: skip


def _end(run: Sequence[Load]) -> str:
    """Where the steps ended, and what that says of how many raters one machine bears."""
    last, before = run[-1], run[-2] if len(run) > 1 else None
    if not last.is_full:
        return f"{_named(last)}: not full at {last.raters} raters, the most that were tried."
    good = f"{before.raters} raters ({before.per_second:.1f} submissions a second)" if before else "none"
    return (
        f"{_named(last)}: full at {last.raters} raters, because {_why(last)}; "
        f"the step before, {good}, was within the limits."
    )


def _why(one: Load) -> str:
    busiest = one.cores["servers"] / one.servers
    reasons = [
        f"the 95th percentile of acknowledgements passed {1e3 * SLOW:.0f} ms"
        if percentile(one.acknowledged, 0.95) > SLOW else "",
        f"each server used {busiest:.2f} of a core" if busiest > BUSY else "",
        f"{len(one.errors)} requests or pages failed ({one.errors[0]})" if one.errors else "",
    ]  # fmt: skip
    return ", ".join(reason for reason in reasons if reason)


def _where(busy: float) -> str:
    return (
        f"Measured on {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"servers, database and simulated raters share them. Raters think for {MEDIAN:.0f} s in the median. "
        f"Load average before the run: {busy:.1f} (more than 0.5 makes the times longer than they need be)."
    )
