"""The rubrics of the real data accept all of its values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rubrics.files import load_rubric

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["mtbench", "pandalm"])
def test_pairs_are_compared_with_a_tie_allowed(name: str) -> None:
    (criterion,) = load_rubric(EXAMPLES / name / "rubric.yaml").criteria
    assert criterion.name == "preference"
    assert criterion.scale.categories == ("a", "b", "tie")


def test_nine_questions_have_four_levels_and_not_applicable() -> None:
    rubric = load_rubric(EXAMPLES / "llm_rubric" / "rubric.yaml")
    assert [criterion.name for criterion in rubric.criteria] == [f"Q{k}" for k in range(9)]
    assert {criterion.scale.categories for criterion in rubric.criteria} == {(1, 2, 3, 4)}
    assert all(criterion.not_applicable for criterion in rubric.criteria)


@pytest.mark.parametrize("name", ["mtbench", "pandalm", "llm_rubric"])
@pytest.mark.parametrize("file", ["human.jsonl", "judge.jsonl"])
def test_every_value_of_the_real_data_is_an_answer(real_data: Path, name: str, file: str) -> None:
    rubric = load_rubric(EXAMPLES / name / "rubric.yaml")
    seen = set()
    with (real_data / name / file).open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            # null is "nothing usable was answered", 0 the files' sign for not applicable
            if row["value"] is not None and row["value"] != 0:
                seen.add((row["criterion"], row["value"]))
    assert seen
    for criterion, value in seen:
        scale = rubric.criterion(criterion).scale
        assert scale.parse(value) in scale.categories
