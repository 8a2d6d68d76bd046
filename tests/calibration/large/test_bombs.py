"""Files that are small and unpack to much: their footer is asked first, and packed text is not read."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from calibration.large.database import Database, Limits, database
from calibration.large.sources import missing_values, relation
from calibration.readers import CannotRead

ROWS = """
SELECT 'i' AS item_id, 'Ada' AS rater, 'tone' AS criterion,
  repeat('text', $length) || (CASE WHEN $length > 0 THEN range::VARCHAR ELSE '1' END) AS value
FROM range($rows)
"""


@pytest.fixture
def opened() -> Iterator[Database]:
    with database(Limits()) as found:
        yield found


def parquet(path: Path, rows: int, length: int = 0) -> Path:
    """Rows that are all the same, or whose values are texts of four times `length`, each another."""
    duckdb.connect().sql(ROWS, params={"rows": rows, "length": length}).write_parquet(str(path))
    return path


def test_a_parquet_file_of_a_few_bytes_a_row_is_refused_by_what_it_declares(
    opened: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = parquet(tmp_path / "bomb.parquet", 20_000_000)
    assert bomb.stat().st_size < 500_000
    monkeypatch.setenv("CALIBRANT_MOST_PARQUET_ROWS", "10000000")
    with pytest.raises(CannotRead, match=r"declares 20,000,000 rows; at most 10,000,000 are read"):
        relation(opened, [bomb], "rater")


def test_a_parquet_file_is_refused_by_its_unpacked_size(
    opened: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = parquet(tmp_path / "texts.parquet", 5_000, 250)
    monkeypatch.setenv("CALIBRANT_MOST_PARQUET_MEGABYTES", "1")
    with pytest.raises(CannotRead, match=r"unpacks to \d+ MB; at most 1 are read"):
        relation(opened, [file], "rater")


def test_a_file_that_is_fine_is_read(opened: Database, tmp_path: Path) -> None:
    assert len(opened.rows(relation(opened, [parquet(tmp_path / "fine.parquet", 10)], "rater"))) == 10


@pytest.mark.parametrize("name", ["rows.jsonl.gz", "rows.jsonl", "rows.csv"])
def test_packed_text_is_not_unpacked(opened: Database, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(gzip.compress(b'{"item_id": "i", "rater": "a", "criterion": "c", "value": 1}\n' * 1000))
    with pytest.raises(CannotRead):
        opened.rows(relation(opened, [file], "rater"))
    if query := missing_values([file]):
        with pytest.raises(CannotRead):
            opened.rows(query)


def test_a_footer_that_is_cut_or_forged_is_a_named_fault(opened: Database, tmp_path: Path) -> None:
    whole = parquet(tmp_path / "whole.parquet", 10).read_bytes()
    for content in (b"", b"PAR1", b"PAR1PAR1", whole[:-5], whole[:-8] + b"\xff\xff\xff\x7fPAR1"):
        file = tmp_path / "cut.parquet"
        file.write_bytes(content)
        with pytest.raises(CannotRead):
            relation(opened, [file], "rater")
