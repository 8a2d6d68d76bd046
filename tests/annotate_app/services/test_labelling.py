"""Rating: what is asked next, saving, changing, taking back, skipping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from postgres import both_engines

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling, overseeing
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import (
    InvalidSubmission,
    NextItem,
    NothingLeft,
    Progress,
    Submission,
    SubmissionConflict,
    UnknownItem,
    UnknownRater,
)
from annotate_app.services.rights import HOLDER
from annotate_app.store import labels
from rubrics.answers import Answer, Label

pytestmark = both_engines

FULL = (Answer("grounded", "yes"), Answer("helpful", 3))
UNGROUNDED = (
    Answer("grounded", "no", rationale="No source says so."), Answer("cause", "name"), Answer("helpful", 1),
)  # fmt: skip


def upcoming(desk: Desk, rater: str = "ada") -> NextItem:
    found = labelling.next_item(desk, rater)
    assert isinstance(found, NextItem)
    return found


def rate(desk: Desk, rater: str = "ada", *, key: str = "", answers: tuple[Answer, ...] = FULL) -> str:
    """Rate the next item; its id."""
    item = upcoming(desk, rater).item.item_id
    labelling.submit(desk, Submission(key or f"{rater}-{item}", item, rater, answers))
    return item


def journal(desk: Desk) -> list[Label]:
    with desk.store.reading() as session:
        return list(labels.journal(session, desk.study_id))


def standing(desk: Desk) -> dict[tuple[str, str], tuple[object, str]]:
    with desk.store.reading() as session:
        return {
            (label.item_id, label.criterion): (label.value, label.status)
            for label in labels.latest(session, desk.study_id)
        }


def test_a_rater_gets_every_item_once_and_then_nothing(desk: Desk) -> None:
    rated = [rate(desk) for _ in range(6)]
    assert sorted(rated) == ["i0", "i1", "i2", "i3", "i4", "i5"]
    assert isinstance(labelling.next_item(desk, "ada"), NothingLeft)
    assert labelling.progress(desk, "ada") == Progress(done=6, left=0)


def test_the_same_item_is_asked_until_it_is_answered(desk: Desk) -> None:
    assert {upcoming(desk).item.item_id for _ in range(4)} == {upcoming(desk).item.item_id}


def test_raters_are_asked_in_orders_of_their_own(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    desk = open_desk(make_study())
    import_files(desk, [write_items(40)], role=HOLDER)
    orders = []
    for rater in ("ada", "bob"):
        labelling.add_rater(desk, rater)
        orders.append([rate(desk, rater) for _ in range(40)])
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert orders[0] != sorted(orders[0], key=lambda item: int(item[1:]))
    desk.close()


def test_an_item_gets_no_more_raters_than_wanted(desk: Desk) -> None:
    for rater in ("ada", "bob"):
        for _ in range(6):
            rate(desk, rater)
    assert isinstance(labelling.next_item(desk, "cyd"), NothingLeft)
    assert labelling.progress(desk, "cyd") == Progress(done=0, left=0)


def test_a_reserved_item_counts_as_taken_until_it_is_released(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    desk = open_desk(make_study(raters_per_item=1))
    import_files(desk, [write_items(1)], role=HOLDER)
    for name in ("ada", "bob"):
        labelling.add_rater(desk, name)
    upcoming(desk, "ada")
    assert isinstance(labelling.next_item(desk, "bob"), NothingLeft)
    assert labelling.release(desk, "ada") == 1
    assert upcoming(desk, "bob").item.item_id == "i0"
    desk.close()


def test_a_reservation_expires_after_a_quarter_of_an_hour(
    make_study: Callable[..., Path], write_items: Callable[..., Path], clock: Callable[..., object]
) -> None:
    desk = open_desk(make_study(raters_per_item=1), clock=clock)  # type: ignore[arg-type]
    import_files(desk, [write_items(1)], role=HOLDER)
    for name in ("ada", "bob"):
        labelling.add_rater(desk, name)
    upcoming(desk, "ada")
    clock.forward(minutes=14)  # type: ignore[attr-defined]
    assert isinstance(labelling.next_item(desk, "bob"), NothingLeft)
    clock.forward(minutes=2)  # type: ignore[attr-defined]
    assert upcoming(desk, "bob").item.item_id == "i0"
    # ada was away too long: bob has the item, and she is told so.
    assert isinstance(labelling.next_item(desk, "ada"), NothingLeft)
    # What she had answered by then is kept all the same: no label is lost.
    labelling.submit(desk, Submission("late", "i0", "ada", FULL))
    labelling.submit(desk, Submission("in time", "i0", "bob", FULL))
    assert {label.rater for label in journal(desk)} == {"ada", "bob"}
    desk.close()


def test_a_rater_is_not_shown_who_made_the_item(desk: Desk) -> None:
    item = upcoming(desk).item
    assert (item.system, item.stratum, item.cluster, item.meta) == (None, None, None, ())
    assert item.output is not None


def test_the_same_submission_twice_is_one_set_of_labels(desk: Desk) -> None:
    item = upcoming(desk).item.item_id
    sent = Submission("s1", item, "ada", FULL)
    first, again = labelling.submit(desk, sent), labelling.submit(desk, sent)
    assert (first.duplicate, again.duplicate) == (False, True)
    assert (again.labels, again.revision, again.at) == (first.labels, first.revision, first.at)
    assert len(journal(desk)) == 2


def test_a_submission_id_stands_for_one_item_and_rater_only(desk: Desk) -> None:
    labelling.submit(desk, Submission("s1", "i0", "ada", FULL))
    with pytest.raises(SubmissionConflict, match="another item or rater"):
        labelling.submit(desk, Submission("s1", "i1", "ada", FULL))
    assert {label.item_id for label in journal(desk)} == {"i0"}


@pytest.mark.parametrize(
    ("answers", "modes", "said"),
    [
        ((Answer("grounded", "yes"),), (), "helpful: needs an answer"),
        ((*FULL, Answer("warmth", 1)), (), "warmth: is not a criterion"),
        ((Answer("grounded", "maybe"), Answer("helpful", 3)), (), "'maybe' is not one of"),
        ((Answer("grounded", None, "not_applicable"), Answer("helpful", 3)), (), "not allowed here"),
        ((Answer("grounded", "no"), Answer("cause", "name"), Answer("helpful", 3)), (), "needs a rationale"),
        ((*FULL, Answer("cause", "name")), (), "not asked after these answers"),
        (FULL, ("smells",), "failure mode 'smells'"),
        ((), (), "needs an answer"),
    ],
)
def test_answers_that_the_rubric_does_not_allow_are_not_saved(
    desk: Desk, answers: tuple[Answer, ...], modes: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InvalidSubmission, match=said):
        labelling.submit(desk, Submission("s1", "i0", "ada", answers, failure_modes=modes))
    assert journal(desk) == []


def test_a_criterion_that_is_not_asked_has_no_row(desk: Desk) -> None:
    labelling.submit(desk, Submission("s1", "i0", "ada", FULL))
    assert {label.criterion for label in journal(desk)} == {"grounded", "helpful"}


def test_changing_answers_adds_revisions_with_who_when_and_why(desk: Desk) -> None:
    labelling.submit(desk, Submission("s1", "i0", "ada", FULL))
    receipt = labelling.submit(desk, Submission("s2", "i0", "ada", UNGROUNDED, reason="read it again"))
    assert receipt.revision == 2
    found = [(x.criterion, x.revision, x.value, x.reason) for x in journal(desk)]
    assert found == [
        ("grounded", 1, "yes", None),
        ("helpful", 1, 3, None),
        ("grounded", 2, "no", "read it again"),
        ("cause", 1, "name", "read it again"),
        ("helpful", 2, 1, "read it again"),
    ]
    assert labelling.progress(desk, "ada").done == 1


def test_what_is_no_longer_asked_is_withdrawn(desk: Desk) -> None:
    labelling.submit(desk, Submission("s1", "i0", "ada", UNGROUNDED))
    labelling.submit(desk, Submission("s2", "i0", "ada", FULL))
    assert standing(desk)["i0", "cause"] == (None, "withdrawn")
    assert standing(desk)["i0", "grounded"] == ("yes", "observed")


def test_undo_withdraws_and_asks_the_item_again_with_its_answers(desk: Desk) -> None:
    first = rate(desk)
    second = rate(desk, answers=UNGROUNDED)
    assert labelling.undo(desk, "ada") is not None
    again = upcoming(desk)
    assert again.item.item_id == second
    assert again.previous == UNGROUNDED
    assert {status for (item, _), (_, status) in standing(desk).items() if item == second} == {"withdrawn"}
    assert {status for (item, _), (_, status) in standing(desk).items() if item == first} == {"observed"}
    assert labelling.progress(desk, "ada") == Progress(done=1, left=5)


def test_undo_twice_takes_the_two_last_items_back(desk: Desk) -> None:
    rated = [rate(desk) for _ in range(3)]
    labelling.undo(desk, "ada")
    labelling.undo(desk, "ada")
    assert labelling.progress(desk, "ada").done == 1
    asked = [rate(desk, key=f"again-{k}") for k in range(2)]
    assert sorted(asked) == sorted(rated[1:])


def test_undo_with_nothing_rated_does_nothing(desk: Desk) -> None:
    assert labelling.undo(desk, "ada") is None


def test_answering_again_after_undo_is_the_next_revision(desk: Desk) -> None:
    item = rate(desk)
    labelling.undo(desk, "ada")
    receipt = labelling.submit(desk, Submission("again", item, "ada", FULL))
    # answered (1), withdrawn (2), answered (3)
    assert receipt.revision == 3
    assert standing(desk)[item, "helpful"] == (3, "observed")


def test_an_item_taken_back_and_released_goes_to_another_rater(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    desk = open_desk(make_study(raters_per_item=1))
    import_files(desk, [write_items(3)], role=HOLDER)
    for name in ("ada", "bob"):
        labelling.add_rater(desk, name)
    items = {rate(desk, "ada") for _ in range(3)}
    assert isinstance(labelling.next_item(desk, "bob"), NothingLeft)
    labelling.undo(desk, "ada")
    labelling.release(desk, "ada")
    assert upcoming(desk, "bob").item.item_id in items
    desk.close()


def test_a_skip_is_every_required_criterion_skipped_for_one_reason(desk: Desk) -> None:
    skipped = tuple(Answer(name, None, "skipped", reason="not my field") for name in ("grounded", "helpful"))
    item = rate(desk, answers=skipped)
    assert standing(desk) == {
        (item, "grounded"): (None, "skipped"),
        (item, "helpful"): (None, "skipped"),
    }
    assert {label.reason for label in journal(desk)} == {"not my field"}
    assert upcoming(desk).item.item_id != item


def test_a_skip_for_two_reasons_is_refused(desk: Desk) -> None:
    skipped = (
        Answer("grounded", None, "skipped", reason="one"), Answer("helpful", None, "skipped", reason="two"),
    )  # fmt: skip
    with pytest.raises(InvalidSubmission, match="several reasons"):
        labelling.submit(desk, Submission("s1", "i0", "ada", skipped))


def test_aliases_are_stored_as_the_scale_spells_them(desk: Desk) -> None:
    labelling.submit(
        desk, Submission("s1", "i0", "ada", (Answer("grounded", "pass"), Answer("helpful", "3")))
    )
    assert standing(desk) == {("i0", "grounded"): ("yes", "observed"), ("i0", "helpful"): (3, "observed")}


def test_what_a_rater_had_seen_in_another_role_is_recorded_with_the_label(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "verdict.jsonl"
    path.write_text('{"item_id": "i0", "judge": "j", "criterion": "helpful", "value": 2}\n')
    import_files(desk, [path], role=HOLDER)
    for _ in range(2):
        overseeing.item_detail(desk, "i0", role="engineer", rater="ada")
    labelling.submit(desk, Submission("s1", "i0", "ada", FULL))
    labelling.submit(desk, Submission("s2", "i1", "ada", FULL))
    labelling.submit(desk, Submission("s3", "i0", "bob", FULL))
    blind = {(one.item_id, one.rater): (one.blind.peers, one.blind.judge) for one in journal(desk)}
    assert blind == {("i0", "ada"): (True, False), ("i1", "ada"): (True, True), ("i0", "bob"): (True, True)}
    counted = {one.counts_for_agreement for one in journal(desk) if (one.item_id, one.rater) == ("i0", "ada")}
    assert counted == {False}


def test_a_lead_who_read_others_answers_is_not_blind_to_them_afterwards(desk: Desk) -> None:
    labelling.submit(desk, Submission("s1", "i0", "bob", FULL))
    overseeing.item_detail(desk, "i0", role="lead", rater="ada")
    labelling.submit(desk, Submission("s2", "i0", "ada", FULL))
    label = next(one for one in journal(desk) if one.rater == "ada")
    assert (label.blind.peers, label.blind.judge) == (False, True)
    assert label.counts_for_agreement


def test_unknown_raters_and_items_are_named(desk: Desk) -> None:
    with pytest.raises(UnknownRater, match="'eve'"):
        labelling.next_item(desk, "eve")
    with pytest.raises(UnknownRater, match="'eve'"):
        labelling.submit(desk, Submission("s1", "i0", "eve", FULL))
    with pytest.raises(UnknownItem, match="'i99'"):
        labelling.submit(desk, Submission("s1", "i99", "ada", FULL))


def test_answers_to_an_earlier_wording_are_kept_under_that_wording(desk: Desk, make_study: object) -> None:
    earlier = desk.rubric.sha256
    text = (
        (desk.folder / "rubric.yaml")
        .read_text()
        .replace("How much of the task", "How much of the whole task")
    )
    (desk.folder / "rubric.yaml").write_text(text)
    later = open_desk(desk.folder)
    labelling.submit(later, Submission("s1", "i0", "ada", FULL, rubric_sha256=earlier))
    labelling.submit(later, Submission("s2", "i1", "ada", FULL))
    by_item = {label.item_id: label.rubric_sha256 for label in journal(later)}
    assert by_item == {"i0": earlier, "i1": later.rubric.sha256}
    assert earlier != later.rubric.sha256
    with pytest.raises(InvalidSubmission, match="never had a rubric"):
        labelling.submit(later, Submission("s3", "i2", "ada", FULL, rubric_sha256="0" * 64))
    later.close()


def test_pairs_are_shown_in_recorded_random_order(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    rubric = (
        "name: pairs\ncriteria:\n  - name: better\n    question: Which is better?\n"
        "    dimension: output quality\n    scale: {kind: pairwise, tie: true}\n"
    )
    desk = open_desk(make_study(rubric=rubric))
    import_files(desk, [write_items(40, kind="pairwise")], role=HOLDER)
    labelling.add_rater(desk, "ada")
    sides = {}
    for _ in range(40):
        asked = upcoming(desk)
        assert upcoming(desk).first_side == asked.first_side  # a reload shows the same side first
        sides[asked.item.item_id] = asked.first_side
        labelling.submit(
            desk, Submission(asked.item.item_id, asked.item.item_id, "ada", (Answer("better", "a"),))
        )
    assert set(sides.values()) == {"a", "b"}
    with desk.store.bulk() as bulk:
        query = "SELECT i.item_id, s.first_side FROM submission s JOIN item i ON i.id = s.item_id"
        assert dict(bulk.connection.execute(query).fetchall()) == sides
    desk.close()


def test_two_studies_in_one_database_do_not_see_each_other(
    make_study: Callable[..., Path], write_items: Callable[..., Path], tmp_path: Path
) -> None:
    shared = str(tmp_path / "shared.db")
    desks = [open_desk(make_study(name), database=shared) for name in ("one", "two")]
    for number, desk in enumerate(desks):
        import_files(desk, [write_items(2 + number)], role=HOLDER)
        labelling.add_rater(desk, "ada")
    rate(desks[0], key="one")
    assert labelling.progress(desks[0], "ada") == Progress(done=1, left=1)
    assert labelling.progress(desks[1], "ada") == Progress(done=0, left=3)
    assert journal(desks[1]) == []
    assert [rater.name for rater in labelling.raters(desks[1])] == ["ada"]
    for desk in desks:
        desk.close()


def test_a_name_is_put_on_the_list_once(desk: Desk) -> None:
    assert labelling.add_rater(desk, "  Ada   L. ").name == "Ada L."
    labelling.add_rater(desk, "Ada L.")
    assert [rater.name for rater in labelling.raters(desk)] == ["Ada L.", "ada", "bob", "cyd"]
    with pytest.raises(ValueError, match="1 to 80"):
        labelling.add_rater(desk, "   ")
