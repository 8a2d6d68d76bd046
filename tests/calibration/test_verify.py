"""Numbers computed twice: the checks compare what they can, say why they cannot, and notice a wrong one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from calibration.agreement import Agreement, Options, measure
from calibration.from_files import Choices, ratings_from_files
from calibration.ratings import Ratings, ratings_from_records
from calibration.stats.estimate import Estimate
from calibration.verify import verify
from rubrics.answers import Label, Verdict
from rubrics.items import Item
from rubrics.rubric import Level, Scale

LEVELS = Scale("ordinal", tuple(Level(str(k), float(k)) for k in (1, 2, 3, 4)))


def ratings_of(scale: Scale, answers: dict[str, list[int]], verdicts: list[int]) -> Ratings:
    items = [Item(f"i{k}") for k in range(len(verdicts))]
    labels = [
        Label(f"i{k}", rater, "quality", value)
        for rater, given in answers.items()
        for k, value in enumerate(given)
    ]
    judged = [Verdict(f"i{k}", "robot", "quality", value) for k, value in enumerate(verdicts)]
    return ratings_from_records(labels, judged, items, {"quality": scale})


def small() -> Ratings:
    ada = [1, 2, 3, 4, 1, 2, 3, 4, 2, 3, 3, 2] * 3
    bob = [1, 2, 3, 3, 1, 2, 4, 4, 2, 3, 2, 2] * 3
    return ratings_of(LEVELS, {"ada": ada, "bob": bob}, [1, 2, 3, 4, 2, 2, 3, 3, 2, 3, 3, 1] * 3)


def test_independent_packages_give_the_same_numbers() -> None:
    ratings = small()
    found = verify(ratings, measure(ratings, Options(reference="each")))
    names = {check.name for check in found.compared}
    assert {
        "cohen_kappa",
        "cohen_kappa_quadratic",
        "krippendorff_alpha_ordinal",
        "percent_agreement",
    } <= names
    assert found.passed
    assert found.largest is not None
    assert found.largest < 1e-12


def test_a_wrong_number_is_noticed() -> None:
    ratings = small()
    agreement = measure(ratings)
    criterion = agreement.criteria["quality"]
    judge = criterion.judges["robot"]
    kappa = judge.estimates["cohen_kappa"]
    assert isinstance(kappa, Estimate)
    wrong = replace(judge, estimates={"cohen_kappa": replace(kappa, value=kappa.value + 0.01)})
    spoilt = Agreement({"quality": replace(criterion, judges={"robot": wrong})})
    found = verify(ratings, spoilt)
    assert not found.passed
    assert found.largest == pytest.approx(0.01)


def test_levels_that_are_not_equally_spaced_have_no_oracle_for_weighted_kappa() -> None:
    uneven = Scale("ordinal", tuple(Level(str(k), float(k)) for k in (1, 2, 3, 9)))
    answers = [1, 2, 3, 9, 1, 2, 3, 9, 2, 3, 3, 2] * 3
    ratings = ratings_of(uneven, {"ada": answers}, answers[::-1])
    found = verify(ratings, measure(ratings))
    skipped = {check.name: check.skipped for check in found.checks if check.skipped}
    assert "not equally spaced" in str(skipped["cohen_kappa_quadratic"])


@pytest.mark.parametrize("folder", ["mtbench", "pandalm", "llm_rubric"])
def test_real_data_is_verified_to_rounding(real_data: Path, folder: str) -> None:
    place = real_data / folder
    choices = Choices(not_applicable=("0",) if folder == "llm_rubric" else ())
    files = ratings_from_files(
        [place / "human.jsonl"], [place / "judge.jsonl"], [place / "items.jsonl"], choices=choices
    )
    found = verify(files.ratings, measure(files.ratings))
    assert len(found.compared) >= 15
    assert found.passed
