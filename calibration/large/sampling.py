"""A random part of a large file, row by row with its inclusion probability; never holds the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from calibration.large.database import Database, Limits, database
from calibration.large.declared import refuse_bomb
from calibration.large.sources import PLAIN, lines_of, quoted
from calibration.readers import CannotRead
from calibration.readers.files import refuse_packed, unreadable

MARKED = "('true', '1', 'yes')"


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows are drawn: a share of every stratum, and for certain those that the column `always` marks.

    Columns of JSON files may be paths such as `meta.language`.
    """

    share: float
    seed: int = 0
    stratify: str | None = None
    always: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise CannotRead(f"--sample {self.share:g}: must be above 0 and at most 1, such as 0.15")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row that was drawn: its place in the file (from 1), its fields, and with what probability."""

    row: int
    fields: dict[str, object]
    pi: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """How many rows of a stratum there are and were drawn; `certain`: those that are always drawn."""

    name: str
    rows: int
    drawn: int
    certain: int


def drawn_rows(file: Path, plan: Plan, limits: Limits | None = None) -> Iterator[Drawn | tuple[Stratum, ...]]:
    """First the strata in figures, then every drawn row in the file's order.

    In each stratum max(1, share × rows) rows are drawn, all with the same probability; the same file, share
    and seed draw the same rows. Raises CannotRead, NeedsDuckDB.
    """
    with database(limits or Limits()) as opened:
        source = _source(opened, file, plan)
        opened.run(f"CREATE TABLE keys AS SELECT row, stratum, certain FROM ({source})")
        opened.run(_draw(plan))
        yield _strata(opened)
        query = f"SELECT s.row, s.json, d.pi FROM ({source}) s JOIN drawn d ON d.row = s.row ORDER BY s.row"
        for row, content, pi in opened.stream(query):
            yield Drawn(int(row), _object(file, int(row), content), float(pi))


def _draw(plan: Plan) -> str:
    size = f"greatest(1, round({plan.share!r} * n))"
    order = f"md5('{plan.seed:d}:' || row), row"
    return (
        f"CREATE TABLE drawn AS SELECT row, stratum, certain, "
        f"CASE WHEN certain THEN 1.0 ELSE {size} / n END AS pi FROM (SELECT *, count(*) OVER w AS n, "
        f"row_number() OVER (PARTITION BY stratum, certain ORDER BY {order}) AS place FROM keys "
        f"WINDOW w AS (PARTITION BY stratum, certain)) WHERE certain OR place <= {size}"
    )


def _strata(opened: Database) -> tuple[Stratum, ...]:
    found = opened.rows(
        "SELECT k.stratum, count(*), count(d.row), count(*) FILTER (WHERE k.certain) FROM keys k "
        "LEFT JOIN drawn d ON d.row = k.row GROUP BY 1 ORDER BY 1"
    )
    return tuple(Stratum(str(name), *map(int, counts)) for name, *counts in found)


def _source(opened: Database, file: Path, plan: Plan) -> str:
    """A query for row, json, stratum and certain of every row."""
    if not file.is_file():
        raise CannotRead(f"{file}: there is no such file")
    _refuse_packed(file)
    suffix = file.suffix.lower()
    if suffix == ".parquet":
        refuse_bomb(opened, file, quoted(file))
    if suffix in (".parquet", ".csv", ".tsv"):
        table = f"read_parquet({quoted(file)})" if suffix == ".parquet" else _csv(file)
        _refuse_missing(opened, file, table, plan)
        rows = f"SELECT row_number() OVER () AS row, to_json(t) AS json FROM {table} t"
    else:
        objects = f"read_json_objects({quoted(file)}, {PLAIN}, format = '{lines_of(file)}')"
        rows = f"SELECT row_number() OVER () AS row, json FROM {objects}"
    stratum, always = _field(plan.stratify), _field(plan.always)
    return (
        f"SELECT row, json, coalesce({stratum}, '(none)') AS stratum, "
        f"coalesce(lower({always}) IN {MARKED}, false) AS certain FROM ({rows})"
    )


def _refuse_packed(file: Path) -> None:
    try:
        with file.open("rb") as stream:
            refuse_packed(stream.read(8))
    except CannotRead as fault:
        raise CannotRead(f"{file}: {fault}") from None
    except OSError as fault:
        raise CannotRead(unreadable(file, fault)) from None


def _csv(file: Path) -> str:
    return f"read_csv({quoted(file)}, header = true, all_varchar = true, {PLAIN})"


def _refuse_missing(opened: Database, file: Path, table: str, plan: Plan) -> None:
    present = [str(column[0]) for column in opened.rows(f"DESCRIBE SELECT * FROM {table}")]
    for name in (plan.stratify, plan.always):
        if name is not None and name.split(".")[0] not in present:
            raise CannotRead(f"{file}: has no column {name}; it has {', '.join(present)}")


def _field(name: str | None) -> str:
    """What stands in a field of a row's JSON, as text."""
    if name is None:
        return "CAST(NULL AS VARCHAR)"
    path = "$" + "".join('."' + part.replace('"', "") + '"' for part in name.split("."))
    return f"json_extract_string(json, '{path.replace(chr(39), chr(39) * 2)}')"


def _object(file: Path, row: int, content: str) -> dict[str, object]:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise CannotRead(f"{file}: row {row} is not JSON: {fault}") from None
    if not isinstance(found, dict):
        raise CannotRead(f"{file}: row {row} is no object")
    return found
