"""`calibrant estimate`: the share of good items, from labels on some and verdicts on all, in plain files."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, CommandFailed
from annotate_app.cli.opening import open_study
from annotate_app.cli.rating_files import (
    NO_VAULT,
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
    from calibration.columns import CriterionRatings
    from calibration.from_files import FileRatings
    from calibration.quality import Quality, Question

DESIGNS = ("recorded", "random", "shifted", "unknown")
REFERENCES = ("majority", "median", "adjudicated")


def arguments(parser: argparse.ArgumentParser) -> None:
    file_arguments(parser, required=False)
    parser.add_argument("--study", type=Path, metavar="FOLDER", help="a study's own labels instead of files")
    parser.add_argument("--split", choices=("development", "validation"), default="development")
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

    question = _question(args)
    if args.study is not None:
        return _of_study(args, question)
    for flag, given in (("--human", args.human), ("--judge", args.judge)):
        if not given:
            raise CommandFailed(f"{flag} is missing: name the file, or a study with --study")
    files = read_ratings(args, choices(args))
    criterion = criterion_of(files, args.criterion)
    try:
        quality = measure_quality(criterion, question)
    except (CannotEstimate, NoSuchReference) as fault:
        raise CommandFailed(str(fault)) from None
    notes = [*files.assumptions, *files.ratings.notes, *rejected_lines(files), NO_VAULT]
    return _shown(args, quality, criterion, notes, quality.as_json())


def _of_study(args: argparse.Namespace, question: Question) -> int:
    """Labels as the study's waves drew them, and verdicts on the whole split."""
    from annotate_app.services.estimating import study_quality
    from calibration.quality import CannotEstimate
    from calibration.reference import NoSuchReference

    refuse_file_options(args)
    desk = open_study(args)
    try:
        found = study_quality(desk, question, criterion=args.criterion, split=args.split, role=args.role)
    except (CannotEstimate, NoSuchReference) as fault:
        raise CommandFailed(str(fault)) from None
    notes = [*found.remarks, f"Items of {args.split}."]
    return _shown(args, found.quality, found.ratings, notes, found.as_json())


def _shown(
    args: argparse.Namespace,
    quality: Quality,
    criterion: CriterionRatings,
    notes: list[str],
    content: dict[str, object],
) -> int:
    if args.json:
        print(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
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


def _print(quality: Quality, criterion: CriterionRatings, positive: list[str], notes: list[str]) -> None:
    from annotate_app.cli.estimates_table import print_estimates, print_notes

    print(f"{criterion.criterion}: share of items with {' or '.join(positive)}")
    print_estimates(quality.estimates, marked=quality.chosen)
    print()
    print_notes([quality.why, *notes])
