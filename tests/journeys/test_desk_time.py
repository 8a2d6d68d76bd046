"""Active seconds at the desk: idle time and hidden tabs are not counted, nor is waiting for an item."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from annotate_app.ui import rating_desk

pytestmark = pytest.mark.journey

CLOCK = """() => {
  window.now = 0;
  window.hiddenNow = false;
  performance.now = () => window.now;
  Object.defineProperty(document, "hidden", { get: () => window.hiddenNow });
  window.counted = 0;
  window.act = (after, kind = "keydown") => {
    window.now += 1000 * after;
    document.dispatchEvent(new Event(kind));
  };
  window.turn = (after, hidden) => { window.hiddenNow = hidden; window.act(after, "visibilitychange"); };
}"""


@pytest.fixture
def counting(page: Page) -> Page:
    """A page with the desk's own clock, over a time that the test moves."""
    script = (Path(rating_desk.__file__).parent / "keys.js").read_text(encoding="utf-8")
    page.goto("about:blank")
    page.evaluate(CLOCK)
    page.add_script_tag(content=script)
    page.evaluate("window.clock = new WorkClock((seconds) => { window.counted += seconds; })")
    return page


def counted(page: Page, steps: str) -> float:
    return float(page.evaluate(f"() => {{ {steps}; return window.counted; }}"))


def test_time_between_actions_is_counted_up_to_a_minute(counting: Page) -> None:
    assert counted(counting, "act(5); act(7, 'pointermove')") == 12
    assert counted(counting, "act(600)") == 72  # ten minutes without an action: one counts


def test_a_hidden_tab_is_not_counted(counting: Page) -> None:
    assert counted(counting, "act(5); turn(1, true); turn(300, false); act(2)") == 8


def test_what_happened_after_the_last_action_is_counted_when_the_item_is_sent(counting: Page) -> None:
    assert counted(counting, "act(5); window.now += 4000; clock.settle()") == 9


def test_waiting_for_an_item_is_not_counted(counting: Page) -> None:
    assert counted(counting, "act(5); window.now += 40000; clock.restart(); act(3)") == 8


def test_a_stopped_clock_counts_nothing(counting: Page) -> None:
    assert counted(counting, "act(5); clock.stop(); act(5); turn(5, true)") == 5
