"""Preferences with ties: MT-Bench's two setups, half credit, tie rates; and the kappa paradox panel."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from calibration.stats.agreement import pair_estimate
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.pairwise import pairwise_agreement
from calibration.stats.paradox import ParadoxPanel, kappa_max, paradox_panel
from calibration.stats.patterns import pair_table, table_of

A, B, TIE = 0, 1, 2
# Feinstein and Cicchetti (1990): the same agreement .85 under even and uneven prevalence
EVEN, UNEVEN = [[40, 9], [6, 45]], [[80, 10], [5, 5]]


def value(result: Result) -> float:
    assert isinstance(result, Estimate)
    return result.value


def panel(counts: list[list[int]], *, names: tuple[str, ...] | None = None) -> ParadoxPanel:
    found = paradox_panel(table_of(counts), names=names)
    assert isinstance(found, ParadoxPanel)
    return found


def test_ties_count_as_a_class_are_left_out_or_earn_half() -> None:
    # judge a a b tie a, votes a b b tie tie: 3 of 5 the same; without ties a=a, a≠b, b=b: 2 of 3;
    # half credit: 1, 0, 1, 1, 1/2 -> 3.5 / 5
    found = pairwise_agreement(pair_table([A, A, B, TIE, A], [A, B, B, TIE, TIE], 3))
    assert value(found.with_ties) == pytest.approx(3 / 5)
    assert value(found.without_ties) == pytest.approx(2 / 3)
    assert isinstance(found.without_ties, Estimate) and found.without_ties.n == 3
    assert value(found.half_credit) == pytest.approx(3.5 / 5)
    assert (value(found.tie_rate_first), value(found.tie_rate_second)) == (0.2, 0.4)


def test_the_tie_may_be_any_category() -> None:
    found = pairwise_agreement(pair_table([0, 0, 2, 1, 0], [0, 2, 2, 1, 1], 3), tie=1)
    assert value(found.half_credit) == pytest.approx(3.5 / 5)
    assert value(found.without_ties) == pytest.approx(2 / 3)


def test_half_credit_kappa_is_linear_kappa_with_the_tie_in_the_middle() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 3, 200), rng.integers(0, 3, 200)
    found = pairwise_agreement(pair_table(a, b, 3))
    place = np.array([0, 2, 1])  # a < tie < b
    expected = pair_estimate("cohen_kappa_linear", pair_table(place[a], place[b], 3))
    assert value(found.kappa_half_credit) == pytest.approx(value(expected))


def test_where_somebody_always_says_tie_nothing_is_left() -> None:
    found = pairwise_agreement(pair_table([TIE, A], [A, TIE], 3))
    assert isinstance(found.without_ties, Undefined)
    assert "somebody says tie" in found.without_ties.reason


def test_a_scale_without_a_tie_is_refused() -> None:
    with pytest.raises(ValueError, match="a, b and tie"):
        pairwise_agreement(table_of(EVEN))


def test_the_published_agreement_of_mt_bench(real_data: Path) -> None:
    # turn: GPT-4 against expert votes with ties (n), without ties (n), expert against expert with, without
    expected = {
        1: (0.6597, 1343, 0.8463, 859, 0.6297, 0.8100),
        2: (0.6574, 1325, 0.8461, 864, 0.6662, 0.8186),
    }
    codes = {"model_a": A, "model_b": B, "tie": TIE}

    def rows(name: str) -> list[dict[str, str]]:
        text = (real_data / "mtbench" / name).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    verdicts = {row["item_id"]: codes[row["value"]] for row in rows("judge.jsonl")}
    votes = [
        (row["item_id"], row["rater"], codes[row["value"]])
        for row in rows("human.jsonl")
        if row["rater_type"] == "expert"
    ]
    for turn, (with_ties, n, without, decided, humans, humans_without) in expected.items():
        here = [vote for vote in votes if f"|t{turn}|" in vote[0]]
        judged = np.array([(verdicts[item], code) for item, _, code in here if item in verdicts])
        found = pairwise_agreement(pair_table(judged[:, 0], judged[:, 1], 3))
        assert isinstance(found.with_ties, Estimate) and isinstance(found.without_ties, Estimate)
        assert (round(found.with_ties.value, 4), found.with_ties.n) == (with_ties, n)
        assert (round(found.without_ties.value, 4), found.without_ties.n) == (without, decided)
        by_item: dict[str, list[int]] = {}
        for item, _, code in here:
            by_item.setdefault(item, []).append(code)
        pairs = np.array([pair for several in by_item.values() for pair in combinations(several, 2)])
        both = pairwise_agreement(pair_table(pairs[:, 0], pairs[:, 1], 3))
        assert round(value(both.with_ties), 4) == humans
        assert round(value(both.without_ties), 4) == humans_without


def test_the_paradox_of_feinstein_and_cicchetti() -> None:
    even, uneven = panel(EVEN), panel(UNEVEN)
    for found, kappa, ac1, pabak, most, positive, negative in (
        (even, 0.6995, 0.7007, 0.70, 0.940, 0.842, 0.857),
        (uneven, 0.3182, 0.8080, 0.70, 0.773, 0.914, 0.400),
    ):
        assert isinstance(found.kappa_max, float)
        assert value(found.percent_agreement) == pytest.approx(0.85)
        assert value(found.kappa) == pytest.approx(kappa, abs=5e-5)
        assert value(found.gwet_ac1) == pytest.approx(ac1, abs=5e-5)
        assert value(found.pabak) == pytest.approx(pabak)
        assert found.kappa_max == pytest.approx(most, abs=5e-4)
        assert value(found.classes[0].f1) == pytest.approx(positive, abs=5e-4)
        assert value(found.classes[1].f1) == pytest.approx(negative, abs=5e-4)


def test_only_the_uneven_table_triggers_sentences() -> None:
    assert panel(EVEN).texts == ()
    texts = panel(UNEVEN, names=("good", "bad")).texts
    # the rare class: 2 · 5 / (15 + 10) = 40%, of the 20 units that either coder puts there
    assert "'bad', is 40% (n=20)" in texts[0]
    assert "Kappa is 0.32 while 88% of the answers" in texts[1]
    assert "AC1 is 0.81" in texts[2]


def test_a_class_that_nobody_used_is_named_as_unknown() -> None:
    table = pair_table([0] * 45 + [1] * 5, [0] * 45 + [1] * 5, 3)
    found = paradox_panel(table, names=("x", "y", "z"))
    assert isinstance(found, ParadoxPanel)
    assert found.prevalence_index is None and found.rates is None
    assert "'z'" in found.texts[0]


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.int64, (2, 2), elements=st.integers(1, 60)))
def test_byrt_s_identity_ties_kappa_to_pabak_and_both_indices(counts: np.ndarray) -> None:
    found = panel(counts.tolist())
    assert found.prevalence_index is not None and found.bias_index is not None
    prevalence, bias = found.prevalence_index**2, found.bias_index**2
    expected = (value(found.pabak) - prevalence + bias) / (1 - prevalence + bias)
    assert value(found.kappa) == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.int64, (3, 3), elements=st.integers(1, 30)))
def test_no_kappa_exceeds_the_largest_that_its_margins_allow(counts: np.ndarray) -> None:
    table = table_of(counts)
    most = kappa_max(table)
    assert isinstance(most, float)
    assert value(pair_estimate("cohen_kappa", table)) <= most + 1e-12


def test_one_class_only_has_a_panel_with_undefined_kappa() -> None:
    found = panel([[30, 0], [0, 0]])
    assert isinstance(found.kappa, Undefined)
    assert isinstance(found.kappa_max, Undefined)
    assert isinstance(found.kappa_over_max, Undefined)
    assert value(found.percent_agreement) == 1.0


def test_an_empty_table_has_no_panel() -> None:
    assert isinstance(paradox_panel(table_of([[0, 0], [0, 0]])), Undefined)
