"""Which answers of raters differ, and what leads decided about them; reads labels alone, never a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotate_app.store import adjudication as store
from annotate_app.store.adjudication import GivenRow, Record
from annotate_app.store.codes import BLIND_PEERS
from annotate_app.store.engine import Session
from rubrics.answers import LabelStatus
from rubrics.canonical import sha256_of
from rubrics.rubric import Value

ANSWERED: tuple[LabelStatus, ...] = ("observed", "not_applicable")


@dataclass(frozen=True, slots=True)
class RaterAnswer:
    """A rater's answer that stands now, and the one that counts as human agreement.

    They are two where the answer was changed after others' answers were known: the first one counts.
    `searched`: it was given in a search wave, and counts because an estimating wave drew the item too.
    """

    rater: str
    status: LabelStatus
    value: Value | None
    counted: tuple[LabelStatus, Value | None]
    searched: bool = False

    @property
    def changed(self) -> bool:
        return self.counted != (self.status, self.value)


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision that is the last word on an item; `stale`: an answer has changed since."""

    record: Record
    stale: bool


def by_item(given: Iterable[GivenRow]) -> dict[str, tuple[RaterAnswer, ...]]:
    """The standing answers of each item, from all revisions in order."""
    revisions: dict[tuple[str, str], list[GivenRow]] = {}
    for row in given:
        revisions.setdefault((row.item_id, row.rater), []).append(row)
    found: dict[str, list[RaterAnswer]] = {}
    for (item, rater), history in revisions.items():
        newest, counted = history[-1], _counted(history)
        if newest.status in ANSWERED:
            first = (counted.status, counted.value)
            answer = RaterAnswer(rater, newest.status, newest.value, first, newest.searched)
            found.setdefault(item, []).append(answer)
    return {item: tuple(answers) for item, answers in found.items()}


def _counted(history: Sequence[GivenRow]) -> GivenRow:
    """The last answer that was given without knowing the others', else the last."""
    counted = history[0]
    for row in history[1:]:
        informed = not row.flags & BLIND_PEERS
        if not (informed and counted.status in ANSWERED and row.status != "withdrawn"):
            counted = row
    return counted


def differ(answers: Sequence[RaterAnswer]) -> bool:
    """Whether raters gave different answers before they knew of one another."""
    return len(answers) > 1 and len({answer.counted for answer in answers}) > 1


def differing(session: Session, criterion_id: int, *, numeric: bool) -> Mapping[str, tuple[RaterAnswer, ...]]:
    """The answers of every item on which raters differ, by its id; `numeric`: a scale without codes."""
    found = by_item(
        store.given(session, criterion_id, store.disputed(session, criterion_id, numbers=numeric))
    )
    return {item_id: answers for item_id, answers in found.items() if differ(answers)}


def sha256(answers: Sequence[RaterAnswer]) -> str:
    """Identity of the answers as they stand: who said what."""
    return sha256_of(sorted([one.rater, one.status, one.value] for one in answers))


def last_word(records: Iterable[Record]) -> Mapping[str, Record]:
    """The last step about each item that counts, by the item's id."""
    return {record.item_id: record for record in records if record.kind != "names shown"}


def decisions(session: Session, study_id: int, criterion_id: int) -> Mapping[str, Decided]:
    """The decisions about a criterion that were not undone or followed by sending back, by item's id."""
    words = last_word(store.records(session, study_id, criterion_id=criterion_id))
    standing = {item: record for item, record in words.items() if record.kind == "decided"}
    answers = by_item(store.given(session, criterion_id, [record.item for record in standing.values()]))
    return {
        item: Decided(record, sha256(answers.get(item, ())) != record.labels_sha256)
        for item, record in standing.items()
    }
