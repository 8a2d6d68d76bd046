"""My work in the browser: an own label is found and changed with a reason; nobody else's can be reached."""

from __future__ import annotations

from pathlib import Path

import desk_keys
import pytest
from desk_keys import come, expect_saved, item, press
from playwright.sync_api import Page, expect
from running import Server, Watch
from small_study import journal

pytestmark = pytest.mark.journey


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return desk_keys.fill(tmp_path / "study", 8)


def test_an_own_label_is_found_changed_with_a_reason_and_kept_before(
    server: Server, page: Page, watch: Watch, study: Path
) -> None:
    come(page, server.url)
    first = item(page)
    press(page, "13⏎")
    second = item(page)
    press(page, "11⏎")
    expect_saved(page, 2)
    page.goto(f"{server.url}/work?rater=Ada")
    expect(page.get_by_text("2 items answered")).to_be_visible()
    page.get_by_role("textbox", name="Containing").fill(f"Question {int(first[5:])}?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 item answered")).to_be_visible()
    expect(page.get_by_role("button", name=second, exact=True)).to_have_count(0)
    page.get_by_role("button", name=first, exact=True).click()
    expect(page.get_by_role("rowheader", name="tone")).to_be_visible()
    page.get_by_role("button", name="Change these answers").click()
    page.get_by_role("radio", name="1 · cold").click(force=True)
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("Say why you change your answers")).to_be_visible()
    page.get_by_role("textbox", name="Why do you change it?").fill("It never greets.")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("Saved as revision 2")).to_be_visible()
    page.reload()
    expect(page.get_by_text("It never greets.").first).to_be_visible()
    tone = [
        (e.revision, e.value, e.reason) for e in journal(study) if (e.item_id, e.criterion) == (first, "tone")
    ]
    assert tone == [(1, 3, None), (2, 1, "It never greets.")]
    assert watch == Watch()


def test_another_raters_answers_cannot_be_reached(server: Server, page: Page) -> None:
    come(page, server.url)
    answered = item(page)
    press(page, "13⏎")
    expect_saved(page, 1)
    page.goto(f"{server.url}/work?rater=Grace&own={answered}")
    expect(page.get_by_text("You have answered no item")).to_be_visible()
    assert "warm" not in page.content()
