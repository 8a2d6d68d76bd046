"""What must be true after anything: what was acknowledged is stored once, as sent, and nothing else is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from annotate_app.desk import open_desk
from annotate_app.store import labels
from annotate_app.store.sql import rows
from benchmarks.people.study import item_of
from benchmarks.people.tab import Operation, Record
from rubrics.answers import Label

SUBMISSIONS = (
    "SELECT s.submission_id, s.kind, s.note, i.item_id, r.name AS rater FROM submission s "
    "JOIN item i ON i.id = s.item_id JOIN rater r ON r.id = s.rater_id ORDER BY s.id"
)
RATERS = "SELECT id, name FROM rater ORDER BY id"
STANDING = (
    "SELECT i.item_id, r.name AS rater, s.submission_id FROM rated d JOIN item i ON i.id = d.item_id "
    "JOIN rater r ON r.id = d.rater_id JOIN submission s ON s.id = d.submission_id ORDER BY s.id"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds, read as another process would."""

    submissions: tuple[Mapping[str, Any], ...]
    standing: Mapping[tuple[str, str], str]
    labels: tuple[Label, ...]
    names: frozenset[str] = frozenset()  # of raters, as they are called now


@dataclass(frozen=True, slots=True)
class Faulty:
    """What is not as it must be; all empty where no label was lost and none doubled."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    beyond_overlap: int = 0

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.other)


def stored_ids(folder: Path, database: str) -> set[str]:
    """The ids of all stored submissions."""
    desk = open_desk(folder, database=database)
    try:
        with desk.store.reading() as session:
            found = rows(session, "SELECT submission_id FROM submission ORDER BY id")
    finally:
        desk.close()
    return {row["submission_id"] for row in found}


def not_stored(acknowledged: Iterable[str], made: Mapping[str, Operation], stored: set[str]) -> list[str]:
    """Acknowledged submissions that the database lacks; undoing may have had nothing to undo."""
    return [
        key
        for key in acknowledged
        if made[key]["kind"] == "submission" and made[key]["submission_id"] not in stored
    ]


def numbers(folder: Path, database: str) -> dict[int, str]:
    """The raters' names by number, as they are now."""
    desk = open_desk(folder, database=database)
    try:
        with desk.store.reading() as session:
            return {row["id"]: row["name"] for row in rows(session, RATERS)}
    finally:
        desk.close()


def read(folder: Path, database: str, called: Mapping[int, str]) -> Stored:
    """What is there; raters are called what their numbers were called before anybody was erased."""
    desk = open_desk(folder, database=database)
    try:
        with desk.store.reading() as session:
            submissions = rows(session, SUBMISSIONS)
            standing = rows(session, STANDING)
            journal = tuple(labels.journal(session, desk.study_id))
            named = {row["name"]: called.get(row["id"], row["name"]) for row in rows(session, RATERS)}
    finally:
        desk.close()
    stands = {(named[row["rater"]], row["item_id"]): row["submission_id"] for row in standing}
    sent = tuple({**row, "rater": named[row["rater"]]} for row in submissions)
    given = tuple(replace(label, rater=named[label.rater]) for label in journal)
    return Stored(sent, stands, given, frozenset(named))


def check(
    stored: Stored,
    records: Mapping[str, Record],
    *,
    raters_per_item: int,
    left: Mapping[str, Collection[str]] = MappingProxyType({}),
    erased: Collection[str] = (),
) -> Faulty:
    """Everything that must be true when all outboxes are empty, but those of people who were erased.

    `left`: by name, what waits in the browser of somebody erased: it may be stored or not. The texts of those
    `erased` are gone with them, and their name is nobody's any more.
    """
    lost, doubled, other = [], [], []
    made = {key: op for record in records.values() for key, op in record.made.items()}
    acknowledged = {key for record in records.values() for key in record.acknowledged}
    times = Counter(row["submission_id"] for row in stored.submissions)
    doubled += [f"{one} is stored {n} times" for one, n in times.items() if n > 1]
    lost += [f"{key} was acknowledged" for key in not_stored(acknowledged, made, set(times))]
    waiting = {key for keys in left.values() for key in keys}
    lost += [
        f"{key} waits in no outbox and was not acknowledged" for key in set(made) - acknowledged - waiting
    ]
    other += [f"{name} was erased, and is a rater's name" for name in erased if name in stored.names]
    other += _never_sent(stored, made)
    other += _as_sent(stored, made, erased)
    other += _other_item(stored, {key: text for one in records.values() for key, text in one.shown.items()})
    doubled += _gaps(stored.labels)
    for rater, record in records.items():
        other += _order(stored, rater, record, left.get(rater, ()))
    given = Counter(item for _, item in stored.standing)
    beyond = sum(max(0, n - raters_per_item) for n in given.values())
    return Faulty(tuple(lost), tuple(doubled), tuple(other), beyond)


def _never_sent(stored: Stored, made: Mapping[str, Operation]) -> list[str]:
    names = {op["submission_id"] for op in made.values() if op["kind"] == "submission"}
    undone = {f"undo:{op['submission_id']}" for op in made.values() if op["kind"] == "undo"}
    return [
        f"{row['submission_id']} was never sent"
        for row in stored.submissions
        if row["submission_id"] not in names | undone
    ]


def _other_item(stored: Stored, shown: Mapping[str, str]) -> list[str]:
    """Answers are stored with the item whose words the rater saw."""
    return [
        f"{row['submission_id']} answers {item_of(shown[key])}, but is stored with {row['item_id']}"
        for row in stored.submissions
        if (key := f"submission:{row['submission_id']}") in shown and item_of(shown[key]) != row["item_id"]
    ]


def _as_sent(stored: Stored, made: Mapping[str, Operation], erased: Collection[str]) -> list[str]:
    """Answers, rationales and notes are exactly those that were sent, and no answer is missing."""
    written: dict[str, dict[str, Label]] = defaultdict(dict)
    wrong = []
    for label in stored.labels:
        if label.submission_id is None:  # imported
            continue
        of_one = written[label.submission_id]
        if label.criterion in of_one:
            wrong.append(f"{label.submission_id} answers {label.criterion} twice")
        of_one[label.criterion] = label
    for row in stored.submissions:
        operation = made.get(f"submission:{row['submission_id']}")
        if operation is None:
            continue
        found = {name: _said(one) for name, one in written[row["submission_id"]].items()}
        found = {name: said for name, said in found.items() if said[0] != "withdrawn"}
        texts = row["rater"] not in erased
        sent = {
            one["criterion"]: (
                one.get("status", "observed"), one.get("value"), one.get("rationale") if texts else None
            )
            for one in operation["answers"]
        }  # fmt: skip
        if found != sent or row["note"] != (operation["note"] if texts else None):
            wrong.append(f"{row['submission_id']}: sent {sent}, stored {found}")
    return wrong


def _said(label: Label) -> tuple[str, object, str | None]:
    return label.status, label.value, label.rationale


def _gaps(journal: Iterable[Label]) -> list[str]:
    """Revisions of a cell are 1, 2, 3 … in the order in which they were written."""
    seen: dict[tuple[str, str, str, str], int] = defaultdict(int)
    wrong = []
    for label in journal:
        cell = (label.item_id, label.rater, label.criterion, label.purpose)
        if label.revision != seen[cell] + 1:
            wrong.append(f"{cell}: revision {label.revision} after {seen[cell]}")
        seen[cell] = label.revision
    return wrong


def _order(stored: Stored, rater: str, record: Record, left: Collection[str]) -> list[str]:
    """What stands is what the rater did last, where one tab alone answered the item and all was sent."""
    stands: dict[str, str | None] = {}
    mixed: set[str] = set()
    by: dict[str, int] = {}
    for key, operation in record.made.items():
        words = record.shown.get(f"submission:{operation['submission_id']}")
        if words is None:
            continue
        item = item_of(words)
        if by.setdefault(item, record.browsers[key]) != record.browsers[key]:
            mixed.add(item)
        if key in left:
            mixed.add(item)
        if operation["kind"] == "submission":
            stands[item] = operation["submission_id"]
        elif stands.get(item) == operation["submission_id"]:
            stands[item] = None
    return [
        f"{rater}, {item}: {wanted} should stand, {stored.standing.get((rater, item))} does"
        for item, wanted in stands.items()
        if item not in mixed and stored.standing.get((rater, item)) != wanted
    ]
