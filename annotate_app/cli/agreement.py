"""`calibrant agreement`: agreement of raters and judges from plain files, without a study."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.rating_files import (
    NO_VAULT,
    REFERENCES,
    SHOWN_REJECTS,
    choices,
    file_arguments,
    refuse_rejects,
    rejected_lines,
    scale_arguments,
)

if TYPE_CHECKING:
    from calibration.agreement import Agreement, Options
    from calibration.from_files import FileRatings
    from rubrics.rubric import Value


def _arguments(parser: argparse.ArgumentParser) -> None:
    file_arguments(parser)
    scale_arguments(parser)
    parser.add_argument(
        "--drop", action="append", default=[], metavar="VALUE", help="leave out this answer (tie)"
    )
    parser.add_argument(
        "--unparsed", default="exclude", metavar="exclude|as:VALUE", help="what an unparsed verdict counts as"
    )
    _treatment_arguments(parser)
    parser.add_argument("--strict", action="store_true", help="exit 1 when any row is rejected")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _treatment_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reference", choices=REFERENCES, help="what judges are held against")
    parser.add_argument("--judge-field", choices=("value", "expected"), default="value")
    parser.add_argument("--by", metavar="COLUMN", help="items column: the same for each of its values")
    parser.add_argument("--cluster", metavar="COLUMN", help="items column of what belongs together")
    parser.add_argument("--pi", metavar="COLUMN", help="column with each item's probability of being drawn")
    parser.add_argument("--alt-test", type=float, metavar="EPSILON", help="alternative annotator test")
    parser.add_argument("--bootstrap", type=int, default=0, metavar="N", help="resamples for the intervals")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    parser.add_argument("--level", type=float, default=0.95, help="confidence level (default 0.95)")


def _run(args: argparse.Namespace) -> int:
    from calibration.agreement import NoSuchAnswer, NoSuchReference, measure
    from calibration.from_files import NothingToMeasure, ratings_from_files
    from calibration.ratings import WrongColumn
    from calibration.readers import CannotRead
    from calibration.scales import WrongScale

    options = _options(args)
    try:
        files = ratings_from_files(args.human, args.judge, args.items, choices=choices(args, by=args.by))
        refuse_rejects(files, strict=args.strict)
        agreement = measure(files.ratings, options)
    except (CannotRead, NothingToMeasure, WrongScale, WrongColumn, NoSuchAnswer, NoSuchReference) as fault:
        raise CommandFailed(str(fault)) from None
    if args.json:
        print(json.dumps(_content(agreement, files), indent=2, ensure_ascii=False, allow_nan=False))
        return DONE
    from annotate_app.cli.agreement_tables import print_agreement

    print_agreement(agreement, assumptions=files.assumptions, rejected=rejected_lines(files), note=NO_VAULT)
    return DONE


def _options(args: argparse.Namespace) -> Options:
    from calibration.agreement import Options

    if not 0 < args.level < 1:
        raise CommandFailed(f"--level {args.level:g}: must be between 0 and 1, such as 0.95")
    if args.bootstrap < 0:
        raise CommandFailed(f"--bootstrap {args.bootstrap}: must be a number of resamples, 0 for none")
    if args.alt_test is not None and not 0 <= args.alt_test < 1:
        raise CommandFailed(f"--alt-test {args.alt_test:g}: epsilon must be at least 0 and below 1")
    return Options(
        reference=args.reference,
        unparsed=_unparsed(args.unparsed),
        drop=tuple(args.drop),
        judge_field=args.judge_field,
        by=args.by,
        level=args.level,
        epsilon=args.alt_test,
        bootstrap=args.bootstrap,
        seed=args.seed,
    )


def _unparsed(text: str) -> Value | None:
    if text == "exclude":
        return None
    treatment, _, value = text.partition(":")
    if treatment != "as" or not value:
        raise CommandFailed(f"--unparsed {text}: write exclude, or as:VALUE such as as:tie")
    return value


def _content(agreement: Agreement, files: FileRatings) -> dict[str, object]:
    """The contract's object, with what was assumed and what was rejected."""
    return agreement.as_json() | {
        "assumptions": [*files.assumptions, *agreement.assumptions],
        "rejected": {
            "rows": len(files.rejected),
            "first": [rejected.as_json() for rejected in files.rejected[:SHOWN_REJECTS]],
        },
        "vault": NO_VAULT,
    }


COMMANDS: list[Command] = [
    Command(
        "agreement",
        "agreement of raters with one another and of judges with them, from plain files",
        _arguments,
        _run,
    )
]
