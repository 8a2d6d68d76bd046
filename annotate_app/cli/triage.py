"""`calibrant triage list | tag | counts | relabel-wave`: why judges and people differ."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study, study_arguments

if TYPE_CHECKING:
    from annotate_app.desk import Desk
    from annotate_app.services.relabelling import Relabelled
    from annotate_app.services.triaging import Disagreement
    from calibration.findings.causes import CauseCounts
    from calibration.stats.estimate import Result

T = TypeVar("T")
SCHEMA = "calibrant/triage/1"
CAUSES = ("rubric gap", "judge error", "human slip", "ambiguous item", "bad item")


def _which(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument("--judge", metavar="NAME", required=required, help="whose verdicts")
    parser.add_argument("--criterion", metavar="NAME", required=required, help="on which criterion")


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    _which(parser)
    parser.add_argument("--untagged", action="store_true", help="those alone that have no cause yet")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="print the first N (50)")
    study_arguments(parser)


def _tag_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM")
    _which(parser, required=True)
    parser.add_argument("--cause", choices=CAUSES, required=True, help="why they differ")
    parser.add_argument("--note", default="", metavar="WORDS", help="in your words")
    parser.add_argument("--by", default="engineer", metavar="NAME", help="who says so (engineer)")
    study_arguments(parser)


def _relabel_arguments(parser: argparse.ArgumentParser) -> None:
    _which(parser, required=True)
    parser.add_argument("--n", type=int, required=True, help="how many items; half of them agreements")
    study_arguments(parser)


def run_list(args: argparse.Namespace) -> int:
    """The disagreements, in a random order that stays."""
    from annotate_app.services.triaging import disagreements

    every = _run(args, lambda desk: disagreements(desk, role=args.role))
    found = [
        one
        for one in every
        if args.judge in (None, one.judge)
        and args.criterion in (None, one.criterion)
        and not (args.untagged and one.cause)
    ]
    if args.json:
        listed = [one.as_json() for one in found[: args.limit]]
        print(_json({"total": len(found), "disagreements": listed}))
        return DONE
    for one in found[: args.limit]:
        print(_line(one))
    rest = len(found) - args.limit
    print(f"{rest} more: --limit" if rest > 0 else f"{len(found)} disagreements")
    if every and not found:
        print("there are some of: " + ", ".join(sorted({f"{one.judge} on {one.criterion}" for one in every})))
    return DONE


def run_tag(args: argparse.Namespace) -> int:
    """Say why a verdict and the reference differ."""
    from annotate_app.services.triaging import NEXT, tag

    found = _run(
        args,
        lambda desk: tag(
            desk,
            args.item,
            args.criterion,
            args.judge,
            args.cause,
            note=args.note,
            by=args.by,
            role=args.role,
        ),
    )
    if args.json:
        print(_json(found.as_json()))
        return DONE
    print(_line(found))
    if found.cause is not None:
        print(f"Next: {NEXT[found.cause]}")
    return DONE


def run_counts(args: argparse.Namespace) -> int:
    """Counts by cause and criterion, and what relabel waves have found."""
    from annotate_app.services.relabelling import relabelled
    from annotate_app.services.triaging import cause_table

    table, again = _run(
        args, lambda desk: (cause_table(desk, role=args.role), relabelled(desk, role=args.role))
    )
    if args.json:
        criteria = {name: {j: c.as_json() for j, c in judges.items()} for name, judges in table.items()}
        print(_json({"criteria": criteria, "relabelled": [one.as_json() for one in again]}))
        return DONE
    for name, judges in table.items():
        for judge, counts in judges.items():
            _print_counts(name, judge, counts)
    for one in again:
        _print_relabelled(one)
    return DONE


def run_relabel_wave(args: argparse.Namespace) -> int:
    """Draw a blind wave of as many agreements as disagreements."""
    from annotate_app.services.relabelling import draw_relabel_wave

    wave = _run(
        args,
        lambda desk: draw_relabel_wave(
            desk, judge=args.judge, criterion=args.criterion, n=args.n, by=args.who, role=args.role
        ),
    )
    if args.json:
        print(json.dumps(wave.as_json(), indent=2))
        return DONE
    print(
        f"{wave.name}: {wave.selected} items, half of them agreements, asked of raters who have not answered "
        "them; the labels enter no estimate"
    )
    return DONE


def _run(args: argparse.Namespace, act: Callable[[Desk], T]) -> T:
    from annotate_app.services.triaging import CannotTag

    desk = open_study(args)
    try:
        return act(desk)
    except CannotTag as refusal:
        raise CommandFailed(str(refusal)) from refusal
    finally:
        desk.close()


def _json(content: dict[str, object]) -> str:
    return json.dumps({"schema": SCHEMA, **content}, ensure_ascii=False, indent=2)


def _line(one: Disagreement) -> str:
    sure = "" if one.confidence is None else f", confidence {one.confidence:.2f}"
    why = f": {one.cause}" if one.cause else ""
    note = f" ({one.note})" if one.note else ""
    searched = ", found by a search wave" if one.searched else ""
    return (
        f"{one.item_id} {one.criterion}: {one.judge} says {one.verdict}, people {one.reference}"
        f"{sure}{searched}{why}{note}"
    )


def _print_counts(criterion: str, judge: str, counts: CauseCounts) -> None:
    print(
        f"{criterion}, {judge}: {counts.differ} of {counts.compared} verdicts differ, "
        f"{counts.tagged} have a cause"
    )
    for cause, n in counts.counts.items():
        if n:
            print(f"  {cause}: {n}, {_said(counts.shares[cause])} of those with a cause")


def _print_relabelled(one: Relabelled) -> None:
    print(f"{one.wave} ({one.criterion}, {one.judge}), asked again of other raters:")
    print(f"  agreements kept: {_said(one.kept_agreements)}")
    print(f"  disagreements kept: {_said(one.kept_disagreements)}")
    print(f"  disagreements, now with the judge: {_said(one.sided_with_judge)}")


def _said(result: Result) -> str:
    from calibration.stats.estimate import Undefined

    if isinstance(result, Undefined):
        return f"undefined ({result.reason})"
    return f"{result.value:.0%} [{result.low:.0%}, {result.high:.0%}] (n {result.n})"


COMMANDS: list[Command] = [
    Command("triage list", "list where judges and people differ in development", _list_arguments, run_list),
    Command("triage tag", "say why a verdict and the reference differ", _tag_arguments, run_tag),
    Command("triage counts", "count disagreements by cause, with intervals", study_arguments, run_counts),
    Command(
        "triage relabel-wave", "ask other raters blindly: as many agreements as disagreements",
        _relabel_arguments, run_relabel_wave,
    ),
]  # fmt: skip
