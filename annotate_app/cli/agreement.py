"""`calibrant agreement`: agreement of raters and judges from plain files, without a study."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed

if TYPE_CHECKING:
    from calibration.agreement import Agreement, Options
    from calibration.from_files import Choices, FileRatings, Where
    from rubrics.rubric import Rubric, Value

REFERENCES = ("majority", "median", "mean", "each", "adjudicated")
SHOWN_REJECTS = 10
NO_VAULT = "files: the vault does not apply"


def _arguments(parser: argparse.ArgumentParser) -> None:
    _file_arguments(parser)
    _scale_arguments(parser)
    _treatment_arguments(parser)
    parser.add_argument("--strict", action="store_true", help="exit 1 when any row is rejected")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _file_arguments(parser: argparse.ArgumentParser) -> None:
    files: dict[str, object] = {"nargs": "+", "action": "extend", "metavar": "FILE"}
    parser.add_argument("--human", required=True, help="labels (JSON Lines or CSV)", **files)  # type: ignore[arg-type]
    parser.add_argument("--judge", default=[], help="verdicts", **files)  # type: ignore[arg-type]
    parser.add_argument("--items", default=[], help="items: clusters, strata, π", **files)  # type: ignore[arg-type]
    parser.add_argument("--rubric", metavar="FILE", help="a rubric file whose criteria and scales apply")
    parser.add_argument(
        "--where", action="append", default=[], metavar="COLUMN=VALUE",
        help="only labels with this value; several values of one column mean any of them",
    )  # fmt: skip


def _scale_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scale", action="append", default=[], metavar="C=SCALE",
        help="a criterion's scale (* for every criterion): nominal[:x,y,z] | ordinal:1..5 | interval:0..1 | "
        "binary:POS/NEG | pairwise; without it the answers decide",
    )  # fmt: skip
    parser.add_argument(
        "--not-applicable", action="append", default=[], metavar="VALUE",
        help="an answer that means the criterion does not apply",
    )  # fmt: skip
    parser.add_argument(
        "--drop", action="append", default=[], metavar="VALUE", help="leave out this answer (tie)"
    )
    parser.add_argument(
        "--unparsed", default="exclude", metavar="exclude|as:VALUE", help="what an unparsed verdict counts as"
    )


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
        files = ratings_from_files(args.human, args.judge, args.items, choices=_choices(args))
        _refuse_rejects(files, strict=args.strict)
        agreement = measure(files.ratings, options)
    except (CannotRead, NothingToMeasure, WrongScale, WrongColumn, NoSuchAnswer, NoSuchReference) as fault:
        raise CommandFailed(str(fault)) from None
    if args.json:
        print(json.dumps(_content(agreement, files), indent=2, ensure_ascii=False, allow_nan=False))
        return DONE
    from annotate_app.cli.agreement_tables import print_agreement

    print_agreement(agreement, assumptions=files.assumptions, rejected=_rejected_lines(files), note=NO_VAULT)
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


def _choices(args: argparse.Namespace) -> Choices:
    from calibration.from_files import Choices
    from calibration.ratings import Columns

    return Choices(
        rubric=None if args.rubric is None else _rubric(args.rubric),
        scales=dict(_split(text, "--scale", "C=ordinal:1..5") for text in args.scale),
        where=tuple(_where(text) for text in args.where),
        not_applicable=tuple(args.not_applicable),
        columns=Columns(cluster=args.cluster, by=args.by, pi=args.pi),
    )


def _where(text: str) -> Where:
    from calibration.from_files import Where

    return Where(*_split(text, "--where", "rater_type=expert"))


def _split(text: str, flag: str, example: str) -> list[str]:
    name, equals, value = text.partition("=")
    if not name or not equals or not value:
        raise CommandFailed(f"{flag} {text}: write it like {flag} {example}")
    return [name, value]


def _rubric(named: str) -> Rubric:
    from rubrics.files import RubricError, load_rubric

    if not Path(named).is_file():
        raise CommandFailed(f"--rubric {named}: there is no such file")
    try:
        return load_rubric(Path(named))
    except RubricError as fault:
        raise CommandFailed(str(fault)) from None


def _refuse_rejects(files: FileRatings, *, strict: bool) -> None:
    if strict and files.rejected:
        lines = "\n  ".join(_rejected_lines(files))
        raise CommandFailed(f"{lines}\nmend these rows, or leave out --strict to go on without them")


def _rejected_lines(files: FileRatings) -> list[str]:
    """How many rows were rejected, then the first of them with file, line, field and reason."""
    if not files.rejected:
        return []
    rows = len(files.rejected)
    lines = [f"{rows} row{'s' if rows > 1 else ''} rejected:", *map(str, files.rejected[:SHOWN_REJECTS])]
    return lines if rows <= SHOWN_REJECTS else [*lines, f"… and {rows - SHOWN_REJECTS} more"]


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
