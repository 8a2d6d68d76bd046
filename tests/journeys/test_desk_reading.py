"""Reading at the rating desk: find words, quote passages as evidence, come back to the place one was at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import small_study
from desk_keys import come, expect_saved, press, until
from playwright.sync_api import Page, expect
from running import Server
from small_study import journal

from rubrics.evidence import Passage, from_json

pytestmark = pytest.mark.journey

OUTPUT = "Dear **Ms Ōno**, we _open_ at nine 🙂 & close at `six`.\n\n" + "\n\n".join(
    f"Paragraph {k} says a little more about opening hours." for k in range(60)
)
CHAT = json.dumps(
    {
        "messages": [
            {"role": "user", "content": 'When?\nSay "please".'},
            {"role": "assistant", "content": "At **nine**,\n\nsays the sign."},
        ]
    },
    ensure_ascii=True,
)
SELECT = """([first, last]) => {
  const walk = document.createTreeWalker(document.querySelector('.cal-main'), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walk.nextNode()) {
    const {data} = walk.currentNode;
    if (data.includes(first)) range.setStart(walk.currentNode, data.indexOf(first));
    if (data.includes(last)) { range.setEnd(walk.currentNode, data.indexOf(last) + last.length); break; }
  }
  document.getSelection().removeAllRanges();
  document.getSelection().addRange(range);
}"""
MARKED = "() => [...(CSS.highlights.get('cd-evidence') ?? [])].map(range => range.toString()).join('|')"


def folder_with(folder: Path, *outputs: str) -> Path:
    items = [
        {"item_id": f"i{k}", "kind": "pointwise", "input": "When?", "output": output}
        for k, output in enumerate(outputs)
    ]
    small_study.fill(folder, small_study.write(folder, items))
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return folder_with(tmp_path / "study", OUTPUT)


def select(page: Page, first: str, last: str) -> None:
    page.evaluate(SELECT, [first, last])


def quoted(study: Path, criterion: str) -> tuple[Passage, ...]:
    return from_json(next(e.evidence for e in journal(study) if e.criterion == criterion))


def test_a_selected_passage_is_stored_as_the_items_own_text(server: Server, page: Page, study: Path) -> None:
    come(page, server.url)
    select(page, "Ms", "six")
    page.get_by_role("button", name="Use as evidence").click()
    expect(page.get_by_role("dialog")).to_contain_text("Ms Ōno")
    page.get_by_role("button", name="Attach").click()
    text = "Ms Ōno**, we _open_ at nine 🙂 & close at `six"
    assert page.evaluate(MARKED) == "Ms Ōno, we open at nine 🙂 & close at six"
    press(page, "12⏎")
    expect_saved(page, 1)
    start = OUTPUT.index("Ms")
    assert quoted(study, "grounded") == (Passage("output", start, start + len(text), text),)
    assert OUTPUT[start : start + len(text)] == text
    assert quoted(study, "tone") == ()


def test_a_passage_is_found_widened_and_attached_to_a_failure_mode_by_keyboard_alone(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    press(page, "l")
    page.keyboard.type("ms ō")
    expect(page.locator("[data-cd=found]")).to_have_text("1 of 1")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+ArrowRight")
    press(page, "q")
    digits = page.get_by_role("dialog").get_by_role("radio").count()
    press(page, f"{digits}⏎")
    expect(page.get_by_role("checkbox", name="wrong price")).to_be_checked()
    press(page, "12⏎")
    expect_saved(page, 1)
    start = OUTPUT.index("Ms")
    assert quoted(study, "tone") == (Passage("output", start, start + len("Ms Ōn"), "Ms Ōn", "wrong_price"),)


def test_evidence_is_shown_again_on_correction_and_can_be_dropped(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    select(page, "open", "nine")
    press(page, "q⏎12⏎")
    expect_saved(page, 1)
    page.reload()
    expect(page.get_by_text("Nothing is left")).to_be_visible()
    page.get_by_role("button", name="Undo last").click()
    expect(page.get_by_role("button", name="“open_ at nine”", exact=True)).to_be_visible()
    assert page.evaluate(MARKED) == "open at nine"
    page.get_by_role("button", name="Drop the evidence").click()
    press(page, "⏎")
    expect(page.locator("[data-cd=saved]")).to_contain_text("saved 1")
    standing = max((e for e in journal(study) if e.criterion == "grounded"), key=lambda e: e.revision)
    assert (standing.revision, standing.evidence) == (3, None)


def test_a_passage_of_a_conversation_is_quoted_from_its_json(
    page: Page, server: Server, study_of_chat: Path
) -> None:
    serve(server, study_of_chat)
    come(page, server.url)
    select(page, "please", "says")
    press(page, "q⏎12⏎")
    expect_saved(page, 1)
    (found,) = quoted(study_of_chat, "grounded")
    assert CHAT[found.start : found.end] == found.text
    assert found.text.startswith('please\\".')
    assert found.text.endswith("**nine**,\\n\\nsays")


@pytest.fixture
def study_of_chat(tmp_path: Path) -> Path:
    return folder_with(tmp_path / "chat", CHAT)


PAIR = {"kind": "pairwise", "input": "When?", "output_a": OUTPUT, "output_b": OUTPUT + OUTPUT}
BOXES = (
    "() => [...document.querySelectorAll('.cal-pair .cal-text')].map(box => box.getBoundingClientRect().{})"
)
PAIRWISE = """
name: pairs
criteria:
  - name: better
    question: Which output is better?
    scale: {kind: pairwise}
"""


@pytest.fixture
def study_of_pairs(tmp_path: Path) -> Path:
    folder = tmp_path / "pairs"
    small_study.write(folder, [{"item_id": f"p{k}", **PAIR} for k in range(4)])
    (folder / "rubric.yaml").write_text(PAIRWISE, encoding="utf-8")
    small_study.fill(folder, folder / "items.jsonl")
    return folder


def test_two_outputs_stand_side_by_side_and_scroll_in_step_where_they_do_not(
    page: Page, server: Server, study_of_pairs: Path
) -> None:
    serve(server, study_of_pairs)
    come(page, server.url)
    assert len(set(page.evaluate(BOXES.replace("{}", "top")))) == 1
    page.set_viewport_size({"width": 360, "height": 800})
    first, second = page.evaluate(BOXES.replace("{}", "top"))
    assert second > first
    page.evaluate("() => { document.querySelector('.cal-pair .cal-text').scrollTop = 1e6; }")
    at_end = "box => Math.abs(box.scrollTop + box.clientHeight - box.scrollHeight) < 3"
    until(page, f"[...document.querySelectorAll('.cal-pair .cal-text')].every({at_end})")


def test_the_place_in_each_text_is_remembered_back_forward_and_over_a_reload(
    page: Page, server: Server, study_of_pairs: Path
) -> None:
    serve(server, study_of_pairs)
    come(page, server.url)
    place = "() => Math.round(document.querySelector('[data-cd=item]').scrollTop)"
    page.evaluate("() => { document.querySelector('[data-cd=item]').scrollTop = 700; }")
    press(page, "a⏎")
    assert page.evaluate(place) == 0
    page.evaluate("() => { document.querySelector('[data-cd=item]').scrollTop = 300; }")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(place) == 700
    page.keyboard.press("ArrowRight")
    assert page.evaluate(place) == 300
    press(page, "b")
    expect_saved(page, 1)
    page.reload()
    expect(page.get_by_role("radio", checked=True)).to_have_count(1)
    assert page.evaluate(place) == 300


def serve(server: Server, study: Path) -> None:
    """The same server, for another study."""
    server.kill()
    server.study = study
    server.start()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_rubric_stays_in_reach_beside_and_below_a_very_long_text(
    page: Page, server: Server, tmp_path: Path, width: int
) -> None:
    serve(server, folder_with(tmp_path / "long", "A very long paragraph of an answer. " * 4000))
    page.set_viewport_size({"width": width, "height": 800})
    come(page, server.url)
    press(page, "e")
    for selector in ("[data-cd=item]", "[data-testid=stMain]"):
        page.evaluate("(selector) => document.querySelector(selector).scrollTo(0, 20000)", selector)
        expect(page.get_by_role("button", name="Submit and next")).to_be_in_viewport(ratio=1)
    press(page, "12⏎")
    expect_saved(page, 1)


def test_find_counts_goes_round_and_leaves_the_browsers_own_keys_alone(
    server: Server, page: Page, study: Path
) -> None:
    come(page, server.url)
    press(page, "l")
    page.keyboard.type("OPENING hours")
    found = page.locator("[data-cd=found]")
    expect(found).to_have_text("1 of 60")
    page.keyboard.press("Shift+Enter")
    expect(found).to_have_text("60 of 60")
    expect(page.get_by_text("Paragraph 59 says")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(found).to_have_text("1 of 60")
    page.get_by_label("Look for words").fill("nowhere at all")
    expect(found).to_have_text("not found")
    page.keyboard.press("Escape")
    expect(page.locator("[data-cd=finder]")).to_be_hidden()
    press(page, "12⏎")
    expect_saved(page, 1)
