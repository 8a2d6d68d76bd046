"""How soon every page of the app is painted over a million labels, in a headless Chromium; no statistics.

`python -m benchmarks.pages [labels] [FOLDER]` builds the study (in FOLDER, kept, or in a temporary one),
serves it, and prints a table. Measured is the time from the start of the navigation, or from the click, to
the frame after the page's own title and content are there and its script has ended: on the first visit after
the server started (nothing is remembered), by address in a new tab of a browser that knows the app, and by a
click in the navigation. The server's CPU time is that of the first visit and of one by address.
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

from playwright.sync_api import BrowserContext, sync_playwright

from benchmarks.blocks import table
from benchmarks.large_study import LABELS, build

ROOT = Path(__file__).resolve().parents[1]
PORT = 8820
REPEATS = 5
# Milliseconds from `start` to the frame after title and marker are there and the script has ended.
PAINTED = """([title, marker, start]) => new Promise((done, fail) => {
  setTimeout(() => fail(new Error(`not painted within 60 s: ${marker}`)), 60000);
  const look = () => {
    const app = document.querySelector('.stApp');
    const named = !title || document.querySelector('h1.cal-page')?.textContent === title;
    const there = app?.dataset.testScriptState === 'notRunning' && named && document.querySelector(marker);
    if (!there) return void requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0));
  };
  look();
})"""
CLICKED = """(name) => {
  const link = [...document.querySelectorAll('[data-testid=stSidebarNavLink]')]
    .find((one) => one.textContent.includes(name));
  const start = performance.now();
  link.click();
  return start;
}"""


@dataclass(frozen=True)
class PageToMeasure:
    """A page: its title, its address, what is on it once it is there, and its link in the navigation."""

    name: str
    title: str
    address: str
    marker: str
    link: str = ""


WHO = "rater=Ada&role=lead"
LINES = "[class*='st-key-cal-line-']"
PAGES = (
    PageToMeasure("Studies", "A million labels", f"/?{WHO}", ".cal-table", "Studies"),
    PageToMeasure("Rate, desk", "", "/rate?rater=Ines&role=lead", "[data-cd=body]:not([hidden]) .cal-main"),
    PageToMeasure("Rate, plain form", "", "/rate?plain=1&rater=Ines&role=lead", ".cal-main"),
    PageToMeasure("My work", "My work", f"/work?{WHO}", LINES, "My work"),
    PageToMeasure("My work, one item", "My work", f"/work?own=i7&{WHO}", ".cal-main"),
    PageToMeasure("Rubric", "Rubric", f"/rubric?{WHO}", ".cal-table", "Rubric"),
    PageToMeasure("Questions", "Questions", f"/questions?{WHO}", "[data-testid=stTextInput]", "Questions"),
    PageToMeasure("Agreement", "Agreement", f"/agreement?{WHO}", ".cal-table .cal-plot", "Agreement"),
    PageToMeasure("Items", "Items", f"/items?{WHO}", LINES, "Items"),
    PageToMeasure("Items, one", "Items", f"/items?item=i7&{WHO}", ".cal-table"),
)


@dataclass(frozen=True)
class Measured:
    """Milliseconds of one page: the first visit, visits by address and by click, and the server's CPU."""

    name: str
    first: float
    first_cpu: float
    address: float
    address_cpu: float
    click: float | None

    def row(self) -> list[object]:
        times = [self.first, self.address, self.click]
        walls = [_ms(one) if one is not None else "–" for one in times]
        return [self.name, *walls, _ms(self.first_cpu), _ms(self.address_cpu)]


def measured(labels: int = LABELS, folder: Path | None = None) -> str:
    """The table of all pages, and what it was measured on."""
    with tempfile.TemporaryDirectory() as made:
        study = folder or Path(made) / "study"
        if not (study / "study.toml").exists():
            build(study, labels)
        size = sum(path.stat().st_size for path in study.glob("calibrant.db*")) / 1e6
        with served(study) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.set_default_timeout(90_000)
            Visitor(context, server).address(PAGES[5])  # the browser has the app's scripts from here on
            found = [_page(Visitor(context, server), one) for one in PAGES]
            browser.close()
    header = ("page", "first visit", "by address", "by click", "server CPU, first", "server CPU, again")
    load = os.getloadavg()[1]
    about = (
        f"Milliseconds over {labels:,} labels of 5 raters and {labels // 5:,} verdicts on {labels // 20:,} "
        f"items in SQLite ({size:,.0f} MB); headless Chromium and server share {os.cpu_count()} cores, load "
        f"average {load:.1f} (above {os.cpu_count()}, other work takes its part of every time but the CPU). "
        f"By address and by click: medians of {REPEATS}."
    )
    return "\n\n".join([about, table(header, [one.row() for one in found])])


def _page(visitor: Visitor, wanted: PageToMeasure) -> Measured:
    first, first_cpu = visitor.address(wanted)
    again = [visitor.address(wanted) for _ in range(REPEATS)]
    found = Measured(
        wanted.name,
        first,
        first_cpu,
        statistics.median(wall for wall, _ in again),
        statistics.median(cpu for _, cpu in again),
        statistics.median(visitor.clicks(wanted)) if wanted.link else None,
    )
    print(*found.row(), file=sys.stderr, flush=True)
    return found


@dataclass(frozen=True)
class Server:
    """The process that serves, and where."""

    url: str
    pid: int

    def cpu(self) -> float:
        """Milliseconds of processor time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Visitor:
    """Opens pages as somebody does who works in the app."""

    context: BrowserContext
    server: Server

    def address(self, wanted: PageToMeasure) -> tuple[float, float]:
        """Milliseconds to the painted page in a new tab, and of the server's processor time."""
        page, before = self.context.new_page(), self.server.cpu()
        page.goto(self.server.url + wanted.address, wait_until="commit")
        wall = float(page.evaluate(PAINTED, [wanted.title, wanted.marker, 0]))
        page.close()
        return wall, self.server.cpu() - before

    def clicks(self, wanted: PageToMeasure) -> list[float]:
        """Milliseconds from the click on the page's link, coming from another page each time."""
        away = next(one for one in PAGES if one.link not in ("", wanted.link))
        page = self.context.new_page()
        page.goto(self.server.url + away.address, wait_until="commit")
        page.evaluate(PAINTED, [away.title, away.marker, 0])
        found = []
        for _ in range(REPEATS):
            start = page.evaluate(CLICKED, wanted.link)
            found.append(float(page.evaluate(PAINTED, [wanted.title, wanted.marker, start])))
            start = page.evaluate(CLICKED, away.link)
            page.evaluate(PAINTED, [away.title, away.marker, start])
        page.close()
        return found


@contextmanager
def served(study: Path) -> Iterator[Server]:
    """The study served by a process of its own."""
    command = [sys.executable, "-m", "annotate_app.cli", "serve", "--study", str(study), "--port", str(PORT)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/api/health", timeout=1).close()
                break
            time.sleep(0.1)
        yield Server(f"http://localhost:{PORT}", process.pid)
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
