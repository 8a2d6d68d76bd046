"""The pages without a browser: quick, through Streamlit's own test driver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_study import journal
from streamlit.testing.v1 import AppTest

from annotate_app.services import questions
from annotate_app.ui import host

SCRIPT = Path(host.__file__).parent / "streamlit_app.py"


@pytest.fixture(autouse=True)
def opened(study: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(study))
    yield
    host.close()


def one_page(name: str) -> None:
    """A script that draws one page, as the app does once navigation has chosen it."""
    import importlib

    from annotate_app.ui import host, state

    state.restore()
    importlib.import_module(f"annotate_app.ui.views.{name}").view(host.desk())


def open_page(name: str, **query: str) -> AppTest:
    app = AppTest.from_function(one_page, default_timeout=60, args=(name,))
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def shown(app: AppTest) -> str:
    """All HTML of the page."""
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def test_the_first_page_is_the_study_and_says_what_guards_it() -> None:
    text = shown(AppTest.from_file(str(SCRIPT), default_timeout=60).run())
    assert "Small study" in text
    assert "against mistakes, not malice" in text


def test_a_name_that_is_not_on_the_list_cannot_rate() -> None:
    app = open_page("rate", plain="1", rater="Mallory")
    assert [box.label for box in app.selectbox] == ["Your name"]
    assert "Submit and next" not in [button.label for button in app.button]


def test_a_rater_submits_an_item(study: Path) -> None:
    app = open_page("rate", plain="1", rater="Ada")
    assert "0 done, 12 left" in shown(app)
    app.button_group[0].set_value("yes").run()
    app.radio[0].set_value(2).run()
    next(button for button in app.button if button.label == "Submit and next").click().run()
    assert "1 done, 11 left" in shown(app)
    assert {(label.criterion, label.value) for label in journal(study)} == {("grounded", "yes"), ("tone", 2)}


def test_where_no_question_is_required_the_plain_form_asks_for_one_answer(study: Path) -> None:
    rubric = study / "rubric.yaml"
    words = rubric.read_text(encoding="utf-8").replace("    required: false\n", "")
    rubric.write_text(re.sub(r"(    question: .*)", r"\1\n    required: false", words), encoding="utf-8")
    app = open_page("rate", plain="1", rater="Ada")
    app.text_area[0].set_value("nothing to say").run()
    next(button for button in app.button if button.label == "Submit and next").click().run()
    assert "Answer at least one question, or skip the item." in shown(app)
    assert journal(study) == []


def test_the_rubric_page_has_every_answer_its_example_and_its_versions() -> None:
    text = shown(open_page("rubric", rater="Ada"))
    told = (
        "Is every claim supported?", "Opens at 9, as it says.", "no (needs a reason)",
        "asked when grounded is no", "number: 0 to 10", "wrong price", "Version 1", "present",
    )  # fmt: skip
    for words in told:
        assert words in text


def test_what_a_new_wording_changed_is_told_on_the_rubric_page(study: Path) -> None:
    shown(open_page("rubric"))
    host.close()
    rubric = study / "rubric.yaml"
    text = rubric.read_text(encoding="utf-8")
    rubric.write_text(text.replace("A greeting, nothing more.", "A greeting."), encoding="utf-8")
    text = shown(open_page("rubric"))
    assert "Version 2" in text
    assert "tone: level &#x27;neutral&#x27;: the description changed" in text


def test_the_lead_answers_a_question_and_the_rater_reads_it(study: Path) -> None:
    questions.ask(host.desk(), "Ada", "item-03", "Is nine o'clock a claim?", entry_id="entry-01")
    app = open_page("questions", role="lead")
    assert "Is nine o&#x27;clock a claim?" in shown(app)
    app.text_area[0].set_value("It is.").run()
    next(button for button in app.button if button.label == "Answer and close").click().run()
    assert "No question is open." in shown(app)
    app = open_page("work", rater="Ada")
    assert "It is." in shown(app)
    next(button for button in app.button if button.label == "Mark as read").click().run()
    assert questions.news(host.desk(), "Ada") == ()


def test_an_empty_answer_is_not_stored() -> None:
    questions.ask(host.desk(), "Ada", "item-03", "Is it?", entry_id="entry-01")
    app = open_page("questions", role="lead")
    next(button for button in app.button if button.label == "Answer").click().run()
    assert "Not stored: write something first." in app.info[0].value


def test_my_work_searches_and_changes_with_a_reason(study: Path) -> None:
    app = open_page("rate", plain="1", rater="Ada")
    app.button_group[0].set_value("yes").run()
    app.radio[0].set_value(2).run()
    next(button for button in app.button if button.label == "Submit and next").click().run()
    app = open_page("work", rater="Ada")
    assert "1 item answered" in shown(app)
    app.text_input[0].set_value("no such words").run()
    assert "0 items answered" in shown(app)
    app.text_input[0].set_value("").run()
    app.button(key=next(b.key for b in app.button if b.key.startswith("cal-open-own-"))).click().run()
    next(button for button in app.button if button.label == "Change these answers").click().run()
    app.radio[0].set_value(1).run()
    next(button for button in app.button if button.label == "Save the change").click().run()
    assert "Say why you change your answers" in shown(app)
    reason = next(area for area in app.text_area if area.label.startswith("Why do you change it?"))
    reason.set_value("Read again.").run()
    next(button for button in app.button if button.label == "Save the change").click().run()
    tone = [(e.revision, e.value, e.reason) for e in journal(study) if e.criterion == "tone"]
    assert tone == [(1, 2, None), (2, 1, "Read again.")]


def test_raters_are_not_shown_agreement() -> None:
    assert "not shown to raters" in shown(open_page("agreement", rater="Ada"))


def test_a_study_without_labels_has_no_numbers() -> None:
    text = shown(open_page("agreement", role="engineer"))
    assert "Nobody has labelled items of this split yet" in text
    assert "<table" not in text


def test_a_page_of_items_can_be_filtered_by_words() -> None:
    app = open_page("items", role="engineer")
    assert "12 items" in shown(app)
    app.text_input[0].set_value("Question 7").run()
    assert "1 item<" in shown(app)


def test_raters_are_not_offered_to_look_at_a_split_or_a_stratum() -> None:
    assert [box.label for box in open_page("items", rater="Ada").selectbox] == []
    assert [box.label for box in open_page("items", role="lead").selectbox] == ["Split", "Stratum"]
