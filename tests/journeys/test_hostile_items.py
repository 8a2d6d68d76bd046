"""Items that try to run, load or restyle something do none of it, on the Rate page or on the Items page."""

from __future__ import annotations

from pathlib import Path

import hostile
import pytest
import small_study
from desk_keys import come, expect_saved, press
from desk_page import expect_done, open_desk, submit
from intruders import intruders, try_everything
from playwright.sync_api import Page, expect
from running import Server, Watch

from annotate_app import desk as desks
from annotate_app.services import own_work
from annotate_app.services.own_work import Filter
from annotate_app.services.rights import HOLDER

pytestmark = pytest.mark.journey

SELECT_ALL = """() => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector('.cal-main .cal-text'));
  document.getSelection().removeAllRanges();
  document.getSelection().addRange(range);
}"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    small_study.fill(folder, small_study.write(folder, hostile.items()))
    return folder


def answer(page: Page) -> None:
    """Both questions, without a pointer: what was opened above may still move what is below."""
    for name in ("yes", "2 · neutral"):
        option = page.get_by_role("radio", name=name, exact=True)
        option.evaluate("(e) => e.click()")
        expect(option).to_be_checked()


def test_no_hostile_item_runs_loads_or_restyles_anything(server: Server, page: Page, watch: Watch) -> None:
    open_desk(page, server.url)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for k in range(len(hostile.items())):
        expect_done(page, k)
        try_everything(page)
        assert intruders(page) == []
        expect(page.locator(".cal-main")).to_be_visible()
        answer(page)
        submit(page).click()
    expect_done(page, len(hostile.items()))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background
    assert page.url.startswith(server.url)
    assert watch == Watch()


def test_no_hostile_item_runs_loads_or_restyles_anything_at_the_desk(
    server: Server, page: Page, watch: Watch
) -> None:
    come(page, server.url)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for k in range(len(hostile.items())):
        expect(page.locator("[data-cd=progress]")).to_contain_text(f"{k} done")
        expect(page.locator("[data-cd=body]")).to_be_visible()
        press(page, "e")
        try_everything(page)
        page.evaluate(SELECT_ALL)
        press(page, "q")
        if page.get_by_role("dialog").count():
            assert intruders(page) == []
            press(page, "⏎")
        assert intruders(page) == []
        press(page, "12⏎")
    expect(page.get_by_text("Nothing is left")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == background
    assert page.url.startswith(server.url)
    assert watch == Watch()


def test_half_a_character_in_a_note_costs_no_label(
    server: Server, page: Page, study: Path, watch: Watch
) -> None:
    come(page, server.url)
    press(page, "12")
    note = page.locator("[data-cd=root] textarea[maxlength='20000']").last
    note.evaluate("""(e) => {
      e.value = "cut \\ud83d and whole \\ud83d\\ude00";
      e.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    page.get_by_role("button", name="Submit and next").click()
    expect_saved(page, 1)
    desk = desks.open_desk(study)
    notes = {sent.note for sent in own_work.page(desk, "Ada", Filter(), number=0, role=HOLDER).items}
    desk.close()
    assert notes == {"cut \ufffd and whole \U0001f600"}
    assert watch == Watch()
