"""The kinds of faults: each happens to a world at once, and is over when it returns."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from benchmarks.faults import served
from benchmarks.faults.databases import SQLite
from benchmarks.faults.proxy import Spell
from benchmarks.faults.world import Person, World
from benchmarks.people.tab import Browser

MOMENT = 0.15  # the longest pause before something is killed, in seconds
LONGEST_FULL = 20.0  # seconds without a byte left
FIRES = 240.0  # an armed spell meets the next request well before, also on a machine with other work
CHECKPOINTS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
print("ready", flush=True)
while True:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
"""
CLOCKS: Mapping[str, float] = {
    "20 minutes": 1_200, "13 hours": 46_800, "15 days": 1_296_000, "40 days": 3_456_000,
    "an hour back": -3_600, "two days back": -172_800,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault; `often` is its share of a run, `engines` where it can happen."""

    name: str
    happen: Callable[[World], Awaitable[None]]
    often: int
    engines: tuple[str, ...] = ("SQLite", "PostgreSQL")


async def _moment(world: World) -> None:
    await asyncio.sleep(world.chance.uniform(0, MOMENT))


async def server_killed(world: World) -> None:
    await _moment(world)
    world.kill_server()
    await _nothing_lost(world)
    await world.start_server()


async def database_killed(world: World) -> None:
    """The postmaster and all its processes; the server stays and is told that its connections are gone."""
    await _moment(world)
    await asyncio.to_thread(world.database.kill)
    await asyncio.sleep(world.chance.uniform(0, 0.5))
    await asyncio.to_thread(world.database.start)
    await _nothing_lost(world)


async def both_killed(world: World) -> None:
    await _moment(world)
    if world.database.killable:
        world.database.kill()
    world.kill_server()
    if world.database.killable:
        await asyncio.to_thread(world.database.start)
    await _nothing_lost(world)
    await world.start_server()


async def killed_in_checkpoint(world: World) -> None:
    """Another process moves the journal into the database all the time; it and the server are killed."""
    assert isinstance(world.database, SQLite)
    mover = subprocess.Popen(
        [sys.executable, "-c", CHECKPOINTS, world.database.address],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert mover.stdout is not None
    await asyncio.to_thread(mover.stdout.readline)
    await _moment(world)
    mover.kill()
    world.kill_server()
    mover.wait(timeout=10)
    mover.stdout.close()
    await _nothing_lost(world)
    await world.start_server()


async def tab_killed(world: World) -> None:
    await _moment(world)
    person = world.people[world.chance.choice(world.staying)]
    world.close_tab(person)
    world.open_tab(person)


async def browsers_and_server_killed(world: World) -> None:
    await _moment(world)
    world.kill_server()
    for person in world.people.values():
        world.close_tab(person)
    await _nothing_lost(world)
    await world.start_server()
    for person in world.people.values():
        world.open_tab(person)


async def network_cut(world: World) -> None:
    await _moment(world)
    world.proxy.down = True
    world.proxy.cut()
    await asyncio.sleep(world.chance.uniform(0.05, 1.0))
    world.proxy.down = False


async def network_slow(world: World) -> None:
    world.proxy.lag = world.chance.uniform(0.05, 0.4)
    await asyncio.sleep(world.chance.uniform(0.3, 1.0))
    world.proxy.lag = 0.0


async def _armed(world: World, *, up: Spell | None = None, down: Spell | None = None) -> None:
    """Wait until the next bytes of that way meet the spell; an answer is met when it answers anything."""
    await _moment(world)
    world.proxy.fired.clear()
    world.proxy.upward, world.proxy.downward = up, down
    await asyncio.wait_for(world.proxy.fired.wait(), FIRES)


async def acknowledgement_lost(world: World) -> None:
    await _armed(world, down=lambda data: b"")


async def acknowledgement_cut(world: World) -> None:
    part = world.chance.random()
    await _armed(world, down=lambda data: data[: int(part * len(data))])


async def request_cut(world: World) -> None:
    part = world.chance.random()
    await _armed(world, up=lambda data: data[: int(part * len(data))])


async def hung_up_after_sending(world: World) -> None:
    """The line goes dead when the request has left: the server finishes for nobody."""
    await _armed(world, up=lambda data: data)


async def delivered_again(world: World) -> None:
    """An old request comes once more, after the rater has gone on."""
    await _moment(world)
    old = world.proxy.last_request
    await world.recovered()
    await world.proxy.again(old)


async def two_tabs(world: World) -> None:
    """The same rater answers in a second browser, which is given the same items, at the same time."""
    person = world.people[world.chance.choice(world.staying)]
    other = Browser()
    tab = world.open_tab(person, other)
    await asyncio.sleep(world.chance.uniform(0.3, 1.0))
    async with asyncio.timeout(FIRES):
        while not tab.history:
            await asyncio.sleep(0.01)
        tab.idle = True
        while other.outbox:
            await asyncio.sleep(0.01)
    world.close_tab(person)
    person.browser.refused += other.refused
    tab.drop()
    world.open_tab(person)


async def _with_unsent(world: World) -> Person:
    """Somebody whose outbox holds something, on a slow line until the caller ends that."""
    person = world.people[world.chance.choice(world.staying)]
    world.proxy.lag = 0.1
    async with asyncio.timeout(FIRES):
        while not person.browser.outbox:
            await asyncio.sleep(0.005)
    return person


async def same_outbox_twice(world: World) -> None:
    """Two tabs send from a copy of one outbox: what is in both arrives twice under one id."""
    person = await _with_unsent(world)
    copy = Browser([*person.browser.outbox], cookies=dict(person.browser.cookies))
    world.proxy.lag = 0.0
    tab = world.quiet_tab(person, copy)
    await asyncio.wait_for(tab.send_some(), FIRES)
    tab.drop()


async def signed_out(world: World) -> None:
    """With answers unsent: they wait in the browser while nobody is signed in, and are sent after that."""
    person = await _with_unsent(world)
    await world.sign_out(person)
    ended = time.perf_counter()  # what was on its way then may still be answered
    await asyncio.sleep(0.5)
    world.proxy.lag = 0.0
    await asyncio.sleep(world.chance.uniform(0.3, 1.0))
    if any(begun > ended for begun in person.record.taken):
        world.beside.wrong.append(f"{person.name} was acknowledged something while signed out")
    world.kept += bool(person.browser.outbox)
    person.stays_out = False


async def command_ended(world: World) -> None:
    """An operator's command on the live study; others end at other moments, also during other faults."""
    await _moment(world)
    await world.beside.one()


async def disk_full(world: World) -> None:
    """Until somebody is told: what was written before may leave room in files that are there already."""
    before = {name: len(person.record.said) for name, person in world.people.items()}
    await _moment(world)
    await asyncio.to_thread(world.database.leave_no_room)
    if world.disk.mounted:
        await asyncio.to_thread(world.disk.fill)
    else:
        world.limit_files(0)
    told, left = False, LONGEST_FULL
    while not told and left > 0:
        await asyncio.sleep(0.05)
        left -= 0.05
        told = any(_said_so(world, name, n) for name, n in before.items())
    await asyncio.sleep(world.chance.uniform(0.2, 1.0))
    world.told_of_disk += told
    await _nothing_lost(world)
    if world.disk.mounted:
        world.disk.free()
    else:
        world.limit_files(-1)
    await asyncio.to_thread(world.database.start)


def _said_so(world: World, name: str, since: int) -> bool:
    return any("nothing can be stored" in words for words in world.people[name].record.said[since:])


async def clock_moved(world: World) -> None:
    name = world.chance.choice(sorted(CLOCKS))
    world.moved = True
    served.shift(world.clock, CLOCKS[name])
    await world.recovered()
    if world.chance.random() < 0.5:
        served.shift(world.clock, 0)


async def restored_from_backup(world: World) -> None:
    """The database is lost; the backup is some seconds old; the tabs of the raters are still open."""
    async with world.alone:  # no command may have the database open
        await asyncio.to_thread(world.backup)
        await world.recovered()
        await _moment(world)
        world.kill_server()
        await asyncio.to_thread(world.restore)
        world.restored = True
        world.beside.imported.clear()
        world.beside.cleared.clear()
        world.beside.visited = False
        await world.start_server()
        await world.sent_again()


async def _nothing_lost(world: World) -> None:
    world.missing += await world.lost_now()


KINDS: tuple[Kind, ...] = (
    Kind("server killed", server_killed, 12),
    Kind("database killed", database_killed, 12, ("PostgreSQL",)),
    Kind("database and server killed at once", both_killed, 5, ("PostgreSQL",)),
    Kind("server killed during a checkpoint", killed_in_checkpoint, 6, ("SQLite",)),
    Kind("tab killed", tab_killed, 12),
    Kind("all tabs and the server killed", browsers_and_server_killed, 4),
    Kind("network cut and back", network_cut, 10),
    Kind("network slow", network_slow, 3),
    Kind("acknowledgement lost after the commit", acknowledgement_lost, 10),
    Kind("acknowledgement cut in the middle", acknowledgement_cut, 5),
    Kind("request cut in the middle", request_cut, 6),
    Kind("line dead after the request", hung_up_after_sending, 6),
    Kind("old request delivered again", delivered_again, 6),
    Kind("second browser of the same rater", two_tabs, 5),
    Kind("one outbox sent by two tabs", same_outbox_twice, 5),
    Kind("signed out with answers unsent", signed_out, 6),
    Kind("command ended beside the server", command_ended, 5),
    Kind("disk full, then space again", disk_full, 4),
    Kind("clock moved", clock_moved, 6),
    Kind("database restored from a backup", restored_from_backup, 3),
)
