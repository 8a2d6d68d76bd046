"""`calibrant report` and `calibrant verify`: the calibration report, and its numbers computed again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.desk import Desk
    from calibration.report import Report
    from calibration.verify import Verification

RENDERINGS = {"html": "report.html", "md": "report.md", "json": "report.json"}
LAST = "last"
MISSING = (
    "verify needs packages of the extra calibrant[verify], and {name} is not installed: "
    "pip install 'calibrant[verify]'"
)


def _report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", default=".", metavar="PATH", help="the study folder (default: here)")
    parser.add_argument("--output", metavar="FOLDER", help="where to write (default: reports in the study)")
    parser.add_argument("--at", metavar="TIME", help="its creation time, for the bytes of a former report")
    parser.add_argument(
        "--since",
        metavar="DATE",
        help="the periodic report: of the time since then, or since the `last` one",
    )
    parser.add_argument(
        "--compare-to", type=Path, metavar="LAST.json",
        help="the periodic report: what changed since this one (default: the last that is stored)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object instead")


def _run_report(args: argparse.Namespace) -> int:
    from annotate_app.services.calibrating import build_report

    desk = open_study(args)
    if args.at is not None:
        moment = _moment(args.at)
        desk = replace(desk, clock=lambda: moment)
    if args.since is not None or args.compare_to is not None:
        return _run_periodic(args, desk)
    report = build_report(desk, role=args.role)
    if args.json:
        print(json.dumps(report.as_json(), indent=2, ensure_ascii=False, allow_nan=False))
        return DONE
    folder = Path(args.output) if args.output else Path(args.study) / "reports"
    for path in write_report(report, folder):
        print(path)
    return DONE


def _run_periodic(args: argparse.Namespace, desk: Desk) -> int:
    """The report of a period: stored, and written as the other one is."""
    from annotate_app.services.monitor_values import CannotMonitor
    from annotate_app.services.periodic import BadReport, build_period, keep, texts

    since = None if args.since in (None, LAST) else _moment(args.since, "--since")
    try:
        period = build_period(desk, since=since, last=_former(args.compare_to), role=args.role)
    except (BadReport, CannotMonitor) as error:
        raise CommandFailed(str(error)) from error
    made = texts(period)
    keep(desk, period, made, by=args.who, role=args.role)
    if args.json:
        print(made.json, end="")
        return DONE
    folder = Path(args.output) if args.output else Path(args.study) / "reports"
    for path in write_texts({"html": made.html, "md": made.markdown, "json": made.json}, folder):
        print(path)
    return DONE


def _former(path: Path | None) -> dict[str, Any] | None:
    """The report to compare with, as JSON."""
    if path is None:
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandFailed(f"--compare-to {path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandFailed(f"--compare-to {path}: is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise CommandFailed(f"--compare-to {path}: is no report")
    return found


def _moment(text: str, option: str = "--at") -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandFailed(f"{option} {text}: write a time as 2026-03-01T09:30:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def write_report(report: Report, folder: Path) -> list[Path]:
    """The report as HTML, Markdown and JSON files in a folder; each is whole or not there."""
    from calibration.render import html, markdown
    from calibration.render import json as as_json

    return write_texts(
        {"html": html.render(report), "md": markdown.render(report), "json": as_json.render(report)}, folder
    )


def write_texts(texts: Mapping[str, str], folder: Path) -> list[Path]:
    """One report in all its forms, as files in a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, text in texts.items():
            draft = folder / f".{RENDERINGS[kind]}.part"
            draft.write_text(text, encoding="utf-8")
            draft.replace(folder / RENDERINGS[kind])
    except OSError as error:
        raise CommandFailed(f"{folder}: the report cannot be written: {error.strerror}") from error
    return [folder / name for name in RENDERINGS.values()]


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--study", default=".", metavar="PATH", help="the study folder (default: here)")
    parser.add_argument(
        "--all", action="store_true", help="list every number, not only the largest difference"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run_verify(args: argparse.Namespace) -> int:
    from annotate_app.services.verifying import verify_study

    try:
        found = verify_study(open_study(args), role=args.role)
    except ModuleNotFoundError as error:
        raise CommandFailed(MISSING.format(name=error.name)) from error
    if args.json:
        print(json.dumps(found.as_json(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print("\n".join(_lines(found, every=args.all)))
    return DONE if found.passed or not found.compared else NEGATIVE_FINDING


def _lines(found: Verification, *, every: bool) -> list[str]:
    lines = []
    for check in found.checks if every else ():
        where = f"{check.criterion}, {check.subject}: {check.name}"
        if check.difference is None:
            lines.append(f"{where}: {check.skipped}")
        else:
            lines.append(f"{where}: ours {check.ours:.12f}, {check.package} {check.theirs:.12f}")
    if found.largest is None:
        return [*lines, "No number of this study could be computed a second time."]
    packages = ", ".join(sorted({check.package for check in found.compared}))
    skipped = len(found.checks) - len(found.compared)
    return [
        *lines,
        f"{len(found.compared)} numbers computed again with {packages}; {skipped} have no counterpart.",
        f"Largest difference: {found.largest:.3g} ({'agree' if found.passed else 'DO NOT AGREE'}).",
    ]


COMMANDS: list[Command] = [
    Command("report", "write the calibration report: HTML, Markdown, JSON", _report_arguments, _run_report),
    Command("verify", "compute the report's numbers again, independently", _verify_arguments, _run_verify),
]
