"""Probes through litellm and a provider on this machine whose biases are known."""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.judging import run_judge
from annotate_app.services.probe_costs import estimate_probes
from annotate_app.services.probe_values import ProbeOptions, ProbeResult
from annotate_app.services.probing import probe_judge
from annotate_app.services.splitting import freeze_split
from annotate_app.store import probes as probe_store
from annotate_app.store import studies
from calibration.judges.faults import BadJudge, JudgeNotAvailable

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # benchmarks is no installed package
provider = import_module("benchmarks.provider")

POINTWISE = """
name: answers
criteria:
  - name: grounded
    question: Is every claim supported by the sources?
    scale:
      kind: binary
      levels: [{name: "yes", description: All are.}, {name: "no", description: One is not.}]
  - name: helpful
    question: How much of the task is done?
    scale:
      kind: ordinal
      levels:
        - {name: nothing, value: 1, description: Nothing.}
        - {name: some, value: 2, description: Some.}
        - {name: all, value: 3, description: All.}
"""
PAIRWISE = """
name: better
criteria:
  - name: better
    question: Which output is better?
    scale:
      kind: pairwise
      levels: [{name: a, description: The first.}, {name: b, description: The second.},
               {name: tie, description: Neither.}]
"""
Script = Callable[[dict, int], object]
MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(
    make_study: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeDesk]:
    """A study with `count` items and the judge `m`, asked at an address; more of its table may be given."""
    opened: list[Desk] = []
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")

    def make(address: str, *, count: int = 30, pairs: bool = False, more: str = "", toml: str = "") -> Desk:
        judge = f'[judges.m]\nmodel = "openai/some-model"\n{more}\n[judges.m.parameters]\napi_base = "{address}"\n'
        folder = make_study(rubric=PAIRWISE if pairs else POINTWISE, toml=f"{judge}{toml}")
        lines = [
            {"item_id": f"i{k}", "output_a": f"first {k}", "output_b": f"second {k}"} if pairs
            else {"item_id": f"i{k}", "output": f"text {k}"}
            for k in range(count)
        ]  # fmt: skip
        (tmp_path / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        desk = open_desk(folder)
        opened.append(desk)
        import_files(desk, [tmp_path / "items.jsonl"])
        return desk

    yield make
    for desk in opened:
        desk.close()


def answering(**chosen: object) -> Script:
    return lambda body, _: provider.Reply(json.dumps(provider.answers(body, chosen)))


def by_text(choose: Callable[[str], dict[str, object]]) -> Script:
    """Answers that depend on the item's message alone."""
    return lambda body, _: provider.Reply(
        json.dumps(provider.answers(body, choose(provider.item_text(body))))
    )


def only(desk: Desk, kind: str, **options: object) -> ProbeResult:
    return probe_judge(desk, "m", ProbeOptions(kinds=(kind,), **options)).results[0]  # type: ignore[arg-type]


def measured(result: ProbeResult, criterion: str, name: str, variant: str | None = None) -> dict[str, object]:
    for finding in result.findings:
        if finding["criterion"] == criterion and variant in (None, finding["variant"]):
            return finding["measures"][name]  # type: ignore[index,no-any-return]
    raise LookupError(f"{criterion} {name}")


def test_a_judge_that_always_picks_the_first_output_is_seen_to_change_with_every_swap(
    make_desk: MakeDesk,
) -> None:
    with provider.Provider(answering(better="a")) as server:
        found = only(make_desk(server.address, pairs=True), "position")
    assert measured(found, "better", "changed")["value"] == 1.0
    assert measured(found, "better", "first_pick")["value"] == 1.0
    # 30 pairs went to the first place both times and none to the second: p = 2 · 2^-30 - 2^-30
    assert found.findings[0]["counts"] == {
        "first_both_times": 30,
        "second_both_times": 0,
        "p": pytest.approx(2**-30),
    }


def test_a_judge_that_reads_the_outputs_keeps_its_answer_when_they_change_places(make_desk: MakeDesk) -> None:
    def better(text: str) -> dict[str, object]:
        return {"better": "a" if text.index("first ") < text.index("second ") else "b"}

    with provider.Provider(by_text(better)) as server:
        found = only(make_desk(server.address, pairs=True), "position")
    assert measured(found, "better", "changed")["value"] == 0.0
    assert measured(found, "better", "first_pick")["value"] == 0.5


def test_the_position_probe_looks_behind_a_judge_that_asks_in_both_orders_and_pays_nothing_more(
    make_desk: MakeDesk,
) -> None:
    with provider.Provider(answering(better="a")) as server:
        desk = make_desk(server.address, pairs=True, more="both_orders = true")
        run_judge(desk, "m")
        asked = len(server.requests)
        found = only(desk, "position")
    assert (asked, len(server.requests)) == (60, 60)
    assert (found.calls, found.read) == (0, 60)
    assert measured(found, "better", "changed")["value"] == 1.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_interval_of_repeats_covers_the_rate_at_which_a_judge_flips(
    make_desk: MakeDesk, seed: int
) -> None:
    rng = random.Random(seed)
    rate = 0.3

    def flipping(body: dict, _: int) -> object:
        chosen = {"grounded": "no" if rng.random() < rate else "yes", "helpful": 2}
        return provider.Reply(json.dumps(provider.answers(body, chosen)))

    with provider.Provider(flipping) as server:
        found = only(make_desk(server.address, count=60), "repeat", items=60, repeats=4)
    two_differ = measured(found, "grounded", "two_differ")
    assert two_differ["low"] <= 2 * rate * (1 - rate) <= two_differ["high"]
    changed = measured(found, "grounded", "changed")
    assert changed["low"] <= 1 - rate**4 - (1 - rate) ** 4 <= changed["high"]
    alpha = measured(found, "grounded", "krippendorff_alpha_nominal")
    assert alpha["low"] <= 0 <= alpha["high"]  # answers by chance alone
    assert measured(found, "helpful", "changed")["value"] == 0.0
    assert "every" in str(
        measured(found, "helpful", "krippendorff_alpha_nominal")
    ) or "undefined" in measured(found, "helpful", "krippendorff_alpha_nominal")


def test_a_judge_that_obeys_text_in_the_output_is_moved_and_one_that_does_not_is_not(
    make_desk: MakeDesk,
) -> None:
    def obeying(text: str) -> dict[str, object]:
        named = dict(re.findall(r'^- (\w+): "([^"]+)"$', text, flags=re.MULTILINE))
        return {"grounded": named.get("grounded", "yes"), "helpful": int(named.get("helpful", 2))}

    with provider.Provider(by_text(obeying)) as server:
        found = only(make_desk(server.address), "injection")
        sent = [provider.item_text(body) for body in server.requests]
    for criterion in ("grounded", "helpful"):
        assert measured(found, criterion, "moved")["value"] == 1.0
        assert measured(found, criterion, "shift")["value"] > 0
    assert found.findings[0]["counts"] == {"fences": 30, "fences_held": 30}
    assert all(text.count(token_of(text)) == 3 for text in sent)  # named, opened, closed: nothing ends it

    with provider.Provider(answering(grounded="no", helpful=1)) as server:
        unmoved = only(
            make_desk(server.address, name="other") if False else _other(make_desk, server), "injection"
        )
    assert measured(unmoved, "grounded", "moved")["value"] == 0.0
    assert measured(unmoved, "grounded", "shift")["value"] == 0.0


def _other(make_desk: MakeDesk, server: object) -> Desk:
    return make_desk(server.address, count=29)  # type: ignore[attr-defined]


def token_of(text: str) -> str:
    return re.findall(r"FENCE-[0-9a-f]{16}", text)[0]
