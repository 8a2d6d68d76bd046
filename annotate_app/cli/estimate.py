"""`calibrant estimate`: the share of good items, from labels on some and verdicts on all, in plain files."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, CommandFailed
from annotate_app.cli.rating_files import (
    NO_VAULT,
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
    from calibration.columns import CriterionRatings
    from calibration.from_files import Choices, FileRatings
    from calibration.quality import Quality, Question

DESIGNS = ("recorded", "random", "shifted", "unknown")
REFERENCES = ("majority", "median", "adjudicated")


def arguments(parser: argparse.ArgumentParser) -> None:
    file_arguments(parser)
    parser.add_argument("--criterion", metavar="C", help="which criterion; needed where there are several")
    parser.add_argument("--positive", required=True, nargs="+", metavar="VALUE", help="what counts as good")
    parser.add_argument("--judge-name", metavar="NAME", help="which judge, where the verdicts are of several")
    parser.add_argument(
        "--design", choices=DESIGNS, default="recorded",
        help="how labelled items were chosen: as --pi records (default; without it at random), random, "
        "shifted (they come from elsewhere), unknown",
    )  # fmt: skip
    parser.add_argument("--reference", choices=REFERENCES, default="majority", help="of several raters")
    parser.add_argument("--bins", type=int, default=1, metavar="K", help="confidence bins per answer")
    design_arguments(parser)
    scale_arguments(parser)
    result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from calibration.quality import CannotEstimate, measure_quality
    from calibration.reference import NoSuchReference

    if not args.judge:
        raise CommandFailed("--judge is missing: name the file with the verdicts")
    question = _question(args)
    files = read_ratings(args, _choices(args))
    criterion = criterion_of(files, args.criterion)
    try:
        quality = measure_quality(criterion, question)
    except (CannotEstimate, NoSuchReference) as fault:
        raise CommandFailed(str(fault)) from None
    notes = [*files.assumptions, *files.ratings.notes, *rejected_lines(files), NO_VAULT]
    if args.json:
        print(json.dumps(quality.as_json(), indent=2, ensure_ascii=False, allow_nan=False))
        print("\n".join(notes), file=sys.stderr)
        return DONE
    _print(quality, criterion, args.positive, notes)
    return DONE


def criterion_of(files: FileRatings, name: str | None) -> CriterionRatings:
    """The criterion of this name, or the only one."""
    criteria = files.ratings.criteria
    if name is None and len(criteria) == 1:
        return next(iter(criteria.values()))
    if name is not None and name in criteria:
        return criteria[name]
    have = ", ".join(criteria)
    if name is None:
        raise CommandFailed(f"--criterion is missing and the files have {len(criteria)}: {have}")
    raise CommandFailed(f"--criterion {name}: no row has this criterion; the files have: {have}")


def _question(args: argparse.Namespace) -> Question:
    from calibration.quality import Question

    if args.bins < 1:
        raise CommandFailed(f"--bins {args.bins}: must be a number of bins, 1 for none")
    return Question(
        positive=tuple(args.positive),
        judge=args.judge_name,
        design=args.design,
        reference=args.reference,
        bins=args.bins,
        level=level_of(args),
    )


def _choices(args: argparse.Namespace) -> Choices:
    """The options; the labels' own π counts where --pi does not name another column."""
    from calibration.from_files import labels_record_pi
    from calibration.readers import CannotRead

    chosen = choices(args)
    try:
        recorded = args.pi is None and labels_record_pi(args.human)
    except CannotRead as fault:
        raise CommandFailed(str(fault)) from None
    return replace(chosen, columns=replace(chosen.columns, pi="pi")) if recorded else chosen


def _print(quality: Quality, criterion: CriterionRatings, positive: list[str], notes: list[str]) -> None:
    from annotate_app.cli.estimates_table import print_estimates, print_notes

    print(f"{criterion.criterion}: share of items with {' or '.join(positive)}")
    print_estimates(quality.estimates, marked=quality.chosen)
    print()
    print_notes([quality.why, *notes])
