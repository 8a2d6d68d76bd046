"""Retention: what is older than study.toml keeps it goes, the rest and every number stay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import erased_study
import pytest
from erased_study import write_lines
from postgres import both_engines
from standing_clock import Clock

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services import audit, labelling, people, questions, signing_in
from annotate_app.services.erasing import NoLonger, erase
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import Submission, submit
from annotate_app.services.retaining import NothingToRetain, apply, overdue
from annotate_app.services.rights import HOLDER, NotAllowed
from annotate_app.store import labels as label_store
from annotate_app.store.engine import Session
from annotate_app.store.sql import number
from rubrics.answers import Answer, Label

RETENTION = "[retention]\ntexts_days = 100\nsessions_days = 30\nnames_days = 200\n"
OLD, NEW = "an old note of mine", "a new note of mine"
SKIPPED = "It upsets me: as it did last year"

MakeStudy = Callable[..., Path]


@pytest.fixture
def clock() -> Clock:
    """A clock that will have come to days before now when the study is made: commands go by the machine's."""
    return Clock(datetime.now(UTC) - timedelta(days=230))


@pytest.fixture
def desk(make_study: MakeStudy, clock: Clock, tmp_path: Path, database: str | None) -> Iterator[Desk]:
    """Ada answers early and never again; bob answers early and late; both write notes."""
    opened = open_desk(make_study(toml=RETENTION), clock=clock)
    import_files(
        opened,
        [write_lines(tmp_path / "i.jsonl", [{"item_id": f"i{k}", "output": "x"} for k in range(9)])],
        role=HOLDER,
    )
    for name in ("ada", "bob"):
        labelling.add_rater(opened, name)
        rate(opened, name, "i1", OLD)
        skip(opened, name, "i2")
    questions.ask(opened, "bob", "i1", OLD, entry_id="e-1")
    clock.forward(days=150)
    rate(opened, "bob", "i3", NEW)
    clock.forward(days=60)
    yield opened
    opened.close()


def rate(desk: Desk, rater: str, item: str, note: str) -> None:
    answers = (Answer("grounded", "no", rationale=note), Answer("cause", "name"), Answer("helpful", 2))
    submit(desk, Submission(f"{rater}-{item}", item, rater, answers, note=note))


def skip(desk: Desk, rater: str, item: str) -> None:
    answers = tuple(Answer(name, None, "skipped", reason=SKIPPED) for name in ("grounded", "helpful"))
    submit(desk, Submission(f"{rater}-{item}", item, rater, answers))


def journal(desk: Desk) -> list[Label]:
    with desk.store.reading() as session:
        return list(label_store.journal(session, desk.study_id))


@both_engines
def test_old_texts_and_idle_names_go_and_answers_stay(desk: Desk) -> None:
    before = journal(desk)
    planned = overdue(desk, role="owner")
    assert (planned.applied, planned.names) == (False, 1)
    assert planned.texts == {"submission.note": 2, "label.rationale": 2, "thread_entry.text": 1}
    assert journal(desk) == before
    done = apply(desk, by="Olga", role="owner")
    after = journal(desk)
    assert [(x.item_id, x.criterion, x.value, x.status, x.at) for x in after] == [
        (x.item_id, x.criterion, x.value, x.status, x.at) for x in before
    ]
    assert {x.rater for x in after} == {"bob", *done.pseudonyms}
    assert {x.rationale for x in after} == {None, NEW}
    # Of a skip stays the reason that was chosen; the words behind it go.
    assert {x.reason for x in after if x.status == "skipped"} == {"It upsets me"}
    entries = audit.every(desk, role="owner")
    assert [one.kind for one in entries if one.kind.startswith(("ret", "rat"))] == [
        "retention.applied",
        "rater.erased",
    ]
    assert audit.verify(desk, role="owner").faults == ()


@both_engines
def test_whoever_answers_again_before_their_turn_keeps_the_name(desk: Desk) -> None:
    """Idle when it was looked, and no more in the transaction that would erase the name."""

    def answers(_: Session) -> bool:
        return False

    with pytest.raises(NoLonger, match="nothing was erased"):
        erase(desk, "ada", by="Olga", role="owner", reason="idle", while_=answers)
    assert "ada" in {one.name for one in labelling.raters(desk)}
    assert overdue(desk, role="owner").names == 1


def test_doing_it_again_finds_nothing(desk: Desk) -> None:
    apply(desk, by="Olga", role="owner")
    assert not overdue(desk, role="owner").any
    assert not apply(desk, by="Olga", role="owner").any


def test_who_can_sign_in_keeps_the_name_and_ended_sessions_go(desk: Desk, clock: Clock) -> None:
    for login, name, role, rater in (
        ("o@x.org", "Olga", "owner", None),
        ("a@x.org", "Ada A", "rater", "ada"),
    ):
        people.add_account(
            desk, login, name=name, password="correct horse battery", roles=[role],  # type: ignore[list-item]
            rater=rater, by="Olga", role="owner",
        )  # fmt: skip
    signing_in.sign_in(desk, "a@x.org", "correct horse battery", client="x")
    assert overdue(desk, role="owner").names == 0
    clock.forward(days=90)
    assert overdue(desk, role="owner").ended == {"web_session": 1}
    assert apply(desk, by="Olga", role="owner").ended == {"web_session": 1}
    with desk.store.reading() as session:
        assert number(session, "SELECT count(*) FROM web_session") == 0
    assert "ada" in {one.name for one in labelling.raters(desk)}


def test_without_a_time_everything_is_kept(tmp_path: Path) -> None:
    plain = erased_study.make(tmp_path / "plain")
    with pytest.raises(NothingToRetain, match="texts_days"):
        overdue(plain, role="owner")
    plain.close()


@pytest.mark.parametrize("role", ["rater", "lead", "engineer"])
def test_the_owner_alone_may_remove(desk: Desk, role: str) -> None:
    for what in (lambda: overdue(desk, role=role), lambda: apply(desk, by="x", role=role)):  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            what()


def test_the_command_changes_nothing_unless_it_is_told_to(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.close()
    study = ["--study", str(desk.folder)]
    assert main(["retain", *study]) == 0  # by the machine's clock, months later than the study's
    assert "--apply removes it" in capsys.readouterr().out
    assert main(["retain", "--apply", "--json", *study]) == 0
    assert json.loads(capsys.readouterr().out)["applied"] is True
    assert main(["retain", *study]) == 0
    assert capsys.readouterr().out == "nothing is overdue\n"
