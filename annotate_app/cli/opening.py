"""Opening a study's desk for a command; what goes wrong is said in one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import CommandFailed

if TYPE_CHECKING:
    from annotate_app.desk import Desk


def open_study(folder: Path) -> Desk:
    """The desk of a study folder; `CommandFailed` when its files or its database cannot be used."""
    from annotate_app.desk import CANNOT_OPEN, open_desk

    try:
        return open_desk(folder)
    except CANNOT_OPEN as error:
        raise CommandFailed(str(error)) from error
