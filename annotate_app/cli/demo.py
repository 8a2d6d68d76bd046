"""`calibrant demo`: build the example study, judge it offline, print the report, open it in the browser."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli import terminal
from annotate_app.cli.command import DONE, Command, CommandFailed

if TYPE_CHECKING:
    from rich.console import Console

    from annotate_app.desk import Desk

FOLDER = Path("demo-study")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, metavar="FOLDER", help=f"where to put it (default: {FOLDER})"
    )
    parser.add_argument("--port", type=int, default=8501, help="port on this machine (default: 8501)")
    parser.add_argument("--no-serve", action="store_true", help="end after the report")


def run_demo(args: argparse.Namespace) -> int:
    """Everything that is missing is built; what is there already is used as it is."""
    console = terminal.console(sys.stdout)
    desk = _build(args.folder, console)
    try:
        written = _report(desk, args.folder, console)
    finally:
        desk.close()
    console.print(f"\nReport: {written}", soft_wrap=True)
    if args.no_serve:
        console.print(f"Open the app with: calibrant serve --study {args.folder}", soft_wrap=True)
        return DONE
    _serve(args.folder, args.port)
    return DONE


def _build(folder: Path, console: Console) -> Desk:
    from annotate_app.desk import CANNOT_OPEN
    from annotate_app.services.certifying import CannotCertify
    from annotate_app.services.demo import DemoRefused, build_demo
    from annotate_app.services.judging import CANNOT_JUDGE

    try:
        return build_demo(folder, say=lambda line: console.print(f"· {line}", style="dim", soft_wrap=True))
    except (DemoRefused, CannotCertify, *CANNOT_OPEN, *CANNOT_JUDGE) as error:
        raise CommandFailed(str(error)) from error
    except OSError as error:
        raise CommandFailed(f"{folder} cannot be written: {error.strerror}") from error


def _report(desk: Desk, folder: Path, console: Console) -> Path:
    """Print the short report and write the long one; the HTML file."""
    from annotate_app.cli.demo_report import print_report
    from annotate_app.cli.report import write_report
    from annotate_app.services.calibrating import build_report
    from annotate_app.services.rights import HOLDER
    from calibration.policy import DEFAULT_COEFFICIENTS

    report = build_report(desk, role=HOLDER)
    read_by = {c.name: DEFAULT_COEFFICIENTS[c.scale.kind] for c in desk.rubric.criteria}
    print_report(report, read_by, str(folder), console)
    return write_report(report, folder / "reports")[0]


def _serve(folder: Path, port: int) -> None:
    from annotate_app import server

    try:
        server.serve(folder, port=port)
    except server.ServerFailed as failure:
        raise CommandFailed(str(failure)) from failure


COMMANDS: list[Command] = [
    Command(
        "demo", "build and open an example study; needs no data, no key, no network", _arguments, run_demo
    )
]
