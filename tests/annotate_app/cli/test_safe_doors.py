"""Doors that must not open by mistake: a list of rejects over its own input, a check without evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.desk import open_desk
from annotate_app.server import ServerFailed, serve
from annotate_app.services import labelling


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors") / "study"
    assert main(["demo", "--no-serve", "--folder", str(folder)]) == 0
    return folder


def test_the_list_of_rejects_never_takes_the_place_of_its_input(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(
        '{"item_id": "nobody", "rater": "a", "criterion": "tone", "value": 3}\n', encoding="utf-8"
    )
    before = file.read_text(encoding="utf-8")
    assert main(["import", str(file), "--study", str(demo), "--rejects", str(file)]) == 1
    assert "is the file to import" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == before


def test_rejects_that_cannot_be_written_are_a_failure(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(
        '{"item_id": "nobody", "rater": "a", "criterion": "tone", "value": 3}\n', encoding="utf-8"
    )
    missing = str(tmp_path / "none" / "rejects.jsonl")
    assert main(["import", str(file), "--study", str(demo), "--rejects", missing]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_the_gate_stays_closed_on_a_file_without_verdicts(demo: Path, tmp_path: Path) -> None:
    empty = tmp_path / "verdicts.jsonl"
    empty.write_text("", encoding="utf-8")
    gate = ["gate", "rules", "--criterion", "grounded", "--study", str(demo)]
    assert main(gate) == 0
    assert main([*gate, "--verdicts", str(empty)]) == 2


def test_recomputing_an_undecided_certificate_is_no_success(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = demo / "certificates"
    assert json.loads((place / "baseline.tone.json").read_text(encoding="utf-8"))["outcome"] == "undecided"
    assert main(["certify", "--check", str(place / "baseline.tone.json"), "--study", str(demo)]) == 2
    assert "its outcome is: undecided" in capsys.readouterr().err
    assert main(["certify", "--check", str(place / "rules.grounded.json"), "--study", str(demo)]) == 0


def test_a_port_outside_its_range_is_named(demo: Path) -> None:
    with pytest.raises(ServerFailed, match="port 99999"):
        serve(demo, port=99999)


def test_an_item_of_a_wave_and_of_the_pool_is_left_once(demo: Path) -> None:
    desk = open_desk(demo)
    labelling.add_rater(desk, "Newcomer")
    # the demo leaves 14 development items without any label, four of them in the open wave
    assert labelling.progress(desk, "Newcomer").left == 14
    desk.close()
