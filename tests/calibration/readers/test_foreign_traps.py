"""The traps of the neighbouring tools' formats: what would poison the data is told apart or counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from exchanged import take, write_json, write_lines

from calibration.readers import CannotRead, Hints, Mapping, read_mapping
from calibration.readers.conformance import check_format
from calibration.readers.foreign import doccano, langfuse, opik, prodigy, promptfoo
from calibration.readers.foreign.formats import all_formats


def test_langfuse_user_id_is_the_traced_end_user_never_the_rater(tmp_path: Path) -> None:
    score = {"traceId": "t", "name": "ok", "source": "ANNOTATION", "dataType": "NUMERIC", "value": 1,
             "userId": "END_USER"}  # fmt: skip
    found = take(write_lines(tmp_path / "s.jsonl", [score, score | {"authorUserName": "Ann"}]))
    assert [label.rater for label in found.labels] == ["Ann"]
    assert found.rejects[0].field == "authorUserName"


def test_langfuse_corrections_and_texts_are_no_ratings(tmp_path: Path) -> None:
    score = {"traceId": "t", "name": "ok", "source": "ANNOTATION", "authorUserName": "Ann", "value": "x"}
    kinds = ["CORRECTION", "TEXT", "CATEGORICAL"]
    rows = [score | {"dataType": kind, "stringValue": "good"} for kind in kinds]
    found = take(write_lines(tmp_path / "s.jsonl", rows))
    assert [label.value for label in found.labels] == ["good"]
    assert len(found.asides) == 2


def test_langfuse_booleans_are_told_by_their_words(tmp_path: Path) -> None:
    score = {"traceId": "t", "observationId": "o", "name": "ok", "source": "EVAL", "dataType": "BOOLEAN"}
    rows = [score | {"value": 1, "stringValue": "True"}, score | {"value": 0, "stringValue": "False"}]
    found = take(write_json(tmp_path / "s.json", {"data": rows}))
    assert [(one.item_id, one.value) for one in found.verdicts] == [("o", True), ("o", False)]
    empty = score | {"source": "ANNOTATION", "authorUserName": "ann", "value": None}
    assert [one.reason for one in take(write_json(tmp_path / "e.json", [empty])).asides] == [
        langfuse.NO_VALUE
    ]


def test_an_mlflow_override_is_the_judges_verdict_and_an_unblinded_label(tmp_path: Path) -> None:
    judge = {"assessment_id": "a1", "assessment_name": "ok", "trace_id": "t", "valid": False,
             "source": {"source_type": "LLM_JUDGE", "source_id": "gpt"},
             "feedback": {"value": "yes"}}  # fmt: skip
    human = {"assessment_id": "a2", "assessment_name": "ok", "trace_id": "t", "overrides": "a1",
             "source": {"source_type": "HUMAN", "source_id": "ann"}, "feedback": {"value": "no"}}  # fmt: skip
    found = take(write_json(tmp_path / "m.json", [judge, human]))
    assert [(one.judge, one.value) for one in found.verdicts] == [("gpt", "yes")]
    assert [(one.rater, one.value, one.blind.judge) for one in found.labels] == [("ann", "no", False)]


def test_mlflow_expectations_and_invalid_assessments_are_passed_over_and_counted(tmp_path: Path) -> None:
    base = {"assessment_name": "ok", "trace_id": "t", "source": {"source_type": "HUMAN", "source_id": "ann"}}
    rows = [base | {"expectation": {"value": "x"}}, base | {"feedback": {"value": 1}, "valid": False}]
    found = take(write_json(tmp_path / "m.json", rows))
    assert found.counts == (0, 0, 0)
    assert len({aside.reason for aside in found.asides}) == 2


def test_mlflow_feedback_that_was_overridden_is_a_rating_only_where_a_judge_gave_it(tmp_path: Path) -> None:
    def said(name: str, kind: str, who: str, value: str, **more: object) -> dict[str, object]:
        return {"assessment_id": name, "assessment_name": "ok", "trace_id": "t", "feedback": {"value": value},
                "source": {"source_type": kind, "source_id": who}, **more}  # fmt: skip

    rows = [
        said("0", "LLM_JUDGE", "j", "no", valid=False),
        said("1", "LLM_JUDGE", "j", "yes", valid=False, overrides="0"),
        said("2", "HUMAN", "ann", "no", valid=False, overrides="1"),
        said("3", "HUMAN", "ben", "yes", overrides="2"),
    ]
    found = take(write_json(tmp_path / "m.json", rows))
    assert [(one.judge, one.value) for one in found.verdicts] == [("j", "yes")]
    assert [(one.rater, one.value, one.blind.judge) for one in found.labels] == [("ben", "yes", False)]
    assert len(found.asides) == 2


def test_a_failed_mlflow_judge_is_a_provider_error(tmp_path: Path) -> None:
    row = {"assessment_name": "ok", "trace_id": "t", "source": {"source_type": "LLM_JUDGE", "source_id": "g"},
           "feedback": {"value": None, "error": {"error_message": "quota"}}}  # fmt: skip
    trace = {"info": {"trace_id": "t", "assessments": [row]}, "data": {"request": "q?", "response": "a."}}
    found = take(write_lines(tmp_path / "m.jsonl", [trace]))
    assert [(one.status, one.reason) for one in found.verdicts] == [("provider_error", "quota")]
    assert (found.items[0].input, found.items[0].output) == ("q?", "a.")


def test_a_langsmith_correction_of_an_evaluator_is_two_facts(tmp_path: Path) -> None:
    row = {"run_id": "r", "key": "ok", "score": 0, "value": None, "correction": {"score": 1},
           "feedback_source": {"type": "model", "user_id": "ann"}}  # fmt: skip
    found = take(write_lines(tmp_path / "f.jsonl", [row]))
    assert [(one.judge, one.value) for one in found.verdicts] == [("model", 0)]
    assert [(one.rater, one.value, one.blind.judge) for one in found.labels] == [("ann", 1, False)]


def test_langsmith_feedback_on_both_runs_of_a_queue_is_one_comparison(tmp_path: Path) -> None:
    base = {"key": "better", "feedback_group_id": "g", "comparative_experiment_id": "c",
            "feedback_source": {"type": "app", "user_id": "ann"}}  # fmt: skip
    rows = [base | {"run_id": "r1", "score": 0}, base | {"run_id": "r2", "score": 1}]
    found = take(write_lines(tmp_path / "f.jsonl", rows))
    assert [(one.item_id, one.value) for one in found.labels] == [("r1 vs r2", "b")]
    assert dict(found.items[0].meta) == {"run_a": "r1", "run_b": "r2"}
    assert found.items[0].kind == "pairwise"


def test_a_langsmith_pair_is_one_item_and_a_is_one_run_whatever_the_order_and_the_group(
    tmp_path: Path,
) -> None:
    def said(run: str, score: int, who: str, group: str) -> dict[str, object]:
        by = {"type": "app", "user_id": who}
        return {
            "run_id": run,
            "key": "better",
            "score": score,
            "feedback_group_id": group,
            "feedback_source": by,
        }

    rows = [said("r1", 1, "ann", "g"), said("r2", 0, "ann", "g"), said("r2", 0, "ben", "g"),
            said("r1", 1, "ben", "g"), said("r2", 0, "cem", "h"), said("r1", 1, "cem", "h")]  # fmt: skip
    found = take(write_lines(tmp_path / "f.jsonl", rows))
    assert {(one.item_id, one.value) for one in found.labels} == {("r1 vs r2", "a")}
    assert [one.rater for one in found.labels] == ["ann", "ben", "cem"]
    twice = [said("r1", 1, "ann", "g"), said("r1", 0, "ann", "g")]
    found = take(write_lines(tmp_path / "t.jsonl", twice))
    assert (found.counts, len(found.rejects)) == ((0, 0, 0), 1)


def test_a_langsmith_comment_without_a_score_is_no_zero(tmp_path: Path) -> None:
    row = {"run_id": "r", "key": "ok", "score": None, "value": None, "comment": "hm", "correction": None,
           "feedback_source": {"type": "app", "user_id": "ann"}}  # fmt: skip
    found = take(write_lines(tmp_path / "f.jsonl", [row]))
    assert found.labels == []
    assert len(found.asides) == 1


def test_an_inspect_edit_keeps_what_the_judge_said_first(tmp_path: Path) -> None:
    history = [
        {"value": "I", "explanation": "wrong"},
        {"value": "P", "provenance": {"author": "ann", "timestamp": "2026-01-02T03:04:05+02:00"}},
        {"value": "UNCHANGED", "provenance": {"author": "bob", "reason": "agreed"}},
    ]
    samples = [{"id": "s", "epoch": k, "scores": {"qa": {"value": "P", "history": history}}} for k in (1, 2)]
    found = take(write_json(tmp_path / "log.json", {"eval": {"scorers": []}, "samples": samples}))
    assert [one.item_id for one in found.items] == ["s/1", "s/2"]
    assert [one.value for one in found.verdicts] == ["I", "I"]
    assert [(one.rater, one.value, one.rationale) for one in found.labels] == [("bob", "P", "agreed")] * 2


def test_an_unscored_inspect_sample_is_a_reply_that_could_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_text('{"eval": {}, "samples": [{"id": "s", "epoch": 1, "scores": {"qa": {"value": NaN}}}]}')
    assert [one.status for one in take(file).verdicts] == ["parse_error"]


def test_an_inspect_value_of_several_parts_is_several_criteria(tmp_path: Path) -> None:
    sample = {"id": "s", "epoch": 1, "scores": {"qa": {"value": {"tone": 1, "fact": "C"}}}}
    found = take(write_json(tmp_path / "log.json", {"eval": {}, "samples": [sample]}))
    assert [(one.criterion, one.value) for one in found.verdicts] == [("qa.tone", 1), ("qa.fact", "C")]


def test_argilla_drafts_are_no_answers_and_discards_are_skips(tmp_path: Path) -> None:
    record = {"id": "r", "text": "x", "q.responses": [1, 2, 3], "q.responses.users": ["u", "v", "w"],
              "q.responses.status": ["submitted", "draft", "discarded"]}  # fmt: skip
    found = take(write_json(tmp_path / "a.json", [record]))
    assert [(one.rater, one.status) for one in found.labels] == [("u", "observed"), ("w", "skipped")]
    assert [aside.reason for aside in found.asides] == ["Argilla responses that were not submitted (drafts)"]


def test_a_nested_argilla_export_says_that_it_hides_what_was_submitted(tmp_path: Path) -> None:
    record = {"id": "r", "fields": {"text": "x"}, "responses": {"q": [{"value": 1, "user_id": "u"}]}}
    found = take(write_json(tmp_path / "a.json", [record]))
    assert len(found.labels) == 1
    assert "does not say which were submitted" in found.asides[0].reason


def test_argilla_drafts_of_a_nested_export_that_states_them_are_no_answers(tmp_path: Path) -> None:
    said = [{"value": "good", "user_id": who, "status": status}
            for who, status in (("u", "draft"), ("v", "submitted"), ("w", "discarded"))]  # fmt: skip
    record = {"id": "r", "fields": {"text": "x"}, "responses": {"q": said}}
    found = take(write_json(tmp_path / "a.json", [record]))
    assert [(one.rater, one.status) for one in found.labels] == [("v", "observed"), ("w", "skipped")]
    assert [aside.reason for aside in found.asides] == ["Argilla responses that were not submitted (drafts)"]


def test_label_studio_json_min_loses_no_rating_that_is_a_list_or_a_number(tmp_path: Path) -> None:
    row = {"id": 1, "text": "x", "annotator": 3, "annotation_id": 9, "lead_time": 3.1,
           "choice": "pass", "stars": [{"rating": 4}], "count": 0}  # fmt: skip
    found = take(write_json(tmp_path / "ls.json", [row]), Hints(criteria=("choice", "stars", "count")))
    assert [(one.criterion, one.value) for one in found.labels] == [
        ("choice", "pass"),
        ("stars", 4),
        ("count", 0),
    ]


def test_label_studio_ground_truth_is_gold_and_several_choices_are_no_answer(tmp_path: Path) -> None:
    def result(*choices: str) -> dict[str, object]:
        return {"from_name": "c", "type": "choices", "value": {"choices": list(choices)}}

    annotations = [
        {"completed_by": 1, "ground_truth": True, "result": [result("pass")]},
        {"completed_by": 2, "result": [result("pass", "fail")]},
    ]
    task = {"id": 7, "data": {"text": "x"}, "annotations": annotations}
    found = take(write_json(tmp_path / "ls.json", [task]))
    assert [(one.rater, one.purpose) for one in found.labels] == [("1", "gold")]
    assert len(found.asides) == 1


def test_a_label_studio_table_needs_the_criteria_and_keeps_a_renamed_task_field(tmp_path: Path) -> None:
    file = tmp_path / "ls.csv"
    file.write_text(
        "_data_tone,annotation_id,annotator,created_at,id,lead_time,prompt,response,tone\n"
        'calm,1,ann,2026-01-01T00:00:00Z,7,3.5,q,a,"[{""rating"": 4}]"\n',
        encoding="utf-8",
    )
    found = take(file, Hints(criteria=("tone",)))
    assert [(one.rater, one.value, one.active_seconds) for one in found.labels] == [("ann", 4, 3.5)]
    assert dict(found.items[0].meta) == {"tone": "calm"}


def test_a_phoenix_note_is_no_rating_and_the_same_identifier_is_the_same_rater(tmp_path: Path) -> None:
    row = {"span_id": "s", "name": "ok", "annotator_kind": "HUMAN", "identifier": "ann", "user_id": "u",
           "result": {"label": "pass", "score": 1.0}}  # fmt: skip
    found = take(write_json(tmp_path / "p.json", [row, row | {"name": "note"}, row | {"identifier": ""}]))
    assert [(one.rater, one.value) for one in found.labels] == [("ann", "pass"), ("u", "pass")]
    assert len(found.asides) == 1


def test_a_phoenix_explanation_without_label_and_score_is_no_skip(tmp_path: Path) -> None:
    row = {"span_id": "s", "name": "ok", "annotator_kind": "HUMAN", "identifier": "ann",
           "result": {"label": None, "score": None, "explanation": "hm"}}  # fmt: skip
    found = take(write_json(tmp_path / "p.json", [row]))
    assert (found.labels, len(found.asides)) == ([], 1)


SCORE = {"name": "correct", "value": 0.5, "category_name": None, "reason": "", "source": "ui"}


def test_an_opik_score_of_several_authors_is_each_authors_never_their_average(tmp_path: Path) -> None:
    by = {
        "ann": {
            "value": 1.0,
            "category_name": "yes",
            "reason": "as it says",
            "source": "ui",
            "author": "ann",
        },
        "ben": {"value": 0.0, "category_name": "no", "reason": "", "source": "ui", "author": "ben"},
        "judge-a_span-7": {"value": 1.0, "category_name": "yes", "source": "sdk", "author": "judge-a"},
    }
    trace = {"id": "t1", "input": {"q": "When?"}, "output": {"a": "Soon."},
             "feedback_scores": [SCORE | {"value_by_author": by}]}  # fmt: skip
    file = write_lines(tmp_path / "traces.jsonl", [trace])
    found = take(file)
    assert [(one.rater, one.value, one.rationale) for one in found.labels] == [
        ("ann", "yes", "as it says"), ("ben", "no", None),
    ]  # fmt: skip
    assert [(one.judge, one.value) for one in found.verdicts] == [("judge-a", "yes")]
    assert found.items[0].input == '{"q":"When?"}'
    page = take(write_json(tmp_path / "page.json", {"page": 1, "size": 1, "total": 1, "content": [trace]}))
    assert (page.items, page.labels, page.verdicts) == (found.items, found.labels, found.verdicts)
    assert check_format(opik.TRACES, file) == {"item": 1, "label": 2, "verdict": 1}


def test_an_opik_score_of_an_online_rule_is_a_verdict_and_one_of_nobody_is_passed_over(
    tmp_path: Path,
) -> None:
    scores = [
        SCORE | {"source": "online_scoring", "created_by": "rule"}, SCORE | {"source": "sdk"}, SCORE,
        SCORE | {"source": None},
    ]  # fmt: skip
    found = take(write_lines(tmp_path / "t.jsonl", [{"id": "t", "feedback_scores": scores}]))
    assert [(one.judge, one.value) for one in found.verdicts] == [("rule", 0.5), ("opik-sdk", 0.5)]
    assert not found.labels and len(found.asides) == 2


TASK = {"text": "Soon.", "_input_hash": 11, "_task_hash": 21, "_view_id": "choice", "_timestamp": 1690289516,
        "options": [{"id": "yes", "text": "Yes"}, {"id": "no", "text": "No"}]}  # fmt: skip


def test_a_prodigy_choice_is_by_whom_the_session_names_and_not_by_its_time(tmp_path: Path) -> None:
    rows = [
        TASK
        | {"accept": ["yes"], "answer": "accept", "_annotator_id": "desk-ann", "_session_id": "desk-ann"},
        TASK | {"accept": ["no"], "answer": "accept", "_session_id": "2023-07-25_14-50-21"},
    ]
    file = write_lines(tmp_path / "tasks.jsonl", rows)
    found = take(file, Hints(criterion="ok"))
    assert [(one.item_id, one.rater, one.value, one.at) for one in found.labels] == [
        ("11", "desk-ann", "yes", "2023-07-25T12:51:56Z"), ("11", "human", "no", "2023-07-25T12:51:56Z"),
    ]  # fmt: skip
    assert take(file, Hints(criterion="ok", rater="ben")).labels[1].rater == "ben"
    assert check_format(prodigy.CHOICES, file, Hints(criterion="ok")) == {"item": 1, "label": 2}


def test_prodigy_ignores_are_skips_and_rejected_or_several_options_are_no_answers(tmp_path: Path) -> None:
    rows = [
        TASK | {"accept": ["yes"], "answer": "ignore"}, TASK | {"accept": ["yes"], "answer": "reject"},
        TASK | {"accept": ["yes", "no"], "answer": "accept"}, TASK | {"accept": [], "answer": "accept"},
        {"text": "x", "_input_hash": 1, "_task_hash": 2, "spans": [], "label": "ORG", "answer": "accept"},
    ]  # fmt: skip
    found = take(write_lines(tmp_path / "tasks.jsonl", rows), Hints(criterion="ok"))
    assert [(one.status, one.reason) for one in found.labels] == [("skipped", "ignored")]
    assert len(found.asides) == 4


def test_a_prodigy_binary_task_asks_whether_its_label_fits(tmp_path: Path) -> None:
    task = {"text": "x", "_input_hash": 1, "_task_hash": 2, "label": "rude", "answer": "reject"}
    found = take(write_lines(tmp_path / "tasks.jsonl", [task]))
    assert [(one.criterion, one.value, one.rater) for one in found.labels] == [("rude", "reject", "human")]


def test_a_doccano_record_names_nobody_and_several_labels_are_no_answer(tmp_path: Path) -> None:
    record = {"id": 7, "text": "Soon.", "topic": "time", "Comments": ["vague"]}
    rows = [
        record | {"label": ["good"]}, record | {"id": 8, "label": ["good", "bad"]},
        record | {"id": 9, "label": []}, record | {"id": 10, "label": [[0, 4, "DATE"]]},
    ]  # fmt: skip
    file = write_lines(tmp_path / "ann.jsonl", rows)
    found = take(file, Hints(criterion="ok", rater="ann"))
    assert [(one.item_id, one.rater, one.value, one.rationale) for one in found.labels] == [
        ("7", "ann", "good", "vague")
    ]
    assert (found.items[0].output, dict(found.items[0].meta)) == ("Soon.", {"topic": "time"})
    assert [one.reason.split()[0] for one in found.asides] == ["doccano"] * 3
    assert take(file, Hints(criterion="ok")).labels[0].rater == "human"
    assert check_format(doccano.RECORDS, file, Hints(criterion="ok")) == {"item": 4, "label": 1, "aside": 3}


def test_promptfoo_names_an_item_by_test_and_variables_not_by_the_runs_id(tmp_path: Path) -> None:
    def result(run: str, kind: str, passed: bool) -> dict[str, object]:
        part = {"pass": passed, "assertion": {"type": kind}}
        return {"id": run, "testIdx": 0, "promptIdx": 0, "vars": {"q": "x"}, "response": {"output": "o"},
                "gradingResult": {"componentResults": [part]}}  # fmt: skip

    rows = [result("one", "llm-rubric", True), result("two", "human", False)]
    found = take(write_json(tmp_path / "p.json", {"results": {"results": rows}}))
    assert len({item.item_id for item in found.items}) == 1
    assert [(one.judge, one.value) for one in found.verdicts] == [("llm-rubric", True)]
    assert [(one.value, one.blind.judge) for one in found.labels] == [(False, False)]


def test_a_promptfoo_component_without_pass_is_neither_a_skip_nor_a_failure(tmp_path: Path) -> None:
    parts = [{"pass": None, "reason": "?", "assertion": {"type": kind}} for kind in ("human", "llm-rubric")]
    one = {"vars": {}, "response": {"output": "o"}, "gradingResult": {"componentResults": parts}}
    found = take(write_json(tmp_path / "p.json", {"results": {"results": [one]}}))
    assert (found.labels, [one.reason for one in found.asides]) == ([], [promptfoo.UNANSWERED])
    assert [(one.value, one.status) for one in found.verdicts] == [(None, "parse_error")]


@pytest.mark.parametrize(
    ("header", "labels", "verdicts"),
    [
        ("id,target,prediction,output", 1, 1), ("id,label,judge_label,output", 1, 1),
        ("item_id,human,judge", 1, 1), ("id,human", 1, 0), ("id,judge_score", 0, 1),
    ],
)  # fmt: skip
def test_plain_tables_are_known_by_the_headers_people_use(
    tmp_path: Path, header: str, labels: int, verdicts: int
) -> None:
    file = tmp_path / "t.csv"
    cells = ["x" if name in ("id", "item_id", "output") else "1" for name in header.split(",")]
    file.write_text(f"{header}\n{','.join(cells)}\n", encoding="utf-8")
    found = take(file, Hints(criteria=("ok",), rater="ann", judge="gpt"))
    assert found.counts == (1, labels, verdicts)
    assert [one.rater for one in found.labels] == ["ann"] * labels
    assert [one.judge for one in found.verdicts] == ["gpt"] * verdicts


def test_a_native_file_with_a_field_called_label_stays_native(tmp_path: Path) -> None:
    found = take(write_lines(tmp_path / "i.jsonl", [{"item_id": "x", "output": "o", "label": "fresh"}]))
    assert found.counts == (1, 0, 0)
    assert dict(found.items[0].meta) == {"label": "fresh"}


def test_a_blank_cell_of_a_table_is_neither_a_skip_nor_an_unreadable_reply(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("id,output,human,judge\n1,o,,\n2,o,yes,no\n3,o,NaN,yes\n", encoding="utf-8")
    found = take(file, Hints(criterion="c"))
    assert [(one.item_id, one.value) for one in found.labels] == [("2", "yes")]
    assert [(one.item_id, one.value) for one in found.verdicts] == [("2", "no"), ("3", "yes")]
    assert len(found.asides) == 3


def test_a_table_that_names_no_criterion_asks_for_one(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "t.jsonl", [{"id": "x", "human": 1, "judge": 1}])
    with pytest.raises(CannotRead, match="--criterion"):
        take(file, Hints(criteria=("a", "b")))


def test_a_chat_trace_is_an_item_whose_last_answer_is_judged(tmp_path: Path) -> None:
    talk = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    found = take(write_lines(tmp_path / "c.jsonl", [{"id": "t", "messages": talk}, {"messages": talk[:1]}]))
    assert [(one.item_id, one.input, one.output) for one in found.items] == [("t", "hi", "hello")]
    assert "nothing to judge" in found.rejects[0].reason


def test_a_chat_trace_whose_last_answer_is_empty_is_named_and_makes_no_item(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": ""}]
    found = take(write_lines(tmp_path / "c.jsonl", [{"id": "1", "messages": turns}]))
    assert (found.items, len(found.rejects)) == ([], 1)


def test_a_mapping_renames_leaves_out_and_survives_its_own_file(tmp_path: Path) -> None:
    mapping = Mapping(
        criteria={"qa": "grounded", "style": ""}, values={"grounded": {"C": "yes", "1": "yes", "I": "no"}},
        raters={"u-1": "Ann"},
    )  # fmt: skip
    kept = tmp_path / "map.toml"
    kept.write_text(mapping.as_toml(), encoding="utf-8")
    assert read_mapping(kept) == mapping
    base = {"run_id": "r", "feedback_source": {"type": "app", "user_id": "u-1"}}
    rows = [base | {"key": "qa", "score": 1.0}, base | {"key": "style", "score": 0}]
    found = take(write_lines(tmp_path / "f.jsonl", rows), mapping=read_mapping(kept))
    assert [(one.rater, one.criterion, one.value) for one in found.labels] == [("Ann", "grounded", "yes")]
    assert len(found.asides) == 1


def test_a_wrong_mapping_names_the_file_and_the_entry(tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text("[criteria]\nqa = 3\n", encoding="utf-8")
    with pytest.raises(CannotRead, match=r"map.toml.*criteria"):
        read_mapping(file)


def test_an_unknown_format_names_those_there_are(tmp_path: Path) -> None:
    file = write_json(tmp_path / "x.json", [{"a": 1}])
    with pytest.raises(CannotRead, match="label-studio"):
        take(file, named="labelstudio")


def test_every_format_has_a_name_of_its_own() -> None:
    assert len(all_formats()) == 17
