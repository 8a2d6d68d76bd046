"""A function as a judge: its answers are read by the scale, its mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration.judges.code_judge import load_code_judge
from calibration.judges.faults import BadJudge
from calibration.judges.judge import JudgeFailed
from calibration.judges.spec import read_spec
from rubrics.answers import Verdict
from rubrics.files import library_rubric
from rubrics.items import Item

RUBRIC = library_rubric("support_answer")
ITEM = Item("i1", input="Where is my parcel?", output="On its way.")


def verdicts_of(body: str, folder: Path, criteria: list[str] | None = None) -> dict[str, Verdict]:
    source = f"from calibration.judges.judge import Opinion\n\ndef judge(item):\n    {body}\n"
    (folder / "mine.py").write_text(source)
    spec = read_spec("mine", {"code": "mine.py:judge", "criteria": criteria}, folder=folder, rubric=RUBRIC)
    found = load_code_judge("mine", spec, folder).judge([ITEM], RUBRIC)
    return {verdict.criterion: verdict for verdict in found}


def test_values_are_read_by_the_scale(tmp_path: Path) -> None:
    found = verdicts_of("return {'tone': '3', 'grounded': 'Not_Grounded'}", tmp_path)
    assert (found["tone"].value, found["tone"].status) == (3, "observed")
    assert found["grounded"].value == "not_grounded"


def test_none_and_cannot_tell_abstain(tmp_path: Path) -> None:
    found = verdicts_of("return {'tone': None, 'resolution': 'cannot tell'}", tmp_path)
    assert {v.status for v in found.values()} == {"abstained"}


def test_not_applicable_counts_only_where_the_criterion_allows_it(tmp_path: Path) -> None:
    found = verdicts_of("return {'escalation': 'not applicable', 'tone': 'not applicable'}", tmp_path)
    assert found["escalation"].status == "not_applicable"
    assert (found["tone"].status, found["tone"].raw_value) == ("parse_error", "'not applicable'")


def test_an_answer_outside_the_scale_is_a_parse_error(tmp_path: Path) -> None:
    assert verdicts_of("return {'tone': 9}", tmp_path)["tone"].status == "parse_error"


def test_confidence_cost_latency_and_identity_are_kept(tmp_path: Path) -> None:
    verdict = verdicts_of("return {'tone': Opinion(1, 0.9, 'rude word')}", tmp_path)["tone"]
    assert (verdict.confidence, verdict.rationale, verdict.cost_usd) == (0.9, "rude word", 0.0)
    assert verdict.latency_seconds is not None
    assert verdict.spec_hash is not None
    assert len(verdict.spec_hash) == 64


def test_only_the_declared_criteria_are_answered(tmp_path: Path) -> None:
    assert list(verdicts_of("return {'tone': 1, 'resolution': 2}", tmp_path, ["resolution"])) == [
        "resolution"
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 3", "returned int"),
        ("return {'beauty': 1}", "no criterion 'beauty'"),
        ("return {'tone': item.output[99]}", "IndexError"),
        ("raise ValueError('broken rule')", "ValueError: broken rule"),
    ],
)
def test_a_function_that_breaks_is_named_with_its_item(body: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(JudgeFailed, match=said) as error:
        verdicts_of(body, tmp_path)
    assert "'mine'" in str(error.value)
    assert "'i1'" in str(error.value)


def test_a_function_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("judge = 3\n")
    spec = read_spec("mine", {"code": "mine.py:judge"}, folder=tmp_path, rubric=RUBRIC)
    with pytest.raises(BadJudge, match="no function 'judge'"):
        load_code_judge("mine", spec, tmp_path)
