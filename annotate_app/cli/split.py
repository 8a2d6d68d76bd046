"""`calibrant split freeze` and `split show`: which part of the items is for what."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.services.splitting import SplitSummary


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_freeze(args: argparse.Namespace) -> int:
    """Freeze the split, or let new items join it; nothing that has a split moves."""
    from annotate_app.services.splitting import NothingToSplit, freeze_split
    from calibration.splits import BadShares

    desk = open_study(args)
    try:
        summary = freeze_split(desk, by=args.who, role=args.role)
    except (NothingToSplit, BadShares) as error:
        raise CommandFailed(str(error)) from error
    _print(summary, as_json=args.json)
    return DONE


def run_show(args: argparse.Namespace) -> int:
    """Print the frozen split in counts."""
    from annotate_app.services.splitting import split_summary

    summary = split_summary(open_study(args), role=args.role)
    if summary is None:
        raise CommandFailed("no split is frozen: everything is development; run `calibrant split freeze`")
    _print(summary, as_json=args.json)
    return DONE


def _diff_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", nargs="?", type=int, metavar="FROM", help="version (the last but one)")
    parser.add_argument("after", nargs="?", type=int, metavar="TO", help="version (default: the last)")
    _arguments(parser)


def run_diff(args: argparse.Namespace) -> int:
    """Print what joined and what moved between two versions, in counts."""
    from annotate_app.services.splitting import NothingToSplit, split_diff

    try:
        change = split_diff(open_study(args), args.before, args.after, role=args.role)
    except NothingToSplit as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        print(json.dumps(change.as_json(), indent=2))
        return DONE
    print(f"split version {change.before} to {change.after}{f': {change.reason}' if change.reason else ''}")
    print("joined: " + ", ".join(f"{name} {n}" for name, n in change.joined.items()))
    print("moved: " + (", ".join(f"{name} {n}" for name, n in change.moved.items()) or "none"))
    for term in change.terms:
        print(term)
    return DONE


def _print(summary: SplitSummary, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(summary.as_json(), indent=2))
        return
    made = f"frozen {summary.frozen_at}, seed {summary.seed}"
    print(f"split version {summary.number} ({summary.version[:12]}), {made}")
    names = list(summary.sizes)
    width = max([len("stratum"), len("total"), *(len(s) for s in summary.strata)])
    print("  ".join(["stratum".ljust(width), *(name.rjust(11) for name in names)]))
    for stratum, sizes in {**summary.strata, "total": summary.sizes}.items():
        print("  ".join([stratum.ljust(width), *(str(sizes[name]).rjust(11) for name in names)]))
    if summary.together:
        print(f"{summary.together} groups of equal or nearly equal items were kept together.")
    if summary.newcomers:
        print(f"{summary.newcomers} new items have no split yet: run `calibrant split freeze` again.")


COMMANDS: list[Command] = [
    Command("split freeze", "freeze the split of the items, or let new ones join", _arguments, run_freeze),
    Command("split diff", "what joined and moved between two versions", _diff_arguments, run_diff),
    Command("split show", "show the frozen split in counts by stratum", _arguments, run_show),
]
