"""`calibrant init`, `import` and `status`: exit codes, what is printed, what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.desk import open_desk
from annotate_app.services.people import add_account
from annotate_app.services.personal_tokens import make
from annotate_app.services.rights import HOLDER

LINES = (
    {"item_id": "i0", "output": "x"},
    {"item_id": "i0", "rater": "ada", "criterion": "preference", "value": "a"},
    {"item_id": "i0", "rater": "ada", "criterion": "preference", "value": "purple"},
)


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    rubric = tmp_path / "r.yaml"
    rubric.write_text(
        "name: pairs\ncriteria:\n  - name: preference\n    question: Which is better?\n"
        "    dimension: output quality\n    scale: {kind: pairwise, tie: true}\n"
    )
    assert main(["init", str(tmp_path / "study"), "--rubric", str(rubric)]) == 0
    capsys.readouterr()
    return tmp_path / "study"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return path


def test_init_says_what_it_wrote_and_refuses_to_write_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "new")]) == 0
    assert str(tmp_path / "new" / "study.toml") in capsys.readouterr().out
    assert main(["init", str(tmp_path / "new")]) == 1
    assert "not overwritten" in capsys.readouterr().err


def test_import_prints_counts_and_names_what_was_left_out(
    folder: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(data), "--study", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "items: 1 read, 1 new" in out
    assert "labels: 2 read, 1 new" in out
    assert f"{data}, line 3: value: 'purple' is not one of" in out
    assert out.splitlines()[-1].startswith(f"1 row left out, because of: 1 of value ({data}, line 3: value:")


def test_an_import_of_which_no_label_goes_in_fails_though_its_items_are_known(
    folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["import", str(data), "--study", str(folder)])
    only = tmp_path / "wrong.jsonl"
    only.write_text("".join(json.dumps(line) + "\n" for line in (LINES[0], LINES[2])))
    assert main(["import", str(only), "--study", str(folder)]) == 1
    assert f"no label or verdict could be imported; the first: {only}, line 2" in capsys.readouterr().err


def test_a_file_without_a_row_imports_nothing_and_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n")
    assert main(["import", str(empty), "--study", str(folder), "--dry-run"]) == 0
    assert "no file has a row" in capsys.readouterr().out
    assert main(["import", str(empty), "--study", str(folder)]) == 1
    assert "nothing was imported: no file has a row" in capsys.readouterr().err


def test_the_folder_of_an_export_is_read_back_by_itself(
    folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["import", str(data), "--study", str(folder)])
    out, copy = tmp_path / "out", tmp_path / "copy"
    assert main(["export", str(out), "--study", str(folder)]) == 0
    assert main(["init", str(copy), "--rubric", str(out / "rubric.yaml")]) == 0
    capsys.readouterr()
    assert main(["import", str(out), "--study", str(copy), "--mask", "email"]) == 1
    assert "read as it is, by itself" in capsys.readouterr().err
    assert main(["import", str(tmp_path), "--study", str(copy)]) == 1
    assert "is no folder of `calibrant export`" in capsys.readouterr().err
    assert main(["import", str(out), "--study", str(copy)]) == 0
    assert "labels: 1 read, 1 new" in capsys.readouterr().out
    assert main(["import", str(out), "--study", str(copy)]) == 0
    assert "Nothing changed" in capsys.readouterr().out


def test_importing_again_says_that_nothing_changed(
    folder: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data.write_text("".join(json.dumps(line) + "\n" for line in LINES[:2]))
    main(["import", str(data), "--study", str(folder)])
    capsys.readouterr()
    assert main(["import", str(data), "--study", str(folder)]) == 0
    assert "Nothing changed" in capsys.readouterr().out


def test_strict_import_fails_and_writes_the_rejects(
    folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejects = tmp_path / "rejects.jsonl"
    command = ["import", str(data), "--study", str(folder), "--strict", "--rejects", str(rejects)]
    assert main(command) == 1
    assert "nothing was written" in capsys.readouterr().err
    (found,) = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert (found["file"], found["line"], found["field"]) == (str(data), 3, "value")
    assert "'purple'" in found["reason"]


def test_import_as_json_is_one_object(folder: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(data), "--study", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["labels"]["new"], len(found["rejects"])) == ("calibrant/import/1", 1, 1)


def test_a_missing_file_or_study_cannot_be_run(
    folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(tmp_path / "no.jsonl"), "--study", str(folder)]) == 1
    assert "there is no such file" in capsys.readouterr().err
    assert main(["import", str(data), "--study", str(tmp_path)]) == 1
    assert "calibrant init" in capsys.readouterr().err
    assert main(["status", "--study", str(tmp_path)]) == 1


def test_status_counts_the_study(folder: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", str(data), "--study", str(folder)])
    capsys.readouterr()
    assert main(["status", "--study", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "items: 1 (no frozen split: all development)" in out
    assert "labels of preference: 1 observed" in out
    assert main(["status", "--study", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["items"], found["raters"]) == ("calibrant/status/1", 1, {"ada": 1})


def test_status_says_nothing_to_a_rater_of_raters(
    folder: Path, data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["import", str(data), "--study", str(folder)])
    desk = open_desk(folder)
    for login, role in (("olga", "owner"), ("bob", "rater")):
        add_account(desk, login, name=login, password=None, roles=(role,), by="-", role=HOLDER)
    monkeypatch.setenv("CALIBRANT_TOKEN", make(desk, "bob", name="laptop", by="-").token)
    desk.close()
    capsys.readouterr()
    assert main(["status", "--study", str(folder)]) == 0
    assert "raters" not in capsys.readouterr().out
    assert main(["status", "--study", str(folder), "--json"]) == 0
    assert "raters" not in json.loads(capsys.readouterr().out)


def test_an_import_of_nothing_but_wrong_rows_fails_with_the_reason(
    folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.jsonl"
    rows = [{"item_id": f"i{k}", "rater": "ann", "criterion": "preference"} for k in range(3)]
    wrong.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["import", str(wrong), "--study", str(folder), "--json"]) == 1
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)["rejects"]) == 3
    assert f"no row could be imported; the first: {wrong}, line 1: value: is missing" in printed.err
    assert main(["import", str(data), str(wrong), "--study", str(folder)]) == 0
