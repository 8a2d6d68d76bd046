"""Passwords: which may be chosen, how they are kept (argon2id), whether one matches; never stores one."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

FEWEST_CHARACTERS = 12
MOST_BYTES = 1024
AT_ONCE = 4  # each needs 64 MiB while it runs

_hasher = PasswordHasher()
_running = threading.BoundedSemaphore(AT_ONCE)


class WeakPassword(ValueError):
    """The password may not be chosen: the message says why."""


def check(password: str, *, login: str) -> None:
    """Raises WeakPassword where the password is too short, too long, or the login itself."""
    text = _same_everywhere(password)
    if len(text) < FEWEST_CHARACTERS:
        raise WeakPassword(
            f"the password has {len(text)} characters: choose at least {FEWEST_CHARACTERS}; "
            "several words are easier to remember than signs"
        )
    if len(text.encode()) > MOST_BYTES:
        raise WeakPassword(f"the password is longer than {MOST_BYTES} bytes: choose a shorter one")
    if text.casefold() == login.casefold():
        raise WeakPassword("the password is the login: choose another")


def hashed(password: str) -> str:
    """The argon2id hash that is kept."""
    with _running:
        return _hasher.hash(_same_everywhere(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether the password has this hash; without a hash it takes as long to say no."""
    text = _same_everywhere(password)
    if len(text.encode()) > MOST_BYTES:
        text = ""  # no such password was ever kept, and none is worth hashing
    with _running:
        try:
            return _hasher.verify(kept or _nobodys(), text) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return _hasher.check_needs_rehash(kept)


def prepare() -> None:
    """Make what unknown logins are compared with, so that the first of them takes no longer than others."""
    _nobodys()


@cache
def _nobodys() -> str:
    """What a password is compared with when there is nobody it could belong to."""
    return _hasher.hash("nobody has this password")


def _same_everywhere(password: str) -> str:
    """The same characters from every keyboard: composed and decomposed letters are one (NFKC)."""
    return unicodedata.normalize("NFKC", password)
