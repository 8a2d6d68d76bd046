"""Asks a model through litellm, and nothing else does; no retries, caches or downloads of litellm's own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

from calibration.judges.faults import BadJudge
from calibration.judges.response import CallFailed, FailureKind, Response, read_completion
from calibration.judges.secrets import all_without_known, known_keys, without_keys

# Read by litellm when it is imported: each would fetch a list of prices or settings from the network.
OFFLINE = (
    "LITELLM_LOCAL_MODEL_COST_MAP", "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS", "LITELLM_LOCAL_BLOG_POSTS",
    "LITELLM_LOCAL_AUTOROUTER_PRESETS", "LITELLM_LOCAL_POLICY_TEMPLATES",
)  # fmt: skip
# Tries are ours; and a tool is ours, not a server's, for which litellm would want a package that it lacks.
OURS = {"num_retries": 0, "max_retries": 0, "_skip_mcp_handler": True}
PREFIXES = re.compile(r"^(?:(?:litellm\.)?\w+(?:Error|Exception|Timeout)(?:: | - ))+")
QUOTA = ("insufficient_quota", "billing", "exceeded your current quota")
NEEDS = {"schema": "response_format", "tool": "tools"}


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per token in and out."""

    per_token_in: float
    per_token_out: float

    def of(self, tokens_in: float, tokens_out: float) -> float:
        """Dollars for so many tokens."""
        return tokens_in * self.per_token_in + tokens_out * self.per_token_out


def load() -> Any:
    """litellm, imported without a connection; it takes seconds, so only who asks a model calls this."""
    for name in OFFLINE:
        os.environ.setdefault(name, "True")
    with _uncollected():
        import litellm

    litellm.suppress_debug_info = True
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    return litellm


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector: what an import makes stays, and looking through it takes long."""
    if "litellm" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


@dataclass(frozen=True, slots=True)
class LitellmClient:
    """One model behind litellm: `timeout` in seconds for a call, `price` where the price list is not used.

    `window` is the most tokens of a request; None leaves the judgement to the provider.
    """

    model: str
    timeout: float
    price: Price | None = None
    window: int | None = None

    async def ask(self, body: Mapping[str, object]) -> Response:
        """The answer to one request. Raises `CallFailed`."""
        litellm = load()
        self._refuse_too_long(body)
        try:
            found = await litellm.acompletion(**body, **OURS, timeout=self.timeout)
        except litellm.exceptions.ContextWindowExceededError as error:
            raise CallFailed("context_window", _words(error)) from error
        except litellm.exceptions.UnsupportedParamsError as error:
            raise CallFailed("settings", _words(error)) from error
        except litellm.exceptions.openai.OpenAIError as error:  # what all of litellm's own descend from
            raise CallFailed(_kind(error), _words(error), _retry_after(error)) from error
        response = read_completion(all_without_known(found.model_dump(mode="json"), known_keys()))
        return replace(response, cost_usd=self._cost(response, found._hidden_params.get("response_cost")))

    def read(self, raw: Mapping[str, Any]) -> Response:
        """The answer in a stored completion."""
        return read_completion(raw)

    def _refuse_too_long(self, body: Mapping[str, Any]) -> None:
        """A request that cannot fit is not sent. A token has at least a byte, so most need no count."""
        if self.window is None or len(str(body["messages"]).encode()) <= self.window:
            return
        if (tokens := count_tokens(self.model, body)) > self.window:
            raise CallFailed(
                "context_window", f"the request has about {tokens} tokens, the model takes {self.window}"
            )

    def _cost(self, response: Response, listed: float | None) -> float | None:
        """Dollars by the declared price, else as litellm's list has it; None where neither knows."""
        if self.price is None:
            return listed
        if response.tokens_in is None or response.tokens_out is None:
            return None
        return self.price.of(response.tokens_in, response.tokens_out)

    async def close(self) -> None:
        """Give the connections back."""
        await load().close_litellm_async_clients()
        await asyncio.sleep(0)  # transports say goodbye on the next turn of the loop


def check_model(model: str, *, name: str, reply: str, logprobs: bool, elsewhere: bool) -> None:
    """BadJudge when the model cannot be asked so: unknown provider, missing key, no such form of reply.

    `elsewhere` tells that study.toml names the server, so that its address need not be in the environment.
    """
    litellm, where = load(), f"study.toml, [judges.{name}]"
    try:
        litellm.get_llm_provider(model)
    except litellm.exceptions.BadRequestError as error:
        raise BadJudge(
            f"{where} model = {model!r}: no such provider; write provider/model, as openai/gpt-4o-mini"
        ) from error
    missing = [key for key in litellm.validate_environment(model)["missing_keys"] if _needed(key, elsewhere)]
    if missing:
        raise BadJudge(f"{where}: set {' and '.join(missing)} in the environment; keys never stand in files")
    known = litellm.get_supported_openai_params(model=model) or []
    if (needed := NEEDS.get(reply)) and needed not in known:
        raise BadJudge(
            f"{where} reply = {reply!r}: {model} does not take {needed}; try another form of reply"
        )
    if logprobs and "logprobs" not in known:
        raise BadJudge(f"{where} confidence: {model} gives no token probabilities; leave out 'logprobs'")


def _needed(key: str, elsewhere: bool) -> bool:
    return not (elsewhere and key.endswith(("_BASE", "_URL", "_HOST")))


def list_price(model: str) -> Price | None:
    """What litellm's list says; None for a model that is not on it."""
    info = _info(model)
    if info is None or info.get("input_cost_per_token") is None:
        return None
    return Price(info["input_cost_per_token"], info.get("output_cost_per_token") or 0.0)


def context_window(model: str) -> int | None:
    """The most tokens that litellm's list allows in a request; None for a model that is not on it."""
    return (_info(model) or {}).get("max_input_tokens")


def _info(model: str) -> Mapping[str, Any] | None:
    litellm = load()
    try:
        return litellm.get_model_info(model)  # type: ignore[no-any-return]
    except (litellm.exceptions.ModelNotMappedError, litellm.exceptions.BadRequestError):  # not on the list
        return None


def count_tokens(model: str, body: Mapping[str, Any]) -> int:
    """How many tokens messages, tools and schema are, by the model's tokenizer or one like it."""
    litellm = load()
    told = int(litellm.token_counter(model=model, messages=body["messages"], tools=body.get("tools")))
    schema = body.get("response_format")
    return told + (int(litellm.token_counter(model=model, text=json.dumps(schema))) if schema else 0)


def _kind(error: Any) -> FailureKind:
    status, words = getattr(error, "status_code", None), str(error).lower()
    if "content_filter" in words or type(error).__name__ == "ContentPolicyViolationError":
        return "content_filter"
    if status == 429:
        return "account" if any(word in words for word in QUOTA) else "rate_limit"
    if type(error).__name__ in ("Timeout", "APITimeoutError") or status in (408, 504):
        return "timeout"
    if type(error).__name__ == "APIConnectionError":
        return "connection"
    named: dict[int, FailureKind] = {401: "account", 402: "account", 403: "account", 404: "not_found"}
    if status in named:
        return named[status]
    return "refused_request" if status is not None and 400 <= status < 500 else "server"


def _words(error: Exception) -> str:
    """One line of the message, without the client's own prefixes and without a key that it repeats."""
    return without_keys(PREFIXES.sub("", " ".join(str(error).split())))[:500]


def _retry_after(error: Any) -> float | None:
    """Seconds that the provider asks to wait: a number, or a date."""
    headers = getattr(error, "litellm_response_headers", None) or {}
    given = headers.get("retry-after")
    if not given:
        return None
    try:
        return max(0.0, float(given))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(given).timestamp() - time())
    except ValueError:
        return None
