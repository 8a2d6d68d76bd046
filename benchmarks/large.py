"""Ten million labels and a judge in Parquet: seconds and peak memory of `calibrant agreement`."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import duckdb

LABELS, RATERS = 10_000_000, 5
BYTES_OF_A_KILOBYTE = 1024


def main() -> None:
    labels = int(sys.argv[1]) if len(sys.argv) > 1 else LABELS
    ending = sys.argv[2] if len(sys.argv) > 2 else "parquet"
    memory = sys.argv[3] if len(sys.argv) > 3 else "1GB"
    with tempfile.TemporaryDirectory() as folder:
        human, judge = Path(folder) / f"human.{ending}", Path(folder) / f"judge.{ending}"
        write(labels // RATERS, human, judge)
        size = (human.stat().st_size + judge.stat().st_size) / 1e6
        command = [
            sys.executable, "-m", "annotate_app.cli", "agreement", "--engine", "duckdb", "--memory", memory,
            "--human", str(human), "--judge", str(judge), "--scale", "c=ordinal:1..5", "--json",
        ]  # fmt: skip
        output = Path(folder) / "agreement.json"
        start = time.perf_counter()
        peak = peak_of(command, output)
        taken = time.perf_counter() - start
        found = json.loads(output.read_text())["criteria"]["c"]["judges"]["gpt"]
    print(
        f"{labels:,} labels, {labels // RATERS:,} verdicts, {ending} ({size:,.0f} MB), limit {memory}: "
        f"{taken:.1f} s, peak {peak:,.0f} MB; n {found['n']:,}"
    )


def write(items: int, human: Path, judge: Path) -> None:
    """Five raters and one judge who say the truth in four of five cases."""
    said = "CASE WHEN hash(i, {who}) % 5 = 0 THEN hash({who}, i, 7) % 5 ELSE hash(i) % 5 END + 1"
    kind = "PARQUET" if human.suffix == ".parquet" else "JSON"
    for path, who, name, name_of in (
        (human, f"range({RATERS}) AS r(w)", "rater", "'rater' || w"),
        (judge, "(SELECT 99 AS w) AS r", "judge", "'gpt'"),
    ):
        duckdb.execute(
            f"COPY (SELECT 'item-' || i AS item_id, {name_of} AS {name}, 'c' AS criterion, "  # noqa: S608
            f"{said.format(who='w')} AS value FROM range({items}) AS t(i), {who}) TO '{path}' (FORMAT {kind})"
        )


def peak_of(command: list[str], output: Path) -> float:
    """Run the command with its output in a file; the largest resident memory it had, in MB."""
    with output.open("wb") as stream:
        child = os.posix_spawn(
            command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, stream.fileno(), 1)]
        )
        _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(command)}: failed")
    return usage.ru_maxrss * BYTES_OF_A_KILOBYTE / 1e6


if __name__ == "__main__":
    main()
