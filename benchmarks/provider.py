"""A provider of models on this machine: speaks OpenAI's chat protocol over HTTP and answers by script.

`python -m benchmarks.provider --delay 0.5` serves until it is stopped or its time is over; refuses any other
address than the loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aiohttp import web

Body = dict[str, Any]
WORD = 4  # characters that count as one token


@dataclass(frozen=True)
class Reply:
    """What the provider does with one request.

    `text` is the message's content, or a tool's arguments where a tool was asked for. `error` with a status
    is an error instead; `drop` closes the connection without a word, `cut` in the middle of the answer.
    """

    text: str = "{}"
    status: int = 200
    error: str | None = None
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False
    cut: bool = False
    refusal: str | None = None
    finish: str = "stop"
    model: str = "some-model-2026-01-01"
    fingerprint: str | None = "fp_1"
    tokens: Sequence[tuple[str, float, dict[str, float]]] = ()


Script = Callable[[Body, int], Reply]


def following(body: Body, number: int) -> Reply:
    """A reply that follows the schema it was given, with the first allowed answer everywhere."""
    return Reply(json.dumps(answers(body)))


def schema_of(body: Body) -> Body:
    """The schema of the reply: from the response format or the tool."""
    if "response_format" in body:
        return body["response_format"]["json_schema"]["schema"]  # type: ignore[no-any-return]
    return body["tools"][0]["function"]["parameters"]  # type: ignore[no-any-return]


def answers(body: Body, chosen: dict[str, object] | None = None, **extra: object) -> Body:
    """Rationale and answer to every criterion of the schema: `chosen`, else the first that is allowed."""
    found = {}
    for name, part in schema_of(body)["properties"].items():
        answer = (chosen or {}).get(name, _first(part["properties"]["answer"]))
        found[name] = {"rationale": "As the item shows.", "answer": answer, **extra}
        if "confidence" in part["properties"]:
            found[name].setdefault("confidence", 0.75)
    return found


def _first(schema: Body) -> object:
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    return schema["enum"][0] if "enum" in schema else schema["minimum"]


def item_text(body: Body) -> str:
    """The last message: the item as the judge is shown it."""
    return str(body["messages"][-1]["content"])


@dataclass
class Provider:
    """The server, in a thread of its own; `requests` are the bodies it was sent, in order."""

    script: Script = following
    requests: list[Body] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    port: int = 0
    at_once: int = 0
    most_at_once: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Provider:
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._until_stopped(ready))
        self._loop.close()

    async def _until_stopped(self, ready: threading.Event) -> None:
        self._stop = asyncio.Event()
        runner = web.AppRunner(application(self), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One chat completion."""
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("authorization"))
        reply = self.script(body, len(self.requests))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(reply.delay)
        finally:
            self.at_once -= 1
        if reply.drop and request.transport is not None:
            request.transport.close()
        content = json.dumps(_error(reply) if reply.error else completion(body, reply)).encode()
        if reply.cut:
            return await _cut(request, content)
        return web.Response(
            body=content, status=reply.status, headers=reply.headers, content_type="application/json"
        )


def application(provider: Provider) -> web.Application:
    found = web.Application(client_max_size=64 * 2**20)
    found.router.add_post("/v1/chat/completions", provider.answer)
    return found


async def _cut(request: web.Request, content: bytes) -> web.StreamResponse:
    """Half of the answer, then the end of the connection."""
    response = web.StreamResponse(headers={"content-type": "application/json"})
    response.content_length = len(content)
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _error(reply: Reply) -> Body:
    return {"error": {"message": reply.error, "type": "error", "code": reply.code}}


def completion(body: Body, reply: Reply) -> Body:
    """The completion that a reply is, as OpenAI's protocol writes it."""
    message: Body = {"role": "assistant", "content": None if reply.refusal else reply.text}
    message["refusal"] = reply.refusal
    if "tools" in body and not reply.refusal:
        called = {"name": body["tools"][0]["function"]["name"], "arguments": reply.text}
        message |= {"content": None, "tool_calls": [{"id": "t1", "type": "function", "function": called}]}
    asked = sum(len(str(one["content"])) for one in body["messages"]) // WORD
    told = len(reply.text) // WORD
    choice = {"index": 0, "finish_reason": reply.finish, "message": message, "logprobs": _logprobs(reply)}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": reply.model,
        "system_fingerprint": reply.fingerprint, "choices": [choice],
        "usage": {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told},
    }  # fmt: skip


def _logprobs(reply: Reply) -> Body | None:
    if not reply.tokens:
        return None
    content = [
        {
            "token": token, "logprob": logprob, "bytes": None,
            "top_logprobs": [{"token": t, "logprob": p, "bytes": None} for t, p in instead.items()],
        }
        for token, logprob, instead in reply.tokens
    ]  # fmt: skip
    return {"content": content, "refusal": None}


def main() -> None:
    """Serve with one delay for all, and print the port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long to serve at most")
    args = parser.parse_args()
    with Provider(lambda body, _: Reply(json.dumps(answers(body)), delay=args.delay)) as provider:
        provider.requests = _Forgetful()
        provider.keys = _Forgetful()
        print(provider.port, flush=True)
        threading.Event().wait(args.seconds)


class _Forgetful(list[Any]):
    """A list that stays empty: a long measurement keeps no request."""

    def append(self, _: object) -> None:
        return


if __name__ == "__main__":
    main()
