"""`calibrant training add | status`: gold answers that train new raters, and how the raters did."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.importing import summary_text
from annotate_app.cli.opening import open_study, study_arguments

if TYPE_CHECKING:
    from annotate_app.services.training import Training


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="JSONL or CSV with labels: rater is the lead, rationale the explanation",
    )  # fmt: skip
    parser.add_argument("--strict", action="store_true", help="write nothing when a row cannot go in")
    study_arguments(parser)


def run_add(args: argparse.Namespace) -> int:
    """0: stored, or nothing to change. 1: a file cannot be read, or with --strict a row cannot go in."""
    from annotate_app.services.gold import add_gold
    from annotate_app.services.importing import CannotRead, ImportRefused
    from annotate_app.services.training import items_with_gold

    desk = open_study(args)
    try:
        summary = add_gold(desk, args.files, strict=args.strict, by=args.who, role=args.role)
        ready = items_with_gold(desk, role=args.role)
    except (CannotRead, ImportRefused) as fault:
        raise CommandFailed(f"{fault}; nothing was written") from fault
    finally:
        desk.close()
    if args.json:
        print(json.dumps({**summary.as_json(), "training_items": list(ready)}, ensure_ascii=False, indent=2))
        return DONE
    print(summary_text(summary))
    print(f"{len(ready)} items can be trained on.")
    return DONE


def run_status(args: argparse.Namespace) -> int:
    """Every rater's training."""
    from annotate_app.services.training import comparison, items_with_gold, overview

    desk = open_study(args)
    try:
        found, ready = overview(desk, role=args.role), items_with_gold(desk, role=args.role)
        shares = {name: comparison(desk, name) for name in found}
    finally:
        desk.close()
    if args.json:
        raters = {
            name: {
                **asdict(one),
                "criteria": {criterion: share.as_json() for criterion, share in shares[name].items()},
            }
            for name, one in found.items()
        }
        content = {"schema": "calibrant/training/1", "training_items": list(ready), "raters": raters}
        print(json.dumps(content, ensure_ascii=False, indent=2))
        return DONE
    print(f"{len(ready)} items can be trained on.")
    for name, one in found.items():
        print(f"{name}: {words(one)}")
        for criterion, share in shares[name].items():
            print(f"  {criterion}: {share} of first answers were the gold one")
    return DONE


def words(found: Training) -> str:
    """A rater's training on one line."""
    if found.phase == "none":
        return "no training is asked"
    if found.phase == "waiting":
        return "waits for more training items"
    if found.phase == "open":
        return f"round {max(found.number, 1)}: {found.done} of {found.of} items done"
    return f"{found.phase} in round {found.number}: {found.right} of {found.answers} answers right"


COMMANDS: list[Command] = [
    Command("training add", "store explained gold answers for training", _add_arguments, run_add),
    Command("training status", "show how far each rater is with training", study_arguments, run_status),
]
