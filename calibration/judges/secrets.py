"""Keeps keys out of study.toml, of messages and of the store; refuses parameters that carry one."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

# How names of secrets end, with `-` as `_`: in parameters, their tables (headers), and the environment.
ENDINGS = (
    "apikey", "api_key", "access_key", "subscription_key", "private_key", "secret_key", "signing_key",
    "secret", "password", "passwd", "passphrase", "authorization", "credential", "credentials", "cookie",
    "access_token", "auth_token", "session_token", "bearer_token", "ad_token",
)  # fmt: skip
IN_ENVIRONMENT = (*ENDINGS, "_key", "_token")
CARRIES = re.compile(r"^(?:Bearer|Basic)\s+\S|://[^/\s@]+:[^/\s@]*@|^sk-[\w-]{8}", re.IGNORECASE)
LOOKS_LIKE_A_KEY = re.compile(
    r"\b(?:sk|pk|rk|xai|gsk|hf|ghp|gho|glpat|xox[abp])[-_][\w-]{8,}|\bAIza[\w-]{20,}|\bAKIA[0-9A-Z]{12,}"
    r"|\bBearer\s+[\w.~+/=-]{8,}|\bAuthorization\W{1,4}Basic\s+[\w+/=-]+|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+",
    re.IGNORECASE,
)
# A part of an address or a setting that is a password, whatever it looks like.
PASSWORDS = re.compile(
    r"(?P<before>://[^/\s:@\"']*:|[?&](?:api[-_]?key|key|token|access_token|password)=|\bpassword=)"
    r"(?P<secret>[^@/\s&\"']+)(?P<after>@?)",
    re.IGNORECASE,
)
IN_ADDRESS = re.compile(r"(?<=:)[^/\s:@]+(?=@)|(?<=[?&]password=)[^&\s]+")
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


def says_a_key(text: str) -> bool:
    """Whether a text that is printed and stored holds a key of the environment, or what looks like one."""
    return LOOKS_LIKE_A_KEY.search(text) is not None or without_known(text, certain(known_keys())) != text


def certain(known: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Those that are no ordinary word: SECRET_KEY=development must not change what is printed."""
    return tuple((value, name) for value, name in known if not value.isalpha() or len(value) >= 20)


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
    """A message without the keys and passwords of our environment, and without what looks like one."""
    return PASSWORDS.sub(_hidden, LOOKS_LIKE_A_KEY.sub("<key>", without_known(text, known_keys())))


def without_known(text: str, known: Sequence[tuple[str, str]]) -> str:
    """A text that may say anything else, without the keys that `known_keys` gave."""
    for value, name in known:
        text = text.replace(value, f"<{name}>")
    return text


def all_without_known(content: Any, known: Sequence[tuple[str, str]]) -> Any:
    """The same for every text in lists and objects."""
    if isinstance(content, str):
        return without_known(content, known)
    if isinstance(content, list):
        return [all_without_known(one, known) for one in content]
    if isinstance(content, dict):
        return {name: all_without_known(one, known) for name, one in content.items()}
    return content


def known_keys(environment: Mapping[str, str] = os.environ) -> tuple[tuple[str, str], ...]:
    """The keys in the environment with their names, and passwords in its addresses; the longest first."""
    found = {
        value: name
        for name, value in environment.items()
        if len(value) >= SHORTEST and name.lower().endswith(IN_ENVIRONMENT)
    }
    for name, value in environment.items():
        for password in IN_ADDRESS.findall(value):
            found |= {one: name for one in (password, unquote(password)) if len(one) >= SHORTEST}
    return tuple(sorted(found.items(), key=lambda one: -len(one[0])))


def _hidden(found: re.Match[str]) -> str:
    """A password that is marked by where it stands; in an address only before the host's @."""
    address = found["before"].startswith("://")
    if (address and not found["after"]) or found["secret"].startswith("<"):
        return found[0]
    return f"{found['before']}<password>{found['after']}"
