"""People by link and login, in a real browser: invited, joined, rated, disabled, out at the next request."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_study
import warm
from desk_page import open_up
from playwright.sync_api import Browser, Page, expect
from running import Server

from annotate_app.desk import open_desk
from annotate_app.services import people
from annotate_app.services.rights import HOLDER
from benchmarks.people.ports import free_port

pytestmark = pytest.mark.journey

SECRET = "correct horse battery"


def account(study: Path, *words: str, typed: str = "") -> str:
    done = warm.Run(warm.SERVE, ["account", *words, "--study", str(study)], typed).ended()
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The small study with an owner."""
    folder = tmp_path / "study"
    small_study.fill(folder, small_study.write(folder))
    words = ("add", "olga@example.org", "--name", "Olga", "--role", "owner", "--role", "lead")
    account(folder, *words, "--password-stdin", typed=f"{SECRET}\n")
    return folder


@pytest.fixture
def guest(browser: Browser) -> Iterator[Page]:
    """Another person's browser, narrow and dark."""
    context = browser.new_context(viewport={"width": 360, "height": 780}, color_scheme="dark")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, server: Server, login: str = "olga@example.org") -> None:
    page.goto(server.url)
    page.get_by_label("Login or e-mail").fill(login)
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()


def answer(page: Page) -> None:
    """One item by keyboard: supported, neutral."""
    expect(page.get_by_text("Is every claim supported?")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("Enter")


def desk_request(page: Page) -> int:
    """The status that the desk's own route answers to this page."""
    ask = """() => fetch("/desk/items", {method: "POST", body: "{}", headers: {
        "content-type": "application/json", "x-calibrant-rater": "Ada"}}).then((found) => found.status)"""
    return int(page.evaluate(ask))


def test_an_owner_invites_a_rater_who_rates_and_is_out_at_once_when_disabled(
    server: Server, page: Page, guest: Page, study: Path
) -> None:
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, server)
    page.goto(f"{server.url}/people?role=owner")
    ada = page.get_by_role("option", name="Ada")
    open_up(page, page.get_by_role("combobox", name="Goes on as"), ada)
    ada.click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_text("/invite?token=").inner_text()
    guest.goto(link)
    expect(guest.get_by_text("You rate as Ada")).to_be_visible()
    guest.get_by_label("Login").fill("ada@example.org")
    guest.get_by_label("Password").fill(SECRET)
    guest.get_by_role("button", name="Join").click()
    expect(guest).not_to_have_url(re.compile("/invite"))
    guest.goto(f"{server.url}/rate?role=owner&rater=Grace")
    answer(guest)
    expect(guest.get_by_text("saved 1")).to_be_visible()
    assert {entry.rater for entry in small_study.journal(study)} == {"Ada"}
    assert desk_request(guest) == 200
    account(study, "disable", "ada@example.org")
    assert desk_request(guest) == 401
    guest.goto(f"{server.url}/rate")
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()


def test_answers_given_after_the_login_ended_wait_and_arrive_after_the_next_one(
    server: Server, guest: Page, study: Path
) -> None:
    words = ("add", "ada", "--name", "Ada", "--role", "rater", "--rater", "Ada", "--password-stdin")
    account(study, *words, typed=f"{SECRET}\n")
    guest.goto(f"{server.url}/rate")
    guest.get_by_label("Login or e-mail").fill("ada")
    guest.get_by_label("Password").fill(SECRET)
    guest.get_by_role("button", name="Sign in").click()
    answer(guest)
    expect(guest.get_by_text("saved 1")).to_be_visible()
    desk = open_desk(study)
    assert people.end_sessions(desk, "ada", by="Olga", role=HOLDER) == 1
    desk.close()
    answer(guest)
    expect(guest.get_by_text("waiting 1")).to_be_visible()
    expect(guest.get_by_text("signed out: reload the page and sign in")).to_be_visible()
    assert len({entry.item_id for entry in small_study.journal(study)}) == 1
    guest.reload()
    guest.get_by_label("Login or e-mail").fill("ada")
    guest.get_by_label("Password").fill(SECRET)
    guest.get_by_role("button", name="Sign in").click()
    expect(guest.get_by_text("waiting 0")).to_be_visible()
    assert len({entry.item_id for entry in small_study.journal(study)}) == 2


def test_a_page_that_is_open_when_the_login_ends_says_so_at_the_next_click(
    server: Server, page: Page, study: Path
) -> None:
    sign_in(page, server)
    page.goto(f"{server.url}/people?role=owner")
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    account(study, "add", "second@example.org", "--name", "Second", "--role", "owner")
    account(study, "disable", "olga@example.org")
    before = json.loads(account(study, "list", "--json"))["open_links"]
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    expect(page.get_by_role("button", name="Make a link")).to_have_count(0)
    assert json.loads(account(study, "list", "--json"))["open_links"] == before
    page.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile("/login"))


def test_a_login_at_one_study_is_none_at_another_on_the_same_machine(
    server: Server, page: Page, tmp_path: Path
) -> None:
    other_folder = tmp_path / "other"
    small_study.fill(other_folder, small_study.write(other_folder))
    words = ("add", "zoe", "--name", "Zoe", "--role", "owner", "--password-stdin")
    account(other_folder, *words, typed=f"{SECRET}\n")
    other = Server(other_folder, free_port())
    other.start()
    try:
        sign_in(page, server)
        page.goto(other.url)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        cookie = next(c for c in page.context.cookies() if c["name"].startswith("calibrant-session-"))
        sent = {"cookie": f"{cookie['name']}={cookie['value']}"}
        stolen = urllib.request.Request(f"{other.url}/media/x", headers=sent)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(stolen)
        refused.value.close()
        assert refused.value.code == 401
    finally:
        other.kill()
