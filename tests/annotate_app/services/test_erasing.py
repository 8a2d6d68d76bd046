"""Erasure of a person: the name is gone from every byte, and every number is what it was, to the last bit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import erased_study
import pytest
from erased_study import NOTE, PERSON, RATERS
from postgres import both_engines

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services import audit, disputes, labelling, periodic
from annotate_app.services.calibrating import build_report
from annotate_app.services.erased_names import _renamed, name_pattern
from annotate_app.services.erasing import CannotErase, erase, named_at
from annotate_app.services.people import add_account
from annotate_app.services.pseudonyms import pseudonyms_of
from annotate_app.services.ratings import ratings
from annotate_app.services.recomputing import check_certificate
from annotate_app.services.rights import HOLDER, NotAllowed
from annotate_app.store import adjudication, studies
from annotate_app.store import labels as label_store
from annotate_app.store.sql import rows
from calibration.agreement import measure
from rubrics.answers import Answer


@pytest.fixture
def desk(tmp_path: Path, database: str | None) -> Iterator[Desk]:
    opened = erased_study.make(tmp_path / "study")
    yield opened
    opened.close()


def erased(desk: Desk, name: str = PERSON, **options: bool) -> str:
    done = erase(desk, name, by="Olga Owner", role="owner", reason="asked for it", **options)
    assert done.rewritten == ""
    return done.pseudonym


def numbers(desk: Desk) -> str:
    """Every number of the study as text, where equal texts are equal bits."""
    splits = {
        split: measure(ratings(desk, splits=(split,))).as_json()
        for split in ("development", "validation", "held_out")
    }
    return json.dumps(
        {"agreement": splits, "report": build_report(desk, role=HOLDER).as_json()},
        sort_keys=True,
        ensure_ascii=False,
    )


def stored_answers(desk: Desk) -> list[tuple[object, ...]]:
    with desk.store.reading() as session:
        return [
            tuple(row.values())
            for row in rows(
                session,
                "SELECT id, criterion_id, item_id, rater_id, purpose, revision, status, flags, code, number, "
                "sure, at FROM label ORDER BY id",
            )
        ]


def bytes_on_disk(desk: Desk) -> bytes:
    """The database's files; of a server, every row of every table."""
    if desk.store.dialect.name == "sqlite":
        desk.close()
        return b"".join(path.read_bytes() for path in sorted(desk.folder.glob("calibrant.db*")))
    with desk.store.reading() as session:
        names = rows(session, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        found = [
            row["line"]
            for name in names
            for row in rows(session, "SELECT CAST(t AS text) AS line FROM " + name["tablename"] + " t")  # noqa: S608
        ]
    return "\n".join(found).encode()


@both_engines
def test_numbers_are_the_same_to_the_bit_and_certificates_still_hold(desk: Desk) -> None:
    taken = erased_study.fill(desk)
    before, answers = numbers(desk), stored_answers(desk)
    words = {name: erased(desk, name) for name in (PERSON, RATERS[0], RATERS[3])}
    for name, word in words.items():
        before = before.replace(name, word)
    now = numbers(desk)
    # Lists that are in order of name, as that of raters, may be in another order; what they hold is the same.
    assert sorted_leaves(now) == sorted_leaves(before)
    assert json.loads(now)["agreement"] == json.loads(before)["agreement"]
    assert stored_answers(desk) == answers
    checked = check_certificate(desk, taken.path, role=HOLDER)
    assert checked.outcome == "trusted", [check for check in checked.checks if not check.passed]


def sorted_leaves(text: str) -> list[str]:
    def leaves(value: object, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, below in value.items():
                yield from leaves(below, f"{path}/{key}")
        elif isinstance(value, list):
            for below in value:
                yield from leaves(below, f"{path}[]")
        else:
            yield f"{path} {value!r}"

    return sorted(leaves(json.loads(text), ""))


def test_a_certificate_that_was_forged_is_not_made_good_by_an_erasure(desk: Desk) -> None:
    taken = erased_study.fill(desk)
    erased(desk)
    text = taken.path.read_text(encoding="utf-8")
    held = taken.certificate.evidence.labels_sha256
    taken.path.write_text(text.replace(held, "a" * 64), encoding="utf-8")
    assert check_certificate(desk, taken.path, role=HOLDER).outcome != "trusted"


@both_engines
def test_no_byte_of_the_name_is_left_in_the_database(desk: Desk) -> None:
    erased_study.fill(desk)
    assert PERSON.encode() in bytes_on_disk(desk)
    assert PERSON.lower().encode() in bytes_on_disk(desk)  # in what was imported beside labels
    word = erased(desk)
    for form in (PERSON, PERSON.lower(), PERSON.upper()):
        assert form.encode() not in bytes_on_disk(desk)
    assert word.encode() in bytes_on_disk(desk)
    assert NOTE.encode() in bytes_on_disk(desk)


@both_engines
def test_texts_go_with_the_name_where_that_is_asked_for_and_others_stay(desk: Desk) -> None:
    erased_study.fill(desk)
    before = numbers(desk)
    word = erased(desk, texts=True)
    assert sorted_leaves(numbers(desk)) == sorted_leaves(before.replace(PERSON, word))
    with desk.store.reading() as session:
        journal = list(label_store.journal(session, desk.study_id))
    assert not [one for one in journal if one.rater == word and NOTE in (one.rationale, one.reason)]
    # What the lead wrote stays: half of the decisions are another person's.
    decided = [one.words for one in records(desk) if one.kind == "decided"]
    assert sorted(set(decided)) == ["(removed)", NOTE]


def records(desk: Desk) -> list[adjudication.Record]:
    with desk.store.reading() as session:
        return adjudication.records(session, desk.study_id)


def standing(desk: Desk) -> dict[tuple[str, str], bool]:
    """Every decision, and whether it is stale."""
    with desk.store.reading() as session:
        numbers_of = studies.criterion_ids(session, desk.study_id)
        return {
            (name, item): one.stale
            for name, number in numbers_of.items()
            for item, one in disputes.decisions(session, desk.study_id, number).items()
        }


def test_decisions_stand_as_they_stood_and_stale_ones_stay_stale(desk: Desk) -> None:
    erased_study.fill(desk)
    item = next(one for one in records(desk) if one.criterion == "grounded").item_id
    with desk.store.reading() as session:
        newest = [
            one for one in label_store.latest(session, desk.study_id, "grounded") if one.rater == PERSON
        ]
    given = next(one.value for one in newest if one.item_id == item)
    other = (Answer("grounded", "no" if given == "yes" else "yes"),)
    labelling.submit(desk, labelling.Submission("s-20", item, PERSON, other, reason="again"))
    before = standing(desk)
    assert set(before.values()) == {True, False}
    erased(desk)
    assert standing(desk) == before


@both_engines
def test_the_journal_is_closed_again_and_its_chain_holds(desk: Desk) -> None:
    erased_study.fill(desk)
    noted = audit.verify(desk, role="owner").sha256
    word = erased(desk)
    chain = audit.verify(desk, role="owner", known=noted)
    assert chain.faults == ()
    last = audit.entries(desk, role="owner").entries[0]
    assert (last.kind, last.detail["pseudonym"], last.actor) == ("rater.erased", word, "Olga Owner")
    assert PERSON not in json.dumps(
        [dict(one.detail) for one in audit.every(desk, role="owner")], ensure_ascii=False
    )
    for statement in ("UPDATE label SET code = 0", "UPDATE event SET actor = 'x'", "DELETE FROM submission"):
        with desk.store.bulk() as bulk, pytest.raises(Exception, match="never changed or removed"):
            bulk.connection.execute(statement)


def test_a_pseudonym_that_exports_used_is_the_one_that_stays(desk: Desk) -> None:
    before = pseudonyms_of(desk, [PERSON])[PERSON]
    assert erased(desk) == before
    assert pseudonyms_of(desk, [before]) == {before: before}


def test_somebody_new_of_the_same_name_is_somebody_else(desk: Desk) -> None:
    word = erased(desk)
    labelling.add_rater(desk, PERSON)
    assert {one.name for one in labelling.raters(desk)} == {*RATERS, word}


def test_files_and_texts_that_name_the_person_are_told(desk: Desk) -> None:
    erased_study.fill(desk)
    (desk.folder / "exports").mkdir()
    (desk.folder / "exports" / "labels.jsonl").write_text(f'{{"rater": "{PERSON}"}}\n', encoding="utf-8")
    labelling.submit(
        desk,
        labelling.Submission("s-9", "i9", RATERS[0], erased_study.ANSWERS, note=f"As {PERSON} said."),
    )
    (desk.folder / "before.db").write_bytes(PERSON.encode())
    found = named_at(desk, PERSON, role="owner")
    assert found.files == ("exports/labels.jsonl",)
    assert found.databases == ("before.db",)  # named, and not looked into: a process may have it open
    done = erase(desk, PERSON, by="Olga Owner", role="owner", reason="asked for it")
    assert done.files == ("exports/labels.jsonl",)
    assert done.databases == ("before.db",)
    assert [(place.table, place.column, place.rows) for place in done.mentions] == [("submission", "note", 1)]


@both_engines
def test_an_account_is_emptied_and_lets_nobody_in(desk: Desk) -> None:
    for login, name, role in (
        ("olga@example.org", "Olga Owner", "owner"),
        ("theo@example.org", "Theo Q", "rater"),
    ):
        add_account(
            desk, login, name=name, password="correct horse battery", roles=[role],  # type: ignore[list-item]
            rater=PERSON if role == "rater" else None, by="Olga Owner", role="owner",
        )  # fmt: skip
    word = erased(desk, "theo@example.org")
    for form in (PERSON, "Theo Q", "theo@example.org"):
        assert form.encode() not in bytes_on_disk(desk)
    with desk.store.reading() as session:
        [account] = rows(session, "SELECT * FROM account WHERE name = :name", {"name": word})
    assert account["password_hash"] is None
    assert account["disabled_at"]


def test_the_only_owner_cannot_be_erased(desk: Desk) -> None:
    add_account(
        desk, "olga@example.org", name="Olga Owner", password="correct horse battery", roles=["owner"],
        by="Olga Owner", role="owner",
    )  # fmt: skip
    with pytest.raises(CannotErase, match="make somebody else owner first"):
        erased(desk, "Olga Owner")


@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("Nobody Known", "asked for it", "nobody in this study is called"),
        (PERSON, " ", "say why"),
        (PERSON, f"{PERSON} asked for it", "must not name the person"),
    ],
)
def test_what_cannot_be_erased_is_refused_and_nothing_changes(
    desk: Desk, name: str, reason: str, said: str
) -> None:
    with pytest.raises(CannotErase, match=said):
        erase(desk, name, by="Olga Owner", role="owner", reason=reason)
    assert PERSON in {one.name for one in labelling.raters(desk)}


@pytest.mark.parametrize("role", ["rater", "lead", "engineer"])
def test_the_owner_alone_may_erase(desk: Desk, role: str) -> None:
    with pytest.raises(NotAllowed):
        erase(desk, PERSON, by="x", role=role, reason="asked for it")  # type: ignore[arg-type]


def test_an_erased_person_cannot_be_erased_again(desk: Desk) -> None:
    word = erased(desk)
    with pytest.raises(CannotErase, match="erased already"):
        erased(desk, word)


def test_another_process_in_the_way_is_said_and_can_be_waited_for(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = sqlite3.connect(desk.folder / "calibrant.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM rater").fetchone()
    done = erase(desk, PERSON, by="Olga Owner", role="owner", reason="asked for it")
    assert "calibrant erase --finish" in done.rewritten
    assert PERSON not in {one.name for one in labelling.raters(desk)}
    assert PERSON.encode() in bytes_on_disk(desk)
    study = ["--study", str(desk.folder)]
    assert main(["erase", "--finish", *study]) == 2
    reader.close()
    assert main(["erase", "--finish", *study]) == 0
    assert "rewritten" in capsys.readouterr().out
    assert PERSON.encode() not in bytes_on_disk(desk)
    assert main(["erase", *study]) == 1


def test_another_study_of_the_same_database_keeps_the_name(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "study.toml").write_text('[study]\nname = "another"\n', encoding="utf-8")
    (other / "rubric.yaml").write_text(erased_study.RUBRIC, encoding="utf-8")
    second = open_desk(other, database=str(desk.folder / "calibrant.db"))
    labelling.add_rater(second, PERSON)
    with second.store.writing() as session:
        audit.record(session, second, actor=PERSON, kind="saw answers", detail={"rater": PERSON})
    word = erased(desk)
    assert {one.name for one in labelling.raters(second)} == {PERSON}
    assert [one.actor for one in audit.every(second, role="owner") if one.kind == "saw answers"] == [PERSON]
    assert word not in json.dumps(
        [dict(one.detail) for one in audit.every(second, role="owner")], ensure_ascii=False
    )
    assert audit.verify(second, role="owner").faults == ()
    second.close()


def test_a_name_that_is_a_word_of_the_study_is_replaced_where_it_is_a_name_alone(desk: Desk) -> None:
    labelling.add_rater(desk, "helpful")
    labelling.submit(desk, labelling.Submission("s-30", "i0", "helpful", erased_study.ANSWERS))
    periodic.make_report(desk, role="owner")
    word = erased(desk, "helpful")
    assert {one.name for one in labelling.raters(desk)} == {*RATERS, word}
    assert set(ratings(desk).criteria) == {"grounded", "helpful"}
    with desk.store.reading() as session:
        [report] = rows(session, "SELECT content FROM report")
    assert "helpful" in report["content"]


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("Ann and Ann Lee", "P and Ann Lee"),
        ("Joanna, Ann_B, Ann.", "Joanna, Ann_B, P."),
        (r"A\. Roe \*wrote\*", r"A\. Roe \*wrote\*"),
        ("Ann Lee", "Ann Lee"),
    ],
)
def test_a_name_inside_another_name_is_left_alone(text: str, now: str) -> None:
    pattern = name_pattern(["Ann"], ["Ann Lee", "Zoe"])
    assert _renamed(text, pattern, "P") == now


def test_a_name_is_found_as_markdown_writes_it() -> None:
    pattern = name_pattern(["A. Roe_Lane*"], [])
    assert _renamed(r"by A\. Roe\_Lane\* and A. Roe_Lane*", pattern, "P") == "by P and P"


def test_the_command_says_what_it_did(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    erased_study.fill(desk)
    desk.close()
    study = ["--study", str(desk.folder)]
    (desk.folder / "before.db").touch()
    assert main(["erase", PERSON, "--dry-run", *study]) == 0
    told = capsys.readouterr().out
    assert "nothing was changed" in told
    assert "the database before.db was not looked into" in told
    assert main(["erase", PERSON, *study]) == 1
    assert "--reason is missing" in capsys.readouterr().err
    assert main(["erase", PERSON, "--reason", "asked for it", "--json", *study]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "calibrant/erasure/1"
    assert found["certificates"] == 1
    assert PERSON not in json.dumps(found, ensure_ascii=False)
