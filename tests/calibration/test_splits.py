"""Splits are seeded, exact where clusters allow, keep what belongs together, and never move an item."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from calibration.splits import (
    DEFAULT_SHARES,
    DEVELOPMENT,
    HELD_OUT,
    VALIDATION,
    BadShares,
    SplitItem,
    extend,
    freeze,
)


def singles(count: int, stratum: str = "typical", start: int = 0) -> list[SplitItem]:
    return [SplitItem(f"{stratum}{k}", f"{stratum}-{k}", None, stratum) for k in range(start, start + count)]


def test_every_stratum_is_shared_out_exactly() -> None:
    version = freeze(singles(100) + singles(40, "edge"), DEFAULT_SHARES, seed=7)
    typical = Counter(split for item, split in version.members.items() if item.startswith("typical"))
    edge = Counter(split for item, split in version.members.items() if item.startswith("edge"))
    assert typical == {DEVELOPMENT: 30, VALIDATION: 20, HELD_OUT: 50}
    assert edge == {DEVELOPMENT: 12, VALIDATION: 8, HELD_OUT: 20}


def test_totals_come_out_although_every_stratum_has_one_item() -> None:
    items = [item for k in range(10) for item in singles(1, f"s{k}_")]
    # 10 strata of one item: 10 * (.3, .2, .5) = 3, 2, 5
    assert freeze(items, DEFAULT_SHARES, seed=1).sizes == {DEVELOPMENT: 3, VALIDATION: 2, HELD_OUT: 5}


def test_strata_stay_within_one_item_of_their_share() -> None:
    items = [item for k in range(7) for item in singles(11 + k, f"s{k}_")]
    version = freeze(items, DEFAULT_SHARES, seed=3)
    for k in range(7):
        counts = Counter(split for item, split in version.members.items() if item.startswith(f"s{k}_"))
        for split, share in DEFAULT_SHARES.items():
            assert abs(counts[split] - share * (11 + k)) < 1


def test_the_same_seed_gives_the_same_split_in_any_order() -> None:
    items = singles(60)
    shuffled = random.Random(4).sample(items, len(items))
    assert freeze(items, DEFAULT_SHARES, seed=5).sha256 == freeze(shuffled, DEFAULT_SHARES, seed=5).sha256


def test_another_seed_gives_another_split() -> None:
    assert (
        freeze(singles(60), DEFAULT_SHARES, seed=5).members
        != freeze(singles(60), DEFAULT_SHARES, seed=6).members
    )


def test_a_cluster_is_never_cut() -> None:
    items = [SplitItem(f"i{k}", f"h{k}", f"question {k // 5}", "typical") for k in range(200)]
    version = freeze(items, DEFAULT_SHARES, seed=2)
    for c in range(40):
        assert len({version.members[f"i{k}"] for k in range(5 * c, 5 * c + 5)}) == 1
    # 40 clusters of 5: 12, 8, 20 clusters
    assert version.sizes == {DEVELOPMENT: 60, VALIDATION: 40, HELD_OUT: 100}


def test_equal_content_in_two_clusters_stays_together() -> None:
    twins = [SplitItem("x", "same", "c1"), SplitItem("y", "same", "c2"), SplitItem("z", "other", "c2")]
    version = freeze(singles(30) + twins, DEFAULT_SHARES, seed=8)
    assert len({version.members[i] for i in "xyz"}) == 1
    assert version.together == (("x", "y", "z"),)


def test_nearly_equal_texts_stay_together() -> None:
    text = " ".join(f"word{k}" for k in range(60))
    near = [SplitItem("x", "h1", text=text.upper() + "!"), SplitItem("y", "h2", text=text + " more")]
    for seed in range(8):
        version = freeze(singles(30) + near, DEFAULT_SHARES, seed=seed)
        assert version.members["x"] == version.members["y"]


def test_newcomers_move_nothing_and_follow_their_cluster() -> None:
    old = [SplitItem(f"i{k}", f"h{k}", f"c{k // 2}") for k in range(60)]
    first = freeze(old, DEFAULT_SHARES, seed=9)
    late = [SplitItem(f"late{k}", f"late{k}", f"c{k}") for k in range(30)] + singles(200)
    second = extend(first, old + late)
    assert all(second.members[item] == split for item, split in first.members.items())
    assert all(second.members[f"late{k}"] == first.members[f"i{2 * k}"] for k in range(30))
    assert second.parent == first.sha256


def test_new_clusters_fall_by_their_hash_roughly_by_share() -> None:
    first = freeze(singles(10), DEFAULT_SHARES, seed=11)
    second = extend(first, singles(2010))
    # 2000 newcomers at share .5: sd = sqrt(2000 * .25) = 22; five of them are 112
    assert abs(second.sizes[HELD_OUT] - first.sizes[HELD_OUT] - 1000) < 112


def test_a_newcomer_falls_the_same_way_whatever_else_arrives() -> None:
    first = freeze(singles(10), DEFAULT_SHARES, seed=11)
    alone = extend(first, singles(11))
    crowd = extend(first, singles(400))
    assert alone.members["typical10"] == crowd.members["typical10"]


def test_a_newcomer_that_duplicates_two_splits_goes_to_development() -> None:
    first = freeze(singles(40), DEFAULT_SHARES, seed=12)
    held, valid = (
        min(item for item, where in first.members.items() if where == split)
        for split in (HELD_OUT, VALIDATION)
    )
    contents = {item.item_id: item.sha256 for item in singles(40)}
    bridge = [SplitItem("n1", contents[held], "c"), SplitItem("n2", contents[valid], "c")]
    second = extend(first, singles(40) + bridge)
    assert second.members["n1"] == second.members["n2"] == DEVELOPMENT
    assert second.members[held] == HELD_OUT


def test_nothing_new_is_the_same_version() -> None:
    first = freeze(singles(10), DEFAULT_SHARES, seed=1)
    assert extend(first, singles(10)) is first


@pytest.mark.parametrize("shares", [{"train": 1.0}, {DEVELOPMENT: 0.5}, {DEVELOPMENT: 1.5, HELD_OUT: -0.5}])
def test_shares_that_describe_no_split_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(BadShares):
        freeze(singles(3), shares, seed=0)
