"""A free port of this machine's loopback, for a server that is started, killed and started again."""

from __future__ import annotations

import contextlib
import secrets
import socket

from benchmarks.people.line import HOST

# Linux takes clients' ports from 32768 on; what runs beside chooses from these too, hence so many.
PORTS = range(10_000, 32_000)


def free_port() -> int:
    """A port that nobody has, and that no connection gets while a server is away: below those of clients."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
