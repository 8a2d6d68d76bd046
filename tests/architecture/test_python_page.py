"""The page for notebooks is one: its blocks run in order and print what it shows."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
BLOCKS = re.compile(r"^```python\n(.*?)^```\n(?:```text\n(.*?)^```)?", flags=re.DOTALL | re.MULTILINE)


def test_every_block_prints_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    found = BLOCKS.findall(PAGE.read_text(encoding="utf-8"))
    assert len(found) >= 5
    for code, shown in found:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102 (our own page)
        assert printed.getvalue() == shown, code
