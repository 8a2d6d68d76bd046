"""`calibrant planted add | list | retire`: variants with a known error, mixed into waves to test raters."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study, study_arguments

if TYPE_CHECKING:
    from annotate_app.services.planting import Planted


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="JSONL: item_id of the original, changed output, span, failure_mode, expected answers",
    )  # fmt: skip
    parser.add_argument("--author", metavar="NAME", help="who made them (default: the study's owner)")
    study_arguments(parser)


def run_add(args: argparse.Namespace) -> int:
    """0: stored, or known before. 1: a line cannot be planted; then nothing was written."""
    from annotate_app.services.planting import CannotPlant, add_planted

    desk = open_study(args)
    try:
        added = add_planted(desk, args.files, author=args.author, role=args.role)
    except CannotPlant as fault:
        raise CommandFailed(f"{fault}; nothing was written") from fault
    finally:
        desk.close()
    if args.json:
        print(json.dumps({"new": [_content(one) for one in added.new], "known": added.known}, indent=2))
        return DONE
    print(f"{len(added.new)} planted, {added.known} known before.")
    print("Mix them into a wave with `calibrant wave draw --n 50 --planted .05`.")
    return DONE


def run_list(args: argparse.Namespace) -> int:
    """Every planted item with its error and the answers that find it."""
    from annotate_app.services.planting import list_planted

    desk = open_study(args)
    try:
        found = list_planted(desk, role=args.role)
    finally:
        desk.close()
    if args.json:
        print(json.dumps([_content(one) for one in found], ensure_ascii=False, indent=2))
        return DONE
    if not found:
        print("nothing is planted yet: `calibrant planted add FILE`")
    for one in found:
        expected = ", ".join(f"{name} = {value}" for name, value in one.expected.items())
        print(f"{one.item_id}: {one.failure_mode} in a variant of {one.origin}, found by {expected}")
        print(f"  “{one.spans[0].text}”" + ("" if one.retired is None else f"; retired: {one.retired}"))
    return DONE


def _retire_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM", help="as `calibrant planted list` names it")
    parser.add_argument("--reason", required=True, help="why it is asked no more")
    parser.add_argument("--by", default="lead", metavar="NAME", help="who says so (lead)")
    study_arguments(parser)


def run_retire(args: argparse.Namespace) -> int:
    """Ask a planted item no more; its answers stay."""
    from annotate_app.services.planting import CannotPlant, retire

    desk = open_study(args)
    try:
        found = retire(desk, args.item, actor=args.by, reason=args.reason, role=args.role)
    except CannotPlant as fault:
        raise CommandFailed(str(fault)) from fault
    finally:
        desk.close()
    print(json.dumps(_content(found), indent=2) if args.json else f"{found.item_id} is asked no more.")
    return DONE


def _content(one: Planted) -> dict[str, object]:
    return asdict(one) | {"expected": dict(one.expected)}


COMMANDS: list[Command] = [
    Command("planted add", "store variants with a known error", _add_arguments, run_add),
    Command("planted list", "list planted items", study_arguments, run_list),
    Command("planted retire", "ask a planted item no more", _retire_arguments, run_retire),
]
