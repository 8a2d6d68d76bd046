"""Where people reach this server: its names, its origin, whether through TLS; refuses other names."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import Scope

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
SCHEMES = {"ws": "http", "wss": "https"}


class UnusableAddress(ValueError):
    """A public address cannot be one: the message says why."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How this server is reached; by default from this machine alone.

    `public_url` is the address in the browser's bar; `proxies` whose word about the client's address is
    taken; with `login` nobody is let in without one, even where the study has no account yet.
    """

    public_url: str | None = None
    proxies: tuple[str, ...] = ()
    login: bool = False

    @property
    def secure(self) -> bool:
        """Whether browsers come through TLS, so that cookies may be sent through it alone."""
        return (self.public_url or "").startswith("https://")

    def knows(self, scope: Scope) -> bool:
        """Whether the Host header names this server (against DNS rebinding)."""
        name = host_name(scope)
        return name in LOOPBACK_NAMES or (self.public_url is not None and name == name_of(self.public_url))

    def is_ours(self, origin: str, scope: Scope) -> bool:
        """Whether a page of this origin is one of ours."""
        scheme = SCHEMES.get(scope["scheme"], scope["scheme"])
        if origin == self.public_url:
            return True
        local = self.public_url is None or host_name(scope) in LOOPBACK_NAMES
        return local and origin == f"{scheme}://{header(scope, b'host')}"


def origin(seen: str) -> str:
    """Where people reach this server: its public address, else that of a page as its browser shows it."""
    parts = urlsplit(seen)
    return current().public_url or f"{parts.scheme or 'http'}://{parts.netloc or 'localhost:8501'}"


def public(address: str) -> str:
    """A public address as its origin: scheme, name, and port where it is not the scheme's own."""
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise UnusableAddress(f"{address!r} is no address: write it as https://calibrant.example.org")
    if parts.path not in ("", "/"):
        raise UnusableAddress(f"{address!r}: a study is served at the top of a name, not below a path")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    own = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{name}" + (f":{parts.port}" if parts.port not in (None, own) else "")


def header(scope: Scope, name: bytes) -> str:
    """A header of a request; empty where it has none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def host_name(scope: Scope) -> str:
    """The name in the Host header, small, without its port."""
    return _bare(header(scope, b"host").lower())


def name_of(address: str) -> str:
    """The name in an address, small, without its port."""
    return _bare(urlsplit(address).netloc.lower())


def _bare(netloc: str) -> str:
    """Without its port; what is not digits is no port, and stays, so that the whole is no name of ours."""
    name, colon, port = netloc.rpartition(":")
    is_port = port == "" or (port.isascii() and port.isdecimal())
    return name if colon and is_port else netloc


_current = Reach()


def use(reach: Reach) -> None:
    """Say how this process is reached; the server does when it starts."""
    global _current  # noqa: PLW0603
    _current = reach


def current() -> Reach:
    return _current
