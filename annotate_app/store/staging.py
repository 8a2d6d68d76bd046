"""Rows of an import on their way in: in temporary tables, where they block nobody, until all are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from annotate_app.store.engines.dialect import Raw

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
PLAIN_COLUMNS = (
    "criterion_id", "purpose", "status", "flags", "code", "number", "item", "rater", "at", "rationale",
)  # fmt: skip
PLACED = (*PLACE, *PLAIN_COLUMNS)  # a plain label as it is staged; its other columns are empty
TABLES = {"item": ITEM_COLUMNS, "label": LABEL_COLUMNS, "verdict": VERDICT_COLUMNS}
NAMES = {"stage_ref": ("item_id",), "stage_rater": ("name",), "stage_judge": ("name", "spec_hash")}
TYPES = {
    "INTEGER": ("file", "line", "criterion_id", "item", "rater", "judge", "purpose", "status", "flags",
                "code", "replicate", "tokens_in", "tokens_out"),
    "REAL": ("number", "pi", "active_seconds", "confidence", "expected", "cost_usd", "latency_seconds"),
    "BOOLEAN": ("sensitive", "sure"),
}  # fmt: skip
TYPE_OF = {column: name for name, columns in TYPES.items() for column in columns}

StagedRow = tuple[object, ...]


@dataclass(slots=True)
class Staging:
    """Collects rows; `item`, `rater` and `judge` of labels and verdicts are places in the lists of names."""

    connection: Raw
    refs: dict[str, int] = field(default_factory=dict)
    raters: dict[str, int] = field(default_factory=dict)
    judges: dict[tuple[str, str], int] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)  # raters under other names; several may be one

    def open(self) -> None:
        """Make the temporary tables anew; they belong to this connection and vanish with it."""
        self.close()
        for table, columns in TABLES.items():
            self._create(f"stage_{table} (seq INTEGER PRIMARY KEY, {_typed((*PLACE, *columns))})")
        for table, names in NAMES.items():
            self._create(f"{table} (place INTEGER PRIMARY KEY, {_typed(names)}, id INTEGER)")

    def _create(self, table: str) -> None:
        self.connection.execute(f"CREATE TEMP TABLE {table}")

    def close(self) -> None:
        for table in [f"stage_{table}" for table in TABLES] + [*NAMES, "cell", "differing"]:
            self.connection.execute(f"DROP TABLE IF EXISTS temp.{table}")

    def add(self, table: str, rows: Iterable[StagedRow]) -> None:
        """Put rows (file, line, then the table's columns) behind those already there."""
        columns = (*PLACE, *TABLES[table])
        with self._together():
            self._insert(f"stage_{table}", columns, rows)

    def add_plain(self, rows: Iterable[StagedRow]) -> None:
        """Put labels, as PLACED says, behind those already there."""
        with self._together():
            self._insert("stage_label", PLACED, rows)

    def _insert(self, table: str, columns: Iterable[str], rows: Iterable[StagedRow]) -> None:
        names = tuple(columns)
        marks = ", ".join("?" * len(names))
        self.connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)

    @contextmanager
    def _together(self) -> Iterator[None]:
        self.connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
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
        with self._together():
            self._insert("stage_ref", ("item_id", "place"), self.refs.items())
            names = ((self.called.get(name, name), place) for name, place in self.raters.items())
            self._insert("stage_rater", ("name", "place"), names)
            self._insert(
                "stage_judge",
                ("name", "spec_hash", "place"),
                ((name, spec_hash, place) for (name, spec_hash), place in self.judges.items()),
            )


def _typed(columns: Iterable[str]) -> str:
    return ", ".join(f"{column} {TYPE_OF.get(column, 'TEXT')}" for column in columns)
