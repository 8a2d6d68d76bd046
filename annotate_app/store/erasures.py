"""Erasures of persons: what was erased, the places that raters keep, and triggers put aside for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.sql import one, rows, run, to_json

REFUSES = "_no_update"  # how triggers end that refuse changes


@dataclass(frozen=True, slots=True)
class Moved:
    """The hash of the labels behind a certificate, before a name among them was replaced and after.

    Or of a plan of a look in stages, which names who declared it: `certificate_sha256` is its hash then.
    """

    certificate_sha256: str
    before: str
    after: str


def add(
    session: Session,
    study_id: int,
    *,
    pseudonym: str,
    rater_id: int | None,
    after: int | None,
    texts: bool,
    by: str,
    reason: str,
    at: str,
) -> int:
    """Enter an erasure; its number."""
    entered = one(
        session,
        "INSERT INTO erasure (study_id, pseudonym, rater_id, after_rater_id, texts, actor, reason, at) "
        "VALUES (:study, :pseudonym, :rater, :after, :texts, :actor, :reason, :at) RETURNING id",
        {
            "study": study_id, "pseudonym": pseudonym, "rater": rater_id, "after": after, "texts": texts,
            "actor": by, "reason": reason, "at": at,
        },
    )  # fmt: skip
    return 0 if entered is None else int(entered["id"])


def add_moved(session: Session, erasure: int, moved: Sequence[Moved]) -> None:
    """Enter what became of the hashes that certificates hold."""
    run(
        session,
        "INSERT INTO erased_evidence (erasure_id, certificate_sha256, labels_before, labels_after) "
        "VALUES (:erasure, :certificate, :before, :after)",
        [
            {"erasure": erasure, "certificate": m.certificate_sha256, "before": m.before, "after": m.after}
            for m in moved
        ],
    )


def labels_now(session: Session, study_id: int, certificate_sha256: str, stated: str) -> str:
    """What the hash that a certificate states is after all erasures since; `stated` where there was none."""
    found = rows(
        session,
        "SELECT v.labels_before, v.labels_after FROM erased_evidence v JOIN erasure e ON e.id = v.erasure_id "
        "WHERE e.study_id = :study AND v.certificate_sha256 = :certificate ORDER BY v.id",
        {"study": study_id, "certificate": certificate_sha256},
    )
    now = stated
    for row in found:
        if row["labels_before"] == now:
            now = row["labels_after"]
    return now


def places(session: Session, study_id: int) -> Mapping[int, int]:
    """Each rater's place by number: in order of name, and where it was in that order before it was erased."""
    named = rows(session, "SELECT id, name FROM rater WHERE study_id = :study", {"study": study_id})
    erased = rows(
        session,
        "SELECT rater_id, after_rater_id FROM erasure WHERE study_id = :study AND rater_id IS NOT NULL "
        "ORDER BY id",
        {"study": study_id},
    )
    behind = {row["rater_id"]: row["after_rater_id"] for row in erased}
    order = [row["id"] for row in sorted(named, key=lambda row: row["name"]) if row["id"] not in behind]
    waiting = dict(behind)
    while waiting:  # who is waited for stood before who waits, so somebody can always be placed
        rater = next(one for one, after in waiting.items() if after is None or after in order)
        after = waiting.pop(rater)
        order.insert(0 if after is None else order.index(after) + 1, rater)
    return {rater: place for place, rater in enumerate(order)}


def in_order(session: Session, study_id: int) -> Mapping[int, str]:
    """The names of raters by number, in the order of their places."""
    place = places(session, study_id)
    named = rows(session, "SELECT id, name FROM rater WHERE study_id = :study", {"study": study_id})
    return {row["id"]: row["name"] for row in sorted(named, key=lambda row: place[row["id"]])}


def before(session: Session, study_id: int, rater_id: int) -> int | None:
    """The rater who stands directly before this one."""
    place = places(session, study_id)
    return next((rater for rater, k in place.items() if k == place[rater_id] - 1), None)


@contextmanager
def changeable(session: Session) -> Iterator[None]:
    """Inside, rows that are never changed can be: the triggers are put aside and back in one transaction."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # what is overwritten is zeros, not old bytes
        found = rows(
            session,
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE :end ORDER BY name",
            {"end": f"%{REFUSES}"},
        )
        aside = [f"DROP TRIGGER {row['name']}" for row in found]
        again = [row["sql"] for row in found]
    else:
        found = rows(
            session,
            "SELECT DISTINCT event_object_table AS name FROM information_schema.triggers "
            "WHERE trigger_schema = current_schema() ORDER BY 1",
        )
        aside = [f"ALTER TABLE {row['name']} DISABLE TRIGGER USER" for row in found]
        again = [f"ALTER TABLE {row['name']} ENABLE TRIGGER USER" for row in found]
    for statement in aside:
        connection.exec_driver_sql(statement)
    yield
    for statement in again:
        connection.exec_driver_sql(statement)


def set_decided_on(session: Session, number: int, sha256: str) -> None:
    """The hash of the answers that a step of adjudication was taken on, once a name among them is another."""
    run(
        session,
        "UPDATE adjudication SET labels_sha256 = :sha WHERE id = :number",
        {"sha": sha256, "number": number},
    )


def set_plan(session: Session, study_id: int, moved: Moved, content: object) -> None:
    """A declared plan under the new name of who declared it, and the look that it ended."""
    values = {
        "study": study_id, "before": moved.before, "after": moved.after, "content": to_json(content),
    }  # fmt: skip
    run(
        session,
        "UPDATE look_plan SET content = :content, sha256 = :after "
        "WHERE study_id = :study AND sha256 = :before",
        values,
    )
    run(session, "UPDATE look SET plan = :after WHERE study_id = :study AND plan = :before", values)
