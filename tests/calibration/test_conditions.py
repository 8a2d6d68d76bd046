"""Conditions are tested on the right side; too little evidence decides nothing; the labels needed follow."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from calibration.agreement_types import (
    Applicability,
    Confusion,
    CriterionAgreement,
    HumanAgreement,
    JudgeAgreement,
)
from calibration.conditions import (
    Finding,
    Look,
    check_conditions,
    measured_for,
    rarest_class,
)
from calibration.needed import labels_needed, planned_n
from calibration.policy import Policy, Requirement, read_policy
from calibration.stats.agreement import pair_estimate
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.patterns import table_of
from rubrics.rubric import Criterion, Level, Rubric, Scale

SCALE = Scale("binary", (Level("yes"), Level("no")))
RUBRIC = Rubric("support", (Criterion("grounded", "Is it?", SCALE),))
HUMANS = HumanAgreement(0, 0, 0, {}, {})


def policy(**asked: object) -> Policy:
    return read_policy({"criteria": {"grounded": {"floor": 0.6, "unparsed_max": 0.05, **asked}}}, RUBRIC)


def agreement(
    counts: list[list[int]], *, alpha: float = 0.05, statuses: dict[str, int] | None = None, dodged: int = 0
) -> CriterionAgreement:
    """One judge `j` with this table of its answers (rows) against the reference's (columns)."""
    table = table_of(counts)
    estimates = {"cohen_kappa": pair_estimate("cohen_kappa", table, level=1 - 2 * alpha)}
    judge = JudgeAgreement(
        judge="j",
        n=table.n,
        statuses={"observed": table.n} | (statuses or {}),
        reference="majority",
        reference_ties=0,
        estimates=estimates,
        confusion=Confusion(("yes", "no"), tuple(tuple(row) for row in counts)),
        applicability=Applicability(table.n, dodged, 0, 0),
    )
    return CriterionAgreement("grounded", SCALE, HUMANS, {"j": judge})


def find(found: CriterionAgreement, asked: Policy | None = None, alpha: float = 0.05) -> Finding:
    return check_conditions([((asked or policy()).criteria[0], found)], "j", Look(1, alpha, alpha / 4))


def test_verdicts_beyond_the_labelled_items_make_no_more_clusters() -> None:
    found = agreement([[60, 0], [0, 60]], statuses={"observed": 600})
    judge = found.judges["j"]
    estimate = judge.estimates["cohen_kappa"]
    assert isinstance(estimate, Estimate)
    clustered = replace(judge, estimates={"cohen_kappa": replace(estimate, clusters=40)})
    requirement = Requirement("abstained", "grounded", 0.1, at_most=True)
    high = measured_for(requirement, replace(found, judges={"j": clustered}), "j", alpha=0.05).high
    assert high == pytest.approx(1 - 0.05 ** (1 / 40))  # none among 40 units
    free = measured_for(requirement, found, "j", alpha=0.05).high
    assert free == pytest.approx(1 - 0.05 ** (1 / 600))


def test_a_good_judge_on_enough_items_is_trusted() -> None:
    finding = find(agreement([[57, 3], [3, 57]]))
    assert finding.outcome == "trusted"
    assert finding.failed == ()
    assert finding.needed is None


def test_a_poor_judge_is_not_trusted() -> None:
    finding = find(agreement([[40, 20], [20, 40]]))
    assert finding.outcome == "not trusted"
    assert finding.failed == ("grounded: cohen_kappa",)


def test_a_judge_near_the_floor_is_undecided_with_labels_needed() -> None:
    finding = find(agreement([[50, 9], [9, 52]]))
    # kappa = .7 on 120 items: SE = sqrt((1 - .49) / 120) = .065, so the bound is below .6
    assert finding.outcome == "undecided"
    assert finding.needed is not None
    # ((z_.9875 + z_.8) sqrt(.51) / .1)^2 = ((2.241 + .842) * .714 / .1)^2 = 485 items in all; the shift of
    # the pseudo-items makes the spread a little wider
    assert 300 < finding.needed < 600


def test_a_judge_below_the_floor_gets_no_promise() -> None:
    finding = find(agreement([[46, 14], [14, 46]]))
    assert finding.outcome == "undecided"
    assert finding.needed is None


def test_too_few_of_the_rare_class_decides_nothing_either_way() -> None:
    assert find(agreement([[100, 0], [0, 9]])).outcome == "undecided"
    refuted = find(agreement([[50, 9], [50, 0]]))
    assert "grounded: rarest_class" in refuted.failed
    assert refuted.outcome == "undecided"


def test_too_few_items_decide_nothing() -> None:
    finding = find(agreement([[15, 0], [0, 15]]))
    assert finding.outcome == "undecided"
    # items and clusters: 40 - 30 = 10 more; the warned kappa may ask for somewhat more at the next alpha
    assert finding.needed is not None
    assert 10 <= finding.needed <= 30


def test_an_estimate_with_a_warning_decides_nothing() -> None:
    found = agreement([[57, 3], [3, 57]])
    estimate = found.judges["j"].estimates["cohen_kappa"]
    assert isinstance(estimate, Estimate)
    warned = replace(estimate, warnings=("few clusters carry the disagreement",))
    found.judges["j"].estimates["cohen_kappa"] = warned  # type: ignore[index]
    finding = find(found)
    assert (finding.outcome, finding.failed) == ("undecided", ("grounded: cohen_kappa",))


def test_one_class_only_is_undefined_and_never_trusted() -> None:
    finding = find(agreement([[80, 0], [0, 0]]))
    assert finding.outcome == "undecided"
    assert "grounded: cohen_kappa" in finding.failed


def test_a_judge_without_verdicts_is_never_trusted() -> None:
    found = agreement([[57, 3], [3, 57]])
    assert (
        check_conditions([(policy().criteria[0], found)], "other", Look(1, 0.05, 0.0125)).outcome
        == "undecided"
    )


def test_no_condition_at_all_is_never_trusted() -> None:
    assert check_conditions([], "j", Look(1, 0.05, 0.0125)).outcome == "undecided"


@pytest.mark.parametrize("status", ["parse_error", "provider_error"])
def test_unreadable_verdicts_count_against_their_ceiling(status: str) -> None:
    finding = find(agreement([[57, 3], [3, 57]], statuses={status: 30}))
    assert finding.outcome == "not trusted"
    assert finding.failed == ("grounded: unparsed",)


def test_the_share_of_unreadable_verdicts_is_taken_as_it_is() -> None:
    asked = policy(unparsed_max=0.02)
    # 2 of 122 = .016, 3 of 123 = .024
    assert find(agreement([[57, 3], [3, 57]], statuses={"parse_error": 2}), asked).outcome == "trusted"
    assert find(agreement([[57, 3], [3, 57]], statuses={"parse_error": 3}), asked).outcome == "not trusted"


def test_abstaining_counts_against_its_ceiling() -> None:
    assert find(agreement([[57, 3], [3, 57]], statuses={"abstained": 60})).failed == ("grounded: abstained",)


def test_not_applicable_where_raters_answered_counts_as_abstaining() -> None:
    finding = find(agreement([[57, 3], [3, 57]], statuses={"not_applicable": 60}, dodged=60))
    assert finding.failed == ("grounded: abstained",)


def test_ceilings_are_tested_on_upper_bounds() -> None:
    requirement = Requirement("abstained", "grounded", 0.02, at_most=True)
    measured = measured_for(requirement, agreement([[57, 3], [3, 57]]), "j", alpha=0.05)
    # no abstention in 120: upper bound 1 - .05^(1/120) = .02466, above .02
    assert measured.high == pytest.approx(1 - 0.05 ** (1 / 120))
    assert not requirement.met_by(measured.high)


def test_class_rates_use_clopper_pearson() -> None:
    asked = policy(tpr_floor=0.8, tnr_floor=0.8)
    finding = find(agreement([[60, 3], [0, 57]]), asked)
    bounds = {t.requirement.name: t.bound for t in finding.tested}
    # 60 of 60: .05^(1/60)
    assert bounds["tpr"] == pytest.approx(0.05 ** (1 / 60))
    assert bounds["tnr"] is not None
    assert bounds["tnr"] < 0.95


def test_an_undefined_coefficient_says_why() -> None:
    found = agreement([[57, 3], [3, 57]])
    found.judges["j"].estimates["cohen_kappa"] = Undefined("only one class")  # type: ignore[index]
    measured = measured_for(
        Requirement("cohen_kappa", "grounded", 0.6, at_most=False), found, "j", alpha=0.05
    )
    assert (measured.low, measured.reason) == (None, "only one class")


@pytest.mark.parametrize(
    ("counts", "ordered", "rarest"),
    [
        (((5, 0), (0, 95)), False, 5),
        (((0, 0), (3, 97)), False, 3),
        (((100, 0), (0, 0)), False, 0),
        (((5, 0, 0), (0, 0, 0), (0, 0, 20)), False, 5),
        (((5, 0, 0), (0, 9, 0), (0, 0, 20)), True, 14),
    ],
)
def test_the_rarest_class_is_the_reference_s(
    counts: tuple[tuple[int, ...], ...], ordered: bool, rarest: int
) -> None:
    assert rarest_class(Confusion(tuple(range(len(counts))), counts), ordered) == rarest


def test_the_planned_number_is_cantor_s() -> None:
    # STATISTICS table: .8 against .6 with even classes needs 83 at alpha .05 and power .8
    assert planned_n(0.6, 0.05) == 83


def test_the_number_still_needed_shrinks_with_distance() -> None:
    requirement = Requirement("cohen_kappa", "grounded", 0.6, at_most=False)
    tables = ([[50, 9], [9, 52]], [[52, 8], [8, 52]])
    both = [measured_for(requirement, agreement(counts), "j", alpha=0.05) for counts in tables]
    near, far = (labels_needed(requirement, m.value, m.low, 120, alpha=0.05, next_alpha=0.05) for m in both)
    assert near is not None
    assert far is not None
    assert near > far


def test_a_judge_exactly_at_the_floor_is_rarely_trusted() -> None:
    """kappa .6, even classes, 200 items, tested at alpha .05: at most .055 of studies or so."""
    rng = np.random.default_rng(20)
    cells = np.array([0.4, 0.1, 0.1, 0.4])  # pa = .8, pe = .5 -> kappa = .6
    studies = 1200
    trusted = sum(
        find(agreement(rng.multinomial(200, cells).reshape(2, 2).tolist())).outcome == "trusted"
        for _ in range(studies)
    )
    # three Monte-Carlo standard errors above .055
    assert trusted / studies <= 0.055 + 3 * math.sqrt(0.055 * 0.945 / studies)
    assert trusted > 0
