"""The check after faults finds what it is there for: losses, doubles, changes, gaps, wrong order."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.faults.checking import Stored, check, not_stored
from benchmarks.people.tab import Operation, Record, key_of
from rubrics.answers import Label

ITEM, RATER, WORDS = "item-00001", "Rater 1", "Answer 1: yes"


def sent(submission_id: str, tone: int) -> Operation:
    return {
        "kind": "submission",
        "submission_id": submission_id,
        "item_id": "a token",
        "answers": [{"criterion": "tone", "value": tone}],
        "note": f"note {submission_id}",
    }


def record(*operations: Operation, browser: int = 1) -> Record:
    keys = {key_of(one): one for one in operations}
    shown = {key: WORDS for key, one in keys.items() if one["kind"] == "submission"}
    return Record(keys, dict(keys), browsers=dict.fromkeys(keys, browser), shown=shown)


def label(submission_id: str, tone: int, revision: int) -> Label:
    return Label(ITEM, RATER, "tone", tone, revision=revision, submission_id=submission_id)


def row(submission_id: str) -> dict[str, str]:
    return {"submission_id": submission_id, "item_id": ITEM, "note": f"note {submission_id}", "rater": RATER}


FIRST, SECOND = sent("first", 1), sent("second", 3)
DID = {RATER: record(FIRST, SECOND)}
RIGHT = Stored(
    (row("first"), row("second")),
    {(RATER, ITEM): "second"},
    (label("first", 1, 1), label("second", 3, 2)),
)


def test_what_is_stored_once_as_sent_and_in_order_is_right() -> None:
    found = check(RIGHT, DID, raters_per_item=1)
    assert not found
    assert found.beyond_overlap == 0


def test_an_acknowledged_submission_that_is_not_there_is_lost() -> None:
    gone = replace(RIGHT, submissions=RIGHT.submissions[:1], labels=RIGHT.labels[:1])
    assert check(gone, DID, raters_per_item=1).lost == ("submission:second was acknowledged",)
    made = DID[RATER].made
    assert not_stored(made, made, {"first"}) == ["submission:second"]


def test_what_waits_nowhere_and_was_never_acknowledged_is_lost() -> None:
    did = record(FIRST, SECOND)
    del did.acknowledged["submission:second"]
    assert len(check(RIGHT, {RATER: did}, raters_per_item=1).lost) == 1


def test_a_submission_stored_twice_and_a_doubled_revision_are_seen() -> None:
    twice = replace(RIGHT, submissions=(*RIGHT.submissions, row("first")))
    assert len(check(twice, DID, raters_per_item=1).doubled) == 1
    same = replace(RIGHT, labels=(label("first", 1, 1), label("second", 3, 1)))
    assert len(check(same, DID, raters_per_item=1).doubled) == 1


def test_another_value_a_missing_answer_and_a_stranger_are_seen() -> None:
    other = replace(RIGHT, labels=(label("first", 2, 1), label("second", 3, 2)))
    none = replace(RIGHT, labels=(label("second", 3, 1),))
    stranger = replace(RIGHT, submissions=(*RIGHT.submissions, row("third")))
    for stored in (other, none, stranger):
        assert len(check(stored, DID, raters_per_item=1).other) == 1


def test_answers_that_are_stored_with_another_item_are_seen() -> None:
    elsewhere = replace(RIGHT, submissions=(row("first"), {**row("second"), "item_id": "item-00002"}))
    assert "answers item-00001, but is stored with item-00002" in str(
        check(elsewhere, DID, raters_per_item=1).other
    )


def test_an_earlier_answer_that_stands_after_a_later_one_is_seen_unless_two_browsers_took_turns() -> None:
    behind = replace(RIGHT, standing={(RATER, ITEM): "first"})
    assert len(check(behind, DID, raters_per_item=1).other) == 1
    mixed = record(FIRST, SECOND)
    mixed.browsers["submission:second"] = 2
    assert not check(behind, {RATER: mixed}, raters_per_item=1)


def test_undoing_the_last_answers_leaves_nothing_standing() -> None:
    undo = {"kind": "undo", "submission_id": "first"}
    undone = Stored(
        (row("first"), row("undo:first")),
        {},
        (label("first", 1, 1), replace(label("undo:first", 1, 2), value=None, status="withdrawn")),
    )
    did = {RATER: record(FIRST, undo)}
    assert not check(undone, did, raters_per_item=1)
    assert check(replace(undone, standing={(RATER, ITEM): "first"}), did, raters_per_item=1).other


def test_of_somebody_erased_answers_must_stay_while_texts_name_and_what_waits_may_go() -> None:
    sent_text = {**FIRST, "answers": [{"criterion": "tone", "value": 1, "rationale": "words"}]}
    did, waits = {RATER: record(sent_text, SECOND)}, key_of(SECOND)
    del did[RATER].acknowledged[waits]
    left = {RATER: {waits}}
    bare = {**row("first"), "rater": RATER, "note": None}
    now = Stored((bare,), {(RATER, ITEM): "first"}, (label("first", 1, 1),), frozenset({"P-1"}))
    assert not check(now, did, raters_per_item=1, left=left, erased={RATER})
    assert check(now, did, raters_per_item=1, left=left).other  # the texts of nobody else may go
    named = replace(now, names=frozenset({RATER}))
    assert "is a rater's name" in str(check(named, did, raters_per_item=1, left=left, erased={RATER}).other)
    gone = replace(now, submissions=(), labels=(), standing={})
    assert check(gone, did, raters_per_item=1, left=left, erased={RATER}).lost


def test_raters_beyond_what_an_item_wants_are_counted() -> None:
    many = replace(RIGHT, standing={(RATER, ITEM): "second", ("Rater 2", ITEM): "x", ("Rater 3", ITEM): "y"})
    assert check(many, DID, raters_per_item=1).beyond_overlap == 2
