"""Failure modes: from free notes to named modes, renamed and merged on reading, counted with intervals."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from one_page import opened, shown

from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.services import failures, labelling, period_facts
from annotate_app.services.failures import BadStep, FailurePage, failure_page
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import Submission
from annotate_app.services.rights import HOLDER, NotVisible
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import draw_wave, list_waves
from annotate_app.store import labels
from annotate_app.ui import host
from calibration.findings.failures import FailedItem, ModeShare, mode_shares
from calibration.findings.taxonomy import Step, taxonomy
from calibration.stats.estimate import Estimate
from calibration.triage.design import Design
from rubrics.answers import Answer
from rubrics.rubric import FailureMode

LOUD = FailureMode("typo", "A slip.", "minor", "loud")
SILENT = FailureMode("made_up", "Invented.", "critical", "silent")
QUIET = FailureMode("left_out", "Forgot half.", "major", "silent")


def label(
    item: str, rater: str, value: object, criterion: str = "helpful", **more: object
) -> dict[str, object]:
    return {"item_id": item, "rater": rater, "criterion": criterion, "value": value, **more}


def put(desk: Desk, *records: object) -> None:
    path = desk.folder / "more.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert import_files(desk, [path], role=HOLDER).rejects == ()


def rate(desk: Desk, item: str, *, modes: tuple[str, ...] = (), note: str | None = None) -> None:
    answers = (Answer("grounded", "yes"), Answer("helpful", 2))
    labelling.submit(desk, Submission(f"ada-{item}", item, "ada", answers, failure_modes=modes, note=note))


def page_of(desk: Desk) -> FailurePage:
    return failure_page(desk, role="engineer")


def items_of(desk: Desk) -> dict[str, tuple[str, ...]]:
    return {one.mode.name: one.items for one in page_of(desk).modes}


def define(desk: Desk, name: str, visibility: str = "silent") -> None:
    failures.define(
        desk, name, description="d", severity="major", visibility=visibility, by="eve", role=HOLDER
    )


def test_lead_and_raters_see_no_modes_beside_verdicts(desk: Desk) -> None:
    for role in ("lead", "rater"):
        with pytest.raises(NotVisible):
            failure_page(desk, role=role)  # type: ignore[arg-type]


def test_notes_without_a_mode_are_grouped_into_a_new_one(desk: Desk) -> None:
    rate(desk, "i0", note="Rounds the price.")
    rate(desk, "i1", note="Price is off by a cent.")
    rate(desk, "i2", modes=("invented_source",), note="No such page.")
    rate(desk, "i3")
    assert {one.item_id: one.notes for one in page_of(desk).notes} == {
        "i0": ("Rounds the price.",), "i1": ("Price is off by a cent.",),
    }  # fmt: skip
    define(desk, "Rounded price")
    assert failures.tag_items(desk, ["i0", "i1"], "rounded_price", by="eve", role=HOLDER) == 2
    assert items_of(desk) == {"rounded_price": ("i0", "i1"), "invented_source": ("i2",)}
    assert page_of(desk).notes == ()
    failures.tag_items(desk, ["i1"], "rounded_price", by="eve", remove=True, role=HOLDER)
    assert items_of(desk)["rounded_price"] == ("i0",)


def test_renaming_and_merging_change_what_is_read_and_no_label(desk: Desk) -> None:
    rate(desk, "i0", modes=("invented_source",))
    define(desk, "made up")
    rate(desk, "i1")
    failures.tag_items(desk, ["i1"], "made_up", by="eve", role=HOLDER)
    failures.rename(desk, "made_up", "invented", by="eve", role=HOLDER)
    assert items_of(desk) == {"invented_source": ("i0",), "invented": ("i1",)}
    failures.merge(desk, "invented_source", "invented", by="eve", role=HOLDER)
    assert items_of(desk) == {"invented": ("i0", "i1")}
    with desk.store.reading() as session:
        named = {one.failure_modes for one in labels.latest(session, desk.study_id) if one.item_id == "i0"}
    assert named == {("invented_source",)}
    merged = page_of(desk).steps[-1]
    assert (merged.kind, merged.name, merged.becomes, merged.actor) == (
        "merged",
        "invented_source",
        "invented",
        "eve",
    )
    failures.undo(desk, merged.number, by="eve", role=HOLDER)
    assert items_of(desk) == {"invented_source": ("i0",), "invented": ("i1",)}


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (
            lambda desk: failures.rename(desk, "nothing", "x", by="eve", role=HOLDER),
            "no failure mode 'nothing'",
        ),
        (
            lambda desk: failures.merge(desk, "invented_source", "invented_source", by="eve", role=HOLDER),
            "to merge into",
        ),
        (lambda desk: define(desk, "invented source"), "stands for"),
        (lambda desk: failures.undo(desk, 99, by="eve", role=HOLDER), "no step 99"),
        (lambda desk: failures.tag_items(desk, ["i0"], "nothing", by="eve", role=HOLDER), "define it first"),
        (
            lambda desk: failures.tag_items(desk, ["i5"], "invented_source", by="eve", role=HOLDER),
            "no labelled development",
        ),
        (
            lambda desk: failures.tag_items(desk, ["i0", "i5"], "invented_source", by="eve", role=HOLDER),
            "no labelled",
        ),
        (lambda desk: failures.rename(desk, "invented_source", "  ", by="eve", role=HOLDER), "1 to 60"),
    ],
)
def test_what_makes_no_sense_is_refused_whole(desk: Desk, act: object, says: str) -> None:
    rate(desk, "i0")
    with pytest.raises(BadStep, match=says):
        act(desk)  # type: ignore[operator]
    assert page_of(desk).steps == ()
    assert items_of(desk) == {"invented_source": ()}


def test_where_nobody_recorded_how_items_were_chosen_it_is_said(desk: Desk) -> None:
    rate(desk, "i0", modes=("invented_source",))
    assert "nobody recorded" in page_of(desk).remark
    for k in range(1, 6):
        rate(desk, f"i{k}")
    assert page_of(desk).remark == ""


def test_held_out_items_are_not_counted_and_not_tagged(desk: Desk) -> None:
    for k in range(6):
        rate(desk, f"i{k}", modes=("invented_source",))
    freeze_split(desk, role=HOLDER)
    development = {item for item, split in split_of_items(desk).items() if split == "development"}
    assert set(items_of(desk)["invented_source"]) == development
    sealed = next(item for item in split_of_items(desk) if item not in development)
    with pytest.raises(BadStep, match="no labelled development item"):
        failures.tag_items(desk, [sealed], "invented_source", by="eve", role=HOLDER)


def test_silent_and_undetected_modes_come_first() -> None:
    items = [
        FailedItem("a", None, "a", "2026-01", frozenset({"typo", "left_out"}), passed={"j": True}),
        FailedItem("b", None, "b", "2026-01", frozenset({"typo", "made_up"}), passed={"j": False}),
        FailedItem("c", None, "c", "2026-02", frozenset()),
    ]
    found = mode_shares(items, {mode.name: mode for mode in (LOUD, SILENT, QUIET)})
    # both are silent; the judge let through the item with left_out; typo is the most frequent, and loud
    assert [one.mode.name for one in found] == ["left_out", "made_up", "typo"]
    share = found[0].share
    assert isinstance(share, Estimate)
    assert (share.value, share.n) == (pytest.approx(1 / 3), 3)
    assert [one.undetected for one in found] == [1, 0, 1]


def test_shares_by_month_and_stratum_are_of_the_items_there() -> None:
    items = [
        FailedItem(f"{k}", "edge" if k % 2 else "typical", f"{k}", f"2026-0{1 + k // 4}",
                   frozenset({"typo"} if k < 4 else ()))
        for k in range(8)
    ]  # fmt: skip
    (found,) = mode_shares(items, {"typo": LOUD})
    months = {name: one.value for name, one in found.months.items() if isinstance(one, Estimate)}
    assert months == {"2026-01": 1.0, "2026-02": 0.0}
    assert {name: one.n for name, one in found.strata.items() if isinstance(one, Estimate)} == {
        "edge": 4, "typical": 4,
    }  # fmt: skip


def test_a_judge_lets_an_item_through_when_all_its_answers_are_good(desk: Desk) -> None:
    for k in range(3):
        rate(desk, f"i{k}", modes=("invented_source",))
    judge = {"judge": "rules"}
    put(
        desk,
        *(
            {"item_id": f"i{k}", "criterion": "grounded", "value": value, **judge}
            for k, value in enumerate(("yes", "yes", "no"))
        ),
        *(
            {"item_id": f"i{k}", "criterion": "helpful", "value": value, **judge}
            for k, value in enumerate((3, 1, 3))
        ),
    )
    (found,) = page_of(desk).modes
    through = found.passed["rules"]
    assert isinstance(through, Estimate)
    assert (through.value, through.n, found.undetected) == (pytest.approx(1 / 3), 3, 1)


def test_shares_are_weighted_as_items_were_drawn_and_others_are_left_out(desk: Desk) -> None:
    rate(desk, "i1")  # edge, drawn by no wave below
    draw_wave(desk, Design("stratified", 4), seed=11, role=HOLDER)
    (wave,) = list_waves(desk, role=HOLDER)
    while (
        isinstance(upcoming := labelling.next_item(desk, "bob"), labelling.NextItem)
        and upcoming.wave == wave.name
    ):
        answers = (Answer("grounded", "yes"), Answer("helpful", 2))
        labelling.submit(
            desk, Submission(f"bob-{upcoming.item.item_id}", upcoming.item.item_id, "bob", answers)
        )
    found = page_of(desk)
    assert found.items + found.left_out == len({*_labelled(desk)})
    assert found.items <= 5


def _labelled(desk: Desk) -> list[str]:
    with desk.store.reading() as session:
        return [one.item_id for one in labels.latest(session, desk.study_id)]


def test_an_undone_definition_takes_what_rests_on_it_along() -> None:
    steps = [
        Step(1, "defined", "a", severity="minor", visibility="loud"),
        Step(2, "renamed", "a", "b"),
        Step(3, "undone", "1"),
    ]
    assert dict(taxonomy((LOUD,), steps).modes) == {"typo": LOUD}
    chain = [Step(1, "renamed", "typo", "slip"), Step(2, "renamed", "slip", "misprint")]
    assert taxonomy((LOUD,), chain).of(frozenset({"typo", "slip"})) == {"misprint"}


def test_the_commands_go_from_notes_to_counts(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    rate(desk, "i0", note="Rounds the price.")
    place = ["--study", str(desk.folder)]
    assert main(["modes", "notes", *place]) == 0
    assert capsys.readouterr().out == "i0: Rounds the price.\n1 items with notes and without a mode\n"
    described = ["--description", "A price is rounded.", "--severity", "major", "--visibility", "silent"]
    assert main(["modes", "define", "rounded_price", *described, *place]) == 0
    assert main(["modes", "tag", "rounded_price", "i0", *place]) == 0
    assert main(["modes", "rename", "rounded_price", "wrong_price", *place]) == 0
    assert main(["modes", "merge", "invented_source", "wrong_price", *place]) == 0
    assert main(["modes", "merge", "invented_source", "wrong_price", *place]) == 1
    capsys.readouterr()
    assert main(["modes", "list", *place]) == 0
    text = capsys.readouterr().out
    assert "wrong_price (major, silent): 1 items, 100%" in text
    assert "step 3: merged invented_source wrong_price, by engineer" in text
    assert main(["modes", "undo", "3", *place]) == 0
    capsys.readouterr()
    assert main(["modes", "list", "--json", *place]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["modes"]] == ["wrong_price", "invented_source"]


@pytest.fixture
def shown_study(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    rate(desk, "i0", note="Rounds the price.")
    rate(desk, "i1", modes=("invented_source",))
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    yield desk
    host.close()


def test_the_page_groups_notes_into_a_mode(shown_study: Desk) -> None:
    app = opened("failures", "engineer")
    assert "invented source" in shown(app)
    app.multiselect[0].set_value(["i0"])
    next(box for box in app.selectbox if box.label == "Mode").set_value("invented_source")
    next(button for button in app.button if button.label == "Group them").click()
    app = app.run()
    assert "1 items have the mode invented source now" in app.info[0].value
    shares: tuple[ModeShare, ...] = page_of(shown_study).modes
    assert shares[0].items == ("i0", "i1")


def test_the_page_shows_raters_nothing(shown_study: Desk) -> None:
    assert "Rounds" not in shown(opened("failures", "rater"))


def test_the_periodic_report_calls_modes_as_they_are_called_now(desk: Desk) -> None:
    rate(desk, "i0", modes=("invented_source",))
    failures.rename(desk, "invented_source", "made_up", by="eve", role=HOLDER)
    assert [one.name for one in period_facts.failure_modes(desk, "2020-01-01T00:00:00.000000Z")] == [
        "made_up"
    ]
