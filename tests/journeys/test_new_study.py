"""A study made in the browser: an empty folder, a file, a rubric of the library, and a page that goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from running import Server, Watch

from annotate_app.desk import open_desk
from annotate_app.services.labelling import raters
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import split_summary
from benchmarks.people.ports import free_port

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


def choose(page: Page, name: str, content: bytes) -> None:
    """Choose a file; again where the page drew another field in place of the one that had it."""
    listed = page.get_by_text(name, exact=True)
    for _ in range(4):
        chooser = page.locator('input[type="file"]').first
        chooser.set_input_files([{"name": name, "mimeType": "", "buffer": content}])
        with suppress(PlaywrightTimeout):
            listed.first.wait_for(timeout=5_000)
            page.wait_for_timeout(500)
            if listed.count():
                return
    expect(listed.first).to_be_visible()


def test_an_empty_folder_becomes_a_study_in_the_browser(server: Server, page: Page, watch: Watch) -> None:
    proxied = page.request.get(server.url, headers={"x-forwarded-for": "10.0.0.7"})
    assert proxied.status == 403  # whoever comes through a proxy makes no study
    page.goto(f"{server.url}/login")  # and nobody can sign in yet
    expect(page.get_by_role("heading", name="New study")).to_be_visible()
    assert "has no study yet" in server.log()
    page.get_by_label("Name", exact=True).fill("First look")
    page.get_by_label("Name", exact=True).press("Enter")
    choose(page, "notes.txt.jsonl", b"{not json\n")
    expect(page.get_by_text("hold no item that can go in")).to_be_visible()
    expect(page.get_by_role("button", name="Create", exact=True)).to_be_disabled()
    page.get_by_role("button", name=re.compile("Remove|Delete")).first.click()
    expect(page.get_by_text("hold no item that can go in")).to_have_count(0)
    choose(page, "rows.jsonl", rows())
    expect(page.get_by_text("items: 20 read, 20 new")).to_be_visible()
    names = page.get_by_role("textbox", name="Raters' names, one a line")
    names.fill("Ann\nBen")  # not confirmed by a key: the click alone must be enough
    page.get_by_text("Make links by which these people").click()
    page.get_by_role("textbox", name="Owners, one a line (you first)").fill("Olga")
    page.get_by_role("textbox", name="Leads, one a line").fill("")
    assert not (server.study / "study.toml").exists()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_text("The study “First look” is in")).to_be_visible()
    expect(page.get_by_role("heading", name="First look")).to_be_visible()
    assert not list(server.study.glob(".calibrant-new-*"))
    desk = open_desk(server.study)
    frozen = split_summary(desk, role=HOLDER)
    assert frozen is not None and sum(frozen.sizes.values()) == 20
    assert {one.name for one in raters(desk)} >= {"Ann", "Ben"}
    desk.close()
    shown = page.locator("code").filter(has_text="/invite?token=")  # the browser loads what draws code late
    expect(shown).to_have_count(3)
    links = shown.all_inner_texts()
    assert all(link.startswith(server.url) for link in links)
    page.get_by_role("button", name="Got it").click()
    expect(page.get_by_text("/invite?token=")).to_have_count(0)
    page.goto(links[0])  # the owner's is the first
    expect(page.get_by_text("Olga", exact=False).first).to_be_visible()
    assert not watch.complaints and not watch.foreign
