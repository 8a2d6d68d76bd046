"""Reweighting to production: weights within a stratum keep their ratio, strata get the declared shares."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annotate_app.cli import main
from annotate_app.desk import open_desk
from annotate_app.services.estimating import study_quality
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER
from annotate_app.services.weighting import OF_THIS_SET, UndeclaredStratum, to_shares
from calibration.agreement import measure
from calibration.quality import Quality, Question
from calibration.ratings import Columns, CriterionRatings, Ratings, ratings_from_records
from calibration.stats.estimate import Estimate
from rubrics.answers import Label, Verdict
from rubrics.items import Item
from rubrics.rubric import Level, Scale

SCALE = Scale("binary", (Level("yes"), Level("no")))


def ratings() -> CriterionRatings:
    """Thirty typical items, all agreed on, and ten edge items, all disputed."""
    strata = ["typical"] * 30 + ["edge"] * 10
    items = [Item(f"i{k}", stratum=name) for k, name in enumerate(strata)]
    labels = [Label(f"i{k}", "ada", "ok", "yes" if k % 2 else "no") for k in range(40)]
    same = [k % 2 == 1 if k < 30 else k % 2 == 0 for k in range(40)]
    verdicts = [Verdict(f"i{k}", "robot", "ok", "yes" if said else "no") for k, said in enumerate(same)]
    found = ratings_from_records(labels, verdicts, items, {"ok": SCALE}, columns=Columns(by="stratum"))
    return found.criteria["ok"]


def agreement_of(found: CriterionRatings) -> float:
    result = measure(Ratings({"ok": found})).criteria["ok"].judges["robot"].estimates["percent_agreement"]
    assert isinstance(result, Estimate)
    return result.value


def test_the_overall_number_is_the_strata_numbers_at_productions_shares() -> None:
    # this set: 30 of 40 agree; production: .9 of traffic at 1.0 and .1 at 0.0
    assert agreement_of(ratings()) == pytest.approx(0.75)
    assert agreement_of(to_shares(ratings(), {"typical": 0.9, "edge": 0.1}).ratings) == pytest.approx(0.9)


def test_design_weights_keep_their_ratio_within_a_stratum() -> None:
    drawn = replace(ratings(), pi=np.where(np.arange(40) % 2 == 0, 0.25, 0.5))
    pi = to_shares(drawn, {"typical": 0.9, "edge": 0.1}).ratings.pi
    assert pi is not None
    assert pi[1] / pi[0] == pytest.approx(2.0)
    weights = 1 / pi
    assert weights[:30].sum() / weights.sum() == pytest.approx(0.9)


def test_without_declared_shares_nothing_changes_and_it_is_said() -> None:
    found = ratings()
    weighted = to_shares(found, {})
    assert weighted.ratings is found
    assert weighted.remarks == (OF_THIS_SET,)


def test_a_stratum_with_labels_and_no_share_is_refused() -> None:
    with pytest.raises(UndeclaredStratum, match="edge has labels and no share"):
        to_shares(ratings(), {"typical": 1.0})


def test_a_stratum_that_production_does_not_have_takes_no_part_and_it_is_said() -> None:
    weighted = to_shares(ratings(), {"typical": 1.0, "edge": 0.0})
    assert agreement_of(weighted.ratings) == pytest.approx(1.0)
    assert len(weighted.ratings.items) == 30
    assert any("Left out: edge" in remark for remark in weighted.remarks)
    with pytest.raises(UndeclaredStratum, match="have share 0"):
        to_shares(ratings(), {"typical": 0.0, "edge": 0.0})


def test_the_share_of_a_stratum_without_labels_is_spread_and_it_is_said() -> None:
    weighted = to_shares(ratings(), {"typical": 0.6, "edge": 0.2, "adversarial": 0.2})
    # .6 and .2 of what can be seen are .75 and .25
    assert agreement_of(weighted.ratings) == pytest.approx(0.75)
    assert any("No label of ok in adversarial" in remark for remark in weighted.remarks)


def test_a_share_of_good_items_is_that_of_production_and_the_sets_own_stands_beside_it(
    make_study: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # typical: 6 of 8 good, edge: 2 of 8; shares .9 and .1: .9 * .75 + .1 * .25 = .7, of the set itself .5
    good = {"typical": 6, "edge": 2}
    lines = [line for stratum, n in good.items() for k in range(8) for line in judged(stratum, k, k < n)]
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    shares = "[strata.typical]\nshare = 0.9\n\n[strata.edge]\nshare = 0.1\n"
    for name, toml, value, said in (
        ("shares", shares, 0.7, "Reweighted to production: typical 90%, edge 10%."),
        ("none", "", 0.5, ""),
        (
            "part",
            "[strata.typical]\nshare = 1.0\n",
            0.5,
            "Numbers are of this set only: study.toml, [strata]: edge",
        ),
    ):
        desk = open_desk(make_study(name, toml=toml))
        import_files(desk, [rows], role=HOLDER)
        found = study_quality(desk, Question(("yes",)), criterion="grounded", role=HOLDER)
        for one in ("labels_only", "post_stratified", "judge_only"):
            assert value_of(found.quality, one) == pytest.approx(value)
        assert said in " ".join(found.remarks)
        assert (found.own_mix is not None) is (name == "shares")
        desk.close()
    asked = ["estimate", "--criterion", "grounded", "--positive", "yes", "--json"]
    assert main([*asked, "--study", str(desk.folder.parent / "shares")]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["estimates"]["labels_only"]["value"] == pytest.approx(0.7)
    assert json.loads(out)["own_mix"]["labels_only"]["value"] == pytest.approx(0.5)
    assert "Of the split's own mix of strata: post_stratified 0.500 [" in err


def judged(stratum: str, k: int, good: bool) -> list[dict[str, str]]:
    """An item of the stratum with a label, and the same as a verdict."""
    answer, item = {"criterion": "grounded", "value": "yes" if good else "no"}, f"{stratum}-{k}"
    return [
        {"item_id": item, "output": f"{stratum} {k}", "stratum": stratum},
        {"item_id": item, "rater": "ada", **answer},
        {"item_id": item, "judge": "robot", **answer},
    ]


def value_of(quality: Quality, name: str) -> float:
    made = quality.estimates[name]
    assert isinstance(made, Estimate)
    return made.value
