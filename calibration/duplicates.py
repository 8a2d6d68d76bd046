"""Which texts are nearly the same, by overlap of word shingles; refuses to compare every pair."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping

WORDS = re.compile(r"\w+", re.UNICODE)
SHINGLE = 4  # words
SKETCH = 8  # smallest shingle hashes kept to find candidates
NEAR = 0.85  # Jaccard similarity from which two texts count as near duplicates


def near_pairs(texts: Mapping[str, str], *, threshold: float = NEAR) -> Iterator[tuple[str, str]]:
    """Pairs of keys whose texts have a Jaccard similarity of 4-word shingles >= threshold.

    Case, punctuation and spacing do not count. Candidates share one of their eight smallest shingle
    hashes (bottom-k sketch, Broder 1997), so a pair at similarity .85 is missed about once in a million.
    Every text is compared with the first of each group it is near to, which is enough to join groups.
    """
    shingles = {key: _shingles(text) for key, text in texts.items() if text}
    found: dict[int, list[str]] = defaultdict(list)
    for key, own in shingles.items():
        candidates = {other for mark in _sketch(own) for other in found[mark]}
        near = [other for other in sorted(candidates) if jaccard(own, shingles[other]) >= threshold]
        yield from ((key, other) for other in near)
        if any(shingles[other] == own for other in near):
            continue  # an equal text stands in for this one; keeps buckets short
        for mark in _sketch(own):
            found[mark].append(key)


def jaccard(first: frozenset[int], second: frozenset[int]) -> float:
    """Shared shingles over all shingles of two texts; two empty texts are not alike."""
    union = len(first | second)
    return len(first & second) / union if union else 0.0


def _shingles(text: str) -> frozenset[int]:
    words = WORDS.findall(text.casefold())
    if not words:
        return frozenset()
    last = max(len(words) - SHINGLE + 1, 1)
    return frozenset(zlib.crc32(" ".join(words[k : k + SHINGLE]).encode()) for k in range(last))


def _sketch(shingles: frozenset[int]) -> list[int]:
    return sorted(shingles)[:SKETCH]
