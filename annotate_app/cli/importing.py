"""`calibrant import`: items, labels and verdicts from files into the study."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli import terminal
from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.desk import Desk
    from annotate_app.services.importing import ImportSummary, Progress, Rejected
    from annotate_app.services.sampling import Intake
    from calibration.readers import How


# Options that change records on their way in; what an export wrote comes back as it was.
AS_EXPORTED = (
    "not_applicable", "mapping", "criterion", "rater", "judge", "sample", "stratify", "always", "mask",
    "mask_with", "pseudonyms",
)  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="items, labels, verdicts: ours or a tool's; or the folder of an export",
    )
    parser.add_argument(
        "--study", type=Path, default=Path(), metavar="PATH", help="study folder (default: .)"
    )
    parser.add_argument("--strict", action="store_true", help="write nothing when a row cannot be imported")
    parser.add_argument(
        "--not-applicable", action="append", default=[], metavar="VALUE",
        help="a value that means 'not applicable' (again for more)",
    )  # fmt: skip
    parser.add_argument("--format", default="auto", metavar="NAME", help="the tool it comes from (auto)")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="TOML that renames criteria and answers")
    for name in ("criterion", "rater", "judge"):
        parser.add_argument(f"--{name}", metavar="NAME", help=f"where another tool's file names no {name}")
    _intake_arguments(parser)
    parser.add_argument(
        "--pseudonyms", action="store_true", help="store raters under pseudonyms, not under their names"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
    parser.add_argument(
        "--rejects", type=Path, metavar="FILE", help="write the rows that were left out to FILE (JSON Lines)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _intake_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sample", type=float, metavar="SHARE", help="a random share of the rows")
    parser.add_argument("--stratify", metavar="COLUMN", help="the share of every value of this column")
    parser.add_argument("--always", metavar="COLUMN", help="rows that this column marks are always taken")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (0)")
    parser.add_argument("--mask", metavar="KINDS", help="mask email,phone,iban,card (or some) in texts")
    parser.add_argument("--mask-with", metavar="MODULE:FUNCTION", help="a function from a text to a text")


def run_import(args: argparse.Namespace) -> int:
    """0: imported, or nothing new. 1: unreadable, or without a row; no row goes in, or (--strict) not all."""
    from annotate_app.services.importing import CannotRead, ImportRefused
    from calibration.large.database import NeedsDuckDB

    _refuse_to_overwrite(args.rejects, args.files)
    desk = open_study(args)
    try:
        with _progress_bar() as progress:
            summary = _imported(args, desk, progress)
    except (CannotRead, NeedsDuckDB) as fault:
        raise CommandFailed(f"{fault}; nothing was written") from fault
    except ImportRefused as refused:
        _write_rejects(args.rejects, refused.summary.rejects)
        raise CommandFailed("\n".join([str(refused), *_first(refused.summary.rejects)])) from refused
    finally:
        desk.close()
    _write_rejects(args.rejects, summary.rejects)
    if args.json:
        print(json.dumps(summary.as_json(), indent=2, ensure_ascii=False))
    else:
        print(summary_text(summary, args.rejects, dry=args.dry_run))
    if summary.read_nothing and not args.dry_run:
        raise CommandFailed("nothing was imported: no file has a row; is it the file you meant?")
    if summary.took_nothing:
        what = "label or verdict" if summary.labels.read or summary.verdicts.read else "row"
        raise CommandFailed(f"no {what} could be imported; the first: {summary.rejects[0]}")
    return DONE


def _imported(args: argparse.Namespace, desk: Desk, progress: Progress) -> ImportSummary:
    """The files, or the one folder of an export, read into the study."""
    from annotate_app.services.importing import import_files
    from annotate_app.services.reading_back import is_export, read_back

    folder = next((path for path in args.files if path.is_dir()), None)
    if folder is None:
        return import_files(
            desk,
            args.files,
            strict=args.strict,
            not_applicable=args.not_applicable,
            progress=progress,
            how=_how(args, desk),
            dry=args.dry_run,
            intake=_intake(args),
            role=args.role,
            by=args.who,
        )
    if not is_export(folder):
        raise CommandFailed(f"{folder}: is no folder of `calibrant export`; name the files in it")
    given = [name for name in AS_EXPORTED if getattr(args, name)]
    if len(args.files) > 1 or given or args.format != "auto":
        raise CommandFailed(f"{folder}: the folder of an export is read as it is, by itself, without options")
    return read_back(desk, folder, dry=args.dry_run, progress=progress, role=args.role, by=args.who)


def _intake(args: argparse.Namespace) -> Intake:
    """Which rows are wanted, and what is masked in them."""
    from annotate_app.services.sampling import Intake
    from calibration.large.sampling import Plan

    for name in ("stratify", "always", "seed"):
        if getattr(args, name) and args.sample is None:
            raise CommandFailed(f"--{name}: says how to sample; give --sample SHARE")
    plan = None if args.sample is None else Plan(args.sample, args.seed, args.stratify, args.always)
    masks = tuple(one.strip() for one in (args.mask or "").split(",") if one.strip())
    return Intake(plan, masks, args.mask_with, args.pseudonyms)


def _how(args: argparse.Namespace, desk: Desk) -> How:
    """The format, names and mapping that the options say."""
    from dataclasses import replace

    from annotate_app.services.importing import recognising
    from calibration.readers import Hints, read_mapping

    hints = Hints(criterion=args.criterion, rater=args.rater, judge=args.judge)
    how = replace(recognising(desk, hints), format=args.format)
    return replace(how, mapping=read_mapping(args.mapping)) if args.mapping else how


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    """Rows read, on stderr; rich shows nothing that moves where stderr is no terminal."""
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    console = terminal.console(sys.stderr)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f} rows"),
        TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    lines: dict[Path, TaskID] = {}

    def advance(file: Path, rows: int) -> None:
        if file not in lines:
            lines[file] = bar.add_task(terminal.words(file.name), total=None)
        bar.update(lines[file], completed=rows)

    with bar:
        yield advance


def _refuse_to_overwrite(rejects: Path | None, files: Sequence[str | Path]) -> None:
    """The list of rejects must not take the place of the file that it is about."""
    if rejects is not None and rejects.resolve() in {Path(file).resolve() for file in files}:
        raise CommandFailed(f"--rejects {rejects}: is the file to import; name another one")


def _write_rejects(path: Path | None, rejects: tuple[Rejected, ...]) -> None:
    if path is None:
        return
    lines = (
        json.dumps({"file": r.file, "line": r.line, "field": r.field, "reason": r.reason}, ensure_ascii=False)
        for r in rejects
    )
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise CommandFailed(
            f"--rejects {path}: cannot be written: {error.strerror}; everything else is done"
        ) from error


def _first(rejects: tuple[Rejected, ...]) -> list[str]:
    from annotate_app.services import import_words

    return [f"  {line}" for line in import_words.first(rejects, ": --rejects FILE writes them all")]


def summary_text(summary: ImportSummary, rejects: Path | None = None, *, dry: bool = False) -> str:
    """What an import did, or with `dry` would do, in lines."""
    from annotate_app.services import import_words

    lines = import_words.counted(summary)
    if dry and not summary.changed_nothing:
        lines.append("Nothing was written: without --dry-run this is what would be.")
    elif summary.read_nothing:
        lines.append("Nothing to read: no file has a row.")
    elif summary.changed_nothing:
        known = "all of it is in the study already"
        why = import_words.why_nothing(summary) if summary.asides else known
        lines.append("Nothing was written." if summary.rejects else f"Nothing changed: {why}.")
    if summary.rejects:
        lines.append(f"What was left out is in {rejects}." if rejects else "What cannot go in:")
        lines += [] if rejects else _first(summary.rejects)
    lines += summary.notes
    if summary.rejects:
        lines.append(import_words.left_out(summary.rejects))
    return "\n".join(lines)


COMMANDS: list[Command] = [
    Command("import", "read items, labels and verdicts into a study", _arguments, run_import),
]
