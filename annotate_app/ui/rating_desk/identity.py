"""Who sends answers: a signed ticket from the page becomes a signed cookie; refuses names it did not sign."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer

from annotate_app.desk import Desk

KEY_VARIABLE = "CALIBRANT_SECRET_KEY"  # the same on every server of a study
FEWEST_BYTES = 32
KEY_FILE = ".calibrant-key"
TICKET_SECONDS = 12 * 3600
COOKIE_SECONDS = 30 * 24 * 3600


class UnusableKey(Exception):
    """The key that signs cookies cannot be used: the message says why."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs names for one study folder; `study` tells this folder from every other."""

    key: bytes

    @property
    def study(self) -> str:
        return hashlib.sha256(b"calibrant desk study:" + self.key).hexdigest()[:16]

    def ticket(self, rater: str) -> str:
        """What the page hands to its own script, to be turned into a cookie."""
        return self._serializer("ticket").dumps(rater)

    def cookie(self, rater: str) -> str:
        return self._serializer("cookie").dumps(rater)

    def cookie_name(self, rater: str) -> str:
        """One cookie per study and rater, so that two names in one browser do not take turns."""
        return f"calibrant-{hashlib.sha256(f'{self.study}:{rater}'.encode()).hexdigest()[:20]}"

    def of_ticket(self, text: str) -> str | None:
        """The name in a ticket; None when it is not ours or too old."""
        return self._name("ticket", text, TICKET_SECONDS)

    def of_cookie(self, text: str) -> str | None:
        """The name in a cookie; None when it is not ours or too old."""
        return self._name("cookie", text, COOKIE_SECONDS)

    def _name(self, purpose: str, text: str, seconds: int) -> str | None:
        try:
            name = self._serializer(purpose).loads(text, max_age=seconds)
        except BadSignature:
            return None
        return name if isinstance(name, str) else None

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.key, salt=f"calibrant desk {purpose}")


def signer_of(desk: Desk) -> Signer:
    """The signer of a study: of the key that servers share, else of the key file in its folder.

    From a shared key every study has its own, so that nothing signed for one study means anything in another.
    """
    shared = os.environ.get(KEY_VARIABLE)
    if not shared:
        return signer(desk.folder)
    section = desk.study_file.study
    return _derived(shared, section.key or section.name)


@cache
def _derived(shared: str, study: str) -> Signer:
    if len(shared.encode()) < FEWEST_BYTES:
        raise UnusableKey(
            f"{KEY_VARIABLE} has fewer than {FEWEST_BYTES} bytes: make one with "
            "`python -c 'import secrets; print(secrets.token_hex(32))'`"
        )
    return Signer(hmac.digest(shared.encode(), f"calibrant study:{study}".encode(), "sha256").hex().encode())


@cache
def signer(folder: Path) -> Signer:
    """The signer of a study folder; its key is made when it is first needed, readable by its owner alone."""
    path = folder / KEY_FILE
    key = _read(path) if path.exists() else _make(path)
    if len(key) < 32:
        raise UnusableKey(f"{path} is not a key of ours: delete it, and raters sign in anew")
    return Signer(key)


def _make(path: Path) -> bytes:
    """A new key, complete under its name or not there at all; another process's key wins if it was first."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return _read(path)


def _read(path: Path) -> bytes:
    return path.read_bytes().strip()
