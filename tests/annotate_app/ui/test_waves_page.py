"""The Waves page through Streamlit's own test driver: a plan before a wave, and nothing for raters."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from one_page import opened, press, shown

from annotate_app.desk import Desk
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER
from annotate_app.services.targeting import list_waves
from annotate_app.services.wave_planning import plan_wave
from annotate_app.services.waves_page import waves_page
from annotate_app.ui import host
from calibration.triage.design import Design


@pytest.fixture
def judged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Sixty items with verdicts and confidences, none labelled yet."""
    rows: list[dict[str, object]] = [
        {
            "item_id": f"j{k}",
            "output": f"words {k} {k * 7919}",
            "stratum": "edge" if k % 4 == 0 else "typical",
        }
        for k in range(60)
    ]
    rows += [
        {"item_id": f"j{k}", "judge": "oracle", "criterion": "grounded", "value": ("yes", "no")[k % 2],
         "confidence": 0.5 + k / 130}
        for k in range(60)
    ]  # fmt: skip
    path = desk.folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert import_files(desk, [path], role=HOLDER).rejects == ()
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    yield desk
    host.close()


def label(desk: Desk, *, wrong: int) -> None:
    """One rater's answers to every item: those of the judge, but for the first `wrong`."""
    rows = [
        {"item_id": f"j{k}", "rater": "ada", "criterion": "grounded", "rationale": "seen",
         "value": ("yes", "no")[(k + (k < wrong)) % 2]}
        for k in range(60)
    ]  # fmt: skip
    rows += [{"item_id": f"i{k}", "rater": "ada", "criterion": "grounded", "value": "yes"} for k in range(6)]
    path = desk.folder / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert import_files(desk, [path], role=HOLDER).rejects == ()


def test_a_rater_sees_no_wave_and_draws_none(judged: Desk) -> None:
    app = opened("waves", "rater")
    assert "Waves are not shown to raters" in shown(app)
    assert not app.button


def test_without_a_pilot_the_page_says_that_the_first_wave_should_be_random_and_why(judged: Desk) -> None:
    app = press(opened("waves", "lead"), "Plan it")
    text = shown(app)
    assert "The first one should be random" in text
    assert "only random labels can say whether a judge" in text
    assert list_waves(judged, role=HOLDER) == ()


def test_a_wave_is_foreseen_then_drawn(judged: Desk) -> None:
    label(judged, wrong=15)
    app = opened("waves", "engineer")
    app.number_input(key="cal-wave-n").set_value(24)
    app = press(app, "Plan it")
    text = shown(app)
    assert "24 of 66 items" in text
    assert "Simulated from the labels on development, for oracle" in text
    assert list_waves(judged, role=HOLDER) == ()  # planning writes nothing
    app = press(app, "Draw this wave")
    assert "24 items wait on the Rate page" in app.info[0].value
    (wave,) = list_waves(judged, role=HOLDER)
    assert (wave.selected, wave.design.kind, wave.split) == (24, "random", "development")
    assert "Draw this wave" not in [button.label for button in app.button]
    assert "wave-1" in shown(app)


def test_the_form_begins_with_the_judge_and_signal_that_the_pilot_says_to_follow(judged: Desk) -> None:
    more = [
        {"item_id": f"j{k}", "judge": "always yes", "criterion": "grounded", "value": "yes"}
        for k in range(60)
    ]
    path = judged.folder / "more.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in more))
    assert import_files(judged, [path], role=HOLDER).rejects == ()
    label(judged, wrong=15)
    app = opened("waves", "engineer")
    app.segmented_control(key="cal-wave-kind-development").set_value("mixed")
    app.run()
    best = waves_page(judged, role="engineer").best
    assert best is not None
    assert (app.selectbox(key="cal-wave-doubter").value, app.selectbox(key="cal-wave-signal").value) == (
        best.judge, best.follow,
    )  # fmt: skip
    app = press(app, "Plan it")
    assert f"of {best.judge}" in shown(app)


def test_what_cannot_be_drawn_is_said_and_not_planned(judged: Desk) -> None:
    app = opened("waves", "lead")
    app.number_input(key="cal-wave-repeats").set_value(30)
    app.number_input(key="cal-wave-gold").set_value(30)
    app = press(app, "Plan it")
    assert "at most .5" in app.info[0].value
    assert "Draw this wave" not in [button.label for button in app.button]


def test_the_plan_says_what_a_wave_costs_and_what_it_lacks(judged: Desk) -> None:
    label(judged, wrong=15)
    found = plan_wave(judged, Design("random", 33, raters=2, overlap_share=0.5, planted=0.1), role=HOLDER)
    # half of 33 items want two labels, the others one; ada has answered every item once
    assert (found.labels, found.known) == (50, 33)
    # a tenth of what is shown is planted: 17 are nine tenths
    assert found.added == 2
    assert found.new == 19
    assert found.minutes == (None, None)
    assert any("nothing is planted" in said for said in found.warnings)
    assert any(said.startswith("stratum edge: about") for said in found.warnings)
    assert found.as_json()["schema"] == "calibrant/wave-plan/1"
    assert json.loads(json.dumps(found.as_json()))["answers_to_give"] == 19


def test_a_mixed_wave_without_a_pilot_is_planned_and_advised_against(
    judged: Desk,
) -> None:
    found = plan_wave(
        judged, Design("mixed", 20, random_share=0.5, signal="low_confidence", judge="oracle"), role=HOLDER
    )
    assert (found.criteria, found.pilot) == ((), "")
    assert "Draw the first wave at random" in found.advice[0]
    assert any("followed without a pilot" in said for said in found.warnings)


def test_a_mixed_wave_says_beforehand_what_it_finds_and_gives_up(judged: Desk) -> None:
    label(judged, wrong=15)  # the least confident fifteen are wrong
    design = Design("mixed", 30, random_share=0.3, signal="low_confidence", judge="oracle")
    (found,) = plan_wave(judged, design, role=HOLDER).criteria
    assert found.criterion == "grounded"
    assert found.errors > 1.15 * found.errors_at_random
    # pi from about .3 to .9: unequal weights leave fewer than 30
    assert found.n_effective is not None
    assert found.n_effective < 29
    (at_random,) = plan_wave(judged, Design("random", 30), judge="oracle", role=HOLDER).criteria
    assert at_random.n_effective == pytest.approx(30)
    # 15 of 60 judged items are wrong, 30 of 66 are drawn
    assert at_random.errors == pytest.approx(15 / 60 * 30, abs=1.5)


def test_the_page_lists_what_a_design_can_use(judged: Desk) -> None:
    found = waves_page(judged, role="lead")
    assert found.judges == ("oracle",)
    assert found.always == ("edge", "typical")
    assert "rater_disagreement" not in found.signals
    assert found.designs == {"development": ("random", "stratified", "mixed", "search")}


def test_every_signal_is_shown_with_its_interval_and_what_it_cannot_find(judged: Desk) -> None:
    assert waves_page(judged, role="lead").signal_lines == ()
    label(judged, wrong=20)
    html = shown(opened("waves", "lead"))
    # the first twenty of sixty are wrong, and least confident
    assert "Signals of doubt, measured on the pilot" in html
    line = next(one for one in waves_page(judged, role="lead").signal_lines if one.signal == "low confidence")
    assert line.auroc.startswith("1.000 [") and line.advice == "follow"
    # twelve of sixty are reviewed, all of them wrong; none of the least doubted thirty is
    assert (line.found, line.sure) == ("60%", "0%")
    assert "60%" in html


def test_a_plan_names_a_stratum_as_it_is_written(judged: Desk) -> None:
    app = press(opened("waves", "lead"), "Plan it")
    assert "Stratum edge: about" in shown(app) and "Edge:" not in shown(app)
