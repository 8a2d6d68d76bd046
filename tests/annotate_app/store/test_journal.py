"""The journal of labels and the verdicts: nothing is changed, nothing is removed, revisions have no gaps."""

from __future__ import annotations

import pytest
from postgres import both_engines
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from annotate_app.desk import Desk
from annotate_app.services import labelling
from annotate_app.services.labelling import Submission
from annotate_app.store import labels, studies, verdicts
from rubrics.answers import Answer, Verdict

pytestmark = both_engines

ANSWERS = (Answer("grounded", "yes"), Answer("helpful", 3))


def submit(desk: Desk, item: str = "i0", rater: str = "ada", key: str = "s1") -> None:
    labelling.submit(desk, Submission(key, item, rater, ANSWERS))


@pytest.mark.parametrize("table", ["label", "submission"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET active_seconds = 1", "DELETE FROM {}"])
def test_what_a_rater_sent_is_never_changed_or_removed(desk: Desk, table: str, statement: str) -> None:
    submit(desk)
    with pytest.raises(DBAPIError, match="never changed or removed"), desk.store.writing() as session:
        session.connection().exec_driver_sql(statement.format(table))
    with desk.store.reading() as session:
        assert labels.count(session, desk.study_id) == 2


@pytest.mark.parametrize("statement", ["UPDATE verdict SET confidence = 1", "DELETE FROM verdict"])
def test_verdicts_are_never_changed_or_removed(desk: Desk, statement: str) -> None:
    with desk.store.writing() as session:
        judge = studies.register_judge(session, desk.study_id, "rules", "h1", at=desk.now)
        verdicts.add(session, desk.study_id, judge, [Verdict("i0", "rules", "helpful", 2, confidence=0.5)])
    with pytest.raises(DBAPIError, match="never changed or removed"), desk.store.writing() as session:
        session.connection().exec_driver_sql(statement)


@pytest.mark.parametrize("revision", [1, 3])
def test_a_revision_that_is_not_the_next_is_refused(desk: Desk, revision: int) -> None:
    submit(desk)
    copy = (
        "INSERT INTO label (criterion_id, item_id, rater_id, purpose, revision, status, flags) "
        "SELECT criterion_id, item_id, rater_id, purpose, :revision, status, flags FROM label LIMIT 1"
    )
    with pytest.raises(DBAPIError, match="next revision"), desk.store.writing() as session:
        session.connection().execute(text(copy), {"revision": revision})


def test_judging_again_adds_a_take_and_the_newest_counts(desk: Desk) -> None:
    with desk.store.writing() as session:
        judge = studies.register_judge(session, desk.study_id, "rules", "h1", at=desk.now)
        for value in (2, 3):
            verdicts.add(session, desk.study_id, judge, [Verdict("i0", "rules", "helpful", value)])
    with desk.store.reading() as session:
        assert [v.value for v in verdicts.latest(session, desk.study_id, judge)] == [3]
        assert verdicts.count_by_status(session, desk.study_id) == {("rules", "helpful", "observed"): 1}


def test_a_verdict_outside_the_scale_is_refused(desk: Desk) -> None:
    with pytest.raises(verdicts.UnknownAnswerCode), desk.store.writing() as session:
        judge = studies.register_judge(session, desk.study_id, "rules", "h1", at=desk.now)
        verdicts.add(session, desk.study_id, judge, [Verdict("i0", "rules", "helpful", 9)])


def test_an_unfinished_transaction_leaves_nothing(desk: Desk) -> None:
    class Interrupted(Exception):
        pass

    with pytest.raises(Interrupted), desk.store.writing() as session:
        studies.register_judge(session, desk.study_id, "rules", "h1", at=desk.now)
        raise Interrupted
    with desk.store.reading() as session:
        assert studies.judges(session, desk.study_id) == []


def test_labels_read_back_as_they_were_given(desk: Desk) -> None:
    answers = (
        Answer("grounded", "no", rationale="The date is not in the sources."),
        Answer("cause", "number"),
        Answer("helpful", None, "not_applicable"),
        Answer("tone", 0.25, sure=False),
    )
    labelling.submit(
        desk,
        Submission(
            "s1", "i0", "ada", answers, failure_modes=("invented_source",), active_seconds=12.5, note="odd"
        ),
    )
    with desk.store.reading() as session:
        found = {label.criterion: label for label in labels.latest(session, desk.study_id)}
    assert {name: (label.value, label.status) for name, label in found.items()} == {
        "grounded": ("no", "observed"),
        "cause": ("number", "observed"),
        "helpful": (None, "not_applicable"),
        "tone": (0.25, "observed"),
    }
    assert found["grounded"].rationale == "The date is not in the sources."
    assert found["tone"].sure is False
    assert found["cause"].failure_modes == ("invented_source",)
    assert found["cause"].active_seconds == 12.5
    assert found["cause"].submission_id == "s1"
    assert found["cause"].rubric_sha256 == desk.rubric.sha256
    assert found["cause"].at == "2026-01-01T00:00:00.000000Z"
