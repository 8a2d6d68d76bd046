"""Ask the lead in the browser: from the desk and the plain form, the answer comes back to who asked alone."""

from __future__ import annotations

from pathlib import Path

import desk_keys
import pytest
from desk_keys import come, expect_saved, item, press
from desk_page import open_up
from playwright.sync_api import Page, expect
from running import Server, Watch

from annotate_app.desk import open_desk
from annotate_app.services import questions

pytestmark = pytest.mark.journey


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return desk_keys.fill(tmp_path / "study", 8)


def ask_at_desk(page: Page, words: str) -> None:
    press(page, "h")
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Your question is with the lead")).to_be_visible()


def threads(study: Path, rater: str) -> list[questions.Thread]:
    desk = open_desk(study)
    found = list(questions.mine(desk, rater))
    desk.close()
    return found


def answer_as_lead(page: Page, url: str, words: str) -> None:
    page.goto(f"{url}/questions?role=lead")
    page.get_by_role("textbox", name="Your answer").fill(words)
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_text("Answered: the rater sees it")).to_be_visible()


def test_a_question_goes_to_the_lead_and_its_answer_to_the_rater_who_asked(
    server: Server, page: Page, watch: Watch, study: Path
) -> None:
    come(page, server.url)
    flagged = item(page)
    ask_at_desk(page, "12 is a price? s n u")  # typed, not keyed
    assert item(page) == flagged
    press(page, "12⏎")
    expect_saved(page, 1)
    page.goto(f"{server.url}/questions?role=lead")
    expect(page.get_by_text("12 is a price? s n u")).to_be_visible()
    expect(page.get_by_role("heading", name=f"Ada about {flagged}")).to_be_visible()
    text = page.locator("[data-testid=stMain]").inner_text()
    for hidden in ("neutral", "supported", "secret-system", "grounded"):
        assert hidden not in text
    answer_as_lead(page, server.url, "Yes, a price is a claim.")
    come(page, server.url)
    expect(page.locator("[data-cd=letters]")).to_contain_text("Yes, a price is a claim.")
    page.get_by_role("button", name="I have read it").click()
    expect(page.locator("[data-cd=letters]")).to_be_hidden()
    come(page, server.url, "Grace")
    assert "price is a claim" not in page.content()
    page.goto(f"{server.url}/work?rater=Ada")
    page.get_by_text("Your questions to the lead (1)").click()
    expect(page.get_by_text("Yes, a price is a claim.")).to_be_visible()
    (thread,) = threads(study, "Ada")
    assert [entry.kind for entry in thread.entries] == ["asked", "answered", "seen"]
    assert watch == Watch()


def test_a_question_stays_in_its_dialog_until_the_server_has_it_once(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    server.kill()
    press(page, "h")
    page.keyboard.type("Is it so?")
    page.get_by_role("button", name="Send to the lead").click()
    expect(page.get_by_text("your words stay here")).to_be_visible()
    server.start()
    page.get_by_role("button", name="Send to the lead").click()
    expect(page.locator("dialog[open]")).to_have_count(0, timeout=30_000)
    (thread,) = threads(study, "Ada")
    assert [entry.text for entry in thread.entries] == ["Is it so?"]


def test_a_ruling_reaches_every_rater_without_a_name(server: Server, page: Page, study: Path) -> None:
    come(page, server.url, "Ada")
    ask_at_desk(page, "My own doubt")
    page.goto(f"{server.url}/questions?role=lead")
    ruling = page.get_by_role("textbox", name="The ruling")
    open_up(page, page.get_by_role("button", name="Publish a ruling"), ruling)
    ruling.fill("Greetings are no claims.")
    page.get_by_role("button", name="Publish to all raters").click()
    expect(page.get_by_text("Published: every rater sees it")).to_be_visible()
    come(page, server.url, "Grace")
    page.get_by_text("Rulings by the lead (1)").click()
    expect(page.get_by_text("Greetings are no claims.")).to_be_visible()
    assert "My own doubt" not in page.content()
    page.goto(f"{server.url}/rubric?rater=Grace")
    expect(page.get_by_text("Greetings are no claims.")).to_be_visible()
    page.goto(f"{server.url}/rate?rater=Grace&plain=1")
    page.get_by_text("Rulings by the lead (1)").click()
    expect(page.get_by_text("Greetings are no claims.")).to_be_visible()


def test_the_plain_form_asks_and_shows_the_answer_too(server: Server, page: Page, study: Path) -> None:
    page.goto(f"{server.url}/rate?rater=Ada&plain=1")
    words = page.get_by_role("textbox", name="Your question")
    open_up(page, page.get_by_role("button", name="Ask the lead"), words)
    words.fill("Is it so?")
    page.get_by_role("button", name="Send to the lead").click()
    expect(page.get_by_text("Your question is with the lead")).to_be_visible()
    answer_as_lead(page, server.url, "It is.")
    page.goto(f"{server.url}/rate?rater=Ada&plain=1")
    expect(page.get_by_text("It is.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Mark as read").click()
    expect(page.get_by_text("It is.", exact=True)).to_have_count(0)


@pytest.mark.parametrize("role", ["rater", "engineer", "owner"])
def test_questions_are_for_the_lead(server: Server, page: Page, study: Path, role: str) -> None:
    desk = open_desk(study)
    questions.ask(desk, "Ada", "item-000", "Secret?", entry_id="one-entry")
    desk.close()
    page.goto(f"{server.url}/questions?role={role}")
    expect(page.get_by_text("Questions are between a rater and the lead")).to_be_visible()
    assert "Secret?" not in page.content()
