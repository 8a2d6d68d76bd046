"""Any program as a judge: an item as JSON on its standard input, answers on its standard output."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from calibration.judges.briefing import Briefing, Request
from calibration.judges.combining import Asked, Vote, opinion_of
from calibration.judges.judge import read_answer
from calibration.judges.model_judge import all_of
from calibration.judges.response import CallFailed, Failure, Outcome, Response
from calibration.judges.secrets import known_keys, without_keys, without_known
from calibration.judges.sharing import verdicts_of
from calibration.judges.spec import JudgeSpec, command_words
from rubrics.answers import Verdict, VerdictStatus
from rubrics.canonical import canonical_json
from rubrics.items import Item
from rubrics.rubric import Criterion, Rubric

LONGEST = 1_000_000  # bytes of an answer
ANSWER_FIELDS = ("answer", "confidence", "rationale")


@dataclass(frozen=True, slots=True)
class CommandClient:
    """Starts the program in `folder` once for each request and waits `timeout` seconds at most.

    `usd_per_call` is what study.toml says that a call costs; None: nobody has said.
    """

    folder: Path
    timeout: float
    usd_per_call: float | None = None

    async def ask(self, body: Mapping[str, Any]) -> Response:
        """What the program printed. Raises `CallFailed`."""
        given = body["messages"][-1]["content"].encode()
        try:
            process = await asyncio.create_subprocess_exec(
                *body["command"], cwd=self.folder, start_new_session=True, stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=_environment(),
            )  # fmt: skip
        except OSError as error:
            raise CallFailed("settings", f"cannot start {body['command'][0]!r}: {error.strerror}") from error
        try:
            out, told = await asyncio.wait_for(process.communicate(given), self.timeout)
        except TimeoutError:
            raise CallFailed("timeout", f"the program did not answer in {self.timeout:g} s") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        response = self._checked(process.returncode or 0, out, told)
        return replace(response, cost_usd=self.usd_per_call)

    @staticmethod
    def _checked(code: int, out: bytes, told: bytes) -> Response:
        if code:
            last = told.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise CallFailed("program", f"exit status {code}: {without_keys(last[0])[:300]}")
        if len(out) > LONGEST:
            raise CallFailed("program", f"it printed {len(out)} bytes; an answer has at most {LONGEST}")
        text = without_known(out.decode("utf-8", "replace"), known_keys())
        return Response(text=text, raw={"text": text})

    def read(self, raw: Mapping[str, Any]) -> Response:
        return Response(text=raw["text"], raw=raw)

    async def close(self) -> None:
        """Nothing is held between calls."""


def _environment() -> dict[str, str]:
    """The environment; `python` in a command line is the interpreter that runs us, activated or not."""
    own = str(Path(sys.executable).parent)
    return os.environ | {"PATH": os.pathsep.join([own, os.environ.get("PATH", os.defpath)])}


@dataclass(frozen=True, slots=True)
class CommandJudge:
    """A command line of study.toml; what it prints is a JSON object of answers by criterion.

    An answer stands alone, or in an object with `answer`, `confidence` and `rationale`. A judge with one
    criterion may print the answer itself.
    """

    name: str
    spec: JudgeSpec
    rubric: Rubric
    briefing: Briefing

    @classmethod
    def of(cls, name: str, spec: JudgeSpec, rubric: Rubric) -> CommandJudge:
        criteria = tuple(c.name for c in rubric.criteria if spec.answers(c.name))
        body: dict[str, object] = {
            "command": command_words(name, spec.requested),
            "parameters": _in_order(spec.parameters),
            "files": [spec.source_sha256, spec.prompt_sha256],  # another program's answers are not its own
            "messages": [],
        }
        return cls(name, spec, rubric.only(criteria), Briefing(criteria, body))

    @property
    def all_briefings(self) -> tuple[Briefing, ...]:
        return (self.briefing,)

    @property
    def calls_per_item(self) -> int:
        return self.spec.samples

    async def judge_item(
        self, item: Item, ask: Callable[[Request], Awaitable[Outcome]]
    ) -> tuple[Verdict, ...]:
        """The item's verdicts; samples are votes."""
        requests = [self.request(item, k) for k in range(self.spec.samples)]
        outcomes = await all_of([ask(one) for one in requests])
        asked = [Asked(False, k, outcome) for k, outcome in enumerate(outcomes)]
        votes: dict[str, list[Vote]] = {}
        for call in asked:
            for name, vote in self._votes(call).items():
                votes.setdefault(name, []).append(vote)
        sources = ("samples", "verbalised") if self.spec.samples > 1 else ("verbalised",)
        opinions = {n: opinion_of(given, self.rubric.criterion(n), sources) for n, given in votes.items()}
        base = Verdict(item.item_id, self.name, "", None, spec_hash=self.spec.spec_hash)
        return verdicts_of(opinions, asked, base=base, rubric=self.rubric)

    def request(self, item: Item, replicate: int = 0) -> Request:
        """The question about one item."""
        return Request(self.briefing, item, self._message(item), replicate=replicate)

    def _message(self, item: Item) -> str:
        """Item, criteria and parameters as the program reads them; nothing that a judge may not see."""
        hidden = ("system", "system_a", "system_b", "meta", "stratum", "cluster", "sensitive")
        shown = {k: v for k, v in asdict(item).items() if k not in hidden and v not in (None, ())}
        content = {
            "item": shown,
            "criteria": list(self.briefing.criteria),
            "parameters": _in_order(self.spec.parameters),
        }
        return json.dumps(content, ensure_ascii=False)

    def _votes(self, call: Asked) -> dict[str, Vote]:
        if isinstance(call.outcome, Failure):
            return self._all(call, "provider_error", call.outcome.words)
        text = (call.outcome.text or "").strip()
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = text
        if not isinstance(found, dict) and len(self.rubric.criteria) == 1:
            found = {self.rubric.criteria[0].name: found}
        if not isinstance(found, dict):
            return self._all(call, "parse_error", "it printed no JSON object of answers by criterion")
        return self._read(call, found)

    def _read(self, call: Asked, found: Mapping[str, Any]) -> dict[str, Vote]:
        unknown = [name for name in found if name not in self.briefing.criteria]
        if unknown:
            return self._all(call, "parse_error", f"it answered {unknown[0]!r}, which it was not asked")
        return {c.name: _vote(call, c, found[c.name]) for c in self.rubric.criteria if c.name in found}

    def _all(self, call: Asked, status: VerdictStatus, reason: str) -> dict[str, Vote]:
        names: Sequence[str] = self.briefing.criteria
        return {name: Vote(call.replicate, False, status, reason=reason) for name in names}


def _in_order(parameters: Mapping[str, object]) -> Mapping[str, object]:
    """Parameters in one order: what study.toml lists otherwise is the same judge, and the same request."""
    return cast("Mapping[str, object]", json.loads(canonical_json(parameters)))


def _vote(call: Asked, criterion: Criterion, given: object) -> Vote:
    part = given if isinstance(given, dict) else {"answer": given}
    unknown = [name for name in part if name not in ANSWER_FIELDS]
    confidence, fault = part.get("confidence"), _fault_of(part.get("confidence"))
    if unknown or fault:
        reason = f"unknown field {unknown[0]!r}" if unknown else fault
        return Vote(call.replicate, False, "parse_error", reason=reason, raw=json.dumps(given))
    read = read_answer(criterion, part.get("answer"))
    said = read.status in ("observed", "not_applicable")
    return Vote(
        call.replicate,
        False,
        read.status,
        read.value,
        verbalised=cast("float | None", confidence) if read.status == "observed" else None,
        rationale=None if part.get("rationale") is None else str(part["rationale"]),
        reason=None if said else f"it answered {read.raw or 'nothing'}",
        raw=read.raw,
    )


def _fault_of(confidence: object) -> str | None:
    number = isinstance(confidence, int | float) and not isinstance(confidence, bool)
    if confidence is None or (number and 0 <= confidence <= 1):  # type: ignore[operator]
        return None
    return f"confidence {confidence!r} is not a number from 0 to 1"
