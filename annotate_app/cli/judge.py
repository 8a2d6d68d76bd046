"""`calibrant judge list | show | run`: who the study's judges are, and letting them answer."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import COULD_NOT_RUN, DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.services.judge_values import JudgeLine, RunSummary


def _study_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _named_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="NAME", help="a judge of study.toml")
    _study_arguments(parser)


def _run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="NAME", help="a judge of study.toml")
    parser.add_argument(
        "--split", choices=("development", "validation", "held_out"), help="only these items (default: all)"
    )
    _study_arguments(parser)


def run_list(args: argparse.Namespace) -> int:
    """Every judge of study.toml with its identity."""
    from annotate_app.services.judging import list_judges

    judges = list_judges(open_study(args.study))
    if args.json:
        _print_json({"schema": "calibrant/judges/1", "judges": [asdict(judge) for judge in judges]})
        return DONE
    if not judges:
        print(
            "study.toml declares no judge: add a section [judges.NAME] with code, baseline, panel or import"
        )
    for judge in judges:
        identity = judge.spec_hash[:12] if judge.spec_hash else "no identity"
        print(f"{judge.name}  {judge.kind}  {identity}  {judge.items_judged} items  {judge.requested}")
        if judge.fault:
            print(f"  {judge.fault}")
    return DONE


def run_show(args: argparse.Namespace) -> int:
    """One judge: what was requested, what was observed, what it has answered."""
    from annotate_app.services.judging import CANNOT_JUDGE, judge_spec, show_judge

    desk = open_study(args.study)
    try:
        judge = show_judge(desk, args.judge)
        spec = None if judge.fault else judge_spec(desk, args.judge).content
    except CANNOT_JUDGE as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        _print_json({"schema": "calibrant/judge/1", **asdict(judge), "spec": spec})
    else:
        _print_judge(judge, spec or {})
    return COULD_NOT_RUN if judge.fault else DONE


def _print_judge(judge: JudgeLine, spec: dict[str, object]) -> None:
    print(f"{judge.name} ({judge.kind}): {judge.requested}")
    if judge.fault:
        print(f"  {judge.fault}")
        return
    print(f"  spec_hash  {judge.spec_hash}")
    for name, value in spec.items():
        print(f"  {name}  {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    print(f"  answered  {judge.items_judged} items: {_counts(judge.statuses)}")
    for model in judge.observed:
        print(f"  observed  {model}")


def run_run(args: argparse.Namespace) -> int:
    """Let the judge answer what it has not answered yet; the same judge is never asked twice."""
    from annotate_app.services.judging import CANNOT_JUDGE, run_judge

    try:
        summary = run_judge(open_study(args.study), args.judge, split=args.split)
    except CANNOT_JUDGE as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        _print_json({"schema": "calibrant/judge-run/1", **asdict(summary)})
    else:
        _print_run(summary)
    return DONE


def _print_run(run: RunSummary) -> None:
    identity = f"{run.judge} ({run.spec_hash[:12]})"
    if run.did_nothing:
        print(f"{identity}: nothing to do, this exact judge has answered all {run.already} items already")
        return
    print(
        f"{identity}: {run.items} items in {run.seconds:.1f} s, ${run.cost_usd:.2f}; "
        f"{run.verdicts} verdicts: {_counts(run.statuses)}"
    )
    if run.already:
        print(f"  {run.already} items were answered before")
    if run.waiting:
        print(f"  {run.waiting} items wait until every member has answered them")
    if run.observed:
        print(f"  observed: {run.observed}")


def _counts(statuses: object) -> str:
    counts = dict(statuses) if isinstance(statuses, dict) else {}
    return ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in counts.items()) or "nothing"


def _print_json(content: object) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False))


COMMANDS: list[Command] = [
    Command("judge list", "list the judges of study.toml and their identity", _study_arguments, run_list),
    Command("judge show", "show one judge: requested, observed, answered", _named_arguments, run_show),
    Command("judge run", "let a judge answer the items it has not answered yet", _run_arguments, run_run),
]
