"""One word per thing: the names in the product and the words on its pages are those of the table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("rubrics", "calibration", "annotate_app")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
# The word that is not used, and the one that is.
INSTEAD = {
    "annotator": "rater", "annotation": "label", "user": "rater", "sme": "rater", "feedback": "label",
    "evaluator": "judge", "grader": "judge", "scorer": "judge", "prediction": "verdict",
    "scorecard": "report", "metric": "coefficient", "aspect": "criterion", "guideline": "rubric",
    "template": "rubric",
    "dataset": "study", "experiment": "study", "project": "study", "task": "item", "segment": "stratum",
    "batch": "wave", "assignment": "queue", "partition": "split",
}  # fmt: skip
PUBLISHED = ("alternative annotator test", "alternative_annotator_test")  # what its authors call it
ON_PAGES = (
    "annotator",
    "annotation",
    "sme",
    "scorecard",
    "grader",
    "scorer",
    "dataset",
    "guideline",
    "metric",
)


def names_given(tree: ast.Module) -> Iterator[str]:
    """Names that this module chooses itself: functions, classes, arguments, variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def words_of(name: str) -> set[str]:
    """The words in a name, small and in the singular."""
    return {part.lower().removesuffix("s") for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


@pytest.mark.parametrize("package", PACKAGES)
def test_names_in_the_product_are_words_of_the_table(package: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name} (say {INSTEAD[word]})"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in names_given(ast.parse(path.read_text(encoding="utf-8")))
        if name not in PUBLISHED
        for word in words_of(name) & set(INSTEAD)
    }
    assert not found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_words_on_pages_are_words_of_the_table(page: Path) -> None:
    if page.name == "exchange.md":
        pytest.skip("the page about other tools' files speaks of them in their own words")
    text = page.read_text(encoding="utf-8").lower()
    for published in PUBLISHED:
        text = text.replace(published, "")
    assert not set(re.findall(rf"\b(?:{'|'.join(ON_PAGES)})s?\b", text))


def test_a_name_is_taken_apart_into_its_words() -> None:
    assert words_of("_MetricsTable2_next_tasks") == {"metric", "table", "next", "task"}
    assert words_of("SME_LIST") == {"sme", "list"}
