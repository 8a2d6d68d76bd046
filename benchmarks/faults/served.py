"""A server process as `calibrant serve` starts it, under a clock that can be moved from outside."""

from __future__ import annotations

import argparse
import os
import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from annotate_app import server
from annotate_app.desk import open_desk
from annotate_app.ui import host
from benchmarks.faults.watching import watch

SECONDS = struct.Struct("<d")


def shift(path: Path, seconds: float) -> None:
    """Move the clock of the servers that watch this file."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(SECONDS.pack(seconds))
    fresh.replace(path)


def shifted(path: Path, real: Callable[[], float]) -> float:
    """The present time as the file has it."""
    return real() + float(SECONDS.unpack(path.read_bytes())[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("clock", type=Path)
    args = parser.parse_args()
    watch(os.environ["CALIBRANT_DB"])
    now = partial(shifted, args.clock, time.time)
    time.time = now  # signatures of tickets and cookies read this one
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    host.open_desk = partial(open_desk, clock=lambda: zero + timedelta(seconds=now()))  # type: ignore[attr-defined]
    server.serve(args.study, port=args.port)


if __name__ == "__main__":
    main()
