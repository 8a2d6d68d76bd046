"""Times in files: kept where they sort as texts, else turned into UTC, else lost and told of."""

from __future__ import annotations

from pathlib import Path

import pytest
from exchanged import write_lines

from calibration.readers import Hints, How, read_records
from calibration.readers.foreign.formats import AUTO
from rubrics.answers import Label, Verdict

ANSWER = {"item_id": "i", "criterion": "ok", "value": "yes"}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026-11-20T21:12:39.835Z", "2026-11-20T21:12:39.835Z"),
        ("2026-11-20 21:12:39", "2026-11-20T21:12:39Z"),
        ("2026-11-20T01:00:00+02:00", "2026-11-19T23:00:00Z"),
        ("20261120", "2026-11-20T00:00:00Z"),
        (" ", None),
    ],
)
def test_a_time_is_kept_so_that_texts_sort_as_times(tmp_path: Path, written: str, kept: str | None) -> None:
    rows = [ANSWER | {"rater": "ann", "at": written}, ANSWER | {"judge": "j", "at": written}]
    for read in read_records(write_lines(tmp_path / "rows.jsonl", rows)):
        assert isinstance(read.record, Label | Verdict)
        assert (read.record.at, read.lost) == (kept, None)


@pytest.mark.parametrize(
    "written",
    ["20.11.2026", "yesterday", "1763673159", "0001-01-01T00:00:00+12:00", "2026-13-01", "٢٠٢٦-11-20"],
)
def test_an_answer_whose_time_cannot_be_read_is_taken_without_it_and_says_so(
    tmp_path: Path, written: str
) -> None:
    (read,) = read_records(write_lines(tmp_path / "rows.jsonl", [ANSWER | {"rater": "ann", "at": written}]))
    assert isinstance(read.record, Label) and read.record.at is None and read.record.value == "yes"
    assert read.lost is not None and read.lost.field == "at" and "is no time; write 20" in read.lost.reason


def test_another_tools_time_that_cannot_be_read_is_told_of_too(tmp_path: Path) -> None:
    rows = [{"id": "7", "output": "x", "human": "yes", "created_at": one} for one in ("20.11.2026", "")]
    found = list(read_records(write_lines(tmp_path / "t.jsonl", rows), How(AUTO, Hints(criterion="ok"))))
    told = [(read.line, read.lost.reason[:12]) for read in found if read.lost is not None]
    assert told == [(1, "'20.11.2026'")]
