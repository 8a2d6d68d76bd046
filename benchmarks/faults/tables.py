"""What a run of faults found, kept as JSON beside the page, and as the tables of docs/validity/faults.md."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.blocks import DOCS, fill, table
from benchmarks.faults.kinds import KINDS
from benchmarks.faults.running import Tally

PAGE = DOCS / "validity" / "faults.md"
KEPT = DOCS / "validity" / "faults.json"
ENGINES = ("SQLite", "PostgreSQL")
NOT_THERE = "–"
FATES = ("commands", "commands_failed")


def keep(tallies: Sequence[Tally], path: Path = KEPT) -> None:
    """Put the figures of these engines in the place of their earlier ones."""
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found |= {one.engine: vars(one) | {"python": platform.python_version()} for one in tallies}
    path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def write(page: Path = PAGE, path: Path = KEPT) -> None:
    fill(page, block(json.loads(path.read_text(encoding="utf-8"))))


def block(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The tables, from what is kept."""
    there = [name for name in ENGINES if name in found]
    rows = [_row(kind.name, found) for kind in KINDS if any(kind.name in found[e]["times"] for e in there)]
    head = ("what happened", *ENGINES, "acknowledged and lost", "stored twice")
    return "\n\n".join(
        [
            _summary(found, there),
            _beside(found, there),
            table(head, [*rows, _total(found)]),
            table(("command beside the server", *ENGINES, "ended with an error"), _commands(found)),
            table(
                ("engine", "faults", "operations sent", "acknowledged", "minutes", "seeds", "version"),
                [_engine(found[name]) for name in there],
            ),
        ]
    )


def _beside(found: Mapping[str, Mapping[str, Any]], there: Sequence[str]) -> str:
    """Who signed in, and what went on beside the raters."""

    def in_all(what: str) -> int:
        return sum(int(found[e][what]) for e in there)

    out = sum(found[e]["times"].get("signed out with answers unsent", 0) for e in there)
    ended = sum(sum(found[e]["commands"].values()) for e in there)
    health = sum(sum(found[e]["health"].values()) for e in there)
    return (
        f"{in_all('with_accounts'):,} of these faults befell raters who sign in with a password, "
        f"{in_all('sign_ins'):,} times in all; answers waited in the browser of somebody signed out "
        f"{in_all('kept_signed_out')} of {out} times. {ended:,} commands ended well beside the server, and "
        f"health was asked {health:,} times."
    )


def _commands(found: Mapping[str, Mapping[str, Any]]) -> list[list[object]]:
    names = sorted({name for one in found.values() for what in FATES for name in one[what]})
    return [
        [
            f"`calibrant {name}`",
            *(
                sum(found[e][what].get(name, 0) for what in FATES) if e in found else NOT_THERE
                for e in ENGINES
            ),
            _sum(found, "commands_failed", name),
        ]
        for name in names
    ]


def _row(kind: str, found: Mapping[str, Mapping[str, Any]]) -> list[object]:
    times = [found[e]["times"].get(kind, NOT_THERE) if e in found else NOT_THERE for e in ENGINES]
    return [kind, *times, _sum(found, "lost", kind), _sum(found, "doubled", kind)]


def _sum(found: Mapping[str, Mapping[str, Any]], what: str, kind: str) -> int:
    return sum(int(one[what].get(kind, 0)) for one in found.values())


def _total(found: Mapping[str, Mapping[str, Any]]) -> list[object]:
    each = [sum(found[e]["times"].values()) if e in found else NOT_THERE for e in ENGINES]
    both = [sum(sum(one[what].values()) for one in found.values()) for what in ("lost", "doubled")]
    return ["**all**", *each, *both]


def _engine(one: Mapping[str, Any]) -> list[object]:
    seeds = f"{min(one['seeds'])}–{max(one['seeds'])}" if one["seeds"] else NOT_THERE
    return [
        one["engine"], f"{sum(one['times'].values()):,}", f"{one['submissions']:,}",
        f"{one['acknowledged']:,}", f"{one['seconds'] / 60:.0f}", seeds, one["version"],
    ]  # fmt: skip


def _summary(found: Mapping[str, Mapping[str, Any]], there: Sequence[str]) -> str:
    faults = sum(sum(found[e]["times"].values()) for e in there)
    acknowledged = sum(found[e]["acknowledged"] for e in there)
    wrong = sum(len(found[e]["wrong"]) for e in there)
    lost, doubled = (sum(sum(found[e][what].values()) for e in there) for what in ("lost", "doubled"))
    beyond, moved = (sum(found[e][what] for e in there) for what in ("beyond_overlap", "beyond_moved"))
    told = sum(found[e]["told_of_disk"] for e in there)
    full = sum(found[e]["times"].get("disk full, then space again", 0) for e in there)
    return (
        f"{faults:,} faults, {acknowledged:,} acknowledged operations: {lost} lost, {doubled} stored twice, "
        f"{wrong - lost - doubled} otherwise not as sent. Items with more raters than wanted: {beyond}, and "
        f"{moved} where the clock was moved or a backup was put back, which ends reservations. The page said "
        f"that nothing can be stored in {told} of {full} times when the disk was full."
    )
