"""Waves of one split put together: one weight per labelled item, so that estimates stay design-unbiased."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaveDraw:
    """What combining needs of one estimating wave: whom it drew and with what probability."""

    name: str
    pi: Mapping[str, float]
    selected: frozenset[str]


@dataclass(frozen=True, slots=True)
class Combined:
    """The inclusion probability to weight each labelled item by (weight = 1 / pi), and who is left out.

    `equal` is true when all weights are the same, so that unweighted formulas apply; `note` says why.
    """

    pi: Mapping[str, float]
    left_out: tuple[str, ...]
    equal: bool
    note: str


def combine(
    waves: Sequence[WaveDraw], labelled: Collection[str], frame: Collection[str], *, strict: bool = False
) -> Combined:
    """Weights W_i = sum_w a_w (1/pi_iw) / S_w over the waves that drew item i, a_w proportional to n_eff,w.

    S_w = sum of 1/pi over the labelled items of wave w and n_eff,w = S_w^2 / sum (1/pi)^2, so each wave
    contributes its own Hajek estimate and an item drawn twice counts once, with both weights. Weights
    are scaled to sum to the size of the frame; pi = 1/W may exceed 1 where few items are labelled twice.
    When the frame is wholly labelled, or every draw was with equal probability, all weights are equal and
    labels from outside the waves count too; otherwise, and always when `strict`, such labels are left out,
    because nobody knows how they were chosen.
    """
    inside = frozenset(frame)
    known = [item for item in labelled if item in inside]
    if inside <= set(known):
        return Combined(dict.fromkeys(known, 1.0), (), True, "every item of the split is labelled")
    if all(_equal_chances(wave) for wave in waves):
        drawn = {item for wave in waves for item in wave.selected}
        kept = [item for item in known if item in drawn] if strict and waves else known
        left = tuple(sorted(set(known) - set(kept)))
        return Combined(
            dict.fromkeys(kept, len(kept) / len(frame)), left, True, "drawn with equal probability"
        )
    weights = combined_weights(waves, set(known))
    total = math.fsum(weights.values())
    pi = {item: total / (weight * len(frame)) for item, weight in weights.items()}
    left_out = tuple(sorted(set(known) - set(weights)))
    return Combined(pi, left_out, False, "weighted by 1/pi: drawn with unequal probability")


def combined_weights(waves: Sequence[WaveDraw], labelled: set[str]) -> dict[str, float]:
    """The weight of every labelled item that a wave drew, see `combine`."""
    parts = [{i: 1.0 / wave.pi[i] for i in sorted(wave.selected & labelled)} for wave in waves]
    parts = [part for part in parts if part]
    sums = [math.fsum(part.values()) for part in parts]
    effective = [s * s / math.fsum(w * w for w in part.values()) for s, part in zip(sums, parts, strict=True)]
    weights: dict[str, float] = {}
    for part, total, n_eff in zip(parts, sums, effective, strict=True):
        for item, weight in part.items():
            weights[item] = weights.get(item, 0.0) + n_eff * weight / total
    return weights


def _equal_chances(wave: WaveDraw) -> bool:
    values = list(wave.pi.values())
    return not values or max(values) - min(values) < 1e-12
