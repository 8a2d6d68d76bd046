"""Numbers over validation are made of enough items: of one item they would be what people answered to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services.agreeing import agreement_page
from annotate_app.services.estimating import study_quality
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from calibration.agreement_types import JudgeAgreement
from calibration.quality import CannotEstimate, Question
from calibration.splits import DEVELOPMENT, VALIDATION
from calibration.stats.estimate import Estimate, Undefined


@pytest.fixture
def desk(make_study: Callable[..., Path]) -> Iterator[Desk]:
    """100 labelled items, 20 of validation."""
    opened = open_desk(make_study("enough", toml='[judges.robot]\nimport = "some model"\n'))
    items = [{"item_id": f"i{k}", "output": f"x {k}", "stratum": ("a", "b")[k % 2]} for k in range(100)]
    labels = [{"item_id": f"i{k}", "rater": "ada", **answer(k % 3 == 0)} for k in range(100)]
    bring(opened, [*items, *labels])
    freeze_split(opened, role=HOLDER)
    yield opened
    opened.close()


def answer(good: bool) -> dict[str, str]:
    return {"criterion": "grounded", "value": "yes" if good else "no"}


def bring(desk: Desk, rows: list[dict[str, str]]) -> None:
    path = desk.folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    import_files(desk, [path], role=HOLDER)


def judged(desk: Desk, split: str, n: int) -> list[dict[str, str]]:
    """The first n items of a split, with a verdict of the imported judge each."""
    names = [name for name, where in split_of_items(desk).items() if where == split][:n]
    return [{"item_id": name, "judge": "robot", **answer(True)} for name in names]


def shown(desk: Desk, split: str) -> tuple[JudgeAgreement, str]:
    page = agreement_page(desk, role="engineer", split=split)
    assert page.measured is not None
    said = " ".join(sentence for given in page.measured.cautions.values() for sentence in given)
    return page.measured.criteria["grounded"].judges["robot"], said


@pytest.mark.parametrize("n", [1, 9])
def test_a_judge_of_a_few_validation_items_has_no_numbers_there_and_it_is_said(desk: Desk, n: int) -> None:
    bring(desk, judged(desk, VALIDATION, n))
    judge, said = shown(desk, VALIDATION)
    assert isinstance(judge.estimates["percent_agreement"], Undefined)
    assert judge.n == 0 and not any(judge.statuses.values())
    assert (
        f"robot has verdicts on {n} labelled validation items: numbers over validation are made of 10" in said
    )


def test_ten_validation_items_are_enough_and_development_is_as_it_was(desk: Desk) -> None:
    bring(desk, [*judged(desk, VALIDATION, 10), *judged(desk, DEVELOPMENT, 1)])
    judge, _ = shown(desk, VALIDATION)
    assert isinstance(judge.estimates["percent_agreement"], Estimate) and judge.n == 10
    assert shown(desk, DEVELOPMENT)[0].n == 1
    page = agreement_page(desk, role="engineer", split=VALIDATION)
    assert page.measured is not None
    assert all(not part.judges for part in page.measured.strata["grounded"].values())  # 10 are of two strata


def test_a_share_of_good_validation_items_needs_as_many_labels(make_study: Callable[..., Path]) -> None:
    few = open_desk(make_study("few"))
    bring(few, [{"item_id": f"i{k}", "output": f"x {k}"} for k in range(100)])
    freeze_split(few, role=HOLDER)
    item = next(name for name, where in split_of_items(few).items() if where == VALIDATION)
    bring(few, [{"item_id": item, "rater": "ada", **answer(True)}, *judged(few, VALIDATION, 20)])
    with pytest.raises(CannotEstimate, match="validation: 1 labelled items; its numbers are"):
        study_quality(few, Question(("yes",)), criterion="grounded", split=VALIDATION, role="engineer")
    few.close()
