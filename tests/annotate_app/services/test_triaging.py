"""Triage: the work list of disagreements, their causes, counts, and blind relabelling."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from one_page import opened, shown

from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.services import labelling, triaging
from annotate_app.services.deciding import decide
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import NextItem, Submission
from annotate_app.services.ratings import ratings
from annotate_app.services.relabelling import draw_relabel_wave, relabelled
from annotate_app.services.rights import HOLDER, NotVisible
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import draw_wave
from annotate_app.services.triaging import CannotTag, Disagreement, cause_table, disagreements, tag
from annotate_app.store import waves
from annotate_app.ui import host
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.shares import share
from calibration.triage.design import BadDesign, Design
from rubrics.answers import Answer


def label(
    item: str, rater: str, value: object, criterion: str = "helpful", **more: object
) -> dict[str, object]:
    return {"item_id": item, "rater": rater, "criterion": criterion, "value": value, **more}


def verdict(item: str, value: object, **more: object) -> dict[str, object]:
    return {"item_id": item, "judge": "rules", "criterion": "helpful", "value": value, **more}


def put(desk: Desk, *records: object) -> None:
    path = desk.folder / "more.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert import_files(desk, [path], role=HOLDER).rejects == ()


def judged(desk: Desk, right: int = 3) -> None:
    """Six items that ada and bob call 2; the judge agrees on the first `right` of them."""
    put(
        desk,
        *(label(f"i{k}", rater, 2) for k in range(6) for rater in ("ada", "bob")),
        *(verdict(f"i{k}", 2 if k < right else 3, confidence=0.8) for k in range(6)),
    )


def listed(desk: Desk) -> list[Disagreement]:
    return list(disagreements(desk, role="engineer"))


def say(desk: Desk, item: str, cause: str = "judge error", note: str = "") -> Disagreement:
    return tag(desk, item, "helpful", "rules", cause, note=note, by="eve", role="engineer")


def test_the_work_list_has_verdicts_that_differ_from_the_reference_in_a_random_order_that_stays(
    desk: Desk,
) -> None:
    judged(desk)
    found = listed(desk)
    assert sorted(one.item_id for one in found) == ["i3", "i4", "i5"]
    assert {(one.verdict, one.reference, one.confidence, one.searched) for one in found} == {
        ("3", "2", 0.8, False)
    }
    assert listed(desk) == found


def test_lead_and_raters_see_no_disagreement_with_a_judge(desk: Desk) -> None:
    for role in ("lead", "rater"):
        with pytest.raises(NotVisible, match="engineer"):
            disagreements(desk, role=role)  # type: ignore[arg-type]


def test_validation_and_held_out_items_are_neither_listed_nor_tagged(desk: Desk) -> None:
    judged(desk, right=0)
    freeze_split(desk, role=HOLDER)
    splits = split_of_items(desk)
    assert {splits[one.item_id] for one in listed(desk)} == {"development"}
    sealed = next(item for item, split in splits.items() if split == "held_out")
    with pytest.raises(CannotTag, match="no development item"):
        say(desk, sealed)


def test_the_last_word_on_a_cause_counts_and_nothing_is_overwritten(desk: Desk) -> None:
    judged(desk)
    say(desk, "i3", "human slip")
    found = say(desk, "i3", "rubric gap", "Says nothing of half an answer.")
    assert (found.cause, found.note, found.tagged_by) == (
        "rubric gap",
        "Says nothing of half an answer.",
        "eve",
    )
    assert {one.item_id: one.cause for one in listed(desk)} == {"i3": "rubric gap", "i4": None, "i5": None}


def test_a_cause_is_of_one_verdict_and_one_reference(desk: Desk) -> None:
    judged(desk)
    say(desk, "i3")
    put(desk, verdict("i3", 1))
    assert {one.item_id: (one.verdict, one.cause) for one in listed(desk)}["i3"] == ("1", None)


def test_what_does_not_differ_cannot_be_tagged(desk: Desk) -> None:
    judged(desk)
    with pytest.raises(CannotTag, match="does not differ"):
        say(desk, "i0")
    with pytest.raises(CannotTag, match="unknown cause"):
        say(desk, "i3", "bad luck")


def test_counts_by_cause_have_intervals_and_say_how_many_have_none(desk: Desk) -> None:
    judged(desk, right=2)
    say(desk, "i2"), say(desk, "i3"), say(desk, "i4", "bad item")
    counts = cause_table(desk, role="engineer")["helpful"]["rules"]
    assert (counts.compared, counts.differ, counts.tagged) == (6, 4, 3)
    assert counts.counts["judge error"] == 2
    found = counts.shares["judge error"]
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(2 / 3)
    assert found.low is not None
    assert found.low < 2 / 3
    assert found.clusters == 2  # i2 and i3 are of one cluster


def test_a_share_is_weighted_by_how_items_were_drawn() -> None:
    # π .1 and .5: weights 10 and 2 -> 10 / 12
    found = share([True, False], weights=[10.0, 2.0])
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(10 / 12)
    assert isinstance(share([]), Undefined)


def test_answers_of_a_search_wave_are_work_but_no_part_of_the_counts(desk: Desk) -> None:
    put(
        desk,
        label("i0", "ada", 2, purpose="search"),
        verdict("i0", 3),
        label("i1", "ada", 2),
        verdict("i1", 3),
    )
    assert {one.item_id: one.searched for one in listed(desk)} == {"i0": True, "i1": False}
    say(desk, "i0"), say(desk, "i1")
    assert cause_table(desk, role="engineer")["helpful"]["rules"].tagged == 1


def test_a_relabel_wave_draws_as_many_agreements_with_known_chances_and_enters_no_estimate(
    desk: Desk,
) -> None:
    judged(desk, right=4)
    before = ratings(desk).criteria["helpful"]
    wave = draw_relabel_wave(desk, judge="rules", criterion="helpful", n=4, role=HOLDER)
    assert (wave.selected, wave.purpose, wave.split) == (4, "repeat", "development")
    with desk.store.reading() as session:
        drawn = waves.selected(session, desk.study_id, wave.name)
    assert len(drawn & {"i0", "i1", "i2", "i3"}) == 2
    assert drawn >= {"i4", "i5"}
    assert (wave.pi_low, wave.pi_high) == (0.5, 1.0)  # 2 of 4 agreements, 2 of 2 disagreements
    for _ in range(4):
        upcoming = labelling.next_item(desk, "cyd")
        assert isinstance(upcoming, NextItem)
        assert upcoming.purpose == "repeat"
        again = 3 if upcoming.item.item_id in ("i4", "i5") else 2
        sent = Submission(
            f"cyd-{upcoming.item.item_id}", upcoming.item.item_id, "cyd",
            (Answer("grounded", "yes"), Answer("helpful", again)), wave=upcoming.wave, purpose="repeat",
        )  # fmt: skip
        labelling.submit(desk, sent)
    after = ratings(desk).criteria["helpful"]
    assert (after.raters, len(after.item)) == (before.raters, len(before.item))
    (found,) = relabelled(desk, role=HOLDER)
    shares = (found.kept_agreements, found.kept_disagreements, found.sided_with_judge)
    assert [one.value for one in shares if isinstance(one, Estimate)] == [1.0, 0.0, 1.0]


def test_what_relabels_say_is_weighted_as_the_items_were_drawn_at_first(desk: Desk) -> None:
    draw_wave(
        desk, Design("random", 4, always=("edge",)), seed=2, role=HOLDER
    )  # π is 1 for i1, i3, i5, 1/3 for the others
    with desk.store.reading() as session:
        drawn = sorted(waves.selected(session, desk.study_id, "wave-1"))
    (typical,) = set(drawn) - {"i1", "i3", "i5"}
    put(
        desk,
        *(label(item, "ada", 2) for item in drawn),
        *(verdict(item, 2 if item in ("i1", "i3") else 3) for item in drawn),
    )
    draw_relabel_wave(desk, judge="rules", criterion="helpful", n=4, role=HOLDER)
    put(desk, *(label(item, "cyd", 3 if item == typical else 2, purpose="repeat") for item in drawn))
    (found,) = relabelled(desk, role=HOLDER)
    assert isinstance(found.sided_with_judge, Estimate)
    # of the disagreements, i5 stayed (weight 1) and the typical one went over (weight 3)
    assert found.sided_with_judge.value == pytest.approx(3 / 4)


def test_neither_own_repeats_nor_decisions_pass_for_new_answers(desk: Desk) -> None:
    judged(desk, right=3)
    draw_relabel_wave(desk, judge="rules", criterion="helpful", n=6, role=HOLDER)
    put(desk, *(label(f"i{k}", "ada", 2, purpose="repeat") for k in range(6)))
    (found,) = relabelled(desk, role=HOLDER)
    assert isinstance(found.kept_agreements, Undefined)
    assert isinstance(found.kept_disagreements, Undefined)
    put(desk, *(label(f"i{k}", "cyd", 3, purpose="repeat") for k in range(6)), label("i3", "dan", 1))
    decide(desk, "i3", "helpful", 2, reason="It does.", lead="lea", role=HOLDER)
    (found,) = relabelled(desk, role=HOLDER)
    shares = (found.kept_agreements, found.kept_disagreements, found.sided_with_judge)
    assert [one.value for one in shares if isinstance(one, Estimate)] == [0.0, 0.0, 1.0]


def test_relabels_stay_out_even_where_an_estimating_wave_drew_the_item(desk: Desk) -> None:
    draw_wave(desk, Design("random", 6), role=HOLDER)
    judged(desk, right=3)
    draw_relabel_wave(desk, judge="rules", criterion="helpful", n=6, role=HOLDER)
    put(desk, *(label(f"i{k}", "cyd", 1, purpose="repeat") for k in range(6)))
    assert ratings(desk).criteria["helpful"].raters == ("ada", "bob")


def test_who_has_answered_an_item_is_not_asked_it_again(desk: Desk) -> None:
    judged(desk, right=3)
    draw_relabel_wave(desk, judge="rules", criterion="helpful", n=6, role=HOLDER)
    upcoming = labelling.next_item(desk, "ada")
    assert not isinstance(upcoming, NextItem)


def test_a_relabel_wave_needs_both_kinds(desk: Desk) -> None:
    judged(desk, right=6)
    with pytest.raises(CannotTag, match="needs both"):
        draw_relabel_wave(desk, judge="rules", criterion="helpful", n=4, role=HOLDER)
    with pytest.raises(CannotTag, match="no verdict of 'nobody'"):
        draw_relabel_wave(desk, judge="nobody", criterion="helpful", n=4, role=HOLDER)


def test_the_commands_list_tag_count_and_draw(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    judged(desk)
    place = ["--study", str(desk.folder)]
    which = ["--judge", "rules", "--criterion", "helpful"]
    assert main(["triage", "list", *place]) == 0
    assert capsys.readouterr().out.endswith("3 disagreements\n")
    assert main(["triage", "tag", "i3", *which, "--cause", "rubric gap", "--note", "Half.", *place]) == 0
    assert "rubric diff" in capsys.readouterr().out
    assert main(["triage", "tag", "i0", *which, "--cause", "bad item", *place]) == 1
    assert main(["triage", "list", "--judge", "nobody", *place]) == 0
    assert "there are some of: rules on " in capsys.readouterr().out
    assert main(["triage", "list", "--untagged", "--json", *place]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 2
    assert main(["triage", "relabel-wave", *which, "--n", "4", *place]) == 0
    assert "4 items, half of them agreements" in capsys.readouterr().out
    assert main(["triage", "counts", *place]) == 0
    text = capsys.readouterr().out
    assert "helpful, rules: 3 of 6 verdicts differ, 1 have a cause" in text
    assert "agreements kept: undefined (nothing was counted)" in text
    assert main(["triage", "counts", "--json", *place]) == 0
    assert (
        json.loads(capsys.readouterr().out)["criteria"]["helpful"]["rules"]["causes"]["rubric gap"]["n"] == 1
    )


@pytest.fixture
def shown_study(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    judged(desk)
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    yield desk
    host.close()


def test_the_page_takes_a_cause_and_goes_on(shown_study: Desk) -> None:
    app = opened("triage", "engineer")
    assert "rules says 3 (confidence 0.80), people 2" in shown(app)
    app.radio[0].set_value("judge error")
    app.text_area[0].set_value("Counts a promise as done.")
    next(button for button in app.button if button.label == "Keep").click()
    app = app.run()
    assert "judge error" in app.info[0].value
    assert "1 have a cause" in shown(app)
    assert [one.note for one in triaging.disagreements(shown_study, role="engineer") if one.cause] == [
        "Counts a promise as done."
    ]


def test_the_page_shows_the_lead_nothing(shown_study: Desk) -> None:
    text = shown(opened("triage", "lead"))
    assert "blind" in text
    assert "rules" not in text


@pytest.mark.parametrize(
    ("who", "what", "said"),
    [("nobody", None, "there are: rules"), ("rules", "polite", "has: grounded, ")],
)
def test_a_wave_that_follows_what_is_not_there_names_what_is(
    desk: Desk, who: str, what: str | None, said: str
) -> None:
    judged(desk)
    design = Design("search", 2, signal="low_confidence", judge=who, criterion=what)
    with pytest.raises(BadDesign, match=said):
        draw_wave(desk, design, role=HOLDER)
