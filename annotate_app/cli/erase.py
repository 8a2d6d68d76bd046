"""`calibrant erase`: a person's name out of a study, every number as it was; for the owner."""

from __future__ import annotations

import argparse
import getpass
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed
from annotate_app.cli.opening import open_study, study_arguments

if TYPE_CHECKING:
    from annotate_app.services.erasing import Erased, Named
    from annotate_app.store.renaming import Place

NOT_COVERED = "Backups, exported files that left this folder and logs of other programs are not covered."


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", metavar="RATER", help="the name of a rater, or the name or login of an account"
    )
    parser.add_argument("--reason", metavar="TEXT", help="why; it is kept, so it must not name the person")
    parser.add_argument(
        "--texts", action="store_true", help="also remove the free texts that the person wrote"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say where the name stands, and change nothing"
    )
    parser.add_argument(
        "--finish", action="store_true", help="only rewrite the database, where others were in the way before"
    )
    parser.add_argument("--by", metavar="NAME", help="who erases it (your login name)")
    study_arguments(parser)


def run_erase(args: argparse.Namespace) -> int:
    """0: erased. 2: erased, and old bytes may still stand in the database's file."""
    from annotate_app.services.erasing import CannotErase, erase, finish, named_at

    if (args.name is None) != args.finish:
        raise CommandFailed("name one person, or --finish what was begun")
    desk = open_study(args)
    try:
        if args.finish:
            return _print_finished(finish(desk, role=args.role))
        if args.dry_run:
            return _print_named(named_at(desk, args.name, role=args.role), as_json=args.json)
        if args.reason is None:
            raise CommandFailed("--reason is missing: say why, without the name")
        by = args.by or getpass.getuser()
        done = erase(desk, args.name, by=by, role=args.role, reason=args.reason, texts=args.texts)
    except CannotErase as error:
        raise CommandFailed(str(error)) from error
    finally:
        desk.close()
    _print_erased(done, as_json=args.json)
    return NEGATIVE_FINDING if done.rewritten else DONE


def _print_finished(left: str) -> int:
    print(left or "The database is rewritten: names that were replaced are gone from its files.")
    return NEGATIVE_FINDING if left else DONE


def _print_named(found: Named, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        return DONE
    print(f"called {', '.join(found.names)}; nothing was changed")
    _print_places(found.places, found.files)
    _print_databases(found.databases)
    return DONE


def _print_erased(done: Erased, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(done.as_json(), ensure_ascii=False, indent=2))
        return
    print(f"The name is {done.pseudonym} from now on: {_counted(done.replaced)}.")
    if done.removed:
        print(f"Texts removed: {_counted(done.removed)}.")
    if done.certificates:
        print(f"{done.certificates} certificates hold: what their labels' hash is now stands in the ledger.")
    for one in done.unchecked:
        print(f"  not carried over, it could not be recomputed before either: {one}")
    if done.elsewhere:
        print(
            f"  the account is a member of {done.elsewhere} other studies of this database, and stays there"
        )
    _print_places(done.mentions, done.files)
    _print_databases(done.databases)
    if done.rewritten:
        print(f"  the name may still be read in the database's file: {done.rewritten}")
    print(NOT_COVERED + " A server that runs keeps half-answered forms by name: restart it.")


def _print_places(places: tuple[Place, ...], files: tuple[str, ...]) -> None:
    for place in places:
        print(f"  the word stands in {place.rows} rows of {place.table}.{place.column}")
    for path in files:
        print(f"  the file {path} names the person: change or remove it")


def _print_databases(paths: tuple[str, ...]) -> None:
    for path in paths:
        print(
            f"  the database {path} was not looked into: if it is a copy of this one, remove it, or erase "
            "the person there too, with CALIBRANT_DB set to it"
        )


def _counted(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{count} in {place}" for place, count in rows.items()) or "nothing to replace"


COMMANDS: list[Command] = [
    Command(
        "erase", "put a random pseudonym in place of a person's name, for the owner", _arguments, run_erase
    ),
]
