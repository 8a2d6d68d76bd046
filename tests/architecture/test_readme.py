"""The README's excerpt is what the demo prints today, and its commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from annotate_app.cli import commands, main

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def comparable(line: str) -> str:
    """The learned judge's figures may differ in a digit from one machine to another; words may not."""
    return re.sub(r"[−\d.,\[\] ]+", " ", line).strip() if "baseline" in line else line.strip()


def test_the_excerpt_is_what_the_demo_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CALIBRANT_DB", raising=False)
    assert main(["demo", "--no-serve"]) == 0
    printed = {comparable(line) for line in capsys.readouterr().out.splitlines()}
    excerpt = re.search(r"```text\n(.*?)```", README, flags=re.DOTALL)
    assert excerpt is not None
    missing = [line for line in excerpt.group(1).splitlines() if comparable(line) not in printed]
    assert not missing


def test_every_command_that_it_names_exists() -> None:
    named = set(re.findall(r"calibrant ([a-z]+(?: [a-z]+)?)", README))
    known = set(commands())
    unknown = {name for name in named if name not in known and name.split()[0] not in known}
    assert not unknown


def test_everything_that_it_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]
