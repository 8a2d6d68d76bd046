"""`calibrant signals`: which signals find a judge's errors, from plain files or for a study."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study
from annotate_app.cli.rating_files import (
    NO_VAULT,
    REFERENCES,
    SHOWN_REJECTS,
    choices,
    design_arguments,
    file_arguments,
    level_of,
    read_ratings,
    refuse_file_options,
    rejected_lines,
    result_arguments,
    scale_arguments,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calibration.findings.signals import JudgeSignals
    from calibration.from_files import FileRatings

SCHEMA = "calibrant/signals/1"


def _arguments(parser: argparse.ArgumentParser) -> None:
    file_arguments(parser, required=False)
    parser.add_argument("--study", type=Path, metavar="FOLDER", help="a study's own labels instead of files")
    parser.add_argument(
        "--split",
        choices=("development", "validation"),
        help="with --study: default is whichever has a pilot",
    )
    parser.add_argument("--reference", choices=REFERENCES, help="what judges are held against")
    parser.add_argument(
        "--step", type=float, metavar="STEP",
        help="on interval scales without a step: a larger difference is an error",
    )  # fmt: skip
    scale_arguments(parser)
    design_arguments(parser)
    result_arguments(parser)


def _run(args: argparse.Namespace) -> int:
    return _of_files(args) if args.study is None else _of_study(args)


def _of_study(args: argparse.Namespace) -> int:
    """What the study's pilot says: its criteria, scales and probabilities are known there."""
    from annotate_app.services.pilots import best_pilot, pilot

    refuse_file_options(args, "reference", "step")
    desk = open_study(args)
    found = (
        best_pilot(desk, role=args.role) if args.split is None else pilot(desk, args.split, role=args.role)
    )
    if args.json:
        content = {"schema": SCHEMA, "criteria": _by_name(found.criteria), "pilot": found.as_json()}
        print(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
        return DONE
    from annotate_app.cli.signals_tables import print_signals

    print(f"{found.labelled} labelled items of {found.split}" + (", weighted" if found.weighted else ""))
    print_signals(found.criteria if found.labelled else {}, found.remarks)
    return DONE


def _of_files(args: argparse.Namespace) -> int:
    from calibration.findings.signals import signal_findings
    from calibration.reference import NoSuchReference

    if not args.human or not args.judge:
        raise CommandFailed("--human and --judge are needed: name the files with labels and with verdicts")
    level = level_of(args)
    if args.step is not None and not args.step > 0:
        raise CommandFailed(f"--step {args.step:g}: must be above 0")
    files = read_ratings(args, choices(args))
    try:
        found = signal_findings(files.ratings, reference=args.reference, step=args.step, level=level)
    except NoSuchReference as fault:
        raise CommandFailed(str(fault)) from None
    if args.json:
        print(json.dumps(_content(found, files), indent=2, ensure_ascii=False, allow_nan=False))
        return DONE
    from annotate_app.cli.signals_tables import print_signals

    notes = [*files.assumptions, *files.ratings.notes, *rejected_lines(files), NO_VAULT]
    print_signals(found, notes)
    return DONE


def _content(found: Mapping[str, Mapping[str, JudgeSignals]], files: FileRatings) -> dict[str, object]:
    """The contract's object, with what was assumed and what was rejected."""
    return {
        "schema": SCHEMA,
        "criteria": _by_name(found),
        "assumptions": [*files.assumptions, *files.ratings.notes],
        "rejected": {
            "rows": len(files.rejected),
            "first": [one.as_json() for one in files.rejected[:SHOWN_REJECTS]],
        },
        "vault": NO_VAULT,
    }


def _by_name(found: Mapping[str, Mapping[str, JudgeSignals]]) -> dict[str, object]:
    return {name: {who: one.as_json() for who, one in judges.items()} for name, judges in found.items()}


COMMANDS: list[Command] = [
    Command("signals", "which signals find a judge's errors, and which to follow", _arguments, _run)
]
