"""Opening a study's desk for a command, and the arguments that name it; faults are said in one line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import CommandFailed

if TYPE_CHECKING:
    from annotate_app.desk import Desk


def study_arguments(parser: argparse.ArgumentParser) -> None:
    """--study and --json, as most commands on a study have them."""
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def open_study(folder: Path) -> Desk:
    """The desk of a study folder; `CommandFailed` when its files or its database cannot be used."""
    from annotate_app.desk import CANNOT_OPEN, open_desk

    try:
        return open_desk(folder)
    except CANNOT_OPEN as error:
        raise CommandFailed(str(error)) from error
