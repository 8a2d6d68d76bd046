"""Structured logs: one line per event, with the id of the request or run; refuses what somebody wrote.

A line holds numbers, durations and our own words. It never holds a text of an item, an answer, a name or a
key: a field takes no value but a number, a truth value or a short word, and of an error its kind and its
place in the code are told, not its message.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from traceback import extract_tb
from typing import Literal, TextIO

from calibration.judges.secrets import without_keys

Format = Literal["json", "text"]
Field = str | int | float | bool | None
FORMATS: tuple[Format, ...] = ("json", "text")
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
LIBRARIES = ("uvicorn", "streamlit", "starlette", "asyncio")
LONGEST = 120  # characters of a word in a field
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

_log = logging.getLogger("calibrant")
_ours: list[logging.Handler] = []  # what writes, once `start` was called
_correlation: ContextVar[str] = ContextVar("calibrant_correlation", default="")

# What every finished line goes through; whoever knows what a secret looks like adds a function here.
SCRUBBERS: list[Callable[[str], str]] = [without_keys]


def correlation_id() -> str:
    """The id of the request or run that this code works for; empty outside both."""
    return _correlation.get()


def new_id() -> str:
    return secrets.token_hex(8)


def taken_or_new(stated: str) -> str:
    """`stated` where it is a well-formed id (8 to 64 letters, digits, dots, hyphens), else a new one."""
    return stated if _WELL_FORMED.fullmatch(stated) else new_id()


@contextmanager
def correlated(correlation: str) -> Iterator[str]:
    """What happens inside, threads that copy the context included, belongs to this id."""
    token = _correlation.set(correlation)
    try:
        yield correlation
    finally:
        _correlation.reset(token)


def event(
    kind: str,
    fields: Mapping[str, Field] = {},
    *,
    level: int = logging.INFO,
    error: BaseException | None = None,
) -> None:
    """Log that something happened; costs next to nothing where the level is not wanted."""
    if _log.isEnabledFor(level):
        told = {"correlation_id": correlation_id() or None, **fields, **_of_error(error)}
        _log.log(level, kind, extra={"calibrant": told})


def identifier(word: str) -> str:
    """An id that a browser made, where it looks like one: it must not carry words into the log."""
    return word if re.fullmatch(r"[A-Za-z0-9:_-]{1,64}", word) else "odd"


def since(began: float) -> float:
    """Milliseconds since `perf_counter()` said `began`."""
    return round(1000 * (perf_counter() - began), 2)


def start(form: Format, level: str, *, stream: TextIO | None = None) -> None:
    """Write events of `level` and above to `stream` (standard error) in this form, from now on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Line(form))
    _log.handlers, _log.propagate = [handler], False
    if not logging.root.handlers:  # what no logger of these names says goes the same way
        logging.root.addHandler(handler)
    _log.setLevel(LEVELS[level])
    _ours[:] = [handler]
    take_over()


def take_over() -> None:
    """Let nothing of the server's libraries write by itself: a library may give its loggers handlers later.

    What they would write can quote anything: statements with their values, texts of errors.
    """
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = list(_ours), not _ours
    for name, found in list(logging.root.manager.loggerDict.items()):
        if isinstance(found, logging.Logger) and name.partition(".")[0] in LIBRARIES and "." in name:
            found.handlers, found.propagate = [], True


def usual_format(stream: TextIO | None = None) -> Format:
    """Lines for people on a terminal, JSON for everything else."""
    return "text" if (stream or sys.stderr).isatty() else "json"


def _of_error(error: BaseException | None) -> dict[str, Field]:
    """An error's kind, that of its cause, and where it arose; its message may quote what somebody wrote."""
    if error is None:
        return {}
    cause = error.__cause__ or error.__context__
    frames = [f"{Path(f.filename).name}:{f.lineno}" for f in extract_tb(error.__traceback__)][-6:]
    return {
        "error": type(error).__qualname__,
        "cause": None if cause is None else type(cause).__qualname__,
        "place": " < ".join(reversed(frames)),
    }


class _Line(logging.Formatter):
    """A record as one line, of one of our events or of a library's message (its kind and place alone)."""

    def __init__(self, form: Format) -> None:
        super().__init__()
        self.form = form

    def format(self, record: logging.LogRecord) -> str:
        line = _json_line(_told(record)) if self.form == "json" else _text_line(_told(record))
        for scrub in SCRUBBERS:
            line = scrub(line)
        return line


def _told(record: logging.LogRecord) -> dict[str, Field]:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    head: dict[str, Field] = {
        "at": at.replace("+00:00", "Z"), "level": record.levelname.lower(),
        # without what fills a message in
        "event": str(record.msg) if record.name == _log.name else "library.message",
    }  # fmt: skip
    fields = getattr(record, "calibrant", None)
    if fields is None:  # a library's own words may quote anything: say who spoke, and from where
        error = record.exc_info[1] if record.exc_info else None
        fields = {"from": record.name, "line": f"{record.filename}:{record.lineno}", **_of_error(error)}
    return head | {key: _short(value) for key, value in fields.items() if value is not None}


def _short(value: Field) -> Field:
    return value[:LONGEST] if isinstance(value, str) else value


def _json_line(told: Mapping[str, Field]) -> str:
    return json.dumps(told, ensure_ascii=True, separators=(",", ":"))


def _text_line(told: Mapping[str, Field]) -> str:
    head = f"{told['at']} {told['level']:7} {told['event']}"
    rest = (f"{key}={_word(value)}" for key, value in told.items() if key not in ("at", "level", "event"))
    return " ".join((head, *rest))


def _word(value: Field) -> str:
    """A value without anything that could end the line or look like another field."""
    word = str(value)
    return word if re.fullmatch(r"[\w.:/<@+-]+", word, re.ASCII) else json.dumps(word, ensure_ascii=True)
