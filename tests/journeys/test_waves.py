"""Two raters and a lead in a real browser: a wave is planned, drawn, rated, adjudicated, reported, closed."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_page import answer_item, expect_done, open_desk, submit
from playwright.sync_api import Browser, Page, expect
from running import Server, Watch
from small_study import journal

pytestmark = pytest.mark.journey
ITEMS = 3


def draw(page: Page, url: str) -> None:
    """The lead plans three items for two raters each, reads what they would bring, and draws them."""
    page.goto(f"{url}/waves?role=lead")
    expect(page.get_by_text("The first one should be random")).to_be_visible()
    page.get_by_label("Items", exact=True).fill(str(ITEMS))
    page.get_by_text("Always drawn, several raters, mixed in").click()
    page.get_by_label("Raters per item").fill("2")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("heading", name="What it would bring")).to_be_visible()
    expect(page.get_by_text("6 labels", exact=False)).to_be_visible()
    page.get_by_role("button", name="Draw this wave").click()
    expect(page.get_by_text("wave-1 is drawn: 3 items wait on the Rate page")).to_be_visible()


def rate(browser: Browser, url: str, rater: str, tone: str) -> None:
    """A rater answers the items of the wave on a machine of their own, and goes."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    open_desk(page, url, rater=rater)
    for k in range(ITEMS):
        expect_done(page, k)
        answer_item(page, tone=tone)
        submit(page).click()
    expect_done(page, ITEMS)
    page.get_by_role("button", name="Done for now").click()
    context.close()


def adjudicate(page: Page, url: str) -> None:
    """The raters differ on the tone of every item; the lead decides the first."""
    page.goto(f"{url}/adjudication?role=lead")
    expect(page.get_by_text("1 of 3", exact=True)).to_be_visible()
    page.get_by_role("radio", name="neutral").first.click(force=True)
    page.get_by_label("Why (kept with the decision)").fill("A greeting, nothing more.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Decided: ", exact=False).first).to_be_visible()


def test_two_raters_and_a_lead_go_from_an_empty_study_to_a_reported_wave(
    server: Server, page: Page, browser: Browser, watch: Watch, study: Path
) -> None:
    draw(page, server.url)
    rate(browser, server.url, "Ada", "2 · neutral")
    rate(browser, server.url, "Grace", "3 · warm")
    adjudicate(page, server.url)
    page.goto(f"{server.url}/reports?role=lead")
    page.get_by_role("button", name="Make a report").click()
    expect(page.get_by_text("The report is made")).to_be_visible()
    page.goto(f"{server.url}/waves?role=lead")
    expect(page.get_by_role("cell", name="6 of 6")).to_be_visible()
    page.get_by_text("One wave in detail").click()
    page.get_by_role("button", name="Close this wave").click()
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("wave-1 is closed: it is asked no more")).to_be_visible()
    given = [label for label in journal(study) if label.rater in ("Ada", "Grace")]
    assert {(label.wave, label.purpose) for label in given} == {("wave-1", "estimate")}
    # three of twelve at random
    assert {label.pi for label in given} == {0.25}
    assert len(given) == 2 * 2 * ITEMS
    assert (watch.complaints, watch.foreign, watch.dialogs) == ([], [], [])
