"""Where the name of a person stands in a database, found by the schema itself: replaces it, or says where.

A person's name is a value of columns that hold persons (`actor`, `author` …), and of fields of JSON that hold
persons (`by`, `rater` …). A word that merely equals it, as an answer or a criterion may, is left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.types import String
from sqlmodel import Session

from annotate_app.store.sql import from_json, rows, run, to_json

PERSON_COLUMNS = frozenset({"actor", "author", "lead", "by", "invited_by", "rater_name", "email"})
PERSON_FIELDS = frozenset({
    "actor", "author", "lead", "by", "rater", "raters", "person", "login", "email", "owner", "invited_by",
})  # fmt: skip
# JSON that tells what persons did. Everywhere else JSON is content: items, verdicts, requests of judges.
TOLD = frozenset({
    ("event", "detail"), ("import_run", "options"), ("import_run", "counts"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a study: its text columns, its key, and the condition under which rows are the study's."""

    name: str
    texts: tuple[str, ...]
    key: tuple[str, ...]
    scope: str


@dataclass(frozen=True, slots=True)
class Place:
    """One column that holds a word, and how many rows of it do."""

    table: str
    column: str
    rows: int


def whole_word(name: str) -> re.Pattern[str]:
    """The name with no letter, digit or underscore beside it."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def tables(session: Session) -> Iterator[Table]:
    """Every table that belongs to a study, by its own column or by what it refers to."""
    found = inspect(session.connection())
    for name in sorted(found.get_table_names()):
        scope = _scope(found, name, ())
        if scope is not None:
            texts = tuple(c["name"] for c in found.get_columns(name) if isinstance(c["type"], String))
            key = tuple(found.get_pk_constraint(name)["constrained_columns"])
            yield Table(name, texts, key, scope)


def _scope(found: Any, table: str, seen: tuple[str, ...]) -> str | None:
    if "study_id" in {column["name"] for column in found.get_columns(table)}:
        return "study_id = :study"
    for reference in found.get_foreign_keys(table):
        parent = reference["referred_table"]
        if parent in seen or parent == "study" or len(reference["constrained_columns"]) != 1:
            continue
        inside = _scope(found, parent, (*seen, table))
        if inside is not None:
            column, key = reference["constrained_columns"][0], reference["referred_columns"][0]
            return f"{column} IN (SELECT {key} FROM {parent} WHERE {inside})"
    return None


def replace_person(session: Session, study_id: int, names: Collection[str], word: str) -> dict[str, int]:
    """Put `word` in place of the person whom `names` call; rows that changed, by "table.column"."""
    changed: Counter[str] = Counter()
    for name in names:
        values = {"study": study_id, "name": name, "word": word}
        for table in tables(session):
            persons = {"name"} if table.name == "rater" else PERSON_COLUMNS & set(table.texts)
            for column in sorted(persons):
                where = f"{column} = :name AND {table.scope}"
                changed[f"{table.name}.{column}"] += run(
                    session, f"UPDATE {table.name} SET {column} = :word WHERE {where}", values
                )
            for column in (one for one in table.texts if (table.name, one) in TOLD):
                retell = partial(_retold, name=name, word=word)
                changed[f"{table.name}.{column}"] += _rewrite(session, study_id, table, column, name, retell)
    return {place: count for place, count in sorted(changed.items()) if count}


def replace_word_of_rater(session: Session, study_id: int, rater_id: int, name: str, word: str) -> int:
    """The same word in what was imported beside the rater's labels (ids that are made of names)."""
    pattern = re.compile(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", re.IGNORECASE)
    table = next(one for one in tables(session) if one.name == "label")
    mine = Table("label", table.texts, table.key, f"{table.scope} AND rater_id = {int(rater_id)}")
    return _rewrite(session, study_id, mine, "extra", name, lambda text: pattern.sub(word, text))


def replace_in_reports(
    session: Session, study_id: int, change: Callable[[Any], Any], hash_of: Callable[[str], str]
) -> int:
    """Change the content of stored reports; their hash is that of what they say now. How many changed."""
    count = 0
    for row in rows(session, "SELECT id, content FROM report WHERE study_id = :study", {"study": study_id}):
        before = from_json(row["content"])
        after = change(before)
        if after != before:
            content = to_json(after)
            count += run(
                session,
                "UPDATE report SET content = :content, sha256 = :sha WHERE id = :id",
                {"content": content, "sha": hash_of(content), "id": row["id"]},
            )
    return count


def report_contents(session: Session, study_id: int) -> list[Any]:
    """The content of every stored report."""
    found = rows(
        session, "SELECT content FROM report WHERE study_id = :study ORDER BY id", {"study": study_id}
    )
    return [from_json(row["content"]) for row in found]


def places(session: Session, study_id: int, name: str) -> list[Place]:
    """Where the name stands as a whole word, in whatever text of the study."""
    pattern, found = whole_word(name), []
    for table in tables(session):
        for column in table.texts:
            held = _holding(session, study_id, table, column, name)
            count = sum(bool(pattern.search(row[column])) for row in held)
            if count:
                found.append(Place(table.name, column, count))
    return found


def _holding(
    session: Session, study_id: int, table: Table, column: str, name: str
) -> list[Mapping[str, Any]]:
    """Rows that hold the name as it is, in small or in capital letters; SQLite knows those of ASCII alone."""
    forms = {f"form_{k}": f"%{_escaped(form)}%" for k, form in enumerate((name, name.lower(), name.upper()))}
    like = " OR ".join(f"{column} LIKE :{form} ESCAPE '!'" for form in forms)
    return rows(
        session,
        f"SELECT {', '.join((*table.key, column))} FROM {table.name} WHERE ({like}) AND {table.scope}",
        {"study": study_id, **forms},
    )


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _rewrite(
    session: Session, study_id: int, table: Table, column: str, name: str, change: Callable[[str], str]
) -> int:
    count = 0
    same = " AND ".join(f"{key} = :key_{key}" for key in table.key)
    for row in _holding(session, study_id, table, column, name):
        text = change(row[column])
        if text != row[column]:
            keys = {f"key_{key}": row[key] for key in table.key}
            count += run(
                session, f"UPDATE {table.name} SET {column} = :text WHERE {same}", {"text": text, **keys}
            )
    return count


def _retold(text: str, *, name: str, word: str) -> str:
    """JSON with the person replaced where a field holds persons; a text that is no JSON, word by word."""
    try:
        told = from_json(text)
    except ValueError:
        return whole_word(name).sub(word, text)
    now = _replaced(told, name, word, inside=False)
    return text if now == told else to_json(now)


def _replaced(value: Any, name: str, word: str, *, inside: bool) -> Any:
    if isinstance(value, Mapping):
        return {
            (word if inside and key == name else key): _replaced(
                below, name, word, inside=inside or key in PERSON_FIELDS
            )
            for key, below in value.items()
        }
    if isinstance(value, list):
        return [_replaced(below, name, word, inside=inside) for below in value]
    return word if inside and value == name else value
