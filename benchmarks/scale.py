"""Labels and verdicts counted by PostgreSQL and by DuckDB: seconds, memory and disk as they grow tenfold."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from annotate_app.store import patterns
from annotate_app.store.engine import Session, open_store
from annotate_app.store.sql import number, run
from benchmarks.large import write
from calibration.from_files import Choices
from calibration.large.counting import count_files
from calibration.large.database import Limits

RATERS, LEVELS = 5, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=("duckdb", "database"))
    parser.add_argument("verdicts", type=int, nargs="+", help="how many verdicts, with five labels each")
    parser.add_argument("--database", help="an empty database; a file of its own for each size if left out")
    args = parser.parse_args()
    for verdicts in args.verdicts:
        with tempfile.TemporaryDirectory() as folder:
            if args.engine == "duckdb":
                by_duckdb(verdicts, Path(folder))
            else:
                by_database(verdicts, args.database or str(Path(folder) / "study.db"))


def by_duckdb(verdicts: int, folder: Path) -> None:
    human, judge = folder / "human.parquet", folder / "judge.parquet"
    write(verdicts, human, judge)
    size = (human.stat().st_size + judge.stat().st_size) / 1e6
    started = time.perf_counter()
    limits = Limits(memory="1GB")
    found = count_files([human], [judge], Choices(scales={"c": "ordinal:1..5"}), limits).criteria["c"]
    seconds = time.perf_counter() - started
    items = sum(one.items for one in found.judges["gpt"].patterns)
    told("duckdb over Parquet", verdicts, items, len(found.judges["gpt"].patterns), seconds, size)


def by_database(verdicts: int, address: str) -> None:
    """Rows made by the database itself, then counted there."""
    store = open_store(address)
    with store.writing() as session:
        fill(session, verdicts)
    if store.dialect.name == "postgresql":
        with store.bulk() as bulk:
            bulk.dialect.after_many(bulk.connection)
    with store.reading() as session:
        started = time.perf_counter()
        found = patterns.of_criterion(session, 1, codes=LEVELS, judge_id=1)
        seconds = time.perf_counter() - started
        size = disk(session) / 1e6
    told(store.dialect.name, verdicts, sum(one.items for one in found), len(found), seconds, size)
    store.close()


def fill(session: Session, verdicts: int) -> None:
    """A study with so many items, five raters and a judge who say the truth in four of five cases."""
    for statement in (
        "INSERT INTO study (id, study_key, name, created_at) VALUES (1, 'scale', 'scale', 'now')",
        "INSERT INTO criterion (id, study_id, name) VALUES (1, 1, 'c')",
        "INSERT INTO judge (id, study_id, name, spec_hash, registered_at) VALUES (1, 1, 'gpt', 'x', 'now')",
    ):
        run(session, statement, {})
    for rater in range(1, RATERS + 1):
        run(session, "INSERT INTO rater (id, study_id, name, added_at) VALUES (:r, 1, :name, 'now')",
            {"r": rater, "name": f"rater{rater}"})  # fmt: skip
    count = (
        "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :n) "
        if session.connection().dialect.name == "sqlite"
        else "WITH t(i) AS (SELECT generate_series(1, :n)) "
    )
    said = "CASE WHEN (i * 7 + {who} * 13 + i / 11) % 5 = 0 THEN ({who} + i / 3) % 5 ELSE i % 5 END"
    for head, columns in (
        ("item (id, study_id, item_id, position, kind, sha256, sensitive, output)",
         "i, 1, 'item-' || i, i - 1, 'pointwise', 'x', 1 = 0, 'text'"),
        *(("label (criterion_id, item_id, rater_id, purpose, revision, status, flags, code)",
           f"1, i, {rater}, 0, 1, 0, 3, {said.format(who=rater)}") for rater in range(1, RATERS + 1)),
        ("verdict (criterion_id, judge_id, item_id, replicate, take, status, code)",
         f"1, 1, i, 0, 1, 0, {said.format(who=99)}"),
    ):  # fmt: skip
        run(session, f"INSERT INTO {head} {count}SELECT {columns} FROM t", {"n": verdicts})  # noqa: S608


def disk(session: Session) -> int:
    if session.connection().dialect.name == "sqlite":
        return number(session, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
    return number(session, "SELECT pg_database_size(current_database())")


def told(engine: str, verdicts: int, items: int, distinct: int, seconds: float, size: float) -> None:
    status = Path("/proc/self/status").read_text(encoding="ascii") if os.name == "posix" else ""
    peak = next((int(line.split()[1]) / 1e3 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)
    print(
        f"{engine}: {verdicts:,} verdicts, {verdicts * RATERS:,} labels, {size:,.0f} MB on disk: "
        f"{seconds:.1f} s, {distinct:,} patterns of {items:,} items, peak of this process {peak:,.0f} MB"
    )


if __name__ == "__main__":
    main()
