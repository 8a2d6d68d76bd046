"""What came back of one call: an answer or a failure, as values that can be stored and read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

FailureKind = Literal[
    "timeout", "rate_limit", "server", "connection", "context_window", "refused_request", "content_filter",
    "account", "not_found", "settings", "program",
]  # fmt: skip
# No other call would fare better: a wrong key, an empty account, no such model, a setting it does not take.
FATAL: frozenset[FailureKind] = frozenset({"account", "not_found", "settings"})
PASSING: frozenset[FailureKind] = frozenset({"timeout", "rate_limit", "server", "connection"})


class CallFailed(Exception):
    """A call without an answer: kind, message, and how long the provider asks to wait (seconds)."""

    def __init__(self, kind: FailureKind, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind, self.message, self.retry_after = kind, message, retry_after

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed later."""
        return self.kind in PASSING


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a reply with the probabilities (natural logarithms) of what might have stood there."""

    text: str
    logprob: float
    instead: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: its text (or the model's refusal), who gave it, what it cost, and the whole as JSON."""

    text: str | None
    raw: Mapping[str, Any]
    refusal: str | None = None
    finish: str | None = None
    tokens: tuple[Token, ...] = ()
    model: str | None = None
    fingerprint: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    latency_seconds: float = 0.0
    attempts: int = 1
    at: str | None = None

    @property
    def observed(self) -> str | None:
        """Who answered, as the provider says: its model, and its fingerprint where it has one."""
        if self.model is None:
            return None
        return f"{self.model} {self.fingerprint}" if self.fingerprint else self.model


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that was given up."""

    kind: FailureKind
    message: str
    attempts: int = 1
    at: str | None = None

    @property
    def words(self) -> str:
        return f"{self.kind.replace('_', ' ')}: {self.message}"


Outcome = Response | Failure


def read_completion(raw: Mapping[str, Any]) -> Response:
    """The answer in a chat completion (OpenAI's form, which litellm gives for every provider).

    Text is the message's content, or the arguments of the first tool call.
    """
    choice = _first(raw.get("choices"))
    message = choice.get("message") or {}
    called = _first(message.get("tool_calls")).get("function") or {}
    usage = raw.get("usage") or {}
    return Response(
        text=called.get("arguments") or message.get("content"),
        raw=raw,
        refusal=message.get("refusal") or (message.get("provider_specific_fields") or {}).get("refusal"),
        finish=choice.get("finish_reason"),
        tokens=() if called else _tokens((choice.get("logprobs") or {}).get("content") or ()),
        model=raw.get("model"),
        fingerprint=raw.get("system_fingerprint"),
        tokens_in=usage.get("prompt_tokens"),
        tokens_out=usage.get("completion_tokens"),
    )


def _first(parts: Sequence[Any] | None) -> Mapping[str, Any]:
    return parts[0] if parts else {}


def _tokens(content: Sequence[Mapping[str, Any]]) -> tuple[Token, ...]:
    return tuple(
        Token(
            part["token"],
            part["logprob"],
            tuple((other["token"], other["logprob"]) for other in part.get("top_logprobs") or ()),
        )
        for part in content
    )
