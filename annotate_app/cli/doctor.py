"""`calibrant doctor`: everything that a study needs to run, looked at, with what to do; changes nothing."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed
from annotate_app.cli.opening import study_arguments

if TYPE_CHECKING:
    from annotate_app.services.findings import Finding


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8501, help="the server's port (default: 8501)")
    study_arguments(parser)


def run_doctor(args: argparse.Namespace) -> int:
    """0: nothing fails. 2: something does. 1: there is no such folder."""
    from annotate_app.services.doctor import examine

    if not args.study.is_dir():
        raise CommandFailed(f"{args.study} is no folder: name a study folder with --study")
    if not 0 <= args.port <= 65535:
        raise CommandFailed(f"--port {args.port}: must be from 0 to 65535")
    found = []
    for finding in examine(args.study, port=args.port):
        found.append(finding)
        if not args.json:
            print(_line(finding), flush=True)
    failing = sum(one.level == "fail" for one in found)
    warning = sum(one.level == "warn" for one in found)
    if args.json:
        findings = [one.as_json() for one in found]
        told = {"schema": "calibrant/doctor/1", "fail": failing, "warn": warning, "findings": findings}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        print(f"{len(found)} checks: {failing} fail, {warning} warn")
    return NEGATIVE_FINDING if failing else DONE


def _line(one: Finding) -> str:
    todo = f"\n      -> {one.todo}" if one.todo else ""
    return f"{one.level:4}  {one.check}: {one.said}{todo}"


COMMANDS: list[Command] = [
    Command("doctor", "look at all that a study needs to run, and say what to do", _arguments, run_doctor),
]
