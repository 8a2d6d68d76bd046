"""Training: the items with an explained gold answer, the rounds that raters were asked, their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import ADJUDICATED, LABEL_STATUS, PURPOSE
from annotate_app.store.labels import NEWEST, SELECT, label_of
from annotate_app.store.sql import from_json, number, one, rows, run, to_json
from rubrics.answers import Label

TRAINING, WITHDRAWN, RATED = PURPOSE["training"], LABEL_STATUS["withdrawn"], "rated"
# Written as the index `label_of_training` has it, or SQLite would not use it.
_GOLD = f"l.purpose = {TRAINING} AND l.flags & {ADJUDICATED} <> 0"
_STANDS = f"l.status <> {WITHDRAWN} AND {NEWEST}"


@dataclass(frozen=True, slots=True)
class Round:
    """The training items that a rater is asked together, by their numbers, and how it ended if it did."""

    round_id: int
    number: int
    items: tuple[int, ...]
    pass_share: float
    after_submission: int
    right: int | None = None
    answers: int | None = None
    passed: bool | None = None

    @property
    def ended(self) -> bool:
        return self.passed is not None


@dataclass(frozen=True, slots=True)
class Given:
    """One answer of a rater to a training item: the number of its submission, and the label."""

    item: int
    submission: int
    label: Label


def gold_items(session: Session, study_id: int, split_version: int | None) -> list[int]:
    """Numbers of the development items with a gold answer that stands, in order of arrival."""
    split = (
        ""
        if split_version is None
        else "JOIN split_member m ON m.item_id = i.id AND m.version_id = :version AND m.split = 'development'"
    )
    found = rows(
        session,
        f"SELECT DISTINCT l.item_id AS item FROM label l JOIN item i ON i.id = l.item_id {split} "
        f"WHERE {_GOLD} AND i.study_id = :study AND {_STANDS} ORDER BY l.item_id",
        {"study": study_id, "version": split_version},
    )
    return [row["item"] for row in found]


def gold_of(session: Session, item: int) -> dict[str, Label]:
    """The gold answer of an item by criterion; the one that was given last counts."""
    query = f"{SELECT} WHERE {_GOLD} AND l.item_id = :item AND {_STANDS} ORDER BY l.id"
    found = (label_of(row) for row in rows(session, query, {"item": item}))
    return {label.criterion: label for label in found}


def wrote_gold(session: Session, rater_id: int) -> bool:
    """Whether gold answers carry this rater's name: nobody is trained on their own."""
    return (
        one(session, f"SELECT 1 FROM label l WHERE {_GOLD} AND l.rater_id = :rater", {"rater": rater_id})
        is not None
    )


def latest(session: Session, rater_id: int) -> Round | None:
    """The rater's newest round."""
    found = rounds(session, rater_id)
    return found[-1] if found else None


def rounds(session: Session, rater_id: int) -> list[Round]:
    """The rater's rounds, oldest first."""
    found = rows(
        session,
        "SELECT t.*, x.right_answers, x.answers, x.passed FROM training_round t "
        "LEFT JOIN training_result x ON x.round_id = t.id WHERE t.rater_id = :rater ORDER BY t.number",
        {"rater": rater_id},
    )
    return [_round(row) for row in found]


def start(
    session: Session, study_id: int, rater_id: int, items: Sequence[int], *, pass_share: float, at: str
) -> None:
    """Begin the rater's next round with these items; answers sent from now on belong to it."""
    run(
        session,
        "INSERT INTO training_round (study_id, rater_id, number, items, pass_share, after_submission, at) "
        "SELECT :study, :rater, 1 + count(*), :items, :share, (SELECT coalesce(max(id), 0) FROM submission), "
        ":at FROM training_round WHERE rater_id = :rater",
        {
            "study": study_id, "rater": rater_id, "items": to_json(list(items)), "share": pass_share,
            "at": at,
        },
    )  # fmt: skip


def end(session: Session, round_id: int, *, right: int, answers: int, passed: bool, at: str) -> None:
    """Store how a round ended, once."""
    run(
        session,
        "INSERT INTO training_result (round_id, right_answers, answers, passed, at) "
        "VALUES (:round, :right, :answers, :passed, :at) ON CONFLICT (round_id) DO NOTHING",
        {"round": round_id, "right": right, "answers": answers, "passed": passed, "at": at},
    )


def first_answers(session: Session, rater_id: int, *, after: int = 0) -> dict[int, list[Given]]:
    """By item the labels of the rater's first training submission after the submission `after`."""
    found = rows(
        session,
        f"{SELECT.replace('SELECT l.id', 'SELECT l.id, l.item_id AS item, s.id AS submission')} "
        "WHERE l.submission_id IN (SELECT min(f.id) FROM submission f WHERE f.rater_id = :rater "
        f"AND f.purpose = {TRAINING} AND f.kind = '{RATED}' AND f.id > :after GROUP BY f.item_id) "
        "ORDER BY s.id, c.id",
        {"rater": rater_id, "after": after},
    )
    given: dict[int, list[Given]] = {}
    for row in found:
        given.setdefault(row["item"], []).append(Given(row["item"], row["submission"], label_of(row)))
    return given


def passed(session: Session, rater_id: int) -> bool:
    """Whether the rater has passed a round."""
    return bool(
        number(
            session,
            "SELECT count(*) FROM training_round t JOIN training_result x ON x.round_id = t.id "
            "WHERE t.rater_id = :rater AND x.passed",
            {"rater": rater_id},
        )
    )


def _round(row: Mapping[str, Any]) -> Round:
    return Round(
        round_id=row["id"], number=row["number"], items=tuple(from_json(row["items"])),
        pass_share=row["pass_share"], after_submission=row["after_submission"], right=row["right_answers"],
        answers=row["answers"], passed=None if row["passed"] is None else bool(row["passed"]),
    )  # fmt: skip
