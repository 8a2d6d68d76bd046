"""`calibrant agreement`: agreement of raters and judges from plain files, without a study."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.large_files import engine_arguments, measured_by_duckdb, reads_with_duckdb
from annotate_app.cli.rating_files import (
    NO_VAULT,
    REFERENCES,
    SHOWN_REJECTS,
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
    from collections.abc import Sequence

    from calibration.agreement import Agreement, Options
    from calibration.file_rows import Rejected
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
    engine_arguments(parser)
    result_arguments(parser)


def _treatment_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reference", choices=REFERENCES, help="what judges are held against")
    parser.add_argument("--judge-field", choices=("value", "expected"), default="value")
    parser.add_argument("--by", metavar="COLUMN", help="items column: the same for each of its values")
    design_arguments(parser)
    parser.add_argument("--alt-test", type=float, metavar="EPSILON", help="alternative annotator test")
    parser.add_argument("--bootstrap", type=int, default=0, metavar="N", help="resamples for the intervals")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")


def _run(args: argparse.Namespace) -> int:
    from calibration.agreement import NoSuchAnswer, NoSuchReference, measure

    options = _options(args)
    if reads_with_duckdb(args):
        large = measured_by_duckdb(args, choices(args, by=args.by), options)
        return _print(
            args,
            large.agreement,
            large.assumptions,
            large.rejected,
            large.rows_rejected,
            large.rejected_lines(),
        )
    files = read_ratings(args, choices(args, by=args.by))
    try:
        agreement = measure(files.ratings, options)
    except (NoSuchAnswer, NoSuchReference) as fault:
        raise CommandFailed(str(fault)) from None
    rejected = files.rejected
    return _print(args, agreement, files.assumptions, rejected, len(rejected), rejected_lines(files))


def _print(
    args: argparse.Namespace,
    agreement: Agreement,
    assumptions: Sequence[str],
    rejected: Sequence[Rejected],
    rows_rejected: int,
    lines: Sequence[str],
) -> int:
    if args.json:
        content = _content(agreement, assumptions, rejected, rows_rejected)
        print(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
        return DONE
    from annotate_app.cli.agreement_tables import print_agreement

    print_agreement(agreement, assumptions=assumptions, rejected=lines, note=NO_VAULT)
    return DONE


def _options(args: argparse.Namespace) -> Options:
    from calibration.agreement import Options

    level = level_of(args)
    if args.seed < 0:
        raise CommandFailed(f"--seed {args.seed}: must be a whole number from 0")
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
        level=level,
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


def _content(
    agreement: Agreement, assumptions: Sequence[str], rejected: Sequence[Rejected], rows_rejected: int
) -> dict[str, object]:
    """The contract's object, with what was assumed and what was rejected."""
    return agreement.as_json() | {
        "assumptions": [*assumptions, *agreement.assumptions],
        "rejected": {
            "rows": rows_rejected,
            "first": [one.as_json() for one in rejected[:SHOWN_REJECTS]],
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
