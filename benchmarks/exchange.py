"""A million labels in and out: CPU per row beside bare sqlite3, and the peak memory of an export."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from annotate_app.desk import Desk, open_desk
from annotate_app.services.exporting import export
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER
from benchmarks.blocks import table

ROWS, RATERS = 1_000_000, 5
CRITERIA = ("grounded", "complete", "polite", "brief")
LEVELS = ("yes", "no")
NAMES = {"jsonl": "JSON Lines", "csv": "CSV", "parquet": "Parquet"}
COLUMNS = 21  # of a row of the journal
# Labels of four fields, and at, rationale and pi, are taken many at a time; with others each by itself.
REASONED = {"at": "2026-01-02T03:04:05Z", "rationale": "as the source says"}
KINDS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "plain": ("jsonl", {}), "reasoned": ("jsonl", REASONED), "drawn": ("jsonl", {"pi": 0.25}),
    "sure": ("jsonl", {"sure": True}), "table": ("csv", {}), "columns": ("parquet", {}),
}  # fmt: skip


def main() -> None:
    print(measured(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))


def measured(rows: int = ROWS) -> str:
    """The table of rows in, what leaving takes, and what it was measured on."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        bare = cpu(lambda: executemany(folder / "bare.db", rows)) / rows
        lines = [imported(folder / name, rows, kind, more, bare) for name, (kind, more) in KINDS.items()]
        left = exported(folder / "plain" / "study", folder / "out", rows)
    head = ("a million labels", "MB", "µs CPU a row", "ratio to executemany")
    about = (
        f"{rows:,} labels of {RATERS} raters on items that are there; {os.cpu_count()} cores, load average "
        f"{os.getloadavg()[1]:.1f}. The other: `executemany` of as many parsed rows of as many columns into "
        f"one table without an index, {bare * 1e6:.2f} µs CPU a row in the same run."
    )
    return "\n\n".join([about, table(head, lines), left])


def imported(
    folder: Path, rows: int, kind: str, more: Mapping[str, object], bare: float
) -> tuple[object, ...]:
    """A line of the table: the file's rows, and what one of them takes."""
    folder.mkdir()
    items, labels = written(folder, rows, more)
    labels = labels if kind == "jsonl" else rewritten(labels, kind)
    desk = open_desk(study(folder / "study"))
    import_files(desk, [items], role=HOLDER)
    start = time.process_time()
    summary = import_files(desk, [labels], role=HOLDER)
    ours = (time.process_time() - start) / rows
    if summary.labels.new != rows:
        raise RuntimeError(f"{summary.labels.new} labels of {rows} went in")
    desk.close()
    what = f"{NAMES[kind]}: the four fields" + (f", and {' and '.join(more)}" if more else " alone")
    return (what, f"{labels.stat().st_size / 1e6:,.0f}", f"{ours * 1e6:.2f}", f"{ours / bare:.1f}")


def study(folder: Path) -> Path:
    """A study with one binary question per criterion."""
    folder.mkdir()
    (folder / "study.toml").write_text('[study]\nname = "exchange"\n', encoding="utf-8")
    levels = "".join(f'\n        - {{name: "{name}", description: It is so.}}' for name in LEVELS)
    scale = f"\n    scale:\n      kind: binary\n      levels:{levels}"
    asked = "".join(f"\n  - name: {name}\n    question: Is it {name}?{scale}" for name in CRITERIA)
    (folder / "rubric.yaml").write_text(f"name: exchange\ncriteria:{asked}\n", encoding="utf-8")
    return folder


def written(folder: Path, rows: int, more: Mapping[str, object]) -> tuple[Path, Path]:
    items, labels = folder / "items.jsonl", folder / "labels.jsonl"
    count = rows // (RATERS * len(CRITERIA))
    with items.open("w", encoding="utf-8") as file:
        for k in range(count):
            file.write(json.dumps({"item_id": f"item-{k}", "output": f"text {k}"}) + "\n")
    with labels.open("w", encoding="utf-8") as file:
        for k in range(count):
            for rater in range(RATERS):
                for place, name in enumerate(CRITERIA):
                    value = LEVELS[(k + place + (rater == k % 7)) % 2]
                    row = {"item_id": f"item-{k}", "rater": f"r{rater}", "criterion": name, "value": value}
                    file.write(json.dumps(row | dict(more)) + "\n")
    return items, labels


def rewritten(labels: Path, kind: str) -> Path:
    """The same labels as another kind of file."""
    import duckdb

    found = labels.with_suffix(f".{kind}")
    duckdb.read_json(str(labels)).to_view("labels")
    write = duckdb.table("labels").write_csv if kind == "csv" else duckdb.table("labels").write_parquet
    write(str(found))
    return found


def executemany(path: Path, rows: int) -> None:
    """As many rows of as many columns, parsed already, into a table without an index."""
    connection = sqlite3.connect(path, isolation_level=None)
    names = ", ".join(f"c{k}" for k in range(COLUMNS))
    connection.execute(f"CREATE TABLE label (id INTEGER PRIMARY KEY, {names})")
    connection.execute("BEGIN")
    marks = ", ".join("?" * COLUMNS)
    row = (1, 2, 3, 0, 1, 0, 3, 1, *[None] * (COLUMNS - 8))
    connection.executemany(
        f"INSERT INTO label ({names}) VALUES ({marks})",  # noqa: S608
        (row for _ in range(rows)),
    )
    connection.execute("COMMIT")
    connection.close()


def cpu(work: Callable[[], object]) -> float:
    """Seconds of processor time, the system's included."""
    start = time.process_time()
    work()
    return time.process_time() - start


def exported(folder: Path, into: Path, rows: int) -> str:
    """An export in a process of its own, with its peak memory."""
    code = (
        "import sys; from pathlib import Path; from benchmarks.exchange import peak_of_export; "
        "print(peak_of_export(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    start = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(into)], check=True, capture_output=True, text=True
    )
    taken = time.perf_counter() - start
    before, most = map(float, run.stdout.split())
    size = sum(path.stat().st_size for path in into.iterdir()) / 1e6
    memory = f"peak {most:.0f} MB, {before:.0f} MB before it began"
    return f"Out again: {rows:,} labels ({size:,.0f} MB) in {taken:.0f} s; {memory}."


def peak_of_export(folder: Path, into: Path) -> str:
    desk: Desk = open_desk(folder)
    before = megabytes()
    export(desk, into, role=HOLDER)
    desk.close()
    return f"{before} {megabytes()}"


def megabytes() -> float:
    """Most memory this process has had; not `getrusage`, whose figure a child inherits from its parent."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
