"""The rating desk killed at random moments between submit and acknowledgement: no label lost, none doubled.

`make faults` kills 200 times and more, and writes docs/validity/faults.md; the suite does it a few times.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import desk_keys
import pytest
from desk_keys import come, item, once, press, until
from playwright.sync_api import BrowserContext, Page, expect
from playwright.sync_api import Error as BrowserError
from postgres import both_engines
from running import Server
from small_study import journal

from annotate_app.desk import open_desk
from annotate_app.services.meaning import item_meant

pytestmark = pytest.mark.journey

KILLS = int(os.environ.get("CALIBRANT_KILLS", "3"))
TABLE = os.environ.get("CALIBRANT_KILLS_TABLE")
VICTIMS = ("server", "tab", "both")
WAITING = """() => Object.entries(localStorage).filter(([key]) => key.endsWith(':outbox'))
  .flatMap(([, operations]) => JSON.parse(operations)).map((operation) => operation.item_id)"""
BETWEEN = ("neither stored nor acknowledged", "stored, not acknowledged", "stored and acknowledged")


TALLIES: dict[str, Tally] = {}


@dataclass
class Tally:
    """What was killed, and where the answers just given were at that moment."""

    kills: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    submissions: int = 0

    def moment(self, stored: bool, waiting: bool) -> None:
        assert stored or waiting, "acknowledged, but not on the disk"
        self.moments[BETWEEN[0] if not stored else BETWEEN[1] if waiting else BETWEEN[2]] += 1


@pytest.fixture
def study(tmp_path: Path, database: str | None) -> Path:
    """On the database of the test, which the server is told by the environment."""
    return desk_keys.fill(tmp_path / "study", 30 + 4 * KILLS)


def kills_on(database: str | None) -> int:
    """Fewer with a database of its own, whose death other tests bring about."""
    return KILLS if database is None else -(-KILLS // 3)


@both_engines
def test_no_kill_at_a_random_moment_loses_or_doubles_a_label(
    server: Server, page: Page, context: BrowserContext, study: Path, database: str | None
) -> None:
    chance = random.Random(20261121)
    tally, wanted = Tally(), {}
    come(page, server.url)
    for k in range(kills_on(database)):
        given = {}
        for _ in range(chance.randint(1, 3)):
            expect(page.locator("[data-cd=body]")).to_be_visible(timeout=60_000)
            tone = chance.randint(1, 3)
            given[item(page)] = tone
            press(page, f"1{tone}⏎")
        wanted |= given
        time.sleep(chance.uniform(0, 0.012))
        page = _kill(VICTIMS[k % len(VICTIMS)], server, page, context, given, tally)
    tally.submissions = len(wanted)
    until(page, f"({WAITING})().length === 0")
    entries = journal(study)
    assert {e.item_id: e.value for e in entries if e.criterion == "tone"} == wanted
    assert once(entries)
    assert len(entries) == 2 * len(wanted)
    page.reload()
    expect(page.locator("[data-cd=progress]")).to_contain_text(f"{len(wanted)} done")
    TALLIES["SQLite" if database is None else "PostgreSQL"] = tally
    assert sum(tally.kills.values()) == kills_on(database)
    _write()


def _kill(
    victim: str, server: Server, page: Page, context: BrowserContext, given: dict[str, int], tally: Tally
) -> Page:
    """Kill the server, the tab's process, or both; note where the answers were; bring it all back."""
    tally.kills[victim] += 1
    if victim != "tab":
        server.kill()
    if victim == "server":
        waiting = _items_behind(server.study, page.evaluate(WAITING))
        stored = {entry.item_id for entry in journal(server.study)}
        for name in given:
            tally.moment(name in stored, name in waiting)
    if victim != "server":
        page = _crash(page, context)
    if victim != "tab":
        server.start()
    if victim != "server":
        come(page, server.url)
    return page


def _items_behind(study: Path, tokens: list[str]) -> set[str]:
    """The items that the desk's tokens stand for."""
    desk = open_desk(study)
    found = {item_meant(desk, "Ada", token) for token in tokens}
    desk.close()
    return found


def _crash(page: Page, context: BrowserContext) -> Page:
    """End the tab's process as a crash does: no event is sent, nothing is written any more."""
    with contextlib.suppress(BrowserError):
        page.goto("chrome://crash")
    page.close()
    return context.new_page()


def _write() -> None:
    """The table of docs/validity/faults.md, when a full run asks for it: what this run has done so far."""
    if TABLE is None:
        return
    kills = {name: sum(tally.kills.values()) for name, tally in TALLIES.items()}
    submissions = sum(tally.submissions for tally in TALLIES.values())
    lines = [
        f"{sum(kills.values())} kills, {submissions} submissions: 0 lost, 0 stored twice, "
        "0 acknowledged before they were stored.",
        "", _row("killed with SIGKILL or crashed", TALLIES), _row("---", ["---:" for _ in TALLIES]),
        *(_row(name, [tally.kills[name] for tally in TALLIES.values()]) for name in VICTIMS),
        "", _row("submissions just made when the server was killed", TALLIES),
        _row("---", ["---:" for _ in TALLIES]),
        *(_row(name, [tally.moments[name] for tally in TALLIES.values()]) for name in BETWEEN),
    ]  # fmt: skip
    path = Path(TABLE)
    head, mark, _ = path.read_text(encoding="utf-8").partition("<!-- figures -->\n")
    path.write_text(head + mark + "\n".join(lines) + "\n", encoding="utf-8")


def _row(name: str, cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, (name, *cells)))} |"
