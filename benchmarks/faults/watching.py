"""Tells when a process opens the live SQLite file other than through SQLite, which would drop its locks.

POSIX locks belong to the process: closing any handle of the file gives up those of every connection. SQLite's
own opening is seen by nobody here, since it opens in C; what Python opens is, through an audit hook.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ENDINGS = ("", "-wal", "-shm", "-journal")
OPENED = "opened outside of SQLite"


def watch(database: str) -> None:
    """From now on, say on standard error when this process opens the file or what SQLite keeps beside it."""
    wanted = {os.path.realpath(database) + ending for ending in ENDINGS}
    names = {Path(one).name for one in wanted}

    def hook(event: str, given: tuple[object, ...]) -> None:
        if event == "open" and isinstance(given[0], str | os.PathLike):
            path = str(os.fspath(given[0]))
            if Path(path).name in names and os.path.realpath(path) in wanted:
                os.write(2, f"{OPENED}: {path} by {_who()}\n".encode())

    sys.addaudithook(hook)


def _who() -> str:
    """The function of ours that did it."""
    frame = sys._getframe(2)
    while frame.f_back is not None and "annotate_app" not in frame.f_code.co_filename:
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
