"""No number is made of targeted labels unweighted: every door weights them as drawn, or says why not."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from targeted_study import (
    ITEMS,
    MIXED,
    SEARCH,
    confidence,
    label,
    load,
    selected,
    targeted_desk,
    truth,
    wrong,
)

from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.services.agreeing import agreement_page
from annotate_app.services.calibrating import build_report, open_split, rater_quality
from annotate_app.services.comparing import compare_judges
from annotate_app.services.comparing_systems import compare_systems
from annotate_app.services.rater_quality import raters_page
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import HOLDER
from annotate_app.services.targeting import draw_wave
from annotate_app.services.verifying import verify_study
from annotate_app.services.weighting import ONLY_SEARCH, pooled_as_drawn
from annotate_app.store import modes
from annotate_app.store.waves import draws
from calibration.render.json import render
from calibration.stats.estimate import Estimate, Undefined
from calibration.triage.design import Design

TRUE_AGREEMENT = 2 / 3
Row = dict[str, object]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A mixed wave that was labelled by two raters."""
    opened = targeted_desk(tmp_path)
    draw_wave(opened, MIXED, role=HOLDER)
    label(opened, selected(opened, "wave-1"), ("ada", "bob"))
    yield opened
    opened.close()


def naive(desk: Desk) -> float:
    """Agreement on the labelled items, unweighted: too low, because doubtful ones were drawn more often."""
    drawn = selected(desk, "wave-1")
    return sum(not wrong(int(item[1:])) for item in drawn) / len(drawn)


def weighted(found: object) -> Estimate:
    assert isinstance(found, Estimate)
    assert "weighted" in found.method
    return found


def every_estimate(content: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object with a value and a method, wherever it stands."""
    if isinstance(content, dict):
        if {"value", "method"} <= content.keys():
            yield path, content
        for name, part in content.items():
            yield from every_estimate(part, f"{path}/{name}")
    if isinstance(content, list):
        for part in content:
            yield from every_estimate(part, path)


def test_the_wave_is_one_that_misleads_when_it_is_not_weighted(desk: Desk) -> None:
    assert naive(desk) < TRUE_AGREEMENT - 0.08


def test_the_agreement_page_weights(desk: Desk) -> None:
    page = agreement_page(desk, role="engineer", split="development")
    assert page.measured is not None
    found = page.measured.criteria["grounded"]
    agreement = weighted(found.judges["robot"].estimates["percent_agreement"])
    assert agreement.low is not None and agreement.high is not None
    assert agreement.low < TRUE_AGREEMENT < agreement.high
    assert agreement.value > naive(desk) + 0.08
    assert all(
        "weighted" in e.method for e in found.judges["robot"].estimates.values() if isinstance(e, Estimate)
    )
    assert found.weighted is not None


def test_every_estimate_of_the_report_weights(desk: Desk) -> None:
    content = json.loads(render(build_report(desk, role=HOLDER)))
    estimates = dict(every_estimate(content))
    assert len(estimates) > 20
    unweighted = [path for path, one in estimates.items() if "weighted" not in one["method"]]
    # leniency compares raters on the same items, gold is not drawn, a gap's method names its parts alone
    excused = ("leniency", "gold", "consistency", "ceiling/gap")
    assert not [p for p in unweighted if not p.endswith(excused) and estimates[p]["method"] != "no interval"]


def test_confidence_weights_and_leaves_undefined_what_takes_no_weights(desk: Desk) -> None:
    report = build_report(desk, role=HOLDER)
    assert report.confidence is not None
    found = report.confidence.criteria["grounded"]["robot"]
    # the mean of (c - y)² over all items of the study, where every verdict is an item's
    squares = [(confidence(k) - (not wrong(k))) ** 2 for k in range(ITEMS)]
    assert weighted(found.brier).value == pytest.approx(sum(squares) / ITEMS, abs=0.05)
    weighted(found.advice.auroc)
    for part in (found.calibration, found.areas, found.recalibration, found.threshold):
        assert isinstance(part, Undefined) and "unequal" in part.reason
    assert found.bins == ()


def test_raters_agreement_with_one_another_weights(desk: Desk) -> None:
    (found,) = rater_quality(desk)
    for rater in found.raters:
        agreement = weighted(rater.agreement)
        # they differ on even items of which the judge is unsure
        true = sum(not (confidence(k) < 0.9 and k % 2 == 0) for k in range(ITEMS)) / ITEMS
        assert agreement.value == pytest.approx(true, abs=0.06)


def test_the_raters_page_weights(desk: Desk) -> None:
    found = raters_page(desk, role="lead").criteria["grounded"].found
    assert found.raters == rater_quality(desk)[0].raters


def test_two_judges_are_compared_with_weights(desk: Desk) -> None:
    found = compare_judges(desk, "robot", "other", role=HOLDER)
    for one in found.coefficients["grounded"].values():
        assert isinstance(one, Undefined) or "weighted" in one.method
    overall = next(one for one in found.changes if one.about == "agreement" and one.stratum is None)
    assert overall.current == pytest.approx(agreement_of(desk, "robot"))
    assert overall.candidate == pytest.approx(agreement_of(desk, "other"))


def agreement_of(desk: Desk, judge: str) -> float:
    page = agreement_page(desk, role="engineer", split="development")
    assert page.measured is not None
    return weighted(page.measured.criteria["grounded"].judges[judge].estimates["percent_agreement"]).value


def test_what_is_verified_is_weighted_too(desk: Desk) -> None:
    checks = verify_study(desk, role=HOLDER).checks
    shown = {check.ours for check in checks if check.name == "percent_agreement"}
    assert {agreement_of(desk, "robot"), agreement_of(desk, "other")} <= shown
    assert max(check.difference or 0.0 for check in checks) < 1e-9


def test_an_equal_split_beside_an_unequal_one_keeps_its_share(desk: Desk) -> None:
    found = pooled_as_drawn(desk, read_ratings(desk), ("development",)).criteria["grounded"]
    assert found.pi is not None
    drawn = [found.items.index(item) for item in selected(desk, "wave-1")]
    assert (1 / found.pi[drawn]).mean() == pytest.approx(1.0)


def test_search_labels_alone_make_no_number_and_it_is_said(tmp_path: Path) -> None:
    desk = targeted_desk(tmp_path)
    draw_wave(desk, SEARCH, role=HOLDER)
    label(desk, selected(desk, "wave-1"), purpose="search")
    assert open_split(desk, "development") is None
    page = agreement_page(desk, role="engineer", split="development")
    assert (page.measured, page.withheld) == (None, ONLY_SEARCH)
    report = build_report(desk, role=HOLDER)
    assert report.evidence == () and f"development: {ONLY_SEARCH}" in report.notes
    assert rater_quality(desk) == ()
    desk.close()


def test_a_random_wave_after_a_search_reuses_labels_that_the_search_brought(tmp_path: Path) -> None:
    desk = targeted_desk(tmp_path)
    draw_wave(desk, SEARCH, role=HOLDER)
    searched = selected(desk, "wave-1")
    label(desk, searched, purpose="search")
    draw_wave(desk, Design("random", 100), seed=3, role=HOLDER)
    drawn = selected(desk, "wave-2")
    assert set(drawn) & set(searched)
    label(desk, [item for item in drawn if item not in searched])
    with desk.store.reading() as session:
        assert {one.item_id for one in modes.labelled(session, desk.study_id, None)} == set(drawn)
    found = read_ratings(desk).criteria["grounded"]
    # all of the random wave, and nothing else of the search
    assert {found.items[k] for k in found.item} == set(drawn)
    assert found.left_out["purpose search"] == len(set(searched) - set(drawn))
    desk.close()


def files(folder: Path, desk: Desk, **extra: object) -> list[str]:
    """The mixed wave's labels, with π, and all verdicts as plain files."""
    with desk.store.reading() as session:
        (wave,) = draws(session, desk.study_id, split="development")
    rows: list[Row] = [
        {"item_id": item, "rater": "ada", "criterion": "grounded", "value": truth(int(item[1:])),
         "pi": wave.pi[item]} | extra
        for item in sorted(wave.selected)
    ]  # fmt: skip
    path = folder / "stated.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return ["--human", str(path), "--judge", str(folder / "verdicts.jsonl")]


@pytest.mark.parametrize(
    "command",
    [
        ["agreement"],
        ["signals"],
        ["estimate", "--positive", "yes", "--judge-name", "robot"],
        ["compare", "--judges", "robot", "other"],
        ["plan", "--floor", "0.1", "--judge-name", "robot"],
    ],
    ids=lambda words: words[0],
)
def test_commands_on_files_weight_by_the_pi_that_labels_state(
    desk: Desk, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main([*command, *files(desk.folder, desk), "--json"]) == 0
    estimates = dict(every_estimate(json.loads(capsys.readouterr().out)))
    assert estimates
    method = {path: one["method"] for path, one in estimates.items() if one["method"] != "no interval"}
    # what a judge says of all items is no estimate from labels; a gap's method names its parts alone
    excused = ("judge_only", "ceiling/gap")
    assert not {path for path in method if "weighted" not in method[path] and not path.endswith(excused)}


def test_commands_on_files_refuse_labels_of_a_search(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    commands = (
        ["agreement"],
        ["signals"],
        ["compare", "--judges", "robot", "other"],
        ["plan", "--floor", ".1"],
    )
    for command in commands:
        assert main([*command, *files(desk.folder, desk, purpose="search")]) == 1
        said = capsys.readouterr().err
        assert "no label may enter an estimate" in said and "label items of a random wave" in said


def good(desk: Desk, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    """`calibrant estimate` inside the study: the share of grounded answers."""
    words = ["estimate", "--study", str(desk.folder), "--positive", "yes", "--judge-name", "other", "--json"]
    assert main([*words, *more]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_the_share_of_good_items_of_a_study_is_weighted_and_sharpened_by_verdicts(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    found = good(desk, capsys)
    assert found["chosen"] == "post_stratified"
    chosen = found["estimates"]["post_stratified"]
    assert "weighted" in chosen["method"]
    # every second item is grounded
    assert chosen["low"] < 0.5 < chosen["high"]


def test_a_random_wave_is_post_stratified_without_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = targeted_desk(tmp_path)
    draw_wave(desk, Design("random", 80), role=HOLDER)
    label(desk, selected(desk, "wave-1"))
    found = good(desk, capsys)
    labels, chosen = (found["estimates"][name] for name in ("labels_only", "post_stratified"))
    assert found["chosen"] == "post_stratified" and "weighted" not in chosen["method"]
    assert chosen["high"] - chosen["low"] < labels["high"] - labels["low"]
    assert found["estimates"]["ppi_pp"]["value"] == pytest.approx(chosen["value"], abs=0.02)
    desk.close()


def test_search_labels_estimate_no_share(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = targeted_desk(tmp_path)
    draw_wave(desk, SEARCH, role=HOLDER)
    label(desk, selected(desk, "wave-1"), purpose="search")
    assert main(["estimate", "--study", str(desk.folder), "--positive", "yes", "--judge-name", "other"]) == 1
    assert "Only search waves were labelled here" in capsys.readouterr().err
    desk.close()


def test_labels_that_nobody_drew_are_said_to_be_of_unknown_choice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = targeted_desk(tmp_path)
    label(desk, [f"i{k}" for k in range(60)])
    assert "Nobody knows how the labelled items were chosen" in good(desk, capsys)["why"]
    desk.close()


def test_products_are_compared_by_inputs_weighted_with_both_their_outputs(tmp_path: Path) -> None:
    desk = targeted_desk(tmp_path)
    items: list[dict[str, object]] = [
        {"item_id": f"{system}{k}", "output": f"{system} says {k}", "system": system, "input_id": f"q{k}"}
        for k in range(40)
        for system in ("old", "new")
    ]
    load(desk, items, "products")
    # new is better on the first twenty inputs, whose outputs were drawn with probability .5 each; else worse
    labels: list[dict[str, object]] = [
        {"item_id": f"{system}{k}", "rater": "ada", "criterion": "grounded", "pi": 0.5 if k < 20 else 1.0,
         "value": "yes" if (system == "new") == (k < 20) else "no"}
        for k in range(40)
        for system in ("old", "new")
    ]  # fmt: skip
    load(desk, labels, "labels")
    found = compare_systems(desk, "old", "new", role=HOLDER)
    change = next(one for one in found.changes if one.about == "quality" and one.stratum is None)
    # (20 · 4 · 1 - 20 · 1 · 1) / (20 · 4 + 20 · 1)
    assert isinstance(change.difference, Estimate)
    assert change.difference.value == pytest.approx(0.6)
    assert any("drawn with unequal probabilities" in note for note in found.notes)
    desk.close()
