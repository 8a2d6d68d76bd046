"""docs/databases.md: its commands are run in order in a study's folder, and end well."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.desk import Desk

PAGE = Path(__file__).parents[3] / "docs" / "databases.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


def test_the_commands_of_the_page_run_in_order(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder)
    monkeypatch.delenv("CALIBRANT_DB", raising=False)
    lines = [line for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")) for line in block.splitlines()]
    assert len(lines) == 6
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "calibrant"
        assert main(words[1:]) == 0, line
