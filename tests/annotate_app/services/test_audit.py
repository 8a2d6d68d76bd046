"""The audit log: entered with the deed, read by the owner alone, and bound so that tampering is found."""

from __future__ import annotations

import ast
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from postgres import both_engines

from annotate_app.desk import Desk
from annotate_app.services import audit, labelling
from annotate_app.services.audit import Sought
from annotate_app.services.importing import import_files
from annotate_app.services.inspecting import inspect_database
from annotate_app.services.labelling import Submission
from annotate_app.services.rights import HOLDER, ROLES, NotAllowed
from rubrics.answers import Answer

ANSWERS = (Answer("grounded", "yes"), Answer("helpful", 3))


RIGHTS_ONLY = Sought(kind="role")  # the desk's own entries are of other kinds


def enter(desk: Desk, count: int = 3) -> None:
    for k in range(count):
        with desk.store.writing() as session:
            audit.record(session, desk, actor="olga", kind="role.given", detail={"place": k})


def by_other_tools(desk: Desk, *statements: str) -> None:
    """What somebody does who holds the database file: without the triggers that refuse it."""
    with sqlite3.connect(desk.folder / "calibrant.db") as connection:
        for table in ("event", "event_link"):
            for verb in ("update", "delete"):
                connection.execute(f"DROP TRIGGER {table}_no_{verb}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


@both_engines
def test_what_is_recorded_is_read_newest_first(desk: Desk) -> None:
    enter(desk)
    page = audit.entries(desk, role="owner", sought=RIGHTS_ONLY)
    assert [(e.actor, e.kind, e.detail["place"]) for e in page.entries] == [
        ("olga", "role.given", k) for k in (2, 1, 0)
    ]
    assert (page.total, page.pages) == (3, 1)
    assert audit.kinds(desk, role="owner") == ("import.made", "role.given", "rubric.registered")


@both_engines
def test_a_deed_that_is_undone_leaves_no_entry(desk: Desk) -> None:
    with pytest.raises(RuntimeError, match="halfway"), desk.store.writing() as session:
        audit.record(session, desk, actor="olga", kind="role.given", detail={})
        raise RuntimeError("halfway")
    assert audit.entries(desk, role=HOLDER, sought=RIGHTS_ONLY).total == 0
    assert audit.verify(desk, role=HOLDER).faults == ()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "owner"])
def test_nobody_but_the_owner_reads_the_log(desk: Desk, role: str) -> None:
    for read in (audit.entries, audit.every, audit.kinds, audit.verify):
        with pytest.raises(NotAllowed, match="role owner"):
            read(desk, role=role)  # type: ignore[operator]


@both_engines
def test_submissions_stand_in_the_log_without_their_answers(desk: Desk) -> None:
    labelling.submit(desk, Submission("s1", "i0", "ada", ANSWERS))
    labelling.undo(desk, "ada")
    sent = audit.entries(desk, role="owner", sought=Sought(kind="labels")).entries
    assert [(e.actor, e.kind, e.detail["item"]) for e in sent] == [
        ("ada", "labels.undone", "i0"),
        ("ada", "labels.rated", "i0"),
    ]
    assert "yes" not in str(sent)


@both_engines
def test_the_log_is_searched_by_person_kind_and_time(desk: Desk, clock: Callable[[], object]) -> None:
    enter(desk, 1)
    clock.forward(days=1)  # type: ignore[attr-defined]
    with desk.store.writing() as session:
        audit.record(session, desk, actor="bob", kind="role_taken", detail={})
    found = {
        "person": audit.entries(desk, role="owner", sought=Sought(actor="bob")),
        "group": audit.entries(desk, role="owner", sought=Sought(kind="role")),
        "kind": audit.entries(desk, role="owner", sought=Sought(kind="role_taken")),
        "since": audit.entries(desk, role="owner", sought=Sought(since="2026-01-02")),
        "until": audit.entries(desk, role="owner", sought=Sought(until="2026-01-02", kind="role")),
    }
    assert {name: [e.kind for e in page.entries] for name, page in found.items()} == {
        "person": ["role_taken"], "group": ["role.given"], "kind": ["role_taken"], "since": ["role_taken"],
        "until": ["role.given"],
    }  # fmt: skip


@both_engines
def test_pages_behind_the_last_are_the_last(desk: Desk) -> None:
    enter(desk, audit.PER_PAGE + 1)
    page = audit.entries(desk, role="owner", page=7, sought=RIGHTS_ONLY)
    assert (page.page, page.pages, len(page.entries)) == (1, 2, 1)
    assert page.entries[0].detail["place"] == 0


def test_the_store_refuses_to_change_or_remove_an_entry(desk: Desk) -> None:
    enter(desk, 1)
    connection = sqlite3.connect(desk.folder / "calibrant.db")
    for statement in ("DELETE FROM event", "DELETE FROM event_link", "UPDATE event SET actor = 'eve'"):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM event WHERE id = 2", "entry 2 was removed"),
        ("UPDATE event SET actor = 'bob' WHERE id = 2", "entry 2 is not what it was"),
        ("""UPDATE event SET detail = '{"place":7}' WHERE id = 1""", "entry 1 is not what it was"),
        ("UPDATE event SET at = '2020-01-01' WHERE id = 3", "entry 3 is not what it was"),
        ("DELETE FROM event_link WHERE number = 2", "entries 2 to 2 were removed"),
        ("DELETE FROM event_link WHERE number = 5", "the end of the chain"),
        ("UPDATE event_head SET number = 2", "the end of the chain"),
        (
            "INSERT INTO event (study_id, at, actor, kind, detail) VALUES (1, '2026', 'eve', 'x', '{}')",
            "1 entries were added past the chain",
        ),
    ],
)
def test_what_other_tools_did_to_the_log_is_found(desk: Desk, statement: str, fault: str) -> None:
    enter(desk)  # entries 3 to 5: the desk's rubric and items are the first two
    assert audit.verify(desk, role=HOLDER).faults == ()
    by_other_tools(desk, statement)
    assert any(fault in found for found in audit.verify(desk, role="owner").faults)
    checked = inspect_database(str(desk.folder / "calibrant.db"))
    assert fault in next(one.words for one in checked.findings if one.name == "audit log")


def test_a_chain_made_anew_is_found_by_a_hash_that_was_noted_elsewhere(desk: Desk) -> None:
    enter(desk)
    noted = audit.verify(desk, role="owner").sha256  # of three entries; the new chain has two
    enter(desk, 1)
    assert audit.verify(desk, role="owner", known=noted).faults == ()
    by_other_tools(desk, "DELETE FROM event_link", "DELETE FROM event", "DELETE FROM event_head")
    enter(desk, 2)
    assert audit.verify(desk, role="owner").faults == ()
    assert "no entry has the hash" in audit.verify(desk, role="owner", known=noted).faults[0]


@both_engines
def test_entries_of_many_at_once_follow_one_another(desk: Desk) -> None:
    """Four writers at a time: each waits for the head of the chain, none follows the same entry."""
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(enter, desk, 5) for _ in range(4)]:
            done.result()
    found = audit.verify(desk, role="owner")
    assert (found.entries, found.faults) == (2 + 4 * 5, ())
    assert len(audit.every(desk, role="owner")) == found.entries


def test_one_place_adds_entries() -> None:
    app = Path(audit.__file__).parents[1]
    adding = [f for f in app.rglob("*.py") if "INSERT INTO event (" in f.read_text(encoding="utf-8")]
    assert [f.name for f in adding] == ["events.py"]


# What is done outside of the database (a folder is written, a program is asked, a file was changed), or not
# done at all: entered by itself, before it is done where it is ours to do.
BY_THEMSELVES = {
    "exporting.py": "_enter", "founding.py": "_enter", "judging.py": "_enter_run",
    "policy_log.py": "note_policy", "refusals.py": "note",
}  # fmt: skip


def test_whatever_changes_the_database_is_entered_in_the_transaction_of_the_change() -> None:
    """Walks every function that enters something: nothing else written beside the entry is an exception."""
    alone = {}
    for file in sorted(Path(audit.__file__).parent.glob("*.py")):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and _writes_an_entry_alone(function):
                alone[file.name] = function.name
    assert alone == BY_THEMSELVES


def _writes_an_entry_alone(function: ast.FunctionDef) -> bool:
    """Whether it opens a transaction in which the session is given to the entry and to nothing else."""
    for block in ast.walk(function):
        if isinstance(block, ast.With) and any("writing()" in ast.unparse(one) for one in block.items):
            calls = [call for call in ast.walk(block) if isinstance(call, ast.Call) and call.args]
            given = [ast.unparse(call.func) for call in calls if ast.unparse(call.args[0]) == "session"]
            if given == ["audit.record"]:
                return True
    return False


@both_engines
def test_an_import_that_cannot_be_entered_leaves_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "more.jsonl"
    file.write_text('{"item_id": "new", "output": "x"}\n', encoding="utf-8")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(audit, "record", killed)
        import_files(desk, [file], role=HOLDER)
    summary = import_files(desk, [file], role=HOLDER, by="olga")
    assert summary.items.new == 1
    entries = audit.entries(desk, role=HOLDER, sought=Sought(kind="import", actor="olga")).entries
    assert [e.detail["new"] for e in entries] == [{"items": 1, "labels": 0, "verdicts": 0}]
    assert audit.verify(desk, role=HOLDER).faults == ()
