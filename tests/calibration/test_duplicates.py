"""Near-duplicate texts are found; different texts are left alone."""

from __future__ import annotations

import random
import time

import numpy as np

from calibration.duplicates import NEAR, jaccard, near_pairs


def words(start: int, stop: int) -> str:
    return " ".join(f"w{k}" for k in range(start, stop))


def test_case_spacing_and_punctuation_do_not_count() -> None:
    assert list(near_pairs({"a": "Reset the router, now.", "b": "reset  THE router now"})) == [("b", "a")]


def test_one_changed_word_in_a_hundred_is_a_near_duplicate() -> None:
    changed = words(0, 50) + " other " + words(51, 100)
    # 97 shingles each, 4 touched by the change: 93 / (97 + 4) = .92
    assert list(near_pairs({"a": words(0, 100), "b": changed})) == [("b", "a")]


def test_half_shared_text_is_not() -> None:
    assert list(near_pairs({"a": words(0, 100), "b": words(50, 150)})) == []


def test_empty_texts_are_not_alike() -> None:
    assert list(near_pairs({"a": "", "b": "", "c": "!!", "d": "??"})) == []
    assert jaccard(np.array([], dtype=np.uint64), np.array([], dtype=np.uint64)) == 0.0


def test_every_member_of_a_group_is_joined_to_it() -> None:
    texts = {f"k{k}": words(0, 80) + f" end{k % 3}" for k in range(12)}
    joined = {first for first, _ in near_pairs(texts)}
    assert joined == {f"k{k}" for k in range(1, 12)}


def grams(text: str) -> set[tuple[str, ...]]:
    parts = text.split()
    return {tuple(parts[k : k + 4]) for k in range(len(parts) - 3)}


def groups_of(keys: list[str], pairs: list[tuple[str, str]]) -> set[frozenset[str]]:
    """Connected components by repeated merging."""
    groups = {key: {key} for key in keys}
    for one, other in pairs:
        merged = groups[one] | groups[other]
        for key in merged:
            groups[key] = merged
    return {frozenset(group) for group in groups.values()}


def test_groups_are_those_of_comparing_every_pair_in_any_order() -> None:
    """Copies with a few changed words, copies of copies, and a boilerplate that all texts share."""
    rng = random.Random(4)
    shared = " ".join(f"b{k}" for k in range(30))
    texts: dict[str, str] = {}
    for k in range(60):
        own = [f"w{rng.randrange(400)}" for _ in range(60)]
        for copy in range(4):
            texts[f"{k}.{copy}"] = f"{shared} {' '.join(own)}"
            for _ in range(rng.choice([1, 1, 2, 3])):
                own[rng.randrange(60)] = "changed"
    keys = list(texts)
    sets = {key: grams(text) for key, text in texts.items()}
    near = [
        (a, b)
        for place, a in enumerate(keys)
        for b in keys[:place]
        if len(sets[a] & sets[b]) >= NEAR * len(sets[a] | sets[b])
    ]
    wanted = groups_of(keys, near)
    assert 60 < len(wanted) < 240  # some copies are near, some are not
    assert groups_of(keys, list(near_pairs(texts))) == wanted
    mixed = rng.sample(keys, len(keys))
    assert groups_of(keys, list(near_pairs({key: texts[key] for key in mixed}))) == wanted


def test_what_all_texts_share_costs_nothing() -> None:
    """Ten thousand answers that begin alike, and three thousand that are all near one another."""
    rng = random.Random(2)
    shared = " ".join(f"b{k}" for k in range(60))
    apart = {
        f"i{k}": f"{shared} {' '.join(str(rng.randrange(10**6)) for _ in range(40))}" for k in range(10_000)
    }
    alike = {f"i{k}": f"{shared} {shared} {rng.randrange(10**6)}" for k in range(3_000)}
    start = time.process_time()
    assert list(near_pairs(apart)) == []
    assert len(groups_of(list(alike), list(near_pairs(alike)))) == 1
    assert time.process_time() - start < 20
