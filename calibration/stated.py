"""What verdicts and labels state besides an answer: probabilities, confidences, orders, and chances."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from calibration.collecting import Answers
from calibration.stats.estimate import FloatArray
from calibration.triage.combine import WaveDraw, combined_weights
from calibration.triage.signals import ORDER_SOURCES
from rubrics.answers import Label, Verdict
from rubrics.rubric import Scale, UnknownAnswer, Value


def stated_probabilities(labels: Iterable[Label]) -> dict[str, float] | None:
    """By item how likely it was drawn, as its labels say; None where all were drawn alike or none says.

    Labels may name their waves: an item that several drew gets one probability, as a study combines them
    (up to a factor that all items share).
    """
    waves: dict[str | None, dict[str, float]] = {}
    for label in labels:
        if label.pi is not None and label.counts_for_agreement:
            waves.setdefault(label.wave, {})[label.item_id] = label.pi
    if len(waves) == 1:
        (found,) = waves.values()
    else:
        draws = [WaveDraw(str(name), pi, frozenset(pi)) for name, pi in waves.items()]
        weights = combined_weights(draws, {item for pi in waves.values() for item in pi})
        least = min(weights.values(), default=1.0)
        found = {item: least / weight for item, weight in weights.items()}
    alike = not found or min(found.values()) > max(found.values()) * (1 - 1e-9)
    return None if alike else found


def floats(values: Iterable[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def sources(verdicts: list[Verdict]) -> dict[str, FloatArray]:
    """Each source's own confidence by its kind, NaN where a verdict has none of it."""
    kinds = dict.fromkeys(kind for verdict in verdicts for kind, _ in verdict.confidences)
    return {kind: floats(dict(verdict.confidences).get(kind) for verdict in verdicts) for kind in kinds}


def orders(verdicts: list[Verdict]) -> FloatArray | None:
    """Share of the orders of a pair that agree, by source or by the kind of the one confidence."""
    stated = []
    for verdict in verdicts:
        known = dict(verdict.confidences) | {str(verdict.confidence_kind): verdict.confidence}
        stated.append(next((known[name] for name in ORDER_SOURCES if name in known), None))
    found = floats(stated)
    return None if np.isnan(found).all() else found


def with_replies(
    column: Mapping[str, tuple[str, Value | None, Verdict]], replies: Mapping[str, Mapping[int, Value]]
) -> list[Verdict]:
    """The verdicts; one that states no probabilities gets the shares of its replicates' answers."""
    found = []
    for item, (_, value, verdict) in column.items():
        if item in replies and not verdict.probs and value is not None:
            times = Counter([*replies[item].values(), *(() if verdict.replicate else (value,))])
            shares = {str(answer): n / times.total() for answer, n in times.items()}
            verdict = replace(verdict, probs=tuple(shares.items()))
        found.append(verdict)
    return found


def probabilities(scale: Scale, answers: Answers, verdicts: list[Verdict]) -> FloatArray | None:
    """One row per verdict, one column per category; NaN rows where a verdict has none."""
    index = {category: k for k, category in enumerate(scale.categories)}
    if not index or not any(verdict.probs for verdict in verdicts):
        return None
    table = np.full((len(verdicts), len(index)), np.nan)
    for row, verdict in zip(table, verdicts, strict=True):
        if verdict.probs:
            row[:] = 0.0
        for name, probability in verdict.probs:
            with contextlib.suppress(UnknownAnswer):  # mass on an answer that the scale does not have
                value = answers.canonical(name)
                if value is not None:
                    row[index[value]] += probability
    return table
