"""Wave designs: which items are drawn, with the known inclusion probability of every item of the frame.

    random      pi_i = n / N
    stratified  pi_i = n_s / N_s: the same number (or the whole stratum) from every stratum
    mixed       pi_i = min(1, r n / N + c d_i): a random share r, the rest in proportion to doubt d_i
    search      the n most doubted items, pi 1 or 0: finds errors, never enters an estimate

Sampling is systematic along a random order of the items (Madow 1949; Hartley and Rao 1962), so the size
is fixed and every pi is met exactly. Order and start come from hashes of seed and item id.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from rubrics.canonical import sha256_of

Kind = Literal["random", "stratified", "mixed", "search"]
KINDS: tuple[Kind, ...] = ("random", "stratified", "mixed", "search")
DOUBT_FLOOR = 0.05  # the least doubt a confident verdict is given


class BadDesign(ValueError):
    """A wave that cannot be drawn as asked."""


@dataclass(frozen=True, slots=True)
class Design:
    """What was asked for, stored with the wave; `signal`, `judge`, `criterion` say whose doubt to follow."""

    kind: Kind
    n: int
    random_share: float = 1.0
    doubt_floor: float = DOUBT_FLOOR
    signal: str | None = None
    judge: str | None = None
    criterion: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadDesign(f"unknown design {self.kind!r}; there are {', '.join(KINDS)}")
        if self.n < 1:
            raise BadDesign(f"a wave needs at least one item, not {self.n}")
        if self.kind == "mixed" and not 0 < self.random_share <= 1:
            raise BadDesign(
                "the random share of a mixed wave must be above 0 and at most 1: every item needs a chance"
            )

    @property
    def estimates(self) -> bool:
        """Whether labels of this wave may enter an estimate."""
        return self.kind != "search"

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FrameItem:
    """One item that could be drawn; `doubt` is None where the signal has no opinion."""

    item_id: str
    stratum: str | None = None
    doubt: float | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """A drawn wave: pi of every item of the frame, the items selected, in drawing order, and their doubts."""

    pi: Mapping[str, float]
    selected: tuple[str, ...]
    seed: int
    frame_sha256: str
    doubts: Mapping[str, float]


def draw(frame: Sequence[FrameItem], design: Design, *, seed: int) -> Draw:
    """Draw a wave from the whole frame; the same frame, design and seed give the same wave."""
    if not frame:
        raise BadDesign("there is no item to draw from")
    pi = inclusion(frame, design)
    if design.kind == "search":
        selected = tuple(i.item_id for i in _most_doubted(frame)[: design.n])
    elif design.kind == "stratified":
        groups = _by_stratum(frame)
        selected = tuple(i for name in sorted(groups) for i in systematic(_part(pi, groups[name]), seed=seed))
    else:
        selected = systematic(pi, seed=seed)
    doubts = {i.item_id: i.doubt for i in frame if i.doubt is not None}
    return Draw(pi, selected, seed, frame_sha256(frame), doubts)


def inclusion(frame: Sequence[FrameItem], design: Design) -> dict[str, float]:
    """pi of every item of the frame: the probability that the design draws it."""
    size = min(design.n, len(frame))
    if design.kind == "random":
        return {i.item_id: size / len(frame) for i in frame}
    if design.kind == "stratified":
        return _equal_parts(frame, size)
    if design.kind == "mixed":
        return _mixed(frame, design, size)
    chosen = {i.item_id for i in _most_doubted(frame)[:size]}
    return {i.item_id: float(i.item_id in chosen) for i in frame}


def systematic(pi: Mapping[str, float], *, seed: int) -> tuple[str, ...]:
    """Items hit by u, u+1, u+2 … along the cumulated pi in random order: each with its pi exactly."""
    ordered = sorted(pi, key=lambda item: unit_hash(seed, item))
    start, upto, hits = unit_hash(seed, "start of the wave"), 0.0, []
    for item in ordered:
        reached = math.ceil(upto - start)
        upto += pi[item]
        if math.ceil(upto - start) > reached:
            hits.append(item)
    return tuple(hits)


def unit_hash(seed: int, name: str) -> float:
    """A number in [0, 1) that depends on seed and name alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:7], "big") / 2**56


def frame_sha256(frame: Sequence[FrameItem]) -> str:
    """Identity of what was drawn from: items, strata and doubts."""
    return sha256_of(
        sorted([i.item_id, i.stratum or "", i.doubt if i.doubt is not None else ""] for i in frame)
    )


def _mixed(frame: Sequence[FrameItem], design: Design, size: int) -> dict[str, float]:
    """pi_i = min(1, base + c d_i) with base = r n / N and c such that they sum to n."""
    base = design.random_share * size / len(frame)
    doubts = _filled_doubts(frame, design.doubt_floor)
    extra = _shared_out(doubts, size - base * len(frame), cap=1.0 - base)
    return {item: base + extra[item] for item in doubts}


def _filled_doubts(frame: Sequence[FrameItem], floor: float) -> dict[str, float]:
    """Doubts raised to the floor; where the signal has no opinion, the mean of the others."""
    stated = [i.doubt for i in frame if i.doubt is not None]
    mean = math.fsum(stated) / len(stated) if stated else 1.0
    return {i.item_id: max(mean if i.doubt is None else i.doubt, floor, 1e-6) for i in frame}


def _shared_out(parts: Mapping[str, float], total: float, *, cap: float) -> dict[str, float]:
    """`total` shared out in proportion to `parts`, nobody above `cap`; the rest goes to the others."""
    shares: dict[str, float] = {}
    free, left = dict(parts), total
    while free:
        scale = left / math.fsum(free.values())
        full = [item for item, part in free.items() if scale * part >= cap]
        if not full:
            return shares | {item: scale * part for item, part in free.items()}
        for item in full:
            shares[item] = cap
            del free[item]
        left = max(left - cap * len(full), 0.0)
    return shares


def _equal_parts(frame: Sequence[FrameItem], size: int) -> dict[str, float]:
    groups = _by_stratum(frame)
    drawn = dict.fromkeys(sorted(groups), 0)
    left = size
    while left:
        for name in [s for s in drawn if drawn[s] < len(groups[s])][:left]:
            drawn[name] += 1
            left -= 1
    return {item: drawn[name] / len(items) for name, items in groups.items() for item in items}


def _by_stratum(frame: Sequence[FrameItem]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for item in frame:
        groups[item.stratum or ""].append(item.item_id)
    return groups


def _part(pi: Mapping[str, float], items: Sequence[str]) -> dict[str, float]:
    return {item: pi[item] for item in items}


def _most_doubted(frame: Sequence[FrameItem]) -> list[FrameItem]:
    """Items by falling doubt; those without an opinion come last."""
    return sorted(frame, key=lambda i: (-1.0 if i.doubt is None else -1.0 - i.doubt, i.item_id))
