"""How commands that run for long are told what to log: --log-format and --log-level, or the environment."""

from __future__ import annotations

import argparse
import os

from annotate_app import logs
from annotate_app.cli.command import CommandFailed

FORMAT, LEVEL = "CALIBRANT_LOG_FORMAT", "CALIBRANT_LOG_LEVEL"


def log_arguments(parser: argparse.ArgumentParser, *, level: str) -> None:
    """The two options; `level` is what is logged where neither option nor environment says it."""
    parser.add_argument(
        "--log-format",
        choices=logs.FORMATS,
        help=f"one line per event on standard error (default: ${FORMAT}, else text on a terminal, else json)",
    )
    parser.add_argument(
        "--log-level", choices=tuple(logs.LEVELS), help=f"least level (default: ${LEVEL}, else {level})"
    )
    parser.set_defaults(usual_log_level=level)


def start_log(args: argparse.Namespace) -> None:
    """Log as the options, the environment or the habit say."""
    form = args.log_format or os.environ.get(FORMAT) or logs.usual_format()
    level = args.log_level or os.environ.get(LEVEL) or args.usual_log_level
    if form not in logs.FORMATS:
        raise CommandFailed(f"{FORMAT}={form!r}: it is {' or '.join(logs.FORMATS)}")
    if level not in logs.LEVELS:
        raise CommandFailed(f"{LEVEL}={level!r}: it is one of {', '.join(logs.LEVELS)}")
    logs.start(form, level)
