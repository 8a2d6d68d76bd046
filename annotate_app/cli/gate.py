"""`calibrant gate`: exit 0 only when every judge asked about is trusted today."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed

if TYPE_CHECKING:
    from calibration.gate import Decision

SUMMARY = "GITHUB_STEP_SUMMARY"
SUFFIXES = (".xml", ".json", ".md")


def study_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def criterion_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--criterion", action="append", default=[], metavar="NAME",
        help="only this criterion of the policy (again for more); default: all that are asked of the judge",
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "judge", nargs="?", metavar="JUDGE",
        help="default: every judge that the policy asks something of, or that has a certificate",
    )  # fmt: skip
    parser.add_argument(
        "--certificate", type=Path, metavar="FILE", help="default: the judge's last look at each criterion"
    )
    parser.add_argument(
        "--verdicts", type=Path, metavar="FILE", help="check the models these verdicts report"
    )
    parser.add_argument(
        "--write", type=_output, action="append", default=[], metavar="FILE",
        help="write the checks too: .xml (JUnit), .json or .md (again for more)",
    )  # fmt: skip
    criterion_argument(parser)
    study_argument(parser)


def _output(text: str) -> Path:
    path = Path(text)
    if path.suffix not in SUFFIXES:
        raise argparse.ArgumentTypeError(f"{text}: end the name in {', '.join(SUFFIXES)}")
    return path


def run(args: argparse.Namespace) -> int:
    """0: every judge asked about is trusted today. 2: one is not, with the reason. 1: could not run."""
    from annotate_app.services.gating import CannotGate, gate
    from calibration import gate_report

    try:
        decisions = gate(
            args.study,
            judge=args.judge,
            certificate=args.certificate,
            criteria=tuple(args.criterion),
            verdicts=args.verdicts,
        )
    except CannotGate as error:
        _publish(args.write, (), fault=str(error))
        raise CommandFailed(str(error)) from error
    if args.json:
        print(gate_report.as_json(decisions), end="")
    else:
        print("\n\n".join(gate_report.table(d) for d in decisions))
    _publish(args.write, decisions)
    return DONE if decisions and all(d.trusted for d in decisions) else NEGATIVE_FINDING


def _publish(files: Sequence[Path], decisions: Sequence[Decision], *, fault: str = "") -> None:
    """Write the files asked for, and append to the summary of a GitHub job where there is one."""
    from calibration import gate_report

    forms: dict[str, Callable[..., str]] = {
        ".xml": gate_report.junit,
        ".json": gate_report.as_json,
        ".md": gate_report.markdown,
    }
    for path in files:
        _write(path, forms[path.suffix](decisions, fault=fault), mode="w")
    summary = os.environ.get(SUMMARY)
    if summary:
        _write(Path(summary), gate_report.markdown(decisions, fault=fault) + "\n", mode="a")


def _write(path: Path, text: str, *, mode: str) -> None:
    try:
        with path.open(mode, encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise CommandFailed(f"{path}: cannot be written: {error.strerror}") from error


COMMANDS: list[Command] = [
    Command("gate", "exit 0 only when a judge is trusted today (2: not trusted)", _arguments, run),
]
