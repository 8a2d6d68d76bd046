"""`calibrant signals` on files: the object scripts read, the advice, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import roc_auc_score

from annotate_app.cli import main
from calibration.triage.signals import SIGNALS

Row = dict[str, object]
HEAVY = {"streamlit", "litellm", "pandas", "sqlmodel", "sqlalchemy", "sklearn", "scipy.stats"}
DATA = os.environ.get("CALIBRANT_REAL_DATA")


def file(folder: Path, name: str, rows: list[Row]) -> str:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def label(item: int, value: object, rater: str = "ann", **extra: object) -> Row:
    return {"item_id": f"i{item}", "rater": rater, "criterion": "ok", "value": value} | extra


def verdict(item: int, value: object, **extra: object) -> Row:
    return {"item_id": f"i{item}", "judge": "gpt", "criterion": "ok", "value": value} | extra


@pytest.fixture
def human(tmp_path: Path) -> str:
    return file(tmp_path, "human.jsonl", [label(k, "yes") for k in range(60)])


@pytest.fixture
def judge(tmp_path: Path) -> str:
    """Wrong in the first twenty; of these fifteen are unsure, of the forty right ones ten."""
    unsure = {*range(15), *range(20, 30)}
    return file(
        tmp_path, "judge.jsonl",
        [verdict(k, "no" if k < 20 else "yes", confidence=0.5 if k in unsure else 0.9) for k in range(60)],
    )  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["signals", *arguments, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["schema"] == "calibrant/signals/1"
    return dict(content)


def test_the_object_has_the_contracts_shape(
    capsys: pytest.CaptureFixture[str], human: str, judge: str
) -> None:
    found = run(capsys, "--human", human, "--judge", judge)["criteria"]["ok"]["gpt"]
    rate = found["error_rate"]
    assert rate["value"] == pytest.approx(1 / 3)
    assert {"low", "high", "level", "n", "clusters", "method"} <= rate.keys()
    assert found["signals"].keys() == SIGNALS.keys()
    signal = found["signals"]["low_confidence"]
    # unsure: 15 of 20 errors, 10 of 40 right verdicts: .75 · .75 + (.75 · .25 + .25 · .75) / 2 = .75
    assert signal["auroc"]["value"] == pytest.approx(0.75)
    assert signal["advice"] == "follow" == found["signals"][found["follow"]]["advice"]
    # twelve of the 25 unsure verdicts, of which 15 are wrong: 12 · 15/25 of 20
    assert signal["errors_found_at_20_percent"] == pytest.approx({"targeted": 0.36, "random": 0.2})
    # the least doubted thirty are all sure: 30 of 35 sure verdicts, 5 of them wrong
    assert signal["confidently_wrong_share"] == pytest.approx(30 / 35 * 5 / 20)


def test_a_signal_without_opinions_is_undefined_with_its_reason(
    capsys: pytest.CaptureFixture[str], human: str, judge: str
) -> None:
    found = run(capsys, "--human", human, "--judge", judge)["criteria"]["ok"]["gpt"]["signals"]["order_flip"]
    assert found["advice"] == "ignore"
    for part in ("auroc", "errors_found_at_20_percent", "confidently_wrong_share"):
        assert found[part] == {"undefined": "no pair was asked in both orders"}


def test_a_small_pilot_says_how_many_labels_more(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, judge: str
) -> None:
    few = file(tmp_path, "few.jsonl", [label(k, "yes") for k in range(17, 40)])
    found = run(capsys, "--human", few, "--judge", judge)["criteria"]["ok"]["gpt"]["signals"][
        "low_confidence"
    ]
    assert found["advice"] == "ignore"
    # 3 errors of 23; (10 - 3) · 25 / 4
    assert found["reason"] == "pilot too small: 3 wrong verdicts; label 44 more"


def test_each_compares_every_label_and_counts_items_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, judge: str
) -> None:
    two = [label(k, "yes", rater) for k in range(60) for rater in ("ann", "bob")]
    both = file(tmp_path, "two.jsonl", two)
    found = run(capsys, "--human", both, "--judge", judge, "--reference", "each")["criteria"]["ok"]["gpt"]
    assert (found["error_rate"]["n"], found["error_rate"]["clusters"]) == (120, 60)
    assert found["signals"]["low_confidence"]["auroc"]["clusters"] == 60


def test_labels_drawn_with_unequal_probability_are_weighted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, judge: str
) -> None:
    # the unsure ones were ten times as likely to be drawn
    unsure = {*range(15), *range(20, 30)}
    drawn = file(
        tmp_path, "drawn.jsonl", [label(k, "yes", pi=1.0 if k in unsure else 0.1) for k in range(60)]
    )
    found = run(capsys, "--human", drawn, "--judge", judge, "--pi", "pi")["criteria"]["ok"]["gpt"]
    # errors weigh 15 · 1 + 5 · 10 of 25 + 350
    assert found["error_rate"]["value"] == pytest.approx(65 / 375)
    assert "weighted" in found["signals"]["low_confidence"]["auroc"]["method"]


def test_replicates_are_a_distribution(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, human: str
) -> None:
    rows = [verdict(k, "no" if k < 20 else "yes", replicate=0) for k in range(60)]
    rows += [verdict(k, "yes", replicate=r) for k in range(60) for r in (1, 2)]
    judge = file(tmp_path, "thrice.jsonl", rows)
    found = run(capsys, "--human", human, "--judge", judge)["criteria"]["ok"]["gpt"]["signals"]
    # every error was contradicted by its replicates, no right verdict was
    assert found["spread"]["auroc"]["value"] == 1
    assert found["near_boundary"]["advice"] == "follow"


def test_an_interval_scale_needs_a_step(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    human = file(tmp_path, "h.jsonl", [label(k, 0.5) for k in range(40)])
    judge = file(tmp_path, "j.jsonl", [verdict(k, 0.9 if k % 2 else 0.55, confidence=0.5) for k in range(40)])
    files = ("--human", human, "--judge", judge, "--scale", "ok=interval:0..1")
    assert "one step is" in run(capsys, *files)["criteria"]["ok"]["gpt"]["error_rate"]["undefined"]
    assert run(capsys, *files, "--step", "0.1")["criteria"]["ok"]["gpt"]["error_rate"]["value"] == 0.5


def test_the_text_says_what_to_follow(capsys: pytest.CaptureFixture[str], human: str, judge: str) -> None:
    assert main(["signals", "--human", human, "--judge", judge]) == 0
    printed = capsys.readouterr().out
    assert "ok: gpt is wrong in 0.333" in printed
    assert "follow: doubt finds errors better than chance" in printed
    assert "order_flip          no opinion" in printed
    assert "→ follow low_confidence" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--human", "HUMAN"], "--human and --judge are needed"),
        (["--study", ".", "--human", "HUMAN"], "--human: these are for files"),
        (["--human", "HUMAN", "--judge", "JUDGE", "--step", "0"], "--step 0: must be above 0"),
        (["--human", "HUMAN", "--judge", "JUDGE", "--reference", "median"], "has no median"),
    ],
)
def test_what_cannot_be_done_is_said(
    capsys: pytest.CaptureFixture[str], human: str, judge: str, arguments: list[str], said: str
) -> None:
    given = [{"HUMAN": human, "JUDGE": judge}.get(word, word) for word in arguments]
    assert main(["signals", *given]) == 1
    assert said in capsys.readouterr().err


def test_the_command_starts_without_heavy_packages(human: str, judge: str) -> None:
    program = (
        "import sys\nfrom annotate_app.cli import main\n"
        f"main(['signals', '--human', {human!r}, '--judge', {judge!r}, '--json'])\n"
        "print(*sorted(sys.modules), sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stderr.split())


@pytest.mark.skipif(DATA is None, reason="CALIBRANT_REAL_DATA is not set")
def test_the_flips_of_mt_bench_rank_errors_weakly_and_are_followed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = Path(str(DATA)) / "mtbench"
    files = [str(folder / f"{name}.jsonl") for name in ("human", "judge", "items")]
    found = run(capsys, "--human", files[0], "--judge", files[1], "--items", files[2])
    signals = found["criteria"]["preference"]["gpt-4-pair"]["signals"]
    assert signals["low_confidence"]["auroc"]["value"] == signals["order_flip"]["auroc"]["value"]
    error, doubt = _majority_errors(files[0], files[1])
    auroc = signals["order_flip"]["auroc"]
    assert (auroc["n"], auroc["clusters"]) == (1814, 80)
    assert auroc["value"] == pytest.approx(roc_auc_score(error, doubt))
    assert signals["order_flip"]["advice"] == "follow"


def _majority_errors(human: str, judge: str) -> tuple[list[bool], list[float]]:
    """Whether GPT-4 differs from the majority (a tied vote is `tie`), and 1 - its confidence, by hand."""
    votes: dict[str, dict[str, str]] = {}
    for line in Path(human).read_text().splitlines():
        row = json.loads(line)
        votes.setdefault(row["item_id"], {})[row["rater"]] = row["value"]
    error, doubt = [], []
    for line in Path(judge).read_text().splitlines():
        row = json.loads(line)
        if row["item_id"] in votes:
            (top, most), *rest = Counter(votes[row["item_id"]].values()).most_common()
            agreed = "tie" if rest and rest[0][1] == most else top
            error.append(row["value"] != agreed)
            doubt.append(1 - row["confidence"])
    return error, doubt
