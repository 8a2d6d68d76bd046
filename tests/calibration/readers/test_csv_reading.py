"""CSV with the columns of the native records: quoting, kinds of cells and damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration.readers import CannotRead, Read, Reject, csv_rows, read_records
from rubrics.answers import Blind, Label, Verdict
from rubrics.items import Item

HEADER = "item_id,rater,criterion,value"


def read(folder: Path, content: str | bytes, name: str = "rows.csv") -> list[Read]:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_records(file))


def test_labels_are_read_with_answers_as_text(tmp_path: Path) -> None:
    (found,) = read(tmp_path, f"{HEADER}\ni1,ann,tone,3\n")
    assert found == Read("label", Label("i1", "ann", "tone", "3"), 2)


def test_numbers_truth_values_and_json_are_read_in_their_columns(tmp_path: Path) -> None:
    header = "item_id,judge,criterion,value,confidence,probs,replicate"
    (found,) = read(tmp_path, f'{header}\ni1,gpt,tone,a,0.75,"{{""a"": 0.75, ""b"": 0.25}}",1\n')
    assert found.record == Verdict(
        "i1", "gpt", "tone", "a", confidence=0.75, probs=(("a", 0.75), ("b", 0.25)), replicate=1
    )


def test_blindness_is_read_from_its_two_columns(tmp_path: Path) -> None:
    (found,) = read(tmp_path, f"{HEADER},blind.peers,blind.judge\ni1,ann,tone,3,True,0\n")
    assert isinstance(found.record, Label)
    assert found.record.blind == Blind(peers=True, judge=False)


def test_an_empty_cell_is_null(tmp_path: Path) -> None:
    (found,) = read(tmp_path, f"{HEADER},pi\ni1,ann,tone,,\n")
    assert found.record == Label("i1", "ann", "tone", None, status="skipped")


def test_a_level_called_nan_is_an_answer(tmp_path: Path) -> None:
    (found,) = read(tmp_path, f"{HEADER}\ni1,ann,tone,nan\n")
    assert found.record == Label("i1", "ann", "tone", "nan")


def test_quoted_commas_quotes_and_line_breaks_stay_in_their_cell(tmp_path: Path) -> None:
    content = 'item_id,output\r\ni1,"He said ""no"",\nthen left"\r\ni2,=SUM(A1)\r\n'
    first, second = read(tmp_path, content)
    assert first.record == Item("i1", output='He said "no",\nthen left')
    # the quoted break makes the second row begin on physical line 4
    assert (second.record, second.line) == (Item("i2", output="=SUM(A1)"), 4)


def test_a_byte_order_mark_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    found = read(tmp_path, f"\ufeff\n{HEADER}\n\ni1,ann,tone,3\n,,,\n")
    assert [(r.kind, r.line) for r in found] == [("label", 4)]


@pytest.mark.parametrize(("delimiter", "name"), [(";", "rows.csv"), ("\t", "rows.tsv"), (",", "rows.txt")])
def test_the_delimiter_is_the_one_that_the_header_uses(tmp_path: Path, delimiter: str, name: str) -> None:
    content = f"{HEADER}\ni1,ann,tone,3\n".replace(",", delimiter)
    (found,) = read(tmp_path, content, name)
    assert found.record == Label("i1", "ann", "tone", "3")


def test_a_row_with_another_number_of_cells_is_rejected(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEADER}\ni1,ann,tone\ni2,ann,tone,3\ni3,ann,tone,3,4\n")
    assert [r.kind for r in found] == ["reject", "label", "reject"]
    assert found[0].record == Reject(2, None, "has 3 cells where the header has 4")


def test_a_cell_that_is_not_a_number_names_its_column(tmp_path: Path) -> None:
    (found,) = read(tmp_path, f"{HEADER},pi\ni1,ann,tone,3,half\n")
    assert isinstance(found.record, Reject)
    assert found.record.field == "pi"


@pytest.mark.parametrize("number", ["nan", "inf", "1e999"])
def test_a_number_that_is_not_finite_is_rejected(tmp_path: Path, number: str) -> None:
    (found,) = read(tmp_path, f"{HEADER},active_seconds\ni1,ann,tone,3,{number}\n")
    assert isinstance(found.record, Reject)
    assert found.record.field == "active_seconds"


def test_bytes_that_are_not_utf8_reject_their_row_only(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER.encode() + b"\ni1,\xff,tone,3\ni2,ann,tone,3\n")
    assert [r.kind for r in found] == ["reject", "label"]
    assert found[0].record == Reject(2, "rater", "the bytes are not UTF-8")


def test_an_unclosed_quote_rejects_what_it_swallows(tmp_path: Path) -> None:
    found = read(tmp_path, f'{HEADER}\ni1,ann,tone,3\ni2,ann,tone,"3\ni3,ann,tone,3\n')
    assert [r.kind for r in found] == ["label", "reject"]
    assert found[1].line == 3


def test_a_cell_of_a_megabyte_is_read(tmp_path: Path) -> None:
    # the csv module's own limit is 131,072 characters
    (found,) = read(tmp_path, "item_id,output\ni1," + "x" * 1_000_000 + "\n")
    assert isinstance(found.record, Item)
    assert found.record.output == "x" * 1_000_000
    assert csv_rows.LARGEST_CELL > 1_000_000


def test_a_file_without_a_usable_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="item_id"):
        read(tmp_path, "i1,ann,tone,3\n")
    with pytest.raises(CannotRead, match="twice: rater"):
        read(tmp_path, "item_id,rater,rater\n")


def test_an_empty_file_and_a_header_alone_have_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, "") == []
    assert read(tmp_path, HEADER) == []


def test_an_empty_value_is_null_and_a_table_without_the_column_is_rejected(tmp_path: Path) -> None:
    (empty,) = read(tmp_path, f"{HEADER}\ni1,ann,tone,\n")
    assert empty.record == Label("i1", "ann", "tone", None, status="skipped")
    (missing,) = read(tmp_path, "item_id,rater,criterion\ni1,ann,tone\n")
    assert isinstance(missing.record, Reject)
    assert (missing.record.line, missing.record.field) == (2, "value")


def test_items_in_a_table_with_answers_stay_items(tmp_path: Path) -> None:
    item, label = read(tmp_path, f"{HEADER},output\ni1,,,,text\ni1,ann,tone,3,\n")
    assert item.record == Item("i1", output="text")
    assert isinstance(label.record, Label)
