"""What a rater does on the Rate page, in words that tests can use."""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout


def open_desk(page: Page, url: str, rater: str = "Ada") -> None:
    """Come to the Rate page as `rater` and wait for an item."""
    page.goto(f"{url}/rate?rater={rater}&plain=1")
    expect(submit(page)).to_be_visible()


def submit(page: Page) -> Locator:
    return page.get_by_role("button", name="Submit and next")


def output(page: Page) -> str:
    """The text of the output to judge."""
    return page.locator(".cal-main .cal-text").first.inner_text()


def choose(page: Page, answer: str) -> None:
    """Choose an answer by its name, and wait until the page shows it as chosen."""
    option = page.get_by_role("radio", name=answer, exact=True)
    option.click(force=True)
    expect(option).to_be_checked()


def answer_item(page: Page, *, grounded: str = "yes", tone: str = "2 · neutral") -> None:
    """Answer the required questions of the small study."""
    choose(page, grounded)
    choose(page, tone)


def expect_done(page: Page, done: int) -> None:
    expect(page.get_by_text(f"{done} done,")).to_be_visible()


def expect_received(page: Page) -> None:
    """The server has run the page with what was last chosen on it: a click is sent a moment after it."""
    page.wait_for_timeout(500)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def open_up(page: Page, opener: Locator, inside: Locator) -> None:
    """Open a list or a box over the page; again where the page was drawn or moved then, which closes it."""
    for _ in range(4):
        opener.scroll_into_view_if_needed()
        expect_received(page)
        opener.click()
        with suppress(PlaywrightTimeout):
            inside.wait_for(timeout=4_000)
            return
    expect(inside).to_be_visible()
