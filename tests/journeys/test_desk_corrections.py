"""Going back at the desk: an earlier item shows what is stored, or the rater is told that it does not."""

from __future__ import annotations

import re
from pathlib import Path

import desk_keys
import pytest
from desk_keys import come, expect_saved, item, press, standing
from playwright.sync_api import Page, expect
from running import Server, Watch
from small_study import journal

from benchmarks.people.ports import free_port

pytestmark = pytest.mark.journey

IN_SIGHT = """() => {
  const placeOf = (name) => document.querySelector(name).getBoundingClientRect();
  const [row, box] = [placeOf(".cd-current"), placeOf(".cd-rubric")];
  return row.top >= box.top - 1 && row.top < box.bottom - 60;
}"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return desk_keys.fill(tmp_path / "study", 4)


def test_a_change_that_was_not_submitted_is_named_and_then_put_back(
    server: Server, page: Page, watch: Watch, study: Path
) -> None:
    come(page, server.url)
    press(page, "11⏎")
    present = item(page)
    expect_saved(page, 1)
    for key in ("ArrowLeft", "ArrowDown", "3", "ArrowRight"):
        page.keyboard.press(key)
    assert item(page) != present
    expect(page.get_by_text("This change is not saved.")).to_be_visible()
    page.keyboard.press("ArrowRight")
    assert item(page) == present
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("radio", name="1 · cold")).to_be_checked()  # as it is stored
    expect(page.get_by_text("This change is not saved.")).to_be_hidden()
    assert [e.value for e in journal(study) if e.criterion == "tone"] == [1]
    assert watch == Watch()


def test_a_change_that_was_not_submitted_keeps_the_tab_and_the_desk_open(
    server: Server, page: Page, watch: Watch, study: Path
) -> None:
    come(page, server.url)
    press(page, "11⏎")
    expect_saved(page, 1)
    for key in ("ArrowLeft", "ArrowDown", "3"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Done for now").click()
    expect(page.get_by_text("This change is not saved.")).to_be_visible()
    with page.expect_event("dialog"):
        page.close(run_before_unload=True)
    assert len(watch.dialogs) == 1
    page.keyboard.press("Control+Enter")  # Enter alone would be the button's
    expect_saved(page, 1)  # items, not revisions
    assert [e.value for e in journal(study) if e.criterion == "tone"] == [1, 3]


def test_undo_goes_on_to_what_was_answered_before_this_session(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    first = item(page)
    press(page, "11⏎")
    expect_saved(page, 1)
    page.reload()
    second = item(page)
    press(page, "12⏎")
    expect_saved(page, 1)
    press(page, "u")
    assert item(page) == second
    expect_saved(page, 0)
    expect(page.locator("[data-cd=progress]")).to_contain_text("1 done, 3 left")
    for _ in range(200):  # until the desk knows what stands now, it says so
        press(page, "u")
        if "Not yet" not in page.locator("[data-cd=notice]").inner_text():
            break
        page.wait_for_timeout(50)
    expect(page.locator(".cal-main")).to_contain_text(f"Answer {int(first[5:])}:")
    expect(page.get_by_text("Your last answers are taken back")).to_be_visible()
    assert {e.status for e in standing(journal(study)).values()} == {"withdrawn"}


def test_behind_the_last_item_one_goes_back_by_key_and_is_not_taken_away(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    names = []
    for _ in range(4):
        names.append(item(page))
        press(page, "11⏎")
    expect(page.get_by_text("Nothing is left to rate")).to_be_visible()
    expect_saved(page, 4)
    for key in ("ArrowLeft", "ArrowDown", "2"):
        page.keyboard.press(key)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as on coming back to the tab
    page.wait_for_timeout(700)
    assert item(page) == names[-1]
    press(page, "⏎")
    expect(page.get_by_text("Nothing is left to rate")).to_be_visible()
    expect_saved(page, 4)
    press(page, "u")
    assert item(page) == names[-1]
    found = [(e.revision, e.value) for e in journal(study) if (e.item_id, e.criterion) == (names[-1], "tone")]
    assert found[:2] == [(1, 1), (2, 2)]


def test_the_marked_question_of_the_next_item_is_in_sight(server: Server, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 420})
    come(page, server.url)
    press(page, "11f")
    assert page.evaluate("document.querySelector('.cd-rubric').scrollTop") > 0
    press(page, "⏎")
    expect(page.locator(".cd-current legend")).to_have_text("Is every claim supported?")
    assert page.evaluate(IN_SIGHT)


def test_a_reason_is_in_sight_while_it_is_written_and_escape_gives_the_keys_back(
    server: Server, page: Page, study: Path
) -> None:
    page.set_viewport_size({"width": 1280, "height": 420})
    come(page, server.url)
    press(page, "1w")
    page.keyboard.type("1 2 s u")
    field, bar = page.locator("textarea:focus").bounding_box(), page.locator(".cd-rubric > .cd-actions")
    below = bar.bounding_box()
    assert field is not None and below is not None
    assert field["y"] + field["height"] <= below["y"] + 1
    page.keyboard.press("Escape")
    press(page, "2⏎")
    expect_saved(page, 1)
    tone = next(e for e in journal(study) if e.criterion == "tone")
    assert (tone.value, tone.rationale) == (2, "1 2 s u")


def test_where_no_question_is_required_nothing_is_not_sent_and_an_item_can_be_skipped(
    page: Page, tmp_path: Path
) -> None:
    study = desk_keys.fill(tmp_path / "free", 2)
    rubric = study / "rubric.yaml"
    words = rubric.read_text(encoding="utf-8").replace("    required: false\n", "")
    rubric.write_text(re.sub(r"(    question: .*)", r"\1\n    required: false", words), encoding="utf-8")
    asking = Server(study, free_port())
    asking.start()
    try:
        come(page, asking.url)
        press(page, "⏎")
        expect(page.get_by_text("Answer at least one question, or skip the item.")).to_be_visible()
        press(page, "s1⏎")
        expect_saved(page, 1)
    finally:
        asking.kill()
    assert {(e.criterion, e.status) for e in journal(study)} == {
        ("grounded", "skipped"),
        ("tone", "skipped"),
        ("score", "skipped"),
    }
