"""The desk for everybody: axe finds nothing serious, controls have names, what happens is announced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import small_study
from axe_playwright_python.sync_playwright import Axe
from desk_keys import come, cut, expect_saved, press
from playwright.sync_api import Browser, Page, expect
from running import Server

pytestmark = pytest.mark.journey

CHAT = {
    "messages": [
        {"role": "user", "content": "When do you open? | see [the sign](https://shop.example)"},
        {"role": "assistant", "content": None, "tool_calls": [{"name": "hours", "arguments": {"day": 1}}]},
        {
            "role": "assistant",
            "content": "| day | open |\n|---|---|\n| Mon | 9 |\n\n```\ncode\n```\n\n1. one",
        },
    ]
}
# The name of what has the focus, and whether a ring is drawn around it or around its label.
FOCUSED = """() => {
  const element = document.activeElement;
  const ring = element.closest('.cd-choice') ?? element;
  const name = element.ariaLabel || element.closest('label')?.textContent || element.textContent;
  return [name.trim(), !element.closest('.cd') || getComputedStyle(ring).outlineStyle !== 'none'];
}"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    items = [
        {"item_id": f"i{k}", "kind": "pointwise", "input": "When?", "output": json.dumps(CHAT)}
        for k in range(3)
    ]
    small_study.fill(folder, small_study.write(folder, items))
    return folder


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical on the page as it is now."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_serious_in_any_state_of_the_desk(
    server: Server, browser: Browser, scheme: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    come(page, server.url)
    found = {"item": serious(page)}
    press(page, "l")
    page.keyboard.type("open")
    found["find"] = serious(page)
    press(page, "⏎")
    page.keyboard.press("Escape")
    press(page, "q")
    found["evidence dialog"] = serious(page)
    press(page, "⏎2⏎")
    expect(page.locator("[data-cd=missing]")).to_be_visible()
    found["something missing"] = serious(page)
    for key in ("s", "?"):
        page.get_by_text("Output to judge").click()
        press(page, key)
        expect(page.get_by_role("dialog")).to_be_visible()
        found[f"dialog {key}"] = serious(page)
        page.keyboard.press("Escape")
    for _ in range(3):
        press(page, "s1⏎")
    expect(page.get_by_text("Nothing is left")).to_be_visible()
    found["nothing left"] = serious(page)
    context.close()
    assert {state: faults for state, faults in found.items() if faults} == {}


def test_what_axe_would_call_serious_is_seen(server: Server, page: Page) -> None:
    come(page, server.url)
    page.add_style_tag(content=".cd .cal-question { color: #f4f4f4 !important; }")
    found = serious(page)
    assert any(fault.startswith("color-contrast") for fault in found), found


def test_every_control_is_reached_by_tab_and_shows_that_it_has_the_focus(server: Server, page: Page) -> None:
    come(page, server.url)
    page.get_by_role("button", name="Undo last").focus()
    reached: dict[str, bool] = {}
    for _ in range(40):
        page.keyboard.press("Tab")
        name, outlined = page.evaluate(FOCUSED)
        reached[name] = outlined
    expected = {"Find", "Expand texts", "As written", "Keys", "Plain page", "Done for now", "Submit and next"}
    assert expected <= set(reached)
    assert {"Skip this item", "Instructions", "Say why"} <= set(reached)
    assert [name for name, outlined in reached.items() if not outlined] == []


def test_saving_the_next_item_and_trouble_are_announced(server: Server, page: Page) -> None:
    come(page, server.url)
    live = page.get_by_role("status").filter(has_text="Next item")
    press(page, "12⏎")
    expect(live).to_have_text("Next item. 0 saved, 1 waiting.")
    expect_saved(page, 1)
    press(page, "12⏎")
    expect(live).to_have_text("Next item. 1 saved, 1 waiting.")
    expect_saved(page, 2)
    cut(page)
    press(page, "12⏎")
    expect(page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()


def test_an_answers_meaning_and_example_show_on_pointing_on_focus_and_by_key(
    server: Server, page: Page
) -> None:
    come(page, server.url)
    tip = page.locator(".cd-tip")
    yes = page.get_by_role("radio", name="yes")
    expect(yes).to_have_accessible_description("yes Each claim is in the source. Opens at 9, as it says.")
    page.get_by_text("yes", exact=True).first.hover()
    expect(tip).to_have_text("Each claim is in the source.Opens at 9, as it says.")
    page.get_by_text("Output to judge").hover()
    expect(tip).to_be_hidden()
    page.get_by_role("group", name="Is every claim supported?").get_by_text("What the answers mean").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("radio", name="no", exact=True)).to_be_focused()
    expect(tip).to_have_text("At least one claim is not.")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    levels = page.locator(".cal-levels").get_by_text("At least one claim is not.")
    expect(levels).to_be_hidden()
    press(page, "m")
    expect(levels).to_be_visible()
    press(page, "m")
    expect(levels).to_be_hidden()
