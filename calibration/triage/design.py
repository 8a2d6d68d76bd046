"""Wave designs: which items are drawn, with the known inclusion probability of every item of the frame.

    random      pi_i = n / N
    stratified  pi_i = n_s / N_s: the same number (or the whole stratum) from every stratum
    mixed       pi_i = min(1, r n / N + c d_i): a random share r, the rest in proportion to doubt d_i
    search      the n most doubted items, pi 1 or 0: finds errors, never enters an estimate

With `stratum_min` a stratified wave takes at least so many of every stratum and the rest in proportion to
its size. What `always` names (strata, or "sensitive" for sensitive items) is drawn whole, pi = 1, and the
design draws the others.

Sampling is systematic along a random order of the items (Madow 1949; Hartley and Rao 1962), so the size
is fixed and every pi is met exactly. Order and start come from hashes of seed and item id.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from calibration.triage.allocation import BadDesign, equal_parts, shared_out, with_minimum
from rubrics.canonical import sha256_of

__all__ = [
    "KINDS",
    "RELABEL",
    "SENSITIVE",
    "BadDesign",
    "Design",
    "Draw",
    "FrameItem",
    "Kind",
    "draw",
    "inclusion",
]

Kind = Literal["random", "stratified", "mixed", "search"]
KINDS: tuple[Kind, ...] = ("random", "stratified", "mixed", "search")
DOUBT_FLOOR = 0.05  # the least doubt a confident verdict is given
RELABEL = "relabel"  # in `signal`: as many agreements with the judge as disagreements
SENSITIVE = "sensitive"  # in `always`: items marked sensitive, whatever their stratum


@dataclass(frozen=True, slots=True)
class Design:
    """What was asked for, stored with the wave; `signal`, `judge`, `criterion` say whose doubt to follow.

    `raters` (None: as many as the study asks for) answer a random `overlap_share` of the items drawn, one
    rater each of the others. `repeats`, `gold`, `planted`: of what a rater is shown, the share that are own
    earlier items, items with gold answers and planted errors; they are added to the n items of the wave.
    """

    kind: Kind
    n: int
    random_share: float = 1.0
    doubt_floor: float = DOUBT_FLOOR
    signal: str | None = None
    judge: str | None = None
    criterion: str | None = None
    stratum_min: int | None = None
    always: tuple[str, ...] = ()
    raters: int | None = None
    overlap_share: float = 1.0
    repeats: float = 0.0
    gold: float = 0.0
    planted: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadDesign(f"unknown design {self.kind!r}; there are {', '.join(KINDS)}")
        if self.n < 1:
            raise BadDesign(f"a wave needs at least one item, not {self.n}")
        if self.kind == "mixed" and not 0 < self.random_share <= 1:
            raise BadDesign(
                "the random share of a mixed wave must be above 0 and at most 1: every item needs a chance"
            )
        self._refuse_shares()
        if self.stratum_min is not None and (self.kind != "stratified" or self.stratum_min < 1):
            raise BadDesign("a least number per stratum is for a stratified wave, and at least 1")
        if self.always and self.kind == "search":
            raise BadDesign("a search wave takes the most doubted items alone: it has nothing `always`")

    def _refuse_shares(self) -> None:
        if self.raters is not None and self.raters < 1:
            raise BadDesign(f"an item needs at least one rater, not {self.raters}")
        if not 0 <= self.overlap_share <= 1:
            raise BadDesign("the overlap share is a share of the items: between 0 and 1")
        if not (all(share >= 0 for share in (self.repeats, self.gold, self.planted)) and self.added <= 0.5):
            raise BadDesign(
                "repeats, gold and planted items are shares of what is shown: at most .5 together"
            )

    @property
    def estimates(self) -> bool:
        """Whether labels of this wave may enter an estimate."""
        return self.kind != "search"

    @property
    def added(self) -> float:
        """The share of what raters are shown that is not of the wave itself."""
        return self.repeats + self.gold + self.planted

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def of_json(cls, stored: Mapping[str, object]) -> Design:
        """A design as it was stored; fields that came later have their defaults."""
        always = stored.get("always") or ()
        return cls(**{**stored, "always": tuple(always)})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class FrameItem:
    """One item that could be drawn; `doubt` is None where the signal has no opinion."""

    item_id: str
    stratum: str | None = None
    doubt: float | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Draw:
    """A drawn wave: pi of every item of the frame, the items selected, in drawing order, and their doubts.

    `raters` says how many raters answer an item, where the design says it.
    """

    pi: Mapping[str, float]
    selected: tuple[str, ...]
    seed: int
    frame_sha256: str
    doubts: Mapping[str, float]
    raters: Mapping[str, int] = field(default_factory=dict)


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
    return Draw(pi, selected, seed, frame_sha256(frame), doubts, overlap(selected, design, seed=seed))


def overlap(selected: Sequence[str], design: Design, *, seed: int) -> dict[str, int]:
    """`design.raters` for a random `overlap_share` of the items, 1 for the others; empty without `raters`."""
    if design.raters is None:
        return {}
    order = sorted(selected, key=lambda item: unit_hash(seed, f"overlap:{item}"))
    several = frozenset(order[: round(design.overlap_share * len(order))])
    return {item: design.raters if item in several else 1 for item in selected}


def inclusion(frame: Sequence[FrameItem], design: Design) -> dict[str, float]:
    """pi of every item of the frame: the probability that the design draws it."""
    certain = _always(frame, design)
    rest = [i for i in frame if i.item_id not in certain]
    size = min(design.n, len(frame)) - len(certain)
    if certain and rest and size < 1:
        raise BadDesign(
            f"{len(certain)} items are always drawn, and the other {len(rest)} need a chance: draw at least "
            f"{len(certain) + 1}"
        )
    pi = dict.fromkeys(certain, 1.0)
    return pi if not rest else pi | _inclusion(rest, design, size, [i for i in frame if i.item_id in certain])


def _inclusion(
    frame: Sequence[FrameItem], design: Design, size: int, certain: Sequence[FrameItem]
) -> dict[str, float]:
    if design.kind == "random":
        return {i.item_id: size / len(frame) for i in frame}
    if design.kind == "stratified":
        return _stratified(frame, design, size, certain)
    if design.kind == "mixed":
        return _mixed(frame, design, size)
    chosen = {i.item_id for i in _most_doubted(frame)[:size]}
    return {i.item_id: float(i.item_id in chosen) for i in frame}


def _always(frame: Sequence[FrameItem], design: Design) -> frozenset[str]:
    """The items that the design draws whatever happens; `BadDesign` for a name that stands for none."""
    found: set[str] = set()
    for name in design.always:
        named = {i.item_id for i in frame if (i.sensitive if name == SENSITIVE else i.stratum == name)}
        if not named:
            strata = ", ".join(sorted({i.stratum for i in frame if i.stratum})) or "none"
            raise BadDesign(
                f"nothing to draw always: no item here is {name!r} (strata: {strata}; {SENSITIVE!r} stands "
                "for items marked so)"
            )
        found |= named
    return frozenset(found)


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
        sorted(
            [i.item_id, i.stratum or "", "" if i.doubt is None else i.doubt, *[SENSITIVE] * i.sensitive]
            for i in frame
        )
    )


def _mixed(frame: Sequence[FrameItem], design: Design, size: int) -> dict[str, float]:
    """pi_i = min(1, base + c d_i) with base = r n / N and c such that they sum to n."""
    base = design.random_share * size / len(frame)
    doubts = _filled_doubts(frame, design.doubt_floor)
    extra = shared_out(doubts, size - base * len(frame), cap=1.0 - base)
    return {item: base + extra[item] for item in doubts}


def _filled_doubts(frame: Sequence[FrameItem], floor: float) -> dict[str, float]:
    """Doubts raised to the floor; where the signal has no opinion, the mean of the others."""
    stated = [i.doubt for i in frame if i.doubt is not None]
    mean = math.fsum(stated) / len(stated) if stated else 1.0
    return {i.item_id: max(mean if i.doubt is None else i.doubt, floor, 1e-6) for i in frame}


def _stratified(
    frame: Sequence[FrameItem], design: Design, size: int, certain: Sequence[FrameItem]
) -> dict[str, float]:
    groups = _by_stratum(frame)
    sizes = {name: len(items) for name, items in groups.items()}
    if design.stratum_min is None:
        drawn = equal_parts(sizes, size)
    else:
        there = Counter(i.stratum or "" for i in certain)
        drawn = with_minimum(sizes, size, {name: design.stratum_min - there[name] for name in sizes})
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
