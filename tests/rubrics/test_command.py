"""`calibrant rubric`: what is printed, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate_app.cli import main
from rubrics.files import library_rubrics

LIBRARY_FILE = library_rubrics()["support_answer"]


@pytest.fixture
def weak(tmp_path: Path) -> Path:
    path = tmp_path / "weak.yaml"
    path.write_text("name: weak\ncriteria:\n  - {name: c, question: Good, scale: {kind: pairwise}}\n")
    return path


def changed(tmp_path: Path, before: str, after: str) -> str:
    path = tmp_path / "new.yaml"
    text = LIBRARY_FILE.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return str(path)


def test_checking_a_clean_rubric_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "check", str(LIBRARY_FILE), "--strict"]) == 0
    assert "no findings" in capsys.readouterr().out


def test_findings_are_printed_and_fail_only_when_strict(
    weak: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rubric", "check", str(weak)]) == 0
    assert "no-instructions" in capsys.readouterr().out
    assert main(["rubric", "check", str(weak), "--strict"]) == 2


def test_findings_as_json_name_criterion_and_rule(weak: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "check", str(weak), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["schema"] == "calibrant/rubric-check/1"
    assert {"not-a-question", "missing-anchor"} <= {
        f["rule"] for f in content["findings"] if f["criterion"] == "c"
    }


def test_a_faulty_file_cannot_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rubric.yaml"
    path.write_text("name: x\ncriteria:\n  - {name: c, question: Why}\n")
    assert main(["rubric", "check", str(path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"{path}:3: criteria[0].scale: is missing" in printed.err


def test_a_missing_file_is_answered_with_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "show", "nothing.yaml"]) == 1
    assert "support_answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rendering", "expected"),
    [
        ("form", "[4] 4 solved: Every question"),
        ("prompt", "## Criterion grounded"),
        ("schema", '"additionalProperties": false'),
    ],
)
def test_a_library_rubric_is_shown_by_name(
    rendering: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rubric", "show", "support_answer", "--as", rendering]) == 0
    assert expected in capsys.readouterr().out


@pytest.mark.parametrize("rendering", ["form", "prompt", "schema"])
def test_every_rendering_can_be_had_as_json(rendering: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "show", "summarisation", "--as", rendering, "--json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out), dict)


def test_a_reworded_question_keeps_old_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = changed(tmp_path, "Is every factual claim", "Is each factual claim")
    assert main(["rubric", "diff", str(LIBRARY_FILE), new]) == 0
    assert "grounded: old labels stay valid (wording changed)" in capsys.readouterr().out


def test_a_renamed_level_ends_with_a_negative_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = changed(tmp_path, "- name: unneeded", "- name: needless")
    assert main(["rubric", "diff", "support_answer", new, "--json"]) == 2
    content = json.loads(capsys.readouterr().out)
    assert content["all_valid"] is False
    assert [c["criterion"] for c in content["criteria"] if not c["labels_valid"]] == ["escalation"]


def test_the_library_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "list"]) == 0
    assert "criteria: grounded, resolution, tone, escalation" in capsys.readouterr().out
    assert main(["rubric", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["rubrics"]
    assert [rubric["name"] for rubric in listed] == list(library_rubrics())
