"""An operator's command beside a running server, watched for openings of the live database's file."""

from __future__ import annotations

import os

from annotate_app.cli import entry
from benchmarks.faults.watching import watch

if __name__ == "__main__":
    watch(os.environ["CALIBRANT_DB"])
    raise SystemExit(entry())
