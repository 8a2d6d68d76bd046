"""`calibrant plan`: how many items to label before anybody labels, from expectations or from a pilot."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, CommandFailed
from annotate_app.cli.rating_files import choices, file_arguments, read_ratings, scale_arguments

if TYPE_CHECKING:
    from calibration.planning import Pilot, Plan, Target
    from calibration.stats.power import Margins


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--floor", type=float, metavar="F", help="kappa that the lower bound must clear")
    parser.add_argument("--expect", type=float, metavar="K", help="kappa (or rate) that you expect")
    parser.add_argument(
        "--prevalence", type=float, nargs="+", metavar="P",
        help="share of one of two answers, or of every answer (default: two even ones)",
    )  # fmt: skip
    parser.add_argument("--power", type=float, default=0.8, help="of clearing the floor (default 0.8)")
    parser.add_argument("--confidence", type=float, default=0.95, help="of the bound (default 0.95)")
    parser.add_argument("--look", type=int, metavar="N", help="a policy's look: α is 6α/(π²N²)")
    parser.add_argument("--design-effect", type=float, default=1.0, metavar="D", help="of clustered items")
    parser.add_argument("--width", type=float, metavar="W", help="instead: items for an interval this wide")
    parser.add_argument("--risk", type=float, metavar="R", help="instead: items that certify this error rate")
    parser.add_argument("--errors", type=int, default=0, metavar="E", help="errors allowed (with --risk)")
    parser.add_argument(
        "--rate", type=float, metavar="R", help="instead: a rate's exact lower bound to clear"
    )
    parser.add_argument("--criterion", metavar="C", help="of the pilot's files")
    parser.add_argument("--judge-name", metavar="NAME", help="of the pilot's files")
    file_arguments(parser, required=False)
    scale_arguments(parser)
    parser.add_argument("--cluster", metavar="COLUMN", help="items column of what belongs together")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(pi=None, strict=False)


def run(args: argparse.Namespace) -> int:
    from calibration.planning import CannotPlan

    _check(args)
    try:
        plan = _plan(args)
    except CannotPlan as fault:
        raise CommandFailed(str(fault)) from None
    if args.json:
        print(json.dumps(plan.as_json(), indent=2, ensure_ascii=False, allow_nan=False))
        return DONE
    _print(plan)
    return DONE


def _check(args: argparse.Namespace) -> None:
    """Every number within its range, and one question only."""
    for name in ("power", "confidence", "risk", "rate", "width"):
        value = getattr(args, name)
        if value is not None and not 0 < value < (2 if name == "width" else 1):
            raise CommandFailed(f"--{name} {value:g}: must be between 0 and {2 if name == 'width' else 1}")
    for name in ("floor", "expect"):
        value = getattr(args, name)
        if value is not None and not -1 <= value < 1:
            raise CommandFailed(f"--{name} {value:g}: must be at least -1 and below 1")
    if (args.look is not None and args.look < 1) or args.errors < 0 or args.design_effect < 1:
        raise CommandFailed("--look starts at 1, --errors at 0 and --design-effect at 1")
    asked = [f"--{name}" for name in ("floor", "width", "risk", "rate") if getattr(args, name) is not None]
    if len(asked) != 1:
        raise CommandFailed(
            f"give exactly one of --floor, --width, --risk and --rate; given: {', '.join(asked) or 'none'}"
        )


def _plan(args: argparse.Namespace) -> Plan:
    from calibration.planning import plan_floor

    if args.floor is None:
        return _other(args)
    target = _target(args)
    pilot = _pilot(args) if args.human else None
    expect = args.expect if args.expect is not None else None if pilot is None else pilot.kappa.value
    if expect is None:
        raise CommandFailed("--expect is missing: the kappa you expect, or --human and --judge of a pilot")
    margins = pilot.margins if pilot is not None and args.prevalence is None else _margins(args)
    return plan_floor(target, expect, margins, pilot=pilot)


def _target(args: argparse.Namespace) -> Target:
    from calibration.planning import Target
    from calibration.stats.sequential import look_alpha

    alpha = 1 - args.confidence
    confidence = args.confidence if args.look is None else 1 - look_alpha(args.look, alpha)
    return Target(args.floor, args.power, confidence, args.design_effect)


def _other(args: argparse.Namespace) -> Plan:
    """Widths, certified risks and rates."""
    from calibration.planning import Plan, scaled, settled
    from calibration.stats import power

    assumed: dict[str, object] = {"confidence": args.confidence, "design_effect": args.design_effect}
    if args.risk is not None:
        needed = power.items_to_certify(args.risk, errors=args.errors, confidence=args.confidence)
        purpose = f"an error rate of at most {args.risk:g} is certified with {args.errors} errors (exact)"
        assumed |= {"risk": args.risk, "errors": args.errors}
    elif args.expect is None:
        raise CommandFailed("--expect is missing: the kappa (with --width) or rate (with --rate) you expect")
    elif args.rate is not None:
        needed = power.items_for_rate(args.rate, args.expect, confidence=args.confidence)
        purpose = f"the exact lower bound of a rate of {args.expect:g} clears {args.rate:g}"
        assumed |= {"rate": args.rate, "expect": args.expect}
    else:
        margins = _margins(args)
        needed = power.items_for_width(args.width, args.expect, margins, confidence=args.confidence)
        purpose = f"the interval of a kappa of {args.expect:g} is {args.width:g} wide"
        assumed |= {"width": args.width, "expect": args.expect, "prevalence": margins.shares.tolist()}
    return Plan(scaled(settled(needed), args.design_effect), purpose, assumed)


def _margins(args: argparse.Namespace) -> Margins:
    from calibration.stats.power import Margins

    given = args.prevalence or [0.5]
    try:
        return Margins.binary(*given) if len(given) == 1 else Margins.of(given)
    except ValueError as fault:
        raise CommandFailed(f"--prevalence {' '.join(map(str, given))}: {fault}") from None


def _pilot(args: argparse.Namespace) -> Pilot:
    from annotate_app.cli.estimate import criterion_of
    from calibration.planning import pilot_of
    from calibration.quality import CannotEstimate, judge_named

    if not args.judge:
        raise CommandFailed("--judge is missing: a pilot needs verdicts beside the labels")
    criterion = criterion_of(read_ratings(args, choices(args)), args.criterion)
    try:
        judge = judge_named(criterion, args.judge_name)
    except CannotEstimate as fault:
        raise CommandFailed(str(fault)) from None
    return pilot_of(criterion, judge, level=args.confidence)


def _print(plan: Plan) -> None:
    from annotate_app.cli.estimates_table import print_notes

    print(f"label {plan.items} items: {plan.purpose}")
    for name, value in plan.assumed.items():
        print(f"  {name.replace('_', ' ')}: {_shown(value)}")
    if plan.pilot is not None:
        print(f"  pilot: judge {plan.pilot.judge}, kappa {plan.pilot.kappa}")
        for answer, share in plan.pilot.answers.items():
            print(f"    {answer}: {share:.1%} of the reference's answers")
    print_notes(plan.warnings)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
