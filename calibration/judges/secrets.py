"""Keeps keys out of study.toml, of messages and of the store; refuses parameters that carry one."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping

# How names of secrets end, with `-` as `_`: in parameters, their tables (headers), and the environment.
ENDINGS = (
    "apikey", "api_key", "access_key", "subscription_key", "private_key", "secret_key", "signing_key",
    "secret", "password", "passwd", "passphrase", "authorization", "credential", "credentials", "cookie",
    "access_token", "auth_token", "session_token", "bearer_token", "ad_token",
)  # fmt: skip
IN_ENVIRONMENT = (*ENDINGS, "_key", "_token")
CARRIES = re.compile(r"^(?:Bearer|Basic)\s+\S|://[^/\s@]+:[^/\s@]*@|^sk-[\w-]{8}", re.IGNORECASE)
LOOKS_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk)-[\w-]{8,}|\bBearer\s+[\w.~+/=-]{8,}", re.IGNORECASE)
SHORTEST = 8  # characters of a value that is looked for in messages


class BadParameter(ValueError):
    """A parameter that cannot be kept: which, and why."""


def plain_parameters(parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters, which are part of a judge's identity and are printed and stored, as they were given.

    Raises `BadParameter` for what JSON does not have (dates, NaN, infinity), and for a key or password by its
    name or its look, also inside tables and lists.
    """
    for place, value in _leaves(parameters, "parameters"):
        if place.rpartition(".")[2].lower().replace("-", "_").endswith(ENDINGS) and value is not None:
            raise BadParameter(f"{place}: keys never stand in a file; use the environment")
        if isinstance(value, str) and CARRIES.search(value):
            raise BadParameter(f"{place}: looks like a key; keys never stand in a file; use the environment")
        if isinstance(value, float) and not math.isfinite(value):
            raise BadParameter(f"{place}: {value} is no number that can be sent")
        if not isinstance(value, str | int | float | bool | None):
            raise BadParameter(
                f"{place}: a {type(value).__name__} cannot be sent; write it as text, in quotes"
            )
    return dict(parameters)


def _leaves(value: object, place: str) -> Iterator[tuple[str, object]]:
    """Every value that is no table and no list, with its place."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(part, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part, place)
    else:
        yield place, value


def without_keys(text: str) -> str:
    """A message of somebody else without the keys of our environment, which some repeat on refusal."""
    secrets = [
        (value, name)
        for name, value in os.environ.items()
        if len(value) >= SHORTEST and name.lower().endswith(IN_ENVIRONMENT)
    ]
    for value, name in sorted(secrets, key=lambda one: -len(one[0])):
        text = text.replace(value, f"<{name}>")
    return LOOKS_LIKE_A_KEY.sub("<key>", text)
