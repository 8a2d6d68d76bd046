"""Who sees what beside the coefficients, and repeats and gold from the journal of labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate_app.desk import Desk
from annotate_app.services.calibrating import build_report
from annotate_app.services.checking import rater_checks
from annotate_app.services.describing import NOTHING, describe
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER, Role
from calibration.splits import DEVELOPMENT, HELD_OUT, VALIDATION
from calibration.stats.estimate import Estimate
from calibration.stats.raters import Consistency


def put(desk: Desk, *rows: dict[str, object]) -> None:
    number = len(list(desk.folder.glob("more*.jsonl")))
    path: Path = desk.folder / f"more{number}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    import_files(desk, [path], role=HOLDER)


def label(item: str, rater: str, value: int, **more: object) -> dict[str, object]:
    return {"item_id": item, "rater": rater, "criterion": "helpful", "value": value, **more}


def verdict(item: str, value: int, confidence: float) -> dict[str, object]:
    return {
        "item_id": item, "judge": "robot", "criterion": "helpful", "value": value, "confidence": confidence
    }  # fmt: skip


@pytest.fixture
def answered(desk: Desk) -> Desk:
    put(desk, *(label(f"i{k}", who, 1 + k % 3) for k in range(6) for who in ("ada", "bob")))
    put(desk, *(verdict(f"i{k}", 1 + k % 3, 0.9) for k in range(6)))
    return desk


def test_repeats_pair_a_raters_two_answers_and_gold_counts_the_agreed_one(answered: Desk) -> None:
    put(
        answered,
        label("i0", "ada", 1, purpose="repeat"),  # as before
        label("i1", "ada", 3, purpose="repeat"),  # 2 before
        label("i2", "bob", 3, purpose="gold"),
        label("i3", "bob", 3, purpose="gold"),
        label("i2", "lead", 3, adjudicated=True),
        label("i3", "lead", 1, adjudicated=True),
        label("i4", "bob", 1, purpose="gold"),  # no agreed answer: not counted
    )
    found = rater_checks(answered, (DEVELOPMENT, VALIDATION))["helpful"]
    # places on the scale 1, 2, 3
    assert found["ada"].first.tolist() == [0, 1]
    assert found["ada"].second.tolist() == [0, 2]
    assert (found["bob"].gold_right, found["bob"].gold_n) == (1, 2)
    raters = {one.rater: one for one in build_report(answered, role=HOLDER).rater_quality[0].raters}
    assert isinstance(raters["ada"].consistency, Consistency)
    assert isinstance(raters["ada"].consistency.agreement, Estimate)
    assert raters["ada"].consistency.agreement.value == 0.5
    assert isinstance(raters["bob"].gold, Estimate)
    assert raters["bob"].gold.value == 0.5


@pytest.mark.parametrize(("role", "raters"), [("engineer", False), ("lead", True), ("owner", True)])
def test_raters_are_described_to_leads_and_owners_alone(answered: Desk, role: Role, raters: bool) -> None:
    found = describe(answered, "helpful", role=role, split=DEVELOPMENT)
    assert [one.judge for one in found.standings] == ["robot"]
    assert [one.n for one in found.confidence] == [6]
    assert (found.raters is not None) is raters


def test_nothing_is_described_to_raters_or_of_held_out_items(answered: Desk) -> None:
    assert describe(answered, "helpful", role="rater", split=DEVELOPMENT) == NOTHING
    assert describe(answered, "helpful", role="owner", split=HELD_OUT) == NOTHING


def test_the_report_carries_standing_confidence_and_raters_as_strict_json(answered: Desk) -> None:
    report = build_report(answered, role=HOLDER)
    content = json.loads(json.dumps(report.as_json(), allow_nan=False))
    judge = content["evidence"][0]["standings"]["helpful"]["robot"]
    assert judge.keys() == {"margin", "non_inferiority", "leave_one_out", "alternative_annotator_test"}
    assert content["confidence"]["criteria"]["helpful"]["robot"]["n"] == 6
    assert [one["rater"] for one in content["rater_quality"]["helpful"]["raters"]] == ["ada", "bob"]
