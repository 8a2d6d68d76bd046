"""The Plan page, through Streamlit's own test driver: figures, a declared look, its stages, who sees it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

sys.path.insert(0, str(Path(__file__).parents[1] / "services"))
from one_page import opened, press, shown
from staged_study import judge_items, make_study, pilot, rate_waves

from annotate_app.desk import Desk
from annotate_app.services.declaring import plan_status
from annotate_app.services.rights import HOLDER
from annotate_app.ui import host


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A study whose validation items are labelled and judged, and held-out ones judged."""
    desk = make_study(tmp_path)
    pilot(desk, wrong=lambda k: k % 9 == 0)
    judge_items(desk, wrong=lambda k: k % 40 == 0)
    monkeypatch.setenv(host.STUDY_VARIABLE, str(tmp_path))
    yield desk
    desk.close()
    host.close()


def named(app: AppTest, label: str, name: str) -> None:
    next(field for field in app.text_input if field.label == label).set_value(name)


def test_the_page_says_what_the_next_look_needs_and_what_more_labels_buy(planned: Desk) -> None:
    text = shown(opened("plan", "engineer"))
    assert "What look 1 needs" in text
    assert "0 of 120 held-out items have labels" in text
    assert "What more labels buy" in text
    assert ">50<" in text and ">100<" in text


def test_a_look_is_declared_and_its_stages_are_taken_on_the_page(planned: Desk) -> None:
    app = opened("plan", "engineer")
    next(field for field in app.number_input if field.label == "Held-out items").set_value(100)
    assert "say who it is" in shown(press(app, "Declare the look"))
    named(app, "Who declares it", "Olga")
    text = shown(press(app, "Declare the look"))
    assert "Look 1 at rules is declared: the raters are asked for its first 20 items in wave-1." in text
    assert "waits for 20 more items" in text
    assert "its present stage waits for labels" in text
    rate_waves(planned)
    app = opened("plan", "engineer")
    named(app, "Who takes it", "Olga")
    text = shown(press(app, "Take the stage"))
    assert "It goes on: stage 2 of 5 waits for 20 more items" in text
    assert plan_status(planned, "rules", role=HOLDER).stage == 2


def test_leads_see_the_page_and_declare_nothing(planned: Desk) -> None:
    app = opened("plan", "lead")
    assert "Engineers and owners declare looks" in shown(app)
    assert [button.label for button in app.button] == []


def test_raters_see_none_of_it(planned: Desk) -> None:
    text = shown(opened("plan", "rater"))
    assert "not shown to raters" in text
    assert "needs about" not in text and "labels" not in text


def test_a_judge_without_a_pilot_is_told_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_study(tmp_path).close()
    monkeypatch.setenv(host.STUDY_VARIABLE, str(tmp_path))
    text = shown(opened("plan", "engineer"))
    host.close()
    assert "no validation or development item has both a label and a verdict" in text
