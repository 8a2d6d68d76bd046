"""The rating desk by keyboard alone: every label that is stored is the one that was keyed."""

from __future__ import annotations

from pathlib import Path

import desk_keys
import pytest
from desk_keys import come, expect_saved, item, press, standing
from playwright.sync_api import Page, expect
from running import Server, Watch
from small_study import journal

from annotate_app.ui import rating_desk
from benchmarks.people.ports import free_port

pytestmark = pytest.mark.journey

KEYS_JS = Path(rating_desk.__file__).parent / "keys.js"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return desk_keys.fill(tmp_path / "study", 60)


def test_thirty_items_by_keyboard_alone_store_what_was_keyed(
    server: Server, page: Page, watch: Watch, study: Path
) -> None:
    come(page, server.url)
    wanted = {}
    for k in range(30):
        name = item(page)
        tone, score = 1 + k % 3, (7 * k) % 11
        press(page, f"1{tone}{score}⏎")
        wanted[name] = (tone, score)
    expect_saved(page, 30)
    found = standing(journal(study))
    assert len(wanted) == 30
    assert {
        name: (found[name, "Ada", "tone"].value, found[name, "Ada", "score"].value) for name in wanted
    } == wanted
    assert len(found) == 90  # three answers each
    assert all(label.active_seconds is not None and label.active_seconds < 60 for label in found.values())
    assert watch == Watch()


def test_a_hundred_submissions_at_full_speed_lose_and_change_nothing(page: Page, tmp_path: Path) -> None:
    study = desk_keys.fill(tmp_path / "long", 130)
    long = Server(study, free_port())
    long.start()
    try:
        come(page, long.url)
        wanted = {}
        for k in range(100):
            expect(page.locator("[data-cd=body]")).to_be_visible()
            name = item(page)
            wanted[name] = 1 + k % 3
            press(page, f"1{1 + k % 3}⏎")
        expect_saved(page, 100)
    finally:
        long.kill()
    entries = journal(study)
    assert len(entries) == 200
    assert desk_keys.once(entries)
    assert {e.item_id: e.value for e in entries if e.criterion == "tone"} == wanted


def test_conditional_questions_reasons_modes_and_not_applicable_by_key(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    press(page, "2⏎")  # no: needs a reason and asks what is wrong
    expect(page.locator("[data-cd=missing]")).to_contain_text("Is every claim supported?")
    expect(page.locator("textarea:focus")).to_have_count(1)
    page.keyboard.type("12 s n u is typed, not keyed")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-cd=missing]")).to_contain_text("What is wrong with the claim?")
    assert journal(study) == []
    page.get_by_text("Output to judge").click()
    press(page, "1n")
    press(page, "f1⏎")
    expect_saved(page, 1)
    found = {e.criterion: e for e in journal(study)}
    assert {name: e.value for name, e in found.items()} == {
        "grounded": "no",
        "fault": "invented",
        "tone": None,
    }
    assert found["grounded"].rationale == "12 s n u is typed, not keyed"
    assert found["tone"].status == "not_applicable"
    assert found["grounded"].failure_modes == ("wrong_price",)


def test_numbers_are_typed_and_those_outside_the_scale_are_named(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    press(page, "1")
    press(page, "3")
    press(page, "12⏎")
    expect(page.locator("[data-cd=missing]")).to_contain_text("How useful is it")
    page.keyboard.press("Backspace")
    press(page, "0⏎")
    expect_saved(page, 1)
    assert {e.criterion: e.value for e in journal(study)} == {"grounded": "yes", "tone": 3, "score": 10}


def test_an_earlier_item_is_corrected_as_a_revision_and_the_present_one_keeps_its_draft(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    first = item(page)
    press(page, "11⏎")
    present = item(page)
    press(page, "1")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-cd=earlier]")).to_be_visible()
    assert item(page) == first
    page.keyboard.press("ArrowDown")
    press(page, "3⏎")
    assert item(page) == present
    press(page, "2⏎")  # the first question was answered before
    expect_saved(page, 2)
    found = standing(journal(study))
    assert (found[first, "Ada", "tone"].value, found[first, "Ada", "tone"].revision) == (3, 2)
    assert found[first, "Ada", "tone"].reason == "changed by the rater"
    assert found[present, "Ada", "grounded"].value == "yes"


def test_undo_takes_back_and_brings_back_also_after_a_reload(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    first = item(page)
    press(page, "13⏎")
    expect_saved(page, 1)
    press(page, "u")
    assert item(page) == first
    expect(page.get_by_role("radio", name="3 · warm")).to_be_checked()
    page.keyboard.press("ArrowDown")
    press(page, "1⏎")
    expect_saved(page, 1)
    page.reload()
    expect(page.locator("[data-cd=body]")).to_be_visible()
    press(page, "u")
    expect(page.locator(".cal-main")).to_contain_text(f"Answer {int(first[5:])}:")
    expect(page.get_by_role("radio", name="1 · cold")).to_be_checked()
    tone = [(e.revision, e.status, e.value) for e in journal(study) if e.criterion == "tone"]
    # answered, taken back, answered again, taken back again
    assert tone == [(1, "observed", 3), (2, "withdrawn", None), (3, "observed", 1), (4, "withdrawn", None)]


def test_an_item_is_skipped_by_keyboard_with_its_reason(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    press(page, "s")
    expect(page.get_by_role("dialog").get_by_role("radio", checked=True)).to_have_count(0)
    press(page, "⏎")  # no reason is chosen yet
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "2⏎")
    expect_saved(page, 1)
    entries = journal(study)
    assert {e.status for e in entries} == {"skipped"}
    assert {e.reason for e in entries} == {"The item is broken or incomplete"}


def test_single_keys_can_be_switched_off_and_stay_off(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    press(page, "?")
    page.get_by_label("Single keys are on").uncheck()
    page.get_by_role("button", name="Close").click()
    page.reload()
    expect(page.locator("[data-cd=body]")).to_be_visible()
    press(page, "12⏎s")
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_role("radio", name="yes").check()
    page.get_by_role("radio", name="2 · neutral").check()
    page.keyboard.press("Control+Enter")
    expect_saved(page, 1)


SURE = """
name: sure
criteria:
  - name: right
    question: Is it right?
    ask_sure: true
    scale:
      kind: nominal
      levels:
        - {name: "yes", description: It is.}
        - {name: partly, description: Some of it., rationale_required: true}
        - {name: "no", description: It is not., rationale_required: true}
  - name: reach
    question: How far does it reach?
    applies_when: {criterion: right, values: [partly, "yes"]}
    ask_sure: true
    scale: {kind: interval, low: 0, high: 100, step: 5}
"""


def test_sureness_reasons_and_conditional_numbers_by_key(server: Server, page: Page, study: Path) -> None:
    server.kill()
    (study / "rubric.yaml").write_text(SURE, encoding="utf-8")
    server.start()
    come(page, server.url)
    reach = page.get_by_text("How far does it reach?")
    expect(reach).to_be_hidden()
    press(page, "y")  # nothing is answered yet
    press(page, "1y")
    expect(reach).to_be_visible()
    expect(page.get_by_role("radio", name="sure", exact=True).first).to_be_checked()
    press(page, "45yy⏎")
    expect_saved(page, 1)
    press(page, "3⏎")
    expect(page.locator("[data-cd=missing]")).to_contain_text("Is it right?")
    expect(page.get_by_text("This answer needs a reason").first).to_be_visible()
    page.keyboard.type("it is not")
    page.keyboard.press("Control+Enter")
    expect_saved(page, 2)
    found = [(e.criterion, e.value, e.sure, e.rationale) for e in journal(study)]
    assert found == [
        ("right", "yes", True, None),
        ("reach", 45, False, None),
        ("right", "no", None, "it is not"),
    ]


# (layout, place of the key, what it writes, what it means here)
LAYOUTS = (
    ("French, digits by Shift", "Digit1", "&", "1"),
    ("French, a where q stands", "KeyQ", "a", "a"),
    ("Russian", "KeyN", "т", "n"),
    ("Greek", "KeyS", "σ", "s"),
    ("Arabic digits", "Digit2", "٢", "2"),
    ("Chinese, by an input method", "KeyN", "Process", "n"),
    ("Dvorak, n where l stands", "KeyL", "n", "n"),
    ("Turkish capital", "KeyN", "N", "n"),
    ("Russian question mark", "Digit7", "?", "?"),
    ("number pad", "Numpad3", "3", "3"),
    ("number pad without Num Lock", "Numpad2", "ArrowDown", "ArrowDown"),
    ("German minus where the slash stands", "Slash", "-", "-"),
    ("Czech letter on a digit", "Digit4", "č", "4"),
)


def test_keys_mean_the_same_on_every_layout(page: Page) -> None:
    # an empty page: those of the server take no script but their own
    page.add_script_tag(content=(KEYS_JS.read_text(encoding="utf-8") + ";window.keyName = keyName;"))
    found = {
        name: page.evaluate(
            "(key) => window.keyName(new KeyboardEvent('keydown', key))",
            {"code": code, "key": key, "shiftKey": key == "?"},
        )
        for name, code, key, _ in LAYOUTS
    }
    assert found == {name: meant for name, _, _, meant in LAYOUTS}
    shifted = "(code) => window.keyName(new KeyboardEvent('keydown', {code, key: '_', shiftKey: true}))"
    assert page.evaluate(shifted, "Slash") == ""  # German: Shift writes an underscore there


def test_answers_by_a_foreign_layout_are_stored(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    for code, key in (("Digit1", "&"), ("Digit2", "é"), ("Enter", "Enter")):
        page.evaluate(
            "([code, key]) => document.body.dispatchEvent("
            "new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true}))",
            [code, key],
        )
    expect_saved(page, 1)
    assert {e.criterion: e.value for e in journal(study)} == {"grounded": "yes", "tone": 2}


def test_keys_with_control_alt_or_meta_do_nothing(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    for key in ("Control+1", "Alt+2", "Meta+1", "Control+s", "Alt+n"):
        page.keyboard.press(key)
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_the_desk_is_left_with_all_reservations_given_back(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    press(page, "12⏎")
    expect_saved(page, 1)
    page.get_by_role("button", name="Done for now").click()
    expect(page.get_by_text("Choose your name to start")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter(k => k.includes('outbox')).length") == 0
    assert len(journal(study)) == 2
