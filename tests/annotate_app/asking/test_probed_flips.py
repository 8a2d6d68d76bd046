"""What a real probe stores is what a look's limits on flips read."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from asked_study import PAIRS

from annotate_app.desk import Desk
from annotate_app.services.demanding import facts_of
from annotate_app.services.judge_identity import judge_identity
from annotate_app.services.judging import run_judge
from annotate_app.services.probe_values import ProbeOptions
from annotate_app.services.probing import probe_judge
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split
from annotate_app.store import studies
from benchmarks.provider import Body, Provider, Reply, answers
from calibration.demands.case import Case
from calibration.demands.facts import Error, Facts
from calibration.demands.flips import position_flips, repeat_flips
from calibration.policy import CriterionPolicy, read_policy
from calibration.ratings import judge_column, ratings_from_columns
from calibration.stats.estimate import Estimate
from rubrics.rubric import Rubric

MakeDesk = Callable[..., Desk]


def facts(desk: Desk, policy: CriterionPolicy) -> Facts:
    identity = judge_identity(desk.folder, desk.study_file, desk.rubric, "m")
    return facts_of(desk, "m", identity, [policy], observed=("some-model-2026-01-01 fp_1",))


def asked(rubric: Rubric, **demands: object) -> CriterionPolicy:
    name = rubric.criteria[0].name
    return read_policy({"criteria": {name: demands}}, rubric).criteria[0]


def case(desk: Desk, policy: CriterionPolicy) -> Case:
    scale = desk.rubric.criteria[0].scale
    column = judge_column("m", scale, item=[], answer=[])
    empty = ratings_from_columns(
        policy.criterion, scale, items=(), raters=(), item=[], rater=[], answer=[], judges=(column,)
    )
    return Case(policy, empty, column, facts(desk, policy), Error(0.03, 0.0075))


def test_a_judge_that_always_picks_the_first_output_flips_with_every_swap(
    make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = lambda body, _: Reply(json.dumps(answers(body, {"better": "a"})))
    desk = make_desk(rubric=PAIRS, items=30)
    freeze_split(desk, role=HOLDER)
    policy = asked(desk.rubric, position_flips_max=0.2)
    assert "no position probe" in position_flips(case(desk, policy)).advice
    probe_judge(desk, "m", ProbeOptions(kinds=("position",)), role=HOLDER)
    found = position_flips(case(desk, policy)).result
    assert isinstance(found, Estimate)
    assert (found.value, found.high) == (1.0, 1.0)
    assert (found.low or 0) > 0.2  # refuted


def test_the_share_of_other_answers_and_the_number_of_probes_are_read(
    make_desk: MakeDesk, provider: Provider
) -> None:
    asked_so_far: dict[str, int] = {}

    def third_time_otherwise(body: Body, _: int) -> Reply:
        text = json.dumps(body["messages"])
        asked_so_far[text] = asked_so_far.get(text, 0) + 1
        return Reply(json.dumps(answers(body, {"grounded": "no" if asked_so_far[text] == 3 else "yes"})))

    provider.script = third_time_otherwise
    desk = make_desk(items=20)
    freeze_split(desk, role=HOLDER)
    policy = asked(desk.rubric, flips_max=0.5)
    for seed in (0, 1):
        probe_judge(desk, "m", ProbeOptions(kinds=("repeat",), seed=seed), role=HOLDER)
    made = case(desk, policy)
    found = repeat_flips(made).result
    assert made.facts.probes_made == {"repeat": 2}
    assert isinstance(found, Estimate)
    # of three answers one is another: 2 of 3 pairs differ on every item
    assert found.value == pytest.approx(2 / 3)
    assert found.method == "Clopper-Pearson of probe 2"
    run_judge(desk, "m", role=HOLDER)
    with desk.store.reading() as session:
        assert len(studies.judges(session, desk.study_id)) == 1
