"""Random tokens for sessions, links and the command line; only their hash is ever kept."""

from __future__ import annotations

import hashlib
import secrets

PERSONAL = "calibrant_"


def new(prefix: str = "") -> str:
    """A token of 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token; it is random, so a fast hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
