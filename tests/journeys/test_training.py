"""The training round in the browser: gold answers after each item, real items after a round was passed."""

from __future__ import annotations

from pathlib import Path

import desk_keys
import pytest
import small_study
from desk_keys import come, expect_saved, item, press
from desk_page import answer_item
from playwright.sync_api import Page, expect
from running import Server, Watch
from small_study import journal

from annotate_app.desk import open_desk
from annotate_app.services import training
from annotate_app.services.gold import add_gold
from annotate_app.services.rights import HOLDER

pytestmark = pytest.mark.journey

GOLD = ("item-000", "item-001", "item-002")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Eight items, three with gold answers; a round has two and asks for 75%."""
    folder = desk_keys.fill(tmp_path / "study", 8)
    file = folder / "study.toml"
    section = "\n[training]\nitems = 2\npass_share = 0.75\n"
    file.write_text(file.read_text(encoding="utf-8") + section, encoding="utf-8")
    gold = (("grounded", "yes", "The source says it."), ("tone", 2, "It greets, no more."))
    rows = [
        {"item_id": name, "rater": "Lea", "criterion": criterion, "value": value, "rationale": why}
        for name in GOLD
        for criterion, value, why in gold
    ]
    desk = open_desk(folder)
    add_gold(desk, [small_study.write_lines(folder / "gold.jsonl", rows)], strict=True, role=HOLDER)
    desk.close()
    return folder


def gold_answers(page: Page, words: str) -> None:
    expect(page.get_by_role("region", name="Gold answers")).to_contain_text(words)
    expect(page.get_by_role("button", name="Next item")).to_be_focused()


def test_a_new_rater_fails_repeats_and_passes_by_keyboard_before_the_real_queue(
    server: Server, page: Page, watch: Watch, study: Path
) -> None:
    come(page, server.url)
    expect(page.locator("[data-cd=progress]")).to_have_text("Training round 1: 0 of 2 items done.")
    seen = []
    for _ in range(2):
        seen.append(item(page))
        press(page, "13⏎")  # the gold answer is 2
        gold_answers(page, "1 of 2 answers are the gold ones.")
        gold_answers(page, "It greets, no more.")
        press(page, "u")  # nothing is taken back once it was explained
        page.keyboard.press("Enter")
    expect(page.get_by_text("This training round is not passed: 2 of 4")).to_be_visible()
    page.reload()
    expect(page.get_by_text("This training round is not passed: 2 of 4")).to_be_visible()
    page.get_by_role("button", name="Begin another round").click()
    for _ in range(2):
        seen.append(item(page))
        press(page, "12⏎")
        gold_answers(page, "2 of 2 answers are the gold ones.")
        page.keyboard.press("Enter")
    assert set(seen) == set(GOLD)
    expect(page.get_by_text("The training round is passed.")).to_be_visible()
    expect(page.locator("[data-cd=progress]")).to_contain_text("0 done, 5 left")
    assert item(page) not in GOLD
    press(page, "12⏎")
    expect(page.locator("[data-cd=explanation]")).to_be_hidden()
    expect(page.locator("[data-cd=progress]")).to_contain_text("1 done")
    purposes = {(e.item_id in GOLD, e.purpose) for e in journal(study) if e.rater == "Ada"}
    assert purposes == {(True, "training"), (False, "estimate")}
    assert watch == Watch()


def test_an_explanation_waits_for_the_server_and_comes_when_it_is_back(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    item(page)
    server.kill()
    press(page, "12⏎")
    expect(page.get_by_text("Your answers are on their way")).to_be_visible()
    expect(page.get_by_role("button", name="Next item")).to_be_disabled()
    server.start()
    expect_saved(page, 1)
    gold_answers(page, "2 of 2 answers are the gold ones.")


def test_the_plain_form_explains_and_lets_nobody_past_either(server: Server, page: Page, study: Path) -> None:
    page.goto(f"{server.url}/rate?rater=Ada&plain=1")
    for _ in range(2):
        expect(page.get_by_role("button", name="Submit and next")).to_be_visible()
        answer_item(page)
        page.get_by_role("button", name="Submit and next").click()
        expect(page.get_by_text("2 of 2 answers are the gold ones.")).to_be_visible()
        expect(page.get_by_text("It greets, no more.")).to_be_visible()
        page.get_by_role("button", name="Next item").click()
    expect(page.get_by_text("0 done, 6 left")).to_be_visible()
    page.goto(f"{server.url}/work?rater=Ada")
    page.get_by_text("How you compare with the gold answers").click()
    expect(page.get_by_text("Training passed in round 1.")).to_be_visible()
    expect(page.get_by_role("cell", name="100%").first).to_be_visible()
    desk = open_desk(study)
    assert training.state(desk, "Ada").phase == "passed"
    desk.close()
