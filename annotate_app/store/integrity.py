"""What is wrong in a database, counted: each question is one query that gives 0 where all is well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.exc import DatabaseError

from annotate_app.store import contents, engines
from annotate_app.store.codes import LABEL_STATUS
from annotate_app.store.engine import Session
from annotate_app.store.items import WHOLE, item_of
from annotate_app.store.labels import NEWEST
from annotate_app.store.migrations import MIGRATIONS
from annotate_app.store.sql import number, rows, stream
from rubrics.items import Item

WITHDRAWN = LABEL_STATUS["withdrawn"]

BODY = re.compile(r"\$body\$(.*)\$body\$", re.S)  # of a trigger's function on PostgreSQL

# A journal's cells whose revisions are not 1, 2, 3 … without a gap or a repetition.
GAPS = (
    "SELECT count(*) FROM (SELECT 1 AS cell FROM {table} GROUP BY {cell} "
    "HAVING min({nth}) <> 1 OR max({nth}) <> count(*) OR count(DISTINCT {nth}) <> count(*)) g"
)
REVISION_GAPS = GAPS.format(table="label", cell="criterion_id, item_id, rater_id, purpose", nth="revision")
TAKE_GAPS = GAPS.format(table="verdict", cell="criterion_id, judge_id, item_id, replicate", nth="take")

_STANDS = f"l.status <> {WITHDRAWN} AND {NEWEST}"
RATED_WITHOUT_LABEL = (
    "SELECT count(*) FROM rated d WHERE NOT EXISTS (SELECT 1 FROM criterion c JOIN label l "
    "ON l.criterion_id = c.id AND l.item_id = d.item_id AND l.rater_id = d.rater_id "
    f"AND l.purpose = d.purpose WHERE c.study_id = d.study_id AND {_STANDS})"
)
LABEL_WITHOUT_RATED = (
    "SELECT count(*) FROM (SELECT DISTINCT l.item_id, l.rater_id, l.purpose FROM label l "
    f"WHERE {_STANDS}) s WHERE NOT EXISTS (SELECT 1 FROM rated d WHERE d.item_id = s.item_id "
    "AND d.rater_id = s.rater_id AND d.purpose = s.purpose)"
)
LABEL_OF_ANOTHER_SUBMISSION = (
    "SELECT count(*) FROM label l JOIN submission s ON s.id = l.submission_id WHERE s.item_id <> l.item_id "
    "OR s.rater_id <> l.rater_id OR s.purpose <> l.purpose"
)
SUBMISSION_WITHOUT_LABEL = (
    "SELECT count(*) FROM submission s WHERE NOT EXISTS (SELECT 1 FROM label l WHERE l.submission_id = s.id)"
)
RATED_BY_ANOTHER_SUBMISSION = (
    "SELECT count(*) FROM rated d LEFT JOIN submission s ON s.id = d.submission_id "
    "WHERE d.submission_id IS NOT NULL AND (s.id IS NULL OR s.item_id <> d.item_id "
    "OR s.rater_id <> d.rater_id OR s.purpose <> d.purpose OR s.kind <> 'rated')"
)
POSITION_GAPS = (
    "SELECT count(*) FROM (SELECT study_id FROM item GROUP BY study_id "
    "HAVING min(position) <> 0 OR max(position) <> count(*) - 1) g"
)
OLD_CLAIMS = "SELECT count(*) FROM claim WHERE expires_at < :before"


@dataclass(frozen=True, slots=True)
class Hashed:
    """A stored content and the hash that is stored beside it."""

    what: str
    content: str
    sha256: str


def count(session: Session, statement: str, values: Mapping[str, object] | None = None) -> int:
    """The number that one of the queries above gives."""
    return number(session, statement, values)


def file_faults(session: Session) -> list[str]:
    """What SQLite finds wrong in its own pages and indexes; a server keeps its own."""
    if session.connection().dialect.name != "sqlite":
        return []
    try:
        found = session.connection().exec_driver_sql("PRAGMA integrity_check").scalars().all()
    except DatabaseError as fault:
        return [str(fault.orig)]
    return [str(line) for line in found if line != "ok"]


def lost_references(session: Session) -> dict[str, int]:
    """How many rows of each table refer to a row that is not there."""
    lost: dict[str, int] = {}
    for table in contents.tables(session):
        for key in table.foreign_key_constraints:
            other = key.referred_table.alias()
            pairs = [(column, other.c[element.column.name]) for column, element in
                     zip(key.columns, key.elements, strict=True)]  # fmt: skip
            there = select(1).where(and_(*(mine == theirs for mine, theirs in pairs))).exists()
            query = select(func.count()).select_from(table)
            query = query.where(*(mine.is_not(None) for mine, _ in pairs), ~there)
            if found := session.connection().execute(query).scalar_one():
                lost[table.name] = lost.get(table.name, 0) + found
    return lost


def triggers_asked(session: Session, versions: frozenset[int]) -> Mapping[str, str]:
    """The triggers that migrations of these versions make here, with what each does."""
    defined = engines.of_session(session).defined
    asked: dict[str, str] = {}
    for statement in (s for one in MIGRATIONS if one.version in versions for s in one.statements):
        if statement.startswith("CREATE TRIGGER "):
            here = defined(statement)
            done = BODY.search(here[0])
            names = [found[1] for one in here if (found := re.match(r"CREATE TRIGGER (\w+)", one))]
            asked |= dict.fromkeys(names, done[1] if done else statement)
        elif gone := re.match(r"DROP TRIGGER (?:IF EXISTS )?(\w+)", statement):
            asked.pop(gone[1], None)
    return asked


def triggers(session: Session) -> Mapping[str, str]:
    """The triggers that the database has and that work, with what each does."""
    if session.connection().dialect.name == "sqlite":
        query = "SELECT name, sql AS does FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    else:
        query = (
            "SELECT t.tgname AS name, p.prosrc AS does FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND n.nspname = current_schema() "
            "ORDER BY t.tgname"
        )
    return {row["name"]: row["does"] for row in rows(session, query)}


def items(session: Session) -> Iterator[tuple[Item, str]]:
    """Every item with the hash that is stored for it."""
    for row in stream(session, f"SELECT {WHOLE} FROM item i ORDER BY i.id"):
        yield item_of(row), row["sha256"]


def rubrics(session: Session) -> list[Hashed]:
    """Every wording of every rubric."""
    found = rows(session, "SELECT id, content, sha256 FROM rubric_version ORDER BY id")
    return [Hashed(f"rubric version {row['id']}", row["content"], row["sha256"]) for row in found]


def certificates(session: Session) -> list[Hashed]:
    """The certificate of every look."""
    found = rows(session, "SELECT number, certificate, certificate_sha256 FROM look ORDER BY id")
    return [Hashed(f"look {r['number']}", r["certificate"], r["certificate_sha256"]) for r in found]
