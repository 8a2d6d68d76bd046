"""Opening a study's desk for a command, for whoever may run it there; faults are said in one line."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from annotate_app.cli.command import CommandFailed
from annotate_app.cli.doors import DOORS

if TYPE_CHECKING:
    from annotate_app.desk import Desk
    from annotate_app.services.acting import Person
    from annotate_app.services.rights import Action, Role

TOKEN, ROLE = "CALIBRANT_TOKEN", "CALIBRANT_ROLE"
BY: Final = "the command line"  # in the audit log, for whoever holds the database
BEGINS: Final = ("import",)  # may be the first command of a study, and make its database
# Of several roles that may do it: the one that may take most with it.
PREFERRED: Final[tuple[Role, ...]] = ("owner", "lead", "engineer", "rater")


def study_arguments(parser: argparse.ArgumentParser) -> None:
    """--study and --json, as most commands on a study have them."""
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def open_as_holder(args: argparse.Namespace) -> Desk:
    """The desk of the study that `args` names, for whoever holds its database; asks for no right."""
    from annotate_app.desk import CANNOT_OPEN, open_desk
    from annotate_app.services.databases import require_there

    try:
        if args.command_name not in BEGINS:
            require_there()
        return open_desk(args.study or Path())
    except CANNOT_OPEN as error:
        raise CommandFailed(str(error)) from error


def open_study(args: argparse.Namespace) -> Desk:
    """The desk of the study that `args` names, for whoever may run this command in it.

    Sets `args.role` and `args.who`: in a study with accounts the role in which the person of CALIBRANT_TOKEN
    acts and their name, which stands for `--by`, too; else HOLDER and None. Raises
    `CommandFailed` where the files or the database cannot be used, or the person may not.
    """
    desk = open_as_holder(args)
    try:
        _act(desk, args)
    except BaseException:
        desk.close()
        raise
    return desk


def _act(desk: Desk, args: argparse.Namespace) -> None:
    from annotate_app.services import acting
    from annotate_app.services.rights import HOLDER

    args.role, args.who = HOLDER, None
    if not acting.locked(desk):
        return
    person = acting.of_token(desk, os.environ.get(TOKEN))
    if person is None:
        raise CommandFailed(
            f"{desk.study_file.study.name} asks for a login: set {TOKEN} to a personal token of yours that "
            f"has not ended (page People; `calibrant account token`). {_needed(args.command_name)} "
            f"{_whom_to_ask(desk)}"
        )
    args.role, args.who = _role_of(desk, args.command_name, person), person.name
    for name in ("by", "author"):
        if hasattr(args, name):
            setattr(args, name, person.name)


def _role_of(desk: Desk, command: str, person: Person) -> Role:
    """The role in which the person may run the command: the one that CALIBRANT_ROLE names, or any."""
    from annotate_app.services import refusals
    from annotate_app.services.rights import RIGHTS

    action: Action | None = DOORS.get(command)
    wanted = os.environ.get(ROLE) or None
    held = [role for role in PREFERRED if role in person.roles and wanted in (None, role)]
    found = [role for role in held if action is not None and role in RIGHTS[action]]
    if not found:
        refusals.note(desk, person, f"calibrant {command}", action)
        asked = _needed(command)
        have = " and ".join(held) or "no role"
        raise CommandFailed(
            f"{person.name} may not run `calibrant {command}` as {have}. {asked} {_whom_to_ask(desk)}"
        )
    return found[0]


def _needed(command: str) -> str:
    """Which role a command needs; one without a place in the table of doors is nobody's."""
    from annotate_app.services.rights import needs

    action: Action | None = DOORS.get(command)
    return "Nobody may run it here." if action is None else needs(action)


def _whom_to_ask(desk: Desk) -> str:
    """The owners who can sign in; where there is none, whom study.toml names."""
    from annotate_app.services.people import owners

    named = " or ".join(owners(desk)) or desk.study_file.study.owner.strip()
    return f"Ask the owner, {named}." if named else "Ask the owner of the study (study.toml names none)."
