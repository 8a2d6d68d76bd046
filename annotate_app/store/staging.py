"""Rows of an import on their way in: in temporary tables, where they block nobody, until all are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
# Of a plain label all but its item and its texts is one of few kinds: what was answered, and by whom.
KIND_COLUMNS = ("criterion_id", "rater", "purpose", "status", "flags", "code", "number")
PLAIN_COLUMNS = ("answer", "item", "at", "rationale", "pi")
RUN_COLUMNS = ("begins", "ends", "file", "line")  # plain labels of consecutive lines, numbered one by one
TABLES = {"item": ITEM_COLUMNS, "label": LABEL_COLUMNS, "verdict": VERDICT_COLUMNS}
NAMES = {
    "stage_ref": ("item_id",), "stage_rater": ("name",), "stage_judge": ("name", "spec_hash"),
    "stage_answer": KIND_COLUMNS,
}  # fmt: skip
PLAIN = {"stage_plain": PLAIN_COLUMNS, "stage_run": RUN_COLUMNS}
TYPES = {
    "INTEGER": ("file", "line", "criterion_id", "item", "rater", "judge", "purpose", "status", "flags",
                "code", "answer", "begins", "ends", "replicate", "tokens_in", "tokens_out"),
    "REAL": ("number", "pi", "active_seconds", "confidence", "expected", "cost_usd", "latency_seconds"),
    "BOOLEAN": ("sensitive", "sure"),
}  # fmt: skip
TYPE_OF = {column: name for name, columns in TYPES.items() for column in columns}

StagedRow = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class PlainRun:
    """Plain labels of consecutive lines: per label its kind and its item (places).

    `more` has when, why and with what probability of each; it is empty where no label says any of them.
    """

    file: int
    line: int
    kinds: Sequence[int]
    items: Sequence[int]
    more: Sequence[Sequence[object]] = ()


@dataclass(slots=True)
class Staging:
    """Collects rows; `item`, `rater` and `judge` of labels and verdicts are places in the lists of names."""

    connection: Raw
    refs: dict[str, int] = field(default_factory=dict)
    raters: dict[str, int] = field(default_factory=dict)
    judges: dict[tuple[str, str], int] = field(default_factory=dict)
    kinds: dict[StagedRow, int] = field(default_factory=dict)
    labels: int = 0  # staged so far, plain ones and others: their numbers are the order of the files
    called: Mapping[str, str] = field(default_factory=dict)  # raters under other names; several may be one

    def open(self) -> None:
        """Make the temporary tables anew; they belong to this connection and vanish with it."""
        self.close()
        for table, columns in TABLES.items():
            self._create(f"stage_{table} (seq INTEGER PRIMARY KEY, {_typed((*PLACE, *columns))})")
        self._create(f"stage_plain (seq INTEGER PRIMARY KEY, {_typed(PLAIN_COLUMNS)})")
        self._create(f"stage_run ({_typed(RUN_COLUMNS)})")
        for table, names in NAMES.items():
            self._create(f"{table} (place INTEGER PRIMARY KEY, {_typed(names)}, id INTEGER)")

    def _create(self, table: str) -> None:
        self.connection.execute(f"CREATE TEMP TABLE {table}")

    def close(self) -> None:
        for table in (*(f"stage_{table}" for table in TABLES), *PLAIN, *NAMES, "cell", "differing"):
            self.connection.execute(f"DROP TABLE IF EXISTS temp.{table}")

    def add(self, table: str, rows: Iterable[StagedRow]) -> None:
        """Put rows (file, line, then the table's columns) behind those already there."""
        columns = (*PLACE, *TABLES[table])
        with self._together():
            if table == "label":
                self._insert("stage_label", ("seq", *columns), ((self._next(), *row) for row in rows))
            else:
                self._insert(f"stage_{table}", columns, rows)

    def _next(self) -> int:
        self.labels += 1
        return self.labels

    def add_plain(self, run: PlainRun) -> None:
        """Put plain labels behind the labels already there."""
        begins, self.labels = self.labels + 1, self.labels + len(run.kinds)
        filled = (range(begins, self.labels + 1), run.kinds, run.items, *run.more)
        columns = ("seq", *PLAIN_COLUMNS)[: len(filled)]
        with self._together():
            self._insert("stage_run", RUN_COLUMNS, [(begins, self.labels, run.file, run.line)])
            self._insert("stage_plain", columns, zip(*filled, strict=True))

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

    def kind(self, kind: StagedRow) -> int:
        """The place of a plain label's kind (as KIND_COLUMNS says) among those that were met."""
        return self.kinds.setdefault(kind, len(self.kinds))

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
            kinds = ((place, *kind) for kind, place in self.kinds.items())
            self._insert("stage_answer", ("place", *KIND_COLUMNS), kinds)


def _typed(columns: Iterable[str]) -> str:
    return ", ".join(f"{column} {TYPE_OF.get(column, 'TEXT')}" for column in columns)
