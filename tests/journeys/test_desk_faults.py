"""The rating desk when things go wrong: nothing is lost, nothing is stored twice, no lie is told."""

from __future__ import annotations

import os
import resource
import sqlite3
from contextlib import closing
from pathlib import Path

import desk_keys
import pytest
from desk_keys import come, cut, expect_ahead, expect_saved, go_offline, item, once, press, standing
from playwright.sync_api import Browser, BrowserContext, Page, expect
from running import Server
from small_study import journal

pytestmark = pytest.mark.journey

# Half a minute in `make faults`, a moment in every run of the suite.
OFFLINE_SECONDS = 30 if int(os.environ.get("CALIBRANT_KILLS", "0")) >= 200 else 3
OUTBOXES = "() => Object.keys(localStorage).filter((key) => key.endsWith(':outbox')).length"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return desk_keys.fill(tmp_path / "study", 150)


def test_an_answer_stored_but_not_acknowledged_is_sent_again_and_stored_once(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    cut(page, lambda route: (route.fetch(), route.abort()))
    press(page, "12⏎")
    expect_saved(page, 0, 1)
    expect(page.locator("[data-cd=notice]")).to_contain_text("cannot be reached")
    assert len(journal(study)) == 2
    page.unroute_all()
    expect_saved(page, 1)
    assert once(journal(study))


def test_rating_goes_on_while_the_server_is_down(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    expect_ahead(page, 5)
    press(page, "12⏎")
    expect_saved(page, 1)
    server.kill()
    page.wait_for_timeout(6000)  # Streamlit has covered the page by now, were it not for the desk
    for k in range(3):
        press(page, f"1{1 + k}⏎")
    expect_saved(page, 1, 3)
    page.get_by_role("radio", name="yes").check()
    server.start()
    expect_saved(page, 4)
    assert len(journal(study)) == 8
    assert once(journal(study))


def test_ten_items_rated_offline_arrive_when_the_line_is_back(
    server: Server, page: Page, context: BrowserContext, study: Path
) -> None:
    come(page, server.url)
    expect_ahead(page, 10)
    go_offline(page, context)
    wanted = {}
    for k in range(10):
        wanted[item(page)] = 1 + k % 3
        press(page, f"1{1 + k % 3}⏎")
    expect_saved(page, 0, 10)
    expect(page.locator("[data-cd=notice]")).to_contain_text("cannot be reached")
    expect(page.locator("[data-cd=notice]")).to_contain_text(
        "You can go on. 10 answers waiting in this browser"
    )
    page.wait_for_timeout(1000 * OFFLINE_SECONDS)
    expect_saved(page, 0, 10)
    assert journal(study) == []
    context.set_offline(False)
    expect_saved(page, 10)
    entries = journal(study)
    assert {e.item_id: e.value for e in entries if e.criterion == "tone"} == wanted
    assert once(entries)


def test_waiting_answers_survive_a_closed_tab(
    server: Server, page: Page, context: BrowserContext, study: Path
) -> None:
    come(page, server.url)
    cut(page)
    press(page, "12⏎")
    press(page, "13⏎")
    expect_saved(page, 0, 2)
    page.close(run_before_unload=False)
    again = context.new_page()
    come(again, server.url)
    expect_saved(again, 2)
    assert len(journal(study)) == 4
    assert once(journal(study))


def test_a_half_answered_item_survives_a_reload(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    press(page, "12⏎")
    expect_saved(page, 1)
    half = item(page)
    press(page, "1")
    page.get_by_label("Note (optional)").fill("look again")
    page.reload()
    expect(page.locator("[data-cd=body]")).to_be_visible()
    assert item(page) == half
    expect(page.get_by_role("radio", name="yes")).to_be_checked()
    expect(page.get_by_label("Note (optional)")).to_have_value("look again")


def test_the_second_tab_of_a_rater_waits_until_it_is_chosen(
    server: Server, page: Page, context: BrowserContext, study: Path
) -> None:
    come(page, server.url)
    press(page, "12⏎")
    expect_saved(page, 1)
    other = context.new_page()
    other.goto(f"{server.url}/rate?rater=Ada")
    expect(other.get_by_text("open in another tab")).to_be_visible()
    other.get_by_role("button", name="Use it here").click()
    expect(other.locator("[data-cd=body]")).to_be_visible()
    expect(page.get_by_text("open in another tab")).to_be_visible()
    press(other, "13⏎")
    expect_saved(other, 1)
    press(page, "13⏎")
    # What is answered there would stay there.
    expect(page.get_by_role("button", name="← Back")).to_be_hidden()
    expect(page.get_by_role("button", name="Undo last")).to_be_hidden()
    assert len(journal(study)) == 4
    assert once(journal(study))


def test_two_raters_in_one_browser_and_one_queue_keep_apart(
    server: Server, page: Page, context: BrowserContext, study: Path
) -> None:
    come(page, server.url)
    other = context.new_page()
    come(other, server.url, "Grace")
    for k in range(8):
        for tab, tone in ((page, 1 + k % 2), (other, 3)):
            expect(tab.locator("[data-cd=body]")).to_be_visible()
            press(tab, f"1{tone}⏎")
    expect_saved(page, 8)
    expect_saved(other, 8)
    entries = journal(study)
    assert once(entries)
    tones = [(e.rater, e.value) for e in entries if e.criterion == "tone"]
    assert sorted(tones) == [("Ada", 1)] * 4 + [("Ada", 2)] * 4 + [("Grace", 3)] * 8


def test_a_second_rater_on_the_same_queue_in_another_browser_keeps_apart(
    server: Server, page: Page, browser: Browser, study: Path
) -> None:
    elsewhere = browser.new_context()
    other = elsewhere.new_page()
    come(page, server.url)
    come(other, server.url, "Grace")
    given: dict[tuple[str, str], int] = {}
    for k in range(10):
        for rater, tab, tone in (("Ada", page, 1 + k % 3), ("Grace", other, 3 - k % 3)):
            given[item(tab), rater] = tone
            press(tab, f"1{tone}⏎")
        if k == 4:
            server.kill()
            server.start()
    expect_saved(page, 10)
    expect_saved(other, 10)
    elsewhere.close()
    entries = journal(study)
    assert {(e.item_id, e.rater): e.value for e in entries if e.criterion == "tone"} == given
    assert once(entries)


def test_signing_out_waits_for_what_is_unsent_and_then_leaves_nothing_in_the_browser(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    cut(page)
    press(page, "12⏎13⏎")
    page.get_by_role("button", name="Done for now").click()
    expect(page.locator("[data-cd=notice]")).to_contain_text("2 answers still waiting")
    assert page.evaluate(OUTBOXES) == 1
    assert journal(study) == []
    page.unroute_all()
    expect(page.get_by_text("Choose your name to start")).to_be_visible()
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.includes('Ada'))") == []
    assert len(journal(study)) == 4
    assert once(journal(study))


def test_whoever_leaves_while_the_server_is_away_is_told_and_goes_on_rating(
    server: Server, page: Page, context: BrowserContext, study: Path
) -> None:
    come(page, server.url)
    go_offline(page, context)
    page.get_by_role("button", name="Done for now").click()
    expect(page.locator("[data-cd=notice]")).to_contain_text("Not left yet")
    press(page, "12")
    page.get_by_role("button", name="Submit and next").click()
    expect_saved(page, 0, 1)
    context.set_offline(False)
    expect_saved(page, 1)
    page.get_by_role("button", name="Done for now").click()
    expect(page.get_by_text("Choose your name to start")).to_be_visible()
    assert len(journal(study)) == 2


def test_a_full_storage_is_said_and_nothing_is_lost(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }; }"
    )
    cut(page)
    press(page, "12⏎")
    expect(page.locator("[data-cd=notice]")).to_contain_text("keeps no copy")
    page.unroute_all()
    expect_saved(page, 1)
    assert len(journal(study)) == 2


def test_a_server_that_cannot_write_its_disk_says_so_and_goes_on_when_it_can(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    assert server.process is not None
    hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, hard))
    press(page, "12⏎")
    press(page, "13⏎")
    expect(page.locator("[data-cd=notice]")).to_contain_text("nothing can be stored now")
    expect(page.locator("[data-cd=notice]")).to_contain_text("2 answers waiting in this browser")
    expect_saved(page, 0, 2)
    assert journal(study) == []
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    expect_saved(page, 2)
    expect(page.locator("[data-cd=notice]")).to_be_hidden()
    assert len(journal(study)) == 4
    assert once(journal(study))


def test_what_a_backup_lacks_is_sent_once_more_by_the_open_desk_before_anything_new(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    press(page, "12⏎")
    expect_saved(page, 1)
    database, backup = study / "calibrant.db", study / "backup.db"
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    wanted = {item(page): 3}
    press(page, "13⏎")
    wanted[item(page)] = 1
    press(page, "11⏎")
    expect_saved(page, 3)
    server.kill()
    for left in (database, study / "calibrant.db-wal", study / "calibrant.db-shm"):
        left.unlink(missing_ok=True)
    backup.rename(database)
    server.start()
    assert len(journal(study)) == 2
    wanted[item(page)] = 2
    press(page, "12⏎")
    expect_saved(page, 4)
    entries = journal(study)
    assert once(entries)
    tones = {e.item_id: e.value for e in entries[2:] if e.criterion == "tone"}
    assert tones == wanted
    assert list(tones) == list(wanted)


def test_storage_cleared_while_something_waits_loses_nothing(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    cut(page)
    press(page, "12⏎")
    page.evaluate("() => localStorage.clear()")
    press(page, "13⏎")
    expect_saved(page, 0, 2)
    page.unroute_all()
    expect_saved(page, 2)
    assert len(journal(study)) == 4


def test_what_the_server_refuses_comes_back_with_its_answers_and_the_reason(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    refused = item(page)

    def spoil(route: object) -> None:
        body = route.request.post_data.replace('"value":2', '"value":9')  # type: ignore[attr-defined]
        route.continue_(post_data=body)  # type: ignore[attr-defined]

    cut(page, spoil)
    press(page, "12⏎")
    expect(page.locator("[data-cd=saved]")).to_have_text("saved 0 · waiting 0 · not accepted 1")
    page.unroute_all()
    press(page, "11⏎")
    assert item(page) == refused
    expect(page.locator("[data-cd=missing]")).to_contain_text("tone")
    expect(page.get_by_role("radio", name="2 · neutral")).to_be_checked()
    press(page, "⏎")
    expect_saved(page, 2)
    found = standing(journal(study))
    assert found[refused, "Ada", "tone"].value == 2


def test_the_tab_warns_before_closing_only_while_something_waits(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    asks = "() => !window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    press(page, "12⏎")
    expect_saved(page, 1)
    assert page.evaluate(asks) is False
    cut(page)
    press(page, "12⏎")
    expect_saved(page, 1, 1)
    assert page.evaluate(asks) is True
    page.unroute_all()
    expect_saved(page, 2)
    assert page.evaluate(asks) is False
