"""What the process is told when it starts: nothing leaves the machine, no details, a frozen collector."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit import config

from annotate_app import server
from annotate_app.desk import Desk
from annotate_app.ui import host


@pytest.fixture
def served(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A study that a server of this process would serve; the collector is as before afterwards."""
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    yield desk.folder
    gc.unfreeze()
    host.close()


def test_no_usage_statistics_and_no_error_details(served: Path) -> None:
    server.build_app()
    assert config.get_option("browser.gatherUsageStats") is False
    assert config.get_option("client.showErrorDetails") == "none"
    assert config.get_option("client.showErrorLinks") is False
    assert config.get_option("server.fileWatcherType") == "none"


def test_the_collector_is_frozen_once_everything_is_imported(served: Path) -> None:
    async def run() -> int:
        async with server._lifespan(server.build_app()):
            return gc.get_freeze_count()

    gc.unfreeze()
    assert gc.get_freeze_count() == 0
    assert asyncio.run(run()) > 100_000
