"""A free port of this machine's loopback."""

from __future__ import annotations

import socket

from benchmarks.people.line import HOST


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
