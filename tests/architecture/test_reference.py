"""The reference pages are what the code says today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_is_up_to_date() -> None:
    run = subprocess.run(
        [sys.executable, "scripts/write_reference.py", "--check"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert run.returncode == 0, f"{run.stdout}{run.stderr}: run `make reference`"
