"""The lead's page of raters: work, known answers, one another; and nobody else sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import NextItem, Submission
from annotate_app.services.planting import add_planted
from annotate_app.services.rater_quality import RatersPage, raters_page, slips
from annotate_app.services.rights import HOLDER, NotVisible
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import draw_wave
from annotate_app.store import waves
from annotate_app.ui import host
from calibration.findings.raters import planted_found
from calibration.stats.estimate import Estimate, Undefined
from calibration.triage.design import Design
from rubrics.answers import Answer

EXAMPLES = Path(__file__).parents[3] / "examples"


def label(
    item: str, rater: str, value: object, criterion: str = "helpful", **more: object
) -> dict[str, object]:
    return {"item_id": item, "rater": rater, "criterion": criterion, "value": value, **more}


def put(desk: Desk, *records: object) -> None:
    path = desk.folder / "more.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert import_files(desk, [path], role=HOLDER).rejects == ()


def rate(desk: Desk, rater: str, item: str, helpful: int, seconds: float) -> None:
    answers = (Answer("grounded", "yes"), Answer("helpful", helpful))
    labelling.submit(desk, Submission(f"{rater}-{item}", item, rater, answers, active_seconds=seconds))


def page_of(desk: Desk) -> RatersPage:
    return raters_page(desk, role="lead")


def test_only_the_lead_sees_the_page(desk: Desk) -> None:
    for role in ("rater", "engineer", "owner"):
        with pytest.raises(NotVisible, match="needs the role lead"):
            raters_page(desk, role=role)  # type: ignore[arg-type]


def test_work_counts_items_time_skips_and_doubts(desk: Desk) -> None:
    for k in range(3):
        rate(desk, "ada", f"i{k}", 2, 10.0 * (k + 1))
    skip = tuple(Answer(name, None, "skipped", reason="torn") for name in ("grounded", "helpful"))
    labelling.submit(desk, Submission("ada-skips", "i3", "ada", skip))
    put(desk, label("i0", "bob", 1, sure=True), label("i1", "bob", 1, sure=False))
    ada, bob, cyd = page_of(desk).work
    assert (ada.items, ada.left, bob.items, cyd.items) == (4, 2, 2, 0)
    assert isinstance(ada.seconds, Estimate)
    assert (ada.seconds.value, ada.seconds.n, ada.seconds.low) == (20.0, 3, None)
    assert isinstance(ada.skipped, Estimate)
    assert (ada.skipped.value, ada.skipped.n) == (0.25, 4)
    assert isinstance(bob.unsure, Estimate)
    assert (bob.unsure.value, bob.unsure.n) == (0.5, 2)
    assert cyd.seconds == Undefined("no active time was stored")


def test_a_change_of_an_answer_is_no_second_item_and_no_second_time(desk: Desk) -> None:
    rate(desk, "ada", "i0", 2, 10.0)
    again = (Answer("grounded", "yes"), Answer("helpful", 3))
    labelling.submit(
        desk, Submission("again-00", "i0", "ada", again, active_seconds=99.0, reason="read it again")
    )
    ada = page_of(desk).work[0]
    assert isinstance(ada.seconds, Estimate)
    assert (ada.items, ada.seconds.value, ada.seconds.n) == (1, 10.0, 1)


def test_gold_of_all_raters_is_counted_together_beside_each(desk: Desk) -> None:
    put(
        desk,
        *(label(f"i{k}", "lead", 2, purpose="gold", adjudicated=True) for k in range(2)),
        label("i0", "ada", 2, purpose="gold"), label("i1", "ada", 1, purpose="gold"),
        label("i0", "bob", 2, purpose="gold"),
        label("i2", "ada", 2), label("i2", "bob", 2),
    )  # fmt: skip
    quality = page_of(desk).criteria["helpful"]
    assert isinstance(quality.gold, Estimate)
    assert (quality.gold.value, quality.gold.n) == (pytest.approx(2 / 3), 3)
    by_name = {one.rater: one.gold for one in quality.found.raters}
    assert isinstance(by_name["ada"], Estimate)
    assert by_name["ada"].value == 0.5


def test_answers_on_held_out_items_are_left_alone(desk: Desk) -> None:
    put(desk, *(label(f"i{k}", rater, 1 + k % 3) for k in range(6) for rater in ("ada", "bob")))
    freeze_split(desk, role=HOLDER)
    open_items = sum(split != "held_out" for split in split_of_items(desk).values())
    assert 0 < open_items < 6
    assert {one.items for one in page_of(desk).criteria["helpful"].found.raters} == {open_items}


def test_raters_are_compared_weighted_as_their_items_were_drawn(desk: Desk) -> None:
    draw_wave(
        desk, Design("random", 4, always=("edge",)), seed=2, role=HOLDER
    )  # π is 1 for edge, 1/3 for typical
    with desk.store.reading() as session:
        drawn = waves.selected(session, desk.study_id, "wave-1")
    assert drawn >= {"i1", "i3", "i5"}
    put(
        desk,
        *(label(item, "bob", 1) for item in drawn),
        *(label(item, "ada", 1 if item in ("i1", "i3", "i5") else 2) for item in drawn),
    )
    ada = page_of(desk).criteria["helpful"].found.raters[0]
    assert isinstance(ada.agreement, Estimate)
    assert ada.agreement.value == pytest.approx(0.5)  # of weights 1, 1, 1 and 3; three of four items
    assert isinstance(ada.leniency, Estimate)
    assert ada.leniency.value == pytest.approx(0.25)  # of the items as they are


def test_what_slips_through_is_bounded() -> None:
    # 17 of 20 found: the exact lower bound is .621, so at most 38% slip through
    said = slips(planted_found(17, 20))
    assert said == (
        "3 of 20 answers to planted errors let them through (15%, with 95% confidence at most 38%)."
    )
    assert "say little" in slips(planted_found(3, 3))
    assert slips(planted_found(0, 0)) == "Planted errors: no planted error was answered."


def test_the_command_prints_words_and_json(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    put(desk, *(label(f"i{k}", rater, 1 + k % 3) for k in range(6) for rater in ("ada", "bob")))
    assert main(["raters", "--study", str(desk.folder)]) == 0
    text = capsys.readouterr().out
    assert "ada: 6 items done" in text
    assert "gold: undefined (no gold item was answered)" in text
    assert main(["raters", "--json", "--study", str(desk.folder)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "calibrant/raters/1"
    assert [one["rater"] for one in found["raters"]] == ["ada", "bob", "cyd"]
    assert found["criteria"]["helpful"]["drift"]["ada"] == {"undefined": "labels were imported without times"}


@pytest.fixture
def shown_study(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    yield desk
    host.close()


def one_page() -> None:
    from annotate_app.ui import host, state
    from annotate_app.ui.views import raters

    state.restore()
    raters.view(host.desk())


def html_of(role: str) -> str:
    app = AppTest.from_function(one_page, default_timeout=60)
    app.query_params["role"] = role
    app.run()
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def test_the_page_shows_a_dash_with_its_reason_and_nothing_to_raters(shown_study: Desk) -> None:
    rows = [label(f"i{k}", r, 1 + (k + n) % 2) for k in range(6) for n, r in enumerate(("ada", "bob", "cyd"))]
    put(shown_study, *rows)
    text = html_of("lead")
    assert "no gold item was answered" in text
    assert "Fewer than 10 items" in text
    assert "Dawid–Skene" in text
    assert "ada" not in html_of("rater")


@pytest.mark.parametrize(
    ("name", "criterion", "differs"), [("llm_rubric", "Q0", 75), ("mtbench", "preference", 154)]
)
def test_real_raters_are_described(
    real_data: Path, make_study: Callable[..., Path], name: str, criterion: str, differs: int
) -> None:
    desk = open_desk(make_study(name, rubric=(EXAMPLES / name / "rubric.yaml").read_text(encoding="utf-8")))
    files = [real_data / name / file for file in ("items.jsonl", "human.jsonl")]
    import_files(desk, files, not_applicable=("0",) if name == "llm_rubric" else (), role=HOLDER)
    quality = page_of(desk).criteria[criterion]
    found = quality.found.suggestions
    assert not isinstance(found, Undefined)
    assert found.differs == differs
    assert not isinstance(quality.suggested, Undefined)
    assert len(quality.suggested) == found.differs + found.tied
    desk.close()


def test_planted_errors_that_slipped_through_are_counted_by_rater_and_together(desk: Desk) -> None:
    variants = [
        {
            "item_id": f"i{k}", "output": f"text {k}, says the mayor", "span": "says the mayor",
            "failure_mode": "invented_source", "expected": {"grounded": "no"},
        }
        for k in range(4)
    ]  # fmt: skip
    path = desk.folder / "planted.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in variants))
    add_planted(desk, [path], author="lea", role=HOLDER)
    draw_wave(desk, Design("random", 6, planted=0.5), seed=1, role=HOLDER)
    asked = 0
    while isinstance(upcoming := labelling.next_item(desk, "ada"), NextItem):
        planted = upcoming.purpose == "planted"
        noticed = planted and asked == 0
        asked += planted
        grounded = (
            (Answer("grounded", "no", rationale="Who?"), Answer("cause", "name"))
            if noticed
            else (Answer("grounded", "yes"),)
        )
        answers = (*grounded, Answer("helpful", 2))
        labelling.submit(desk, Submission(f"ada-{upcoming.token}", upcoming.token, "ada", answers))
    assert asked >= 2
    quality = page_of(desk).criteria["grounded"]
    assert isinstance(quality.planted, Estimate)
    assert (quality.planted.value, quality.planted.n) == (pytest.approx(1 / asked), asked)
    assert f"{asked - 1} of {asked} answers to planted errors let them through" in slips(quality.planted)
    assert [one.items for one in page_of(desk).work if one.rater == "ada"] == [6 + asked]
