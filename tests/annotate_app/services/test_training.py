"""The training round: gold answers come in explained, new raters meet them first, they count nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import asking, labelling, training
from annotate_app.services.gold import add_gold
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import NextItem, NothingLeft, Submission
from annotate_app.services.prefetching import Held
from annotate_app.services.ratings import ratings
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.store import labels
from annotate_app.study_file import BadStudyFile
from rubrics.answers import Answer, Label

SECTION = "[training]\nitems = 3\npass_share = 0.7\n"
RIGHT = (Answer("grounded", "yes"), Answer("helpful", 3))
HALF = (Answer("grounded", "yes"), Answer("helpful", 1))
WRONG = (Answer("grounded", "no", rationale="so"), Answer("cause", "name"), Answer("helpful", 1))


def gold_file(folder: Path, items: range = range(4), **more: object) -> Path:
    """Gold answers by the lead: grounded, and helpful in full."""
    rows = [
        {
            "item_id": f"i{k}",
            "rater": "lea",
            "criterion": criterion,
            "value": value,
            "rationale": f"Because of {k}.",
            **more,
        }
        for k in items
        for criterion, value in (("grounded", "yes"), ("helpful", 3))
    ]
    path = folder / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def desk(make_study: Callable[..., Path], write_items: Callable[..., Path]) -> Iterator[Desk]:
    """Twelve items, four of them with gold answers; a round has three."""
    opened = open_desk(make_study(toml=SECTION))
    import_files(opened, [write_items(12)], role=HOLDER)
    for name in ("ada", "bob"):
        labelling.add_rater(opened, name)
    add_gold(opened, [gold_file(opened.folder)], strict=True, role=HOLDER)
    yield opened
    opened.close()


def answer(desk: Desk, rater: str = "ada", answers: tuple[Answer, ...] = RIGHT) -> str:
    """Answer the item that the rater is asked; the submission's id."""
    upcoming = labelling.next_item(desk, rater)
    assert isinstance(upcoming, NextItem)
    found = training.state(desk, rater)
    submission_id = f"{rater}-{found.number}-{upcoming.purpose}-{upcoming.item.item_id}"
    item_id = upcoming.item.item_id
    labelling.submit(desk, Submission(submission_id, item_id, rater, answers, purpose=upcoming.purpose))
    return submission_id


def take_round(desk: Desk, rater: str = "ada", answers: tuple[Answer, ...] = RIGHT) -> list[str]:
    return [answer(desk, rater, answers) for _ in range(3)]


def journal(desk: Desk) -> list[Label]:
    with desk.store.reading() as session:
        return list(labels.journal(session, desk.study_id))


def test_a_new_rater_is_asked_training_items_alone_until_they_pass(desk: Desk) -> None:
    asked = []
    for _ in range(3):
        upcoming = labelling.next_item(desk, "ada")
        assert isinstance(upcoming, NextItem)
        assert upcoming.purpose == "training"
        assert upcoming.item.item_id in {"i0", "i1", "i2", "i3"}
        asked.append(upcoming.item.item_id)
        answer(desk)
    assert len(set(asked)) == 3
    passed = training.state(desk, "ada")
    assert (passed.phase, passed.right, passed.answers) == ("passed", 6, 6)
    upcoming = labelling.next_item(desk, "ada")
    assert isinstance(upcoming, NextItem)
    assert upcoming.purpose == "estimate"
    assert upcoming.item.item_id not in asked  # what was explained is not asked again


def test_the_page_that_prefetches_gets_training_items_alone_too(desk: Desk) -> None:
    first = labelling.next_items(desk, "ada", count=3)
    assert {one.purpose for one in first} == {"training"}
    held = [Held(one.item.item_id, "training") for one in first]
    assert labelling.next_items(desk, "ada", count=3, held=held) == ()
    assert [one.item.item_id for one in labelling.next_items(desk, "ada", count=3)] == [
        one.item.item_id for one in first
    ]


def test_an_item_reserved_before_training_was_asked_for_is_not_handed_out(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    folder = make_study()
    before = open_desk(folder)
    import_files(before, [write_items(12)], role=HOLDER)
    labelling.add_rater(before, "ada")
    assert isinstance(labelling.next_item(before, "ada"), NextItem)
    before.close()
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + SECTION, encoding="utf-8")
    desk = open_desk(folder)
    found = labelling.next_item(desk, "ada")
    assert isinstance(found, NothingLeft)
    assert "so far 0 have gold answers" in found.reason
    assert labelling.next_items(desk, "ada", count=3) == ()
    add_gold(desk, [gold_file(folder)], strict=True, role=HOLDER)
    assert {one.purpose for one in labelling.next_items(desk, "ada", count=3)} == {"training"}
    desk.close()


def test_whoever_fails_is_told_and_asked_nothing_until_they_begin_another_round(desk: Desk) -> None:
    take_round(desk, answers=HALF)  # 3 of 6 right, 70% are asked for
    found = labelling.next_item(desk, "ada")
    assert isinstance(found, NothingLeft)
    assert "3 of 6" in found.reason
    assert labelling.next_items(desk, "ada", count=3) == ()
    first = training.start(desk, "ada")
    assert (first.phase, first.number, first.done) == ("open", 2, 0)
    again = training.start(desk, "ada")
    assert again.number == 2  # asked twice, begun once
    take_round(desk, answers=RIGHT)
    assert training.state(desk, "ada").phase == "passed"


def test_another_round_begins_with_items_that_were_not_asked_before(desk: Desk) -> None:
    seen = {one.item.item_id for one in training.next_items(desk, "ada", count=3)}
    take_round(desk, answers=WRONG)
    training.start(desk, "ada")
    upcoming = training.next_items(desk, "ada", count=3)
    assert upcoming[0].item.item_id not in seen
    assert len({one.item.item_id for one in upcoming}) == 3


def test_a_round_keeps_its_items_when_the_lead_adds_more(desk: Desk) -> None:
    first = [one.item.item_id for one in training.next_items(desk, "ada", count=3)]
    add_gold(desk, [gold_file(desk.folder, range(4, 9))], strict=True, role=HOLDER)
    assert [one.item.item_id for one in training.next_items(desk, "ada", count=3)] == first


def test_the_explanation_is_there_after_a_training_answer_and_only_then(desk: Desk) -> None:
    submission_id = answer(desk, answers=HALF)
    found = training.explain(desk, "ada", submission_id)
    assert found is not None
    assert [(one.criterion, one.given, one.gold, one.right) for one in found.compared] == [
        ("grounded", "yes", "yes", True), ("helpful", 1, 3, False),
    ]  # fmt: skip
    assert found.compared[1].why.startswith("Because of")
    assert training.explain(desk, "bob", submission_id) is None
    labelling.submit(desk, Submission("estimate-1", "i9", "ada", RIGHT))
    assert training.explain(desk, "ada", "estimate-1") is None


def test_a_question_that_was_not_asked_is_not_held_against_the_rater(desk: Desk) -> None:
    row = {"rater": "lea", "criterion": "cause", "value": "name", "rationale": "It is one."}
    rows = [{"item_id": f"i{k}", **row} for k in range(4)]
    path = desk.folder / "cause.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    add_gold(desk, [path], strict=True, role=HOLDER)
    take_round(desk)  # says "grounded", so the cause is not asked
    assert training.state(desk, "ada").answers == 6


def test_a_skipped_training_item_is_not_right(desk: Desk) -> None:
    skipped = tuple(Answer(name, None, "skipped", reason="not my field") for name in ("grounded", "helpful"))
    take_round(desk, answers=skipped)
    found = training.state(desk, "ada")
    assert (found.phase, found.right, found.answers) == ("failed", 0, 6)


def test_a_second_answer_after_the_explanation_does_not_count(desk: Desk) -> None:
    submission_id = answer(desk, answers=WRONG)
    item_id = submission_id.rsplit("-", 1)[1]
    labelling.submit(desk, Submission("better-0", item_id, "ada", RIGHT, purpose="training"))
    answer(desk)
    answer(desk)
    found = training.state(desk, "ada")
    assert (found.right, found.answers) == (4, 6)


def test_training_answers_are_not_taken_back(desk: Desk) -> None:
    submission_id = answer(desk)
    assert labelling.undo(desk, "ada") is None
    assert labelling.take_back(desk, "ada", submission_id) is None
    assert labelling.last_standing(desk, "ada") is None
    assert {label.status for label in journal(desk) if label.rater == "ada"} == {"observed"}


def test_training_never_enters_agreement_or_progress(desk: Desk) -> None:
    take_round(desk)
    for found in ratings(desk).criteria.values():
        assert len(found.item) == 0
    assert labelling.progress(desk, "ada").done == 0
    # the nine others, without the three that were explained
    assert labelling.progress(desk, "ada").left == 9


def test_how_a_rater_compares_counts_first_answers_with_an_interval(desk: Desk) -> None:
    take_round(desk, answers=HALF)
    training.start(desk, "ada")
    take_round(desk, answers=RIGHT)  # one new item, two whose explanation was read
    found = training.comparison(desk, "ada")
    assert (found["grounded"].value, found["grounded"].n) == (1.0, 4)
    assert (found["helpful"].value, found["helpful"].n) == (0.25, 4)
    # Wilson for 1 of 4: (.25 + 1.9207/4 ± ...) = .0456 to .6994
    assert found["helpful"].low == pytest.approx(0.0456, abs=1e-3)
    assert found["helpful"].high == pytest.approx(0.6994, abs=1e-3)
    assert training.comparison(desk, "bob") == {}


def test_a_rater_who_passed_stays_passed_when_more_is_asked_for(desk: Desk) -> None:
    take_round(desk)
    assert training.state(desk, "ada").phase == "passed"
    file = desk.folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("items = 3", "items = 4"), encoding="utf-8")
    later = open_desk(desk.folder)
    assert training.state(later, "ada").phase == "passed"
    assert training.state(later, "bob").of == 4
    later.close()


def test_who_wrote_the_gold_answers_is_not_trained_on_them(desk: Desk) -> None:
    assert training.state(desk, "lea").phase == "none"
    upcoming = labelling.next_item(desk, "lea")
    assert isinstance(upcoming, NextItem)
    assert upcoming.purpose == "estimate"
    assert upcoming.item.item_id not in {"i0", "i1", "i2", "i3"}


def test_without_the_section_nobody_is_trained(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    desk = open_desk(make_study())
    import_files(desk, [write_items(6)], role=HOLDER)
    labelling.add_rater(desk, "ada")
    add_gold(desk, [gold_file(desk.folder)], role=HOLDER)
    assert training.state(desk, "ada").phase == "none"
    desk.close()


def test_gold_answers_need_an_explanation_and_a_value(desk: Desk) -> None:
    summary = add_gold(desk, [gold_file(desk.folder, range(5, 6), rationale=" ")], role=HOLDER)
    assert {reject.field for reject in summary.rejects} == {"rationale"}
    summary = add_gold(desk, [gold_file(desk.folder, range(5, 6), value=None)], role=HOLDER)
    assert {reject.field for reject in summary.rejects} == {"value"}
    assert training.items_with_gold(desk, role=HOLDER) == ("i0", "i1", "i2", "i3")


def test_gold_answers_come_in_once_and_a_new_one_counts_instead(desk: Desk) -> None:
    assert add_gold(desk, [gold_file(desk.folder)], role=HOLDER).changed_nothing
    add_gold(desk, [gold_file(desk.folder, range(4), rationale="Read again.")], role=HOLDER)
    found = training.explain(desk, "ada", answer(desk))
    assert found is not None
    assert {one.why for one in found.compared} == {"Read again."}


def test_a_plain_import_brings_gold_answers_too(desk: Desk) -> None:
    import_files(
        desk,
        [gold_file(desk.folder, range(6, 7), purpose="training", adjudicated=True)],
        strict=True,
        role=HOLDER,
    )
    assert "i6" in training.items_with_gold(desk, role=HOLDER)


def test_training_items_come_from_development_alone(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    desk = open_desk(make_study(toml=SECTION))
    import_files(desk, [write_items(12)], role=HOLDER)
    add_gold(desk, [gold_file(desk.folder, range(6))], strict=True, role=HOLDER)
    freeze_split(desk, role=HOLDER)
    split = split_of_items(desk)
    inside = {item for item, where in split.items() if where == "development"}
    assert set(training.items_with_gold(desk, role=HOLDER)) == inside & {f"i{k}" for k in range(6)}
    outside = sorted(set(split) - inside)
    rejects = add_gold(desk, [gold_file(desk.folder, range(12))], role=HOLDER).rejects
    assert {reject.field for reject in rejects} == {"item_id"}
    assert len(rejects) == 2 * len(outside)
    assert set(training.items_with_gold(desk, role=HOLDER)) == inside
    desk.close()


@pytest.mark.parametrize("section", ["items = 0", "pass_share = 0", "pass_share = 1.5", "share = 0.5"])
def test_a_section_that_makes_no_sense_is_refused(make_study: Callable[..., Path], section: str) -> None:
    with pytest.raises(BadStudyFile, match="training"):
        open_desk(make_study(toml=f"[training]\n{section}\n"))


def test_the_lead_sees_how_far_everybody_is(desk: Desk) -> None:
    take_round(desk)
    found = training.overview(desk, role=HOLDER)
    assert {name: one.phase for name, one in found.items()} == {"ada": "passed", "bob": "open", "lea": "none"}


def test_why_nothing_is_asked_is_said_in_each_case(desk: Desk) -> None:
    take_round(desk, answers=WRONG)
    assert "0 of 6" in asking.why_nothing(training.state(desk, "ada"))
