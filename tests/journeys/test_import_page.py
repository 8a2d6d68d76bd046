"""Import in a real browser: a wrong file, then a tool's export, mapped, counted and brought in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from desk_page import open_up
from playwright.sync_api import Page, expect
from running import Server, Watch

from annotate_app.desk import open_desk
from annotate_app.store import labels

pytestmark = pytest.mark.journey

EXPORT = [
    {"assessment_name": "fine", "trace_id": f"tr-{k}", "source": {"source_type": "HUMAN", "source_id": who},
     "feedback": {"value": "good"}} for k, who in enumerate(["a.k.", "ann"])
]  # fmt: skip


def give(page: Page, name: str, content: bytes) -> None:
    page.locator('input[type="file"]').first.set_input_files(
        [{"name": name, "mimeType": "application/json", "buffer": content}]
    )


def choose(page: Page, label: str, answer: str) -> None:
    field = page.get_by_label(re.compile(label))  # what Markdown would read is escaped in a label
    option = page.get_by_role("option", name=answer, exact=True)
    open_up(page, field, option)
    option.click()


def test_a_tools_export_is_mapped_counted_and_imported(
    server: Server, study: Path, page: Page, watch: Watch
) -> None:
    page.goto(f"{server.url}/import?role=lead")
    expect(page.get_by_role("heading", name="Import")).to_be_visible()
    give(page, "broken.json", b"[{]")
    expect(page.get_by_text("broken.json: begins like a JSON array but is not one")).to_be_visible()
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)
    give(page, "export.json", json.dumps(EXPORT).encode())
    expect(page.get_by_text("2 passed over: answers on criteria that the mapping leaves out")).to_be_visible()
    choose(page, "Their criterion “fine” is our", "grounded")
    choose(page, "their answer “good” is our", "yes")
    page.get_by_text("Raters in it: 2").click()
    page.get_by_label(re.compile("Their rater “a.+k.+” is our")).fill("ann")
    expect(page.get_by_text("labels: 2 read, 2 new")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this mapping").click()
    kept = Path(download.value.path()).read_text(encoding="utf-8")
    assert '"good" = "yes"' in kept and '"fine" = "grounded"' in kept
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Imported · items: 2 read, 2 new")).to_be_visible()
    expect(page.get_by_text("Nothing would change: all of it is known.")).to_be_visible()
    desk = open_desk(study)
    with desk.store.reading() as session:
        found = {(one.item_id, one.rater, one.value) for one in labels.latest(session, desk.study_id)}
    desk.close()
    assert {("tr-0", "ann", "yes"), ("tr-1", "ann", "yes")} <= found
    assert not watch.complaints and not watch.foreign
