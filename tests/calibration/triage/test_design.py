"""Waves are drawn with the probabilities they state, and weighting by them undoes the targeting."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest

from calibration.triage.combine import WaveDraw, combine
from calibration.triage.design import BadDesign, Design, FrameItem, draw, inclusion


def frame_of(doubts: list[float | None]) -> list[FrameItem]:
    return [FrameItem(f"i{k}", "odd" if k % 2 else "even", d) for k, d in enumerate(doubts)]


def test_a_random_wave_gives_every_item_the_same_chance() -> None:
    pi = inclusion(frame_of([0.5] * 10), Design("random", 4))
    assert set(pi.values()) == {0.4}


def test_a_mixed_wave_adds_a_part_in_proportion_to_doubt() -> None:
    pi = inclusion(frame_of([0.2, 0.2, 0.2, 0.4]), Design("mixed", 2, random_share=0.5))
    # base .5 * 2/4 = .25; the other 1.0 shared out 1:1:1:2
    assert [round(p, 12) for p in pi.values()] == [0.45, 0.45, 0.45, 0.65]


def test_probabilities_are_clipped_at_one_and_still_sum_to_n() -> None:
    pi = inclusion(frame_of([1.0, 0.1, 0.1, 0.1, 0.1]), Design("mixed", 3, random_share=0.5))
    # base .3; of the other 1.5 the first takes .7, the rest .8 / 4 = .2
    assert [round(p, 12) for p in pi.values()] == [1.0, 0.5, 0.5, 0.5, 0.5]


def test_no_opinion_counts_as_the_mean_doubt() -> None:
    pi = inclusion(frame_of([0.1, 0.3, None]), Design("mixed", 1, random_share=0.4))
    # base .4/3; .6 shared out 1:3:2
    assert pi["i2"] == pytest.approx(0.4 / 3 + 0.2)


def test_confident_items_keep_a_chance_even_without_doubt() -> None:
    pi = inclusion(frame_of([0.0] * 50 + [0.9] * 50), Design("mixed", 30, random_share=0.2))
    assert min(pi.values()) >= 0.2 * 30 / 100
    assert math.fsum(pi.values()) == pytest.approx(30)


def test_a_wave_larger_than_its_frame_draws_everything() -> None:
    wave = draw(frame_of([0.1, 0.9, 0.3]), Design("mixed", 10, random_share=0.3), seed=1)
    assert sorted(wave.selected) == ["i0", "i1", "i2"]
    assert all(p == pytest.approx(1.0) for p in wave.pi.values())


def test_strata_get_equal_numbers_or_all_they_have() -> None:
    frame = [FrameItem(f"a{k}", "large") for k in range(90)] + [
        FrameItem(f"b{k}", "small") for k in range(10)
    ]
    wave = draw(frame, Design("stratified", 40), seed=3)
    assert Counter(item[0] for item in wave.selected) == {"a": 30, "b": 10}
    assert wave.pi["a0"] == pytest.approx(1 / 3)
    assert wave.pi["b0"] == 1.0


def test_every_draw_has_exactly_n_items_and_the_stated_chances() -> None:
    rng = random.Random(5)
    frame = frame_of([rng.random() ** 2 for _ in range(60)])
    design = Design("mixed", 20, random_share=0.3)
    pi = inclusion(frame, design)
    hits: Counter[str] = Counter()
    for seed in range(1500):
        selected = draw(frame, design, seed=seed).selected
        assert len(selected) == len(set(selected)) == 20
        hits.update(selected)
    # largest of 60 binomial deviations: 4.5 standard errors
    for item, p in pi.items():
        assert abs(hits[item] / 1500 - p) <= 4.5 * math.sqrt(p * (1 - p) / 1500) + 1e-12


def test_the_same_seed_draws_the_same_wave_whatever_the_order_of_the_frame() -> None:
    frame = frame_of([k / 30 for k in range(30)])
    design = Design("mixed", 10, random_share=0.5)
    first, again = draw(frame, design, seed=4), draw(frame[::-1], design, seed=4)
    assert first.selected == again.selected
    assert first.frame_sha256 == again.frame_sha256
    assert first.selected != draw(frame, design, seed=5).selected


def test_search_takes_the_most_doubted_and_never_estimates() -> None:
    design = Design("search", 2)
    wave = draw(frame_of([0.1, 0.9, None, 0.5]), design, seed=0)
    assert wave.selected == ("i1", "i3")
    assert not design.estimates


@pytest.mark.parametrize(("kind", "n", "share"), [("mixed", 5, 0.0), ("random", 0, 1.0), ("greedy", 5, 1.0)])
def test_designs_without_known_chances_are_refused(kind: str, n: int, share: float) -> None:
    with pytest.raises(BadDesign):
        Design(kind, n, random_share=share)  # type: ignore[arg-type]


def kappa(table: np.ndarray) -> float:
    p = table / table.sum()
    expected = float(p.sum(0) @ p.sum(1))
    return float((np.trace(p) - expected) / (1 - expected))


def population(size: int = 600) -> tuple[list[FrameItem], np.ndarray, np.ndarray]:
    """Judge errors sit where the judge is unsure: doubt d errs with probability d / 2."""
    rng = np.random.default_rng(17)
    human = (rng.random(size) < 0.3).astype(int)
    doubt = rng.beta(1.0, 2.0, size)
    judge = np.where(rng.random(size) < doubt / 2, 1 - human, human)
    return [FrameItem(f"i{k}", None, float(d)) for k, d in enumerate(doubt)], human, judge


def weighted_kappa(judge: np.ndarray, human: np.ndarray, weight: np.ndarray) -> float:
    return kappa(np.bincount(2 * judge + human, weights=weight, minlength=4).reshape(2, 2))


def test_weighting_by_pi_removes_the_bias_that_naive_kappa_has() -> None:
    frame, human, judge = population()
    truth = weighted_kappa(judge, human, np.ones(600))
    weighted, naive = [], []
    for seed in range(300):
        wave = draw(frame, Design("mixed", 150, random_share=0.3), seed=seed)
        index = np.array([int(i[1:]) for i in wave.selected])
        weight = np.array([1 / wave.pi[i] for i in wave.selected])
        weighted.append(weighted_kappa(judge[index], human[index], weight))
        naive.append(weighted_kappa(judge[index], human[index], np.ones(150)))
    assert abs(np.mean(weighted) - truth) < 0.01
    assert np.mean(naive) - truth < -0.05


def test_two_waves_combine_without_bias_and_count_an_item_once() -> None:
    frame, human, judge = population()
    truth = weighted_kappa(judge, human, np.ones(600))
    estimates = []
    for seed in range(200):
        drawn = [
            draw(frame, Design("random", 60), seed=seed),
            draw(frame, Design("mixed", 100, 0.3), seed=seed + 1000),
        ]
        waves = [WaveDraw(f"w{k}", d.pi, frozenset(d.selected)) for k, d in enumerate(drawn)]
        labelled = set(drawn[0].selected) | set(drawn[1].selected)
        combined = combine(waves, labelled, {i.item_id for i in frame})
        assert set(combined.pi) == labelled
        assert not combined.equal
        index = np.array([int(i[1:]) for i in combined.pi])
        estimates.append(weighted_kappa(judge[index], human[index], 1 / np.array(list(combined.pi.values()))))
    assert abs(np.mean(estimates) - truth) < 0.01


def test_random_waves_combine_to_equal_weights_and_keep_other_labels() -> None:
    pi = dict.fromkeys("abcd", 0.5)
    combined = combine([WaveDraw("w", pi, frozenset("ab"))], {"a", "c"}, set("abcd"))
    assert combined.equal
    assert dict(combined.pi) == {"a": 0.5, "c": 0.5}


def test_a_strict_combination_keeps_only_what_was_drawn() -> None:
    pi = dict.fromkeys("abcd", 0.5)
    combined = combine([WaveDraw("w", pi, frozenset("ab"))], {"a", "c"}, set("abcd"), strict=True)
    assert (set(combined.pi), combined.left_out, combined.equal) == ({"a"}, ("c",), True)


def test_labels_from_outside_an_unequal_wave_are_left_out() -> None:
    wave = WaveDraw("w", {"a": 0.9, "b": 0.3, "c": 0.3}, frozenset("a"))
    combined = combine([wave], {"a", "c"}, set("abc"))
    assert combined.left_out == ("c",)
    assert set(combined.pi) == {"a"}


def test_a_wholly_labelled_split_needs_no_weights() -> None:
    wave = WaveDraw("w", {"a": 0.9, "b": 0.1}, frozenset("a"))
    assert combine([wave], {"a", "b"}, {"a", "b"}).equal


def strata_frame(sizes: dict[str, int], sensitive: int = 0) -> list[FrameItem]:
    return [
        FrameItem(f"{name}{k}", name, 0.5, sensitive=k < sensitive)
        for name, size in sizes.items()
        for k in range(size)
    ]


def test_a_least_number_per_stratum_leaves_the_rest_to_size() -> None:
    frame = strata_frame({"large": 80, "small": 20, "tiny": 5})
    wave = draw(frame, Design("stratified", 45, stratum_min=10), seed=1)
    counts = Counter(item.rstrip("0123456789") for item in wave.selected)
    # 10 + 10 + 5 are sure; 20 are left for room 70 : 10 : 0 -> 17.5 and 2.5; the tie goes to "large"
    assert counts == {"large": 28, "small": 12, "tiny": 5}
    assert wave.pi["large0"] == pytest.approx(28 / 80)


def test_least_numbers_that_do_not_fit_name_what_is_missing() -> None:
    with pytest.raises(BadDesign, match="raise n by 5"):
        draw(strata_frame({"a": 50, "b": 50}), Design("stratified", 55, stratum_min=30), seed=1)


@pytest.mark.parametrize("kind", ["random", "stratified", "mixed"])
def test_sensitive_items_are_always_drawn_and_the_others_keep_a_known_chance(kind: str) -> None:
    frame = strata_frame({"a": 50, "b": 50}, sensitive=4)
    design = Design(kind, 20, random_share=0.5, always=("sensitive",))  # type: ignore[arg-type]
    wave = draw(frame, design, seed=5)
    certain = {i.item_id for i in frame if i.sensitive}
    assert {wave.pi[item] for item in certain} == {1.0}
    assert certain <= set(wave.selected)
    assert len(wave.selected) == 20
    # 12 of the other 92, all with the same doubt and in equal strata
    assert {round(wave.pi[i.item_id], 9) for i in frame if not i.sensitive} == {round(12 / 92, 9)}


def test_what_is_always_drawn_counts_towards_a_stratums_least_number() -> None:
    frame = strata_frame({"a": 40, "b": 40}, sensitive=0)
    frame[:10] = [FrameItem(i.item_id, i.stratum, i.doubt, sensitive=True) for i in frame[:10]]
    wave = draw(frame, Design("stratified", 20, stratum_min=10, always=("sensitive",)), seed=2)
    assert Counter(item[0] for item in wave.selected) == {"a": 10, "b": 10}


def test_a_stratum_can_be_drawn_whole_and_leaves_a_place_for_the_others() -> None:
    frame = strata_frame({"a": 40, "b": 6})
    assert (
        sum(item.startswith("b") for item in draw(frame, Design("random", 9, always=("b",)), seed=1).selected)
        == 6
    )
    with pytest.raises(BadDesign, match="draw at least 7"):
        draw(frame, Design("random", 6, always=("b",)), seed=1)
    with pytest.raises(BadDesign, match=r"no item here is 'c' \(strata: a, b"):
        draw(frame, Design("random", 9, always=("c",)), seed=1)


def test_several_raters_answer_a_random_share_and_one_the_others() -> None:
    frame = frame_of([0.5] * 100)
    wave = draw(frame, Design("random", 40, raters=3, overlap_share=0.25), seed=4)
    assert Counter(wave.raters.values()) == {3: 10, 1: 30}
    other = draw(frame, Design("random", 40, raters=3, overlap_share=0.25), seed=5)
    assert {i for i, k in wave.raters.items() if k == 3} != {i for i, k in other.raters.items() if k == 3}


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "random", "stratum_min": 5}, {"kind": "stratified", "stratum_min": 0},
        {"kind": "search", "always": ("a",)}, {"kind": "random", "raters": 0},
        {"kind": "random", "overlap_share": 1.5}, {"kind": "random", "gold": -0.1},
        {"kind": "random", "repeats": 0.3, "gold": 0.2, "planted": 0.1},
        {"kind": "random", "repeats": math.nan}, {"kind": "random", "planted": math.nan},
    ],
)  # fmt: skip
def test_designs_that_make_no_sense_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(BadDesign):
        Design(n=10, **fields)  # type: ignore[arg-type]


def test_a_stored_design_comes_back_as_it_was_and_older_ones_with_defaults() -> None:
    design = Design("stratified", 30, stratum_min=5, always=("b",), raters=2, overlap_share=0.5, gold=0.1)
    assert Design.of_json({**design.as_json(), "always": ["b"]}) == design
    assert Design.of_json({"kind": "random", "n": 3}) == Design("random", 3)


@pytest.mark.parametrize(
    "design",
    [
        Design("stratified", 30, stratum_min=8, always=("sensitive",)),
        Design("random", 30, always=("tiny",)),
        Design("mixed", 30, random_share=0.4, always=("sensitive",)),
    ],
)  # fmt: skip
def test_items_are_drawn_as_often_as_their_pi_says_and_weights_undo_it(design: Design) -> None:
    rng = np.random.default_rng(11)
    frame = [
        FrameItem(
            f"i{k}", "tiny" if k < 10 else "small" if k < 40 else "large", float(rng.random()), k % 25 == 3
        )
        for k in range(150)
    ]
    truth = {i.item_id: float((i.stratum == "large") + (i.doubt or 0)) for i in frame}
    drawn: Counter[str] = Counter()
    estimates = []
    for seed in range(1500):
        wave = draw(frame, design, seed=seed)
        assert len(wave.selected) == 30
        drawn.update(wave.selected)
        weights = [1 / wave.pi[item] for item in wave.selected]
        values = [truth[item] for item in wave.selected]
        estimates.append(float(np.average(values, weights=weights)))
    # the standard deviation of a frequency is at most .5 / sqrt(1500) = .013; four of them for 150 items
    assert max(abs(drawn[item] / 1500 - pi) for item, pi in wave.pi.items()) < 0.052
    error = float(np.std(estimates)) / math.sqrt(1500)
    assert np.mean(estimates) == pytest.approx(np.mean(list(truth.values())), abs=4 * error + 0.005)
