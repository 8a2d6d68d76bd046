"""Options that every command on plain files shares: which files, which scales, what is left out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import CommandFailed

if TYPE_CHECKING:
    from calibration.from_files import Choices, FileRatings, Where
    from rubrics.rubric import Rubric

REFERENCES = ("majority", "median", "mean", "each", "adjudicated")
SHOWN_REJECTS = 10
NO_VAULT = "files: the vault does not apply"


def file_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Which files hold labels, verdicts and items, and which of their rows count."""
    files: dict[str, object] = {"nargs": "+", "action": "extend", "metavar": "FILE"}
    human: dict[str, object] = {"required": True} if required else {"default": []}
    parser.add_argument("--human", help="labels (JSON Lines or CSV)", **human, **files)  # type: ignore[arg-type]
    parser.add_argument("--judge", default=[], help="verdicts", **files)  # type: ignore[arg-type]
    parser.add_argument("--items", default=[], help="items: clusters, strata, π", **files)  # type: ignore[arg-type]
    parser.add_argument("--rubric", metavar="FILE", help="a rubric file whose criteria and scales apply")
    parser.add_argument(
        "--where", action="append", default=[], metavar="COLUMN=VALUE",
        help="only labels with this value; several values of one column mean any of them",
    )  # fmt: skip


def scale_arguments(parser: argparse.ArgumentParser) -> None:
    """What the answers mean."""
    parser.add_argument(
        "--scale", action="append", default=[], metavar="C=SCALE",
        help="a criterion's scale (* for every criterion): nominal[:x,y,z] | ordinal:1..5 | interval:0..1 | "
        "binary:POS/NEG | pairwise; without it the answers decide",
    )  # fmt: skip
    parser.add_argument(
        "--not-applicable", action="append", default=[], metavar="VALUE",
        help="an answer that means the criterion does not apply",
    )  # fmt: skip


def design_arguments(parser: argparse.ArgumentParser) -> None:
    """How items were drawn, and which of them belong together."""
    parser.add_argument("--cluster", metavar="COLUMN", help="items column of what belongs together")
    parser.add_argument("--pi", metavar="COLUMN", help="column with each item's probability of being drawn")


def result_arguments(parser: argparse.ArgumentParser) -> None:
    """How sure, how strict, and in what form."""
    parser.add_argument("--level", type=float, default=0.95, help="confidence level (default 0.95)")
    parser.add_argument("--strict", action="store_true", help="exit 1 when any row is rejected")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def choices(args: argparse.Namespace, *, by: str | None = None) -> Choices:
    """How the files become ratings, as the options say."""
    from calibration.from_files import Choices
    from calibration.ratings import Columns

    return Choices(
        rubric=None if args.rubric is None else _rubric(args.rubric),
        scales=dict(_split(text, "--scale", "C=ordinal:1..5") for text in args.scale),
        where=tuple(_where(text) for text in args.where),
        not_applicable=tuple(args.not_applicable),
        columns=Columns(cluster=args.cluster, by=by, pi=args.pi),
    )


def read_ratings(args: argparse.Namespace, chosen: Choices) -> FileRatings:
    """The ratings in the named files; every fault of theirs stops the command with its message."""
    from calibration.file_rows import NothingToMeasure
    from calibration.from_files import ratings_from_files
    from calibration.ratings import WrongColumn
    from calibration.readers import CannotRead
    from calibration.scales import WrongScale

    try:
        files = ratings_from_files(args.human, args.judge, args.items, choices=chosen)
    except (CannotRead, NothingToMeasure, WrongScale, WrongColumn) as fault:
        raise CommandFailed(str(fault)) from None
    refuse_rejects(files, strict=args.strict)
    return files


def level_of(args: argparse.Namespace) -> float:
    """The confidence level, checked."""
    if not 0 < args.level < 1:
        raise CommandFailed(f"--level {args.level:g}: must be between 0 and 1, such as 0.95")
    return float(args.level)


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


def refuse_file_options(args: argparse.Namespace, *others: str) -> None:
    """With --study, options about files have nothing to say."""
    about_files = ("human", "judge", "items", "rubric", "where", "scale", "not_applicable", "pi", "cluster")
    named = [f"--{name.replace('_', '-')}" for name in (*about_files, *others) if getattr(args, name)]
    if named:
        raise CommandFailed(f"{', '.join(named)}: these are for files, and --study has its own")


def refuse_rejects(files: FileRatings, *, strict: bool) -> None:
    """With --strict a row that was not taken stops the command."""
    if strict and files.rejected:
        lines = "\n  ".join(rejected_lines(files))
        raise CommandFailed(f"{lines}\nmend these rows, or leave out --strict to go on without them")


def rejected_lines(files: FileRatings) -> list[str]:
    """How many rows were rejected, then the first of them with file, line, field and reason."""
    if not files.rejected:
        return []
    rows = len(files.rejected)
    lines = [f"{rows} row{'s' if rows > 1 else ''} rejected:", *map(str, files.rejected[:SHOWN_REJECTS])]
    return lines if rows <= SHOWN_REJECTS else [*lines, f"… and {rows - SHOWN_REJECTS} more"]
