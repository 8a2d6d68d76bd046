"""How soon the next item is on the screen: the desk, native Streamlit forms and a bare rerun, in one run.

`python -m benchmarks.rating_desk [items]`; needs a Chromium (scripts/find_browser.py names it). Times run
from the key or click to the frame after the next item is in the page, and to the server's acknowledgement,
which it gives after the answers are on its disk; once as it is, once through a proxy with 150 ms there and
back. Rewrites the tables of docs/rating-speed.md with `--write`.
"""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from annotate_app.services.rights import HOLDER
from benchmarks.blocks import DOCS, fill, table
from benchmarks.delay import delayed
from benchmarks.rating_pages import BARE, NATIVE, SERVER

ROOT = Path(__file__).parents[1]
PORT = 8790
DELAY = 0.15
SKIPPED = 3  # the first ones warm the code up
CRITERIA = """
criteria:
  - name: grounded
    question: Is every claim supported?
    scale: {kind: binary, levels: [{name: "yes", description: Supported.}, {name: "no", description: Not.}]}
  - name: tone
    question: How friendly is it?
    scale:
      kind: ordinal
      levels: [{name: cold, value: 1}, {name: neutral, value: 2}, {name: warm, value: 3}]
"""
# Marks the moment of the key or click, and the frame after the main text has changed.
WATCH = """() => {
  window.__t = {start: 0, painted: [], acked: []};
  const begin = (event) => {
    if (event.type === 'click' || event.key === 'Enter') window.__t.start = performance.now();
  };
  window.addEventListener('keydown', begin, true);
  window.addEventListener('click', begin, true);
  const text = () => document.querySelector('.cal-main')?.textContent;
  let before = text();
  new MutationObserver(() => {
    const now = text();
    if (!now || now === before) return;
    before = now;
    const start = window.__t.start;
    requestAnimationFrame(() => { const c = new MessageChannel();
      c.port1.onmessage = () => window.__t.painted.push(performance.now() - start);
      c.port2.postMessage(0); });
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
  const plain = window.fetch;
  window.fetch = async (...given) => {
    const start = window.__t.start;
    const response = await plain(...given);
    if (String(given[0]).endsWith('/submissions')) window.__t.acked.push(performance.now() - start);
    return response;
  };
}"""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of one way of rating, at one distance from the server."""

    name: str
    painted: list[float]
    acked: list[float]

    def row(self, bare: float, native: float) -> list[str]:
        middle = statistics.median(self.painted)
        acked = (
            [f"{statistics.median(self.acked):.1f}", f"{_p95(self.acked):.1f}"] if self.acked else ["–", "–"]
        )
        shares = [f"{middle / bare:.2f}", f"{middle / native:.2f}"]
        return [self.name, f"{middle:.1f}", f"{_p95(self.painted):.1f}", *shares, *acked]


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


@contextlib.contextmanager
def _served(command: list[str], port: int) -> Iterator[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=quiet, stderr=quiet
    )
    try:
        for _ in range(300):
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _study(folder: Path, items: int) -> Path:
    from annotate_app.desk import open_desk
    from annotate_app.services.importing import import_files
    from annotate_app.services.labelling import add_rater

    folder.mkdir()
    (folder / "study.toml").write_text('[study]\nname = "speed"\nraters_per_item = 4\n', encoding="utf-8")
    (folder / "rubric.yaml").write_text("name: speed\n" + CRITERIA, encoding="utf-8")
    body = "A paragraph of an answer, **as models write them**. " * 20
    lines = (
        f'{{"item_id": "i{k}", "input": "Question {k}?", "output": "{k}: {body}"}}\n' for k in range(items)
    )
    (folder / "items.jsonl").write_text("".join(lines), encoding="utf-8")
    desk = open_desk(folder)
    import_files(desk, [folder / "items.jsonl"], role=HOLDER)
    for name in ("Ada", "Grace", "Edith", "Mary"):
        add_rater(desk, name)
    desk.close()
    return folder


def _measure(page: Page, name: str, items: int, act: Callable[[Page, int], None]) -> Times:
    page.wait_for_selector(".cal-main")
    page.wait_for_timeout(2000)
    page.evaluate(WATCH)
    for k in range(items):
        act(page, k)
        _until(page, f"window.__t.painted.length > {k}")
        if name == "rating desk":
            _until(page, f"window.__t.acked.length > {k}")
        page.wait_for_timeout(60)  # a fast reader; the server is idle again
    page.wait_for_timeout(500)
    found = page.evaluate("window.__t")
    return Times(name, found["painted"][SKIPPED:], found["acked"][SKIPPED:])


def _until(page: Page, condition: str) -> None:
    """Wait for it inside the page; Playwright's own waiting is against its policy on scripts."""
    look = f"const look = () => (({condition}) ? done() : setTimeout(look, 5)); look();"
    late = "setTimeout(() => fail(new Error('not true in time')), 60000);"
    page.evaluate(f"() => new Promise((done, fail) => {{ {late} {look} }})")


def _by_keys(page: Page, k: int) -> None:
    for key in ("1", str(1 + k % 3), "Enter"):
        page.keyboard.press(key)


def _fresh(page: Page) -> None:
    """Wait until the form, too, is the next item's: its text may be there before its widgets."""
    _until(
        page,
        "!document.querySelector('.stMain :is([role=radio][aria-checked=true], input[type=radio]:checked)')",
    )
    page.wait_for_timeout(150)


def _by_clicks(page: Page, k: int) -> None:
    _fresh(page)
    for name in ("yes", ("1 · cold", "2 · neutral", "3 · warm")[k % 3]):
        option = page.get_by_role("radio", name=name, exact=True)
        option.click(force=True)
        page.get_by_role("radio", name=name, exact=True, checked=True).wait_for(state="attached")
        page.wait_for_timeout(120)
    page.get_by_role("button", name="Submit and next").click()


def _native(page: Page, k: int) -> None:
    _fresh(page)
    for name in ("yes", ("cold", "neutral", "warm")[k % 3]):
        page.locator("label", has_text=name).first.click()
    page.get_by_role("button", name="Submit and next").click()


WAYS: tuple[tuple[str, int, str, Callable[[Page, int], None]], ...] = (
    ("rating desk", PORT, "/rate?rater={desk}", _by_keys),
    ("our plain form", PORT, "/rate?rater={plain}&plain=1", _by_clicks),
    ("native form", PORT + 1, "/", _native),
    ("bare rerun", PORT + 2, "/", lambda page, _: page.get_by_text("Next").click()),
)


def _all_ways(browser: Browser, items: int, seconds: float) -> list[Times]:
    """Each way once, straight or through the proxy; two raters each time, so that nobody runs out."""
    names = {"desk": "Ada", "plain": "Grace"} if not seconds else {"desk": "Edith", "plain": "Mary"}
    found = []
    for name, port, path, act in WAYS:
        way = delayed(port, seconds) if seconds else contextlib.nullcontext(port)
        with way as door:
            page = browser.new_page()
            page.goto(f"http://localhost:{door}{path.format(**names)}")
            found.append(_measure(page, name, items, act))
            page.close()
    return found


def _table(found: list[Times]) -> str:
    native, bare = (statistics.median(times.painted) for times in found[-2:])
    header = ("ms", "painted p50", "p95", "of a bare rerun", "of a native form", "acknowledged p50", "p95")
    return table(header, [times.row(bare, native) for times in found])


def measured(items: int) -> str:
    """Both tables and what they were measured on."""
    finder = [sys.executable, str(ROOT / "scripts" / "find_browser.py")]
    chromium = subprocess.run(finder, capture_output=True, text=True, check=True).stdout.strip()
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        study = _study(folder / "study", 2 * items + 50)
        serve = ["-m", "annotate_app.cli", "serve", "--study", str(study), "--port", str(PORT)]
        opened.enter_context(_served(serve, PORT))
        for script, port in ((NATIVE, PORT + 1), (BARE, PORT + 2)):
            path = folder / f"page{port}.py"
            path.write_text(script, encoding="utf-8")
            opened.enter_context(_served(["-c", SERVER, str(path), str(port)], port))
        playwright = opened.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        load = os.getloadavg()[0]
        near, far = _all_ways(browser, items, 0), _all_ways(browser, items, DELAY)
        version = browser.version
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return "\n\n".join(
        (
            "## On the same machine", _table(near), f"## {1000 * DELAY:.0f} ms away", _table(far),
            f"{items} items each. Measured on {machine}, Chromium {version}; load before the run {load:.1f}.",
        )
    )  # fmt: skip


def main(arguments: list[str]) -> None:
    """Print the tables; `--write` puts them into the page."""
    numbers = [int(word) for word in arguments if word.isdigit()]
    found = measured(numbers[0] if numbers else 100)
    print(found)
    if "--write" in arguments:
        fill(DOCS / "rating-speed.md", found)


if __name__ == "__main__":
    main(sys.argv[1:])
