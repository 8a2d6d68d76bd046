"""What a command is: a name, a line of help, its arguments and the function that runs it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

DONE, COULD_NOT_RUN, NEGATIVE_FINDING = 0, 1, 2


class CommandFailed(Exception):
    """The command could not run: the message says what, where and what to do; exit code 1."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command; a name of two words is an action of a group (`rubric check`)."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
