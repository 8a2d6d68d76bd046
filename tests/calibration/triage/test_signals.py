"""Signals give doubt in [0, 1] or no opinion."""

from __future__ import annotations

from calibration.triage.signals import SIGNALS, low_confidence
from rubrics.answers import Verdict


def verdict(confidence: float | None, status: str = "observed") -> Verdict:
    return Verdict("i", "judge", "c", "yes", status=status, confidence=confidence)  # type: ignore[arg-type]


def test_low_confidence_is_one_minus_confidence() -> None:
    assert low_confidence([verdict(0.75)]) == 0.25


def test_a_judge_that_states_no_confidence_has_no_opinion() -> None:
    assert low_confidence([verdict(None)]) is None
    assert low_confidence([]) is None


def test_a_failed_verdict_has_no_opinion() -> None:
    assert low_confidence([verdict(0.9, "parse_error")]) is None


def test_every_signal_stays_between_zero_and_one() -> None:
    for signal in SIGNALS.values():
        assert all(0 <= (signal([verdict(c)]) or 0) <= 1 for c in (0.0, 0.5, 1.0, 1.2, -0.3))
