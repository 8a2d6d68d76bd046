"""A rater's tab without a browser: the page's outbox, sender and queue, statement by statement.

It follows outbox.js, wire.js and desk.js: operations go into the outbox first, are sent in their order and
leave it when they are acknowledged or refused; what is stored in the browser survives the tab.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from benchmarks.people.line import Answer, Line

AT_ONCE, LONGEST_WAIT, FIRST_WAIT = 20, 8.0, 0.3
REMEMBERED, MEETINGS = 500, 3  # as in wire.js
Operation = dict[str, Any]
_numbers = itertools.count()


@dataclass
class Browser:
    """What stays when a tab dies: local storage and cookies."""

    outbox: list[Operation] = field(default_factory=list)
    refused: list[tuple[Operation, Any]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)
    number: int = field(default_factory=lambda: next(_numbers))


@dataclass
class Record:
    """What the rater did, and what the page was told: kept outside of all that fails."""

    made: dict[str, Operation] = field(default_factory=dict)
    acknowledged: dict[str, Operation] = field(default_factory=dict)
    browsers: dict[str, int] = field(default_factory=dict)  # in which browser each was made
    shown: dict[str, str] = field(default_factory=dict)  # the words of the item that each answers
    made_at: dict[str, float] = field(default_factory=dict)
    acknowledged_after: list[float] = field(default_factory=list)  # seconds
    requests: list[tuple[str, float, int]] = field(default_factory=list)  # path, seconds, status
    taken: list[float] = field(default_factory=list)  # when requests began whose operations were taken
    said: list[str] = field(default_factory=list)  # errors that the page showed


def key_of(operation: Operation) -> str:
    """One name per operation: undoing has the id of what it undoes."""
    return f"{operation['kind']}:{operation['submission_id']}"


def id_of(operation: Operation) -> str:
    """Under which id the server stores it."""
    undone = "undo:" if operation["kind"] == "undo" else ""
    return f"{undone}{operation['submission_id']}"


@dataclass
class Tab:
    """One open page of a rater; `ticket` is what reloading the page gives, `slower` stretches waiting."""

    rater: str
    port: int
    browser: Browser
    record: Record
    ticket: Callable[[], Awaitable[str]]
    chance: random.Random
    answers: Callable[[random.Random], list[dict[str, Any]]]
    longest_wait: float = LONGEST_WAIT
    queue: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)
    remembered: list[Operation] = field(default_factory=list)
    insists: bool = False
    idle: bool = False  # sends what waits, and answers nothing more
    form: str | None = None
    ahead: int = 3
    process: str | None = None
    strange: bool = False
    sent_again: int = 0
    _meetings: int = 0
    _tries: int = 0

    def __post_init__(self) -> None:
        self.asking, self.sending = (
            Line(self.port, insists=self.insists),
            Line(self.port, insists=self.insists),
        )
        self.woken = asyncio.Event()

    # --- talking

    async def post(self, line: Line, path: str, message: object) -> Answer:
        headers = {
            "x-calibrant-rater": quote(self.rater, safe=""),
            "origin": f"http://{line.name}:{line.port}",
            "sec-fetch-site": "same-origin",
        }
        if self.browser.cookies:
            headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self.browser.cookies.items())
        begun = time.perf_counter()
        answer = await line.send("POST", f"/desk/{path}", message, headers)
        self.record.requests.append((path, time.perf_counter() - begun, answer.status))
        if path == "submissions" and answer.status == 200:
            self.record.taken.append(begun)
        for cookie in answer.cookies:
            name, _, value = cookie.partition("=")
            self.browser.cookies[name] = value
        return answer

    async def ask(self, line: Line, path: str, message: object) -> Answer:
        """The same, signing in where the cookie is missing or not taken any more."""
        found = await self.post(line, path, message)
        if found.status != 401:
            return found
        signed = await self.post(line, "sign-in", {"ticket": await self.ticket()})
        return found if signed.status != 200 else await self.post(line, path, message)

    async def fill(self) -> Answer:
        """Ask for the next items, as the page does when few are left."""
        held = [{"item_id": t["item_id"], "purpose": t["purpose"]} for t in self.queue]
        held += [
            {"item_id": o["item_id"], "purpose": o["purpose"]}
            for o in self.browser.outbox
            if o["kind"] == "submission"
        ]
        wanted = {"count": 3, "held": held, "rubric_sha256": self.form}
        found = await self.ask(self.asking, "items", wanted)
        if found.status != 200:
            self._hear(found)
            return found
        self.ahead = found.body["ahead"]
        self._meet(found.body["process"])
        if found.body["form"]:
            self.form = found.body["form"]["sha256"]
        known = {h["item_id"] for h in held}
        self.queue += [task for task in found.body["tasks"] if task["item_id"] not in known]
        return found

    def _hear(self, found: Answer) -> None:
        if isinstance(found.body, dict) and found.body.get("error"):
            self.record.said.append(str(found.body["error"]))

    # --- rating

    def put(self, operation: Operation, task: dict[str, Any] | None = None) -> None:
        """Into the outbox first; then the sender is woken."""
        self.record.made[key_of(operation)] = operation
        if task is not None:
            self.record.shown[key_of(operation)] = task["texts"]["output"]
        self.record.made_at[key_of(operation)] = time.perf_counter()
        self.record.browsers[key_of(operation)] = self.browser.number
        self.browser.outbox.append(operation)
        self.woken.set()

    def submit(self) -> Operation | None:
        """Answer the next item of the queue; None when there is none here."""
        if not self.queue:
            return None
        task = self.queue.pop(0)
        operation = self._submission(task)
        self.put(operation, task)
        self.history.append(task)
        self.stack.append(operation["submission_id"])
        return operation

    def change(self) -> Operation | None:
        """Answer an earlier item anew."""
        if not self.history:
            return None
        task = self.chance.choice(self.history[-8:])
        operation = self._submission(task, reason="changed by the rater")
        self.put(operation, task)
        self.stack.append(operation["submission_id"])
        return operation

    def undo(self) -> Operation | None:
        """Take the last answers back; their item comes again with the next ones."""
        if not self.stack:
            return None
        operation = {"kind": "undo", "submission_id": self.stack.pop()}
        self.put(operation)
        return operation

    def _submission(self, task: dict[str, Any], reason: str | None = None) -> Operation:
        number = uuid.UUID(int=self.chance.getrandbits(128), version=4)
        return {
            "kind": "submission",
            "submission_id": str(number),
            "item_id": task["item_id"],
            "purpose": task["purpose"],
            "wave": task["wave"],
            "rubric_sha256": self.form,
            "answers": self.answers(self.chance),
            "note": f"note {number}",
            "active_seconds": round(self.chance.uniform(1, 60), 1),
            "reason": reason,
            "seal": task["seal"],
        }

    # --- sending

    async def send_all(self) -> None:
        """The sender: for ever, until the tab is killed."""
        while True:
            if not self.browser.outbox and not self.strange:
                self.woken.clear()
                await self.woken.wait()
            if not await self._reacquainted() or (self.browser.outbox and not await self.send_some()):
                wait = min(self.longest_wait, FIRST_WAIT * 2**self._tries)
                self._tries = min(self._tries + 1, 10)
                await asyncio.sleep(wait * self.chance.uniform(0.75, 1.25))

    async def send_some(self) -> bool:
        """Send what waits, at most twenty at once; whether the server settled it."""
        together = self.browser.outbox[:AT_ONCE]
        process = self.process if self._meetings < MEETINGS else None
        message = {"rater": self.rater, "operations": together, "process": process}
        found = await self.ask(self.sending, "submissions", message)
        if found.status != 200:
            self._hear(found)
            return False
        self._tries = 0
        if "results" not in found.body:
            self.strange = True
            return True
        self._meetings = 0
        for operation, result in zip(together, found.body["results"], strict=True):
            self._settle(operation, result)
        return True

    def _meet(self, process: str) -> None:
        """Another process than before may have another database."""
        self.strange = self.process is not None and process != self.process
        if self.strange:
            self.woken.set()
        else:
            self.process = process

    async def _reacquainted(self) -> bool:
        """What was acknowledged and is not known any more goes first, in its order."""
        if not self.strange:
            return True
        self._meetings += 1
        found = await self.ask(self.sending, "known", {"ids": [id_of(one) for one in self.remembered]})
        if found.status != 200:
            self._hear(found)
            return False
        unknown = set(found.body["unknown"])
        again = [one for one in self.remembered if id_of(one) in unknown]
        self.remembered = [one for one in self.remembered if id_of(one) not in unknown]
        self.process, self.strange = found.body["process"], False
        self.browser.outbox[:0] = again
        self.sent_again += len(again)
        return True

    def _settle(self, operation: Operation, result: dict[str, Any]) -> None:
        if result["saved"]:
            if key_of(operation) not in self.record.acknowledged:
                waited = time.perf_counter() - self.record.made_at[key_of(operation)]
                self.record.acknowledged_after.append(waited)
            self.record.acknowledged[key_of(operation)] = operation
            if operation["kind"] == "submission" or "revision" in result:
                self.remembered = [*self.remembered, operation][-REMEMBERED:]
        elif operation["kind"] == "submission":
            self.browser.refused.append((operation, result["problems"]))
        self.browser.outbox[:] = [o for o in self.browser.outbox if key_of(o) != key_of(operation)]

    def drop(self) -> None:
        """The tab's process is gone: its connections with it."""
        self.asking.drop()
        self.sending.drop()
