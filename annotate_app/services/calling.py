"""Asking through the store: what was answered before is read, what is new is kept; refuses over budget."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from logging import WARNING
from typing import Any, Protocol, cast

from annotate_app import logs
from annotate_app.desk import Desk
from annotate_app.services.keeping import Keeper, Kept, Take
from annotate_app.services.turns import Turns
from annotate_app.store import calls, runners
from annotate_app.store.calls import CallRecord, FailedCall
from calibration.judges.briefing import Request
from calibration.judges.response import FATAL, Failure, FailureKind, Outcome, Response
from calibration.judges.retrying import Patience, answered
from calibration.judges.throttle import Throttle

LOOK_AGAIN = 0.1  # seconds until it is looked whether another run has its answer
IN_A_ROW = 20  # failures without an answer between them, beyond the calls under way: the provider is down


class Client(Protocol):
    """Who answers requests: a model's provider, or a program."""

    async def ask(self, body: Mapping[str, object]) -> Response:
        """The answer, or `CallFailed`."""
        ...

    def read(self, raw: Mapping[str, Any]) -> Response:
        """The answer in what was kept of one."""
        ...

    async def close(self) -> None: ...


class AskedElsewhere(Exception):
    """Another run is making the call, or has made it by now."""


class Stopped(Exception):
    """No more calls are made in this run: why is in the tally."""


@dataclass(slots=True)
class Tally:
    """What a run has done so far; dollars only of calls whose price is known, the others are counted."""

    items: int = 0
    already: int = 0
    done: int = 0
    failed_items: int = 0
    calls: int = 0
    failed: int = 0
    cached: int = 0
    attempts: int = 0
    paid_usd: float = 0.0
    unpriced: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    not_stored: int = 0
    elsewhere: int = 0
    in_a_row: int = 0
    verdicts: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)
    stopped: str | None = None
    broken: bool = False

    def answer(self, response: Response) -> None:
        """Count a call that was paid for."""
        self.in_a_row = 0
        self.attempts += response.attempts
        self.tokens_in += response.tokens_in or 0
        self.tokens_out += response.tokens_out or 0
        self.paid_usd += response.cost_usd or 0.0
        self.unpriced += response.cost_usd is None

    def failure(self, failed: Failure) -> None:
        self.failed += 1
        self.in_a_row += 1
        self.attempts += failed.attempts


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: most calls, most dollars, most failures in a row; `replay` makes no call at all."""

    calls: int | None = None
    usd: float | None = None
    failures_in_a_row: int = IN_A_ROW
    replay: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Asks requests of one run; every answer is durable before it is used.

    A call keeps its place until its answer is on the disk, so that a run that is killed loses as many answers
    as it makes calls at once, and no more.
    """

    desk: Desk
    client: Client
    keeper: Keeper
    throttle: Throttle
    patience: Patience
    limits: Limits
    tally: Tally
    redact: bool = False
    turns: Turns = field(default_factory=Turns)
    places: asyncio.Semaphore = field(default_factory=asyncio.Semaphore)  # calls made and not yet stored

    async def ask(self, request: Request) -> Outcome:
        """The stored answer, or a new one. Raises `Stopped` where the run may not make the call.

        Requests that are the same to the letter take turns: the first one's answer is the others' too.
        """
        key = request.key
        async with self.turns.of(key):
            while (outcome := await self._asked(request, key)) is None:
                await asyncio.sleep(LOOK_AGAIN)
            return outcome

    async def _asked(self, request: Request, key: str) -> Outcome | None:
        """None while another run is making this very call."""
        known = await asyncio.to_thread(self._find, key)
        if known is not None:
            self.tally.cached += 1
            return self._read(known)
        if self.limits.replay:
            return await asyncio.to_thread(self._failed_before, key)
        async with self.places:
            with suppress(AskedElsewhere):
                return await self._called(request, key)
        return None

    async def _called(self, request: Request, key: str) -> Outcome:
        call = _Call(self, request)
        outcome = await answered(call, throttle=self.throttle, patience=self.patience)
        if isinstance(outcome, Failure):
            return await self._given_up(request, key, outcome)
        record = self._record(request, key, outcome)
        await self.keeper.keep(Kept(request.briefing.sha256, record))
        self.tally.answer(outcome)
        logs.event(
            "judge.call",
            {
                "replicate": record.replicate, "attempts": record.attempts, "tokens_in": record.tokens_in,
                "tokens_out": record.tokens_out, "usd": record.cost_usd,
                "ms": round(1000 * record.latency_seconds, 1),
            },
        )  # fmt: skip
        return self._read(record)

    def _find(self, key: str) -> CallRecord | None:
        with self.desk.store.reading() as session:
            return calls.find(session, self.desk.study_id, [key]).get(key)

    def _failed_before(self, key: str) -> Failure:
        """In a replay, a call that was given up is given up again; one that was never made cannot be read."""
        with self.desk.store.reading() as session:
            failed = calls.last_failure(session, self.desk.study_id, key)
        if failed is None:
            self.tally.not_stored += 1
            raise Stopped
        return Failure(cast("FailureKind", failed.kind), failed.message, failed.attempts, failed.at)

    def may_call(self) -> None:
        """Raises `Stopped` where the run has ended or its budget is spent, as of now."""
        tally, limits = self.tally, self.limits
        if tally.stopped is None and limits.calls is not None and tally.calls >= limits.calls:
            tally.stopped = f"the budget of {limits.calls} calls is spent"
        if tally.stopped is None and limits.usd is not None and tally.paid_usd >= limits.usd:
            tally.stopped = f"the budget of ${limits.usd:g} is spent (${tally.paid_usd:.4f})"
        if tally.stopped is not None:
            raise Stopped

    async def begin(self, key: str) -> None:
        """Take the call, and count it; `Stopped`, or `AskedElsewhere` where it is another run's to make."""
        self.may_call()
        limits = self.limits
        taken = await self.keeper.take(Take(key, limits.calls, limits.usd))
        if taken == "spent":
            self.tally.stopped = self.tally.stopped or await asyncio.to_thread(self._spent_words)
            raise Stopped
        if taken == "elsewhere":
            raise AskedElsewhere
        self.tally.calls += 1

    def _spent_words(self) -> str:
        """Which budget is spent, and by whom where it was not this run alone."""
        with self.desk.store.reading() as session:
            spent = runners.spent(session, self.keeper.run.crew)
        calls, usd = self.limits.calls, self.limits.usd
        together = ", with the runs beside this one" if spent.calls > self.tally.calls else ""
        if calls is not None and spent.calls >= calls:
            return f"the budget of {calls} calls is spent{together}"
        return f"the budget of ${usd or 0:g} is spent (${spent.usd:.4f}){together}"

    async def _given_up(self, request: Request, key: str, failed: Failure) -> Failure:
        at = self.desk.now
        self._weigh(failed)
        logs.event("judge.call_failed", {"kind": failed.kind, "attempts": failed.attempts}, level=WARNING)
        await self.keeper.keep(
            FailedCall(key, request.item.item_id, failed.kind, failed.message, failed.attempts, at)
        )
        if failed.kind in FATAL:
            raise Stopped
        return replace(failed, at=at)

    def _weigh(self, failed: Failure) -> None:
        """Count a failure, and end the run, before any other call begins, where no call can succeed."""
        tally = self.tally
        tally.failure(failed)
        if tally.stopped is not None:
            return
        if failed.kind in FATAL:
            tally.stopped, tally.broken = failed.words, True
        elif tally.in_a_row >= self.limits.failures_in_a_row:
            tally.stopped = f"{tally.in_a_row} calls failed in a row; the last one: {failed.words}"
            tally.broken = True

    def _record(self, request: Request, key: str, response: Response) -> CallRecord:
        return CallRecord(
            key=key,
            item_id=request.item.item_id,
            replicate=request.replicate,
            request=json.dumps(self._kept_of(request), ensure_ascii=False),
            response=json.dumps(response.raw, ensure_ascii=False),
            reported_model=response.model,
            fingerprint=response.fingerprint,
            tokens_in=response.tokens_in,
            tokens_out=response.tokens_out,
            cost_usd=response.cost_usd,
            latency_seconds=round(response.latency_seconds, 6),
            attempts=response.attempts,
            at=self.desk.now,
        )

    def _kept_of(self, request: Request) -> dict[str, object]:
        """The item's message; with `redact` only what finds it again."""
        item, shown = request.item, {"swapped": request.swapped}
        if not self.redact:
            return {"message": request.message, **shown}
        return {
            "item_id": item.item_id,
            "item_sha256": item.sha256,
            "correlation_id": item.correlation_id,
            "input_id": item.input_id,
            **shown,
        }

    def _read(self, record: CallRecord) -> Response:
        """An answer as every run reads it, the one that paid for it too: so a replay gives the same bytes."""
        return replace(
            self.client.read(json.loads(record.response)),
            cost_usd=record.cost_usd,
            latency_seconds=record.latency_seconds,
            attempts=record.attempts,
            at=record.at,
        )


@dataclass(slots=True)
class _Call:
    """One request; whether it may be made is asked when its turn has come, not while it waits."""

    caller: Caller
    request: Request
    begun: bool = False

    async def __call__(self) -> Response:
        if not self.begun:
            await self.caller.begin(self.request.key)
            self.begun = True
        elif self.caller.tally.stopped is not None:
            raise Stopped
        return await self.caller.client.ask(self.request.body)
