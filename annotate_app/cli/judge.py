"""`calibrant judge list | show | prompt | examples`: who the study's judges are and what they are told."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import COULD_NOT_RUN, DONE, Command, CommandFailed
from annotate_app.cli.judge_run import counted
from annotate_app.cli.opening import open_study, study_arguments

if TYPE_CHECKING:
    from annotate_app.services.judge_values import JudgeLine
    from calibration.judges.briefing import Request


def _named_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="NAME", help="a judge of study.toml")
    study_arguments(parser)


def _prompt_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="NAME", help="a judge of study.toml")
    parser.add_argument("item", metavar="ITEM", help="an item of development")
    parser.add_argument("--answers", action="store_true", help="also what came back, as it is stored")
    study_arguments(parser)


def _examples_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="NAME", help="a judge of study.toml")
    parser.add_argument("--count", type=int, default=6, metavar="N", help="how many (6)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which of those that would do (0)")
    parser.add_argument("--out", metavar="FILE", help="in the study folder (prompts/NAME-examples.jsonl)")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")


def run_list(args: argparse.Namespace) -> int:
    """Every judge of study.toml with its identity."""
    from annotate_app.services.judging import list_judges
    from calibration.judges.spec import KINDS

    judges = list_judges(open_study(args), role=args.role)
    if args.json:
        _print_json({"schema": "calibrant/judges/1", "judges": [asdict(judge) for judge in judges]})
        return DONE
    if not judges:
        print(f"study.toml declares no judge: add a section [judges.NAME] with one of {', '.join(KINDS)}")
    for judge in judges:
        identity = judge.spec_hash[:12] if judge.spec_hash else "no identity"
        print(f"{judge.name}  {judge.kind}  {identity}  {judge.items_judged} items  {judge.requested}")
        if judge.fault:
            print(f"  {judge.fault}")
    return DONE


def run_show(args: argparse.Namespace) -> int:
    """One judge: what was requested, what was observed, what it has answered."""
    from annotate_app.services.judging import CANNOT_JUDGE, judge_spec, show_judge

    desk = open_study(args)
    try:
        judge = show_judge(desk, args.judge, role=args.role)
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
    aside = " (held-out ones aside)" if judge.open_statuses else ""
    print(f"  answered  {judge.items_judged} items: {counted(judge.statuses)}{aside}")
    for model in judge.observed:
        print(f"  observed  {model}")


def run_prompt(args: argparse.Namespace) -> int:
    """The exact requests about one item: what the model is told, and the form its reply must have."""
    from annotate_app.services.judge_prompts import requests_about, stored_answers
    from annotate_app.services.judging import CANNOT_JUDGE
    from annotate_app.services.labelling import UnknownItem

    desk = open_study(args)
    try:
        requests = requests_about(desk, args.judge, args.item, role=args.role)
    except (*CANNOT_JUDGE, UnknownItem) as error:
        raise CommandFailed(str(error)) from error
    answers = stored_answers(desk, requests, role=args.role) if args.answers else {}
    if args.json:
        bodies = [
            {"key": one.key, "swapped": one.swapped, "body": one.body}
            | ({"answer": json.loads(answers[one.key])} if one.key in answers else {})
            for one in requests
        ]
        _print_json({"schema": "calibrant/judge-prompt/1", "requests": bodies})
        return DONE
    for one in requests:
        _print_request(one)
        if args.answers:
            print(f"---- stored answer\n{_indented(answers.get(one.key))}")
    return DONE


def _print_request(request: Request) -> None:
    swapped = " (outputs swapped)" if request.swapped else ""
    print(f"==== {', '.join(request.briefing.criteria)}{swapped}")
    for message in request.body["messages"]:  # type: ignore[attr-defined]
        print(f"---- {message['role']}\n{message['content']}")
    rest = {name: value for name, value in request.body.items() if name != "messages"}
    print(f"---- request\n{json.dumps(rest, indent=2, ensure_ascii=False)}")


def _indented(text: str | None) -> str:
    return "none yet" if text is None else json.dumps(json.loads(text), indent=2, ensure_ascii=False)


def run_examples(args: argparse.Namespace) -> int:
    """Write worked examples from development for a judge to be shown."""
    from annotate_app.services.judge_prompts import write_examples
    from annotate_app.services.judging import CANNOT_JUDGE

    desk = open_study(args)
    path = desk.folder / (args.out or f"prompts/{args.judge}-examples.jsonl")
    if not path.resolve().is_relative_to(desk.folder):
        raise CommandFailed(f"--out {args.out}: must be a file of the study folder; the gate reads it there")
    try:
        written = write_examples(desk, args.judge, path, count=args.count, seed=args.seed, role=args.role)
    except CANNOT_JUDGE as error:
        raise CommandFailed(str(error)) from error
    name = path.relative_to(desk.folder).as_posix()
    print(f"{name}: {written} examples from development. Read them, then add to study.toml,")
    print(f"  [judges.{args.judge}]\n  examples = {json.dumps(name)}")
    return DONE


def _print_json(content: object) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False))


COMMANDS: list[Command] = [
    Command("judge list", "list the judges of study.toml and their identity", study_arguments, run_list),
    Command("judge show", "show one judge: requested, observed, answered", _named_arguments, run_show),
    Command("judge prompt", "print the exact requests about one item", _prompt_arguments, run_prompt),
    Command("judge examples", "write worked examples from development", _examples_arguments, run_examples),
]
