"""Runs of judges side by side: their leases, the items and calls in their hands, what they spend together."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from sqlmodel import Session

from annotate_app.store.sql import number, one, rows, run

LEASE_SECONDS = 60.0
Taken = Literal["mine", "elsewhere", "spent"]


@dataclass(frozen=True, slots=True)
class Runner:
    """A run that is under way in this process; `crew` is its own number or that of the run it joined."""

    run_id: int
    judge_id: int
    crew: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a crew has begun and paid."""

    calls: int
    usd: float


def enter(session: Session, run_id: int, judge_id: int, purpose: str) -> Runner:
    """Begin to run; beside another run of the judge for the same purpose as one of its crew."""
    end_gone(session)
    found = one(
        session,
        "SELECT min(u.crew_id) AS crew FROM runner u JOIN judge_run r ON r.id = u.run_id "
        "WHERE u.judge_id = :judge AND r.purpose = :purpose",
        {"judge": judge_id, "purpose": purpose},
    )
    crew = found["crew"] if found and found["crew"] is not None else run_id
    run(
        session,
        "INSERT INTO crew (id, calls, paid_usd) VALUES (:crew, 0, 0) ON CONFLICT (id) DO NOTHING",
        {"crew": crew},
    )
    runner = Runner(run_id, judge_id, crew)
    renew(session, runner)
    return runner


def renew(session: Session, runner: Runner) -> None:
    """Prolong the lease; one that was taken for gone (its machine slept) begins again, without its claims."""
    values = {"run": runner.run_id, "until": _now(session) + LEASE_SECONDS}
    if run(session, "UPDATE runner SET expires_at = :until WHERE run_id = :run", values):
        return
    run(
        session,
        "INSERT INTO runner (run_id, judge_id, crew_id, place, process, expires_at) "
        "VALUES (:run, :judge, :crew, :place, :process, :until)",
        {
            **values, "judge": runner.judge_id, "crew": runner.crew, "place": _place(),
            "process": os.getpid(),
        },
    )  # fmt: skip


def leave(session: Session, run_id: int) -> None:
    """End a runner, and give back what is in its hands."""
    for table in ("item_claim", "call_claim", "runner"):
        run(session, f"DELETE FROM {table} WHERE run_id = :run", {"run": run_id})


def end_gone(session: Session) -> None:
    """End runners whose lease is over, and those of this machine whose process is no more.

    A runner that is renewing, or that another process is ending, is left alone.
    """
    skip = " FOR UPDATE SKIP LOCKED" if session.connection().dialect.name == "postgresql" else ""
    now, here = _now(session), _place()
    for row in rows(session, f"SELECT run_id, place, process, expires_at FROM runner ORDER BY run_id{skip}"):
        if row["expires_at"] < now or (row["place"] == here and not _runs(row["process"])):
            leave(session, row["run_id"])


def take_items(session: Session, runner: Runner, items: Sequence[int]) -> frozenset[int]:
    """Take items in hand; those that nobody else of this judge has."""
    taken = [
        item
        for item in items
        if run(
            session,
            "INSERT INTO item_claim (judge_id, item_id, run_id) VALUES (:judge, :item, :run) "
            "ON CONFLICT (judge_id, item_id) DO NOTHING",
            {"judge": runner.judge_id, "item": item, "run": runner.run_id},
        )
    ]
    return frozenset(taken)


def give_items(session: Session, study_id: int, runner: Runner, item_ids: Sequence[str]) -> None:
    """Items that are done are in nobody's hands."""
    run(
        session,
        "DELETE FROM item_claim WHERE run_id = :run AND item_id = "
        "(SELECT id FROM item WHERE study_id = :study AND item_id = :item)",
        [{"run": runner.run_id, "study": study_id, "item": item} for item in item_ids],
    )


def take_call(
    session: Session, study_id: int, runner: Runner, key: str, *, calls: int | None, usd: float | None
) -> Taken:
    """Take a call that nobody has made or is making, where the crew's budget has room; count it as begun."""
    values = {"study": study_id, "key": key, "run": runner.run_id, "crew": runner.crew}
    if number(session, "SELECT count(*) FROM call WHERE study_id = :study AND key = :key", values):
        return "elsewhere"
    room = "".join((" AND calls < :calls" * (calls is not None), " AND paid_usd < :usd" * (usd is not None)))
    if not number(
        session,
        "SELECT count(*) FROM call_claim WHERE study_id = :study AND key = :key AND run_id <> :run",
        values,
    ):
        if not run(
            session,
            f"UPDATE crew SET calls = calls + 1 WHERE id = :crew{room}",
            {"crew": runner.crew}
            | ({} if calls is None else {"calls": calls})
            | ({} if usd is None else {"usd": usd}),
        ):
            return "spent"
        if run(
            session,
            "INSERT INTO call_claim (study_id, key, run_id) VALUES (:study, :key, :run) "
            "ON CONFLICT (study_id, key) DO UPDATE SET run_id = excluded.run_id "
            "WHERE call_claim.run_id = excluded.run_id",
            values,
        ):
            return "mine"
        run(session, "UPDATE crew SET calls = calls - 1 WHERE id = :crew", values)
    return "elsewhere"


def give_calls(session: Session, study_id: int, runner: Runner, keys: Sequence[str], paid_usd: float) -> None:
    """Calls that were answered or given up are in nobody's hands; what they cost is the crew's."""
    run(
        session,
        "DELETE FROM call_claim WHERE study_id = :study AND key = :key AND run_id = :run",
        [{"study": study_id, "key": key, "run": runner.run_id} for key in keys],
    )
    if paid_usd:
        run(
            session,
            "UPDATE crew SET paid_usd = paid_usd + :usd WHERE id = :crew",
            {"usd": paid_usd, "crew": runner.crew},
        )


def spent(session: Session, crew: int) -> Spent:
    """What the crew has begun and paid so far."""
    found = one(session, "SELECT calls, paid_usd FROM crew WHERE id = :crew", {"crew": crew})
    return Spent(0, 0.0) if found is None else Spent(found["calls"], float(found["paid_usd"]))


def _now(session: Session) -> float:
    """The database's clock: the same for runners on different machines."""
    postgres = session.connection().dialect.name == "postgresql"
    words = (
        "extract(epoch FROM clock_timestamp())" if postgres else "(julianday('now') - 2440587.5) * 86400.0"
    )
    found = one(session, f"SELECT {words} AS now")
    return float(found["now"]) if found else 0.0


@cache
def _place() -> str:
    """This machine since it was started, and whose processes can be seen from here."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{platform.node()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{platform.node()} {os.getppid()} {os.getpid()}"  # known to no other: only the lease counts


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
