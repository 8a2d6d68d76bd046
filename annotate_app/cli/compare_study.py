"""`calibrant compare --study`: current against candidate inside a study, with exit code 2 on a regression."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, CommandFailed
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.services.comparing import Comparison
    from calibration.regressions import Change

SHOWN = 10


def run(args: argparse.Namespace) -> int:
    """0: no regression was found. 2: the candidate is worse by a margin or more. 1: could not run."""
    from annotate_app.services.comparing import CannotCompare, Margins, compare_judges
    from annotate_app.services.comparing_systems import compare_systems

    first, second = args.judges or args.systems
    if first == second:
        raise CommandFailed(f"{first} {second}: name two different ones, the current one first")
    desk = open_study(args)
    margins = Margins(args.margin, args.latency_margin)
    try:
        if args.judges:
            found = compare_judges(desk, first, second, split=args.split, margins=margins, role=args.role)
        else:
            found = compare_systems(desk, first, second, judge=args.by_judge, margins=margins, role=args.role)
    except CannotCompare as error:
        raise CommandFailed(str(error)) from error
    print(json.dumps(found.as_json(), indent=2, allow_nan=False) if args.json else _text(found))
    return NEGATIVE_FINDING if found.regressions else DONE


def study_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of a comparison inside a study."""
    group = parser.add_argument_group("inside a study")
    group.add_argument(
        "--study", type=Path, metavar="FOLDER",
        help="study folder (here, where --human is not given)",
    )  # fmt: skip
    group.add_argument(
        "--split", choices=("development", "validation"), help="default: validation, if labelled"
    )
    group.add_argument(
        "--systems", nargs=2, metavar=("X", "Y"), help="current and candidate product, on the same inputs"
    )
    group.add_argument(
        "--by-judge", metavar="J", help="with --systems: a trusted judge's verdicts, corrected with labels"
    )
    group.add_argument(
        "--margin", type=_share, metavar="M",
        help="quality that may be lost (default .05, on sensitive criteria .02)",
    )  # fmt: skip
    group.add_argument(
        "--latency-margin", type=_share, default=0.20, metavar="M", help="latency that may be added (.20)"
    )


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text}: give a share from 0 to below 1, such as 0.05")
    return value


def _text(found: Comparison) -> str:
    lines = [
        f"{found.kind}: {found.candidate} (candidate) against {found.current} (current), on {found.split}"
    ]
    rows = [("", "current", "candidate", "difference", "", "margin", "finding"), *map(_row, found.changes)]
    widths = [max(len(row[k]) for row in rows) for k in range(7)]
    lines += ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    for criterion, estimates in found.coefficients.items():
        lines += [f"{criterion}: {name} {_signed(one.as_json())}" for name, one in estimates.items()]
    lines += _flips(found)
    lines += found.notes
    worst = ", ".join(_name(change) for change in found.regressions)
    lines.append(f"regression: {worst}" if worst else "no regression found")
    return "\n".join(lines)


def _row(change: Change) -> tuple[str, str, str, str, str, str, str]:
    difference = change.difference.as_json()
    value, low, high = (difference.get(name) for name in ("value", "low", "high"))
    ratio = not change.criterion
    spelled = "{:.3f}" if ratio else "{:+.3f}"
    shown = (
        spelled.format(value) if isinstance(value, float) else str(difference.get("undefined", "undefined"))
    )
    bounds = (
        f"[{spelled.format(low)}, {spelled.format(high)}]"
        if isinstance(low, float) and isinstance(high, float)
        else "no interval"
    )
    margin = "" if change.margin is None else f"{change.margin:.0%}"
    sides = (f"{change.current:.4g}", f"{change.candidate:.4g}")
    return (_name(change), *sides, ("× " if ratio else "") + shown, bounds, margin, change.finding)


def _name(change: Change) -> str:
    parts = [change.about, change.criterion, change.stratum or ""]
    return " ".join(part for part in parts if part)


def _signed(estimate: dict[str, object]) -> str:
    if "undefined" in estimate:
        return f"undefined: {estimate['undefined']}"
    interval = (
        "no interval" if estimate["low"] is None else f"[{estimate['low']:+.3f}, {estimate['high']:+.3f}]"
    )
    return f"{estimate['value']:+.3f} {interval}"


def _flips(found: Comparison) -> list[str]:
    """The first development items that flipped; --json has all."""
    lines = []
    for name in (found.candidate, found.current):
        items = [flip for flip in found.flips if flip.better == name]
        shown = ", ".join(f"{flip.item} ({flip.criterion})" for flip in items[:SHOWN])
        more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
        if items:
            lines.append(f"{len(items)} development items speak for {name}: {shown}{more}")
    return lines
