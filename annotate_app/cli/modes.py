"""`calibrant modes list | notes | tag | define | rename | merge | undo`: failure modes, from notes on."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study, study_arguments

if TYPE_CHECKING:
    from annotate_app.desk import Desk
    from annotate_app.services.failures import FailurePage, Step
    from calibration.findings.failures import ModeShare
    from calibration.stats.estimate import Result

T = TypeVar("T")
SEVERITIES, VISIBILITIES = ("critical", "major", "minor"), ("loud", "silent")


def _step_study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default="engineer", metavar="NAME", help="who says so (engineer)")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")


def _tag_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mode", metavar="MODE")
    parser.add_argument("items", nargs="+", metavar="ITEM")
    parser.add_argument("--note", default="", metavar="WORDS", help="in your words")
    parser.add_argument("--remove", action="store_true", help="take the mode from the items")
    _step_study(parser)


def _define_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--description", required=True, metavar="WORDS", help="what goes wrong")
    parser.add_argument("--severity", choices=SEVERITIES, required=True, help="how bad it is")
    parser.add_argument(
        "--visibility", choices=VISIBILITIES, required=True, help="whether people would notice"
    )
    _step_study(parser)


def _rename_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("becomes", metavar="NEW")
    _step_study(parser)


def _merge_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("into", metavar="OTHER")
    _step_study(parser)


def _undo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("step", type=int, metavar="NUMBER", help="as `modes list` prints it")
    _step_study(parser)


def run_list(args: argparse.Namespace) -> int:
    """Every mode with its counts, silent and undetected ones first."""
    found = _page(args)
    if args.json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        return DONE
    print(f"{found.items} labelled development items")
    if found.left_out:
        print(f"{found.left_out} more were drawn by no estimating wave and are not counted")
    if found.remark:
        print(found.remark)
    for one in found.modes:
        _print_mode(one)
    for step in found.steps:
        print(_step(step))
    return DONE


def run_notes(args: argparse.Namespace) -> int:
    """What raters wrote about items that have no mode yet."""
    found = _page(args).notes
    if args.json:
        print(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=2))
        return DONE
    for one in found:
        for note in one.notes:
            print(f"{one.item_id}: {note}")
    print(f"{len(found)} items with notes and without a mode")
    return DONE


def run_tag(args: argparse.Namespace) -> int:
    """Give items a mode."""
    from annotate_app.services.failures import tag_items

    n = _run(
        args,
        lambda desk: tag_items(
            desk, args.items, args.mode, by=args.by, note=args.note, remove=args.remove, role=args.role
        ),
    )
    print(f"{args.mode}: {'taken from' if args.remove else 'given to'} {n} items")
    return DONE


def run_define(args: argparse.Namespace) -> int:
    """A new mode beside the rubric's."""
    from annotate_app.services.failures import define

    _run(
        args,
        lambda desk: define(
            desk, args.name, description=args.description, severity=args.severity, visibility=args.visibility,
            by=args.by,
            role=args.role,
        ),
    )  # fmt: skip
    print(f"{args.name}: defined. Put it into the rubric with its next version, so that raters can name it.")
    return DONE


def run_rename(args: argparse.Namespace) -> int:
    """Call a mode otherwise."""
    from annotate_app.services.failures import rename

    _run(args, lambda desk: rename(desk, args.name, args.becomes, by=args.by, role=args.role))
    print(f"{args.name} is called {args.becomes}")
    return DONE


def run_merge(args: argparse.Namespace) -> int:
    """Count a mode as another."""
    from annotate_app.services.failures import merge

    _run(args, lambda desk: merge(desk, args.name, args.into, by=args.by, role=args.role))
    print(f"{args.name} counts as {args.into}")
    return DONE


def run_undo(args: argparse.Namespace) -> int:
    """Take a step back."""
    from annotate_app.services.failures import undo

    _run(args, lambda desk: undo(desk, args.step, by=args.by, role=args.role))
    print(f"step {args.step} is taken back")
    return DONE


def _page(args: argparse.Namespace) -> FailurePage:
    from annotate_app.services.failures import failure_page

    return _run(args, lambda desk: failure_page(desk, role=args.role))


def _run(args: argparse.Namespace, act: Callable[[Desk], T]) -> T:
    from annotate_app.services.failures import BadStep

    desk = open_study(args)
    try:
        return act(desk)
    except BadStep as refusal:
        raise CommandFailed(str(refusal)) from refusal
    finally:
        desk.close()


def _print_mode(one: ModeShare) -> None:
    print(
        f"{one.mode.name} ({one.mode.severity}, {one.mode.visibility}): {len(one.items)} items, "
        f"{_said(one.share)} of all"
    )
    if not one.items:
        return
    for judge, result in one.passed.items():
        print(f"  {judge} let through {_said(result)}")
    for names in (one.strata, one.months):
        for name, result in names.items():
            print(f"  {name}: {_said(result)}")


def _said(result: Result) -> str:
    from calibration.stats.estimate import Undefined

    if isinstance(result, Undefined):
        return f"undefined ({result.reason})"
    return f"{result.value:.0%} [{result.low:.0%}, {result.high:.0%}] (n {result.n})"


def _step(step: Step) -> str:
    becomes = f" {step.becomes}" if step.becomes else ""
    return f"step {step.number}: {step.kind} {step.name}{becomes}, by {step.actor} {step.at[:10]}"


COMMANDS: list[Command] = [
    Command("modes list", "count failure modes, silent and undetected ones first", study_arguments, run_list),
    Command("modes notes", "list raters' notes on items without a failure mode", study_arguments, run_notes),
    Command("modes tag", "give items a failure mode", _tag_arguments, run_tag),
    Command("modes define", "add a failure mode beside the rubric's", _define_arguments, run_define),
    Command("modes rename", "call a failure mode otherwise", _rename_arguments, run_rename),
    Command("modes merge", "count a failure mode as another", _merge_arguments, run_merge),
    Command("modes undo", "take a step of the taxonomy back by another record", _undo_arguments, run_undo),
]
