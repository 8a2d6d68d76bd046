"""`calibrant retain`: remove what is older than [retention] in study.toml keeps it; labels stay."""

from __future__ import annotations

import argparse
import getpass
import json
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed
from annotate_app.cli.opening import open_study, study_arguments

if TYPE_CHECKING:
    from annotate_app.services.retaining import Retained


def _arguments(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="say what is overdue, change nothing (default)")
    how.add_argument("--apply", action="store_true", help="remove it")
    parser.add_argument("--by", metavar="NAME", help="with --apply: who does it (your login name)")
    study_arguments(parser)


def run_retain(args: argparse.Namespace) -> int:
    """0: done. 2: removed, and old bytes may still stand in the database's file."""
    from annotate_app.services.erasing import CannotErase
    from annotate_app.services.retaining import NothingToRetain, apply, overdue

    desk = open_study(args)
    try:
        if args.apply:
            done = apply(desk, by=args.by or getpass.getuser(), role=args.role)
        else:
            done = overdue(desk, role=args.role)
    except (NothingToRetain, CannotErase) as error:
        raise CommandFailed(str(error)) from error
    finally:
        desk.close()
    if args.json:
        print(json.dumps(done.as_json(), ensure_ascii=False, indent=2))
    else:
        _print(done)
    return NEGATIVE_FINDING if done.rewritten else DONE


def _print(done: Retained) -> None:
    said = "removed" if done.applied else "overdue (nothing was changed; --apply removes it)"
    if not done.any:
        print("nothing is overdue")
        return
    for what, rows in (("free texts", done.texts), ("ended sign-ins", done.ended)):
        for place, count in rows.items():
            print(f"{what}: {count} in {place} {said}")
    if done.names:
        now = f": {', '.join(done.pseudonyms)} stand in their place" if done.pseudonyms else ""
        print(f"names: {done.names} raters who have answered nothing for so long, {said}{now}")
    if done.rewritten:
        print(f"old bytes may still stand in the database's file: {done.rewritten}")


COMMANDS: list[Command] = [
    Command("retain", "remove what is older than study.toml keeps it", _arguments, run_retain),
]
