"""The Reports page in a real browser: an engineer makes a report and reads it; a rater sees none."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_study
from playwright.sync_api import Page, expect
from running import Server, Watch

from annotate_app.desk import open_desk
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split

pytestmark = pytest.mark.journey
HOSTILE = '<img src="https://elsewhere.example/x.png" onerror="parent.document.title=1">'


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The small study with labels, a judge, a frozen split, and a note that tries to be more than text."""
    folder = tmp_path / "study"
    items = small_study.write(folder)
    labels = small_study.write_lines(folder / "labels.jsonl", small_study.labels(("Ada", "Grace", "Edith")))
    verdicts = small_study.write_lines(folder / "verdicts.jsonl", small_study.verdicts("checker"))
    small_study.fill(folder, items, labels, verdicts)
    toml = folder / "study.toml"
    toml.write_text(toml.read_text().replace("[study]\n", f"[study]\nnote = '{HOSTILE}'\n", 1))
    desk = open_desk(folder)
    freeze_split(desk, role=HOLDER)
    desk.close()
    return folder


def test_an_engineer_makes_a_report_and_reads_it_in_a_frame_that_can_do_nothing(
    server: Server, page: Page, watch: Watch
) -> None:
    page.goto(f"{server.url}/reports?role=engineer")
    expect(page.get_by_text("No report is stored yet")).to_be_visible()
    page.get_by_role("button", name="Make a report").click()
    expect(page.get_by_text("The report is made")).to_be_visible()
    frame = page.frame_locator("iframe[title^='Report of']")
    expect(frame.get_by_role("heading", name="In short")).to_be_visible()
    expect(frame.get_by_text("No judge may decide anything yet").first).to_be_visible()
    expect(frame.get_by_text(HOSTILE).first).to_be_visible()
    assert page.locator("iframe[title^='Report of']").get_attribute("sandbox") == ""
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML").click()
    assert "In short" in Path(download.value.path()).read_text(encoding="utf-8")
    page.reload()
    expect(frame.get_by_role("heading", name="In short")).to_be_visible()
    assert (watch.complaints, watch.foreign, watch.dialogs) == ([], [], [])


def test_a_rater_sees_no_report(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/reports")
    expect(page.get_by_text("Reports are not shown to raters")).to_be_visible()
    expect(page.get_by_role("button", name="Make a report")).to_have_count(0)
