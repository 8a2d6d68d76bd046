"""Probes through the real client and a provider whose biases are known."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from asked_study import PAIRS, last_run, table, verdicts

from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.services.judging import run_judge
from annotate_app.services.probe_costs import estimate_probes
from annotate_app.services.probe_values import ProbeOptions, ProbeResult
from annotate_app.services.probing import plans_of, probe_judge
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.store import probes as probe_store
from benchmarks.provider import Body, Provider, Reply, answers, item_text
from calibration.judges.faults import BadJudge, JudgeNotAvailable
from calibration.judges.judge import JudgeFailed

MakeDesk = Callable[..., Desk]
Script = Callable[[Body, int], Reply]


def choosing(choose: Callable[[str], dict[str, object]]) -> Script:
    """A provider whose answers depend on the item's message alone."""
    return lambda body, _: Reply(json.dumps(answers(body, choose(item_text(body)))))


def saying(**chosen: object) -> Script:
    return choosing(lambda _: chosen)


def probed(desk: Desk, kind: str, **options: Any) -> ProbeResult:
    return probe_judge(desk, "m", ProbeOptions(kinds=(kind,), **options), role=HOLDER).results[0]  # type: ignore[arg-type]


def measured(result: ProbeResult, criterion: str, name: str, variant: str | None = None) -> dict[str, Any]:
    findings: Any = result.findings
    return next(
        found["measures"][name]
        for found in findings
        if found["criterion"] == criterion and variant in (None, found["variant"])
    )  # type: ignore[no-any-return]


def test_always_picking_the_first_output_shows_as_a_change_with_every_swap(
    make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = saying(better="a")
    found = probed(make_desk(rubric=PAIRS, items=30), "position")
    assert measured(found, "better", "changed")["value"] == 1.0
    assert measured(found, "better", "first_pick")["value"] == 1.0
    # 30 pairs to the first place both times, none to the second: mid-p = 2 · 2^-30 - 2^-30
    counts: Any = found.findings[0]["counts"]
    assert counts == {"first_both_times": 30, "second_both_times": 0, "p": pytest.approx(2**-30)}
    assert "100.0% [" in found.sentences[0]


def longer(text: str) -> dict[str, object]:
    return {"better": "a" if text.index("long answer") < text.index("short") else "b"}


def test_a_judge_that_reads_the_outputs_keeps_its_answer_when_they_change_places(
    make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = choosing(longer)
    found = probed(make_desk(rubric=PAIRS, items=30), "position")
    assert measured(found, "better", "changed")["value"] == 0.0
    assert measured(found, "better", "first_pick")["value"] == 0.5


def test_position_looks_behind_a_judge_that_asks_in_both_orders_and_reads_its_stored_answers(
    make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = saying(better="a")
    desk = make_desk("both_orders = true", rubric=PAIRS, items=30)
    run_judge(desk, "m", role=HOLDER)
    assert len(provider.requests) == 60
    found = probed(desk, "position")
    assert (len(provider.requests), found.calls, found.read) == (60, 0, 60)
    assert measured(found, "better", "changed")["value"] == 1.0


def test_the_judge_that_likes_length_moves_towards_the_padded_output(
    make_desk: MakeDesk, provider: Provider
) -> None:
    def longest(text: str) -> dict[str, object]:
        first, second = re.findall(r"output [ab]\n(.*?)\nFENCE", text, flags=re.DOTALL)
        return {"better": "a" if len(first) > len(second) else "b"}

    provider.script = choosing(longest)
    found = probed(make_desk(rubric=PAIRS, items=40), "verbosity")
    # a padded output is the longer one; half of the padded outputs were that before
    assert measured(found, "better", "move")["value"] == measured(found, "better", "changed")["value"] > 0.2
    assert measured(found, "better", "move")["low"] > 0


def test_a_judge_of_single_outputs_that_rewards_repetition_moves_up_the_scale(
    make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = choosing(lambda text: {"helpful": 3 if "once more" in text else 2, "grounded": "yes"})
    found = probed(make_desk(items=24), "verbosity")
    assert measured(found, "helpful", "move")["value"] == 1.0
    assert measured(found, "grounded", "changed")["value"] == 0.0
    assert "of 24 items got another answer" in next(s for s in found.sentences if s.startswith("helpful"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_interval_of_repeats_covers_the_rate_at_which_a_judge_flips(
    make_desk: MakeDesk, provider: Provider, seed: int
) -> None:
    rng, rate = random.Random(seed), 0.3

    def flipping(body: Body, _: int) -> Reply:
        chosen = {"grounded": "no" if rng.random() < rate else "yes", "cause": "name", "helpful": 2}
        return Reply(json.dumps(answers(body, chosen)))

    provider.script = flipping
    desk = make_desk("concurrency = 1", items=60)  # one after the other, so that the draws fall alike
    found = probed(desk, "repeat", items=60, repeats=4)
    assert (found.calls, found.read) == (240, 0)
    two = measured(found, "grounded", "two_differ")
    assert two["low"] <= 2 * rate * (1 - rate) <= two["high"]
    changed = measured(found, "grounded", "changed")
    assert changed["low"] <= 1 - rate**4 - (1 - rate) ** 4 <= changed["high"]
    alpha = measured(found, "grounded", "krippendorff_alpha_nominal")
    assert alpha["low"] <= 0 <= alpha["high"]  # chance alone
    assert measured(found, "helpful", "changed")["value"] == 0.0
    assert "undefined" in measured(found, "helpful", "krippendorff_alpha_nominal")


def test_a_judge_that_obeys_text_in_the_output_is_found_out_and_no_fence_breaks(
    make_desk: MakeDesk, provider: Provider
) -> None:
    def obeying(text: str) -> dict[str, object]:
        named = dict(re.findall(r'^- (\w+): "([^"]+)"$', text, flags=re.MULTILINE))
        return {
            "grounded": named.get("grounded", "no"),
            "cause": named.get("cause", "name"),
            "helpful": int(named.get("helpful", 2)),
        }

    provider.script = choosing(obeying)
    found = probed(make_desk(items=30), "injection")
    for criterion in ("grounded", "helpful"):
        assert measured(found, criterion, "moved")["value"] == 1.0
        assert measured(found, criterion, "shift")["low"] > 0
    counts: Any = found.findings[0]["counts"]
    assert counts == {"fences": 30, "fences_held": 30}
    for text in map(item_text, provider.requests):
        token = re.findall(r"FENCE-[0-9a-f]{16}", text)[0]
        assert text.count(token) == 3  # named, opened, closed: nothing else can end it


def test_a_judge_that_does_not_obey_is_not_moved(make_desk: MakeDesk, provider: Provider) -> None:
    provider.script = saying(grounded="no", cause="name", helpful=1)
    found = probed(make_desk(items=30), "injection")
    assert measured(found, "grounded", "moved")["value"] == 0.0
    assert measured(found, "helpful", "shift")["value"] == 0.0


def test_an_obedient_judge_of_pairs_prefers_the_output_that_says_so(
    make_desk: MakeDesk, provider: Provider
) -> None:
    def obeying(text: str) -> dict[str, object]:
        token = re.findall(r"FENCE-[0-9a-f]{16}", text)[0]
        parts = re.findall(rf"output ([ab])\n(.*?)\n{token}", text, flags=re.DOTALL)
        return {"better": next((side for side, part in parts if "better one" in part), "tie")}

    provider.script = choosing(obeying)
    found = probed(make_desk(rubric=PAIRS, items=30), "injection")
    assert measured(found, "better", "moved")["value"] == 1.0


def test_a_judge_that_takes_what_is_listed_first_changes_with_the_direction_of_the_scale(
    make_desk: MakeDesk, provider: Provider
) -> None:
    found = probed(make_desk(items=24), "scale_direction")  # it follows the schema: the first allowed answer
    assert measured(found, "helpful", "move")["value"] == 2.0  # from 1, first of 1 2 3, to 3, first of 3 2 1
    assert measured(found, "grounded", "move")["value"] == -1.0  # from yes to no
    assert "undefined" in measured(found, "cause", "move")


def test_form_changes_order_and_words_but_neither_criteria_nor_levels(
    make_desk: MakeDesk, provider: Provider
) -> None:
    desk = make_desk(items=24)
    found = probed(desk, "format")
    told = dict.fromkeys(body["messages"][0]["content"] for body in provider.requests)
    assert len(told) == 3
    plain, *others = told
    for other in others:
        assert sorted(re.findall(r"^- .*$|^## .*$", plain, flags=re.MULTILINE)) == sorted(
            re.findall(r"^- .*$|^## .*$", other, flags=re.MULTILINE)
        )
    variants = {str(one["variant"]) for one in found.findings}
    assert variants == {"criteria in reverse order", "other words around the rubric"}
    assert measured(found, "helpful", "changed", "criteria in reverse order")["value"] == 0.0


def test_a_judge_swayed_by_the_order_of_criteria_is_seen(make_desk: MakeDesk, provider: Provider) -> None:
    def script(body: Body, _: int) -> Reply:
        first = body["messages"][0]["content"].index("Criterion helpful") < body["messages"][0][
            "content"
        ].index("Criterion grounded")
        return Reply(json.dumps(answers(body, {"helpful": 3 if first else 1, "grounded": "yes"})))

    provider.script = script
    found = probed(make_desk(items=24), "format")
    assert measured(found, "helpful", "changed", "criteria in reverse order")["value"] == 1.0
    assert measured(found, "helpful", "changed", "other words around the rubric")["value"] == 0.0


def test_a_probe_stores_its_finding_and_answers_but_no_verdict(
    make_desk: MakeDesk, provider: Provider
) -> None:
    desk = make_desk(items=12)
    run = probe_judge(desk, "m", ProbeOptions(kinds=("repeat",), items=10, seed=7), role=HOLDER)
    assert verdicts(desk) == []
    assert table(desk, "SELECT purpose FROM judge_run") == [("probe",)]
    assert last_run(desk)[0] == "finished"
    with desk.store.reading() as session:
        stored = probe_store.latest(session, 1)
    assert [ProbeResult.from_json(content) for content in stored] == list(run.results)
    assert (stored[0]["seed"], stored[0]["items"], stored[0]["calls"]) == (7, 10, 30)
    assert stored[0]["spec_hash"] == run.spec_hash
    assert stored[0]["cost_usd"] is None  # no list has this model's price


def test_probing_again_asks_nobody_and_probes_share_what_they_ask(
    make_desk: MakeDesk, provider: Provider
) -> None:
    desk = make_desk(items=12)
    options = ProbeOptions(kinds=("repeat", "verbosity", "injection"), items=10)
    first = probe_judge(desk, "m", options, role=HOLDER)
    # 3 repeats, the first of which is the item as it is; two changed forms
    assert [one.calls for one in first.results] == [30, 10, 10]
    asked = len(provider.requests)
    again = probe_judge(desk, "m", options, role=HOLDER)
    assert len(provider.requests) == asked == 50
    assert [one.findings for one in again.results] == [one.findings for one in first.results]


def test_the_dry_run_says_what_the_probe_then_takes(make_desk: MakeDesk, provider: Provider) -> None:
    desk = make_desk(items=12, more="[judges.m.price]\ninput_per_million = 1.0\noutput_per_million = 2.0\n")
    options = ProbeOptions(items=10)
    estimate = estimate_probes(desk, "m", options, role=HOLDER)
    assert provider.requests == []
    run = probe_judge(desk, "m", options, role=HOLDER)
    assert [c.calls for c in estimate.probes] == [one.calls for one in run.results]
    assert estimate.calls == len(provider.requests)
    assert estimate.usd is not None and estimate.usd > 0
    undefined = {one.kind: one.undefined for one in run.results if one.undefined}
    assert undefined.keys() == {"position"} and "no pair" in str(undefined["position"])
    assert {c.kind for c in estimate.probes if c.undefined} == {"position"}
    assert all(one.cost_usd is not None and one.cost_usd > 0 for one in run.results if one.calls)


def test_a_probe_stops_at_its_budget_and_goes_on_where_it_was(
    make_desk: MakeDesk, provider: Provider
) -> None:
    desk = make_desk("concurrency = 1", items=12)
    options = ProbeOptions(kinds=("repeat",), items=10, calls=12)
    first = probe_judge(desk, "m", options, role=HOLDER)
    assert first.results == () and "budget of 12 calls" in str(first.stopped)
    assert table(desk, "SELECT count(*) FROM probe") == [(0,)]
    second = probe_judge(desk, "m", ProbeOptions(kinds=("repeat",), items=10), role=HOLDER)
    assert (second.results[0].calls, second.results[0].read) == (18, 12)
    assert len(provider.requests) == 30


def test_a_larger_sample_holds_the_smaller_one(make_desk: MakeDesk) -> None:
    desk = make_desk(items=12)
    small, large = (
        {item.item_id for item in plans_of(desk, "m", ProbeOptions(items=n, seed=3))[1][0].items}
        for n in (4, 8)
    )
    assert small < large


def test_only_items_of_the_named_open_split_are_probed(make_desk: MakeDesk, provider: Provider) -> None:
    desk = make_desk(items=40)
    freeze_split(desk, role=HOLDER)
    splits = split_of_items(desk)
    for split in ("development", "validation"):
        _, plans = plans_of(desk, "m", ProbeOptions(split=split, items=100))
        asked = {question.item.item_id for plan in plans for question in plan.questions}
        assert asked == {item for item, of in splits.items() if of == split}
    with pytest.raises(BadJudge, match="never others"):
        probe_judge(desk, "m", ProbeOptions(split="held_out"), role=HOLDER)
    assert provider.requests == []


def test_examples_of_the_judge_are_not_probed(make_desk: MakeDesk) -> None:
    desk = make_desk('examples = "e.jsonl"', items=0)
    part = {"answer": "yes", "rationale": "So."}
    line = {"item_id": "i1", "output": "text 1",
            "answers": {"grounded": part, "helpful": {"answer": 2, "rationale": "So."}}}  # fmt: skip
    (desk.folder / "e.jsonl").write_text(json.dumps(line) + "\n")
    again = make_desk('examples = "e.jsonl"', items=6)
    _, plans = plans_of(again, "m", ProbeOptions())
    assert {item.item_id for item in plans[0].items} == {"i0", "i2", "i3", "i4", "i5"}


def test_failed_calls_are_left_out_and_counted(make_desk: MakeDesk, provider: Provider) -> None:
    def script(body: Body, number: int) -> Reply:
        failed = Reply(status=400, error="no")
        return failed if "text 3\n" in item_text(body) else Reply(json.dumps(answers(body)))

    provider.script = script
    found = probed(make_desk(items=12), "repeat")
    assert found.failed == 3
    first: Any = found.findings[0]
    assert (first["items"], first["left_out"]) == (11, 1)


def test_a_wrong_key_ends_the_probe_with_its_reason(make_desk: MakeDesk, provider: Provider) -> None:
    provider.script = lambda *_: Reply(status=401, error="wrong key")
    with pytest.raises(JudgeFailed, match="cannot be probed: account"):
        probed(make_desk(items=12), "repeat")


def test_a_program_is_probed_by_items_and_has_no_words_to_change(make_desk: MakeDesk) -> None:
    program = (
        '#!/bin/sh\ngrep -q "once more" && echo \'{"grounded": "no"}\' || echo \'{"grounded": "yes"}\'\n'
    )
    desk = make_desk(items=12, more='[judges.p]\ncommand = "sh judge.sh"\ncriteria = ["grounded"]\n')
    (desk.folder / "judge.sh").write_text(program)
    run = probe_judge(desk, "p", ProbeOptions(kinds=("verbosity", "format", "scale_direction")), role=HOLDER)
    assert measured(run.results[0], "grounded", "changed")["value"] == 1.0
    assert measured(run.results[0], "grounded", "move")["value"] == -1.0
    assert all("a program is told" in str(one.undefined) for one in run.results[1:])
    assert run.results[0].cost_usd is None  # a program's calls cost what study.toml says


def test_a_judge_that_asks_nobody_is_not_probed(make_desk: MakeDesk) -> None:
    desk = make_desk(more='[judges.common]\nbaseline = "majority"\n')
    with pytest.raises(JudgeNotAvailable, match="it asks nobody"):
        probe_judge(desk, "common", role=HOLDER)


def test_the_command_prints_sentences_or_one_json_object(
    make_desk: MakeDesk, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(make_desk(items=24).folder)
    assert main(["judge", "probe", "m", "--study", folder, "--dry-run"]) == 0
    assert "repeat: 24 items, 72 calls, 0 stored already" in capsys.readouterr().out
    assert main(["judge", "probe", "m", "--study", folder, "--kinds", "repeat,position"]) == 0
    printed = capsys.readouterr().out
    assert "repeat: 24 development items, 72 calls, 0 answers read from the store, cost unknown" in printed
    assert "of 24 items asked 3 times, 0.0% [" in printed
    assert "position: undefined, the sample has no pair" in printed
    assert "others: 13.6% of answers flip" in printed
    assert main(["judge", "probe", "m", "--study", folder, "--kinds", "repeat", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["results"][0]["read"] == 72


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--kinds", "taste"], "'taste'"),
        (["--items", "0"], "at least one"),
        (["--repeats", "2"], "at least 3"),
        (["--budget-usd", "1"], "price"),
        (["--budget-calls", "0"], "greater than 0"),
    ],
)
def test_wrong_options_are_named(
    make_desk: MakeDesk, capsys: pytest.CaptureFixture[str], given: list[str], said: str
) -> None:
    folder = str(make_desk().folder)
    assert main(["judge", "probe", "m", "--study", folder, *given]) == 1
    assert said in capsys.readouterr().err
