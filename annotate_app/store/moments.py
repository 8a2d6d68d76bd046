"""Moments as the store keeps them: UTC, ISO 8601, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The clock of everything outside tests."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """UTC, ISO 8601, always the same length, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
