"""A drawn row is the row of its number, in every kind of file, beyond what DuckDB reads at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calibration.large.database import Limits
from calibration.large.sampling import Drawn, Plan, drawn_rows

duckdb = pytest.importorskip("duckdb")
ROWS = 30_000


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_rows_keep_their_numbers_and_their_chances(tmp_path: Path, ending: str) -> None:
    lines = tmp_path / "all.jsonl"
    rows = ({"item_id": f"t{k}", "stratum": "ab"[k % 2]} for k in range(1, ROWS + 1))
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    file = tmp_path / f"all.{ending}"
    if ending != "jsonl":
        table = duckdb.read_json(str(lines))
        (table.write_csv if ending == "csv" else table.write_parquet)(str(file))
    strata, *drawn = drawn_rows(file, Plan(0.1, 5, "stratum"), Limits(memory="200MB", threads=2))
    assert isinstance(strata, tuple)
    assert [(one.name, one.rows, one.drawn) for one in strata] == [("a", 15_000, 1_500), ("b", 15_000, 1_500)]
    found = [one for one in drawn if isinstance(one, Drawn)]
    assert len(found) == 3_000
    assert all(one.fields["item_id"] == f"t{one.row}" and one.pi == 0.1 for one in found)
    assert [one.row for one in found] == sorted({one.row for one in found})
