"""What is foreseen of a wave is what such a wave brings: errors, width, and what targeting costs."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from calibration.foreseeing import Foreseen, PilotPairs, foresee
from calibration.triage.design import Design, FrameItem, inclusion
from rubrics.rubric import Level, Scale

YES_NO = Scale(
    kind="binary", levels=(Level(name="yes", description="is so"), Level(name="no", description="is not"))
)


def world(n: int, *, slope: float, seed: int) -> tuple[list[FrameItem], np.ndarray]:
    """Items with doubts spread evenly, and the probability that the judge errs: slope times the doubt."""
    doubts = np.random.default_rng(seed).permutation(np.linspace(0.0, 1.0, n))
    frame = [
        FrameItem(f"i{k}", "edge" if k % 4 == 0 else "typical", d) for k, d in enumerate(doubts.tolist())
    ]
    return frame, slope * doubts


def pilot_of(frame: list[FrameItem], errs: np.ndarray, size: int, *, seed: int) -> PilotPairs:
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(frame), size, replace=False)
    b = rng.integers(0, 2, size)
    a = np.where(rng.random(size) < errs[chosen], 1 - b, b)
    return PilotPairs(
        "grounded", YES_NO, "cohen_kappa", a, b, np.array([frame[k].doubt for k in chosen], dtype=float),
        tuple(frame[k].stratum for k in chosen), np.ones(size),
    )  # fmt: skip


def foreseen(design: Design, *, slope: float = 0.6, waves: int = 200) -> tuple[Foreseen, float]:
    """What is foreseen from a large pilot, and the errors that the design finds on average in truth."""
    frame, errs = world(1200, slope=slope, seed=1)
    pilot = pilot_of(frame, errs, 900, seed=2)
    pi = inclusion(frame, design)
    truth = float(sum(pi[one.item_id] * p for one, p in zip(frame, errs, strict=True)))
    return foresee(frame, design, pilot, waves=waves, rng=np.random.default_rng(3)), truth


def mixed(share: float = 0.3) -> Design:
    return Design("mixed", 200, random_share=share, signal="low_confidence", judge="rules")


def test_the_errors_that_are_foreseen_are_those_that_the_design_finds() -> None:
    for design in (Design("random", 200), mixed(), Design("search", 200, signal="low_confidence", judge="r")):
        found, truth = foreseen(design)
        # the pilot's own error: a share near .3 among 900 has the sd .015, so 3 errors in 200
        assert found.errors == pytest.approx(truth, abs=7)
        assert found.errors_at_random == pytest.approx(200 * 0.3, abs=7)


def test_targeting_finds_more_errors_and_widens_the_interval() -> None:
    found, _ = foreseen(mixed())
    assert found.errors > 1.2 * found.errors_at_random
    assert found.width is not None and found.width_at_random is not None
    assert found.width > found.width_at_random
    assert found.loss is not None
    assert 0.1 < found.loss < 0.33  # the loss at 70/30
    assert found.as_many_as is not None
    assert found.as_many_as < 200
    # pi_i = .3 n/N + .7 n d_i / sum d, and n_eff is about N^2 / sum(1/pi) = 163 of 200
    assert found.n_effective == pytest.approx(163, abs=4)


def test_a_random_wave_gives_nothing_up() -> None:
    found, _ = foreseen(Design("random", 200))
    assert found.loss == pytest.approx(0.0, abs=0.03)
    # kappa .4 from 200 even answers: half width about 1.96 sqrt((1 - .16) / 200) = .127
    assert found.width_at_random == pytest.approx(0.254, abs=0.02)


def test_a_search_wave_has_no_interval() -> None:
    found, _ = foreseen(Design("search", 100, signal="low_confidence", judge="rules"), waves=40)
    assert (found.width, found.as_many_as, found.loss, found.without) == (None, None, None, 1.0)


def test_too_few_of_a_class_are_said_to_give_no_interval() -> None:
    frame, _ = world(400, slope=0.0, seed=4)
    b = np.zeros(200, dtype=np.int64)
    b[:4] = 1  # one in fifty: a wave of 60 has 1.2 of them on average, five are needed
    pilot = PilotPairs(
        "grounded", YES_NO, "cohen_kappa", b, b, np.full(200, np.nan), (None,) * 200, np.ones(200)
    )
    found = foresee(frame, Design("random", 60), pilot, waves=60, rng=np.random.default_rng(5))
    assert found.width is None
    assert found.without > 0.9


def test_items_of_a_stratum_take_their_answers_from_that_stratum() -> None:
    frame = [FrameItem(f"i{k}", "edge" if k < 50 else "typical") for k in range(400)]
    edge = np.arange(200) < 40
    b = np.arange(200) % 2
    a = np.where(edge, 1 - b, b)  # wrong on edge alone
    pilot = PilotPairs(
        "grounded", YES_NO, "cohen_kappa", a, b, np.full(200, np.nan),
        tuple("edge" if e else "typical" for e in edge), np.ones(200),
    )  # fmt: skip
    found = foresee(frame, Design("stratified", 80), pilot, waves=60, rng=np.random.default_rng(6))
    assert found.errors == 40  # half of the wave is edge
    # 80 of 400 at random hold 10 of the 50
    assert found.errors_at_random == pytest.approx(10, abs=1.5)


def test_a_pilot_that_was_drawn_unevenly_is_weighted_back() -> None:
    frame = [FrameItem(f"i{k}") for k in range(300)]
    b = np.arange(120) % 2
    wrong = np.arange(120) < 60
    # half of the pilot is wrong, but those were drawn three times as often: truly 60 / (60 + 180) = .25
    pilot = PilotPairs(
        "grounded", YES_NO, "cohen_kappa", np.where(wrong, 1 - b, b), b, np.full(120, np.nan), (None,) * 120,
        np.where(wrong, 1.0, 3.0),
    )  # fmt: skip
    found = foresee(frame, Design("random", 100), pilot, waves=200, rng=np.random.default_rng(7))
    assert found.errors == pytest.approx(25, abs=1.5)


def test_pilot_items_of_equal_doubt_are_all_drawn_from() -> None:
    frame = [FrameItem(f"i{k}", None, 0.0) for k in range(300)]
    b = np.arange(200) % 2
    wrong = np.arange(200) >= 150  # the last quarter; a stretch of the first ones would find no error at all
    pilot = PilotPairs(
        "grounded", YES_NO, "cohen_kappa", np.where(wrong, 1 - b, b), b, np.zeros(200), (None,) * 200,
        np.ones(200),
    )  # fmt: skip
    found = foresee(frame, Design("random", 100), pilot, waves=100, rng=np.random.default_rng(8))
    assert found.errors == pytest.approx(25, abs=1.5)


def preferences(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """MT-Bench: the judge's and the majority's answers to 1,814 pairs, and the doubt by order flips."""
    votes: dict[str, Counter[str]] = {}
    for row in map(json.loads, (folder / "human.jsonl").read_text(encoding="utf-8").splitlines()):
        votes.setdefault(row["item_id"], Counter())[row["value"]] += 1
    answers = ["model_a", "model_b", "tie"]
    found = []
    for row in map(json.loads, (folder / "judge.jsonl").read_text(encoding="utf-8").splitlines()):
        ranked = votes.get(row["item_id"], Counter()).most_common()
        if ranked and row["value"] is not None:
            tied = len(ranked) > 1 and ranked[0][1] == ranked[1][1]
            majority = "tie" if tied else ranked[0][0]
            found.append((answers.index(row["value"]), answers.index(majority), 1 - row["confidence"]))
    a, b, doubt = zip(*found, strict=True)
    return np.array(a), np.array(b), np.array(doubt)


@pytest.mark.skipif("CALIBRANT_REAL_DATA" not in os.environ, reason="CALIBRANT_REAL_DATA is not set")
@pytest.mark.parametrize(
    ("share", "errors", "width"), [(1.0, 98.4, 0.158), (0.7, 108.2, 0.166), (0.3, 123.4, 0.206)]
)
def test_pilots_of_200_real_labels_foresee_what_waves_of_real_labels_bring(
    share: float, errors: float, width: float
) -> None:
    a, b, doubt = preferences(Path(os.environ["CALIBRANT_REAL_DATA"]) / "mtbench")
    scale = Scale(kind="nominal", levels=tuple(Level(name=n, description=n) for n in ("a", "b", "tie")))
    frame = [FrameItem(f"i{k}", None, d) for k, d in enumerate(doubt.tolist())]
    design = Design("random", 300) if share == 1 else Design("mixed", 300, random_share=share)
    found = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        chosen = rng.choice(len(a), 200, replace=False)
        pilot = PilotPairs(
            "preference",
            scale,
            "cohen_kappa",
            a[chosen],
            b[chosen],
            doubt[chosen],
            (None,) * 200,
            np.ones(200),
        )
        found.append(foresee(frame, design, pilot, waves=30, rng=rng))
    # errors and width: means over 300 waves of this design with the real labels. A pilot of 200 knows a share
    # of .33 with the sd .033, so 300 items' errors with the sd 10; the mean of eight with 3.5
    assert np.mean([one.errors for one in found]) == pytest.approx(errors, abs=10)
    widths = [one.width for one in found if one.width is not None]
    assert np.mean(widths) == pytest.approx(width, abs=0.008)
