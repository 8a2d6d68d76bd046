"""What reaches the terminal: no control character of a text from outside, and no key of our environment.

Everything that a command prints passes here. A character that a terminal would obey is written as \\u001b,
which in JSON means the same. rich moves the cursor and colours, so it writes past this: its texts are cleaned
before.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO, cast

from calibration.judges.secrets import certain, known_keys, without_keys, without_known

if TYPE_CHECKING:
    from rich.console import Console

# Line feed and tab stay; a carriage return stays before a line feed.
_OBEYED = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]|\\r(?!\\n)"
)


def plain(text: str) -> str:
    """Text with every character that a terminal would obey spelled out."""
    return text if text.isprintable() else _OBEYED.sub(_spelled, text)


def words(text: object) -> str:
    """Text for a cell or a line of rich: plain, and no tag of rich's own language."""
    from rich.markup import escape

    return escape(plain(str(text)))


def _spelled(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


class Guarded:
    """A stream that writes plain text, without keys; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.keys = stream, certain(known_keys())

    def write(self, text: str) -> int:
        self.stream.write(without_known(plain(text), self.keys))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def guarded() -> Iterator[None]:
    """Everything printed inside is plain."""
    out, err = cast("TextIO", Guarded(sys.stdout)), cast("TextIO", Guarded(sys.stderr))
    with redirect_stdout(out), redirect_stderr(err):
        yield


def console(stream: TextIO) -> Console:
    """rich on the terminal itself, where it moves the cursor; outside text in it goes through `words`."""
    from rich.console import Console

    return Console(file=stream.stream if isinstance(stream, Guarded) else stream, highlight=False)


def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An error that nobody foresaw, with its places in the code: plain, and without keys."""
    Guarded(sys.stderr).write(without_keys("".join(traceback.format_exception(kind, error, trace))))
