"""Asking, training, My work, Questions and Rubric: axe finds nothing serious, light and dark."""

from __future__ import annotations

from pathlib import Path

import desk_keys
import pytest
import small_study
from axe_playwright_python.sync_playwright import Axe
from desk_keys import come, press
from desk_page import expect_received
from playwright.sync_api import Browser, Page, expect
from running import Server

from annotate_app.desk import open_desk
from annotate_app.services import questions
from annotate_app.services.gold import add_gold
from annotate_app.services.rights import HOLDER

pytestmark = pytest.mark.journey


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A training item, an answered question, a ruling and an open question."""
    folder = desk_keys.fill(tmp_path / "study", 6)
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n[training]\nitems = 1\n", encoding="utf-8")
    gold = {"item_id": "item-000", "rater": "Lea", "criterion": "tone", "value": 2, "rationale": "No more."}
    desk = open_desk(folder)
    add_gold(desk, [small_study.write_lines(folder / "gold.jsonl", [gold])], strict=True, role=HOLDER)
    asked = questions.ask(desk, "Ada", "item-001", "Is it?", entry_id="entry-1")
    questions.answer(desk, asked.thread_id, "It is.", lead="Lea", role=HOLDER)
    other = questions.ask(desk, "Grace", "item-002", "And this?", entry_id="entry-2")
    questions.publish(desk, other.thread_id, "Greetings are no claims.", lead="Lea", role=HOLDER)
    desk.close()
    return folder


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical in what is ours: the desk, or the main part of the page."""
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_around_the_desk(server: Server, browser: Browser, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    come(page, server.url)
    expect(page.locator("[data-cd=letters]")).to_contain_text("It is.")
    found = {"letters and rulings": serious(page)}
    press(page, "h")
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    found["asking"] = serious(page)
    page.keyboard.press("Escape")
    press(page, "13⏎")
    expect(page.get_by_role("button", name="Next item")).to_be_focused()
    found["gold answers"] = serious(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Begin another round")).to_be_visible()
    found["not passed"] = serious(page)
    context.close()
    assert not {state: names for state, names in found.items() if names}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_pages_of_people(
    server: Server, browser: Browser, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    found = {}
    for path, words in (
        ("/work?rater=Ada", "items answered"),
        ("/questions?role=lead", "And this?"),
        ("/rubric?rater=Ada", "Versions"),
    ):
        page.goto(server.url + path)
        expect(page.get_by_text(words).first).to_be_visible()
        expect_received(page)
        found[path] = serious(page)
    context.close()
    assert not {path: names for path, names in found.items() if names}
