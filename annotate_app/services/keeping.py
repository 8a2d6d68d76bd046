"""Writes what a judge's calls bring, many in one commit; refuses to return before a record is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

from annotate_app.desk import Desk
from annotate_app.store import calls, verdicts
from annotate_app.store.calls import CallRecord, FailedCall
from rubrics.answers import Verdict

AT_ONCE = 500  # records of one commit


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer with the briefing (SHA-256) that its request began with."""

    briefing: str
    call: CallRecord


Verdicts = tuple[Verdict, ...]  # all of one item
Record = Kept | FailedCall | Verdicts


@dataclass(frozen=True, slots=True)
class Run:
    """The run that records belong to: numbers of the run, the judge, and the briefings by SHA-256.

    `again` lets an item that is answered be answered once more (its provider had failed).
    """

    run_id: int
    judge_id: int
    briefings: Mapping[str, int]
    again: bool = False


class Keeper:
    """One writer for many calls at once; what waits together is committed together."""

    def __init__(self, desk: Desk, run: Run) -> None:
        self.desk, self.run = desk, run
        self._queue: asyncio.Queue[tuple[Record, asyncio.Future[None]]] = asyncio.Queue()
        self._writing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Keeper:
        self._writing = asyncio.create_task(self._write())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Whatever was handed over is written before this ends, also when the run was cut off."""
        if self._writing is not None:
            await self._queue.join()
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def keep(self, record: Record) -> None:
        """Returns when the record is durable; raises what kept it from being."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((record, done))
        await asyncio.shield(done)

    async def _write(self) -> None:
        while True:
            together = [await self._queue.get()]
            while len(together) < AT_ONCE and not self._queue.empty():
                together.append(self._queue.get_nowait())
            fault = await self._committed([record for record, _ in together])
            for _, done in together:
                if done.done():
                    pass
                elif fault is None:
                    done.set_result(None)
                else:
                    done.set_exception(fault)
                self._queue.task_done()

    async def _committed(self, records: Sequence[Record]) -> BaseException | None:
        """None, or what kept the records from being written: whoever waits for them is told."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._commit, records))
        await asyncio.wait([writing])
        return writing.exception()

    def _commit(self, records: Sequence[Record]) -> None:
        desk, run = self.desk, self.run
        with desk.store.writing() as session:
            for sha256, number in run.briefings.items():
                new = [one.call for one in records if isinstance(one, Kept) and one.briefing == sha256]
                calls.add(session, desk.study_id, run.run_id, number, new)
            failed = [one for one in records if isinstance(one, FailedCall)]
            calls.add_failed(session, desk.study_id, run.run_id, failed)
            items = [one for one in records if isinstance(one, tuple) and one]
            if not run.again:
                known = verdicts.answered(session, desk.study_id, run.judge_id, [i[0].item_id for i in items])
                items = [one for one in items if one[0].item_id not in known]
            verdicts.add(session, desk.study_id, run.judge_id, [verdict for one in items for verdict in one])
