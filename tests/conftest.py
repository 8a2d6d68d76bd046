"""Fixtures for the whole suite."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Helpers shared by all tests are plain modules beside this file.
sys.path.insert(0, str(Path(__file__).parent))

from once_more import pytest_report_teststatus, pytest_runtest_protocol, pytest_terminal_summary
from postgres import (
    database,
    empty_postgres_url,
    postgres_server,
    postgres_template,
    postgres_url,
)

__all__ = [
    "database", "empty_postgres_url", "postgres_server", "postgres_template", "postgres_url",
    "pytest_report_teststatus", "pytest_runtest_protocol", "pytest_terminal_summary",
]  # fmt: skip

# On a shared machine a slow example is no finding; in CI the same examples run each time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_xdist_auto_num_workers() -> int:
    """With `-n auto`, three processes for two cores: tests of servers and browsers wait a lot."""
    return max(1, (os.cpu_count() or 1) * 3 // 2)


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """A page that is run by AppTest puts itself in place of `__main__`, which new processes start from."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(autouse=True)
def loop_of_a_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Playwright leaves its loop running in this thread: out of the way of tests that drive no browser."""
    running = asyncio._get_running_loop()
    if running is None or "browser" in request.fixturenames:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real human labels and judge verdicts; tests that need it skip where it is unset."""
    named = os.environ.get("CALIBRANT_REAL_DATA")
    if not named:
        pytest.skip("CALIBRANT_REAL_DATA is not set: no real data to test on")
    folder = Path(named)
    if not folder.is_dir():
        pytest.skip(f"CALIBRANT_REAL_DATA names no folder: {folder}")
    return folder
