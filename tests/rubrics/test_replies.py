"""A judge's reply is read strictly: what is malformed is a status, never a guess."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.files import library_rubric, parse_rubric
from rubrics.render import parse_reply

RUBRIC = parse_rubric(
    """\
name: r
criteria:
  - name: right
    question: Is it right?
    scale: {kind: binary, levels: [{name: yes, aliases: [jawohl]}, {name: no}]}
  - name: why
    question: What is wrong?
    applies_when: {criterion: right, values: [no]}
    scale: {kind: nominal, levels: [{name: number}, {name: name}]}
  - name: grade
    question: How good?
    not_applicable: true
    scale: {kind: ordinal, levels: [{name: low, value: 1}, {name: high, value: 2}]}
  - name: share
    question: How much?
    scale: {kind: interval, low: 0, high: 1}
"""
)
PAIR = library_rubric("pairwise_preference")


def part(answer: object, **more: object) -> dict[str, object]:
    return {"rationale": "because", "answer": answer, **more}


def reply(**changes: object) -> str:
    content: dict[str, object] = {
        "right": part("yes"), "why": part("not asked"), "grade": part(2), "share": part(0.5),
    }  # fmt: skip
    return json.dumps(content | changes)


def status(text: str, criterion: str) -> tuple[object, object]:
    answer = parse_reply(RUBRIC, text).of(criterion)
    assert answer is not None
    return answer.value, answer.status


def test_a_reply_as_asked_for_gives_its_answers() -> None:
    parsed = parse_reply(RUBRIC, reply())
    assert parsed.problem is None
    assert [(a.criterion, a.value, a.status) for a in parsed.answers] == [
        ("right", "yes", "observed"), ("grade", 2, "observed"), ("share", 0.5, "observed"),
    ]  # fmt: skip
    assert parsed.answers[0].rationale == "because"


@pytest.mark.parametrize(
    "frame", ["{}", "```json\n{}\n```", "```\n{}\n```\n", "\ufeff {} \n", "```JSON\r\n{}\n```"]
)
def test_one_code_fence_around_the_object_is_accepted(frame: str) -> None:
    assert parse_reply(RUBRIC, frame.replace("{}", reply())).problem is None


MALFORMED = {
    "empty": "",
    "prose": "The answer is yes.",
    "prose before": "Here it is: " + reply(),
    "prose after": reply() + "\nHope this helps.",
    "two objects": reply() + reply(),
    "cut off": reply()[:-5],
    "a list": f"[{reply()}]",
    "a number": "1",
    "NaN": '{"share": {"rationale": "x", "answer": NaN}}',
    "infinity": '{"share": {"rationale": "x", "answer": -Infinity}}',
    "field given twice": '{"right": {"rationale": "x", "answer": "no"}, "right": null}',
    "answer given twice": '{"right": {"rationale": "x", "answer": "no", "answer": "yes"}}',
    "unknown criterion": reply(style=part("yes")),
    "two code fences": f"```json\n{reply()}\n```\n```json\n{reply()}\n```",
    "deep nesting": "[" * 100_000,
    "endless number": '{"share": {"rationale": "x", "answer": ' + "9" * 5000 + "}}",
    "too long": " " * 200_001,
    "single quotes": "{'right': {'rationale': 'x', 'answer': 'yes'}}",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_reply_is_a_parse_error_of_every_unconditional_criterion(case: str) -> None:
    parsed = parse_reply(RUBRIC, MALFORMED[case])
    assert parsed.problem
    assert [a.criterion for a in parsed.answers] == ["right", "grade", "share"]
    assert {(a.value, a.status, a.reason) for a in parsed.answers} == {(None, "parse_error", parsed.problem)}


PART_FAULTS = {
    "missing criterion": None,
    "answer alone": "yes",
    "no answer": {"rationale": "x"},
    "no rationale": {"answer": "yes"},
    "blank rationale": {"rationale": " ", "answer": "yes"},
    "rationale is a list": {"rationale": ["x"], "answer": "yes"},
    "answer first": {"answer": "yes", "rationale": "x"},
    "unknown field": part("yes", score=1),
    "truth value": part(True),
    "null": part(None),
    "list": part(["yes"]),
    "both": part("yes or no"),
    "with a full stop": part("yes."),
    "import alias": part("jawohl"),
    "number for a name": part(1),
    "not applicable where it is not allowed": part("not applicable"),
    "not asked where it is always asked": part("not asked"),
    "confidence as text": part("yes", confidence="0.9"),
    "confidence above one": part("yes", confidence=90),
    "confidence true": part("yes", confidence=True),
}


@pytest.mark.parametrize("case", PART_FAULTS)
def test_a_faulty_part_is_a_parse_error_of_its_criterion_alone(case: str) -> None:
    text = reply(right=PART_FAULTS[case])
    assert status(text, "right") == (None, "parse_error")
    assert status(text, "grade") == (2, "observed")


@pytest.mark.parametrize("answer", ["2", 2.0, "high", " HIGH "])
def test_spellings_of_a_level_are_one_answer(answer: object) -> None:
    assert status(reply(grade=part(answer)), "grade") == (2, "observed")


@pytest.mark.parametrize("answer", [3, 1.5, "3", "medium", 10**400, 1e308, -1])
def test_a_level_that_does_not_exist_is_a_parse_error(answer: object) -> None:
    assert status(reply(grade=part(answer)), "grade") == (None, "parse_error")


@pytest.mark.parametrize("answer", [1.01, -0.01, "0.5", "half", True])
def test_a_number_outside_the_range_or_in_quotes_is_a_parse_error(answer: object) -> None:
    assert status(reply(share=part(answer)), "share") == (None, "parse_error")


def test_cannot_tell_is_abstained() -> None:
    assert status(reply(grade=part("Cannot tell")), "grade") == (None, "abstained")


def test_not_applicable_is_kept_apart_where_it_is_allowed() -> None:
    assert status(reply(grade=part("not applicable")), "grade") == (None, "not_applicable")


def test_a_conditional_criterion_is_left_out_when_its_condition_does_not_hold() -> None:
    assert parse_reply(RUBRIC, reply(why=part("number"))).of("why") is None


def test_a_conditional_criterion_is_read_when_its_condition_holds() -> None:
    assert status(reply(right=part("no"), why=part("number")), "why") == ("number", "observed")


def test_not_asked_is_a_parse_error_when_the_condition_holds() -> None:
    assert status(reply(right=part("no")), "why") == (None, "parse_error")


def test_a_confidence_is_kept() -> None:
    answer = parse_reply(RUBRIC, reply(right=part("yes", confidence=0.75))).of("right")
    assert answer is not None
    assert answer.confidence == 0.75


def test_the_raw_answer_is_kept_beside_a_parse_error() -> None:
    answer = parse_reply(RUBRIC, reply(right=part("perhaps"))).of("right")
    assert answer is not None
    assert (answer.raw, answer.reason) == ('"perhaps"', "'perhaps' is not one of: yes, no")


def test_a_lone_surrogate_in_a_rationale_can_be_stored() -> None:
    answer = parse_reply(RUBRIC, reply(right={"rationale": "\ud800!", "answer": "yes"})).of("right")
    assert answer is not None
    assert answer.rationale == "?!"


@pytest.mark.parametrize(("said", "kept"), [("a", "b"), ("B", "a"), ("tie", "tie")])
def test_answers_to_a_swapped_pair_are_turned_back_to_item_order(said: str, kept: str) -> None:
    parsed = parse_reply(PAIR, json.dumps({"preference": part(said)}), swapped=True)
    assert parsed.answers[0].value == kept


@pytest.mark.parametrize("said", ["1", 1, "model_a", "output A", "first"])
def test_a_side_must_be_named_a_or_b(said: object) -> None:
    parsed = parse_reply(PAIR, json.dumps({"preference": part(said)}))
    assert parsed.answers[0].status == "parse_error"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["rationale", "answer", "x"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["right", "why", "grade", "share", "x"]), json_values) | st.text())
def test_no_reply_makes_the_parser_fail_and_no_value_is_outside_its_scale(content: object) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    for answer in parse_reply(RUBRIC, text).answers:
        assert (answer.value is None) == (answer.status != "observed")
        if answer.value is not None:
            assert RUBRIC.criterion(answer.criterion).scale.parse(answer.value) == answer.value
