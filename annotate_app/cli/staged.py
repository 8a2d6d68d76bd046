"""`calibrant look plan | declare | abandon | status`: what a look needs, and one that may end early."""

from __future__ import annotations

import argparse
import getpass
import json
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.gate import criterion_argument, study_argument
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.desk import Desk
    from annotate_app.services.declaring import PlanStatus
    from annotate_app.services.looking_ahead import Ahead
    from annotate_app.services.staging import StageResult


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="JUDGE")
    parser.add_argument("--power", type=float, default=0.8, metavar="P", help="chance of trusted (0.8)")
    parser.add_argument("--wave", type=int, default=50, metavar="M", help="items of a further wave (50)")
    criterion_argument(parser)
    study_argument(parser)


def run_plan(args: argparse.Namespace) -> int:
    """What the next look needs, from validation or development items; reads nothing held-out."""
    from annotate_app.services.held_out import CannotCertify
    from annotate_app.services.looking_ahead import look_ahead

    try:
        found = look_ahead(
            open_study(args),
            args.judge,
            criteria=tuple(args.criterion),
            power=args.power,
            wave=args.wave,
            role=args.role,
        )
    except CannotCertify as error:
        raise CommandFailed(str(error)) from error
    print(json.dumps(found.as_json(), indent=2) if args.json else ahead_text(found))
    return DONE


def ahead_text(found: Ahead) -> str:
    """Needs by criterion, then what each further wave buys."""
    from annotate_app.services.looking_words import look_words, minutes_words, needs_words

    lines = [look_words(found)]
    for expected, needs in zip(found.expected, found.needs, strict=True):
        lines.append(
            f"  {expected.criterion}  {expected.coefficient} {expected.estimate} on {expected.split}, floor "
            f"{expected.floor:g}: {needs_words(needs)}"
        )
    lines.append("  held-out items  width  trusted  with the pilot's uncertainty  minutes of people")
    lines += [
        f"  {step.items:>14,}  {step.width:>5.2f}  {step.chance:>7.0%}  {step.assured:>28.0%}  "
        f"{minutes_words(step)}" + (f"  (import {step.missing} more)" if step.missing else "")
        for step in found.steps
    ]
    lines += [f"  {warning}" for warning in found.warnings]
    if found.planned is not None:
        items = min(found.planned, found.available)
        lines.append(f"In stages: calibrant look declare {found.judge} --n {items}")
    return "\n".join(lines)


def _declare_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="JUDGE")
    parser.add_argument("--n", type=int, required=True, help="held-out items of all five stages together")
    parser.add_argument("--by", metavar="NAME", help="who declares it (your login name)")
    criterion_argument(parser)
    study_argument(parser)


def run_declare(args: argparse.Namespace) -> int:
    """Declare a look in stages; it counts and spends its error from now on."""
    from annotate_app.services.declaring import declare
    from annotate_app.services.held_out import CannotCertify

    desk = open_study(args)
    by, criteria = args.by or getpass.getuser(), tuple(args.criterion)
    try:
        status = declare(desk, args.judge, args.n, by=by, criteria=criteria, role=args.role)
    except CannotCertify as error:
        raise CommandFailed(str(error)) from error
    print(json.dumps(status.as_json(), indent=2) if args.json else declared_text(status))
    return DONE


def _status_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="JUDGE", nargs="?")
    study_argument(parser)


def run_status(args: argparse.Namespace) -> int:
    """Looks in stages: how far they are, and how many answers the present stage waits for."""
    from annotate_app.services.declaring import plan_statuses

    found = [s for s in plan_statuses(open_study(args), role=args.role) if args.judge in (None, s.judge)]
    if args.json:
        print(json.dumps([status.as_json() for status in found], indent=2))
        return DONE
    for status in found:
        print(status_text(status))
    if not found:
        print("no look in stages was declared: `calibrant look declare JUDGE --n N`")
    return DONE


def _abandon_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="JUDGE")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="goes into the ledger")
    parser.add_argument("--by", metavar="NAME", help="who gives it up (your login name)")
    study_argument(parser)


def run_abandon(args: argparse.Namespace) -> int:
    """Give up a look in stages; its error stays spent."""
    from annotate_app.services.held_out import CannotCertify
    from annotate_app.services.staging import abandon

    desk = open_study(args)
    by = args.by or getpass.getuser()
    try:
        status = abandon(desk, args.judge, by=by, reason=args.reason, role=args.role)
    except CannotCertify as error:
        raise CommandFailed(str(error)) from error
    print(json.dumps(status.as_json(), indent=2) if args.json else status_text(status))
    return DONE


def declared_text(status: PlanStatus) -> str:
    return (
        f"Look {status.k} at the held-out labels for {status.judge} on {', '.join(status.criteria)} is "
        f"declared, at alpha {status.alpha:.4f}, in {len(status.sizes)} stages: after "
        f"{_listed(status.sizes)} items.\n"
        f"It may end before all {status.items} are labelled; a judge that it trusts with power .8 needs "
        f"{status.items - status.expected_saved:.0f} on average.\n{status_text(status)}"
    )


def status_text(status: PlanStatus) -> str:
    """Where a plan stands; of a stage that was taken, nothing but that it went on."""
    return f"look {status.number}  {status.judge}: {status.words}"


def take_stages(desk: Desk, args: argparse.Namespace, by: str) -> StageResult | None:
    """Take the stages of the judge's open plan; None where there is none."""
    from annotate_app.services.staging import advance, open_plan

    plan = open_plan(desk, args.judge, role=args.role)
    if plan is None:
        return None
    if args.criterion and set(args.criterion) != set(plan.declared.criteria):
        raise CommandFailed(
            f"the plan under way is about {', '.join(plan.declared.criteria)}: leave --criterion out"
        )
    return advance(desk, args.judge, by=by, role=args.role)


def print_plan_under_way(desk: Desk, args: argparse.Namespace) -> bool:
    """How far the judge's open plan is; False where there is none."""
    from annotate_app.services.declaring import plan_status
    from annotate_app.services.staging import open_plan

    if open_plan(desk, args.judge, role=args.role) is None:
        return False
    status = plan_status(desk, args.judge, role=args.role)
    print(json.dumps(status.as_json(), indent=2) if args.json else status_text(status))
    return True


def print_stage(result: StageResult, *, as_json: bool) -> None:
    """That it goes on, or that the plan is void."""
    if as_json:
        print(json.dumps(result.status.as_json(), indent=2))
        return
    if result.taken and result.status.outcome is None:
        print(f"{result.status.judge}: go on")
    print(status_text(result.status))


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"


COMMANDS: list[Command] = [
    Command("look plan", "how many labels the next look at a judge needs", _plan_arguments, run_plan),
    Command(
        "look declare", "declare a look in five stages that may end early", _declare_arguments, run_declare
    ),
    Command(
        "look abandon", "give up a look in stages; its error stays spent", _abandon_arguments, run_abandon
    ),
    Command("look status", "how far the looks in stages are", _status_arguments, run_status),
]
