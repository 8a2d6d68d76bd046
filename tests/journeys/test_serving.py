"""Starting and stopping the server: where it listens, what it says, what it refuses."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from running import ROOT, Server

pytestmark = pytest.mark.journey


def serve(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "annotate_app.cli", "serve", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


def test_it_says_where_it_is_and_ends_cleanly_on_ctrl_c(server: Server) -> None:
    assert server.stop() == 0
    log = server.log()
    assert server.url in log
    assert "Stopped." in log
    assert "Traceback" not in log


def test_a_taken_port_is_named_with_a_way_out(server: Server) -> None:
    failed = serve("--study", str(server.study), "--port", str(server.port))
    assert failed.returncode == 1
    assert f"port {server.port} is in use" in failed.stderr
    assert "--port" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_another_host_is_refused_as_long_as_there_is_no_account(study: Path) -> None:
    failed = serve("--study", str(study), "--host", "0.0.0.0")  # noqa: S104
    assert failed.returncode == 1
    assert "no account" in failed.stderr
    assert "calibrant account add" in failed.stderr


def test_a_broken_study_file_is_named(study: Path) -> None:
    (study / "study.toml").write_text('[study]\nnam = "x"\n', encoding="utf-8")
    failed = serve("--study", str(study))
    assert failed.returncode == 1
    assert "study.toml" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_answers_carry_the_guard_headers_and_only_local_names_are_served(server: Server) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/api/health") as answer:
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert answer.headers["referrer-policy"] == "no-referrer"
    elsewhere = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/", headers={"Host": "rebound.example"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(elsewhere)
    refused.value.close()
    assert refused.value.code == 421


def test_a_page_that_fails_says_so_and_gives_nothing_away(server: Server, page: Page, study: Path) -> None:
    (study / "calibrant.db").write_bytes(b"not a database" * 1000)
    (study / "calibrant.db-wal").unlink(missing_ok=True)
    page.goto(server.url)
    expect(page.get_by_text("This could not be done")).to_be_visible()
    assert "Traceback" not in page.content()
    assert "sqlite" not in page.content().lower()
    number = page.locator("strong").last.inner_text()
    assert f'"correlation_id":"{number}"' in server.log()
    assert "SELECT" not in server.log()  # nothing but lines of ours, which quote no statement and no value
    assert all(line.startswith(("{", "Calibrant is open")) for line in server.log().splitlines())
