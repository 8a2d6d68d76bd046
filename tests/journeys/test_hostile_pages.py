"""No page that shows a study full of hostile texts and names runs, loads, restyles or leads to anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import hostile
import hostile_study
import pytest
from intruders import intruders, try_everything
from playwright.sync_api import Page, expect
from running import Server, Watch

from benchmarks.people.ports import free_port

pytestmark = pytest.mark.journey
DRAWN = """() => document.querySelector(".stHtml, [data-cd=body]")
  && !document.querySelector("[data-testid=stStatusWidget], [data-stale=true]")"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server of the hostile study for all that only look."""
    folder = tmp_path_factory.mktemp("hostile") / "study"
    hostile_study.fill(folder)
    started = Server(folder, free_port())
    started.start()
    yield started
    started.kill()


def pages() -> Iterator[str]:
    """Every page that shows such texts, as who may see most of them; in full every item by itself, too."""
    rater = quote(hostile_study.raters()[1], safe="")
    ids = [quote(str(item["item_id"]), safe="") for item in hostile_study.items()]
    yield from (f"/rate?rater={rater}", f"/rate?rater={rater}&plain=1", "/rate", f"/work?rater={rater}")
    yield from (f"/work?rater={rater}&own={ids[0]}", "/rubric?rater=Ada", "/questions?role=lead")
    yield from ("/adjudication?role=lead", "/raters?role=lead", "/agreement?role=owner", "/judges?role=owner")
    yield from ("/audit?role=owner", "/people?role=owner")
    yield from ("/triage?role=owner", "/failures?role=owner", "/reports?role=owner", "/items?role=owner")
    yield from (f"/items?role=owner&item={item}" for item in (ids if hostile.FULL else [ids[0], *ids[-3:-1]]))
    if hostile.FULL:
        yield from ("/", "/waves?role=owner", "/plan?role=owner", "/import?role=owner", "/work?rater=Ada")
        yield from (f"/work?rater={rater}&own={item}" for item in ids)


def settle(page: Page) -> None:
    page.wait_for_function(DRAWN)
    try_everything(page)
    page.wait_for_function(DRAWN)
    expect(page.get_by_text("This could not be done")).to_have_count(0)


def test_every_page_shows_hostile_texts_and_names_as_nothing_but_words(
    server: Server, page: Page, watch: Watch
) -> None:
    for path in pages():
        page.goto(server.url + path)
        settle(page)
        assert (path, intruders(page)) == (path, [])
        assert (path, watch) == (path, Watch())
        assert page.url.startswith(server.url)
    assert len(page.context.pages) == 1


def test_a_hostile_upload_is_shown_as_words_and_its_name_is_no_path(
    server: Server, page: Page, watch: Watch
) -> None:
    page.goto(f"{server.url}/import?role=owner")
    rows = [
        {"item_id": f"new-{k}", "rater": text, "criterion": text, "value": text, "rationale": text}
        for k, text in enumerate(hostile.named(60))
    ]
    content = "".join(json.dumps(row) + "\n" for row in [*rows, *hostile.items()])
    name = "..\\..\\<img src=x onerror=alert('file')>.jsonl"
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/json", "buffer": content.encode()}
    )
    expect(page.get_by_text("Their words, our words")).to_be_visible()
    settle(page)
    assert intruders(page) == []
    assert watch == Watch()


def test_a_report_opened_as_a_file_shows_hostile_words_and_asks_nobody(
    server: Server, page: Page, watch: Watch, tmp_path: Path
) -> None:
    page.goto(f"{server.url}/reports?role=owner")
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML").click()
    assert download.value.suggested_filename.replace("-", "").replace(".html", "").isalnum()
    saved = tmp_path / "report.html"
    download.value.save_as(saved)
    page.goto(saved.as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    assert (
        page.evaluate("document.querySelectorAll('script, iframe, img, object, embed, form, a[href]').length")
        == 0
    )
    assert [url for url in watch.foreign if not url.startswith("file:")] == []
    assert (watch.complaints, watch.dialogs) == ([], [])
