"""How soon the next item is on the screen: the desk, the plain form and a bare Streamlit rerun, in one run.

`python -m benchmarks.rating_desk [items]`; needs a Chromium (scripts/find_browser.py names it). Times run
from the key or click to the frame after the next item is in the page, and to the server's acknowledgement,
which it gives after the answers are on its disk.
"""

from __future__ import annotations

import contextlib
import os
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

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PORT = 8790
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
BARE = """
import streamlit as st
st.session_state.n = st.session_state.get("n", 0) + 1
st.button("Next")
st.html(f'<p class="cal-main">{st.session_state.n}</p>')
"""
BARE_SERVER = """
import sys, uvicorn
from pathlib import Path
from annotate_app import server
from annotate_app.ui import theme
from streamlit import config
from streamlit.starlette import App
config.get_config_options(force_reparse=True, options_from_flags=theme.STREAMLIT_OPTIONS)
listener = server._listen("127.0.0.1", int(sys.argv[2]))
import gc; gc.collect(); gc.freeze()
uvicorn.Server(server._uvicorn_config(App(Path(sys.argv[1])))).run(sockets=[listener])
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
    """Milliseconds of one way of rating."""

    name: str
    painted: list[float]
    acked: list[float]

    def line(self, floor: float) -> str:
        middle = statistics.median(self.painted)
        words = f"{self.name:<24}{middle:8.1f}{_p95(self.painted):8.1f}{middle / floor:8.2f}"
        return words + (f"{statistics.median(self.acked):10.1f}{_p95(self.acked):8.1f}" if self.acked else "")


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


@contextlib.contextmanager
def _served(command: list[str], port: int) -> Iterator[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment)
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
    (folder / "study.toml").write_text('[study]\nname = "speed"\nraters_per_item = 2\n', encoding="utf-8")
    (folder / "rubric.yaml").write_text("name: speed\n" + CRITERIA, encoding="utf-8")
    body = "A paragraph of an answer, **as models write them**. " * 20
    lines = (
        f'{{"item_id": "i{k}", "input": "Question {k}?", "output": "{k}: {body}"}}\n' for k in range(items)
    )
    (folder / "items.jsonl").write_text("".join(lines), encoding="utf-8")
    desk = open_desk(folder)
    import_files(desk, [folder / "items.jsonl"])
    for name in ("Ada", "Grace"):
        add_rater(desk, name)
    desk.close()
    return folder


def _measure(page: Page, name: str, items: int, act: Callable[[Page, int], None]) -> Times:
    page.wait_for_selector(".cal-main")
    page.wait_for_timeout(1500)
    page.evaluate(WATCH)
    for k in range(items):
        act(page, k)
        page.wait_for_function(f"window.__t.painted.length > {k}")
        page.wait_for_timeout(60)  # a fast reader; the server is idle again
    found = page.evaluate("window.__t")
    return Times(name, found["painted"][3:], found["acked"][3:])  # the first ones warm the code up


def _by_keys(page: Page, k: int) -> None:
    for key in ("1", str(1 + k % 3), "Enter"):
        page.keyboard.press(key)


def _by_clicks(page: Page, k: int) -> None:
    for name in ("yes", ("1 · cold", "2 · neutral", "3 · warm")[k % 3]):
        option = page.get_by_role("radio", name=name, exact=True)
        option.click(force=True)
        page.wait_for_timeout(120)
    page.get_by_role("button", name="Submit and next").click()


def main(items: int = 100) -> None:
    """Print a table: milliseconds, and the ratio to a bare rerun."""
    finder = [sys.executable, str(ROOT / "scripts" / "find_browser.py")]
    chromium = subprocess.run(finder, capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        study = _study(folder / "study", 2 * items + 50)
        (folder / "bare.py").write_text(BARE, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        results = []
        serve = ["-m", "annotate_app.cli", "serve", "--study", str(study), "--port", str(PORT)]
        with _served(serve, PORT) as url:
            for name, address, act in (
                ("rating desk", f"{url}/rate?rater=Ada", _by_keys),
                ("plain form", f"{url}/rate?rater=Grace&plain=1", _by_clicks),
            ):
                page = browser.new_page()
                page.goto(address)
                results.append(_measure(page, name, items, act))
                page.close()
        with _served(["-c", BARE_SERVER, str(folder / "bare.py"), str(PORT + 1)], PORT + 1) as url:
            page = browser.new_page()
            page.goto(url)
            results.append(_measure(page, "bare rerun", items, lambda p, _: p.get_by_text("Next").click()))
        browser.close()
    floor = statistics.median(results[-1].painted)
    print(f"{'ms':<24}{'p50':>8}{'p95':>8}{'ratio':>8}{'ack p50':>10}{'p95':>8}")
    for result in results:
        print(result.line(floor))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
