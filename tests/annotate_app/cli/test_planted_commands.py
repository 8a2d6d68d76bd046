"""`calibrant planted add | list | retire`: what they print, and files that cannot be planted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.desk import Desk

LINE = {
    "item_id": "i0", "output": "text 0, says the mayor", "span": "says the mayor",
    "failure_mode": "invented_source", "expected": {"grounded": "no"}, "note": "easy",
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "errors.jsonl"
    path.write_text(json.dumps(LINE) + "\n", encoding="utf-8")
    return path


def run(desk: Desk, *arguments: str) -> int:
    return main(["planted", *arguments, "--study", str(desk.folder)])


def test_planted_errors_are_listed_with_what_finds_them_until_retired(
    desk: Desk, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(desk, "list") == 0
    assert "nothing is planted yet" in capsys.readouterr().out
    assert run(desk, "add", str(file), "--author", "Lea", "--json") == 0
    (new,) = json.loads(capsys.readouterr().out)["new"]
    assert (new["origin"], new["author"], new["spans"][0]["text"]) == ("i0", "Lea", "says the mayor")
    assert run(desk, "list") == 0
    out = capsys.readouterr().out
    assert f"{new['item_id']}: invented_source in a variant of i0, found by grounded = no" in out
    assert run(desk, "retire", new["item_id"], "--reason", "too easy") == 0
    capsys.readouterr()
    assert run(desk, "list", "--json") == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["retired"], listed["expected"]) == ("too easy", {"grounded": "no"})


def test_what_cannot_be_planted_or_retired_ends_with_1_and_says_why(
    desk: Desk, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("not json\n", encoding="utf-8")
    assert run(desk, "add", str(file)) == 1
    assert "errors.jsonl, line 1: no JSON object" in capsys.readouterr().err
    assert run(desk, "add", str(file.parent / "nowhere.jsonl")) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert run(desk, "retire", "i0", "--reason", "x") == 1
    assert "no planted item 'i0'" in capsys.readouterr().err
