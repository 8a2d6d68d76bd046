"""JSON Lines: every kind of row and of damage has one defined result."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path

import pytest

from calibration.readers import CannotRead, Read, Reject, jsonl, read_records
from rubrics.answers import Blind, Label, Verdict
from rubrics.items import Item

LABEL = {"item_id": "i1", "rater": "ann", "criterion": "tone", "value": "good"}
VERDICT = {"item_id": "i1", "judge": "gpt", "criterion": "tone", "value": "good"}


def written(folder: Path, content: bytes | str, name: str = "rows.jsonl") -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def read(folder: Path, *rows: object, name: str = "rows.jsonl") -> list[Read]:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return list(read_records(written(folder, "\n".join(lines) + "\n", name)))


def label(folder: Path, **fields: object) -> Label:
    (found,) = read(folder, LABEL | fields)
    assert isinstance(found.record, Label), found.record
    return found.record


def verdict(folder: Path, **fields: object) -> Verdict:
    (found,) = read(folder, VERDICT | fields)
    assert isinstance(found.record, Verdict), found.record
    return found.record


def reject(folder: Path, row: object) -> Reject:
    (found,) = read(folder, row)
    assert isinstance(found.record, Reject), found.record
    return found.record


def test_a_row_with_a_rater_is_a_label_with_the_defaults_of_the_record(tmp_path: Path) -> None:
    assert label(tmp_path) == Label("i1", "ann", "tone", "good")


def test_a_row_with_a_judge_is_a_verdict_with_the_defaults_of_the_record(tmp_path: Path) -> None:
    assert verdict(tmp_path) == Verdict("i1", "gpt", "tone", "good")


def test_a_row_without_rater_judge_and_answer_is_an_item(tmp_path: Path) -> None:
    (found,) = read(tmp_path, {"item_id": "i1", "input": "question", "output": "text"})
    assert found == Read("item", Item("i1", "pointwise", input="question", output="text"), 1)


def test_every_field_of_a_label_is_read(tmp_path: Path) -> None:
    fields = {
        "status": "observed", "reason": "r", "rationale": "because", "sure": True, "failure_modes": ["rude"],
        "evidence": "span", "active_seconds": 3.5, "submission_id": "s1", "revision": 2,
        "at": "2026-01-01T00:00:00Z", "rubric_sha256": "ab", "wave": "w1", "purpose": "gold", "pi": 0.25,
        "blind": {"peers": True, "judge": False},
    }  # fmt: skip
    found = label(tmp_path, **fields)
    expected = fields | {"failure_modes": ("rude",), "blind": Blind(peers=True, judge=False)}
    assert {name: getattr(found, name) for name in fields} == expected


def test_every_field_of_a_verdict_is_read(tmp_path: Path) -> None:
    fields = {
        "confidence": 0.5, "confidence_kind": "logprob", "expected": 3.2, "raw_value": "GOOD", "replicate": 1,
        "spec_hash": "h", "reported_model": "m-1", "tokens_in": 5, "tokens_out": 6, "cost_usd": 0.01,
        "latency_seconds": 1.5, "at": "2026-01-01T00:00:00Z", "rationale": "why",
    }  # fmt: skip
    found = verdict(tmp_path, **fields, probs={"good": 0.75, "bad": 0.25})
    assert {name: getattr(found, name) for name in fields} == fields
    assert found.probs == (("good", 0.75), ("bad", 0.25))


def test_an_item_with_two_systems_is_pairwise_and_model_a_is_system_a(tmp_path: Path) -> None:
    (found,) = read(tmp_path, {"item_id": "i1", "model_a": "x", "model_b": "y", "turn": 1, "cluster": 7})
    assert found.record == Item(
        "i1", "pairwise", system_a="x", system_b="y", cluster="7", meta=(("turn", 1),)
    )


def test_a_conversation_given_as_an_object_becomes_json_text(tmp_path: Path) -> None:
    (found,) = read(tmp_path, {"item_id": "i1", "output": {"messages": [{"role": "user", "content": "é"}]}})
    assert isinstance(found.record, Item)
    assert found.record.output == '{"messages":[{"role":"user","content":"é"}]}'


def test_unknown_columns_of_a_label_are_kept_and_those_of_a_verdict_are_ignored(tmp_path: Path) -> None:
    found = label(tmp_path, rater_type="expert", turn=2, nested={"a": 1}, empty=None)
    assert found.extra == (("rater_type", "expert"), ("turn", 2), ("nested", '{"a":1}'))
    assert verdict(tmp_path, sample=3) == Verdict("i1", "gpt", "tone", "good")


def test_numbers_as_identifiers_name_the_same_thing_as_their_text(tmp_path: Path) -> None:
    found = label(tmp_path, item_id=7, rater=3.0, criterion="c")
    assert (found.item_id, found.rater) == ("7", "3")


@pytest.mark.parametrize("value", [1, 1.0, "1", True, 2.5, "é"])
def test_an_answer_is_kept_as_it_was_written_until_its_scale_is_known(tmp_path: Path, value: object) -> None:
    found = label(tmp_path, value=value).value
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_a_label_without_an_answer_is_skipped(tmp_path: Path, nothing: object) -> None:
    assert label(tmp_path, value=nothing) == Label("i1", "ann", "tone", None, status="skipped")


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_verdict_without_an_answer_is_a_parse_error(tmp_path: Path, nothing: object) -> None:
    assert verdict(tmp_path, value=nothing) == Verdict("i1", "gpt", "tone", None, status="parse_error")


@pytest.mark.parametrize("who", ["rater", "judge"])
def test_an_absent_value_is_rejected_unless_a_status_says_why(tmp_path: Path, who: str) -> None:
    row = {"item_id": "i1", who: "x", "criterion": "tone"}
    found = reject(tmp_path, row)
    assert (found.line, found.field, found.reason) == (
        1, "value", "is missing; where there is no answer write null"
    )  # fmt: skip
    assert reject(tmp_path, row | {"status": "observed"}).field == "value"
    (given,) = read(tmp_path, row | {"status": "not_applicable"})
    assert isinstance(given.record, Label | Verdict)
    assert (given.record.value, given.record.status) == (None, "not_applicable")


def test_a_status_that_is_not_observed_has_no_value(tmp_path: Path) -> None:
    assert verdict(tmp_path, status="abstained").value is None
    assert label(tmp_path, status="not_applicable", value=None).status == "not_applicable"


def test_a_number_written_as_nan_is_null(tmp_path: Path) -> None:
    (found,) = read(tmp_path, '{"item_id": "i1", "judge": "gpt", "criterion": "tone", "value": NaN}')
    assert isinstance(found.record, Verdict)
    assert found.record.status == "parse_error"


@pytest.mark.parametrize("constant", ["Infinity", "-Infinity"])
def test_infinity_is_rejected_and_names_its_field(tmp_path: Path, constant: str) -> None:
    found = reject(tmp_path, f'{{"item_id": "i1", "judge": "gpt", "criterion": "tone", "value": {constant}}}')
    assert (found.line, found.field, "infinite" in found.reason) == (1, "value", True)


@pytest.mark.parametrize(
    ("fields", "field", "word"),
    [
        ({"item_id": None}, "item_id", "missing"),
        ({"item_id": ""}, "item_id", "empty"),
        ({"item_id": True}, "item_id", "text or a number"),
        ({"rater": ["ann"]}, "rater", "text or a number"),
        ({"criterion": None}, "criterion", "missing"),
        ({"value": ["a"]}, "value", "truth value"),
        ({"value": {"score": 1}}, "value", "truth value"),
        ({"value": 10**30}, "value", "finite"),
        ({"status": "done"}, "status", "observed, not_applicable, skipped, withdrawn"),
        ({"purpose": "fun"}, "purpose", "estimate"),
        ({"pi": 0}, "pi", "above 0"),
        ({"pi": 1.5}, "pi", "at most 1"),
        ({"revision": 1.5}, "revision", "whole number"),
        ({"active_seconds": -1}, "active_seconds", "negative"),
        ({"sure": "yes"}, "sure", "true or false"),
        ({"blind": "yes"}, "blind", "object"),
        ({"failure_modes": 3}, "failure_modes", "list"),
        ({"at": 1700000000}, "at", "text"),
    ],
)
def test_a_faulty_field_of_a_label_is_named_with_the_reason(
    tmp_path: Path, fields: dict[str, object], field: str, word: str
) -> None:
    found = reject(tmp_path, LABEL | fields)
    assert found.field == field
    assert word in found.reason


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"confidence": 1.01}, "confidence"),
        ({"confidence": "0.9"}, "confidence"),
        ({"confidence": True}, "confidence"),
        ({"probs": [0.5, 0.5]}, "probs"),
        ({"probs": {"a": 2}}, "probs"),
        ({"replicate": -1}, "replicate"),
        ({"cost_usd": -0.1}, "cost_usd"),
        ({"status": "skipped"}, "status"),
    ],
)
def test_a_faulty_field_of_a_verdict_is_named(tmp_path: Path, fields: dict[str, object], field: str) -> None:
    assert reject(tmp_path, VERDICT | fields).field == field


def test_an_answer_needs_a_rater_or_a_judge_and_not_both(tmp_path: Path) -> None:
    neither = reject(tmp_path, {"item_id": "i1", "criterion": "tone", "value": 1})
    both = reject(tmp_path, LABEL | {"judge": "gpt"})
    assert "needs a rater" in neither.reason
    assert "not both" in both.reason


@pytest.mark.parametrize(("row", "kind"), [("[1, 2]", "an array"), ('"text"', "text"), ("3", "a number")])
def test_a_row_that_is_no_object_is_rejected(tmp_path: Path, row: str, kind: str) -> None:
    found = read(tmp_path, LABEL, row)
    assert [r.kind for r in found] == ["label", "reject"]
    assert found[1].record == Reject(2, None, f"must be a JSON object, is {kind}")


def test_a_byte_order_mark_changes_nothing_even_in_the_middle(tmp_path: Path) -> None:
    row = json.dumps(LABEL).encode()
    file = written(tmp_path, b"\xef\xbb\xbf" + row + b"\n\xef\xbb\xbf" + row + b"\n")
    assert [r.kind for r in read_records(file)] == ["label", "label"]


def test_empty_lines_are_passed_over_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    file = written(tmp_path, "\n  \n" + json.dumps(LABEL) + "\r\n\r\n" + json.dumps(VERDICT))
    assert [(r.kind, r.line) for r in read_records(file)] == [("label", 3), ("verdict", 5)]


def test_a_last_line_that_was_cut_off_is_rejected_and_the_rest_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, json.dumps(LABEL) + '\n{"item_id": "i2", "rat')
    kept, cut = read_records(file)
    assert kept.kind == "label"
    assert isinstance(cut.record, Reject)
    assert (cut.line, "cut off" in cut.record.reason) == (2, True)


def test_bytes_that_are_not_utf8_reject_their_line_only(tmp_path: Path) -> None:
    row = json.dumps(LABEL).encode()
    file = written(tmp_path, row.replace(b"ann", b"\xff\xfe") + b"\n" + row + b"\n")
    first, second = read_records(file)
    assert isinstance(first.record, Reject)
    assert "UTF-8" in first.record.reason
    assert second.kind == "label"


def test_half_a_surrogate_pair_is_rejected_even_beside_nan(tmp_path: Path) -> None:
    row = '{"item_id": "i1", "rater": "\\ud800", "criterion": "c", "value": %s}'
    assert [r.kind for r in read(tmp_path, row % "1", row % "NaN")] == ["reject", "reject"]


def test_a_megabyte_line_is_read_and_a_line_beyond_the_limit_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl, "LONGEST_LINE", 2_000_000)
    long = LABEL | {"rationale": "x" * 1_000_000}
    endless = LABEL | {"rationale": "x" * 5_000_000}
    found = read(tmp_path, long, endless, LABEL)
    assert [(r.kind, r.line) for r in found] == [("label", 1), ("reject", 2), ("label", 3)]


def test_deeply_nested_json_is_rejected(tmp_path: Path) -> None:
    found = read(tmp_path, LABEL, '{"item_id": ' + "[" * 5000 + "]" * 5000 + "}")
    assert [r.kind for r in found] == ["label", "reject"]


def test_a_json_array_is_read_like_lines_with_the_elements_numbers(tmp_path: Path) -> None:
    content = json.dumps([LABEL, 3, VERDICT], indent=2)
    found = list(read_records(written(tmp_path, content, "rows.json")))
    assert [(r.kind, r.line) for r in found] == [("label", 1), ("reject", 2), ("verdict", 3)]


def test_a_broken_json_array_is_refused_as_a_whole(tmp_path: Path) -> None:
    file = written(tmp_path, '[{"item_id": "i1"}, ')
    with pytest.raises(CannotRead, match=r"rows\.jsonl.*JSON array"):
        list(read_records(file))


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_has_no_rows(tmp_path: Path, content: str) -> None:
    assert list(read_records(written(tmp_path, content))) == []


def test_a_folder_and_a_missing_file_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="is a folder"):
        list(read_records(tmp_path))
    with pytest.raises(CannotRead, match="there is no such file"):
        list(read_records(tmp_path / "none.jsonl"))


@pytest.mark.parametrize("name", ["rows.jsonl.gz", "rows.jsonl", "rows.csv"])
@pytest.mark.parametrize(
    ("content", "said"),
    [(gzip.compress(b"{}", mtime=0), "packed with gzip: unpack it first"),
     (b"PK\x03\x04..", "save the sheet as CSV"), (b"PAR1....", "is Parquet")],
)  # fmt: skip
def test_packed_files_and_parquet_are_refused_by_name(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CannotRead, match=f"{name}: .*{said}"):
        list(read_records(tmp_path / name))


def test_utf16_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="save it as UTF-8"):
        list(read_records(written(tmp_path, json.dumps(LABEL).encode("utf-16"))))


def test_a_pipe_without_an_ending_is_read_by_its_first_character(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(json.dumps(LABEL) + "\n",))
    writer.start()
    assert [r.kind for r in read_records(pipe)] == ["label"]
    writer.join()
