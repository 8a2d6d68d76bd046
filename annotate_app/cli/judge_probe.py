"""`calibrant judge probe`: what moves a judge that should not, on a random sample; its cost beforehand."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

from annotate_app.cli.command import COULD_NOT_RUN, DONE, Command, CommandFailed
from annotate_app.cli.judge_run import watching
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.services.probe_values import ProbeEstimate, ProbeOptions, ProbeResult, ProbeRun

KINDS = "repeat,position,verbosity,format,scale_direction,injection"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="NAME", help="a judge of study.toml that has `model` or `command`")
    parser.add_argument("--kinds", default=KINDS, metavar="K,K", help=f"which probes (all: {KINDS})")
    parser.add_argument("--items", type=int, default=50, metavar="N", help="how many random items (50)")
    parser.add_argument("--repeats", type=int, default=3, metavar="K", help="how often `repeat` asks (3)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="draws items and changes (0)")
    parser.add_argument(
        "--split", choices=("development", "validation"), default="development",
        help="whose items (development); held-out items are never probed",
    )  # fmt: skip
    parser.add_argument("--budget-calls", type=int, metavar="N", help="stop before more than N calls")
    parser.add_argument("--budget-usd", type=float, metavar="X", help="stop when X dollars are spent")
    parser.add_argument("--dry-run", action="store_true", help="say what it would take, and ask nobody")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_probe(args: argparse.Namespace) -> int:
    """Probe a judge; what was asked before, by a run or a probe, is read from the store."""
    from annotate_app.services.judging import CANNOT_JUDGE
    from annotate_app.services.probe_costs import estimate_probes
    from annotate_app.services.probing import probe_judge

    options = _options(args)
    desk = open_study(args)
    try:
        if args.dry_run:
            _print_estimate(estimate_probes(desk, args.judge, options, role=args.role), as_json=args.json)
            return DONE
        with watching(quiet=args.json) as watch:
            found = probe_judge(desk, args.judge, options, watch, role=args.role)
    except CANNOT_JUDGE as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        _print_json({"schema": "calibrant/judge-probe/1", **asdict(found)})
    else:
        _print_run(found)
    return COULD_NOT_RUN if found.stopped and not found.results else DONE


def _options(args: argparse.Namespace) -> ProbeOptions:
    from annotate_app.services.probe_values import ProbeOptions
    from calibration.judges.probes.kinds import Kind

    for name in ("budget_calls", "budget_usd"):
        if (given := getattr(args, name)) is not None and given <= 0:
            raise CommandFailed(f"--{name.replace('_', '-')} {given}: must be greater than 0")
    kinds = tuple(dict.fromkeys(kind.strip() for kind in args.kinds.split(",") if kind.strip()))
    return ProbeOptions(
        cast("tuple[Kind, ...]", kinds), args.items, args.repeats, args.seed, args.split, args.budget_calls,
        args.budget_usd,
    )  # fmt: skip


def _print_estimate(found: ProbeEstimate, *, as_json: bool) -> None:
    if as_json:
        _print_json({"schema": "calibrant/judge-probe-estimate/1", **asdict(found)})
        return
    print(f"{found.judge}: {found.calls} calls at most, about {found.tokens_in:,.0f} tokens in, "
          f"{found.tokens_out:,.0f} out")  # fmt: skip
    for cost in found.probes:
        asked = cost.undefined or f"{cost.items} items, {cost.calls} calls, {cost.stored} stored already"
        print(f"  {cost.kind}: {asked}")
    unknown = "unknown: no list has the model's price, give [judges.NAME.price]"
    print(f"  cost {unknown if found.usd is None else f'about ${found.usd:.2f}'}")


def _print_run(found: ProbeRun) -> None:
    print(f"{found.judge} ({found.spec_hash[:12]})")
    for result in found.results:
        _print_result(result)
    if found.stopped:
        print(f"stopped: {found.stopped}. Probe again with more: it goes on where it stopped")


def _print_result(result: ProbeResult) -> None:
    if result.undefined:
        print(f"{result.kind}: undefined, {result.undefined}")
        return
    cost = "cost unknown" if result.cost_usd is None else f"${result.cost_usd:.4f}"
    failed = f", {result.failed} failed" if result.failed else ""
    print(
        f"{result.kind}: {result.items} {result.split} items, {result.calls} calls{failed}, "
        f"{result.read} answers read from the store, {cost}"
    )
    for sentence in result.sentences:
        print(f"  {sentence}")
    if len(result.models) > 1:
        print(f"  caution: several models answered, so a change may be theirs: {', '.join(result.models)}")
    for published in result.published:
        print(f"  others: {published}")


def _print_json(content: object) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False, default=list))


COMMANDS: list[Command] = [
    Command("judge probe", "ask a judge again in changed form: what moves it", _arguments, run_probe),
]
