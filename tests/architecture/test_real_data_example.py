"""The example on real labels runs from import to gate, and prints what its page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "examples" / "real_data" / "certify.sh"
PAGE = ROOT / "docs" / "real-data.md"


def run(folder: Path, data: str | None) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALIBRANT")}
    named = {} if data is None else {"CALIBRANT_REAL_DATA": data}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    environment = {**kept, **named, "PATH": path, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [str(SCRIPT), str(folder)], env=environment, capture_output=True, text=True, check=False
    )


def shown() -> list[str]:
    """The lines of the page's blocks of output."""
    blocks = re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def test_the_whole_way_from_real_labels_to_two_gates_is_what_the_page_shows(
    real_data: Path, tmp_path: Path
) -> None:
    ended = run(tmp_path / "studies", str(real_data))
    assert ended.returncode == 0, ended.stderr
    printed = ended.stdout.splitlines()
    assert not [line for line in shown() if line not in printed]
    # certify and gate of the second judge say no, and nothing else does
    assert ended.stdout.count("(exit code 2)") == 2
    assert "(exit code 1)" not in ended.stdout


@pytest.mark.parametrize("data", [None, "nowhere"])
def test_without_the_data_it_stops_and_is_no_success(tmp_path: Path, data: str | None) -> None:
    assert run(tmp_path / "studies", data and str(tmp_path / data)).returncode == 1
