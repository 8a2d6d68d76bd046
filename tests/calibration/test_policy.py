"""The policy of study.toml: defaults filled in, mistakes named, every value hashed."""

from __future__ import annotations

import math
import tomllib

import pytest

from calibration.policy import BadPolicy, read_policy
from rubrics.rubric import Criterion, Level, Rubric, Scale

LEVELS = (Level("bad", 1), Level("good", 2))
RUBRIC = Rubric(
    "support",
    (
        Criterion("grounded", "Is it?", Scale("binary", (Level("yes"), Level("no")))),
        Criterion("helpful", "How much?", Scale("ordinal", LEVELS)),
    ),
)
COSTS = {"cost_max": 0.5, "miss_cost": 5, "false_alarm_cost": 1}


def test_without_a_policy_every_criterion_meets_the_defaults() -> None:
    policy = read_policy(None, RUBRIC)
    assert [(c.criterion, c.coefficient, c.floor) for c in policy.criteria] == [
        ("grounded", "cohen_kappa", 0.60),
        ("helpful", "cohen_kappa_quadratic", 0.60),
    ]
    assert (policy.alpha, policy.evidence_days) == (0.05, 90)
    assert {(c.abstained_max, c.unparsed_max) for c in policy.criteria} == {(0.10, 0.02)}


def test_sensitive_stakes_raise_the_floor() -> None:
    policy = read_policy({"criteria": {"grounded": {"stakes": "sensitive"}}}, RUBRIC)
    assert [c.floor for c in policy.criteria] == [0.80]


def test_toml_is_read_as_documented() -> None:
    text = """
    [policy]
    evidence_days = 30
    [policy.criteria.grounded]
    floor = 0.7
    judges = ["rules"]
    tpr_floor = 0.8
    """
    policy = read_policy(tomllib.loads(text)["policy"], RUBRIC)
    names = [(r.name, r.limit, r.at_most) for r in policy.asked_of("rules")[0].requirements]
    assert names == [
        ("cohen_kappa", 0.7, False),
        ("tpr", 0.8, False),
        ("items", 40, False),
        ("clusters", 40, False),
        ("rarest_class", 10, False),
        ("abstained", 0.10, True),
        ("unparsed", 0.02, True),
    ]


def test_a_judge_that_nothing_is_asked_of_is_refused() -> None:
    policy = read_policy({"criteria": {"grounded": {"judges": ["rules"]}}}, RUBRIC)
    with pytest.raises(BadPolicy, match="nothing of judge 'other'"):
        policy.asked_of("other")
    with pytest.raises(BadPolicy, match="helpful"):
        policy.asked_of("rules", criteria=("helpful",))


def test_every_changed_value_changes_the_hash() -> None:
    plain = {"floor": 0.6}
    changes = [
        {"floor": 0.61},
        {"stakes": "sensitive", "floor": None},
        {"items_min": 50},
        {"unparsed_max": 0.03},
    ]
    hashes = {
        read_policy({"criteria": {"grounded": plain | change}}, RUBRIC).sha256 for change in [{}, *changes]
    }
    assert len(hashes) == 5


def test_writing_a_default_out_changes_nothing() -> None:
    short = read_policy({"criteria": {"grounded": {}}}, RUBRIC)
    long = read_policy(
        {"alpha": 0.05, "criteria": {"grounded": {"floor": 0.6, "unparsed_max": 0.02}}}, RUBRIC
    )
    assert short.sha256 == long.sha256


def test_policies_written_before_a_condition_existed_keep_their_hash() -> None:
    old = {"criteria": {"grounded": {"floor": 0.7, "tpr_floor": 0.8, "accept_agreement": 0.85}}}
    # as version 0.1.0 gave it before costs, flips, prices and latency could be asked
    assert read_policy(old, RUBRIC).sha256.startswith("c11a08626ee3bf7a")


def test_every_new_demand_changes_the_hash_and_is_a_ceiling() -> None:
    demands: dict[str, dict[str, object]] = {
        "cost_error": COSTS,
        "repeat_flips": {"flips_max": 0.05},
        "cost_usd": {"cost_usd_max": 0.02},
        "latency_p95": {"latency_p95_max": 8},
    }
    policies = {
        name: read_policy({"criteria": {"grounded": asked}}, RUBRIC) for name, asked in demands.items()
    }
    assert len({policy.sha256 for policy in policies.values()}) == len(demands)
    for name, policy in policies.items():
        assert [r.name for r in policy.criteria[0].requirements if r.at_most][2:] == [name]
        assert policy.criteria[0].demands == (name,)


def test_the_looks_share_out_the_error_budget() -> None:
    policy = read_policy(None, RUBRIC)
    # 6 * .05 / pi^2 = .030396; the sum over all k is .05
    assert policy.alpha_of_look(1) == pytest.approx(0.0303963551)
    assert policy.alpha_of_look(2) == pytest.approx(0.0303963551 / 4)
    assert math.fsum(policy.alpha_of_look(k) for k in range(1, 20_000)) == pytest.approx(0.05, abs=1e-5)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"criteria": {"grounded": {"floor": 1.5}}}, "criteria.grounded.floor"),
        ({"criteria": {"grounded": {"flor": 0.5}}}, "criteria.grounded.flor"),
        ({"criteria": {"polite": {}}}, "no such criterion"),
        ({"criteria": {"helpful": {"tnr_floor": 0.8}}}, "binary scale"),
        ({"evidence_days": 0}, "evidence_days"),
        ({"criteria": {"grounded": {"floor": float("nan")}}}, "floor"),
        ({"criteria": {"grounded": {"coefficient": "kappa"}}}, "coefficient"),
        ({"criteria": {"helpful": COSTS}}, "cost_max needs a binary scale; this one is ordinal"),
        ({"criteria": {"grounded": {"cost_max": 0.5, "miss_cost": 5}}}, "false_alarm_cost beside it"),
        ({"criteria": {"grounded": {"miss_cost": 5}}}, "cost_max is missing"),
        ({"criteria": {"grounded": {**COSTS, "failure": "maybe"}}}, "'maybe' is no answer of its scale"),
        ({"criteria": {"grounded": {**COSTS, "severity_costs": {"major": 3}}}}, "the rubric lists none"),
        ({"criteria": {"grounded": {**COSTS, "severity_costs": {"awful": 3}}}}, "severity_costs.awful"),
        ({"criteria": {"grounded": {"position_flips_max": 0.1}}}, "needs a pairwise scale"),
        ({"criteria": {"grounded": {"latency_p95_max": 0}}}, "latency_p95_max"),
        ({"criteria": {"grounded": {"floor": False}}}, "floor"),
        ({"criteria": {"grounded": {"cost_usd_max": True}}}, "cost_usd_max"),
        ({"criteria": {"grounded": {"latency_p95_max": "3"}}}, "latency_p95_max"),
        ({"criteria": {"grounded": {**COSTS, "miss_cost": 1e308}}}, "miss_cost"),
        ({"criteria": {"grounded": {**COSTS, "cost_max": 1e-320}}}, "cost_max"),
        ({"alpha": True}, "alpha"),
    ],
)
def test_mistakes_are_named(raw: dict[str, object], said: str) -> None:
    with pytest.raises(BadPolicy, match=said):
        read_policy(raw, RUBRIC)


def test_a_bound_that_is_not_known_meets_nothing() -> None:
    for requirement in read_policy(None, RUBRIC).criteria[0].requirements:
        assert not requirement.met_by(None)
