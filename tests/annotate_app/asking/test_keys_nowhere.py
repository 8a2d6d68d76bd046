"""A key of the environment is in nothing that is printed, logged, stored, exported or shown."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate_app import logs
from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.study_file import BadStudyFile, load_study_file
from benchmarks.provider import Body, Provider, Reply, answers
from calibration.judges import retrying
from calibration.judges.faults import BadJudge
from calibration.judges.spec import read_spec
from rubrics.files import library_rubric, library_rubrics

MakeDesk = Callable[..., Desk]
KEY = "plain-but-secret-0123456789"
PASSWORD = "hunter22-of-the-database"
ECHO = f"Incorrect API key provided in 'Authorization: Bearer {KEY}' at https://host/v1?key={KEY}"
COMMANDS = (
    "status", "judge list", "judge show m", "judge account m", "report --output {0}/reports", "triage list",
    "export {0}/export",
)  # fmt: skip


@pytest.fixture(autouse=True)
def keys(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("CALIBRANT_SIGNING_KEY", f"signing-{KEY}")
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.005)


def echoing(body: Body, number: int) -> Reply:
    """Every way to answer, each with the key in it."""
    told = Reply(json.dumps(answers(body, rationale=ECHO, reason=KEY)), model=f"some-model {KEY}")
    again = {"Retry-After": "0"}
    ways = (
        told, Reply(text=ECHO), Reply(status=400, error=ECHO), Reply(refusal=ECHO),
        Reply(status=500, error=ECHO), Reply(status=429, error=ECHO, headers=again), told,
    )  # fmt: skip
    return ways[number % len(ways)]


def files_with(folder: Path, secret: str) -> list[str]:
    """Every file below that holds the secret in its bytes, the database and what stands beside it too."""
    return [
        str(file) for file in folder.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()
    ]


def test_a_provider_that_repeats_the_key_brings_it_into_nothing(
    make_desk: MakeDesk, provider: Provider, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    provider.script = echoing
    make_desk("attempts = 2", items=14).close()
    log = (tmp_path / "log").open("w", encoding="utf-8")
    logs.start("json", "debug", stream=log)
    main(["judge", "run", "m", "--study", str(tmp_path)])
    main(["judge", "run", "m", "--study", str(tmp_path), "--retry-failed"])
    for command in COMMANDS:
        words = command.format(tmp_path).split()
        main([*words, "--study", str(tmp_path)])
    logging.getLogger("calibrant").error("told by accident %s", KEY)
    log.close()
    assert provider.keys[0] == f"Bearer {KEY}"
    assert files_with(tmp_path, KEY) == []
    assert files_with(tmp_path, "<OPENAI_API_KEY>") != []
    printed = "".join(capfd.readouterr())
    assert len(printed) > 500
    assert KEY not in printed


def test_a_program_that_prints_the_key_brings_it_into_nothing(
    make_desk: MakeDesk, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = "import os, sys; print(os.environ['OPENAI_API_KEY']); sys.exit(int(len(sys.stdin.read()) % 2))"
    (tmp_path / "leaky.py").write_text(program, encoding="utf-8")
    more = '[judges.p]\ncommand = "python leaky.py"\ncriteria = ["helpful"]\n'
    make_desk(more=more, items=6).close()
    main(["judge", "run", "p", "--study", str(tmp_path)])
    assert files_with(tmp_path, KEY) == []
    assert KEY not in "".join(capfd.readouterr())


def test_a_password_in_the_address_of_the_database_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study.toml").write_text('[study]\nname = "s"\n', encoding="utf-8")
    rubric = library_rubrics()["support_answer"].read_bytes()
    (tmp_path / "rubric.yaml").write_bytes(rubric)
    for where in (f"me:{PASSWORD}@127.0.0.1:1/none", f"127.0.0.1:1/none?password={PASSWORD}"):
        monkeypatch.setenv("CALIBRANT_DB", f"postgresql+psycopg://{where}")
        for command in (["status"], ["report"], ["triage", "list"]):
            main([*command, "--study", str(tmp_path)])
    monkeypatch.setenv("CALIBRANT_DB", f"mysql://me:{PASSWORD}@h/x?password={PASSWORD}")
    main(["status", "--study", str(tmp_path)])
    printed = "".join(capfd.readouterr())
    assert len(printed) > 200
    assert PASSWORD not in printed
    assert files_with(tmp_path, PASSWORD) == []


@pytest.mark.parametrize(
    "line", ['note = "{key}"', 'key = "{key}"', "# {key}", '[judges.j]\nmodel = "openai/m"\nprompt = "{key}"']
)
def test_a_study_file_that_holds_a_key_is_refused_by_the_name_of_its_variable(
    tmp_path: Path, line: str
) -> None:
    (tmp_path / "study.toml").write_text(f'[study]\nname = "s"\n{line.format(key=KEY)}\n', encoding="utf-8")
    with pytest.raises(BadStudyFile, match="holds the value of OPENAI_API_KEY") as refused:
        load_study_file(tmp_path)
    assert KEY not in str(refused.value)
    with pytest.raises(BadStudyFile):
        open_desk(tmp_path)


def test_a_key_in_a_judge_names_the_variable_to_use(tmp_path: Path) -> None:
    rubric = library_rubric("support_answer")
    given = {"model": "openai/m", "parameters": {"api_key": "sk-any-key-at-all"}}
    with pytest.raises(BadJudge, match="use the environment variable OPENAI_API_KEY"):
        read_spec("j", given, folder=tmp_path, rubric=rubric)
    with pytest.raises(BadJudge, match="command: holds what looks like a key") as refused:
        read_spec("j", {"command": "ask --header 'Bearer abcdefgh12345'"}, folder=tmp_path, rubric=rubric)
    assert "abcdefgh12345" not in str(refused.value)
