"""`calibrant audit list | verify`: who did what in a study, and whether the log is whole; the owner's."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command
from annotate_app.cli.opening import open_study, study_arguments

if TYPE_CHECKING:
    from annotate_app.services.audit import Entry

SHOWN = 100


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", default="", metavar="WHEN", help="this day or moment and later, UTC")
    parser.add_argument("--until", default="", metavar="WHEN", help="before this day or moment, UTC")
    parser.add_argument("--actor", default="", metavar="NAME", help="of this person alone")
    parser.add_argument(
        "--kind", default="", metavar="KIND", help="of this kind, or group of kinds (look, labels, account)"
    )
    parser.add_argument("--all", action="store_true", help=f"all of them, not the newest {SHOWN}")
    study_arguments(parser)


def run_list(args: argparse.Namespace) -> int:
    """The entries, newest first; as JSON Lines with --json."""
    from annotate_app.services import audit

    desk = open_study(args)
    try:
        sought = audit.Sought(args.since, args.until, args.actor, args.kind)
        found = audit.every(desk, role=args.role, sought=sought)
    finally:
        desk.close()
    for one in found if args.all else found[:SHOWN]:
        print(json.dumps(one.as_json(), ensure_ascii=False) if args.json else _line(one))
    if not args.json and not args.all and len(found) > SHOWN:
        print(f"… and {len(found) - SHOWN:,} older ones: --all")
    return DONE


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--head", metavar="SHA256", help="a hash that an earlier `audit verify` printed")
    study_arguments(parser)


def run_verify(args: argparse.Namespace) -> int:
    """0: the log is the one that was entered. 2: entries were removed, changed or added otherwise."""
    from annotate_app.services import audit

    desk = open_study(args)
    try:
        found = audit.verify(desk, role=args.role, known=args.head)
    finally:
        desk.close()
    if args.json:
        print(json.dumps(found.as_json(), indent=2))
    else:
        for fault in found.faults:
            print(f"fault: {fault}")
        if not found.faults:
            print(f"{found.entries:,} entries follow one another; the last has the hash {found.sha256}")
            print("Note the hash elsewhere: with --head it shows later that nothing before it was replaced.")
    return NEGATIVE_FINDING if found.faults else DONE


def _line(one: Entry) -> str:
    about = ", ".join(f"{name} {_plain(value)}" for name, value in one.detail.items() if value is not None)
    return f"{one.at[:19].replace('T', ' ')}  {one.actor}  {one.kind}" + (f"  {about}" if about else "")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


COMMANDS: list[Command] = [
    Command("audit list", "who did what in the study, newest first (the owner's)", _list_arguments, run_list),
    Command("audit verify", "whether the log is as it was entered (2: not)", _verify_arguments, run_verify),
]
