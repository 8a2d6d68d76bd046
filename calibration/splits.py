"""Seeded, content-addressed, cluster-aware splits; refuses to move an item or to part what belongs together.

Items are joined into blocks by cluster, by equal content and by nearly equal text. A first freeze shares out
the blocks so that every stratum has its quotas, as exactly as blocks allow; an item that comes later goes
where its block already is, else where the hash of its block falls.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from calibration.duplicates import near_pairs
from rubrics.canonical import sha256_of

DEVELOPMENT, VALIDATION, HELD_OUT = "development", "validation", "held_out"
SPLITS = (DEVELOPMENT, VALIDATION, HELD_OUT)
MONITOR = "monitor"  # production outputs that are followed over time: in no split, and evidence of none
DEFAULT_SHARES: Mapping[str, float] = {DEVELOPMENT: 0.3, VALIDATION: 0.2, HELD_OUT: 0.5}


class BadShares(ValueError):
    """Shares that do not describe a split."""


@dataclass(frozen=True, slots=True)
class SplitItem:
    """What splitting knows of an item: its content hash, its cluster, its stratum and its text."""

    item_id: str
    sha256: str
    cluster: str | None = None
    stratum: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class SplitVersion:
    """One frozen assignment of items to splits; `parent` is the version that it extends.

    `together` lists the blocks that duplicates (not clusters alone) made, as tuples of item ids.
    """

    members: Mapping[str, str]
    shares: Mapping[str, float]
    seed: int
    parent: str | None = None
    together: tuple[tuple[str, ...], ...] = ()

    @property
    def sha256(self) -> str:
        """Identity of the version: members, shares, seed and parent."""
        return sha256_of(
            {
                "members": dict(self.members),
                "shares": dict(self.shares),
                "seed": self.seed,
                "parent": self.parent,
            }
        )

    @property
    def sizes(self) -> dict[str, int]:
        counts = Counter(self.members.values())
        return {split: counts.get(split, 0) for split in SPLITS}


@dataclass(frozen=True, slots=True)
class _Block:
    """Items that must share a split, under the name that decides where they go."""

    name: str
    items: tuple[SplitItem, ...]

    @property
    def strata(self) -> Counter[str]:
        return Counter(item.stratum or "" for item in self.items)


def freeze(items: Sequence[SplitItem], shares: Mapping[str, float], *, seed: int) -> SplitVersion:
    """The first version: every stratum shared out by `shares`, whole blocks at a time, largest blocks first.

    With blocks of one item each stratum's counts are within one of n * share and the totals are the
    largest-remainder rounding of the total shares.
    """
    exact = checked_shares(shares)
    blocks = _blocks(items)
    room = _quotas(Counter(item.stratum or "" for item in items), exact)
    members: dict[str, str] = {}
    for block in sorted(blocks, key=lambda b: (-len(b.items), _position(seed, b.name))):
        split = _roomiest(block, room)
        for stratum, count in block.strata.items():
            room[stratum][split] -= count
        members |= {item.item_id: split for item in block.items}
    return SplitVersion(members, exact, seed, together=_joined_by_content(blocks))


def extend(version: SplitVersion, items: Sequence[SplitItem]) -> SplitVersion:
    """The next version with the newcomers among `items`; the same version when there are none.

    Nothing that has a split moves. A newcomer joins the split of its block; a block that touches two
    splits sends its newcomers to development; a block that is all new goes where its hash falls.
    """
    members = dict(version.members)
    blocks = _blocks(items)
    for block in blocks:
        known = {version.members[i.item_id] for i in block.items if i.item_id in version.members}
        split = _newcomers_split(known, version, block.name)
        members |= {i.item_id: split for i in block.items if i.item_id not in version.members}
    if len(members) == len(version.members):
        return version
    return SplitVersion(members, version.shares, version.seed, version.sha256, _joined_by_content(blocks))


def checked_shares(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares in the order of the splits; `BadShares` unless they name known splits and sum to one."""
    unknown = sorted(set(shares) - set(SPLITS))
    if unknown:
        raise BadShares(f"[split] shares: unknown split {unknown[0]!r}; there are {', '.join(SPLITS)}")
    exact = {split: float(shares.get(split, 0.0)) for split in SPLITS}
    if min(exact.values()) < 0 or abs(sum(exact.values()) - 1.0) > 1e-9:
        raise BadShares(f"[split] shares must be non-negative and sum to 1, not {sum(exact.values()):g}")
    return exact


def _newcomers_split(known: set[str], version: SplitVersion, name: str) -> str:
    if len(known) > 1:
        return DEVELOPMENT
    if known:
        return next(iter(known))
    place, upto = _position(version.seed, name), 0.0
    for split in SPLITS:
        upto += version.shares[split]
        if place < upto:
            return split
    return HELD_OUT


def _position(seed: int, name: str) -> float:
    """A number in [0, 1) that depends on seed and name alone."""
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def _blocks(items: Sequence[SplitItem]) -> list[_Block]:
    """Union of items by cluster, equal content and nearly equal text."""
    parent = {item.item_id: item.item_id for item in items}

    def root(item_id: str) -> str:
        while parent[item_id] != item_id:
            parent[item_id] = parent[parent[item_id]]
            item_id = parent[item_id]
        return item_id

    for first, second in _joins(items):
        parent[root(first)] = root(second)
    grouped: dict[str, list[SplitItem]] = defaultdict(list)
    for item in items:
        grouped[root(item.item_id)].append(item)
    return [_Block(min(_key(i) for i in group), tuple(group)) for group in grouped.values()]


def _joins(items: Sequence[SplitItem]) -> Iterable[tuple[str, str]]:
    first_with: dict[str, str] = {}
    for item in items:
        for key in (_key(item), f"content:{item.sha256}"):
            yield item.item_id, first_with.setdefault(key, item.item_id)
    yield from near_pairs({item.item_id: item.text for item in items})


def _key(item: SplitItem) -> str:
    return f"content:{item.sha256}" if item.cluster is None else f"cluster:{item.cluster}"


def _joined_by_content(blocks: Iterable[_Block]) -> tuple[tuple[str, ...], ...]:
    joined = [b for b in blocks if len(b.items) > 1 and len({_own_key(i) for i in b.items}) > 1]
    return tuple(sorted(tuple(sorted(i.item_id for i in b.items)) for b in joined))


def _own_key(item: SplitItem) -> str:
    return f"item:{item.item_id}" if item.cluster is None else f"cluster:{item.cluster}"


def _roomiest(block: _Block, room: Mapping[str, Mapping[str, int]]) -> str:
    """The split with the most room left for the block's strata; the earlier split on a tie."""

    def left(split: str) -> int:
        return sum(count * room[stratum][split] for stratum, count in block.strata.items())

    return max(SPLITS, key=left)


def _quotas(sizes: Mapping[str, int], shares: Mapping[str, float]) -> dict[str, dict[str, int]]:
    """Whole numbers of items per stratum and split: rounded so that strata and totals both come out."""
    totals = _largest_remainder(sum(sizes.values()), shares)
    quotas = {s: {split: int(n * shares[split] + 1e-9) for split in SPLITS} for s, n in sizes.items()}
    short = {split: totals[split] - sum(q[split] for q in quotas.values()) for split in SPLITS}
    for stratum in sorted(sizes):
        left = sizes[stratum] - sum(quotas[stratum].values())
        wish = {split: sizes[stratum] * shares[split] - quotas[stratum][split] for split in SPLITS}
        ranked = sorted(SPLITS, key=lambda split: (-short[split], -wish[split]))
        for split in [s for s in ranked if wish[s] > 1e-9][:left]:
            quotas[stratum][split] += 1
            short[split] -= 1
    return quotas


def _largest_remainder(size: int, shares: Mapping[str, float]) -> dict[str, int]:
    whole = {split: int(size * shares[split] + 1e-9) for split in SPLITS}
    remainders = sorted(SPLITS, key=lambda split: whole[split] - size * shares[split])
    for split in remainders[: size - sum(whole.values())]:
        whole[split] += 1
    return whole
