"""Rows of an import on their way in: in temporary tables, where they block nobody, until all are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

ITEM_COLUMNS = (
    "item_id", "kind", "sha256", "stratum", "cluster", "sensitive", "system", "system_a", "system_b",
    "input_id", "correlation_id", "meta", "sources", "reference", "context", "input", "output", "output_a",
    "output_b",
)  # fmt: skip
LABEL_COLUMNS = (
    "criterion_id", "item", "rater", "purpose", "status", "flags", "code", "number", "sure", "wave", "pi",
    "active_seconds", "at", "reason", "rationale", "evidence", "failure_modes", "extra", "submission",
)  # fmt: skip
VERDICT_COLUMNS = (
    "criterion_id", "item", "judge", "replicate", "status", "code", "number", "confidence", "confidence_kind",
    "expected", "reported_model", "tokens_in", "tokens_out", "cost_usd", "latency_seconds", "at", "probs",
    "raw_value", "rationale", "reason", "confidences",
)  # fmt: skip
PLACE = ("file", "line")
TABLES = {"item": ITEM_COLUMNS, "label": LABEL_COLUMNS, "verdict": VERDICT_COLUMNS}
NAMES = {"stage_ref": "item_id", "stage_rater": "name", "stage_judge": "name, spec_hash"}

StagedRow = tuple[object, ...]


@dataclass(slots=True)
class Staging:
    """Collects rows; `item`, `rater` and `judge` of labels and verdicts are places in the lists of names."""

    connection: sqlite3.Connection
    refs: dict[str, int] = field(default_factory=dict)
    raters: dict[str, int] = field(default_factory=dict)
    judges: dict[tuple[str, str], int] = field(default_factory=dict)

    def open(self) -> None:
        """Make the temporary tables anew; they belong to this connection and vanish with it."""
        self.close()
        for table, columns in TABLES.items():
            names = ", ".join((*PLACE, *columns))
            self.connection.execute(f"CREATE TEMP TABLE stage_{table} (seq INTEGER PRIMARY KEY, {names})")
        for table, columns_ in NAMES.items():
            self.connection.execute(
                f"CREATE TEMP TABLE {table} (place INTEGER PRIMARY KEY, {columns_}, id INTEGER)"
            )

    def close(self) -> None:
        for table in [f"stage_{table}" for table in TABLES] + [*NAMES, "cell", "differing"]:
            self.connection.execute(f"DROP TABLE IF EXISTS temp.{table}")

    def add(self, table: str, rows: Iterable[StagedRow]) -> None:
        """Put rows (file, line, then the table's columns) behind those already there."""
        columns = (*PLACE, *TABLES[table])
        marks = ", ".join("?" * len(columns))
        self.connection.execute("BEGIN")
        self.connection.executemany(
            f"INSERT INTO stage_{table} ({', '.join(columns)}) VALUES ({marks})", rows
        )
        self.connection.execute("COMMIT")

    def ref(self, item_id: str) -> int:
        """The place of an item's id among those that labels and verdicts name."""
        return self.refs.setdefault(item_id, len(self.refs))

    def rater(self, name: str) -> int:
        return self.raters.setdefault(name, len(self.raters))

    def judge(self, name: str, spec_hash: str) -> int:
        return self.judges.setdefault((name, spec_hash), len(self.judges))

    def name_everything(self) -> None:
        """Write the lists of names beside the rows."""
        insert = self.connection.executemany
        self.connection.execute("BEGIN")
        insert("INSERT INTO stage_ref (item_id, place) VALUES (?, ?)", self.refs.items())
        insert("INSERT INTO stage_rater (name, place) VALUES (?, ?)", self.raters.items())
        insert(
            "INSERT INTO stage_judge (name, spec_hash, place) VALUES (?, ?, ?)",
            ((name, spec_hash, place) for (name, spec_hash), place in self.judges.items()),
        )
        self.connection.execute("COMMIT")
