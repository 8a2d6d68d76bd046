"""Two raters and a lead, from a study without a label to a wave that is adjudicated and reported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import desk_keys
import pytest
import small_study
from axe_playwright_python.sync_playwright import Axe
from desk_keys import come, expect_saved, item, press
from desk_page import expect_received, open_up
from playwright.sync_api import Browser, Page, expect
from running import Server, Watch

from annotate_app.cli import main
from annotate_app.desk import open_desk
from annotate_app.services import adjudicating
from annotate_app.services.adjudication_values import Dispute
from benchmarks.people.ports import free_port

pytestmark = pytest.mark.journey
ITEMS = 4


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return desk_keys.fill(tmp_path / "study", ITEMS)


def draw_a_wave(page: Page, url: str) -> None:
    """The lead reads what the wave would bring, then draws it."""
    page.goto(f"{url}/waves?role=lead")
    expect(page.get_by_text("The first one should be random")).to_be_visible()
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("heading", name="What it would bring")).to_be_visible()
    page.get_by_role("button", name="Draw this wave").click()
    expect(page.get_by_text("wave-1 is drawn: 4 items wait on the Rate page")).to_be_visible()
    expect(page.get_by_role("cell", name="4 of 4")).to_be_visible()


def close_the_wave(page: Page, url: str) -> None:
    page.goto(f"{url}/waves?role=lead")
    page.get_by_text("One wave in detail").click()
    close = page.get_by_role("button", name="Close it")
    open_up(page, page.get_by_role("button", name="Close this wave"), close)
    close.click()
    expect(page.get_by_text("wave-1 is closed: it is asked no more")).to_be_visible()


def rate_all(page: Page, url: str, rater: str, tone: dict[str, str]) -> None:
    """Every item of the wave: grounded, and the tone that this rater hears."""
    come(page, url, rater)
    for done in range(ITEMS):
        press(page, f"1{tone.get(item(page), '2')}⏎")
        expect_saved(page, done + 1)


def disputes(study: Path) -> dict[str, Dispute]:
    desk = open_desk(study)
    found = adjudicating.disputed(desk, role="lead")
    desk.close()
    return {one.item_id: one for one in found}


def decide(page: Page, answer: str, reason: str) -> None:
    """By keyboard: the answer, then the reason, then Ctrl+Enter."""
    page.get_by_role("radio", name=answer).first.focus()
    page.keyboard.press("Space")
    page.get_by_role("textbox", name="Why (kept with the decision)").fill(reason)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Decided:")).to_be_visible()


def send_back(page: Page, note: str) -> None:
    words = page.get_by_role("textbox", name="Your note to them")
    open_up(page, page.get_by_role("button", name="Send back to the raters"), words)
    words.fill(note)
    page.get_by_role("button", name="Send back", exact=True).click()
    expect(page.get_by_text("Sent back:")).to_be_visible()


def test_from_an_empty_study_to_an_adjudicated_and_reported_wave(
    server: Server, page: Page, watch: Watch, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw_a_wave(page, server.url)
    rate_all(page, server.url, "Ada", {"item-000": "1", "item-001": "1"})
    rate_all(page, server.url, "Grace", {"item-000": "3"})
    assert set(disputes(study)) == {"item-000", "item-001"}

    page.goto(f"{server.url}/adjudication?role=lead")
    expect(page.get_by_role("heading", name="item-000")).to_be_visible()  # two apart comes first
    text = page.locator("[data-testid=stMain]").inner_text()
    assert all(hidden not in text for hidden in ("Ada", "Grace", "secret-system"))
    send_back(page, "A greeting is there, look at the first line.")
    expect(page.get_by_role("heading", name="item-001")).to_be_visible()
    decide(page, "2 · neutral", "It greets and nothing more.")
    assert {name: one.state for name, one in disputes(study).items()} == {
        "item-000": "sent back", "item-001": "decided",
    }  # fmt: skip

    come(page, server.url, "Ada")
    assert item(page) == "item-000"
    expect(page.locator("[data-cd=letters]")).to_contain_text("look at the first line")
    press(page, "13⏎")
    expect_saved(page, 1)
    page.goto(f"{server.url}/adjudication?role=lead")
    page.get_by_role("radio", name="Sent back 1").click()
    expect(page.get_by_text("before it was sent back: 1 · cold")).to_be_visible()
    decide(page, "3 · warm", "Both hear it now.")
    assert {one.state for one in disputes(study).values()} == {"decided"}

    assert main(["report", "--study", str(study)]) == 0
    written = next((study / "reports").glob("*.md")).read_text(encoding="utf-8")
    assert "tone: 2 of 2 disputed items were adjudicated (by lead)" in written
    assert "changed after others' answers were known" in written
    close_the_wave(page, server.url)
    own = [label for label in small_study.journal(study) if label.rater in ("Ada", "Grace")]
    assert {(label.wave, label.purpose, label.pi) for label in own} == {("wave-1", "estimate", 1.0)}
    capsys.readouterr()
    assert watch == Watch()


@pytest.fixture
def disputed(tmp_path: Path) -> Iterator[Server]:
    """A server of a study with disputes, a judge that differs from people, and notes."""
    folder = tmp_path / "disputed"
    items = small_study.write(folder)
    noted = [{**row, "rationale": "So it says."} for row in small_study.labels(("Ada", "Grace"))]
    labels = small_study.write_lines(folder / "labels.jsonl", noted)
    strict = [{**row, "value": "no"} for row in small_study.verdicts("checker")]
    verdicts = small_study.write_lines(folder / "verdicts.jsonl", strict)
    small_study.fill(folder, items, labels, verdicts)
    started = Server(folder, free_port())
    started.start()
    yield started
    started.kill()


def test_axe_finds_nothing_serious_on_the_pages_about_answers(disputed: Server, browser: Browser) -> None:
    found = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        for path, words in (
            ("/adjudication?role=lead", "Rater A"),
            ("/raters?role=lead", "Leniency"),
            ("/triage?role=engineer", "What it adds up to"),
            ("/failures?role=engineer", "Notes without a mode"),
        ):
            page.goto(disputed.url + path)
            expect(page.get_by_text(words).first).to_be_visible()
            expect_received(page)
            found[scheme, path] = serious(page)
        context.close()
    assert not {where: names for where, names in found.items() if names}


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in violations
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
