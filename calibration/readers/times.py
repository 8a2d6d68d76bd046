"""Times in files as ISO 8601 in UTC; as texts in the order of time, to the second; guesses at no others."""

from __future__ import annotations

import re
from datetime import UTC, datetime

EXAMPLE = "2026-11-20T14:05:00Z"
KEPT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z?)?", re.ASCII)


def sorts(text: str) -> bool:
    """Whether it is a time that can be kept as it is written: a day, or `T` and a time of day in UTC."""
    if not KEPT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def in_utc(text: str) -> str | None:
    """The time in UTC (without a zone it is taken as UTC); None where it cannot be read."""
    at = None if text.isdigit() and len(text) != len("20261120") else _moment(text.strip())
    if at is None:
        return None
    return at.isoformat(timespec="seconds" if not at.microsecond else "microseconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):  # the second where UTC lies before the year 1 or after 9999
        return None
