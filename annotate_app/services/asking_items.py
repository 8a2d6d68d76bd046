"""A run of a judge that is asked call by call: streams items, many at once; may be cut off anywhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Literal, Protocol

from annotate_app import logs
from annotate_app.desk import Desk
from annotate_app.services.calling import Caller, Client, Limits, Stopped, Tally
from annotate_app.services.keeping import Keeper, Run
from annotate_app.store import calls, runners, studies, waiting
from annotate_app.store.sql import to_json
from annotate_app.store.waiting import Wanted
from calibration.judges.briefing import Briefing, Request
from calibration.judges.judge import JudgeFailed
from calibration.judges.response import Outcome
from calibration.judges.retrying import Patience
from calibration.judges.spec import JudgeSpec
from calibration.judges.throttle import Throttle
from rubrics.answers import Verdict
from rubrics.items import Item

AT_ONCE = 10  # items that a run takes in hand together
LOOK_AGAIN = 0.5  # seconds until it is looked whether other runs gave items back
WAITING_ITEMS = 4  # for each call at once: so many are in hand, read ahead or having their verdicts written
BEAT = 0.25  # seconds between two looks of whoever watches

Watch = Callable[[Tally], None]


class AskedJudge(Protocol):
    """A judge that answers an item through calls."""

    @property
    def name(self) -> str: ...
    @property
    def spec(self) -> JudgeSpec: ...
    @property
    def all_briefings(self) -> tuple[Briefing, ...]: ...

    async def judge_item(
        self, item: Item, ask: Callable[[Request], Awaitable[Outcome]]
    ) -> tuple[Verdict, ...]: ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How a run is made: calls at once, tries, limits, whether requests are kept as references."""

    concurrency: int = 16
    patience: Patience = field(default_factory=Patience)
    limits: Limits = field(default_factory=Limits)
    redact: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """Which items: of a split, with these ids, at most `limit`, but never those `without`.

    `failed` adds those whose provider failed.
    """

    split: str | None = None
    split_version: int | None = None
    ids: tuple[str, ...] = ()
    limit: int | None = None
    failed: bool = False
    without: tuple[str, ...] = ()


def ask_items(
    desk: Desk,
    judge: AskedJudge,
    client: Client,
    *,
    selection: Selection,
    manner: Manner,
    watch: Watch | None = None,
) -> Tally:
    """Let the judge answer the selected items that it has not answered; what it did.

    Every answer is durable before it is used, an item's verdicts are stored together, and a run that is cut
    off goes on where it was: stored answers are not asked again. Runs side by side, also on other machines,
    share the items: each takes some in hand, and ends when no other one has any. Raises `JudgeFailed` where
    no call can work.
    """
    run = _start(desk, judge, selection, manner)
    wanted = Wanted(
        run.judge_id, selection.split, selection.split_version, selection.ids, selection.without,
        failed=selection.failed,
    )  # fmt: skip
    tally = _begun(desk, wanted, selection.limit)
    outcome = "cut off"
    try:
        asking = _Asking(desk, judge, client, run, wanted, selection.limit, manner, tally)
        with logs.correlated(f"run-{run.run_id}-{logs.new_id()}"):
            logs.event("judge.run", {"run": run.run_id, "judge": run.judge_id, "items": tally.items})
            asyncio.run(asking.run(watch))
        tally.elsewhere = _answered_elsewhere(desk, wanted, selection, manner, tally)
        outcome = tally.stopped or "finished"
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None
    finally:
        end_run(desk, run, tally, outcome)
    if tally.broken:
        raise JudgeFailed(
            f"judge {judge.name!r} stopped after {tally.done} of {tally.items} items: {tally.stopped}. "
            "What was answered is stored; mend this and run it again, it goes on where it stopped"
        )
    return tally


def _start(desk: Desk, judge: AskedJudge, selection: Selection, manner: Manner) -> Run:
    options = {
        "split": selection.split, "items": list(selection.ids), "limit": selection.limit,
        "retry_failed": selection.failed, "replay": manner.limits.replay,
    }  # fmt: skip
    run = start_run(desk, judge, judge.all_briefings, purpose="run", options=options)
    return replace(run, again=selection.failed)


def start_run(
    desk: Desk,
    judge: AskedJudge,
    briefings: Iterable[Briefing],
    *,
    purpose: Literal["run", "probe", "anchor"],
    options: Mapping[str, object],
) -> Run:
    """Note that a run of a judge begins, with all that its requests may begin with."""
    spec = judge.spec
    with desk.store.writing() as session:
        judge_id = studies.register_judge(
            session, desk.study_id, judge.name, spec.spec_hash, at=desk.now, spec=to_json(spec.content)
        )
        numbers = {
            one.sha256: calls.briefing(session, desk.study_id, one.sha256, one.text) for one in briefings
        }
        run_id = calls.start_run(
            session, desk.study_id, judge_id, purpose=purpose, options=options,
            software=version("calibrant"), at=desk.now,
        )  # fmt: skip
        runner = runners.enter(session, run_id, judge_id, purpose)
    return Run(run_id, judge_id, numbers, crew=runner.crew)


def end_run(desk: Desk, run: Run, tally: Tally, outcome: str) -> None:
    """Note how a run ended and what it counted; what it had in hand is free."""
    with desk.store.writing() as session:
        runners.leave(session, run.run_id)
        calls.end_run(session, run.run_id, outcome=outcome, counts=_counts(tally), at=desk.now)


def caller_of(desk: Desk, client: Client, keeper: Keeper, manner: Manner, tally: Tally) -> Caller:
    """Who asks a run's requests in its manner."""
    in_a_row = manner.limits.failures_in_a_row + manner.concurrency
    limits = replace(manner.limits, failures_in_a_row=in_a_row)
    return Caller(
        desk, client, keeper, Throttle(manner.concurrency), manner.patience, limits, tally, manner.redact,
        places=asyncio.Semaphore(manner.concurrency),
    )  # fmt: skip


async def watched(watch: Watch, tally: Tally) -> None:
    """Show the tally to whoever watches, again and again until cancelled."""
    while True:
        watch(tally)
        await asyncio.sleep(BEAT)


def _begun(desk: Desk, wanted: Wanted, limit: int | None) -> Tally:
    """Counts before the first call, of one moment: what a run beside this one answers is in one of them."""
    answered = replace(wanted, without=(), failed=False, answered=True)
    with desk.store.reading() as session:
        found = waiting.count(session, desk.study_id, wanted)
        already = waiting.count(session, desk.study_id, answered)
    return Tally(items=found if limit is None else min(found, limit), already=already)


def _answered_elsewhere(
    desk: Desk, wanted: Wanted, selection: Selection, manner: Manner, tally: Tally
) -> int:
    """Items that were waiting when the run began, and that runs beside it have answered."""
    if selection.failed or manner.limits.replay or selection.limit is not None:
        return 0
    with desk.store.reading() as session:
        left = waiting.count(session, desk.study_id, wanted)
    return max(0, tally.items - tally.done - left)


def _counts(tally: Tally) -> dict[str, object]:
    kept = {name: getattr(tally, name) for name in Tally.__slots__}
    return kept | {"models": sorted(tally.models)}


@dataclass(frozen=True, slots=True)
class _Asking:
    """The asynchronous part of a run."""

    desk: Desk
    judge: AskedJudge
    client: Client
    record: Run
    wanted: Wanted
    limit: int | None
    manner: Manner
    tally: Tally

    async def run(self, watch: Watch | None) -> None:
        watching = asyncio.create_task(watched(watch, self.tally)) if watch else None
        try:
            async with Keeper(self.desk, self.record) as keeper, asyncio.TaskGroup() as group:
                await self._hand_out(
                    group, caller_of(self.desk, self.client, keeper, self.manner, self.tally), keeper
                )
        finally:
            await self.client.close()
            if watching and watch:
                watching.cancel()
                watch(self.tally)

    async def _hand_out(self, group: asyncio.TaskGroup, caller: Caller, keeper: Keeper) -> None:
        """Items side by side, only so many at once that memory does not grow with the study."""
        window = asyncio.Semaphore(self.manner.concurrency * WAITING_ITEMS)
        async for item in self._items():
            await window.acquire()
            if self.tally.stopped is not None:
                return
            judging = group.create_task(self._one(item, caller, keeper))
            judging.add_done_callback(lambda _: window.release())

    async def _items(self) -> AsyncIterator[Item]:
        """Items in hand, a few at a time; then those that other runs had in hand and gave back undone."""
        after, given = -1, 0
        while self.tally.stopped is None:
            room = AT_ONCE if self.limit is None else min(AT_ONCE, self.limit - given)
            last, found = await asyncio.to_thread(self._take, after, room)
            for item in found:
                yield item
            given += len(found)
            if last is None and not await self._others_gave_back():
                return
            after = -1 if last is None else last

    def _take(self, after: int, room: int) -> tuple[int | None, list[Item]]:
        """Take the next free items in hand; None for the place where no free one is behind."""
        desk, run = self.desk, self.record
        if room <= 0:
            return None, []
        with desk.store.writing(own=run.own) as session:
            runners.renew(session, run.runner)
            runners.end_gone(session)
            free = waiting.free(session, desk.study_id, self.wanted, after=after, limit=room)
            mine = runners.take_items(session, run.runner, [number for _, number in free])
            items = waiting.numbered(session, sorted(mine))
        return (free[-1][0] if free else None), items

    async def _others_gave_back(self) -> bool:
        """Waits while other runs have wanted items in hand; whether one of them gave any back, or was lost.

        A replay and a run that asks again about failures go through their items once.
        """
        once = self.wanted.failed or self.manner.limits.replay
        before = 0 if once else await asyncio.to_thread(self._in_other_hands)
        if not before or self.tally.stopped is not None:
            return False
        await asyncio.sleep(LOOK_AGAIN)
        return True

    def _in_other_hands(self) -> int:
        with self.desk.store.reading() as session:
            return waiting.count_in_hand(session, self.desk.study_id, self.wanted, but=self.record.run_id)

    async def _one(self, item: Item, caller: Caller, keeper: Keeper) -> None:
        """An item's verdicts, stored together; an item whose calls may not all be made is left for later."""
        try:
            verdicts = await self.judge.judge_item(item, caller.ask)
        except Stopped:
            return
        await keeper.keep(verdicts)
        tally, statuses = self.tally, Counter(verdict.status for verdict in verdicts)
        tally.done += 1
        tally.verdicts += len(verdicts)
        tally.failed_items += "provider_error" in statuses
        tally.models |= {verdict.reported_model for verdict in verdicts if verdict.reported_model}
        for status, n in statuses.items():
            tally.statuses[status] = tally.statuses.get(status, 0) + n
