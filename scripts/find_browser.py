"""Finds a Chromium for the browser tests, installs one when asked, and says how when it cannot."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HOW = """calibrant: the browser tests need a Chromium and none could be found or installed.
Do one of these and run `make test` again:
  Debian, Ubuntu:  sudo apt-get install chromium
  elsewhere:       .venv/bin/python -m playwright install --with-deps chromium
  or name one:     CALIBRANT_CHROMIUM=/path/to/chromium make test"""


def find_browser() -> str | None:
    """The path of a Chromium: the one named in CALIBRANT_CHROMIUM, on the PATH, or Playwright's own."""
    named = os.environ.get("CALIBRANT_CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    return next((found for name in NAMES if (found := shutil.which(name))), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if path and Path(path).exists() else None


def install_browser() -> None:
    """Debian's package where we may, Playwright's installer elsewhere; failure is for the caller to see."""
    if shutil.which("apt-get"):
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            if shutil.which("sudo") or not sudo:
                subprocess.run([*sudo, "apt-get", *step], env=environment, check=False, stdout=sys.stderr)
    if find_browser() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true", help="install a Chromium when none is found")
    args = parser.parse_args()
    if find_browser() is None and args.install:
        print("No Chromium found: installing one for the browser tests ...", file=sys.stderr)
        install_browser()
    found = find_browser()
    print(found or HOW, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    raise SystemExit(main())
