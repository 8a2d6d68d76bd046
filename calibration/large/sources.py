"""Files of labels or verdicts as one DuckDB relation: Parquet, CSV and JSON Lines, patterns allowed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calibration.large.database import Database
from calibration.large.declared import refuse_bomb
from calibration.readers import CannotRead

REQUIRED = ("item_id", "criterion", "value")
OPTIONAL = ("status", "revision", "replicate", "purpose", "blind", "adjudicated", "pi")
MOST_FILES = 1 << 10
PLAIN = "compression = 'none'"  # a small packed file may unpack to any size, and nothing in it says so
ROWS_OF_A_FILE = 1 << 34
TYPES = {"value": "JSON", "blind": "JSON", "pi": "DOUBLE", "revision": "BIGINT", "replicate": "BIGINT"}


def expanded(named: Sequence[Path | str]) -> list[Path]:
    """The files that the names and patterns stand for, in the order given, a pattern's files by name."""
    found: list[Path] = []
    for one in named:
        files = [Path(one)] if Path(one).is_file() else _matching(Path(one))
        if not files:
            raise CannotRead(f"{one}: there is no such file")
        found += files
    if len(found) > MOST_FILES:
        raise CannotRead(f"{len(found)} files are more than {MOST_FILES}; join some of them")
    return found


def _matching(pattern: Path) -> list[Path]:
    """The files that a path with wildcards stands for."""
    anchor = Path(pattern.anchor)
    return sorted(file for file in anchor.glob(str(pattern.relative_to(anchor))) if file.is_file())


def relation(database: Database, files: Sequence[Path], who: str) -> str:
    """A query for every row of the files: seq (its place), item, who, criterion, value as JSON text, …"""
    return " UNION ALL ".join(_of_file(database, file, k, who) for k, file in enumerate(files))


def _of_file(database: Database, file: Path, number: int, who: str) -> str:
    names = (*REQUIRED, who, *OPTIONAL)
    if file.suffix.lower() == ".parquet":
        refuse_bomb(database, file, quoted(file))
    source, row = _source(file, names), "row_number() OVER ()"
    if file.suffix.lower() in (".parquet", ".csv"):
        described = database.rows(f"DESCRIBE SELECT * FROM {source}")
        present = {str(column[0]) for column in described}
        missing = [name for name in (*REQUIRED, who) if name not in present]
        if missing:
            raise CannotRead(
                f"{file}: has no column {', '.join(missing)}; it has {', '.join(sorted(present))}"
            )
        row = "file_row_number + 1" if "file_row_number" in present else row
    else:
        present = set(names)
    columns = ", ".join(f"{_column(name, name in present)} AS {name}" for name in OPTIONAL)
    return (
        f"SELECT {number * ROWS_OF_A_FILE} + {row} AS seq, CAST(item_id AS VARCHAR) AS item, "
        f'CAST("{who}" AS VARCHAR) AS who, CAST(criterion AS VARCHAR) AS criterion, '
        f"nullif(CAST(to_json(value) AS VARCHAR), 'null') AS value, {columns} FROM {source}"
    )


def missing_values(files: Sequence[Path]) -> str | None:
    """A query for the seq of every row of a JSON file that lacks the field `value`; None without such files.

    Parquet and CSV files have the column or are refused as a whole.
    """
    parts = [
        f"SELECT {number * ROWS_OF_A_FILE} + row AS seq FROM (SELECT row_number() OVER () AS row, json "
        f"FROM read_json_objects({quoted(file)}, {PLAIN}, format = '{lines_of(file)}')) "
        "WHERE NOT json_exists(json, '$.value')"
        for number, file in enumerate(files)
        if file.suffix.lower() not in (".parquet", ".csv")
    ]
    return " UNION ALL ".join(parts) or None


def quoted(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"


def lines_of(file: Path) -> str:
    return "newline_delimited" if file.suffix.lower() in (".jsonl", ".ndjson") else "auto"


def _column(name: str, present: bool) -> str:
    kind = TYPES.get(name, "VARCHAR")
    return f"CAST({name} AS {kind})" if present else f"CAST(NULL AS {kind})"


def _source(file: Path, names: Sequence[str]) -> str:
    path = quoted(file)
    if file.suffix.lower() == ".parquet":
        return f"read_parquet({path}, file_row_number = true)"
    if file.suffix.lower() == ".csv":
        return f"read_csv({path}, header = true, all_varchar = true, {PLAIN})"
    kinds = ", ".join(f"{name}: '{TYPES.get(name, 'VARCHAR')}'" for name in names)
    return f"read_json({path}, {PLAIN}, format = '{lines_of(file)}', columns = {{{kinds}}})"
