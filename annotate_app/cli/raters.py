"""`calibrant raters`: how raters work and answer, for the lead."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.services.rater_quality import CriterionQuality, RaterWork
    from calibration.stats.estimate import Result


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--criterion", metavar="NAME", help="this criterion only")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_raters(args: argparse.Namespace) -> int:
    """Every rater's work, and every criterion's answers; labels of open splits alone."""
    from annotate_app.services.rater_quality import raters_page

    desk = open_study(args)
    try:
        found = raters_page(desk, role="lead")
    finally:
        desk.close()
    if args.json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        return DONE
    for work in found.work:
        print(_work(work))
    for name, quality in found.criteria.items():
        if args.criterion in (None, name):
            _print_criterion(name, quality)
    return DONE


def _work(one: RaterWork) -> str:
    return (
        f"{one.rater}: {one.items} items done, {one.left} left; seconds an item {_said(one.seconds, '.0f')}; "
        f"skipped {_said(one.skipped, '.0%')}; unsure {_said(one.unsure, '.0%')}"
    )


def _print_criterion(name: str, quality: CriterionQuality) -> None:
    from annotate_app.services.rater_quality import slips
    from calibration.render.raters import suggestion_words
    from calibration.stats.estimate import Undefined

    print(f"\n{name}")
    for one in quality.found.raters:
        again = one.consistency
        print(f"  {one.rater}, {one.items} items")
        for what, result in (
            ("leniency", one.leniency),
            ("agreement with others", one.agreement),
            (f"{quality.found.coefficient} with others", one.kappa),
            ("own repeats", again if isinstance(again, Undefined) else again.agreement),
            ("gold", one.gold),
            ("planted errors found", one.planted),
        ):
            print(f"    {what}: {_said(result, '.3f')}")
        print(f"    over time: {quality.drift[one.rater]}")
    print(f"  {slips(quality.planted)}")
    print(f"  {suggestion_words(quality.found.suggestions)}")


def _said(result: Result, form: str) -> str:
    from calibration.stats.estimate import Undefined

    if isinstance(result, Undefined):
        return f"undefined ({result.reason})"
    if result.low is None or result.high is None:
        return f"{result.value:{form}} (no interval: {result.interval_undefined}; n {result.n})"
    return f"{result.value:{form}} [{result.low:{form}}, {result.high:{form}}] (n {result.n})"


COMMANDS: list[Command] = [
    Command("raters", "show how raters work and answer, for the lead", _arguments, run_raters),
]
