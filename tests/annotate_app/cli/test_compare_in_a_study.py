"""`calibrant compare` inside a study: regressions with exit code 2, flips of development items alone."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotate_app.cli import main

RUBRIC = """
name: answers
criteria:
  - name: correct
    question: Is it correct?
    scale:
      kind: binary
      levels: [{name: "yes", description: It is.}, {name: "no", description: It is not.}]
  - name: kind
    question: What is it about?
    required: false
    scale:
      kind: nominal
      levels: [{name: mail, description: m}, {name: call, description: c}, {name: visit, description: v}]
"""
STUDY = """
[judges.old]
import = "acme, prompt 1"
[judges.new]
import = "acme, prompt 2"
[policy.criteria.correct]
floor = 0.40
"""
Make = Callable[..., list[str]]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A study of two products on 400 inputs; the candidate judge errs in so many of 100 items more."""

    def made(*, old: float, new: float, slower: float = 1.0, product: float = 0.0) -> list[str]:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "rubric.yaml").write_text(RUBRIC)
        rng = random.Random(11)
        rows: dict[str, list[dict[str, object]]] = {"items": [], "labels": [], "verdicts": []}
        for k in range(800):
            add_rows(rows, rng, k, {"old": old, "new": new}, slower, product)
        for name, records in rows.items():
            (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in records))
        assert main(["init", "study", "--rubric", "rubric.yaml"]) == 0
        assert main(["import", *(f"{name}.jsonl" for name in rows), "--study", "study"]) == 0
        assert main(["split", "freeze", "--study", "study"]) == 0
        with (tmp_path / "study" / "study.toml").open("a") as file:
            file.write(STUDY)
        return ["compare", "--study", "study"]

    return made


def add_rows(
    rows: dict[str, list[dict[str, object]]],
    rng: random.Random,
    k: int,
    errors: dict[str, float],
    slower: float,
    product: float,
) -> None:
    number, system = k // 2, ("v1", "v2")[k % 2]
    good = rng.random() < (0.7 if system == "v1" else 0.7 - product)
    item = f"{system}-{number}"
    other = {"yes": "no", "no": "yes"}
    truth = "yes" if good else "no"
    rows["items"].append({
        "item_id": item, "output": f"{rng.random():.12f}", "system": system, "input_id": f"q{number}",
        "cluster": f"q{number}", "stratum": ("mail", "call")[number % 2],
    })  # fmt: skip
    rows["labels"].append({"item_id": item, "rater": "ana", "criterion": "correct", "value": truth})
    for judge, error in errors.items():
        value = other[truth] if rng.random() < error else truth
        seconds = rng.uniform(0.9, 1.1) * (slower if judge == "new" else 1)
        rows["verdicts"].append({
            "item_id": item, "judge": judge, "criterion": "correct", "value": value,
            "latency_seconds": seconds, "cost_usd": 0.001,
        })  # fmt: skip


def found(command: list[str], capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main([*command, *more, "--json"])
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert content["regression"] is (code == 2)
    return code, content


def overall(content: dict[str, Any], about: str) -> dict[str, Any]:
    (change,) = [c for c in content["changes"] if c["about"] == about and c["stratum"] is None]
    return dict(change)


def test_a_candidate_that_errs_more_is_a_regression(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    code, content = found(make(old=0.08, new=0.30), capsys, "--judges", "old", "new")
    assert (code, content["split"]) == (2, "validation")
    change = overall(content, "agreement")
    assert (change["finding"], change["margin"]) == ("worse", 0.05)
    assert change["difference"]["value"] < -0.1
    assert {c["stratum"] for c in content["changes"] if c["criterion"] == "correct"} == {None, "mail", "call"}
    assert content["coefficients"]["correct"]["cohen_kappa"]["value"] < 0


def test_a_candidate_that_errs_less_is_none(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    code, content = found(make(old=0.30, new=0.08), capsys, "--judges", "old", "new")
    assert code == 0
    assert overall(content, "agreement")["finding"] == "no worse"
    assert overall(content, "cost_usd")["finding"] == "undecided"  # told, with no margin


def test_only_development_items_are_named(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    command = make(old=0.10, new=0.20)
    _, content = found(command, capsys, "--judges", "old", "new")
    assert content["flips"]
    from annotate_app.desk import open_desk
    from annotate_app.services.splitting import split_of_items

    desk = open_desk(Path("study"))
    split = split_of_items(desk)
    desk.close()
    assert {split[flip["item"]] for flip in content["flips"]} == {"development"}
    _, systems = found(command, capsys, "--systems", "v1", "v2")
    named = {f"{system}-{flip['item'][1:]}" for flip in systems["flips"] for system in ("v1", "v2")}
    assert {split[item] for item in named} == {"development"}


def test_a_slower_candidate_is_a_regression(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    command = make(old=0.1, new=0.1, slower=1.5)
    code, content = found(command, capsys, "--judges", "old", "new", "--margin", "0.5")
    assert code == 2
    assert overall(content, "latency_seconds")["finding"] == "worse"
    assert (
        found(command, capsys, "--judges", "old", "new", "--margin", "0.5", "--latency-margin", "0.9")[0] == 0
    )


def test_held_out_cannot_be_asked_for(make: Make) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*make(old=0.1, new=0.1), "--judges", "old", "new", "--split", "held_out"])
    assert ended.value.code == 1


def test_products_are_paired_by_their_inputs(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    command = make(old=0.1, new=0.1, product=0.3)
    code, content = found(command, capsys, "--systems", "v1", "v2")
    assert code == 2
    change = overall(content, "quality")
    assert change["difference"]["value"] == pytest.approx(-0.3, abs=0.12)
    assert any(note.startswith("kind: its answers are not better or worse") for note in content["notes"])


def test_a_trusted_judge_stands_in_for_labels_and_narrows_the_interval(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    command = make(old=0.04, new=0.1, product=0.3)
    by_judge = [*command, "--systems", "v1", "v2", "--by-judge", "old"]
    assert main(by_judge) == 1
    assert "not trusted on correct today (missing)" in capsys.readouterr().err
    assert main(["certify", "old", "--study", "study", "--by", "me"]) == 0
    _, labels = found(command, capsys, "--systems", "v1", "v2")
    code, judged = found(by_judge, capsys)
    assert code == 2
    wide, narrow = (
        overall(content, about)["difference"]
        for content, about in ((labels, "quality"), (judged, "quality, judge corrected"))
    )
    assert narrow["high"] - narrow["low"] < 0.85 * (wide["high"] - wide["low"])
    assert narrow["value"] == pytest.approx(wide["value"], abs=0.1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--judges", "old", "stranger"], "no [judges.stranger]"),
        (["--judges", "old", "old"], "two different ones"),
        (["--systems", "v1", "v9"], "no item has system = 'v9'"),
        (["--systems", "v1", "v2", "--by-judge", "nobody"], "no [judges.nobody]"),
        ([], "two judges"),
    ],
)
def test_what_cannot_be_compared_is_said(
    make: Make, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = make(old=0.1, new=0.1)
    assert main([*command, *options]) == 1
    assert said in capsys.readouterr().err


def test_the_table_ends_with_what_was_found(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*make(old=0.08, new=0.30), "--judges", "old", "new"]) == 2
    printed = capsys.readouterr().out
    assert "judges: new (candidate) against old (current), on validation" in printed
    assert "development items speak for" in printed
    assert printed.splitlines()[-1].startswith("regression: agreement correct")
