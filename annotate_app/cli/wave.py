"""Commands of this group; see COMMANDS."""

from __future__ import annotations

from annotate_app.cli.command import Command

COMMANDS: list[Command] = []
