"""`calibrant db migrate | check | copy | backup | restore`: the database behind studies, on either engine."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed
from annotate_app.cli.opening import BY

if TYPE_CHECKING:
    from annotate_app.services.backing_up import Manifest
    from annotate_app.services.copying import Copied, CopiedTable
    from annotate_app.services.database_log import Kind
    from annotate_app.store.engine import Session


def _where_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument(
        "--database", metavar="URL", help="a file or URL (default: CALIBRANT_DB, else the study's own)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _migrate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    _where_arguments(parser)


def _copy_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="FROM", help="a file or URL")
    parser.add_argument("target", metavar="TO", help="an empty database: a file or URL")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _backup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="TO", help="a new file; its manifest is put beside it")
    _where_arguments(parser)


def _restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FROM", help="a backup, its manifest beside it")
    parser.add_argument(
        "--replace", action="store_true", help="also where something is, after a backup of that"
    )
    _where_arguments(parser)


def _address(args: argparse.Namespace) -> str:
    from annotate_app.services.databases import address_of

    return address_of(args.study.resolve(), args.database)


def _enter(address: str, kind: Kind, detail: Mapping[str, object]) -> None:
    """Enter in the audit log what is about to leave; where that cannot be, say so and go on."""
    from annotate_app.services import database_log

    why_not = database_log.enter(address, kind, detail, by=BY)
    if why_not is not None:
        print(f"not entered in the audit log: {why_not}", file=sys.stderr)


def _enter_backup(address: str, made: Manifest) -> None:
    detail = {"file": made.file, "made": made.at, "sha256": made.sha256, "rows": made.rows}
    _enter(address, "database.backed_up", detail)


def _enter_copy(source: str, session: Session, found: Copied) -> None:
    """In the copy's log with the copy itself, in the source's before it is there; a backup stays as it is."""
    from annotate_app.services import database_log
    from annotate_app.services.backing_up import is_backup

    detail = {"from": found.source, "rows": found.rows}
    database_log.enter_with(session, "database.copied", detail, by=BY)
    if not is_backup(source):
        _enter(source, "database.copied", {"to": found.target, "rows": found.rows})


def run_migrate(args: argparse.Namespace) -> int:
    """Bring the database to the present version."""
    from annotate_app.services.databases import CANNOT_DO, bring_forward

    try:
        found = bring_forward(_address(args), dry_run=args.dry_run, by=BY)
    except CANNOT_DO as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        _print_json(found.as_json())
        return DONE
    if not found.steps:
        print(f"{found.database}: version {found.before} is the present one, nothing to do")
        return DONE
    would = "would go" if found.dry_run else "went"
    print(f"{found.database}: {would} from version {found.before} to {found.after}")
    for step in found.steps:
        print(f"  {step.version}  {step.title}")
    return DONE


def run_check(args: argparse.Namespace) -> int:
    """Ask the database whether it is what it should be; 2 when something is wrong."""
    from annotate_app.services.databases import CANNOT_DO
    from annotate_app.services.inspecting import inspect_database

    try:
        found = inspect_database(_address(args))
    except CANNOT_DO as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        _print_json(found.as_json())
    else:
        print(found.database)
        for one in found.findings:
            print(f"  {'fine ' if one.fine else 'WRONG'}  {one.name}: {one.words}")
        for note in found.notes:
            print(f"  note   {note}")
        wrong = sum(not one.fine for one in found.findings)
        print("nothing is wrong" if found.fine else f"{wrong} of {len(found.findings)} answers are wrong")
    return DONE if found.fine else NEGATIVE_FINDING


def run_copy(args: argparse.Namespace) -> int:
    """Copy a whole database into an empty one, and compare them."""
    from annotate_app.services.copying import copy_database
    from annotate_app.services.databases import CANNOT_DO

    try:
        say = _quiet if args.json else _print_table
        found = copy_database(args.source, args.target, say=say, also=partial(_enter_copy, args.source))
    except CANNOT_DO as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        _print_json(found.as_json())
    else:
        print(
            f"{found.rows:,} rows of version {found.version} are the same in {found.source} "
            f"and {found.target}"
        )
    return DONE


def _print_table(table: CopiedTable) -> None:
    """A table without rows is compared too, and not printed."""
    if not table.rows:
        return
    said = f", \u2400 for U+0000 in {table.changed:,} of them" if table.changed else ""
    print(f"  {table.table:<20} {table.rows:>10,} rows  {table.sha256[:12]} on both sides{said}")


def _quiet(_: CopiedTable) -> None:
    """Beside JSON nothing is printed."""


def run_backup(args: argparse.Namespace) -> int:
    """Write the database into one file with a manifest, while it may be in use."""
    from annotate_app.services.backing_up import back_up, manifest_of
    from annotate_app.services.databases import CANNOT_DO

    try:
        found = back_up(_address(args), args.file, announce=partial(_enter_backup, _address(args)))
    except CANNOT_DO as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        _print_json(found.as_json())
    else:
        print(f"{found.file}: {_counts(found.manifest)}")
        print(f"  keep {manifest_of(found.file).name} beside it: without it nothing is restored")
    return DONE


def run_restore(args: argparse.Namespace) -> int:
    """Bring a backup back."""
    from annotate_app.services.bringing_back import restore
    from annotate_app.services.databases import CANNOT_DO

    try:
        found = restore(args.file, _address(args), replace=args.replace, by=BY)
    except CANNOT_DO as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        _print_json(found.as_json())
        return DONE
    print(f"{found.database}: {_counts(found.manifest)}, as of {found.manifest.at}")
    if found.before is not None:
        print(f"  what was there before is in {found.before.file}")
    print("  answers that were stored after that moment are not in it; those still waiting in browsers come")
    return DONE


def _counts(manifest: Manifest) -> str:
    labels, verdicts = (manifest.tables[name].rows for name in ("label", "verdict"))
    return (
        f"{manifest.rows:,} rows ({labels:,} labels, {verdicts:,} verdicts), schema {manifest.version}, "
        f"{manifest.bytes:,} bytes, SHA-256 {manifest.sha256[:12]}"
    )


def _print_json(content: Mapping[str, Any]) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False))


COMMANDS: list[Command] = [
    Command("db migrate", "bring the database to the present version", _migrate_arguments, run_migrate),
    Command("db check", "ask whether the database is what it should be", _where_arguments, run_check),
    Command("db copy", "copy a database into an empty one, on either engine", _copy_arguments, run_copy),
    Command(
        "db backup", "write the database into one file while it is in use", _backup_arguments, run_backup
    ),
    Command("db restore", "bring a backup back", _restore_arguments, run_restore),
]
