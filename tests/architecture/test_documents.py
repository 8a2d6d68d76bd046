"""Documents stay true: generated blocks are fresh, numbers in the prose are theirs, links lead somewhere."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT))  # benchmarks is no installed package

blocks = import_module("benchmarks.blocks")
why = import_module("benchmarks.why.__main__")

PAGES = sorted(DOCS.rglob("*.md"))
MADE_ELSEWHERE = ("docs/validity/", "docs/reference/")  # by `make validity` and `make reference`
NUMBER = re.compile(r"(?<![\w.])−?\d*\.\d+%?|\d+%")
# Numbers that the prose chooses or quotes as settings, not as results.
CHOSEN = set("95% 5% 85% 80% .60 0.60 .10 −.10 .05 1.96 .6 .2 .8 .1 .3 0.7 0.75 0.01".split())


@pytest.mark.parametrize("name", why.PAGES)
def test_the_block_of_a_why_page_is_what_its_script_prints(name: str) -> None:
    page = DOCS / "why" / f"{name.replace('_', '-')}.md"
    assert blocks.block_of(page) == why.block(name).strip(), "run `python -m benchmarks.why`"


@pytest.mark.parametrize("name", why.PAGES)
def test_numbers_in_the_prose_of_a_why_page_come_from_its_block(name: str) -> None:
    page = DOCS / "why" / f"{name.replace('_', '-')}.md"
    block = blocks.block_of(page).replace("-", "−")
    prose = blocks.PATTERN.sub("", page.read_text(encoding="utf-8"))
    strangers = [n for n in NUMBER.findall(prose) if n not in CHOSEN and n not in block]
    assert not strangers


def test_every_why_page_has_a_script_and_stands_in_the_index() -> None:
    pages = {path.stem for path in (DOCS / "why").glob("*.md")}
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert pages == {name.replace("_", "-") for name in why.PAGES}
    assert not [page for page in pages if f"(why/{page}.md)" not in index]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_relative_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [t.split("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in t]
    paths = [(page.parent / t).resolve() for t in targets if t]
    made = [str(p.relative_to(ROOT)).startswith(MADE_ELSEWHERE) for p in paths]
    assert not [str(p) for p, later in zip(paths, made, strict=True) if not later and not p.exists()]
