"""Text from outside reaches the browser as words: no label reads it as Markdown, no HTML takes it in raw."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from outside_text import READ_AS_MARKDOWN, Finding, into_html, read_as_markdown
from streamlit.delta_generator import DeltaGenerator

ROOT = Path(__file__).resolve().parents[2]
UI = sorted((ROOT / "annotate_app" / "ui").rglob("*.py"))
SERVED = sorted((ROOT / "annotate_app" / "serving").glob("*.py"))
RENDERERS = [*UI, *SERVED, *sorted((ROOT / "calibration" / "render").glob("*.py"))]
LIST = Path(__file__).with_name("html_of_ours.txt")
SCRIPTS = ("unsafe_allow_html", "unsafe_allow_javascript", "st.components.v1", "st.iframe")


def found(files: list[Path], find: Callable[[ast.Module], Iterator[Finding]]) -> set[str]:
    return {
        f"{file.relative_to(ROOT)}: {one.code}"
        for file in files
        for one in find(ast.parse(file.read_text(encoding="utf-8")))
    }


def of(code: str, find: Callable[[ast.Module], Iterator[Finding]]) -> list[str]:
    return sorted({one.code for one in find(ast.parse(code))})


def test_no_label_or_option_reads_outside_text_as_markdown() -> None:
    assert found(UI, read_as_markdown) == set(), "wrap it in page.plain(...) or page.labels(...)"


def test_what_goes_into_html_without_escape_is_html_that_was_looked_at() -> None:
    known = {line for line in LIST.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"}
    raw = found(RENDERERS, into_html)
    assert raw - known == set(), (
        f"escape(...) it, or list it in {LIST.name} when it is HTML or a word of ours"
    )
    assert known - raw == set(), f"gone: take it off {LIST.name}"


@pytest.mark.parametrize("way", SCRIPTS)
def test_no_view_opens_a_way_for_scripts_or_raw_html(way: str) -> None:
    assert [file.name for file in UI if way in file.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(
    "code",
    [
        "def f(name): st.button(name)",
        "def f(one): st.info(f'{one.name} is in')",
        "def f(one): st.toggle('x', help=one.note)",
        "def f(names): st.radio('Which?', names)",
        "def f(names): st.pills('Which?', names, format_func=lambda name: name.title())",
        "def f(said):\n  words = said\n  words = 'x'\n  st.success(words)",
        "def f(parts):\n  for part in parts: st.expander(part)",
    ],
)
def test_a_label_of_outside_text_is_found(code: str) -> None:
    assert len(of(code, read_as_markdown)) == 1


def test_words_of_ours_numbers_and_plain_text_are_no_finding() -> None:
    code = (
        "def f(n, name):\n"
        "  title = 'one' if n == 1 else f'{n:,} of {len(name)}'\n"
        "  st.button(title, help=ABOUT)\n"
        "  st.radio('Which?', [ANY, *KINDS])\n"
        "  st.pills(page.plain(name), name, format_func=page.labels(str.title))\n"
        "  for word in ('a', 'b'): st.checkbox(word)\n"
    )
    assert of(code, read_as_markdown) == []


def test_a_raw_value_in_html_is_found_and_an_escaped_one_is_not() -> None:
    assert of("f'<p>{name}</p>{n:,}{escape(name)}{len(name)}'", into_html) == ["name"]
    assert of("f'{name} is no HTML'", into_html) == []


def test_every_widget_of_this_streamlit_that_takes_a_label_is_watched() -> None:
    calls = dict(inspect.getmembers_static(DeltaGenerator, inspect.isfunction))
    labelled = {name for name, call in calls.items() if "label" in inspect.signature(call).parameters}
    public = {name for name in labelled if not name.startswith("_")}
    assert {"button", "radio", "expander"} <= public
    assert public <= READ_AS_MARKDOWN
