"""What is too much of a file is refused by name, quickly, and without being held."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.judges.checks.shares import ADDRESS
from calibration.readers import CannotRead, Reject, read_records
from calibration.readers.limits import Limits, limits
from calibration.readers.masking import _EMAIL
from rubrics.items import Item


def rejects(path: Path) -> list[str]:
    return [str(read.record) for read in read_records(path) if isinstance(read.record, Reject)]


def written(folder: Path, text: str, name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"item_id": "a", "output": "x" * 4_000_001}, "output: has 4,000,001 characters; at most 4,000,000"),
        (
            {"item_id": "a", "meta": {"deep": ["x" * 4_000_001]}},
            "meta: has a text of 4,000,001 characters in it",
        ),
        ({"item_id": "a"} | {f"c{k}": 1 for k in range(2_000)}, "has 2,001 fields; at most 2,000"),
    ],
)
def test_a_row_that_is_too_much_is_refused_and_the_next_is_read(
    tmp_path: Path, row: dict[str, object], reason: str
) -> None:
    path = written(tmp_path, json.dumps(row) + '\n{"item_id": "next", "output": "fine"}\n')
    found = list(read_records(path))
    assert reason in str(found[0].record)
    assert "CALIBRANT_MOST_" in str(found[0].record)
    assert isinstance(found[1].record, Item)


@pytest.mark.parametrize("depth", [65, 900, 5_000, 100_000])
@pytest.mark.parametrize("field", ["output", "meta", "unknown"])
def test_nesting_is_refused_at_any_depth(tmp_path: Path, depth: int, field: str) -> None:
    value = '{"a":' * depth + "1" + "}" * depth
    (said,) = rejects(written(tmp_path, f'{{"item_id": "a", "{field}": {value}}}\n'))
    assert "nested" in said or "recursion" in said


def test_nesting_in_a_cell_of_a_table_is_refused_too(tmp_path: Path) -> None:
    for depth in (65, 5_000):
        cell = '{""a"":' * depth + "1" + "}" * depth
        (said,) = rejects(written(tmp_path, f'item_id,meta\na,"{cell}"\n', "rows.csv"))
        assert "meta" in said


def test_a_table_of_a_hundred_thousand_columns_is_refused_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, ",".join(["item_id", *(f"c{k}" for k in range(100_000))]) + "\n", "rows.csv")
    began = time.process_time()
    with pytest.raises(CannotRead, match="names 100,001 columns; at most 2,000"):
        list(read_records(path))
    assert time.process_time() - began < 5  # counting each name in all names took 120 s


def test_a_cell_that_is_too_long_names_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIBRANT_MOST_FIELD_CHARACTERS", "1000")
    said = rejects(written(tmp_path, "item_id,output\na," + "x" * 1_001 + "\n", "rows.csv"))
    assert "has a longer cell; at most 1,000 are read (CALIBRANT_MOST_FIELD_CHARACTERS" in said[0]


def test_one_json_value_is_held_up_to_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIBRANT_MOST_JSON_MEGABYTES", "1")
    path = written(tmp_path, "[" + " " * 2**20 + "]", "rows.json")
    with pytest.raises(CannotRead, match=r"at most 1 are read.*JSON Lines"):
        list(read_records(path))


def test_a_limit_that_is_no_number_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIBRANT_MOST_DEPTH", "many")
    with pytest.raises(CannotRead, match="CALIBRANT_MOST_DEPTH='many': must be a whole number from 1"):
        list(read_records(written(tmp_path, '{"item_id": "a"}\n')))


def test_every_limit_can_be_set() -> None:
    assert limits({}) == Limits()
    given = {
        f"CALIBRANT_MOST_{name}": "7" for name in ("JSON_MEGABYTES", "FIELD_CHARACTERS", "COLUMNS", "DEPTH")
    }
    assert limits(given) == Limits(7, 7, 7, 7)


@pytest.mark.parametrize("pattern", [ADDRESS, _EMAIL])
def test_a_long_text_without_an_address_is_looked_through_in_a_moment(pattern: re.Pattern[str]) -> None:
    began = time.process_time()
    for text in (
        "a" * 200_000,
        "a." * 100_000,
        "a@" * 100_000,
        "1-" * 100_000,
        "a@b-" * 50_000,
        "https://" * 25_000,
    ):
        pattern.sub(" ", text)
    assert time.process_time() - began < 5  # looking on from every letter took 4 s for a tenth of it


@given(st.text(alphabet="ab.+-@_ ,é1", max_size=40))
def test_an_address_is_found_where_it_was_found_before(text: str) -> None:
    assert _EMAIL.findall(text) == re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", text)
