"""Plain labels read many at a time are the rows that reading one by one gives, faults and lines included."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.readers import (
    CannotRead,
    How,
    Mapping,
    Plain,
    Read,
    jsonl,
    plain,
    read_parts,
    read_records,
)  # fmt: skip
from calibration.readers.foreign.formats import AUTO

LABEL = {"item_id": "i1", "rater": "ada", "criterion": "ok", "value": "yes"}


def one_by_one(file: Path, how: How) -> Iterator[Read]:
    for part in read_parts(file, how):
        if isinstance(part, Plain):
            yield from map(part.read, range(len(part.rows)))
        else:
            yield part


def a_line() -> st.SearchStrategy[bytes]:
    names = st.sampled_from(["i1", "i2", "", " ", "a\u202eb", "x" * 50])
    values = st.one_of(
        st.sampled_from(["yes", "no", "", None, True, 1, 1.5, 10**30, [1], {"a": 1}]), st.text()
    )
    whole = st.fixed_dictionaries(
        {"item_id": names, "rater": st.sampled_from(["ada", ""]), "criterion": st.just("ok"),
         "value": values},
        optional={"at": st.sampled_from(["2026-01-01", "2026-01-01 09:00", "x", 7, None]),
                  "rationale": st.text(max_size=3), "judge": st.just("j"),
                  "pi": st.sampled_from([0.5, 1, 0, 2, True, "x", None])},
    )  # fmt: skip
    odd = [b"", b"  ", b"{", b"[]", b"null", b'{"item_id": "i1"}', b'{"value": NaN}', b"\xff", jsonl.BOM,
           json.dumps(LABEL).encode() * 2, b'{"item_id":"i","rater":"r","criterion":"c","value":1e999}',
           b'{"item_id":"i","rater":"r","criterion":"c","value":"\\ud800"}']  # fmt: skip
    often = st.just(LABEL).map(lambda row: json.dumps(row).encode())
    return st.one_of(often, often, whole.map(lambda row: json.dumps(row).encode()), st.sampled_from(odd))


@given(
    lines=st.lists(a_line(), max_size=12), ends=st.sampled_from([b"\n", b"\r\n"]), last=st.booleans(),
    most=st.sampled_from([60, 1 << 20]), begins=st.booleans(),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_reading_together_is_reading_one_by_one(
    lines: list[bytes], ends: bytes, last: bool, most: int, begins: bool
) -> None:
    whole = ([json.dumps(LABEL).encode()] if begins else []) + lines
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "BLOCK", most)
        file = Path(place) / "labels.jsonl"
        file.write_bytes(ends.join(whole) + (ends if last else b""))
        for how in (How(), How(AUTO)):
            try:
                expected: list[Read] | str = list(read_records(file, how))
            except CannotRead as fault:
                expected = str(fault)
            try:
                found: list[Read] | str = list(one_by_one(file, how))
            except CannotRead as fault:
                found = str(fault)
            assert found == expected


def test_plain_lines_do_come_together(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text((json.dumps(LABEL) + "\n") * 7 + '{"item_id": "i1", "output": "x"}\n', encoding="utf-8")
    assert all(isinstance(part, Read) for part in read_parts(file))  # one block, and not all of it is plain
    file.write_text((json.dumps(LABEL) + "\n") * 7, encoding="utf-8")
    (only,) = read_parts(file)
    assert isinstance(only, Plain) and (only.first, len(only.rows)) == (1, 7)


HEADERS = (
    ("item_id", "rater", "criterion", "value"), ("item_id", "rater", "criterion", "value", "at", "pi"),
    ("item_id", "rater", "criterion", "value", "rationale", "judge"),
    ("item_id", "criterion", "value", "note"),
)  # fmt: skip
CELLS = {
    "item_id": ["i1", "i1", "i2", "", "a\u202eb"], "rater": ["ada", "ada", "bo", ""], "criterion": ["ok"],
    "value": ["yes", "yes", "no", "1", "", "a\nb"], "pi": ["", "0.5", "1", "0", "nan", "x"],
    "judge": ["", "", "j"], "note": ["", "n"],
    "at": ["", "2026-01-01", "2026-01-01 09:00", "x"], "rationale": ["", "so", "\ufffd\n\n"],
}  # fmt: skip


@given(data=st.data(), header=st.sampled_from(HEADERS), few=st.integers(1, 3), blank=st.booleans())
@settings(max_examples=80, deadline=None)
def test_a_table_read_together_is_the_table_read_row_by_row(
    data: st.DataObject, header: tuple[str, ...], few: int, blank: bool
) -> None:
    row = st.tuples(*(st.sampled_from(CELLS[name]) for name in header))
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "FEW", few)
        patch.setattr(plain, "MOST_TOGETHER", 4)
        file = Path(place) / "labels.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out)
            table.writerow(header)
            for cells in data.draw(st.lists(row, max_size=12)):
                table.writerow(cells)
                out.write("\n" * blank)
        for how in (How(), How(AUTO), How(mapping=Mapping(values={"ok": {"yes": "no"}}))):
            assert list(one_by_one(file, how)) == list(read_records(file, how))


def test_the_labels_of_a_table_do_come_together(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("item_id,rater,criterion,value,pi\n" + "i1,ada,ok,yes,0.5\n" * 101, encoding="utf-8")
    (only,) = read_parts(file)
    assert isinstance(only, Plain) and (only.first, len(only.rows), only.rows[0].pi) == (2, 101, 0.5)


def test_as_many_objects_as_lines_are_no_plain_labels_where_they_stand_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    one = json.dumps(LABEL)
    for text in (
        f"{one}{one}\n{one[:19]}\n{one[19:]}",
        f"{one}\r{one}\n\n{one}",
        f" {one}{one}\n{one[:1]}\n{one[1:]}",
    ):
        file.write_text(f"{one}\n{text}\n", encoding="utf-8", newline="")
        assert list(one_by_one(file, How())) == list(read_records(file))
        assert "reject" in [part.kind for part in one_by_one(file, How())]


def test_a_line_beyond_the_limit_is_refused_without_being_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calibration.readers.jsonl.LONGEST_LINE", 200)
    monkeypatch.setattr(plain, "BLOCK", 100)
    file = tmp_path / "labels.jsonl"
    long = json.dumps({**LABEL, "rationale": "x" * 1000})
    file.write_text(f"{json.dumps(LABEL)}\n{long}\n{json.dumps(LABEL)}\n", encoding="utf-8")
    assert list(one_by_one(file, How())) == list(read_records(file))
    assert [part.kind for part in one_by_one(file, How())] == ["label", "reject", "label"]


def test_pipes_other_formats_and_folders_are_read_as_ever(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="is a folder"):
        list(read_parts(tmp_path))
    with pytest.raises(CannotRead, match="there is no such file"):
        list(read_parts(tmp_path / "none.jsonl"))
    table = tmp_path / "labels.csv"
    table.write_text("item_id,rater,criterion,value\ni1,ada,ok,yes\n", encoding="utf-8")
    assert list(read_parts(table)) == list(read_records(table))
