"""The other pages in a real browser: what each role sees, and that nothing complains."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_study
from desk_page import open_up
from playwright.sync_api import Page, expect
from running import Server, Watch

from annotate_app.desk import open_desk
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items

pytestmark = pytest.mark.journey


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The small study with three raters' labels, a judge and a frozen split."""
    folder = tmp_path / "study"
    items = small_study.write(folder)
    labels = small_study.write_lines(folder / "labels.jsonl", small_study.labels(("Ada", "Grace", "Edith")))
    verdicts = small_study.write_lines(folder / "verdicts.jsonl", small_study.verdicts("checker"))
    small_study.fill(folder, items, labels, verdicts)
    desk = open_desk(folder)
    freeze_split(desk, role=HOLDER)
    desk.close()
    return folder


def members(folder: Path, split: str) -> list[str]:
    desk = open_desk(folder)
    found = [item for item, where in split_of_items(desk).items() if where == split]
    desk.close()
    assert found, f"no item of the small study is in {split}"
    return found


def go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def choose_role(page: Page, role: str) -> None:
    option = page.get_by_role("option", name=role, exact=True)
    open_up(page, page.get_by_role("combobox", name="Your role"), option)
    option.click()


def test_an_engineer_reads_agreement_and_nothing_of_held_out(
    server: Server, page: Page, watch: Watch, study: Path
) -> None:
    page.goto(server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Small study")
    choose_role(page, "engineer")
    go(page, "Agreement")
    expect(page.get_by_role("heading", name="People among themselves")).to_be_visible()
    expect(page.get_by_role("heading", name="Judge checker")).to_be_visible()
    expect(page.get_by_role("rowheader", name="percent agreement").first).to_be_visible()
    page.get_by_text("Held-out", exact=True).click()
    expect(page.get_by_text("Held-out labels are sealed")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)
    go(page, "Items")
    expect(page.get_by_role("button", name=members(study, "development")[0], exact=True)).to_be_visible()
    for hidden in (*members(study, "held_out"), *members(study, "validation")):
        expect(page.get_by_role("button", name=hidden, exact=True)).to_have_count(0)
    assert watch == Watch()


def test_the_side_bar_offers_a_role_its_pages_and_addresses_are_answered_in_words(
    server: Server, page: Page
) -> None:
    page.goto(f"{server.url}/agreement?rater=Ada")
    expect(page.get_by_text("Agreement is not shown to raters")).to_be_visible()
    offered = page.get_by_test_id("stSidebarNavLink")
    expect(offered.get_by_role("paragraph")).to_have_text(["Studies", "Rate", "My work", "Rubric"])
    offered.filter(has_text="Studies").click()
    expect(page.get_by_text("12 items", exact=True)).to_be_visible()
    expect(page.get_by_text("Verdicts that count, by judge")).to_have_count(0)
    choose_role(page, "engineer")
    expect(page.get_by_text("Verdicts that count, by judge")).to_be_visible()
    expect(offered.filter(has_text="Judges")).to_be_visible()
    expect(offered.filter(has_text="My work")).to_have_count(0)


def test_a_sealed_item_is_refused_by_its_address_too(server: Server, page: Page, study: Path) -> None:
    sealed = members(study, "held_out")[0]
    page.goto(f"{server.url}/items?role=engineer&item={sealed}")
    expect(page.get_by_text("Held-out items are sealed")).to_be_visible()
    assert f"Question {int(sealed[-2:])}:" not in page.content()
    page.goto(f"{server.url}/items?role=engineer&item={members(study, 'validation')[0]}")
    expect(page.get_by_text("in aggregate only")).to_be_visible()


def test_an_open_item_shows_all_its_answers(server: Server, page: Page, watch: Watch, study: Path) -> None:
    page.goto(f"{server.url}/items?role=engineer")
    page.get_by_role("button", name=members(study, "development")[0], exact=True).click()
    for told in ("Ada", "Grace", "Edith", "checker", "secret-system"):
        expect(page.get_by_text(told).first).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Verdicts")).to_be_visible()
    page.get_by_role("button", name="All items").click()
    expect(page.get_by_label("Containing")).to_be_visible()
    assert watch == Watch()


def test_a_rater_sees_their_own_work_alone(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/items?rater=Ada")
    page.get_by_role("button", name="item-00", exact=True).click()
    expect(page.get_by_text("Other raters' answers and the judge's verdicts are not shown")).to_be_visible()
    text = page.content()
    for hidden in ("Grace", "Edith", "checker", "secret-system", "held_out", "development"):
        assert hidden not in text.replace("Split", "")


def test_pages_fit_a_narrow_screen_and_follow_the_dark_theme(server: Server, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 740})
    for path in (
        "/",
        "/rate?rater=Ada&plain=1",
        "/work?rater=Ada",
        "/agreement?role=lead",
        "/items?role=lead",
    ):
        page.goto(server.url + path)
        expect(page.locator(".cal-page, .cal-progress").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
    red, green, blue = page.evaluate(
        "getComputedStyle(document.querySelector('.stApp')).backgroundColor.match(/\\d+/g).map(Number)"
    )
    assert max(red, green, blue) < 60
