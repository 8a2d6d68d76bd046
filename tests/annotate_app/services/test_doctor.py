"""`calibrant doctor`: what is broken is named with what to do, and nothing that it meets stops it."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import erased_study
import pytest
from packaging.requirements import Requirement
from postgres import both_engines

from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.services import doctor, examining_machine, packages
from annotate_app.services.findings import Finding
from annotate_app.store.sql import run


def made(folder: Path, port: int = 0) -> list[Finding]:
    return list(doctor.examine(folder, port=port))


def of(found: list[Finding], check: str) -> list[tuple[str, str]]:
    return [(one.level, one.said) for one in found if one.check == check]


def failing(found: list[Finding]) -> dict[str, str]:
    return {one.check: one.said for one in found if one.level == "fail"}


@pytest.fixture
def desk(tmp_path: Path, database: str | None) -> Iterator[Desk]:
    opened = erased_study.make(tmp_path / "study")
    yield opened
    opened.close()


@both_engines
def test_a_sound_study_has_no_failing_check(desk: Desk) -> None:
    erased_study.fill(desk)
    desk.close()
    found = made(desk.folder)
    assert failing(found) == {}
    assert of(found, "migrations") == [("ok", "current")]
    assert of(found, "policy") == [("ok", "reads")]
    assert [level for level, _ in of(found, "judge rules")] == ["ok"]
    assert all(one.todo for one in found if one.level != "ok")


def test_it_changes_nothing(desk: Desk) -> None:
    desk.close()
    before = {path: path.read_bytes() for path in desk.folder.rglob("*.toml")}
    database = (desk.folder / "calibrant.db").read_bytes()
    made(desk.folder)
    assert (desk.folder / "calibrant.db").read_bytes() == database
    assert {path: path.read_bytes() for path in desk.folder.rglob("*.toml")} == before


def test_an_empty_folder_is_looked_at_to_the_end(tmp_path: Path) -> None:
    found = made(tmp_path)
    assert "no such file" in failing(found)["study.toml"]
    assert of(found, "database") == [("warn", f"there is none yet at {tmp_path / 'calibrant.db'}")]
    assert of(found, "judges")[0][0] == "warn"
    assert found[-1].check == "browser"
    assert not (tmp_path / "calibrant.db").exists()


def test_a_database_that_is_none_is_named_and_the_rest_is_looked_at(desk: Desk) -> None:
    desk.close()
    (desk.folder / "calibrant.db").write_bytes(b"not a database, but long enough to look at " * 40)
    found = made(desk.folder)
    assert "not a database" in failing(found)["database"]
    assert [level for level, _ in of(found, "judge rules")] == ["ok"]


def test_a_damaged_page_is_found(desk: Desk) -> None:
    desk.store.close()
    path = desk.folder / "calibrant.db"
    content = bytearray(path.read_bytes())
    for page in range(20, 60):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(content)
    assert {"integrity", "database"} & set(failing(made(desk.folder)))


def test_broken_definitions_are_named(desk: Desk) -> None:
    toml = desk.folder / "study.toml"
    whole = toml.read_text(encoding="utf-8")
    toml.write_text(whole.replace("[policy.criteria.grounded]", "[policy.criteria.nobody]"), encoding="utf-8")
    assert "nobody" in failing(made(desk.folder))["policy"]
    toml.write_text(whole, encoding="utf-8")
    (desk.folder / "judge.py").unlink()
    assert "judge.py" in failing(made(desk.folder))["judge rules"]
    (desk.folder / "rubric.yaml").write_text("criteria: [", encoding="utf-8")
    assert "rubric" in failing(made(desk.folder))


def test_a_missing_key_is_named_by_its_variable_and_no_value_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = desk.folder / "study.toml"
    text = toml.read_text(encoding="utf-8") + '\n[judges.far]\nmodel = "openai/gpt-4o-mini"\n'
    toml.write_text(text, encoding="utf-8")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert "OPENAI_API_KEY" in failing(made(desk.folder))["judge far"]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789-secret")
    found = made(desk.folder)
    assert "judge far" not in failing(found)
    assert "sk-0123456789-secret" not in json.dumps([one.as_json() for one in found])


def test_a_missing_migration_and_a_newer_one_are_told_apart(desk: Desk) -> None:
    with desk.store.writing() as session:
        run(session, "DELETE FROM migration WHERE version = :version", {"version": 18})
    assert of(made(desk.folder), "migrations") == [("warn", "lacks 18")]
    with desk.store.writing() as session:
        newer = "INSERT INTO migration (version, title, applied_at) VALUES (:version, 'x', 'x')"
        run(session, newer, {"version": 999})
    assert failing(made(desk.folder))["migrations"] == "a newer Calibrant wrote it"


def test_an_entry_of_the_future_is_found(desk: Desk) -> None:
    with desk.store.writing() as session:
        run(
            session,
            "INSERT INTO event (study_id, at, actor, kind, detail) VALUES (:study, :at, 'x', 'x', '{}')",
            {"study": desk.study_id, "at": "2999-01-01T00:00:00.000000Z"},
        )
    assert "2999-01-01" in failing(made(desk.folder))["clock"]


def test_certificates_that_are_broken_or_have_expired_are_told(desk: Desk) -> None:
    taken = erased_study.fill(desk)
    (desk.folder / "certificates" / "other.json").write_text("{", encoding="utf-8")
    found = made(desk.folder)
    assert "not valid JSON" in failing(found)["certificate other"]
    until = taken.certificate.expires.date().isoformat()
    [(level, said)] = of(found, f"certificate {taken.path.stem}")
    assert level == "warn"
    assert said == f"{taken.certificate.outcome}, until {until}: it has expired, the gate refuses it"


def test_a_key_that_others_can_read_is_found(desk: Desk) -> None:
    key = desk.folder / ".calibrant-key"
    key.write_text("secret", encoding="utf-8")
    key.chmod(0o644)
    assert failing(made(desk.folder))["keys"] == ".calibrant-key can be read by others"
    key.chmod(0o600)
    assert "keys" not in failing(made(desk.folder))


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_database_on_the_net_is_unsafe(desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(examining_machine, "_mounted", lambda _path: kind)
    assert failing(made(desk.folder))["file system"] == f"the database is on {kind}: labels can be lost there"


def test_the_file_system_is_that_of_the_innermost_mount() -> None:
    assert examining_machine._mounted(Path("/proc/self")) == "proc"


def test_a_full_disk_and_a_taken_port_are_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining_machine, "free_bytes", lambda _folder: 3 * 2**20)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        found = made(desk.folder, number)
    assert failing(found)["disk"] == "3 MB free"
    assert of(found, "port") == [("warn", f"{number} is in use")]


def test_a_bad_release_and_a_missing_extra_are_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = packages._version
    shown = {"litellm": "1.82.7", "duckdb": "", "scipy": "1.0"}
    monkeypatch.setattr(packages, "_version", lambda name: shown.get(name, real(name)))
    found = made(desk.folder)
    failed = failing(found)
    assert "litellm 1.82.7" in failed["releases"]
    assert {said for _, said in of(found, "packages")} == {
        "litellm !=1.82.7,!=1.82.8,>=1.106: 1.82.7 is installed", "scipy >=1.15: 1.0 is installed",
    }  # fmt: skip
    assert any(said.startswith("big lacks duckdb") for _, said in of(found, "extra"))


@pytest.mark.parametrize("name", packages.KNOWN_BAD)
def test_every_release_known_to_be_bad_is_excluded_by_the_requirements(name: str) -> None:
    wanted = next(r for text in requires("calibrant") or [] if (r := Requirement(text)).name == name)
    assert not [one for one in packages.KNOWN_BAD[name] if wanted.specifier.contains(one)]


def test_a_check_that_runs_into_something_is_a_finding(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[Finding]:
        raise OSError("the disk is gone")

    monkeypatch.setattr(examining_machine, "time_zones", broken)
    found = made(desk.folder)
    assert failing(found)["time zones"] == "could not be looked at (OSError: the disk is gone)"
    assert found[-1].check == "browser"


def test_the_command_ends_with_0_2_or_1(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.close()
    study = ["--study", str(desk.folder), "--port", "0"]
    assert main(["doctor", *study]) == 0
    assert " 0 fail" in capsys.readouterr().out
    shutil.rmtree(desk.folder / "__pycache__", ignore_errors=True)
    os.truncate(desk.folder / "calibrant.db", 5000)
    assert main(["doctor", "--json", *study]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["fail"] >= 1
    assert main(["doctor", "--study", str(desk.folder / "nowhere")]) == 1
