"""Reasons to doubt a verdict: one small function each, giving doubt in [0, 1] or None for "no opinion"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rubrics.answers import Verdict

Signal = Callable[[Sequence[Verdict]], float | None]


def low_confidence(verdicts: Sequence[Verdict]) -> float | None:
    """1 - confidence of the judge's first observed verdict; no opinion where it states no confidence."""
    stated = (v.confidence for v in verdicts if v.status == "observed" and v.confidence is not None)
    confidence = next(stated, None)
    return None if confidence is None else min(max(1.0 - confidence, 0.0), 1.0)


SIGNALS: dict[str, Signal] = {"low_confidence": low_confidence}
