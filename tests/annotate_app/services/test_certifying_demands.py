"""Looks that ask more than agreement: costs of errors, flips, price, speed, strata; sealed like all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import grounded
import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services.certifying import LookResult, certify, plan_look
from annotate_app.services.gating import gate
from annotate_app.services.importing import import_files
from annotate_app.services.judge_identity import judge_identity
from annotate_app.services.recomputing import check_certificate
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.store import looks, probes, studies, verdicts
from calibration.certificate import Certificate
from calibration.outcome_words import in_words
from rubrics.answers import Verdict

RUBRIC = (
    grounded.RUBRIC
    + """failure_modes:
  - {name: wrong_dose, description: A dose that harms., severity: critical, visibility: silent}
"""
)
STUDY = """
[study]
name = "support"
[split]
shares = {development = 0.3, validation = 0.2, held_out = 0.5}
[judges.m]
model = "acme/m-1"
[policy]
unparsed_max = 0.05
[policy.criteria.grounded]
floor = 0.60
"""
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ITEMS = 400
Take = Callable[..., LookResult]


def truth(k: int) -> str:
    return "yes" if k % 2 else "no"


@pytest.fixture
def take(tmp_path: Path) -> Iterator[Take]:
    """A look under a policy with more demands; every `wrong`-th verdict errs; desks stay in `.opened`."""
    opened: list[Desk] = []

    def look(
        asked: str, *, wrong: int = 40, usd: float | None = 0.01, probed: float | None = None
    ) -> LookResult:
        (tmp_path / "study.toml").write_text(STUDY + asked)
        (tmp_path / "rubric.yaml").write_text(RUBRIC)
        desk = open_desk(tmp_path, clock=lambda: NOW)
        opened.append(desk)
        import_files(desk, written(tmp_path), role=HOLDER)
        freeze_split(desk, role=HOLDER)
        judge(desk, wrong=wrong, usd=usd, probed=probed)
        return certify(desk, "m", by="olga", role=HOLDER)

    look.opened = opened  # type: ignore[attr-defined]
    yield look
    for desk in opened:
        desk.close()


def written(folder: Path) -> list[Path]:
    items = [
        {"item_id": f"i{k}", "output": f"answer {k}", "stratum": "edge" if k % 10 == 0 else "typical"}
        for k in range(ITEMS)
    ]
    labels = [
        {"item_id": f"i{k}", "rater": "ann", "criterion": "grounded", "value": truth(k)}
        | ({"failure_modes": ["wrong_dose"]} if k % 4 == 0 else {})
        for k in range(ITEMS)
    ]
    for name, rows in (("items", items), ("labels", labels)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [folder / "items.jsonl", folder / "labels.jsonl"]


def judge(desk: Desk, *, wrong: int, usd: float | None, probed: float | None) -> None:
    identity = judge_identity(desk.folder, desk.study_file, desk.rubric, "m")
    other = {"yes": "no", "no": "yes"}
    given = []
    held = sorted(i for i, split in split_of_items(desk).items() if split == "held_out")
    for place, item in enumerate(held):
        value = truth(int(item[1:]))
        value = other[value] if place % wrong == 0 else value
        given.append(
            Verdict(item, "m", "grounded", value, cost_usd=usd, latency_seconds=1 + place / 100,
                    reported_model="m-1-0426")
        )  # fmt: skip
    with desk.store.writing() as session:
        number = studies.register_judge(session, desk.study_id, "m", identity.spec_hash, at=desk.now)
        verdicts.add(session, desk.study_id, number, given)
        if probed is not None:
            rate = {"value": probed, "n": 600, "clusters": 200}
            found = {"criterion": "grounded", "items": 200, "measures": {"two_differ": rate}}
            content = {"kind": "repeat", "models": ["m-1-0426"], "findings": [found]}
            probes.add(session, desk.study_id, number, "repeat", content, at=desk.now)


EVERYTHING = """
cost_max = 2.5
miss_cost = 2
false_alarm_cost = 1
severity_costs = {critical = 5, silent = 2}
flips_max = 0.05
cost_usd_max = 0.02
latency_p95_max = 3.5
items_min_stratum = 10
"""


def test_a_judge_that_meets_every_demand_is_trusted_and_recomputed(take: Take) -> None:
    result = take(EVERYTHING, probed=0.01)
    assert (result.certificate.outcome, result.failed) == ("trusted", ())
    (desk,) = take.opened  # type: ignore[attr-defined]
    (decision,) = gate(desk.folder, judge="m", clock=lambda: NOW)
    assert decision.trusted
    names = {check.name for check in decision.checks}
    asked = ("cost_error", "repeat_flips", "cost_usd", "latency_p95", "items_per_stratum")
    assert {f"grounded: {name}" for name in asked} <= names
    assert check_certificate(desk, result.path, role=HOLDER).trusted
    held = result.certificate.estimates["grounded"]
    assert held["latency_p95"]["n"] == 200
    (bound,) = [c.bound for c in result.certificate.conditions if c.name == "repeat_flips"]
    assert held["repeat_flips"]["high"] == bound


def test_what_was_asked_and_found_is_said_in_words(take: Take) -> None:
    said = in_words(take("latency_p95_max = 3.5\nitems_min_stratum = 10\n").certificate)
    within = "grounded: the time within which 95 of 100 items are judged is"
    assert f"{within} to be at most 3.5 seconds." in said.asked
    (found,) = [one for one in said.found if one.startswith(within)]
    assert found.endswith("seconds, and at most 3.5 seconds was asked.")
    assert any("items compared in the stratum that has fewest is 2" in one for one in said.found)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("miss_cost = 2", "miss_cost = 3", "policy criteria.grounded.costs.miss"),
        ("critical = 5", "critical = 4", "policy criteria.grounded.costs.factors.critical"),
        ("latency_p95_max = 3.5", "latency_p95_max = 3.4", "grounded: latency_p95"),
        ("flips_max = 0.05\n", "", "policy criteria.grounded.flips_max"),
        ("floor = 0.60", "floor = 0.60\naccept_agreement = 0.9", "policy criteria.grounded.accept_agreement"),
    ],
)
def test_a_demand_that_changed_since_is_named_and_closes_the_gate(
    take: Take, old: str, new: str, named: str
) -> None:
    folder = take(EVERYTHING, probed=0.01).path.parents[1]
    study = folder / "study.toml"
    study.write_text(study.read_text().replace(old, new))
    (decision,) = gate(folder, judge="m", clock=lambda: NOW)
    failed = {check.name for check in decision.checks if not check.passed}
    assert decision.outcome == "mismatched"
    assert {named, "policy"} <= failed


def test_a_demand_that_was_never_tested_closes_the_gate(take: Take) -> None:
    folder = take("latency_p95_max = 3.5\n").path.parents[1]
    study = folder / "study.toml"
    study.write_text(study.read_text() + "cost_usd_max = 1\n")
    (decision,) = gate(folder, judge="m", clock=lambda: NOW)
    assert ("grounded: cost_usd", "not tested") in {(c.name, c.found) for c in decision.checks}


@pytest.mark.parametrize(
    ("part", "names", "value"),
    [
        ("evidence", ("facts_sha256",), None),
        ("estimates", ("grounded", "cost_error", "high"), 0.1),
        ("estimates", ("grounded", "latency_p95", "n"), 300),
        ("policy", ("criteria", "grounded", "costs", "factors", "silent"), 1.0),
    ],
)
def test_a_forged_figure_of_a_demand_is_named_although_the_ledger_was_forged_too(
    take: Take, part: str, names: tuple[str, ...], value: object
) -> None:
    result = take(EVERYTHING, probed=0.01)
    (desk,) = take.opened  # type: ignore[attr-defined]
    content = result.certificate.content()
    inside = content[part]
    for name in names[:-1]:
        inside = inside[name]
    inside[names[-1]] = value
    forged = Certificate.model_validate(content)
    result.path.write_text(forged.sealed())
    with desk.store.reading() as session:
        (row,) = looks.listing(session, desk.study_id)
    entry = replace(row, number=2, k=2, certificate_sha256=forged.content_sha256, certificate=forged.sealed())
    with desk.store.writing() as session:
        looks.save(session, desk.study_id, entry)
    failed = [
        check.name for check in check_certificate(desk, result.path, role=HOLDER).checks if not check.passed
    ]
    said = "costs, times, failure modes, probes" if part == "evidence" else ".".join((part, *names))
    assert failed == [said]


def test_facts_that_changed_since_are_named_and_later_probes_are_not_looked_at(take: Take) -> None:
    result = take(EVERYTHING, probed=0.01)
    (desk,) = take.opened  # type: ignore[attr-defined]
    with desk.store.writing() as session:
        known = studies.judges(session, desk.study_id)[0]
        probes.add(session, desk.study_id, known.judge_id, "repeat", {"kind": "repeat"}, at="2026-05-05")
    assert check_certificate(desk, result.path, role=HOLDER).trusted
    judge(desk, wrong=40, usd=0.011, probed=None)
    failed = [
        check.name for check in check_certificate(desk, result.path, role=HOLDER).checks if not check.passed
    ]
    assert failed == ["costs, times, failure modes, probes"]


@pytest.mark.parametrize(
    ("asked", "failed"),
    [
        ("cost_max = 0.01\nmiss_cost = 5\nfalse_alarm_cost = 1\n", "cost_error"),
        ("flips_max = 0.005\n", "repeat_flips"),
        ("cost_usd_max = 0.005\n", "cost_usd"),
        ("latency_p95_max = 2\n", "latency_p95"),
    ],
)
def test_a_judge_that_misses_one_demand_is_not_trusted(take: Take, asked: str, failed: str) -> None:
    result = take(asked, wrong=30, probed=0.1)
    assert (result.certificate.outcome, result.failed) == ("not trusted", (f"grounded: {failed}",))
    assert {c.bound for c in result.certificate.conditions} == {None}
    assert set(result.certificate.estimates["grounded"]) == {"cohen_kappa"}
    assert result.certificate.reasons == ()


def test_what_is_missing_is_told_before_the_look_is_spent(take: Take) -> None:
    result = take("flips_max = 0.05\ncost_usd_max = 0.02\n", usd=None)
    flips, price = result.plan.open
    assert flips.startswith("grounded: repeat_flips: this exact judge has no repeat probe: run `calibrant")
    assert price.startswith("grounded: cost_usd: the cost of 200 of 200 verdicts is not known")
    (desk,) = take.opened  # type: ignore[attr-defined]
    judge(desk, wrong=40, usd=0.01, probed=0.01)
    assert plan_look(desk, "m", role=HOLDER).open == ()


def test_too_few_items_of_a_stratum_decide_nothing_and_name_none(take: Take) -> None:
    result = take("items_min_stratum = 50\n")
    assert (result.certificate.outcome, result.failed) == ("undecided", ("grounded: items_per_stratum",))
    assert (result.certificate.looks.labels_needed or 0) > 100
    said = result.path.read_text()
    assert "edge" not in said
    assert "typical" not in said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("flips_max = 0.05\n", "calibrant judge probe m --kinds repeat"),
        ("cost_usd_max = 0.02\n", "[judges.m.price]"),
    ],
)
def test_what_is_unknown_is_undecided_and_says_what_to_do(take: Take, asked: str, said: str) -> None:
    result = take(asked, usd=None)
    assert result.certificate.outcome == "undecided"
    (reason,) = result.certificate.reasons
    assert said in reason
    (desk,) = take.opened  # type: ignore[attr-defined]
    (decision,) = gate(desk.folder, judge="m", clock=lambda: NOW)
    assert decision.outcome == "undecided"
