"""`calibrant init` and `calibrant status`: make a study folder; say what a study holds."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.services.reviewing import Review
    from annotate_app.services.summing_up import StudySummary


def _init_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="where the study goes; made when it is not there"
    )
    parser.add_argument("--name", help="the study's name (default: the folder's)")
    parser.add_argument(
        "--rubric",
        metavar="FILE_OR_NAME",
        help="a rubric file, or one of the library (see `calibrant rubric list`)",
    )


def run_init(args: argparse.Namespace) -> int:
    """Write study.toml and rubric.yaml; never over others."""
    from annotate_app.services.studies import CannotCreate, create_study
    from rubrics.files import RubricError

    try:
        made = create_study(args.folder, name=args.name, rubric=args.rubric)
    except (CannotCreate, RubricError) as error:
        raise CommandFailed(str(error)) from error
    print(f"Study {made.name!r} with the rubric {made.rubric!r}:")
    for file in made.files:
        print(f"  {file}")
    print(
        f"Next: calibrant import FILE --study {args.folder}   (items, then labels and verdicts)\n"
        f"      calibrant serve --study {args.folder}         (rate in the browser)"
    )
    return DONE


def _status_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--study", type=Path, default=Path(), metavar="PATH", help="study folder (default: .)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_status(args: argparse.Namespace) -> int:
    """Print the study in counts."""
    from annotate_app.services.reviewing import review_of
    from annotate_app.services.summing_up import study_summary

    desk = open_study(args)
    try:
        summary, review = study_summary(desk, role=args.role), review_of(desk)
    finally:
        desk.close()
    if args.json:
        print(json.dumps(summary.as_json() | {"review": review.as_json()}, indent=2, ensure_ascii=False))
    else:
        print("\n".join([*_lines(summary), *_review_lines(review)]))
    return DONE


def _review_lines(review: Review) -> list[str]:
    owner = f"owner {review.owner}" if review.owner else "no owner"
    due = f", review due on {review.due}" if review.due else ""
    return [f"  set: {owner}{due}", *(f"  {warning}" for warning in review.warnings)]


def _lines(summary: StudySummary) -> list[str]:
    lines = [f"Study {summary.name}"]
    lines += [f"  note: {summary.note}"] if summary.note else []
    versions = f", {summary.rubric_versions} versions" if summary.rubric_versions > 1 else ""
    lines.append(f"  rubric: {summary.rubric} ({summary.rubric_sha256[:12]}{versions})")
    lines.append(
        f"  items: {summary.items:,}" + ("" if summary.frozen else " (no frozen split: all development)")
    )
    for split, strata in summary.splits.items():
        parts = ", ".join(f"{name} {n:,}" for name, n in strata.items() if name != "(none)")
        lines.append(f"    {split}: {sum(strata.values()):,}" + (f" ({parts})" if parts else ""))
    busy = [f"{rater.name} {rater.items:,}" for rater in summary.raters or () if rater.items]
    if summary.raters is not None:
        lines.append(f"  raters: {len(summary.raters)}" + (f" ({_some(busy)})" if busy else ""))
    for criterion, statuses in summary.labels.items():
        aside = " (held-out ones aside)" if summary.open_labels else ""
        lines.append(f"  labels of {criterion}: {_statuses(statuses)}{aside}")
    for judge in summary.judges:
        aside = " (held-out ones aside)" if summary.open_verdicts else ""
        lines.append(f"  verdicts of {judge.name}: {_statuses(judge.statuses)}{aside}")
    if summary.waves_open:
        lines.append(f"  open waves: {summary.waves_open}")
    return lines


def _some(names: list[str], most: int = 8) -> str:
    more = f", and {len(names) - most} more" if len(names) > most else ""
    return "items by rater: " + ", ".join(names[:most]) + more


def _statuses(statuses: object) -> str:
    found = dict(statuses) if isinstance(statuses, dict) else {}
    return ", ".join(f"{n:,} {status.replace('_', ' ')}" for status, n in found.items()) or "none"


COMMANDS: list[Command] = [
    Command("init", "make a study folder with study.toml and rubric.yaml", _init_arguments, run_init),
    Command("status", "say what a study holds", _status_arguments, run_status),
]
