"""Every command in a study with accounts: whom the token names may run it, or is refused and told nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from marked_study import Marked

from annotate_app.cli import commands, main
from annotate_app.cli.doors import DOORS
from annotate_app.desk import open_desk
from annotate_app.services import audit, people, personal_tokens, studies
from annotate_app.services.audit import Sought
from annotate_app.services.rights import HOLDER, RIGHTS, ROLES, Role
from calibration.splits import DEVELOPMENT, HELD_OUT

Argv = list[str]

# Commands that only read, and whose output is searched for marks where they are allowed.
READING: Mapping[str, Argv] = {
    "adjudicate list": [],
    "adjudicate show": ["HELD", "grounded", "--by", "lea"],
    "audit list": [],
    "audit verify": [],
    "certify": ["rules", "--plan"],
    "compare": ["--judges", "rules", "other"],
    "estimate": ["--study", "STUDY", "--positive", "yes", "--judge-name", "rules", "--split", "validation"],
    "judge account": [],
    "judge list": [],
    "judge prompt": ["rules", "HELD"],
    "judge show": ["rules"],
    "look plan": ["rules"],
    "look status": [],
    "modes list": [],
    "modes notes": [],
    "planted list": [],
    "raters": [],
    "signals": ["--study", "STUDY"],
    "split diff": ["1", "1"],
    "split show": [],
    "status": [],
    "training status": [],
    "triage counts": [],
    "triage list": [],
    "vault status": [],
    "verify": [],
    "wave list": [],
    "wave plan": ["--n", "5"],
    "wave show": ["wave-1"],
}
# Commands that change something: walked for their refusals.
CHANGING: Mapping[str, Argv] = {
    "adjudicate decide": ["HELD", "grounded", "--value", "yes", "--reason", "r", "--by", "x"],
    "adjudicate send-back": ["HELD", "grounded", "--note", "n", "--by", "x"],
    "adjudicate undo": ["HELD", "grounded", "--reason", "r", "--by", "x"],
    "erase": ["ada", "--reason", "r"],
    "export": ["OUT"],
    "import": ["items.jsonl"],
    "judge examples": ["rules", "--out", "OUT"],
    "judge probe": ["rules"],
    "judge run": ["rules", "--items", "HELD"],
    "look abandon": ["rules", "--reason", "r"],
    "look declare": ["rules", "--n", "20"],
    "modes define": ["new", "--description", "d", "--severity", "major", "--visibility", "loud"],
    "modes merge": ["a", "b"],
    "modes rename": ["a", "b"],
    "modes tag": ["invented_source", "HELD"],
    "modes undo": ["1"],
    "monitor": [],
    "planted add": ["planted.jsonl"],
    "planted retire": ["x", "--reason", "r"],
    "report": [],
    "retain": ["--apply"],
    "split freeze": [],
    "training add": ["gold.jsonl"],
    "triage relabel-wave": ["--judge", "rules", "--criterion", "grounded", "--n", "4"],
    "triage tag": ["HELD", "--judge", "rules", "--criterion", "grounded", "--cause", "judge error"],
    "vault open": ["--reason", "r"],
    "wave close": ["wave-1"],
    "wave draw": ["--n", "5"],
}  # fmt: skip


@pytest.fixture(scope="module")
def tokens(marked: Marked) -> Mapping[Role, str]:
    """A person and a token for each role; from here on the study asks for a login."""
    found: dict[Role, str] = {}
    for role in ("owner", "lead", "engineer", "rater"):
        people.add_account(
            marked.desk, f"the-{role}", name=f"The {role}", password=None, roles=[role], by="t", role=HOLDER
        )
        found[role] = personal_tokens.make(marked.desk, f"the-{role}", name="ci", by="t").token
    return found


@pytest.fixture
def as_role(tokens: Mapping[Role, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.delenv("CALIBRANT_DB", raising=False)
    monkeypatch.delenv("CALIBRANT_ROLE", raising=False)
    yield monkeypatch


def argv(name: str, marked: Marked) -> Argv:
    places = {
        "HELD": [item for item in marked.items[HELD_OUT] if int(item[3:]) % 6 == 0][-1],
        "STUDY": str(marked.desk.folder), "OUT": str(marked.desk.folder / "out"),
    }  # fmt: skip
    words = [places.get(word, word) for word in {**READING, **CHANGING}[name]]
    files = [str(marked.desk.folder / word) if word.endswith(".jsonl") else word for word in words]
    study = [] if "--study" in files else ["--study", str(marked.desk.folder)]
    return [*name.split(), *files, *study]


def test_the_walk_goes_through_every_command_that_needs_a_right() -> None:
    assert {*READING, *CHANGING} == {name for name, action in DOORS.items() if action is not None}
    assert set(DOORS) == set(commands())


@pytest.mark.parametrize("name", [*READING, *CHANGING])
def test_a_command_is_refused_to_roles_without_its_right(
    name: str,
    marked: Marked,
    tokens: Mapping[Role, str],
    as_role: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    may = RIGHTS[DOORS[name]]  # type: ignore[index]
    for role in (role for role in ROLES if role not in may):
        as_role.setenv("CALIBRANT_TOKEN", tokens[role])
        assert main(argv(name, marked)) == 1, role
        said = capsys.readouterr()
        assert f"The {role} may not run `calibrant {name}`" in said.err and "needs the role" in said.err
        assert "Ask the owner, The owner." in said.err and said.out == ""
        assert not marked.leaks(role, said.err)


@pytest.mark.parametrize("name", list(READING))
def test_a_command_prints_no_mark_that_its_role_may_not_see(
    name: str,
    marked: Marked,
    tokens: Mapping[Role, str],
    as_role: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for role in (role for role in ROLES if role in RIGHTS[DOORS[name]]):  # type: ignore[index]
        as_role.setenv("CALIBRANT_TOKEN", tokens[role])
        for more in ([], ["--json"]):
            code = main([*argv(name, marked), *more])
            said = capsys.readouterr()
            names = name not in (
                "audit list",
                "judge prompt",
            )  # the log names items; a refusal the one asked about
            assert not marked.leaks(role, said.out + said.err, names=names), f"{role}: {name} {more}"
            assert "may not run" not in said.err, f"{role}: {name} ended with {code}"


def test_without_a_token_nothing_guarded_runs_and_it_is_said_what_to_do(
    marked: Marked, as_role: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for token in (None, "cal_wrong"):
        as_role.delenv("CALIBRANT_TOKEN", raising=False)
        if token is not None:
            as_role.setenv("CALIBRANT_TOKEN", token)
        assert main(["status", "--study", str(marked.desk.folder)]) == 1
        said = capsys.readouterr().err
        assert "asks for a login: set CALIBRANT_TOKEN" in said and "Ask the owner, The owner." in said
        assert "needs the role rater, lead, engineer or owner" in said


def test_the_log_names_the_person_whatever_by_says_and_keeps_refusals(
    marked: Marked, tokens: Mapping[Role, str], as_role: pytest.MonkeyPatch
) -> None:
    as_role.setenv("CALIBRANT_TOKEN", tokens["lead"])
    item = next(one for one in marked.items[DEVELOPMENT] if int(one[3:]) % 6 == 0)
    study = ["--study", str(marked.desk.folder)]
    decided = [
        "adjudicate",
        "decide",
        item,
        "grounded",
        "--value",
        "yes",
        "--reason",
        "seen",
        "--by",
        "somebody else",
    ]
    assert main([*decided, *study]) == 0
    last = audit.entries(marked.desk, role="owner", sought=Sought(kind="adjudication")).entries[0]
    assert (last.actor, last.kind) == ("The lead", "adjudication.decided")
    assert main(["vault", "open", "--reason", "to see", *study]) == 1
    refused = audit.entries(marked.desk, role="owner", sought=Sought(kind="refused")).entries[0]
    assert (refused.actor, refused.detail["where"]) == ("The lead", "calibrant vault open")
    assert refused.detail["action"] == "vault.open"


def test_somebody_with_several_roles_acts_in_the_one_that_may_or_the_one_they_name(
    marked: Marked,
    tokens: Mapping[Role, str],
    as_role: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    people.set_roles(marked.desk, "the-engineer", ["engineer", "lead"], by="t", role=HOLDER)
    as_role.setenv("CALIBRANT_TOKEN", tokens["engineer"])
    study = ["--study", str(marked.desk.folder)]
    assert main(["adjudicate", "list", *study]) == 0
    as_role.setenv("CALIBRANT_ROLE", "engineer")
    assert main(["adjudicate", "list", *study]) == 1
    assert "as engineer" in capsys.readouterr().err
    people.set_roles(marked.desk, "the-engineer", ["engineer"], by="t", role=HOLDER)


def test_an_engineer_imports_no_labels_into_a_frozen_split(
    marked: Marked,
    tokens: Mapping[Role, str],
    as_role: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    as_role.setenv("CALIBRANT_TOKEN", tokens["engineer"])
    row = {"item_id": marked.items[HELD_OUT][0], "rater": "bob", "criterion": "grounded", "value": "no"}
    path = marked.desk.folder / "guess.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert main(["import", str(path), "--dry-run", "--study", str(marked.desk.folder)]) == 1
    said = capsys.readouterr()
    assert "needs the role lead or owner" in said.err and said.out == ""


def test_a_study_without_accounts_asks_for_nothing(
    tmp_path: object, as_role: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_role.delenv("CALIBRANT_TOKEN", raising=False)
    folder = f"{tmp_path}/alone"
    assert main(["init", folder]) == 0
    capsys.readouterr()
    assert main(["status", "--study", folder, "--json"]) == 0
    assert "CALIBRANT_TOKEN" not in capsys.readouterr().err


def test_another_study_of_the_same_database_is_neither_named_nor_opened(
    marked: Marked,
    tokens: Mapping[Role, str],
    as_role: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    for name in ("study.toml", "rubric.yaml", "judge.py"):
        text = (marked.desk.folder / name).read_text(encoding="utf-8").replace('"marked"', '"neighbour"')
        (tmp_path / name).write_text(text, encoding="utf-8")
    shared = str(marked.desk.folder / "calibrant.db")
    neighbour = open_desk(tmp_path, database=shared)
    people.add_account(neighbour, "nina", name="Nina", password=None, roles=["owner"], by="t", role=HOLDER)
    neighbour.close()
    assert [one.name for one in studies.list_studies(marked.desk, role="owner")] == ["marked"]
    as_role.setenv("CALIBRANT_DB", shared)
    as_role.setenv("CALIBRANT_TOKEN", tokens["owner"])
    assert main(["status", "--study", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "neighbour asks for a login" in said.err and said.out == ""
