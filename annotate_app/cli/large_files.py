"""`calibrant agreement` on files too large for memory: DuckDB counts, the rest is the same."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import CommandFailed

if TYPE_CHECKING:
    from calibration.agreement import Options
    from calibration.from_files import Choices
    from calibration.large import LargeAgreement

ENGINES = ("memory", "duckdb")


def engine_arguments(parser: argparse.ArgumentParser) -> None:
    """Which engine reads the files, and how much memory DuckDB may use."""
    parser.add_argument(
        "--engine", choices=ENGINES,
        help="duckdb counts large Parquet, CSV and JSON Lines files on disk (default for .parquet)",
    )  # fmt: skip
    parser.add_argument("--memory", default="1GB", metavar="SIZE", help="what duckdb may use (default 1GB)")


def reads_with_duckdb(args: argparse.Namespace) -> bool:
    """Whether DuckDB was asked for, or a file is one that only DuckDB reads."""
    parquet = any(Path(name).suffix.lower() == ".parquet" for name in (*args.human, *args.judge))
    if parquet and args.engine == "memory":
        raise CommandFailed("--engine memory: Parquet files are read by duckdb only; leave out --engine")
    return parquet or args.engine == "duckdb"


def measured_by_duckdb(args: argparse.Namespace, chosen: Choices, options: Options) -> LargeAgreement:
    """The agreement of the named files; every fault of theirs stops the command with its message."""
    from calibration.agreement import NoSuchAnswer, NoSuchReference
    from calibration.file_rows import NothingToMeasure
    from calibration.large import Limits, NeedsDuckDB, Unsupported, measure_files
    from calibration.readers import CannotRead
    from calibration.scales import WrongScale

    if args.items:
        raise CommandFailed("--items: the duckdb engine counts labels without their items; leave it out")
    try:
        found = measure_files(
            args.human, args.judge, choices=chosen, options=options, limits=Limits(memory=args.memory)
        )
    except (
        CannotRead, NeedsDuckDB, NoSuchAnswer, NoSuchReference, NothingToMeasure, Unsupported, WrongScale,
    ) as fault:  # fmt: skip
        raise CommandFailed(str(fault)) from None
    if args.strict and found.rows_rejected:
        lines = "\n  ".join(found.rejected_lines())
        raise CommandFailed(f"{lines}\nmend these rows, or leave out --strict to go on without them")
    return found
