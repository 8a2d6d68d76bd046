"""A small study with one rubric of every kind of question, and what is needed to drive it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files

# Helpers shared by these tests are plain modules beside this file.
sys.path.insert(0, str(Path(__file__).parent))

from standing_clock import Clock

from annotate_app.services.rights import HOLDER

RUBRIC = """
name: answers
instructions: Read the sources first.
criteria:
  - name: grounded
    question: Is every claim supported by the sources?
    dimension: task accuracy
    scale:
      kind: binary
      levels:
        - {name: "yes", description: Every claim is in the sources., aliases: [pass]}
        - {name: "no", description: At least one claim is not., rationale_required: true}
  - name: cause
    question: What is the first unsupported claim about?
    dimension: task accuracy
    applies_when: {criterion: grounded, values: ["no"]}
    scale:
      kind: nominal
      levels:
        - {name: number, description: A figure.}
        - {name: name, description: A person or place.}
  - name: helpful
    question: How much of the task is done?
    dimension: output quality
    not_applicable: true
    scale:
      kind: ordinal
      levels:
        - {name: nothing, value: 1, description: Nothing of it.}
        - {name: some, value: 2, description: Some of it.}
        - {name: all, value: 3, description: All of it.}
  - name: tone
    question: How warm is the tone from 0 to 1?
    dimension: behavioural correctness
    required: false
    scale: {kind: interval, low: 0, high: 1}
failure_modes:
  - {name: invented_source, description: Cites what does not exist., severity: critical, visibility: silent}
"""


MakeStudy = Callable[..., Path]


@pytest.fixture(autouse=True)
def on_the_engine(database: str | None) -> None:
    """Every test of the app opens its studies where `database` says, before anything else is made."""


@pytest.fixture
def make_study(tmp_path: Path) -> MakeStudy:
    """Writes a study folder; `name`, `raters_per_item`, `rubric` and more TOML may be given."""

    def make(
        name: str = "support", *, raters_per_item: int = 2, rubric: str = RUBRIC, toml: str = ""
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        head = f'[study]\nname = "{name}"\nraters_per_item = {raters_per_item}\n'
        (folder / "study.toml").write_text(head + toml, encoding="utf-8")
        (folder / "rubric.yaml").write_text(rubric, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def write_items(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of pointwise items i0, i1, …"""

    def write(count: int, *, name: str = "items.jsonl", kind: str = "pointwise") -> Path:
        text = '"output": "text {0}"' if kind == "pointwise" else '"output_a": "a {0}", "output_b": "b {0}"'
        lines = (
            f'{{"item_id": "i{k}", "stratum": "{"edge" if k % 2 else "typical"}", '
            f'"cluster": "c{k // 2}", "system": "v1", {text.format(k)}}}\n'
            for k in range(count)
        )
        path = tmp_path / name
        path.write_text("".join(lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def desk(
    make_study: MakeStudy, write_items: Callable[..., Path], clock: Clock, database: str | None
) -> Iterator[Desk]:
    """The desk of a study with six items and the raters ada and bob, two raters per item."""
    from annotate_app.services.labelling import add_rater

    opened = open_desk(make_study(), database=database, clock=clock)
    import_files(opened, [write_items(6)], role=HOLDER)
    for name in ("ada", "bob", "cyd"):
        add_rater(opened, name)
    yield opened
    opened.close()
