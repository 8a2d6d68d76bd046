"""Other shapes of the same tools: earlier releases, exports to buckets, data frames; refused ones by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from exchanged import take, write_json, write_lines

from calibration.readers import CannotRead, Hints
from calibration.readers.foreign import argilla, langfuse

RECORD = {
    "external_id": "rec-1", "fields": {"prompt": "p", "response": "r"}, "metadata": {"lang": "en"},
    "responses": [
        {"user_id": "u1", "status": "submitted", "values": {"quality": {"value": "good"}}},
        {"user_id": "u2", "status": "draft", "values": {"quality": {"value": "bad"}}},
        {"user_id": "u3", "status": "discarded", "values": {"quality": {"value": None}}},
        {"user_id": "u4", "status": "submitted", "values": {"quality": {"value": None}}},
    ],
    "suggestions": [{"question_name": "quality", "value": "good", "score": 0.9, "agent": "m"}],
}  # fmt: skip
LISTS = {
    "user_id": ["u1", "u2", "u3", "u4"], "value": ["good", "bad", None, None],
    "status": ["submitted", "draft", "discarded", "submitted"],
}  # fmt: skip
OBJECTS = [dict(zip(LISTS, one, strict=True)) for one in zip(*LISTS.values(), strict=True)]
ROW = {
    "prompt": "p", "response": "r", "quality-suggestion": "good", "external_id": "rec-1",
    "quality-suggestion-metadata": {"type": "model", "score": 0.9, "agent": "m"},
    "metadata": '{"lang": "en"}', "vectors": {"v": [0.5]},
}  # fmt: skip


@pytest.mark.parametrize(
    "record",
    [RECORD, {"quality": LISTS} | ROW, {"quality": OBJECTS} | ROW],
    ids=["record", "lists", "objects"],
)
def test_argilla_1_records_and_data_set_rows_are_read_as_those_of_2(tmp_path: Path, record: object) -> None:
    found = take(write_json(tmp_path / "a.json", [record]))
    assert [(one.item_id, one.input, one.output, one.meta) for one in found.items] == [
        ("rec-1", "p", "r", (("lang", "en"),))
    ]
    assert [(one.rater, one.value, one.status) for one in found.labels] == [
        ("u1", "good", "observed"), ("u3", None, "skipped"),
    ]  # fmt: skip
    assert [(one.judge, one.value, one.confidence) for one in found.verdicts] == [("m", "good", 0.9)]
    assert sorted(one.reason for one in found.asides) == sorted([argilla.DRAFTS, argilla.EMPTY])


def test_argilla_1_rows_without_a_name_are_named_by_their_texts(tmp_path: Path) -> None:
    rows = [{"quality": OBJECTS, "text": text} for text in ("a", "b", "a")]
    found = take(write_lines(tmp_path / "a.jsonl", rows))
    first, second, third = (one.item_id for one in found.items)
    assert first == third != second and [one.output for one in found.items] == ["a", "b", "a"]


def test_a_langfuse_export_to_a_bucket_is_read_like_the_other(tmp_path: Path) -> None:
    score = {
        "id": "s", "timestamp": "2026-05-29 13:46:19.963000", "project_id": "p", "trace_id": "t",
        "observation_id": "o", "session_id": None, "name": "ok", "source": "ANNOTATION", "comment": "why",
        "data_type": "CATEGORICAL", "value": 1, "string_value": "good", "author_user_id": "ann",
    }  # fmt: skip
    judge = score | {"source": "EVAL", "author_user_id": None, "observation_id": None}
    run = judge | {"trace_id": None, "dataset_run_id": "r"}
    nobody = score | {"author_user_id": None}
    file = write_lines(tmp_path / "scores.jsonl", [score, judge, run, nobody])
    found = take(file)
    assert [(one.item_id, one.rater, one.value, one.at, one.rationale) for one in found.labels] == [
        ("o", "ann", "good", "2026-05-29T13:46:19.963000Z", "why")
    ]
    assert [(one.item_id, one.judge, one.value) for one in found.verdicts] == [("t", "langfuse-eval", "good")]
    assert [one.reason for one in found.asides] == [langfuse.WHOLE_RUN]
    assert "score_provenance" in found.rejects[0].reason
    assert [one.rater for one in take(file, Hints(rater="desk")).labels] == ["ann", "desk"]


ASSESSED = {"assessment_name": "ok", "source": {"source_type": "HUMAN", "source_id": "ann"},
            "feedback": {"value": "yes"}}  # fmt: skip


@pytest.mark.parametrize(
    "trace",
    [
        {"trace_id": "tr-1", "assessments": [ASSESSED], "request": "q", "response": "a", "spans": []},
        {"trace_id": "tr-1", "assessments": [ASSESSED], "request_preview": "q", "response_preview": "a"},
        {"traces": [{"trace_id": "tr-1", "assessments": [ASSESSED], "request_preview": "q",
                     "response_preview": "a"}], "next_page_token": ""},
        {"traces": [{"info": {"trace_id": "tr-1", "assessments": [ASSESSED]},
                     "data": {"request": "q", "response": "a"}}]},
    ],
    ids=["data frame", "information", "page", "command line"],
)  # fmt: skip
def test_mlflow_assessments_at_the_top_of_a_trace_are_read(tmp_path: Path, trace: object) -> None:
    found = take(write_json(tmp_path / "t.json", trace))
    assert [(one.item_id, one.input, one.output) for one in found.items] == [("tr-1", "q", "a")]
    assert [(one.item_id, one.rater, one.criterion, one.value) for one in found.labels] == [
        ("tr-1", "ann", "ok", "yes")
    ]
    assert not found.rejects


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", "trace_id,request,assessments\ntr-1,q,[Feedback(name='ok')]\n", "MLflow.*to_json"),
        ("a.csv", "text,prediction,prediction_agent,annotation,annotation_agent,id\nx,,,A,ann,1\n",
         "Argilla 1.x.*annotation_agent` as `rater`"),
    ],
)  # fmt: skip
def test_what_is_not_read_as_it_is_names_the_tool_and_what_to_write_instead(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(CannotRead, match=said):
        take(tmp_path / name, Hints(criterion="ok"))
