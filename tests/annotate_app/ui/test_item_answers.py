"""Evidence beside the labels of an item: passages in quotation marks, imported evidence as it came."""

from __future__ import annotations

import pytest

from annotate_app.ui.parts.item_answers import LONGEST_QUOTE, quoted
from rubrics.evidence import Passage, from_json, to_json

NINE = Passage("output", 3, 7, "nine")


@pytest.mark.parametrize("imported", [None, "", "see line 3", "[1, 2]", '[{"quote": "x"}]', "[oops"])
def test_evidence_of_another_make_is_none_of_ours_and_shown_as_it_came(imported: str | None) -> None:
    assert from_json(imported) == ()
    assert quoted(imported) == (imported or "")


def test_passages_are_shown_in_quotation_marks_and_long_ones_cut() -> None:
    long = Passage("output", 0, 500, "x" * 500)
    assert quoted(to_json([NINE, long])) == f"“nine”, “{'x' * LONGEST_QUOTE}…”"
