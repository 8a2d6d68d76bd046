"""`calibrant wave plan | draw | list | show | close`: which items raters get next, at what probability."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study, study_arguments

if TYPE_CHECKING:
    from annotate_app.services.targeting import WaveRecord
    from annotate_app.services.wave_progress import WaveStanding
    from calibration.triage.design import Design

KINDS = ("random", "stratified", "mixed", "search")
ADDED = {
    "repeats": "own earlier items: this share of what a rater is shown",
    "gold": "items with gold answers: this share of what a rater is shown",
    "planted": "planted errors: this share of what a rater is shown",
}


def _draw_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--design", choices=KINDS, default="random", help="mixed: a random share, the rest by doubt"
    )
    parser.add_argument("--n", type=int, required=True, help="how many items")
    parser.add_argument("--split", choices=("development", "validation", "held_out"), default="development")
    parser.add_argument("--random-share", type=float, default=0.3, help="mixed: drawn at random (.3)")
    parser.add_argument("--signal", default="low_confidence", help="mixed, search: the doubt to follow")
    parser.add_argument(
        "--judge", metavar="NAME", help="mixed, search: whose doubt (default: the only judge of study.toml)"
    )
    parser.add_argument("--criterion", metavar="NAME", help="doubt on this criterion (default: on any)")
    parser.add_argument(
        "--stratum-min", type=int, metavar="N", help="stratified: at least N of every stratum, or all of it"
    )
    parser.add_argument(
        "--always", action="append", default=[], metavar="STRATUM",
        help="draw all of a stratum, or `sensitive`: all sensitive items (repeatable)",
    )  # fmt: skip
    parser.add_argument("--raters", type=int, metavar="K", help="raters per item (default: the study's)")
    parser.add_argument(
        "--overlap-share", type=float, default=1.0, metavar="SHARE",
        help="share of the items that K raters answer, one rater the others (1)",
    )  # fmt: skip
    for name, what in ADDED.items():
        parser.add_argument(f"--{name}", type=float, default=0.0, metavar="SHARE", help=f"add {what}")
    parser.add_argument("--seed", type=int, help="default: the split's seed plus the wave's number")
    study_arguments(parser)


def run_draw(args: argparse.Namespace) -> int:
    """Draw a wave and open it for labelling; a signal that no pilot supports is warned of."""
    from annotate_app.services.pilots import caution
    from annotate_app.services.targeting import draw_wave
    from calibration.triage.design import BadDesign

    desk = open_study(args)
    try:
        design = _design(args, tuple(desk.study_file.judges))
        warning = caution(desk, design, args.split, role=args.role)
        wave = draw_wave(desk, design, split=args.split, seed=args.seed, by=args.who, role=args.role)
    except BadDesign as error:
        raise CommandFailed(str(error)) from error
    if warning:
        print(f"warning: {warning}", file=sys.stderr)
    _print([wave], as_json=args.json)
    return DONE


def run_plan(args: argparse.Namespace) -> int:
    """What a wave of this design would bring; nothing is written."""
    from annotate_app.cli.wave_plan import lines
    from annotate_app.services.wave_planning import plan_wave
    from calibration.triage.design import BadDesign

    desk = open_study(args)
    try:
        design = _design(args, tuple(desk.study_file.judges))
        found = plan_wave(
            desk, design, split=args.split, judge=args.judge, seed=args.seed or 1, role=args.role
        )
    except BadDesign as error:
        raise CommandFailed(str(error)) from error
    print(json.dumps(found.as_json(), indent=2) if args.json else "\n".join(lines(found)))
    return DONE


def run_list(args: argparse.Namespace) -> int:
    """Every wave of the study, with how far it is."""
    from annotate_app.services.targeting import list_waves
    from annotate_app.services.wave_progress import totals

    desk = open_study(args)
    waves, done = list_waves(desk, role=args.role), totals(desk, role=args.role)
    if args.json:
        print(json.dumps([{**wave.as_json(), **asdict(done[wave.name])} for wave in waves], indent=2))
        return DONE
    if not waves:
        print("no wave was drawn yet: `calibrant wave draw --n 50`")
    for wave in waves:
        _print([wave], as_json=False)
        print(f"  labels: {done[wave.name].given} of {done[wave.name].wanted}, seed {wave.seed}")
    return DONE


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("wave", metavar="WAVE")
    study_arguments(parser)


def run_show(args: argparse.Namespace) -> int:
    """One wave: its design, seed and frame, what it has, and who is left."""
    from annotate_app.services.wave_progress import standing
    from calibration.triage.design import BadDesign

    try:
        found = standing(open_study(args), args.wave, role=args.role)
    except BadDesign as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        print(json.dumps(found.as_json(), indent=2))
        return DONE
    _print([found.wave], as_json=False)
    _print_standing(found)
    return DONE


def _print_standing(found: WaveStanding) -> None:
    wave, totals = found.wave, found.totals
    drawn = f"frame of {wave.frame} items, sha256 {wave.frame_sha256[:12]}, drawn {wave.at}"
    print(f"seed {wave.seed}, {drawn}, {'open' if wave.is_open else 'closed'}")
    print(f"labels: {totals.given} of {totals.wanted}; {totals.complete} of {wave.selected} items complete")
    if len(found.overlap) > 1:
        parts = (f"{n} items by {k} rater{'s' * (k > 1)}" for k, n in found.overlap.items())
        print("overlap: " + ", ".join(parts))
    if wave.design.added:
        print(
            "mixed in: " + (", ".join(f"{n} {kind}" for kind, n in found.mixed_in.items()) or "none so far")
        )
    for one in found.raters:
        print(f"  {one.rater}: {one.answered} answered, {one.left} could still be asked")


def _close_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("wave", metavar="WAVE")
    parser.add_argument("--reason", help="why it is asked no more")
    parser.add_argument("--by", metavar="NAME", help="who closes it")
    study_arguments(parser)


def run_close(args: argparse.Namespace) -> int:
    """Ask a wave no more; its labels count as they were drawn."""
    from annotate_app.services.wave_progress import close_wave
    from calibration.triage.design import BadDesign

    try:
        wave = close_wave(open_study(args), args.wave, by=args.by, reason=args.reason, role=args.role)
    except BadDesign as error:
        raise CommandFailed(str(error)) from error
    _print([wave], as_json=args.json)
    return DONE


def _design(args: argparse.Namespace, judges: tuple[str, ...]) -> Design:
    from calibration.triage.design import BadDesign, Design

    design = Design(
        args.design, args.n, stratum_min=args.stratum_min, always=tuple(args.always), raters=args.raters,
        overlap_share=args.overlap_share, repeats=args.repeats, gold=args.gold, planted=args.planted,
    )  # fmt: skip
    if args.design not in ("mixed", "search"):
        return design
    judge = args.judge or (judges[0] if len(judges) == 1 else None)
    if judge is None:
        raise BadDesign(
            f"a {args.design} wave follows a judge's doubt: --judge {' or '.join(judges) or 'NAME'}"
        )
    share = args.random_share if args.design == "mixed" else 0.0
    return replace(design, random_share=share, signal=args.signal, judge=judge, criterion=args.criterion)


def _print(waves: list[WaveRecord], *, as_json: bool) -> None:
    from annotate_app.services.wave_words import chances, words_of

    if as_json:
        print(json.dumps([wave.as_json() for wave in waves], indent=2))
        return
    for wave in waves:
        print(
            f"{wave.name}: {words_of(wave.design)} on {wave.split}, {wave.selected} of {wave.frame} items, "
            f"{wave.labelled} labelled, drawn with probability {chances(wave.pi_low, wave.pi_high)}"
            + ("" if wave.purpose == "estimate" else "; finds errors, never enters an estimate")
            + ("" if wave.is_open else "; closed")
        )


COMMANDS: list[Command] = [
    Command("wave plan", "foresee what a wave would bring, from a pilot", _draw_arguments, run_plan),
    Command("wave draw", "draw items for the raters with known probability", _draw_arguments, run_draw),
    Command("wave list", "list the waves that were drawn", study_arguments, run_list),
    Command("wave show", "show one wave: design, seed, labels, who is left", _show_arguments, run_show),
    Command("wave close", "ask a wave no more", _close_arguments, run_close),
]
