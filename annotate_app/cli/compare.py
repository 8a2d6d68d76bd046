"""`calibrant compare`: two judges against the same labels, from plain files or inside a study."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from annotate_app.cli import compare_study
from annotate_app.cli.command import DONE, CommandFailed
from annotate_app.cli.compare_study import study_arguments
from annotate_app.cli.rating_files import (
    NO_VAULT,
    REFERENCES,
    choices,
    design_arguments,
    file_arguments,
    level_of,
    read_ratings,
    rejected_lines,
    result_arguments,
    scale_arguments,
)

if TYPE_CHECKING:
    from calibration.columns import Ratings
    from calibration.two_judges import JudgeComparison, JudgeContrast


def arguments(parser: argparse.ArgumentParser) -> None:
    file_arguments(parser, required=False)
    parser.add_argument(
        "--judges", nargs=2, metavar=("A", "B"), help="two judges; inside a study the current one first"
    )
    parser.add_argument("--criterion", metavar="C", help="only this criterion")
    parser.add_argument("--reference", choices=REFERENCES, help="what judges are held against")
    design_arguments(parser)
    scale_arguments(parser)
    result_arguments(parser)
    study_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Between files where there are files, else inside a study."""
    if bool(args.judges) == bool(args.systems):
        raise CommandFailed("name two judges with --judges A B, or two products with --systems X Y")
    if args.systems or not args.human:
        return compare_study.run(args)
    return _from_files(args)


def _from_files(args: argparse.Namespace) -> int:
    from calibration.quality import CannotEstimate
    from calibration.reference import NoSuchReference
    from calibration.two_judges import compare_judges

    if not args.judge:
        raise CommandFailed("--judge is missing: name the file or files with the verdicts of both judges")
    if args.judges[0] == args.judges[1]:
        raise CommandFailed(f"--judges {args.judges[0]} {args.judges[1]}: these are the same judge")
    level = level_of(args)
    files = read_ratings(args, choices(args))
    try:
        found = compare_judges(
            _chosen(files.ratings, args.criterion),
            (args.judges[0], args.judges[1]),
            kind=args.reference,
            level=level,
        )
    except (CannotEstimate, NoSuchReference) as fault:
        raise CommandFailed(str(fault)) from None
    notes = [*files.assumptions, *found.notes, *rejected_lines(files), NO_VAULT]
    if args.json:
        print(json.dumps(found.as_json(), indent=2, ensure_ascii=False, allow_nan=False))
        print("\n".join(notes), file=sys.stderr)
        return DONE
    _print(found, notes)
    return DONE


def _chosen(ratings: Ratings, criterion: str | None) -> Ratings:
    if criterion is None:
        return ratings
    if criterion not in ratings.criteria:
        have = ", ".join(ratings.criteria)
        raise CommandFailed(f"--criterion {criterion}: no row has this criterion; the files have: {have}")
    return replace(ratings, criteria={criterion: ratings.criteria[criterion]})


def _print(found: JudgeComparison, notes: list[str]) -> None:
    from annotate_app.cli.estimates_table import print_estimates, print_notes

    first, second = found.judges
    for name, contrast in found.criteria.items():
        print(f"{name}: {first} minus {second}, {contrast.n} units that both answered")
        print_estimates(contrast.difference, marked=contrast.main)
        print_notes([_verdict(first, second, contrast), ""])
    print_notes(notes)


def _verdict(first: str, second: str, contrast: JudgeContrast) -> str:
    p = "no p-value" if contrast.p is None else f"p = {contrast.p:.3g}"
    told = "The judges can be told apart" if contrast.distinguishable else "The judges cannot be told apart"
    too_sure = ", too sure here because items are clustered" if contrast.clustered else ""
    return (
        f"{told} by {contrast.main} ({p}). {first} alone is right on {contrast.only_first} units, {second} "
        f"alone on {contrast.only_second}: McNemar exact p = {contrast.mcnemar_exact:.3g}, mid-p = "
        f"{contrast.mcnemar_mid_p:.3g}{too_sure}."
    )
