"""How soon every page of the app is painted over a million labels, in a headless Chromium; no statistics.

`python -m benchmarks.pages [labels] [FOLDER]` builds the study (in FOLDER, kept, or in a temporary one),
serves it, and prints a table. Three times per page: the first visit after the server started (nothing
remembered), a visit by address in a new tab, and a switch to it by a click in the navigation. Measured is
the time from the start of the navigation, or from the click, to the frame after the page's own content is
there and its script has ended.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.blocks import table
from benchmarks.large_study import LABELS, build

ROOT = Path(__file__).resolve().parents[1]
PORT = 8820
REPEATS = 5
PROMISE = 1_000
# Milliseconds from `start` to the frame after the marker is there and the script has ended.
PAINTED = """([marker, start]) => new Promise((done) => {
  const look = () => {
    const app = document.querySelector('.stApp');
    const ended = app?.dataset.testScriptState === 'notRunning';
    if (!ended || !document.querySelector(marker)) return void requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0));
  };
  look();
})"""
CLICKED = """(name) => {
  const link = [...document.querySelectorAll('[data-testid=stSidebarNavLink]')]
    .find((one) => one.textContent.includes(name));
  window.__start = performance.now();
  link.click();
  return window.__start;
}"""


@dataclass(frozen=True)
class PageToMeasure:
    """A page: its name in the navigation, its address, and what is on it once it is there."""

    name: str
    address: str
    marker: str
    link: str | None = None


WHO = "rater=Ada&role=lead"
PAGES = (
    PageToMeasure("Studies", f"/?{WHO}", "h1.cal-page + *, .cal-table", "Studies"),
    PageToMeasure("Rate, desk", "/rate?rater=Ines&role=lead", "[data-cd=body]:not([hidden]) .cal-main", None),
    PageToMeasure("Rate, plain form", f"/rate?plain=1&{WHO}", ".cal-main"),
    PageToMeasure("My work", f"/work?{WHO}", "[class*='st-key-cal-line-own']", "My work"),
    PageToMeasure("My work, one item", f"/work?own=i7&{WHO}", ".cal-main"),
    PageToMeasure("Rubric", f"/rubric?{WHO}", ".cal-table", "Rubric"),
    PageToMeasure("Questions", f"/questions?{WHO}", "[data-testid=stTextInput]", "Questions"),
    PageToMeasure("Agreement", f"/agreement?{WHO}", ".cal-table .cal-plot", "Agreement"),
    PageToMeasure("Items", f"/items?{WHO}", "[class*='st-key-cal-line-']", "Items"),
    PageToMeasure("Items, one", f"/items?item=i7&{WHO}", ".cal-table"),
)


@dataclass(frozen=True)
class Measured:
    """Milliseconds of one page; the lists hold every repeat."""

    name: str
    first: float
    address: list[float]
    switch: list[float]

    def row(self) -> list[object]:
        switch = _ms(statistics.median(self.switch)) if self.switch else "–"
        slowest = max(
            [statistics.median(self.address), *([statistics.median(self.switch)] * bool(self.switch))]
        )
        kept = "yes" if max(slowest, self.first) < PROMISE else "no"
        return [self.name, _ms(self.first), _ms(statistics.median(self.address)), switch, kept]


def measured(labels: int = LABELS, folder: Path | None = None) -> str:
    """The table of all pages, and what it was measured on."""
    with tempfile.TemporaryDirectory() as made:
        study = folder or Path(made) / "study"
        if not (study / "study.toml").exists():
            build(study, labels)
        size = sum(path.stat().st_size for path in study.glob("calibrant.db*")) / 1e6
        with served(study) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
            found = [_page(browser, url, one) for one in PAGES]
            browser.close()
    header = ("page", "first visit, ms", "by address, ms", "by click, ms", f"all under {PROMISE:,} ms")
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    about = (
        f"{labels:,} labels by 5 raters and {labels // 5:,} verdicts on {labels // 20:,} items in SQLite "
        f"({size:,.0f} MB), headless Chromium, {os.cpu_count()} cores, load averages {load}. First visit: the "
        f"first tab of a server that has just started. The others: median of {REPEATS}."
    )
    return "\n\n".join([about, table(header, [one.row() for one in found])])


def _page(browser: Browser, url: str, wanted: PageToMeasure) -> Measured:
    first = _by_address(browser, url, wanted)
    address = [_by_address(browser, url, wanted) for _ in range(REPEATS)]
    return Measured(wanted.name, first, address, _by_click(browser, url, wanted) if wanted.link else [])


def _by_address(browser: Browser, url: str, wanted: PageToMeasure) -> float:
    with _tab(browser) as page:
        page.goto(url + wanted.address, wait_until="commit")
        return float(page.evaluate(PAINTED, [wanted.marker, 0]))


def _by_click(browser: Browser, url: str, wanted: PageToMeasure) -> list[float]:
    """From another page and back, as somebody does who works in the app."""
    other = "Rubric" if wanted.link != "Rubric" else "My work"
    away = next(one for one in PAGES if one.link == other)
    found = []
    with _tab(browser) as page:
        page.goto(url + wanted.address)
        page.evaluate(PAINTED, [wanted.marker, 0])
        for _ in range(REPEATS):
            start = page.evaluate(CLICKED, other)
            page.wait_for_function(
                "(path) => location.pathname.includes(path)", arg=away.address.split("?")[0]
            )
            page.evaluate(PAINTED, [away.marker, start])
            page.wait_for_timeout(200)
            start = page.evaluate(CLICKED, wanted.link)
            page.wait_for_function("() => document.querySelector('.stApp').dataset.testScriptState !== null")
            found.append(float(page.evaluate(PAINTED, [wanted.marker, start])))
    return found


@contextmanager
def _tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    try:
        yield context.new_page()
    finally:
        context.close()


@contextmanager
def served(study: Path) -> Iterator[str]:
    """The study served by a process of its own."""
    command = [sys.executable, "-m", "annotate_app.cli", "serve", "--study", str(study), "--port", str(PORT)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/api/health", timeout=1).close()
                break
            time.sleep(0.1)
        yield f"http://localhost:{PORT}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _chromium() -> str:
    finder = [sys.executable, str(ROOT / "scripts" / "find_browser.py")]
    return subprocess.run(finder, capture_output=True, text=True, check=True).stdout.strip()


def _ms(value: float) -> str:
    return f"{value:,.0f}"


if __name__ == "__main__":
    print(
        measured(
            int(sys.argv[1]) if len(sys.argv) > 1 else LABELS,
            Path(sys.argv[2]) if len(sys.argv) > 2 else None,
        )
    )
