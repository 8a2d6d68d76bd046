"""My work: own labels alone, searched and changed as revisions with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from postgres import both_engines

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling, own_work
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import NextItem, NothingLeft, Submission, UnknownItem, UnknownRater
from annotate_app.services.own_work import CannotChange, Filter
from annotate_app.services.rights import HOLDER
from annotate_app.store import labels
from rubrics.answers import Answer, Label

pytestmark = both_engines

FULL = (Answer("grounded", "yes"), Answer("helpful", 3))
OTHER = (Answer("grounded", "no", rationale="No source says so."), Answer("cause", "name"),
         Answer("helpful", 1))  # fmt: skip


def send(
    desk: Desk,
    item: str,
    rater: str = "ada",
    answers: tuple[Answer, ...] = FULL,
    *,
    note: str | None = None,
    wave: str | None = None,
) -> str:
    submission_id = f"{rater}-{item}"
    labelling.submit(desk, Submission(submission_id, item, rater, answers, note=note, wave=wave))
    return submission_id


def changed(item: str = "i0", rater: str = "ada", *, reason: str | None = "read it again") -> Submission:
    return Submission(f"change-{item}", item, rater, OTHER, reason=reason)


def names(found: own_work.OwnPage) -> list[str]:
    return [own.item_id for own in found.items]


def journal(desk: Desk) -> list[Label]:
    with desk.store.reading() as session:
        return list(labels.journal(session, desk.study_id))


def test_a_rater_sees_own_items_newest_first_and_nobody_elses(desk: Desk) -> None:
    for item in ("i0", "i3", "i1"):
        send(desk, item)
    send(desk, "i2", "bob")
    found = own_work.page(desk, "ada", role=HOLDER)
    assert names(found) == ["i1", "i3", "i0"]
    assert found.total == 3
    assert {label.rater for own in found.items for label in own.labels} == {"ada"}
    with pytest.raises(UnknownItem):
        own_work.of_item(desk, "ada", "i2", role=HOLDER)


def test_a_name_that_is_not_on_the_list_sees_nothing(desk: Desk) -> None:
    with pytest.raises(UnknownRater):
        own_work.page(desk, "mallory", role=HOLDER)


def test_nothing_that_could_tell_of_the_author_is_in_the_item(desk: Desk) -> None:
    send(desk, "i1")
    item, own = own_work.of_item(desk, "ada", "i1", role=HOLDER)
    assert (item.system, item.stratum, item.cluster) == (None, None, None)
    assert len(own) == 1


def test_pages_follow_one_another_without_a_gap(desk: Desk) -> None:
    for k in range(6):
        send(desk, f"i{k}")
    pages = [own_work.page(desk, "ada", number=k, per_page=4, role=HOLDER) for k in range(2)]
    assert [names(found) for found in pages] == [["i5", "i4", "i3", "i2"], ["i1", "i0"]]
    assert {(found.pages, found.total) for found in pages} == {(2, 6)}


@pytest.mark.parametrize(
    ("wanted", "items"),
    [
        (Filter("text 3"), ["i3"]),
        (Filter("I1"), ["i1"]),
        (Filter("odd price"), ["i3"]),
        (Filter("no source"), ["i1"]),
        (Filter("100%"), []),
        (Filter(criterion="grounded", answer="no"), ["i1"]),
        (Filter(criterion="helpful", answer=3), ["i3", "i0"]),
        (Filter("i0", criterion="helpful", answer=3), ["i0"]),
        (Filter(criterion="cause"), ["i1"]),
        (Filter(criterion="tone", answer=0.5), ["i2"]),
        (Filter(criterion="helpful", status="not_applicable"), ["i2"]),
        (Filter(criterion="helpful", status="skipped"), ["i4"]),
    ],
)
def test_work_is_found_by_item_criterion_answer_and_note(
    desk: Desk, wanted: Filter, items: list[str]
) -> None:
    send(desk, "i0")
    send(desk, "i1", answers=OTHER)
    half = (Answer("grounded", "yes"), Answer("helpful", None, "not_applicable"), Answer("tone", 0.5))
    send(desk, "i2", answers=half)
    send(desk, "i3", note="An odd price")
    skipped = tuple(Answer(name, None, "skipped", reason="broken") for name in ("grounded", "helpful"))
    send(desk, "i4", answers=skipped)
    send(desk, "i5", "bob", answers=OTHER, note="An odd price")
    assert names(own_work.page(desk, "ada", wanted, role=HOLDER)) == items


def test_a_search_looks_at_the_answers_that_stand_and_not_at_earlier_ones(desk: Desk) -> None:
    send(desk, "i0")
    own_work.change(desk, changed(), role=HOLDER)
    assert names(own_work.page(desk, "ada", Filter(criterion="helpful", answer=3), role=HOLDER)) == []
    assert names(own_work.page(desk, "ada", Filter(criterion="helpful", answer=1), role=HOLDER)) == ["i0"]


def test_imported_labels_are_own_work_too_and_come_last(desk: Desk) -> None:
    row = {"item_id": "i5", "rater": "ada", "criterion": "helpful", "value": 2}
    path = desk.folder / "labels.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    import_files(desk, [path], role=HOLDER)
    send(desk, "i0")
    found = own_work.page(desk, "ada", role=HOLDER)
    assert names(found) == ["i0", "i5"]
    assert [label.value for label in found.items[1].labels] == [2]
    assert names(own_work.page(desk, "ada", number=1, per_page=1, role=HOLDER)) == ["i5"]


def test_a_change_is_the_next_revision_with_its_reason_and_keeps_what_was_before(desk: Desk) -> None:
    send(desk, "i0")
    receipt = own_work.change(desk, changed(), role=HOLDER)
    again = own_work.change(desk, changed(), role=HOLDER)
    assert (receipt.revision, receipt.duplicate, again.duplicate) == (2, False, True)
    (own,) = own_work.of_item(desk, "ada", "i0", role=HOLDER)[1]
    assert {label.criterion: (label.value, label.revision) for label in own.labels} == {
        "grounded": ("no", 2), "cause": ("name", 1), "helpful": (1, 2),
    }  # fmt: skip
    assert {label.reason for label in own.labels} == {"read it again"}
    assert {label.criterion: label.value for label in own.history} == {"grounded": "yes", "helpful": 3}
    assert own.revision == 2
    assert len(journal(desk)) == 5


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_change_without_a_reason_is_refused(desk: Desk, reason: str | None) -> None:
    send(desk, "i0")
    with pytest.raises(CannotChange, match="Say why"):
        own_work.change(desk, changed(reason=reason), role=HOLDER)
    assert len(journal(desk)) == 2


def test_only_own_answers_that_stand_are_changed(desk: Desk) -> None:
    send(desk, "i0", "bob")
    with pytest.raises(CannotChange, match="asked again"):
        own_work.change(desk, changed(), role=HOLDER)
    with pytest.raises(UnknownItem):
        own_work.change(desk, replace(changed(), item_id="nowhere"), role=HOLDER)


def test_what_was_taken_back_is_shown_as_that_and_not_changed_here(desk: Desk) -> None:
    send(desk, "i0")
    labelling.undo(desk, "ada")
    (own,) = own_work.page(desk, "ada", role=HOLDER).items
    assert own.taken_back
    assert "asked again" in own.fixed
    with pytest.raises(CannotChange):
        own_work.change(desk, changed(), role=HOLDER)


def test_training_answers_stay_as_they_were_given(desk: Desk) -> None:
    labelling.submit(desk, Submission("training-0", "i0", "ada", FULL, purpose="training"))
    (own,) = own_work.page(desk, "ada", role=HOLDER).items
    assert "Training" in own.fixed
    with pytest.raises(CannotChange, match="Training"):
        own_work.change(desk, replace(changed(), purpose="training"), role=HOLDER)


def test_a_closed_study_asks_nothing_and_changes_nothing_but_loses_nothing(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    folder = make_study()
    open_study = open_desk(folder)
    import_files(open_study, [write_items(3)], role=HOLDER)
    labelling.add_rater(open_study, "ada")
    assert isinstance(labelling.next_item(open_study, "ada"), NextItem)
    send(open_study, "i0")
    open_study.close()
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + "closed = true\n", encoding="utf-8")
    closed = open_desk(folder)
    assert isinstance(labelling.next_item(closed, "ada"), NothingLeft)
    assert labelling.next_items(closed, "ada", count=3) == ()
    assert labelling.progress(closed, "ada").left == 0
    with pytest.raises(CannotChange, match="closed"):
        own_work.change(closed, changed(), role=HOLDER)
    send(closed, "i1")  # it was answered before and waited in a browser
    assert own_work.page(closed, "ada", role=HOLDER).total == 2
    closed.close()
