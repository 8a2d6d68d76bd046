"""The page of faults is made of what was counted, and says what was lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from benchmarks.blocks import block_of
from benchmarks.faults.running import Tally
from benchmarks.faults.tables import keep, write

PAGE = "# Faults\n\n<!-- generated: x -->\n\n<!-- end of generated -->\n"
TAB, KILL = "tab killed", "database killed"


def tally(engine: str, *, lost: int = 0) -> Tally:
    return Tally(
        engine, Counter({TAB: 3}), Counter({TAB: lost}), wrong=["x"] * lost, seeds=[5, 9], acknowledged=700,
        submissions=701, seconds=90.0, version="1", with_accounts=2, sign_ins=8,
        commands=Counter({"status": 4}), commands_failed=Counter({"status": 1}), health=Counter({200: 32}),
    )  # fmt: skip


def test_both_engines_stand_side_by_side_and_a_later_run_takes_the_place_of_an_earlier(
    tmp_path: Path,
) -> None:
    page, kept = tmp_path / "faults.md", tmp_path / "faults.json"
    page.write_text(PAGE)
    keep([tally("SQLite", lost=2)], kept)
    write(page, kept)
    assert "3 faults, 700 acknowledged operations: 2 lost, 0 stored twice" in block_of(page)
    assert f"| {TAB} | 3 | – | 2 | 0 |" in block_of(page)
    other = tally("PostgreSQL")
    other.times[KILL] = 4
    keep([tally("SQLite"), other], kept)
    write(page, kept)
    assert "10 faults, 1,400 acknowledged operations: 0 lost, 0 stored twice" in block_of(page)
    assert f"| {TAB} | 3 | 3 | 0 | 0 |" in block_of(page)
    assert f"| {KILL} | – | 4 | 0 | 0 |" in block_of(page)
    assert "| **all** | 3 | 7 | 0 | 0 |" in block_of(page)
    assert "4 of these faults befell raters who sign in with a password, 16 times in all" in block_of(page)
    assert "8 commands ended well beside the server, and health was asked 64 times" in block_of(page)
    assert "| `calibrant status` | 5 | 5 | 2 |" in block_of(page)
