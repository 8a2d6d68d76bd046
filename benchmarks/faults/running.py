"""A run of faults: rounds of a fresh world each, kinds drawn by their shares, everything checked."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.faults.kinds import KINDS, Kind
from benchmarks.faults.world import World

PER_ROUND = 50


@dataclass
class Tally:
    """What happened on one engine."""

    engine: str
    times: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    submissions: int = 0
    acknowledged: int = 0
    beyond_overlap: int = 0  # in rounds whose clock stood still and whose database was not set back
    beyond_moved: int = 0
    told_of_disk: int = 0
    with_accounts: int = 0  # faults in rounds whose raters sign in with a password
    sign_ins: int = 0
    kept_signed_out: int = 0  # times that answers waited in the browser of somebody signed out
    commands: Counter[str] = field(default_factory=Counter)  # that ended well beside the server
    commands_failed: Counter[str] = field(default_factory=Counter)
    health: Counter[int] = field(default_factory=Counter)  # answers by status
    seconds: float = 0.0
    version: str = ""

    @property
    def faults(self) -> int:
        return sum(self.times.values())


def plan(engine: str, count: int, seed: int) -> list[Kind]:
    """The kinds of a run in their order: each at least once where there is room, the rest by their shares."""
    chance = random.Random(f"{engine}:{seed}")
    possible = [kind for kind in KINDS if engine in kind.engines]
    chance.shuffle(possible)
    rest = chance.choices(possible, [kind.often for kind in possible], k=max(0, count - len(possible)))
    drawn = [*possible, *rest][:count]
    chance.shuffle(drawn)
    return drawn


async def run(
    engine: str,
    kinds: Sequence[Kind],
    seed: int,
    say: Callable[[str], None] = print,
    after: Callable[[Tally], None] = lambda _: None,
    **world: object,
) -> Tally:
    """Let every kind happen in its order; a fresh world every fifty faults; `after` each we are told."""
    tally = Tally(engine)
    begun = time.monotonic()
    for start in range(0, len(kinds), PER_ROUND):
        of_round = kinds[start : start + PER_ROUND]
        known = len(tally.wrong)
        manner = {"accounts": start // PER_ROUND % 3 != 2, **world}
        await _round(World(engine, seed + start, **manner), of_round, tally, say)  # type: ignore[arg-type]
        for one in tally.wrong[known:]:
            say(f"WRONG: {one}")
        tally.seconds = time.monotonic() - begun
        after(tally)
    return tally


async def _round(world: World, kinds: Sequence[Kind], tally: Tally, say: Callable[[str], None]) -> None:
    tally.seeds.append(world.seed)
    try:
        await world.begin()
        tally.version = world.database.version()
        await world.recovered()
        for kind in kinds:
            begun = time.monotonic()
            await kind.happen(world)
            await world.recovered()
            missing = [*world.missing, *await world.lost_now()]
            tally.times[kind.name] += 1
            tally.with_accounts += world.accounts
            tally.lost[kind.name] += len(missing)
            tally.wrong += [f"seed {world.seed}, {kind.name}: {one}" for one in missing]
            world.missing = []
            for one in missing:
                say(f"WRONG: {one}")
            say(f"{tally.engine}: {tally.faults} {kind.name} ({time.monotonic() - begun:.1f} s)")
        await _close(world, kinds[-1], tally)
        for one in world.beside.errors:
            say(f"failed, {one}")
    finally:
        await world.end()


async def _close(world: World, last: Kind, tally: Tally) -> None:
    """Everybody is quiet: the whole check."""
    await world.quiet()
    await world.beside.end()
    found = world.look()
    tally.lost[last.name] += len(found.lost) + len(world.missing)
    tally.doubled[last.name] += len(found.doubled)
    named = [
        *world.missing,
        *world.opened,
        *found.lost,
        *found.doubled,
        *found.other,
        *world.refused,
        *world.database.damage(),
    ]
    tally.wrong += [f"seed {world.seed}: {one}" for one in named]
    tally.submissions += sum(len(person.record.made) for person in world.people.values())
    tally.acknowledged += world.acknowledged
    tally.told_of_disk += world.told_of_disk
    tally.sign_ins += world.sign_ins
    tally.kept_signed_out += world.kept
    tally.commands += world.beside.ended
    tally.commands_failed += world.beside.failed
    tally.health += world.beside.answers
    if world.moved or world.restored:
        tally.beyond_moved += found.beyond_overlap
    else:
        tally.beyond_overlap += found.beyond_overlap
