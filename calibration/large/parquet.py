"""Files of JSON Lines again as Parquet, row by row the same; refuses to make times of texts."""

from __future__ import annotations

from pathlib import Path

from calibration.large.database import Database, Limits, database
from calibration.large.sources import quoted

GUESSED = ("TIMESTAMP", "DATE", "TIME", "UUID")  # kinds that DuckDB reads out of a text


def add_parquet(folder: Path, limits: Limits | None = None) -> list[Path]:
    """A Parquet file beside every file of JSON Lines in the folder that has rows; what it wrote."""
    made = []
    with database(limits or Limits()) as opened:
        for file in sorted(folder.glob("*.jsonl")):
            if file.stat().st_size:
                into = file.with_suffix(".parquet")
                read = f"SELECT * FROM read_json({quoted(file)}, {_columns(opened, file)})"
                opened.run(f"COPY ({read}) TO {quoted(into)} (FORMAT parquet)")
                made.append(into)
    return made


def _columns(opened: Database, file: Path) -> str:
    """The columns of the whole file by name and kind; text stays text."""
    lines = "format = 'newline_delimited'"
    found = opened.rows(f"DESCRIBE SELECT * FROM read_json({quoted(file)}, {lines}, sample_size = -1)")
    kinds = {str(name): "VARCHAR" if kind.startswith(GUESSED) else kind for name, kind, *_ in found}
    pairs = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in kinds.items())
    return f"{lines}, columns = {{{pairs}}}"


def _text(content: str) -> str:
    return "'" + content.replace("'", "''") + "'"
