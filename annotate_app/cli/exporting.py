"""`calibrant export`: the study's data into a folder, ours or in another tool's shape."""

from __future__ import annotations

import argparse
import getpass
import json
from pathlib import Path

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study

FORMATS = (
    "native", "wide", "matrix", "inspect", "label-studio", "argilla", "langfuse", "phoenix", "mlflow",
    "fine-tuning",
)  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that is new or empty")
    parser.add_argument(
        "--study", type=Path, default=Path(), metavar="PATH", help="study folder (default: .)"
    )
    parser.add_argument(
        "--format", choices=FORMATS, default="native", help="ours, or another tool's (native)"
    )
    for name in ("criterion", "judge"):
        parser.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="NAME",
            help=f"this {name} only (again for more)",
        )
    parser.add_argument("--parquet", action="store_true", help="write each JSON Lines file as Parquet, too")
    parser.add_argument(
        "--pseudonyms", action="store_true", help="call people by random words, the same in every export"
    )
    parser.add_argument(
        "--include-held-out", action="store_true", help="open the vault for good, and export that, too"
    )
    parser.add_argument("--reason", metavar="TEXT", help="why the vault is opened; goes into the ledger")
    parser.add_argument("--by", metavar="NAME", help="who opens it (your login name)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_export(args: argparse.Namespace) -> int:
    """0: the folder is there and whole. 1: it is not there."""
    from annotate_app.exporters.card import held_out_words
    from annotate_app.services.exporting import CannotExport, Wanted, export

    if args.include_held_out and not (args.reason or "").strip():
        raise CommandFailed("--include-held-out opens the vault for good: say why with --reason TEXT")
    desk = open_study(args)
    by = args.by or getpass.getuser()
    opening = (by, args.reason) if args.include_held_out else None
    try:
        wanted = Wanted(args.format, tuple(args.criterion), tuple(args.judge), args.parquet, args.pseudonyms)
        summary = export(desk, args.folder, wanted, opening=opening, by=by, role=args.role)
    except CannotExport as error:
        raise CommandFailed(str(error)) from error
    finally:
        desk.close()
    if args.json:
        print(json.dumps(summary.as_json(), indent=2, ensure_ascii=False))
        return DONE
    for name, rows in summary.files.items():
        print(f"{name}: {rows:,} rows" + (f" ({summary.holds[name]})" if name in summary.holds else ""))
    print(held_out_words(summary))
    for why, count in summary.left_out.items():
        print(f"Left out: {count:,} {why}.")
    print(f"{args.folder}/README.md says what is in it and what is not.")
    return DONE


COMMANDS: list[Command] = [
    Command("export", "write the study's data into a folder, ours or another tool's", _arguments, run_export),
]
