"""Writes what a judge's calls bring, many in one commit; refuses to return before a record is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

from annotate_app.desk import Desk
from annotate_app.store import calls, runners, verdicts
from annotate_app.store.calls import CallRecord, FailedCall
from annotate_app.store.engine import Session, in_order
from annotate_app.store.runners import Runner, Taken
from rubrics.answers import Verdict

AT_ONCE = 500  # records of one commit


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer with the briefing (SHA-256) that its request began with."""

    briefing: str
    call: CallRecord


@dataclass(frozen=True, slots=True)
class Take:
    """A call that is about to be made, and the budgets in which its crew must have room."""

    key: str
    calls: int | None = None
    usd: float | None = None


Verdicts = tuple[Verdict, ...]  # all of one item
Record = Kept | FailedCall | Verdicts | Take


@dataclass(frozen=True, slots=True)
class Run:
    """The run that records belong to: numbers of the run, the judge, and the briefings by SHA-256.

    `again` lets an item that is answered be answered once more (its provider had failed). `crew` is the run
    beside which this one works, or itself.
    """

    run_id: int
    judge_id: int
    briefings: Mapping[str, int]
    again: bool = False
    crew: int = 0

    @property
    def runner(self) -> Runner:
        return Runner(self.run_id, self.judge_id, self.crew)

    @property
    def own(self) -> tuple[str, ...]:
        """What its short transactions take for themselves where others write beside them."""
        return (f"judge {self.judge_id}",)


class Keeper:
    """One writer for many calls at once; what waits together is committed together."""

    def __init__(self, desk: Desk, run: Run) -> None:
        self.desk, self.run = desk, run
        self._queue: asyncio.Queue[tuple[Record, asyncio.Future[Taken | None]]] = asyncio.Queue()
        self._writing: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Keeper:
        self._writing = asyncio.create_task(self._write())
        self._renewing = asyncio.create_task(self._renew_often())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Whatever was handed over is written before this ends, also when the run was cut off."""
        if self._writing is not None:
            await self._queue.join()
            begun = [one for one in (self._writing, self._renewing) if one is not None]
            for one in begun:
                one.cancel()
            await asyncio.gather(*begun, return_exceptions=True)

    async def _renew_often(self) -> None:
        """While the run works, nobody takes it for gone."""
        while True:
            await asyncio.sleep(runners.LEASE_SECONDS / 4)
            await asyncio.to_thread(self._renew)

    def _renew(self) -> None:
        with self.desk.store.writing(own=self.run.own) as session:
            runners.renew(session, self.run.runner)

    async def keep(self, record: Record) -> None:
        """Returns when the record is durable; raises what kept it from being."""
        await self._handed(record)

    async def take(self, wanted: Take) -> Taken:
        """Whether the call is this run's to make: nobody has made it, is making it, or forbids it."""
        return await self._handed(wanted) or "elsewhere"

    async def _handed(self, record: Record) -> Taken | None:
        done: asyncio.Future[Taken | None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((record, done))
        return await asyncio.shield(done)

    async def _write(self) -> None:
        while True:
            together = [await self._queue.get()]
            while len(together) < AT_ONCE and not self._queue.empty():
                together.append(self._queue.get_nowait())
            taken = await self._committed([record for record, _ in together])
            for record, done in together:
                if done.done():
                    pass
                elif isinstance(taken, BaseException):
                    done.set_exception(taken)
                else:
                    done.set_result(taken[record.key] if isinstance(record, Take) else None)
                self._queue.task_done()

    async def _committed(self, records: Sequence[Record]) -> Mapping[str, Taken] | BaseException:
        """Whose calls are to be made; or what kept all from being written: whoever waits is told."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._commit, records))
        await asyncio.wait([writing])
        return writing.exception() or writing.result()

    def _commit(self, records: Sequence[Record]) -> Mapping[str, Taken]:
        desk, run = self.desk, self.run
        with desk.store.writing(own=run.own) as session:
            kept = [one for one in records if not isinstance(one, Take)]
            if kept:
                self._add(session, kept)
            wanted = [one for one in records if isinstance(one, Take)]
            if wanted:
                runners.renew(session, run.runner)
                runners.end_gone(session)
            return {
                one.key: runners.take_call(
                    session, desk.study_id, run.runner, one.key, calls=one.calls, usd=one.usd
                )
                for one in wanted
            }

    def _add(self, session: Session, records: Sequence[Record]) -> None:
        desk, run = self.desk, self.run
        in_order(session)
        answers = [one for one in records if isinstance(one, Kept)]
        for sha256, number in run.briefings.items():
            new = [one.call for one in answers if one.briefing == sha256]
            calls.add(session, desk.study_id, run.run_id, number, new)
        failed = [one for one in records if isinstance(one, FailedCall)]
        calls.add_failed(session, desk.study_id, run.run_id, failed)
        keys = [one.call.key for one in answers] + [one.key for one in failed]
        paid = sum(one.call.cost_usd or 0.0 for one in answers)
        runners.give_calls(session, desk.study_id, run.runner, keys, paid)
        self._add_verdicts(session, [one for one in records if isinstance(one, tuple) and one])

    def _add_verdicts(self, session: Session, items: Sequence[Verdicts]) -> None:
        """Verdicts of items that nobody has answered meanwhile; the items are out of hand."""
        desk, run = self.desk, self.run
        names = [one[0].item_id for one in items]
        if not run.again:
            known = verdicts.answered(session, desk.study_id, run.judge_id, names)
            items = [one for one in items if one[0].item_id not in known]
        verdicts.add(session, desk.study_id, run.judge_id, [verdict for one in items for verdict in one])
        runners.give_items(session, desk.study_id, run.runner, names)
