"""The pages without a browser: quick, through Streamlit's own test driver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_study import journal
from streamlit.testing.v1 import AppTest

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
    assert "against mistakes, not against malice" in text


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
