"""Adjudication: which items are disputed, what a lead decides, and what becomes of the numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from annotate_app.desk import Desk
from annotate_app.services import adjudicating, deciding, labelling, questions
from annotate_app.services.adjudication_values import AnswersChanged, CannotAdjudicate, Dispute, DisputeDetail
from annotate_app.services.calibrating import build_report
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import NextItem, Submission
from annotate_app.services.ratings import ratings
from annotate_app.services.rights import HOLDER, NotVisible
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import draw_wave
from annotate_app.store import labels
from calibration.agreement import measure
from calibration.evidence import evidence_of
from calibration.reference import reference
from calibration.triage.design import Design
from rubrics.answers import Answer, Label


def label(
    item: str, rater: str, value: object, criterion: str = "helpful", **more: object
) -> dict[str, object]:
    return {"item_id": item, "rater": rater, "criterion": criterion, "value": value, **more}


def verdict(item: str, value: object) -> dict[str, object]:
    return {"item_id": item, "judge": "rules", "criterion": "helpful", "value": value}


def put(desk: Desk, *records: object) -> None:
    path = desk.folder / "more.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert import_files(desk, [path], role=HOLDER).rejects == ()


def rate(desk: Desk, rater: str, item: str, helpful: int, *, key: str = "", **more: object) -> None:
    answers = (Answer("grounded", "yes"), Answer("helpful", helpful, rationale=f"{rater} says so"))
    labelling.submit(desk, Submission(key or f"{rater}-{item}", item, rater, answers, **more))  # type: ignore[arg-type]


def two_differ(desk: Desk, item: str = "i0") -> None:
    rate(desk, "ada", item, 1)
    rate(desk, "bob", item, 3)


def listed(desk: Desk) -> list[Dispute]:
    return list(adjudicating.disputed(desk, role="lead"))


def looked_at(desk: Desk, item: str = "i0", lead: str = "lea") -> DisputeDetail:
    return adjudicating.detail(desk, item, "helpful", role="lead", lead=lead)


def decide(desk: Desk, value: object = 2, item: str = "i0", lead: str = "lea") -> None:
    deciding.decide(desk, item, "helpful", value, reason="Half of it.", lead=lead, role=HOLDER)


def journal(desk: Desk) -> list[Label]:
    with desk.store.reading() as session:
        return list(labels.journal(session, desk.study_id))


def test_only_items_on_which_raters_differ_are_listed_ties_and_far_apart_first(desk: Desk) -> None:
    put(
        desk,
        label("i0", "ada", 1), label("i0", "bob", 1),  # agree
        label("i1", "ada", 1), label("i1", "bob", 2),  # tied, one apart
        label("i2", "ada", 1), label("i2", "bob", 3),  # tied, two apart
        label("i3", "ada", 1), label("i3", "bob", 3), label("i3", "cyd", 3),  # outvoted
        label("i4", "ada", 1),  # alone
    )  # fmt: skip
    assert [(one.item_id, one.tied, one.spread) for one in listed(desk)] == [
        ("i2", True, 2.0), ("i1", True, 1.0), ("i3", False, 2.0),
    ]  # fmt: skip
    assert listed(desk)[2].answers == (("3", 2), ("1", 1))


def test_no_verdict_makes_or_ends_a_dispute_and_an_answer_given_after_one_is_not_shown(desk: Desk) -> None:
    two_differ(desk)
    before = (listed(desk), looked_at(desk).answers)
    put(desk, verdict("i0", 3), verdict("i1", 1), label("i0", "cyd", 3, blind={"judge": False}))
    assert (listed(desk), looked_at(desk).answers) == before


def test_an_answer_of_not_applicable_against_a_value_is_a_dispute(desk: Desk) -> None:
    put(desk, label("i0", "ada", None, status="not_applicable"), label("i0", "bob", 2))
    assert [one.answers for one in listed(desk)] == [(("not applicable", 1), ("2", 1))]


def test_held_out_items_are_listed_like_others(desk: Desk) -> None:
    freeze_split(desk, role=HOLDER)
    for k in range(6):
        two_differ(desk, f"i{k}")
    assert {one.item_id for one in listed(desk)} == {f"i{k}" for k in range(6)}


def test_a_search_label_that_counts_for_an_estimating_wave_takes_part(desk: Desk) -> None:
    put(desk, label("i0", "ada", 1), label("i0", "bob", 3, purpose="search"))
    assert listed(desk) == []
    draw_wave(desk, Design("random", 6), role=HOLDER)
    assert len(ratings(desk).criteria["helpful"].raters) == 2
    assert [one.answers for one in listed(desk)] == [(("1", 1), ("3", 1))]
    assert {one.value for one in looked_at(desk).answers} == {1, 3}
    deciding.send_back(desk, "i0", "helpful", note="Look again.", lead="lea", role=HOLDER)
    assert [one.awaited for one in listed(desk)] == [
        1
    ]  # ada alone: bob's blind answer stays the one that counts


def test_other_roles_see_nothing(desk: Desk) -> None:
    two_differ(desk)
    for role in ("rater", "engineer", "owner"):
        with pytest.raises(NotVisible, match="lead"):
            adjudicating.disputed(desk, role=role)  # type: ignore[arg-type]
        with pytest.raises(NotVisible, match="lead"):
            adjudicating.detail(desk, "i0", "helpful", role=role, lead="lea")  # type: ignore[arg-type]


def test_answers_stand_side_by_side_under_letters_that_stay_and_names_are_asked_for_on_record(
    desk: Desk,
) -> None:
    two_differ(desk)
    found = looked_at(desk)
    assert [one.letter for one in found.answers] == ["A", "B"]
    assert {(one.value, one.rationale, one.rater) for one in found.answers} == {
        (1, "ada says so", ""), (3, "bob says so", ""),
    }  # fmt: skip
    assert looked_at(desk).answers == found.answers
    deciding.show_names(desk, "i0", lead="lea", role=HOLDER)
    named = looked_at(desk)
    assert {one.rater: one.value for one in named.answers} == {"ada": 1, "bob": 3}
    assert [record.kind for record in named.records] == ["names shown"]
    assert not looked_at(desk, lead="max").names_shown  # who asked sees them, nobody else


def test_letters_say_nothing_of_who_is_who(desk: Desk) -> None:
    for k in range(6):
        two_differ(desk, f"i{k}")
    first = {one.value for k in range(6) for one in looked_at(desk, f"i{k}").answers if one.letter == "A"}
    assert first == {1, 3}  # A is ada on some items and bob on others


def test_a_decision_becomes_the_reference_and_raw_labels_go_on_counting(desk: Desk) -> None:
    two_differ(desk)
    for k in range(1, 4):
        rate(desk, "ada", f"i{k}", 2), rate(desk, "bob", f"i{k}", 2)
    before = ratings(desk).criteria["helpful"]
    assert (reference(before).kind, reference(before).ties) == ("median", 1)
    decide(desk)
    after = ratings(desk).criteria["helpful"]
    held = reference(after)
    assert (held.kind, held.ties, sorted(held.number.tolist())) == ("adjudicated", 0, [2.0, 2.0, 2.0, 2.0])
    humans = [measure_humans(found) for found in (before, after)]
    assert humans[0] == humans[1]
    grounded = ratings(desk).criteria["grounded"]
    assert reference(grounded).kind == "majority"  # nothing was decided there


def measure_humans(found: object) -> object:
    from calibration.ratings import CriterionRatings, Ratings

    assert isinstance(found, CriterionRatings)
    return measure(Ratings({"helpful": found}, ())).criteria["helpful"].humans.as_json()


def test_the_ceiling_never_uses_a_decision(desk: Desk) -> None:
    for k in range(6):
        rate(desk, "ada", f"i{k}", 1 + k % 3), rate(desk, "bob", f"i{k}", 1 + (k + k % 2) % 3)
    put(desk, *(verdict(f"i{k}", 1 + k % 3) for k in range(6)))
    before = measure(ratings(desk)).criteria["helpful"].judges["rules"]
    for one in [one for one in listed(desk) if one.criterion == "helpful"]:
        deciding.decide(desk, one.item_id, "helpful", 1, reason="r", lead="lea", role=HOLDER)
    after = measure(ratings(desk)).criteria["helpful"].judges["rules"]
    assert before.ceiling is not None
    assert after.ceiling is not None
    assert before.ceiling.as_json() == after.ceiling.as_json()
    assert (before.reference, after.reference) == ("median", "adjudicated")
    assert before.estimates["percent_agreement"] != after.estimates["percent_agreement"]


def test_an_item_that_is_decided_to_need_no_answer_has_no_reference(desk: Desk) -> None:
    put(desk, label("i0", "ada", None, status="not_applicable"), label("i0", "bob", 2), label("i1", "ada", 3))
    decide(desk, "not applicable")
    found = ratings(desk).criteria["helpful"]
    held = reference(found)
    assert [found.items[k] for k in held.item] == ["i1"]


def test_a_decision_is_undone_by_another_record(desk: Desk) -> None:
    two_differ(desk)
    decide(desk)
    assert [(one.state, one.decided) for one in listed(desk)] == [("decided", "2")]
    deciding.undo(desk, "i0", "helpful", reason="Read it too fast.", lead="lea", role=HOLDER)
    assert [(one.state, one.decided) for one in listed(desk)] == [("open", None)]
    assert reference(ratings(desk).criteria["helpful"]).kind == "median"
    assert [record.kind for record in looked_at(desk).records] == ["decided", "undone"]
    with pytest.raises(CannotAdjudicate, match="nothing is decided"):
        deciding.undo(desk, "i0", "helpful", reason="again", lead="lea", role=HOLDER)


def test_a_decision_is_stale_and_no_reference_when_a_rater_answers_anew(desk: Desk) -> None:
    two_differ(desk)
    decide(desk)
    rate(desk, "ada", "i0", 2, key="ada-i0-again", reason="Read it again.")
    assert [(one.state, one.decided) for one in listed(desk)] == [("stale", "2")]
    assert reference(ratings(desk).criteria["helpful"]).kind == "median"
    decide(desk, 3)
    assert [one.state for one in listed(desk)] == ["decided"]


def test_what_changed_since_the_lead_looked_is_not_decided_over(desk: Desk) -> None:
    two_differ(desk)
    seen = looked_at(desk).labels_sha256
    rate(desk, "ada", "i0", 2, key="ada-i0-again", reason="Read it again.")
    with pytest.raises(AnswersChanged, match="look again"):
        deciding.decide(desk, "i0", "helpful", 3, reason="r", lead="lea", seen_sha256=seen, role=HOLDER)
    assert looked_at(desk).records == ()


@pytest.mark.parametrize(
    ("item", "value", "reason", "lead", "says"),
    [
        ("i0", 7, "r", "lea", "not one of"),
        ("i0", 2, "  ", "lea", "Say why"),
        ("i0", 2, "r" * 5_000, "lea", "Longer"),
        ("i0", 2, "r", " ", "Say who"),
        ("i1", 2, "r", "lea", "do not differ"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    desk: Desk, item: str, value: object, reason: str, lead: str, says: str
) -> None:
    two_differ(desk)
    rate(desk, "ada", "i1", 2), rate(desk, "bob", "i1", 2)
    with pytest.raises(CannotAdjudicate, match=says):
        deciding.decide(desk, item, "helpful", value, reason=reason, lead=lead, role=HOLDER)
    assert looked_at(desk).records == ()


def test_an_item_sent_back_comes_next_with_the_answers_given_and_the_leads_note(desk: Desk) -> None:
    two_differ(desk)
    deciding.send_back(desk, "i0", "helpful", note="Count the second step too.", lead="lea", role=HOLDER)
    assert [(one.state, one.awaited) for one in listed(desk)] == [("sent back", 2)]
    upcoming = labelling.next_item(desk, "ada")
    assert isinstance(upcoming, NextItem)
    assert upcoming.item.item_id == "i0"
    assert {a.criterion: a.value for a in upcoming.previous or ()} == {"grounded": "yes", "helpful": 1}
    (letter,) = questions.news(desk, "ada")
    assert "Count the second step too." in questions.last_answer(letter)
    rate(desk, "ada", "i0", 3, key="ada-again")
    assert [(one.state, one.awaited) for one in listed(desk)] == [("sent back", 1)]
    after = labelling.next_item(desk, "ada")
    assert isinstance(after, NextItem)
    assert after.item.item_id != "i0"
    revised = [one for one in journal(desk) if one.rater == "ada" and one.criterion == "helpful"]
    assert [(one.revision, one.value, one.blind.peers) for one in revised] == [(1, 1, True), (2, 3, False)]
    assert revised[1].reason == "looked at again, sent back by the lead"


def test_an_item_sent_back_is_asked_until_it_is_answered_or_decided(desk: Desk, clock: object) -> None:
    two_differ(desk)
    deciding.send_back(desk, "i0", "helpful", note="Look again.", lead="lea", role=HOLDER)
    for _ in range(2):
        labelling.release(desk, "ada")
        clock.forward(hours=3)  # type: ignore[attr-defined]
        (first, *_rest) = labelling.next_items(desk, "ada", count=3)
        assert first.item.item_id == "i0"
    labelling.release(desk, "ada")
    decide(desk)
    assert "i0" not in {one.item.item_id for one in labelling.next_items(desk, "ada", count=3)}


def test_sending_back_that_is_cut_off_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    two_differ(desk)
    told: list[str] = []

    def cut_off(*given: object) -> None:
        told.append(str(given[3]))
        if len(told) == 2:
            raise KeyboardInterrupt
        tell(*given)  # type: ignore[arg-type]

    tell = deciding._tell
    monkeypatch.setattr(deciding, "_tell", cut_off)
    with pytest.raises(KeyboardInterrupt):
        deciding.send_back(desk, "i0", "helpful", note="Look again.", lead="lea", role=HOLDER)
    assert told == ["ada", "bob"]
    assert looked_at(desk).records == ()
    assert questions.news(desk, "ada") == ()
    upcoming = labelling.next_item(desk, "ada")
    assert isinstance(upcoming, NextItem)
    assert upcoming.item.item_id != "i0"


def test_imported_answers_can_be_sent_back_too(desk: Desk) -> None:
    put(desk, label("i0", "ada", 1), label("i0", "bob", 3))
    deciding.send_back(desk, "i0", "helpful", note="Look again.", lead="lea", role=HOLDER)
    upcoming = labelling.next_item(desk, "bob")
    assert isinstance(upcoming, NextItem)
    assert (upcoming.item.item_id, upcoming.previous) == ("i0", None)
    rate(desk, "bob", "i0", 1, key="bob-again")
    assert [(one.state, one.awaited) for one in listed(desk)] == [("sent back", 1)]


def test_agreement_is_between_the_answers_given_before_others_were_known(desk: Desk) -> None:
    two_differ(desk)
    before = measure_humans(ratings(desk).criteria["helpful"])
    deciding.send_back(desk, "i0", "helpful", note="Look again.", lead="lea", role=HOLDER)
    rate(desk, "ada", "i0", 3, key="ada-again")
    found = ratings(desk).criteria["helpful"]
    assert measure_humans(found) == before
    assert found.left_out == {"changed after others' answers were known (the first answer counts)": 1}
    answers = {(one.value, one.changed, one.first) for one in looked_at(desk).answers}
    assert answers == {(3, True, 1), (3, False, None)}
    assert [one.state for one in listed(desk)] == ["sent back"]  # still the lead's to confirm


def test_a_lead_who_looked_no_longer_rates_the_item_blind_to_its_raters(desk: Desk) -> None:
    two_differ(desk)
    looked_at(desk, lead="cyd")
    rate(desk, "cyd", "i0", 2)
    assert {one.blind.peers for one in journal(desk) if one.rater == "cyd"} == {False}


def test_evidence_is_another_once_a_decision_counts(desk: Desk) -> None:
    two_differ(desk)
    put(desk, verdict("i0", 3))
    before = evidence_of([ratings(desk).criteria["helpful"]], "rules").labels_sha256
    decide(desk)
    assert evidence_of([ratings(desk).criteria["helpful"]], "rules").labels_sha256 != before


def test_decisions_about_items_of_another_split_do_not_enter(desk: Desk) -> None:
    two_differ(desk)
    decide(desk)
    freeze_split(desk, role=HOLDER)
    splits = ("development", "validation", "held_out")
    found = [ratings(desk, splits=(split,)).criteria["helpful"] for split in splits]
    assert sum(len(one.adjudicated_item) for one in found) == 1
    assert [one.adjudicates for one in found] == [bool(len(one.item)) for one in found]


def test_the_report_says_how_many_were_adjudicated_and_by_whom(desk: Desk) -> None:
    two_differ(desk)
    two_differ(desk, "i1")
    two_differ(desk, "i2")
    decide(desk)
    decide(desk, item="i1", lead="ada")
    decide(desk, item="i2")
    rate(desk, "bob", "i2", 2, key="bob-i2-again", reason="Read it again.")
    notes = " ".join(build_report(desk, role=HOLDER).notes)
    assert "helpful: 2 of 3 disputed items were adjudicated (by ada, lea)" in notes
    assert "ada decided 1 dispute with own answers among them" in notes
    assert "1 decision is stale" in notes


def test_the_report_counts_no_dispute_of_held_out_items(desk: Desk) -> None:
    items = ("i0", "i1", "i2")
    for item in items:
        two_differ(desk, item)
        decide(desk, item=item)
    freeze_split(desk, role=HOLDER)
    sealed = sum(split_of_items(desk)[item] == "held_out" for item in items)
    assert 0 < sealed < 3
    notes = " ".join(build_report(desk, role=HOLDER).notes)
    assert f"helpful: {3 - sealed} of {3 - sealed} disputed items were adjudicated" in notes


def test_reading_by_columns_and_one_by_one_count_the_same_answers(desk: Desk) -> None:
    rng = np.random.default_rng(3)
    rows = [
        label("i0", rater, int(rng.integers(1, 4)), revision=k + 1, blind={"peers": bool(rng.integers(2))})
        for rater in ("ada", "bob", "cyd")
        for k in range(4)
    ]
    put(desk, *rows)
    found = ratings(desk).criteria["helpful"]
    bulk = {found.raters[r]: n for r, n in zip(found.rater, found.number.tolist(), strict=True)}
    from annotate_app.services import disputes
    from annotate_app.store import adjudication, items, studies

    with desk.store.reading() as session:
        stored = items.get(session, desk.study_id, "i0")
        assert stored is not None
        number = studies.criterion_ids(session, desk.study_id)["helpful"]
        answers = disputes.by_item(adjudication.given(session, number, [stored.number]))["i0"]
    assert {one.rater: one.counted[1] for one in answers} == bulk
