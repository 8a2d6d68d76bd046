"""`python -m benchmarks.load`: raters at a human pace on one server and on two, then steps until it is full.

CALIBRANT_LOAD_SECONDS (600) and CALIBRANT_LOAD_RATERS (100) are those of the long measurements; each step
takes a tenth of the time. CALIBRANT_LOAD_ENGINES leaves one out; with CALIBRANT_LOAD_ACCOUNTS=0 nobody signs
in. `--write` rewrites docs/load.md. Exit code
2 when an acknowledged label is not stored once, as it was sent.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys

from benchmarks.blocks import DOCS, fill
from benchmarks.load import tables
from benchmarks.load.running import measure

HOUSES = {"SQLite": 1, "PostgreSQL": 2}  # app servers over each
GROWTH = (1, 2, 4, 8, 16)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    seconds = float(os.environ.get("CALIBRANT_LOAD_SECONDS", "600"))
    raters = int(os.environ.get("CALIBRANT_LOAD_RATERS", "100"))
    accounts = os.environ.get("CALIBRANT_LOAD_ACCOUNTS", "1") == "1"
    engines = os.environ.get("CALIBRANT_LOAD_ENGINES", ",".join(HOUSES)).split(",")
    _many_connections()
    busy = os.getloadavg()[0]
    long = [
        asyncio.run(measure(name, HOUSES[name], [raters], seconds, accounts=accounts))[0] for name in engines
    ]
    grown = [raters * times for times in GROWTH]
    steps = [
        asyncio.run(measure(name, HOUSES[name], grown, seconds / 10, accounts=accounts)) for name in engines
    ]
    found = tables.block(long, steps, busy=busy)
    if "--write" in sys.argv:
        fill(DOCS / "load.md", found)
    print(found)
    return 2 if any(one.wrong for run in (long, *steps) for one in run) else 0


def _many_connections() -> None:
    """Every rater has three; the servers inherit the limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())
