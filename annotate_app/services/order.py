"""An order of its own for each rater: a seeded shuffle, read from any place without making all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

ROUNDS = 4
MASK = (1 << 64) - 1


def domain_bits(size: int) -> int:
    """An even number of bits that holds `size` positions."""
    bits = max(size - 1, 1).bit_length()
    return bits + bits % 2


def shuffled(seed: str, size: int, *, start: int = 0) -> Iterator[tuple[int, int]]:
    """(place, position) from `start` on: every position 0 .. size-1 once, in an order that `seed` decides.

    A Feistel network over the next power of four; places whose position is `size` or more are passed over,
    so the order of positions that were there before does not change while the domain has room for more.
    """
    half = domain_bits(size) // 2
    keys = _keys(seed)
    low = (1 << half) - 1
    for place in range(start, 1 << (2 * half)):
        left, right = place >> half, place & low
        for key in keys:
            left, right = right, left ^ (_mix(right ^ key) & low)
        position = left << half | right
        if position < size:
            yield place, position


def side(seed: str) -> str:
    """`a` or `b` by a fair coin that `seed` decides."""
    return "ab"[hashlib.sha256(seed.encode()).digest()[0] & 1]


def _keys(seed: str) -> tuple[int, ...]:
    digest = hashlib.sha256(seed.encode()).digest()
    return tuple(int.from_bytes(digest[8 * k : 8 * k + 8], "big") for k in range(ROUNDS))


def _mix(value: int) -> int:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): every input bit reaches every output bit."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & MASK
    return value ^ (value >> 31)
