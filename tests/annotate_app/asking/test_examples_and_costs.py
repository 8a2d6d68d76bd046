"""Worked examples come from development alone; what a run costs is said beforehand; prompts can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from asked_study import by_item, write_items

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services.account_words import usd
from annotate_app.services.importing import import_files
from annotate_app.services.judge_costs import estimate_run
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.judging import CANNOT_JUDGE, judge_section, judge_spec, run_judge
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import split_of_items
from benchmarks.provider import Provider, item_text

MakeDesk = Callable[..., Desk]


def label_everything(desk: Desk, items: int) -> None:
    rows = [
        {
            "item_id": f"i{k}",
            "rater": rater,
            "criterion": name,
            "value": value,
            "rationale": f"{rater}: {k}",
        }
        for k in range(items)
        for rater in ("ada", "bob")
        for name, value in (("grounded", "yes"), ("helpful", k % 3 + 1))
    ]
    path = desk.folder / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_files(desk, [path], role=HOLDER)


def reopened(desk: Desk, more: str) -> Desk:
    """The same study with more settings of its judge."""
    path = desk.folder / "study.toml"
    path.write_text(path.read_text().replace("[judges.m]\n", f"[judges.m]\n{more}\n"))
    return open_desk(desk.folder)


def test_examples_are_written_from_development_and_shown_to_the_judge(
    make_desk: MakeDesk, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk(items=60)
    label_everything(desk, 60)
    study = ["--study", str(desk.folder)]
    assert main(["split", "freeze", *study]) == 0
    assert main(["judge", "examples", "m", "--count", "3", *study]) == 0
    assert 'examples = "prompts/m-examples.jsonl"' in capsys.readouterr().out
    rows = [json.loads(line) for line in (desk.folder / "prompts/m-examples.jsonl").read_text().splitlines()]
    splits = split_of_items(desk)
    assert {splits[row["item_id"]] for row in rows} == {"development"}
    assert {row["answers"]["helpful"]["answer"] for row in rows} == {1, 2, 3}  # spread over the answers
    assert rows[0]["answers"]["helpful"]["rationale"].startswith(("ada: ", "bob: "))
    shown = reopened(desk, 'examples = "prompts/m-examples.jsonl"')
    assert judge_spec(shown, "m").spec_hash != judge_spec(desk, "m").spec_hash
    run = run_judge(shown, "m", options=RunOptions(split="development"), role=HOLDER)
    own = {row["item_id"] for row in rows}
    assert run.own_examples == 3
    assert not own & set(by_item(shown, "grounded"))
    roles = [message["role"] for message in provider.requests[0]["messages"]]
    assert roles == ["system", *["user", "assistant"] * 3, "user"]
    shown.close()


@pytest.mark.parametrize("hidden", [False, True], ids=["by id", "by text"])
def test_an_example_from_outside_development_is_refused(
    hidden: bool, make_desk: MakeDesk, provider: Provider
) -> None:
    desk = make_desk(items=40)
    label_everything(desk, 40)
    assert main(["split", "freeze", "--study", str(desk.folder)]) == 0
    held = next(item for item, split in split_of_items(desk).items() if split == "held_out")
    answers = {
        name: {"answer": value, "rationale": "r"} for name, value in (("grounded", "yes"), ("helpful", 2))
    }
    row = {"item_id": "made-up" if hidden else held, "output": f"text {held[1:]}", "answers": answers}
    (desk.folder / "leak.jsonl").write_text(json.dumps(row) + "\n")
    leaking = reopened(desk, 'examples = "leak.jsonl"')
    with pytest.raises(CANNOT_JUDGE, match=f"item '{held}' is in 'held_out'; only items of development"):
        run_judge(leaking, "m", role=HOLDER)
    assert provider.requests == []
    leaking.close()


def test_a_dry_run_asks_nobody_and_comes_close_to_what_the_run_takes(
    make_desk: MakeDesk, provider: Provider
) -> None:
    price = "price = {input_per_million = 2.0, output_per_million = 8.0}"
    desk = make_desk(price, items=40)
    spec, section = judge_spec(desk, "m"), judge_section(desk, "m")
    before = estimate_run(desk, "m", spec, section, RunOptions(), role=HOLDER)
    assert provider.requests == []
    assert (before.items, before.calls, before.stored, before.answered) == (40, 40, 0, 0)
    run_judge(desk, "m", options=RunOptions(limit=20), role=HOLDER)
    half = estimate_run(desk, "m", spec, section, RunOptions(), role=HOLDER)
    assert (half.items, half.calls, half.answered) == (20, 20, 20)
    rest = run_judge(desk, "m", role=HOLDER)
    assert half.usd is not None
    assert half.usd == pytest.approx(rest.cost_usd, rel=0.02)  # items differ by a digit
    done = estimate_run(desk, "m", spec, section, RunOptions(), role=HOLDER)
    assert (done.items, done.calls, done.usd) == (0, 0, 0.0)
    assert done.usd_per_day(1000) == pytest.approx(half.usd / 20 * 1000, rel=0.1)


def test_an_unknown_price_is_unknown_and_never_nothing(
    make_desk: MakeDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk()
    study = ["--study", str(desk.folder)]
    assert main(["judge", "run", "m", "--dry-run", "--volume", "500", *study]) == 0
    out = capsys.readouterr().out
    assert out.count("unknown: no list has the model's price") == 2
    assert "$0.00" not in out
    assert main(["judge", "run", "m", *study]) == 0
    assert "cost unknown (give [judges.NAME.price]" in capsys.readouterr().out


def test_a_dry_run_counts_items_with_the_same_texts_once_and_knows_nothing_of_no_items(
    make_desk: MakeDesk, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk("price = {input_per_million = 2.0, output_per_million = 8.0}", items=0)
    study, path = ["--study", str(desk.folder)], desk.folder / "twins.jsonl"
    assert main(["judge", "run", "m", "--dry-run", "--volume", "9", *study]) == 0
    assert "9 items a day: unknown, there is no item" in capsys.readouterr().out
    assert main(["judge", "run", "m", *study]) == 0
    assert "nothing to do, there is no such item" in capsys.readouterr().out
    path.write_text("".join(json.dumps({"item_id": f"t{k}", "output": "same"}) + "\n" for k in range(3)))
    assert main(["import", str(path), *study]) == 0
    spec, section = judge_spec(desk, "m"), judge_section(desk, "m")
    found = estimate_run(desk, "m", spec, section, RunOptions(), role=HOLDER)
    assert (found.items, found.calls) == (3, 1)
    assert main(["judge", "run", "m", "--dry-run", *study]) == 0
    assert re.search(r"cost about \$0\.00\d\d", capsys.readouterr().out)  # less than a cent is not nothing
    run_judge(desk, "m", role=HOLDER)
    assert len(provider.requests) == 1


def test_a_panel_does_not_know_what_it_cost_where_a_member_does_not(
    make_desk: MakeDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    more = (
        '[judges.short]\ncode = "check:length"\ncriteria = ["grounded"]\nparameters = {most = 9}\n'
        '[judges.jury]\npanel = ["m", "short"]\ncriteria = ["grounded"]'
    )
    desk = make_desk(more=more)
    assert run_judge(desk, "jury", role=HOLDER).cost_usd is None
    assert main(["judge", "run", "jury", "--study", str(desk.folder), "--items", "i0"]) == 0
    import_files(desk, [write_items(desk.folder / "more.jsonl", 8)], role=HOLDER)
    capsys.readouterr()
    assert main(["judge", "run", "jury", "--study", str(desk.folder)]) == 0
    out = capsys.readouterr().out
    assert "cost unknown" in out and "$0.00" not in out


@pytest.mark.parametrize(
    ("amount", "words"),
    [(None, "unknown"), (0.0, "$0.00"), (12.345, "$12.35"), (0.086, "$0.0860"), (8.53e-5, "$0.0000853")],
)
def test_small_sums_are_written_out(amount: float | None, words: str) -> None:
    assert usd(amount) == words


def test_the_exact_prompt_of_an_item_is_what_the_provider_is_sent(
    make_desk: MakeDesk, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk()
    study = ["--study", str(desk.folder)]
    assert main(["judge", "prompt", "m", "i2", "--json", *study]) == 0
    shown = json.loads(capsys.readouterr().out)["requests"]
    assert provider.requests == []
    run_judge(desk, "m", options=RunOptions(items=("i2",)), role=HOLDER)
    sent = provider.requests[0]
    assert [one["body"]["messages"] for one in shown] == [sent["messages"]]
    assert shown[0]["body"]["response_format"] == sent["response_format"]
    assert "text 2" in item_text(sent)
    assert main(["judge", "prompt", "m", "i2", *study]) == 0
    assert "## Criterion grounded" in capsys.readouterr().out
    assert main(["judge", "prompt", "m", "nobody", *study]) == 1
    capsys.readouterr()
    assert main(["judge", "prompt", "m", "i2", "--answers", "--json", *study]) == 0
    assert json.loads(capsys.readouterr().out)["requests"][0]["answer"]["model"] == "some-model-2026-01-01"
    assert main(["judge", "prompt", "m", "i3", "--answers", *study]) == 0
    assert "---- stored answer\nnone yet" in capsys.readouterr().out


def test_no_prompt_is_shown_with_an_item_of_another_split(
    make_desk: MakeDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk(items=40)
    study = ["--study", str(desk.folder)]
    assert main(["split", "freeze", *study]) == 0
    for split in ("validation", "held_out"):
        item = next(item for item, found in split_of_items(desk).items() if found == split)
        assert main(["judge", "prompt", "m", item, *study]) == 1
        assert f"item '{item}' is in '{split}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--limit", "0"], "--limit 0: must be greater than 0"),
        (["--budget-usd", "-1"], "--budget-usd -1.0: must be greater than 0"),
        (["--volume", "10"], "--volume goes with --dry-run"),
        (["--out", "x.jsonl"], "--out goes with --replay"),
        (["--items", "zz"], "the study has no item 'zz'"),
        (["--split", "test"], "invalid choice"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: list[str], said: str, make_desk: MakeDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk()
    try:
        code = main(["judge", "run", "m", *options, "--study", str(desk.folder)])
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    assert code == 1
    assert said in capsys.readouterr().err


def test_a_rubric_without_criteria_is_refused_by_name(
    make_desk: MakeDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk()
    (desk.folder / "rubric.yaml").write_text("name: empty\ncriteria: []\n")
    assert main(["judge", "run", "m", "--study", str(desk.folder)]) == 1
    assert "rubric.yaml" in capsys.readouterr().err
