"""A real Chromium, a real server process and a small study, for tests that use the app as people do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# Helpers of the journeys are plain modules beside this file.
sys.path.insert(0, str(Path(__file__).parent))

import small_study
from running import ROOT, Server, Watch

from benchmarks.people.ports import free_port

# A page that takes longer than this is broken; a busy machine takes long.
expect.set_options(timeout=20_000)

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; where there is none the message says how to get one."""
    finder = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "find_browser.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    if finder.returncode != 0:
        pytest.fail(finder.stderr)
    return finder.stdout.strip()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(30_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    opened = context.new_page()
    watch.follow(opened)
    return opened


@pytest.fixture
def server(study: Path) -> Iterator[Server]:
    """A server of the test's `study`, stopped afterwards."""
    started = Server(study, free_port())
    started.start()
    yield started
    if started.process is not None:
        started.kill()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The small study with its items, ready to be rated."""
    folder = tmp_path / "study"
    small_study.fill(folder, small_study.write(folder))
    return folder
