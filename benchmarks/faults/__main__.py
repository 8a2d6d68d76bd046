"""`python -m benchmarks.faults`: faults on both engines, and the tables of docs/validity/faults.md.

CALIBRANT_FAULTS is how many in all (1,000), CALIBRANT_FAULTS_SEED where the seeds begin,
CALIBRANT_FAULTS_ENGINES which engines, `--write` rewrites the page. Exit code 2 when a label was lost,
doubled or changed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from benchmarks.faults import tables
from benchmarks.faults.running import Tally, plan, run

SEED = 20_261_128


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    engines = os.environ.get("CALIBRANT_FAULTS_ENGINES", ",".join(tables.ENGINES)).split(",")
    count = int(os.environ.get("CALIBRANT_FAULTS", "1000"))
    seed = int(os.environ.get("CALIBRANT_FAULTS_SEED", SEED))
    each = -(-count // len(engines))
    after = _written if "--write" in sys.argv else _nothing
    tallies = [asyncio.run(run(name, plan(name, each, seed), seed, after=after)) for name in engines]
    for tally in tallies:
        print(f"{tally.engine}: {tally.faults} faults, {tally.acknowledged} acknowledged, {tally.wrong}")
        print(f"  {tally.with_accounts} with accounts, {tally.sign_ins} sign-ins")
        print(f"  commands {dict(tally.commands)}, failed {dict(tally.commands_failed)}")
        print(f"  health by status {dict(tally.health)}")
    return 2 if any(tally.wrong for tally in tallies) else 0


def _written(tally: Tally) -> None:
    """The page has what was done so far: a run may be ended at any time."""
    tables.keep([tally])
    tables.write()


def _nothing(_tally: Tally) -> None:
    """Without `--write` the page stays as it is."""


if __name__ == "__main__":
    sys.exit(main())
