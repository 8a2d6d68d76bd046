"""A study made in the browser: an empty folder, a file, a rubric of the library, and a page that goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from running import Server, Watch, free_port

from annotate_app.desk import open_desk
from annotate_app.services.labelling import raters
from annotate_app.services.splitting import split_summary

pytestmark = pytest.mark.journey


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of a folder that has no study."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    started = Server(folder, free_port())
    started.start()
    yield started
    if started.process is not None:
        started.kill()


def rows() -> bytes:
    items = [{"item_id": f"q{k}", "input": f"Question {k}?", "output": f"Answer {k}."} for k in range(20)]
    labels = [
        {"item_id": f"q{k}", "rater": "ann", "criterion": "helpful", "value": "good" if k % 2 else "bad"}
        for k in range(6)
    ]
    return b"".join(json.dumps(row).encode() + b"\n" for row in (*items, *labels))


def test_an_empty_folder_becomes_a_study_in_the_browser(server: Server, page: Page, watch: Watch) -> None:
    page.goto(server.url)
    expect(page.get_by_role("heading", name="New study")).to_be_visible()
    assert "has no study yet" in server.log()
    page.get_by_label("Name", exact=True).fill("First look")
    page.get_by_label("Name", exact=True).press("Enter")
    chooser = page.locator('input[type="file"]').first
    chooser.set_input_files([{"name": "notes.txt.jsonl", "mimeType": "", "buffer": b"{not json\n"}])
    expect(page.get_by_text("hold no item that can go in")).to_be_visible()
    expect(page.get_by_role("button", name="Create", exact=True)).to_be_disabled()
    page.get_by_role("button", name=re.compile("Remove|Delete")).first.click()
    chooser.set_input_files([{"name": "rows.jsonl", "mimeType": "", "buffer": rows()}])
    expect(page.get_by_text("items: 20 read, 20 new")).to_be_visible()
    names = page.get_by_role("textbox", name="Raters' names, one a line")
    names.fill("Ann\nBen")  # not confirmed by a key: the click alone must be enough
    assert not (server.study / "study.toml").exists()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_text("The study “First look” is in")).to_be_visible()
    expect(page.get_by_role("heading", name="First look")).to_be_visible()
    assert not list(server.study.glob(".calibrant-new-*"))
    desk = open_desk(server.study)
    frozen = split_summary(desk)
    assert frozen is not None and sum(frozen.sizes.values()) == 20
    assert {one.name for one in raters(desk)} >= {"Ann", "Ben"}
    desk.close()
    page.get_by_role("button", name="Got it").click()
    expect(page.get_by_text("is in " + str(server.study))).to_have_count(0)
    assert not watch.complaints and not watch.foreign
