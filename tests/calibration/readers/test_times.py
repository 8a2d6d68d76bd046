"""Times are kept as written only where they sort as texts; others go to UTC first."""

from __future__ import annotations

import pytest

from calibration.readers.times import in_utc, sorts


@pytest.mark.parametrize(
    "text", ["2026-11-20", "2026-11-20T14:05", "2026-11-20T14:05:05Z", "2026-11-20T14:05:05.5Z"]
)
def test_a_day_or_a_time_of_day_in_utc_is_kept_as_written(text: str) -> None:
    assert sorts(text)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-W47-5", "2026-11-20T00:00:00Z"),
        ("2026-11-20T1405", "2026-11-20T14:05:00Z"),
        ("2026-11-20T14:05:05,5Z", "2026-11-20T14:05:05.500000Z"),
        ("2026-11-20T15:05:05+01:00", "2026-11-20T14:05:05Z"),
        ("2026-13-01", None),
    ],
)
def test_a_time_that_would_not_sort_goes_to_utc_or_is_not_read(text: str, utc: str | None) -> None:
    assert not sorts(text)
    assert in_utc(text) == utc
