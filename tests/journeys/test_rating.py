"""A rater at work in a real browser: nothing that was acknowledged is lost, nothing is stored twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from desk_page import (
    answer_item,
    choose,
    expect_done,
    expect_received,
    open_desk,
    open_up,
    output,
    submit,
)
from playwright.sync_api import BrowserContext, Page, expect
from running import Server, Watch
from small_study import journal

pytestmark = pytest.mark.journey


def test_ten_items_with_a_reload_in_the_middle_are_all_stored(
    server: Server, page: Page, watch: Watch, study: Path
) -> None:
    page.goto(f"{server.url}/rate?plain=1")
    page.get_by_text("Add a name").click()
    page.get_by_label("New name").fill("Edith")
    page.get_by_role("button", name="Add and start").click()
    seen = []
    for k in range(10):
        expect_done(page, k)
        seen.append(output(page))
        answer_item(page, tone=("1 · cold", "2 · neutral", "3 · warm")[k % 3])
        if k == 4:
            half_answered = output(page)
            expect_received(page)
            page.reload()
            expect_done(page, k)
            assert output(page) == half_answered
            expect(page.get_by_role("radio", name="yes", exact=True)).to_be_checked()
            expect(page.get_by_role("radio", name="2 · neutral", exact=True)).to_be_checked()
        submit(page).click()
    expect_done(page, 10)
    assert len(set(seen)) == 10
    # ten items with two answers each
    assert Counter(label.criterion for label in journal(study)) == {"grounded": 10, "tone": 10}
    assert watch == Watch()


def test_a_note_typed_but_not_left_survives_a_reload(server: Server, page: Page) -> None:
    open_desk(page, server.url)
    note = page.get_by_label("Note (optional)")
    note.click()
    page.keyboard.type("look again", delay=20)
    page.wait_for_timeout(1000)
    expect_received(page)
    expect(note).to_be_focused()
    page.keyboard.type(" tomorrow", delay=20)
    page.wait_for_timeout(1000)
    expect_received(page)
    page.reload()
    expect(note).to_have_value("look again tomorrow")


def test_a_killed_server_loses_nothing_and_doubles_nothing(server: Server, page: Page, study: Path) -> None:
    open_desk(page, server.url, rater="Grace")
    for k in range(6):
        expect_done(page, k)
        answer_item(page)
        submit(page).click()
        expect_done(page, k + 1)
        if k in (1, 3):
            server.kill()
            assert len(journal(study)) == 2 * (k + 1)
            server.start()
            open_desk(page, server.url, rater="Grace")
    entries = journal(study)
    assert len(entries) == 12
    assert len({(label.item_id, label.criterion) for label in entries}) == 12
    assert {label.revision for label in entries} == {1}


def test_a_page_left_open_over_a_restart_goes_on(server: Server, page: Page, study: Path) -> None:
    open_desk(page, server.url)
    answer_item(page)
    submit(page).click()
    expect_done(page, 1)
    server.kill()
    server.start()
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    answer_item(page)
    submit(page).click()
    expect_done(page, 2)
    assert len(journal(study)) == 4


def test_a_double_click_stores_once(server: Server, page: Page, study: Path) -> None:
    open_desk(page, server.url)
    for k in range(3):
        answer_item(page)
        submit(page).dblclick()
        expect_done(page, k + 1)
    expect(page.locator(".cal-missing")).to_have_count(0)
    # three items with two answers each, once
    assert Counter(label.revision for label in journal(study)) == {1: 6}


def test_the_same_item_in_two_tabs_is_stored_once(
    server: Server, page: Page, context: BrowserContext, study: Path
) -> None:
    open_desk(page, server.url)
    other = context.new_page()
    open_desk(other, server.url)
    assert output(page) == output(other)
    answer_item(page)
    answer_item(other, tone="3 · warm")
    submit(page).click()
    expect_done(page, 1)
    submit(other).click()
    expect(other.get_by_text("already stored")).to_be_visible()
    assert len(journal(study)) == 2


def test_what_is_missing_is_named_and_what_applies_appears(server: Server, page: Page, study: Path) -> None:
    open_desk(page, server.url)
    question = page.locator(".cal-question")
    expect(question.get_by_text("What is wrong with the claim?")).to_have_count(0)
    choose(page, "no")
    expect(question.get_by_text("What is wrong with the claim?")).to_be_visible()
    submit(page).click()
    expect(page.get_by_text("Not saved yet")).to_contain_text("How friendly is it?")
    assert journal(study) == []
    page.get_by_label("Why? This answer needs a reason").fill("the price is not in the source")
    choose(page, "invented")
    choose(page, "Not applicable")
    page.get_by_role("spinbutton").fill("7")
    page.get_by_label("Note (optional)").fill("odd item")
    page.get_by_role("button", name="wrong price").click()
    submit(page).click()
    expect_done(page, 1)
    entries = {label.criterion: label for label in journal(study)}
    assert {name: label.value for name, label in entries.items()} == {
        "grounded": "no", "fault": "invented", "tone": None, "score": 7,
    }  # fmt: skip
    assert entries["tone"].status == "not_applicable"
    assert entries["grounded"].rationale == "the price is not in the source"


def test_undo_brings_the_item_back_with_its_answers(server: Server, page: Page, study: Path) -> None:
    open_desk(page, server.url)
    first = output(page)
    answer_item(page, tone="3 · warm")
    submit(page).click()
    expect_done(page, 1)
    page.get_by_role("button", name="Undo last").click()
    expect_done(page, 0)
    assert output(page) == first
    expect(page.get_by_role("radio", name="3 · warm", exact=True)).to_be_checked()
    choose(page, "1 · cold")
    submit(page).click()
    expect_done(page, 1)
    # answered, taken back, answered again: three revisions, nothing overwritten
    tone = [(e.revision, e.status, e.value) for e in journal(study) if e.criterion == "tone"]
    assert tone == [(1, "observed", 3), (2, "withdrawn", None), (3, "observed", 1)]


def test_a_skipped_item_is_stored_with_its_reason(server: Server, page: Page, study: Path) -> None:
    open_desk(page, server.url)
    skip = page.get_by_role("button", name="Skip and next")
    open_up(page, page.get_by_role("button", name="Skip this item"), skip)
    skip.click()
    expect(page.get_by_text("Choose why the item is skipped")).to_be_visible()
    assert journal(study) == []
    page.get_by_role("radio", name="The item is broken").click(force=True)
    page.get_by_label("In your words").fill("two pages are missing")
    page.get_by_role("button", name="Skip and next").click()
    expect_done(page, 1)
    entries = journal(study)
    assert {label.status for label in entries} == {"skipped"}
    assert all("two pages are missing" in (label.reason or "") for label in entries)


def test_fast_clicks_store_what_was_clicked(server: Server, page: Page, study: Path) -> None:
    open_desk(page, server.url)
    wanted = {}
    for k in range(8):
        expect_done(page, k)
        tone = ("1 · cold", "2 · neutral", "3 · warm")[k % 3]
        wanted[output(page).split(":")[0].removeprefix("Answer ")] = 1 + k % 3
        page.get_by_role("radio", name="yes", exact=True).click()
        page.get_by_role("radio", name=tone, exact=True).click(force=True)
        submit(page).click()
    expect_done(page, 8)
    found = {str(int(e.item_id[-2:])): e.value for e in journal(study) if e.criterion == "tone"}
    assert found == wanted


def test_nothing_on_the_rate_page_gives_the_author_or_the_split_away(server: Server, page: Page) -> None:
    open_desk(page, server.url)
    text = page.content()
    for hidden in ("secret-system", "held_out", "held-out", "validation", "typical", "edge"):
        assert hidden not in text
