"""The plain form without a browser, by Streamlit's driver: every kind of question, drafts, skipping, undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_study import journal
from streamlit.testing.v1 import AppTest
from test_views import open_page, shown

from annotate_app.desk import open_desk
from annotate_app.services import labelling
from annotate_app.services.labelling import NextItem, Submission
from annotate_app.ui import host
from annotate_app.ui.drafts import DraftKey
from annotate_app.ui.sheet import Field
from rubrics.answers import Answer, Label
from rubrics.evidence import Passage, from_json

SUBMIT, SKIP, UNDO, LEAVE = "Submit and next", "Skip and next", "Undo last", "Done for now"


@pytest.fixture(autouse=True)
def opened(study: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(study))
    yield
    host.close()


def open_form(rater: str = "Ada") -> AppTest:
    return open_page("rate", plain="1", rater=rater)


def press(app: AppTest, name: str) -> AppTest:
    next(button for button in app.button if button.label == name).click()
    return app.run()


def choose(app: AppTest, question: str, answer: str) -> AppTest:
    """Choose an answer by its value, whichever widget shows it."""
    groups = [*app.get("button_group"), *app.radio]
    next(group for group in groups if group.label == question).set_value(answer)
    return app.run()


def labels_of(app: AppTest) -> set[str]:
    return {widget.label for widget in (*app.get("button_group"), *app.radio, *app.number_input)}


def by_criterion(study: Path) -> dict[str, Label]:
    return {label.criterion: label for label in journal(study)}


GROUNDED, FAULT, TONE = (
    "Is every claim supported?", "What is wrong with the claim?", "How friendly is it?",
)  # fmt: skip
SCORE = "How useful is it, from 0 to 10?"


def test_a_question_appears_when_it_applies_and_goes_with_its_answer(study: Path) -> None:
    app = open_form()
    assert FAULT not in labels_of(app)
    choose(app, GROUNDED, "no")
    assert FAULT in labels_of(app)
    choose(app, FAULT, "invented")
    choose(app, GROUNDED, "yes")
    assert FAULT not in labels_of(app)
    choose(app, TONE, 2)
    press(app, SUBMIT)
    assert {label.criterion: label.value for label in journal(study)} == {"grounded": "yes", "tone": 2}


def test_nothing_is_stored_until_every_required_answer_and_reason_is_there(study: Path) -> None:
    app = press(open_form(), SUBMIT)
    assert "Not saved yet. Look again at: Is every claim supported?; How friendly is it?" in shown(app)
    choose(app, GROUNDED, "no")
    choose(app, FAULT, "contradicted")
    choose(app, TONE, "Not applicable")
    press(app, SUBMIT)
    assert "Not saved yet. Look again at: Is every claim supported?" in shown(app)
    assert journal(study) == []
    why = next(area for area in app.text_area if area.label == "Why? This answer needs a reason")
    why.set_value("  the page says ten ").run()
    press(app, SUBMIT)
    found = by_criterion(study)
    assert found["grounded"].rationale == "the page says ten"
    assert (found["tone"].value, found["tone"].status) == (None, "not_applicable")


def test_numbers_notes_and_failure_modes_are_stored(study: Path) -> None:
    app = open_form()
    choose(app, GROUNDED, "yes")
    choose(app, TONE, 1)
    app.number_input[0].set_value(7).run()
    choose(app, "What went wrong? (optional, any number)", ["wrong_price"])
    next(area for area in app.text_area if area.label == "Note (optional)").set_value("odd").run()
    press(app, SUBMIT)
    found = by_criterion(study)
    assert found["score"].value == 7
    assert {label.failure_modes for label in found.values()} == {("wrong_price",)}
    assert all(label.active_seconds is not None for label in found.values())


def test_a_half_answered_item_is_there_again_in_a_new_session(study: Path) -> None:
    app = open_form()
    choose(app, GROUNDED, "no")
    next(area for area in app.text_area if area.label == "Note (optional)").set_value("look again").run()
    again = open_form()
    assert FAULT in labels_of(again)
    note = next(area for area in again.text_area if area.label == "Note (optional)")
    assert note.value == "look again"
    assert journal(study) == []


def test_an_item_is_skipped_only_with_a_chosen_reason(study: Path) -> None:
    app = press(open_form(), SKIP)
    assert "Choose why the item is skipped" in shown(app)
    assert journal(study) == []
    next(radio for radio in app.radio if radio.label == "Why?").set_value("It upsets me").run()
    press(app, SKIP)
    assert {(label.status, label.reason) for label in journal(study)} == {("skipped", "It upsets me")}


def test_undo_keeps_evidence_that_was_given_at_the_desk(study: Path) -> None:
    desk = open_desk(study)
    upcoming = labelling.next_item(desk, "Ada")
    assert isinstance(upcoming, NextItem)
    passage = Passage("output", 0, 6, "Answer")
    of_mode = Passage("output", 0, 6, "Answer", "wrong_price")
    answers = (Answer("grounded", "yes", evidence=(passage,)), Answer("tone", 2))
    labelling.submit(
        desk,
        Submission(
            "at-the-desk", upcoming.item.item_id, "Ada", answers, ("wrong_price",), evidence=(of_mode,)
        ),
    )
    begun = DraftKey(desk.study_id, "Ada", upcoming.item.item_id, "estimate")
    desk.close()
    host.drafts.open(begun, lambda: {Field("tone", "value"): 1})  # on the plain form, before the desk
    app = press(open_form(), UNDO)
    choose(app, TONE, 3)
    press(app, SUBMIT)
    newest = {e.criterion: e for e in sorted(journal(study), key=lambda e: e.revision)}
    assert (newest["tone"].value, newest["tone"].revision) == (3, 3)
    assert from_json(newest["grounded"].evidence) == (passage, of_mode)


def test_leaving_gives_the_item_back_and_asks_for_a_name(study: Path) -> None:
    app = press(open_form(), LEAVE)
    assert [box.label for box in app.selectbox] == ["Your name"]
    desk = open_desk(study)
    assert labelling.release(desk, "Ada") == 0
    desk.close()
