"""Moments at the desk that only speed or the last item shows: no key is lost, nothing is asked for ever."""

from __future__ import annotations

from pathlib import Path

import desk_keys
import pytest
from desk_keys import come, cut, expect_saved, press
from playwright.sync_api import Page, Request, expect
from running import Server

pytestmark = pytest.mark.journey

# The dialog closes and two answers are keyed before the browser has drawn a frame: the focus is still in it.
CLOSE_AND_KEY = """() => {
  const dialog = document.querySelector('dialog[open]');
  dialog.close();
  const still = dialog.contains(document.activeElement);
  for (const digit of ['1', '2']) {
    document.activeElement.dispatchEvent(
      new KeyboardEvent('keydown', { key: digit, code: `Digit${digit}`, bubbles: true, cancelable: true }));
  }
  return still;
}"""
WATCH_NOTICE = """() => {
  const notice = document.querySelector('[data-cd=notice]');
  window.wentAway = false;
  new MutationObserver(() => { window.wentAway ||= notice.hidden; }).observe(notice, { attributes: true });
}"""
LOOK_TWICE = "() => { const look = document.querySelector('[data-cd-do=look]'); look.click(); look.click(); }"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return desk_keys.fill(tmp_path / "study", 2)


def test_keys_pressed_right_after_a_dialog_closes_are_answers(server: Server, page: Page) -> None:
    come(page, server.url)
    press(page, "h")
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    assert page.evaluate(CLOSE_AND_KEY)
    expect(page.get_by_role("radio", name="yes")).to_be_checked()
    expect(page.get_by_role("radio", name="2 · neutral")).to_be_checked()
    expect(page.locator("[data-cd=ask-text]")).to_have_value("")


def test_with_nothing_left_the_desk_asks_once_and_then_rests(server: Server, page: Page) -> None:
    come(page, server.url)
    press(page, "12⏎12⏎")
    expect_saved(page, 2)
    expect(page.get_by_text("Nothing is left")).to_be_visible()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/desk/items") else None)
    with page.expect_request("**/desk/items"):
        page.evaluate(LOOK_TWICE)
    page.wait_for_timeout(2000)
    assert 1 <= len(asked) <= 3


def test_what_is_not_sent_is_said_though_the_next_items_still_come(server: Server, page: Page) -> None:
    come(page, server.url)
    cut(page)
    press(page, "12⏎")
    notice = page.get_by_role("alert").filter(has_text="cannot be reached")
    expect(notice).to_be_visible()
    page.evaluate(WATCH_NOTICE)
    with page.expect_response("**/desk/items"):
        page.locator("[data-cd-do=look]").evaluate("look => look.click()")
    page.wait_for_timeout(100)
    assert page.evaluate("window.wentAway") is False
    page.unroute("**/desk/submissions")
    expect_saved(page, 1)
    expect(notice).to_have_count(0)
