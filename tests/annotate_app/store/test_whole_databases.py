"""Whole databases: inspected, copied between engines, backed up and brought back; nothing lost or half."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from postgres import both_engines
from sqlalchemy import text

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services import bringing_back, labelling
from annotate_app.services.backing_up import back_up, manifest_of, read_manifest
from annotate_app.services.bringing_back import restore
from annotate_app.services.copying import copy_database
from annotate_app.services.databases import CannotDo, bring_forward
from annotate_app.services.importing import import_files
from annotate_app.services.inspecting import Inspected, inspect_database
from annotate_app.services.labelling import Submission
from annotate_app.services.rights import HOLDER
from annotate_app.store import audit, contents, labels
from annotate_app.store.audit import Sought
from annotate_app.store.engine import OPENING, open_as_it_is, open_store
from annotate_app.store.migrations import MIGRATIONS
from annotate_app.store.schema import migrate
from rubrics.answers import Answer

MOMENT = re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+Z?|\"sha256\": \"\w+\"")
PRESENT = MIGRATIONS[-1].version


def rated(desk: Desk, rater: str, number: int, helpful: int = 2) -> str:
    """An answer to item `number`, acknowledged."""
    sent = Submission(
        f"{rater}-{number}-{helpful}", f"i{number}", rater,
        (Answer("grounded", "yes"), Answer("helpful", helpful)), active_seconds=1.5,
    )  # fmt: skip
    return labelling.submit(desk, sent).submission_id


def filled(desk: Desk) -> Desk:
    """Six items, answers of two raters, one of them changed and one taken back, and a judge's verdicts."""
    for number in range(6):
        rated(desk, "ada", number, 1 + number % 3)
        rated(desk, "bob", number, 1 + number % 2)
    rated(desk, "ada", 0, 3)
    labelling.undo(desk, "bob")
    path = desk.folder / "verdicts.jsonl"
    lines = [
        {"item_id": f"i{n}", "judge": "import", "criterion": "helpful", "value": 1 + n % 3} for n in range(6)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    import_files(desk, [path], role=HOLDER)
    return desk


def address(desk: Desk) -> str:
    return desk.store.engine.url.render_as_string(hide_password=False)


LOG = {"event", "event_link", "event_head"}


def records(where: str) -> dict[str, tuple[int, str]]:
    """Rows and hash of every table but the audit log's, in which a restore is entered."""
    return {name: found for name, found in sums(where).items() if name not in LOG}


def sums(where: str) -> dict[str, tuple[int, str]]:
    """Rows and hash of every table."""
    store = open_as_it_is(where)
    with store.reading() as session:
        found = {t.name: contents.summed(session, t) for t in contents.tables(session)}
    store.close()
    return {name: (one.rows, one.sha256) for name, one in found.items()}


def changed(where: str, *statements: str) -> None:
    """What nobody may do: rows changed behind the triggers' back."""
    store = open_as_it_is(where)
    with store.writing() as session:
        for statement in statements:
            session.connection().execute(text(statement))
    store.close()


def wrong(found: Inspected) -> set[str]:
    return {one.name for one in found.findings if not one.fine}


@both_engines
def test_a_database_that_was_worked_on_has_nothing_wrong(desk: Desk, database: str | None) -> None:
    found = inspect_database(address(filled(desk)))
    assert wrong(found) == set()
    assert len(found.findings) == 13


DAMAGE = {
    "triggers": ("DROP TRIGGER label_no_update{on}",),
    "revisions": ("DROP TRIGGER label_no_update{on}", "UPDATE label SET revision = 7 WHERE revision = 1"),
    "rated": ("DELETE FROM rated WHERE item_id = (SELECT min(item_id) FROM rated)",),
    "items": ("UPDATE item SET output = 'something else' WHERE position = 2",),
    "rubrics": (
        "DROP TRIGGER rubric_version_no_update{table}", "UPDATE rubric_version SET sha256 = 'another'",
    ),
    "positions": ("UPDATE item SET position = 90 WHERE position = 5",),
    "submissions": (
        "DROP TRIGGER submission_no_update{table}",
        "UPDATE submission SET rater_id = 3 WHERE id = (SELECT min(id) FROM submission)",
    ),
}  # fmt: skip


@both_engines
@pytest.mark.parametrize("name", DAMAGE)
def test_every_damage_is_found_under_its_name(name: str, desk: Desk, database: str | None) -> None:
    where = address(filled(desk))
    for statement in DAMAGE[name]:
        table = statement.removeprefix("DROP TRIGGER ").partition("_no_update")[0]
        changed(where, statement.format(**dict.fromkeys(("on", "table"), f" ON {table}" if database else "")))
    assert name in wrong(inspect_database(where))


@both_engines
def test_a_row_that_refers_to_nothing_is_found(desk: Desk, database: str | None) -> None:
    where = address(filled(desk))
    lost = "UPDATE item SET import_id = 999 WHERE position = 1"
    if database is None:
        connection = sqlite3.connect(desk.folder / "calibrant.db")
        connection.execute(lost)
        connection.commit()
        connection.close()
    else:
        changed(where, "SET session_replication_role = replica", lost)
    assert "references" in wrong(inspect_database(where))


def test_a_damaged_file_is_said_to_be_damaged(desk: Desk, tmp_path: Path) -> None:
    back_up(address(filled(desk)), tmp_path / "whole.db")
    content = bytearray((tmp_path / "whole.db").read_bytes())
    for place in range(8 * 4096, len(content) - 4096, 4096):
        content[place : place + 64] = b"\x05" * 64
    (tmp_path / "torn.db").write_bytes(content)
    assert wrong(inspect_database(str(tmp_path / "torn.db"))) == {"file"}


def test_an_old_database_is_said_to_be_old_and_brought_forward(tmp_path: Path) -> None:
    where = str(tmp_path / "old.db")
    store = open_as_it_is(where)
    with store.writing() as session:
        migrate(session.connection(), migrations=MIGRATIONS[:3])
    store.close()
    assert wrong(inspect_database(where)) == {"schema"}
    planned = bring_forward(where, dry_run=True)
    assert (planned.before, planned.after, len(planned.steps)) == (3, PRESENT, len(MIGRATIONS) - 3)
    assert bring_forward(where).steps == planned.steps
    again = bring_forward(where)
    assert (again.before, again.steps) == (PRESENT, ())
    assert wrong(inspect_database(where)) == set()


@pytest.fixture
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either engine."""
    if request.param == "sqlite":
        return str(tmp_path / "target.db")
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


both_targets = pytest.mark.parametrize("target", ["sqlite", "postgresql"], indirect=True)


@both_engines
@both_targets
def test_a_copy_is_the_same_row_by_row_and_goes_on_from_there(
    desk: Desk, database: str | None, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    where = address(filled(desk))
    found = copy_database(where, target)
    assert sums(where) == sums(target)
    assert {one.table: one.rows for one in found.tables}["label"] == 28
    assert reports(desk.folder, where, capsys) == reports(desk.folder, target, capsys)
    there = open_desk(desk.folder, database=target, clock=desk.clock)
    rated(there, "bob", 5, 1)  # new rows get numbers behind those that were copied
    there.close()
    assert wrong(inspect_database(target)) == set()


def reports(folder: Path, where: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `calibrant status` says, and the numbers of a report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CALIBRANT_DB", where)
        assert main(["status", "--study", str(folder), "--json"]) == 0
        said = capsys.readouterr().out
        assert main(["report", "--study", str(folder), "--json"]) in (0, 2)
    return said + MOMENT.sub("now", capsys.readouterr().out)


@both_targets
def test_a_text_with_a_character_that_postgresql_does_not_know_is_no_reason_to_stay(
    desk: Desk, target: str
) -> None:
    answers = (Answer("grounded", "no", rationale="It\0s not"), Answer("cause", "name"), Answer("helpful", 1))
    labelling.submit(desk, Submission("zero", "i0", "ada", answers, note="a\0b"))
    found = copy_database(address(desk), target)
    kept = "It\u2400s not" if target.startswith("postgresql") else "It\0s not"
    assert found.changed == (2 if target.startswith("postgresql") else 0)
    assert found.as_json()["identical"] is (found.changed == 0)
    there = open_store(target)
    with there.reading() as session:
        assert kept in [label.rationale for label in labels.latest(session, desk.study_id)]
    there.close()


@both_targets
def test_nothing_is_copied_into_a_database_that_holds_something(desk: Desk, target: str) -> None:
    where = address(filled(desk))
    copy_database(where, target)
    before = sums(target)
    with pytest.raises(CannotDo, match=r"is not empty, it has rows of study \(1\)"):
        copy_database(where, target)
    with pytest.raises(CannotDo, match="onto itself"):
        copy_database(where, where)
    assert sums(target) == before


@both_targets
def test_a_copy_that_is_cut_off_leaves_an_empty_database(
    desk: Desk, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = address(filled(desk))
    whole = contents.append

    def cut_off(session: object, table: object, *rest: object) -> None:
        whole(session, table, *rest)  # type: ignore[arg-type]
        if getattr(table, "name", "") == "verdict":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(contents, "append", cut_off)
        with pytest.raises(KeyboardInterrupt):
            copy_database(where, target)
    store = open_as_it_is(target)
    with store.reading() as session:
        assert contents.names(session) == frozenset()
    store.close()
    copy_database(where, target)
    assert sums(where) == sums(target)


def test_another_program_s_database_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "theirs.db")
    connection.execute("CREATE TABLE theirs (id INTEGER)")
    connection.close()
    for refused in (lambda: copy_database(address(desk), str(tmp_path / "theirs.db")),
                    lambda: bring_forward(str(tmp_path / "theirs.db")),
                    lambda: inspect_database(str(tmp_path / "theirs.db"))):  # fmt: skip
        with pytest.raises(CannotDo, match="theirs"):
            refused()
    with pytest.raises(CannotDo, match="there is no database"):
        inspect_database(str(tmp_path / "nowhere.db"))


@both_engines
@both_targets
def test_a_backup_comes_back_on_either_engine(
    desk: Desk, database: str | None, target: str, tmp_path: Path
) -> None:
    where = address(filled(desk))
    made = back_up(where, tmp_path / "kept.backup")
    assert made.manifest.version == PRESENT
    restored = restore(made.file, target)
    assert restored.before is None
    assert records(target) == records(where)
    assert len(entered(target, "database.restored")) == 1
    with pytest.raises(CannotDo, match="is not empty"):
        restore(made.file, target)


@both_engines
def test_a_restore_that_replaces_keeps_what_was_there_in_another_backup(
    desk: Desk, database: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    where = address(filled(desk))
    made = back_up(where, tmp_path / "kept.backup")
    then = records(where)
    rated(desk, "cyd", 3)
    later = records(where)
    with pytest.raises(CannotDo, match=r"open elsewhere|other connections"):
        restore(made.file, where, replace=True)  # the desk is a server that has it open
    desk.close()
    assert records(where) == later
    restored = restore(made.file, where, replace=True)
    assert restored.before is not None
    assert records(where) == then
    assert [one["before"] for one in entered(where, "database.restored")] == [restored.before.file.name]
    restore(restored.before.file, where, replace=True)
    assert records(where) == later


def test_what_is_written_while_a_restore_prepares_is_in_the_backup_of_what_it_replaces(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = address(filled(desk))
    folder, made = desk.folder, back_up(where, tmp_path / "kept.backup")
    desk.close()

    def written_meanwhile(*given: object) -> None:
        other = open_desk(folder)
        rated(other, "cyd", 3)
        other.close()
        finish(*given)

    finish: Callable[..., None] = bringing_back._Work.finish
    monkeypatch.setattr(bringing_back._Work, "finish", written_meanwhile)
    before = restore(made.file, where, replace=True).before
    assert before is not None
    store = open_as_it_is(str(before.file))
    with store.reading() as session:
        assert "cyd" in {label.rater for label in labels.journal(session, 1)}
    store.close()


@both_engines
def test_a_backup_taken_while_raters_write_has_every_answer_acknowledged_before_it(
    desk: Desk, database: str | None, tmp_path: Path
) -> None:
    acknowledged: list[str] = []
    begun, over = threading.Event(), threading.Event()

    def rating() -> None:
        own = open_desk(desk.folder, clock=desk.clock)
        number = 0
        while not over.is_set():
            acknowledged.append(rated(own, "ada", number % 6, 1 + number // 6 % 3))
            number += 1
            begun.set()
        own.close()

    thread = threading.Thread(target=rating)
    thread.start()
    assert begun.wait(10)
    before = list(acknowledged)
    made = back_up(address(desk), tmp_path / "kept.backup")
    over.set()
    thread.join()
    copy = str(tmp_path / "copy.db")
    restore(made.file, copy)
    store = open_store(copy)
    with store.reading() as session:
        there = set(session.connection().execute(text("SELECT submission_id FROM submission")).scalars())
    store.close()
    assert set(before) <= there <= set(acknowledged)
    assert wrong(inspect_database(copy)) == set()


def test_a_backup_that_is_not_what_its_manifest_says_is_refused(desk: Desk, tmp_path: Path) -> None:
    made = back_up(address(filled(desk)), tmp_path / "kept.backup")
    content, target = made.file.read_bytes(), str(tmp_path / "target.db")
    for spoilt in (content[:-4096], content[:5000] + b"x" + content[5001:], content + b"\0"):
        made.file.write_bytes(spoilt)
        with pytest.raises(CannotDo, match="is not the file that was backed up"):
            restore(made.file, target)
    made.file.write_bytes(content)
    manifest_of(made.file).write_text("{}", encoding="utf-8")
    with pytest.raises(CannotDo, match="is no manifest"):
        restore(made.file, target)
    manifest_of(made.file).unlink()
    with pytest.raises(CannotDo, match="two files"):
        restore(made.file, target)
    assert not Path(target).exists()
    with pytest.raises(CannotDo, match="never replaces a file"):
        back_up(address(desk), made.file)


def test_the_commands_end_with_the_contract_s_exit_codes(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where, study = address(filled(desk)), str(desk.folder)
    run: Callable[..., int] = lambda *words: main(["db", *words])  # noqa: E731
    assert run("check", "--study", study) == 0
    assert "nothing is wrong" in capsys.readouterr().out
    assert run("migrate", "--study", study) == 0
    assert run("backup", str(tmp_path / "b"), "--study", study, "--json") == 0
    assert run("copy", where, str(tmp_path / "copy.db")) == 0
    assert run("copy", where, str(tmp_path / "copy.db")) == 1
    assert run("restore", str(tmp_path / "b"), "--database", str(tmp_path / "new.db")) == 0
    assert run("restore", str(tmp_path / "no"), "--database", str(tmp_path / "other.db")) == 1
    assert run("check", "--database", str(tmp_path / "none.db")) == 1
    capsys.readouterr()
    changed(str(tmp_path / "copy.db"), "UPDATE item SET output = 'other' WHERE position = 0")
    assert run("check", "--database", str(tmp_path / "copy.db"), "--json") == 2
    assert json.loads(capsys.readouterr().out)["fine"] is False


def entered(where: str, kind: str) -> list[dict[str, object]]:
    """What the audit log of the database's study says of its kind."""
    store = open_as_it_is(where)
    with store.reading() as session:
        found = audit.newest(session, 1, Sought(kind=kind), limit=9)
    store.close()
    return [dict(one.detail) for one in found]


def who_entered(where: str, kind: str) -> list[str]:
    """Who did so."""
    store = open_as_it_is(where)
    with store.reading() as session:
        found = audit.newest(session, 1, Sought(kind=kind), limit=9)
    store.close()
    return [one.actor for one in found]


@both_engines
@both_targets
def test_what_was_done_to_a_database_stands_in_the_audit_log_of_its_studies(
    desk: Desk, database: str | None, target: str, tmp_path: Path
) -> None:
    where, file, other = address(filled(desk)), tmp_path / "kept.backup", str(tmp_path / "other.db")
    made = read_manifest(back_up(where, tmp_path / "first.backup").file)
    assert main(["db", "backup", str(file), "--database", where]) == 0
    assert [one["file"] for one in entered(where, "database.backed_up")] == ["kept.backup"]
    assert main(["db", "restore", str(tmp_path / "first.backup"), "--database", target]) == 0
    assert [one["sha256"] for one in entered(target, "database.restored")] == [made.sha256]
    assert main(["db", "copy", target, other]) == 0
    assert [sorted(one) for one in entered(other, "database.copied")] == [["from", "rows"]]
    assert [sorted(one) for one in entered(target, "database.copied")] == [["rows", "to"]]
    assert main(["db", "migrate", "--database", other]) == 0  # there is nothing to do, and nothing to enter
    assert entered(other, "database.migrated") == []
    assert inspect_database(other).fine  # the chain of its entries holds


def test_a_database_that_cannot_be_written_is_backed_up_without_an_entry(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = address(filled(desk))
    changed(where, "CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT raise(ABORT, 'no room'); END")
    assert main(["db", "backup", str(tmp_path / "kept.backup"), "--database", where]) == 0
    told = capsys.readouterr()
    assert "not entered in the audit log" in told.err
    assert "no room" in told.err
    assert "keep kept.backup.manifest.json" in told.out
    assert entered(where, "database.backed_up") == []


@both_engines
def test_a_backup_that_is_copied_stays_as_its_manifest_says(
    desk: Desk, database: str | None, tmp_path: Path
) -> None:
    kept = back_up(address(filled(desk)), tmp_path / "kept.backup").file
    assert main(["db", "copy", str(kept), str(tmp_path / "other.db")]) == 0
    assert [sorted(one) for one in entered(str(tmp_path / "other.db"), "database.copied")] == [
        ["from", "rows"]
    ]
    assert read_manifest(kept).file == "kept.backup"


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize("by", ["the command line", OPENING])
def test_a_database_that_is_brought_forward_says_so_in_the_log_of_its_studies(
    engine: str, by: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = str(tmp_path / "old.db")
    if engine == "postgresql":
        where = request.getfixturevalue("empty_postgres_url")
    old = open_as_it_is(where)
    with old.writing() as session:
        migrate(session.connection(), migrations=MIGRATIONS[:9])
        session.connection().execute(text("INSERT INTO study VALUES (1, 'k', 'old study', '2026-01-01')"))
    old.close()
    if by == OPENING:
        open_store(where).close()
    else:
        assert main(["db", "migrate", "--database", where]) == 0
    lacked = [one.version for one in MIGRATIONS[9:]]
    assert entered(where, "database.migrated") == [{"to": PRESENT, "steps": lacked}]
    assert who_entered(where, "database.migrated") == [by]
    assert inspect_database(where).fine
