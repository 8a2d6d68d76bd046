"""Which texts are nearly the same, by overlap of word shingles: exact, and without comparing every pair.

Two texts whose Jaccard similarity is at least t share one of the rarest shingles of each, or else they share
too few: of n shingles the n - ceil(t n) + 1 rarest are enough to look at (prefix filter: Chaudhuri, Ganti and
Kaushik 2006; Bayardo, Ma and Srikant 2007). So boilerplate that all texts share costs nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

WORDS = re.compile(r"\w+", re.UNICODE)
SHINGLE = 4  # words
NEAR = 0.85  # Jaccard similarity from which two texts count as near duplicates
BUCKETS = 1 << 22  # of counts of shingles; two shingles in one bucket only seem a little less rare

Shingles = NDArray[np.uint64]  # distinct, in increasing order


def near_pairs(texts: Mapping[str, str], *, threshold: float = NEAR) -> Iterator[tuple[str, str]]:
    """Pairs of keys whose texts have a Jaccard similarity of 4-word shingles >= threshold.

    Case, punctuation and spacing do not count. Of texts that are joined already, directly or through others,
    no further pair is given, which is enough to form groups; the groups do not depend on the order.
    """
    keys = [key for key, text in texts.items() if text]
    sets = _shingles_of([texts[key] for key in keys])
    groups = _Groups(len(keys))
    for first, second in _equal(sets):
        if groups.join(first, second):
            yield keys[second], keys[first]
    for bucket in _buckets(sets, groups, threshold):
        for first, second in _near_within(bucket, sets, groups, threshold):
            yield keys[second], keys[first]


def jaccard(first: Shingles, second: Shingles) -> float:
    """Shared shingles over all shingles of two texts; two empty texts are not alike."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    union = len(first) + len(second) - shared
    return shared / union if union else 0.0


class _Groups:
    """Union of numbers, each group under its smallest member."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def root(self, one: int) -> int:
        while self.parent[one] != one:
            self.parent[one] = self.parent[self.parent[one]]
            one = self.parent[one]
        return one

    def join(self, one: int, other: int) -> bool:
        """Whether they were not joined before."""
        first, second = sorted((self.root(one), self.root(other)))
        self.parent[second] = first
        return first != second


def _shingles_of(texts: Sequence[str]) -> list[Shingles]:
    """Each text's shingles as 64-bit numbers; of up to four words the whole text is one."""
    known: dict[str, int] = {}
    found = []
    for text in texts:
        words = [known.setdefault(word, len(known) + 1) for word in WORDS.findall(text.casefold())]
        if 0 < len(words) < SHINGLE:
            words += [0] * (SHINGLE - len(words))
        windows = max(len(words) - SHINGLE + 1, 0)
        number = np.array(words, dtype=np.uint64)
        mixed = np.zeros(windows, dtype=np.uint64)
        for place in range(SHINGLE):
            mixed = _mixed(mixed ^ number[place : place + windows])
        found.append(np.unique(mixed))
    return found


def _mixed(numbers: Shingles) -> Shingles:
    """A one-to-one map that scatters 64-bit numbers (splitmix64: Steele, Lea and Flood 2014)."""
    z = numbers + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _equal(sets: Sequence[Shingles]) -> Iterator[tuple[int, int]]:
    """Texts with the same shingles as an earlier one."""
    first_with: dict[bytes, int] = {}
    for number, own in enumerate(sets):
        if len(own):
            first = first_with.setdefault(own.tobytes(), number)
            if first != number:
                yield first, number


def _buckets(sets: Sequence[Shingles], groups: _Groups, threshold: float) -> Iterator[list[int]]:
    """Texts that share one of their rarest shingles, for each such shingle; of equal texts the first."""
    counts = np.zeros(BUCKETS, dtype=np.uint32)
    alone = [number for number, own in enumerate(sets) if len(own) and groups.parent[number] == number]
    for number in alone:
        np.add.at(counts, _bucket(sets[number]), 1)
    rarest = [_rarest(sets[number], counts, threshold) for number in alone]
    if not rarest:
        return
    shingle = np.concatenate(rarest)
    owner = np.repeat(np.array(alone), [len(one) for one in rarest])
    order = np.lexsort((owner, shingle))
    starts = np.flatnonzero(np.diff(shingle[order], prepend=~shingle[order[:1]]))
    for part in np.split(owner[order], starts[1:]):
        if len(part) > 1:
            yield part.tolist()


def _rarest(own: Shingles, counts: NDArray[np.uint32], threshold: float) -> Shingles:
    """The n - ceil(threshold n) + 1 shingles that the fewest texts have."""
    enough = len(own) - math.ceil(threshold * len(own) - 1e-9) + 1
    return own[np.lexsort((own, counts[_bucket(own)]))[:enough]]


def _bucket(own: Shingles) -> NDArray[np.int64]:
    return (own & np.uint64(BUCKETS - 1)).astype(np.int64)


def _near_within(
    bucket: Sequence[int], sets: Sequence[Shingles], groups: _Groups, threshold: float
) -> Iterator[tuple[int, int]]:
    """Pairs of one bucket that are near and not joined yet; length alone rules many out."""
    joined: dict[int, list[int]] = {}  # by one of its members, what of a group has been seen
    for one in bucket:
        for leader, members in joined.items():
            if groups.root(leader) == groups.root(one):
                continue
            other = next((m for m in members if _near(sets[one], sets[m], threshold)), None)
            if other is not None:
                groups.join(one, other)
                yield other, one
        home = next((m for leader, m in joined.items() if groups.root(leader) == groups.root(one)), None)
        if home is None:
            joined[one] = [one]
        else:
            home.append(one)


def _near(first: Shingles, second: Shingles, threshold: float) -> bool:
    shorter, longer = sorted((len(first), len(second)))
    return shorter >= threshold * longer and jaccard(first, second) >= threshold
