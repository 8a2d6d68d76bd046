"""What a rater does at the rating desk with the keyboard, and what the desk says, in words for tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import small_study
from playwright.sync_api import BrowserContext, Page, Route, expect

from rubrics.answers import Label

# A line cut a moment ago can still let a request through: the browser tells its own parts one after another.
UNREACHED = """() => new Promise((done) => {
  const look = () => fetch('/desk/submissions', { method: 'HEAD' }).then(() => setTimeout(look, 20), done);
  look();
})"""
ASKED = "performance.getEntriesByType('resource').filter((e) => /desk.items$/.test(e.name)).length"
STAYS = "() => Number(document.querySelector('[data-cd=root]').dataset.shown)"


def many_items(count: int) -> list[Mapping[str, object]]:
    return [
        {
            "item_id": f"item-{k:03}",
            "kind": "pointwise",
            "input": f"Question {k}?",
            "output": f"Answer {k}: yes.",
        }
        for k in range(count)
    ]


def fill(folder: Path, count: int) -> Path:
    """The small study with `count` items."""
    small_study.fill(folder, small_study.write(folder, many_items(count)))
    return folder


def come(page: Page, url: str, rater: str = "Ada") -> None:
    """Open the desk as `rater` and wait for an item."""
    page.goto(f"{url}/rate?rater={rater}")
    expect(page.locator("[data-cd=body]")).to_be_visible()


def item(page: Page) -> str:
    """The id of the item on the screen, from its own words."""
    expect(page.locator("[data-cd=body]")).to_be_visible()
    words = page.locator(".cal-main .cal-text").first.inner_text()
    found = re.match(r"Answer (\d+)", words)
    assert found is not None, words
    return f"item-{int(found[1]):03}"


def press(page: Page, keys: str) -> None:
    """One key after another at full speed; "⏎" is Enter."""
    for key in keys:
        page.keyboard.press("Enter" if key == "⏎" else key)


def expect_ahead(page: Page, answers: int) -> None:
    """Enough items are here for as many answers as are given while the server is away."""
    until(page, f"{ASKED} >= {1 + answers // 3}")


def cut(page: Page, take: Callable[[Route], object] = Route.abort) -> None:
    """From here on no answer reaches the server; `take` may do something else with those that are sent."""

    def stop(route: Route) -> None:
        Route.abort(route) if route.request.method == "HEAD" else take(route)

    page.route("**/desk/submissions", stop)
    page.evaluate(UNREACHED)


def go_offline(page: Page, context: BrowserContext) -> None:
    context.set_offline(True)
    page.evaluate(UNREACHED)


def until(page: Page, condition: str) -> None:
    """Wait for an expression to be true; Playwright's own waiting is against the page's policy on scripts."""
    look = f"const look = () => (({condition}) ? done() : setTimeout(look, 50)); look();"
    late = "setTimeout(() => fail(new Error('not true in time')), 60000);"
    page.evaluate(f"() => new Promise((done, fail) => {{ {late} {look} }})")


def expect_saved(page: Page, saved: int, waiting: int = 0, *, seconds: float = 30) -> None:
    words = f"saved {saved} · waiting {waiting}"
    expect(page.locator("[data-cd=saved]")).to_have_text(words, timeout=1000 * seconds)


def standing(entries: list[Label]) -> dict[tuple[str, str, str], Label]:
    """The last revision by item, rater and criterion."""
    found: dict[tuple[str, str, str], Label] = {}
    for entry in sorted(entries, key=lambda e: e.revision):
        found[entry.item_id, entry.rater, entry.criterion] = entry
    return found


def once(entries: list[Label]) -> bool:
    """Every label is there one time, as its first revision."""
    places = {(e.item_id, e.rater, e.criterion) for e in entries}
    return len(places) == len(entries) and {e.revision for e in entries} <= {1}
