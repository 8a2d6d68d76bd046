"""Scales with more answers than are compared one by one: a reason beside every number, never silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate_app.cli import main


def write(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Three hundred items, two raters, judges j and k, sixty different answers; k always says cat0."""
    labels = [
        {
            "item_id": i,
            "rater": rater,
            "criterion": "topic",
            "value": f"cat{(i + (rater == 'b') * (i % 7 == 0)) % 60}",
        }
        for i in range(300)
        for rater in ("a", "b")
    ]
    verdicts = [
        {
            "item_id": i,
            "judge": judge,
            "criterion": "topic",
            "value": f"cat{i % 60}" if judge == "j" else "cat0",
        }
        for i in range(300)
        for judge in ("j", "k")
    ]
    human, judge = write(tmp_path / "h.jsonl", labels), write(tmp_path / "j.jsonl", verdicts)
    return ["--human", human, "--judge", judge]


def test_too_many_answers_are_a_reason_beside_every_coefficient(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agreement", *files, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["criteria"]["topic"]
    kappa = found["judges"]["j"]["estimates"]["cohen_kappa"]
    assert "60 answers, and at most 50" in kappa["undefined"]
    assert "60 answers" in found["judges"]["j"]["ceiling"]["gap"]["undefined"]
    assert "60 answers" in found["humans"]["estimates"]["krippendorff_alpha_nominal"]["undefined"]


def test_two_judges_on_too_many_answers_are_refused_with_the_reason(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *files, "--judges", "j", "k", "--json"]) == 1
    assert "60 answers, and at most 50" in capsys.readouterr().err


def test_numbers_on_a_fine_ordinal_scale_keep_their_alpha(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = [
        {"item_id": i, "rater": rater, "criterion": "score", "value": (i * 7 + shift) % 100}
        for i in range(80)
        for rater, shift in (("a", 0), ("b", 1))
    ]
    human = write(tmp_path / "h.jsonl", labels)
    assert main(["agreement", "--human", human, "--scale", "score=ordinal:0..100", "--json"]) == 0
    humans = json.loads(capsys.readouterr().out)["criteria"]["score"]["humans"]["estimates"]
    assert humans["krippendorff_alpha_interval"]["value"] > 0.9
    assert "101 answers" in humans["percent_agreement"]["undefined"]


def test_a_negative_seed_is_refused(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agreement", *files, "--bootstrap", "100", "--seed", "-1"]) == 1
    assert "--seed -1" in capsys.readouterr().err
