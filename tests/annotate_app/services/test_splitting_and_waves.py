"""Splits are frozen once and only grow; waves store the probability of every item of their frame."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from grounded import RUBRIC

from annotate_app.desk import Desk, open_desk
from annotate_app.services.calibrating import thin_strata
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import (
    NothingToSplit,
    freeze_split,
    open_held_out,
    split_of_items,
    split_summary,
)
from annotate_app.services.targeting import draw_wave, drawn_from, list_waves, show_wave
from annotate_app.store import studies
from annotate_app.store.sql import number, rows, run
from calibration.report import ItemCount
from calibration.splits import BadShares
from calibration.triage.design import BadDesign, Design

STUDY = """
[study]
name = "support"
[split]
shares = {development = 0.3, validation = 0.2, held_out = 0.5}
seed = 5
[judges.rules]
code = "judge.py:judge"
"""
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    opened = open_desk(tmp_path, clock=lambda: NOW)
    yield opened
    opened.close()


def add_items(desk: Desk, count: int, *, start: int = 0) -> None:
    with desk.store.writing() as session:
        run(
            session,
            "INSERT INTO item (study_id, item_id, position, kind, sha256, stratum, sensitive, output) "
            "VALUES (:study, :item, :position, 'pointwise', :item, :stratum, FALSE, :output)",
            [
                {
                    "study": desk.study_id,
                    "item": f"i{k}",
                    "position": k,
                    "stratum": "edge" if k % 4 == 0 else "typical",
                    "output": f"answer number {k}",
                }
                for k in range(start, start + count)
            ],
        )


def add_verdicts(desk: Desk, confidence: dict[str, float]) -> None:
    with desk.store.writing() as session:
        judge = studies.register_judge(session, desk.study_id, "rules", "hash", at=desk.now)
        run(
            session,
            "INSERT INTO verdict "
            "(criterion_id, judge_id, item_id, replicate, take, status, code, confidence) "
            "SELECT c.id, :judge, item.id, 0, 1, 0, 0, :confidence FROM item, criterion c "
            "WHERE item.item_id = :item AND c.name = 'grounded'",
            [{"judge": judge, "item": item, "confidence": c} for item, c in confidence.items()],
        )


def test_the_split_is_exact_in_every_stratum(desk: Desk) -> None:
    add_items(desk, 80)
    summary = freeze_split(desk, role=HOLDER)
    assert summary.sizes == {"development": 24, "validation": 16, "held_out": 40}
    assert summary.strata["edge"] == {"development": 6, "validation": 4, "held_out": 10}
    assert (summary.number, summary.newcomers) == (1, 0)


def test_freezing_again_changes_nothing(desk: Desk) -> None:
    add_items(desk, 80)
    assert freeze_split(desk, role=HOLDER) == freeze_split(desk, role=HOLDER)


def test_new_items_join_without_moving_old_ones(desk: Desk) -> None:
    add_items(desk, 80)
    freeze_split(desk, role=HOLDER)
    before = dict(split_of_items(desk))
    add_items(desk, 40, start=80)
    summary = split_summary(desk, role=HOLDER)
    assert summary is not None
    assert summary.newcomers == 40
    assert freeze_split(desk, role=HOLDER).number == 2
    after = split_of_items(desk)
    assert {item: after[item] for item in before} == before
    assert len(after) == 120


def test_other_shares_than_the_frozen_ones_are_refused(desk: Desk, tmp_path: Path) -> None:
    add_items(desk, 20)
    freeze_split(desk, role=HOLDER)
    (tmp_path / "study.toml").write_text(STUDY.replace("seed = 5", "seed = 6"))
    with pytest.raises(BadShares, match="items never move"):
        freeze_split(open_desk(tmp_path), role=HOLDER)


def test_items_without_content_are_not_duplicates(desk: Desk) -> None:
    with desk.store.writing() as session:
        run(
            session,
            "INSERT INTO item (study_id, item_id, position, kind, sha256, sensitive) "
            "VALUES (:study, :item, :position, 'pointwise', 'hash of nothing', FALSE)",
            [{"study": desk.study_id, "item": f"i{k}", "position": k} for k in range(20)],
        )
    summary = freeze_split(desk, role=HOLDER)
    assert summary.sizes == {"development": 6, "validation": 4, "held_out": 10}
    assert summary.together == 0


def test_a_study_without_items_has_nothing_to_split(desk: Desk) -> None:
    with pytest.raises(NothingToSplit):
        freeze_split(desk, role=HOLDER)


def test_without_a_frozen_split_everything_is_development(desk: Desk) -> None:
    add_items(desk, 5)
    assert split_summary(desk, role=HOLDER) is None
    assert set(split_of_items(desk).values()) == {"development"}


def test_opening_the_vault_makes_held_out_development(desk: Desk) -> None:
    add_items(desk, 20)
    freeze_split(desk, role=HOLDER)
    open_held_out(desk, by="olga", reason="rubric was wrong")
    summary = split_summary(desk, role=HOLDER)
    assert summary is not None
    assert summary.sizes == {"development": 16, "validation": 4, "held_out": 0}


def test_a_random_wave_stores_the_chance_of_the_whole_frame(desk: Desk) -> None:
    add_items(desk, 80)
    freeze_split(desk, role=HOLDER)
    wave = draw_wave(desk, Design("random", 10), split="held_out", role=HOLDER)
    assert (wave.frame, wave.selected, wave.pi_low, wave.pi_high) == (40, 10, 0.25, 0.25)
    with desk.store.reading() as session:
        stored = rows(session, "SELECT pi, selected, raters FROM wave_item")
        assert number(session, "SELECT COUNT(*) FROM wave WHERE NOT ordered") == 1
    assert len(stored) == 40
    assert sum(row["selected"] for row in stored) == 10
    assert {row["raters"] for row in stored} == {2}


def test_a_mixed_wave_follows_doubt_and_combines_by_its_chances(desk: Desk) -> None:
    add_items(desk, 80)
    add_verdicts(desk, {f"i{k}": 0.5 if k < 10 else 0.95 for k in range(80)})
    design = Design("mixed", 20, random_share=0.3, signal="low_confidence", judge="rules")
    wave = draw_wave(desk, design, role=HOLDER)
    # base .3 * 20/80 = .075; of 14: doubts .5 x 10 + .05 x 70 = 8.5 -> 14 / 8.5 each
    assert wave.pi_low == pytest.approx(0.075 + 0.05 * 14 / 8.5)
    assert wave.pi_high == pytest.approx(0.075 + 0.5 * 14 / 8.5)
    with desk.store.reading() as session:
        drawn = {r["item_id"] for r in rows(session, "SELECT i.item_id FROM wave_item w JOIN item i "
                                            "ON i.id = w.item_id WHERE w.selected")}  # fmt: skip
    combined = drawn_from(desk, "development").probabilities(drawn)
    assert not combined.equal
    assert set(combined.pi) == drawn


def test_items_labelled_after_a_random_wave_need_no_weights(desk: Desk) -> None:
    add_items(desk, 40)
    draw_wave(desk, Design("random", 10), role=HOLDER)
    assert drawn_from(desk, "development").probabilities({"i1", "i2"}).equal


def test_a_search_wave_is_ordered_and_never_estimates(desk: Desk) -> None:
    add_items(desk, 40)
    add_verdicts(desk, {f"i{k}": 1 - k / 100 for k in range(40)})
    wave = draw_wave(desk, Design("search", 3, signal="low_confidence", judge="rules"), role=HOLDER)
    assert wave.purpose == "search"
    with desk.store.reading() as session:
        first = rows(session, "SELECT i.item_id FROM wave_item w JOIN item i ON i.id = w.item_id "
                     "WHERE w.selected ORDER BY w.position")  # fmt: skip
        assert number(session, "SELECT COUNT(*) FROM wave WHERE ordered") == 1
    assert [row["item_id"] for row in first] == ["i39", "i38", "i37"]


@pytest.mark.parametrize(
    ("kind", "split"), [("search", "held_out"), ("mixed", "held_out"), ("search", "validation")]
)
def test_targeted_waves_stay_away_from_sealed_splits(desk: Desk, kind: str, split: str) -> None:
    add_items(desk, 40)
    freeze_split(desk, role=HOLDER)
    design = Design(kind, 3, random_share=0.5, signal="low_confidence", judge="rules")  # type: ignore[arg-type]
    with pytest.raises(BadDesign, match="cannot be drawn"):
        draw_wave(desk, design, split=split, role=HOLDER)
    assert list_waves(desk, role=HOLDER) == ()


def test_a_judge_without_confidence_cannot_be_followed(desk: Desk) -> None:
    add_items(desk, 40)
    with pytest.raises(BadDesign, match="states no doubt"):
        draw_wave(
            desk, Design("mixed", 3, random_share=0.5, signal="low_confidence", judge="rules"), role=HOLDER
        )


def test_an_unknown_wave_is_named(desk: Desk) -> None:
    add_items(desk, 4)
    draw_wave(desk, Design("random", 2), role=HOLDER)
    assert show_wave(desk, "wave-1").selected == 2
    with pytest.raises(BadDesign, match="wave-1"):
        show_wave(desk, "wave-2")


def test_sensitive_items_are_drawn_whole_and_a_share_is_answered_by_several(desk: Desk) -> None:
    add_items(desk, 40)
    with desk.store.writing() as session:
        run(session, "UPDATE item SET sensitive = TRUE WHERE item_id IN ('i3', 'i7')", {})
    wave = draw_wave(
        desk, Design("random", 12, always=("sensitive",), raters=3, overlap_share=0.25), seed=11, role=HOLDER
    )
    with desk.store.reading() as session:
        found = rows(session, "SELECT i.item_id, w.pi, w.selected, w.raters FROM wave_item w JOIN item i "
                     "ON i.id = w.item_id")  # fmt: skip
    pi = {row["item_id"]: row["pi"] for row in found}
    assert (pi["i3"], pi["i7"]) == (1.0, 1.0)
    # ten of the other 38
    assert pi["i0"] == pytest.approx(10 / 38)
    assert sorted(row["raters"] for row in found if row["selected"]) == [1] * 9 + [3] * 3
    assert (wave.seed, wave.design.always, wave.design.raters) == (11, ("sensitive",), 3)


def test_a_stratum_that_study_toml_calls_sensitive_is_drawn_whole(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY + "[strata.minors]\nshare = 0.05\nsensitive = true\n")
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    desk = open_desk(tmp_path, clock=lambda: NOW)
    add_items(desk, 40)
    with desk.store.writing() as session:
        run(session, "UPDATE item SET stratum = 'minors' WHERE item_id IN ('i3', 'i7')", {})
        run(session, "UPDATE item SET sensitive = TRUE WHERE item_id = 'i9'", {})
    draw_wave(desk, Design("random", 12, always=("sensitive",)), seed=11, role=HOLDER)
    with desk.store.reading() as session:
        found = rows(session, "SELECT i.item_id, w.pi FROM wave_item w JOIN item i ON i.id = w.item_id")
    assert {row["item_id"] for row in found if row["pi"] == 1.0} == {"i3", "i7", "i9"}
    desk.close()


@pytest.mark.parametrize("shares", [{"gold": 0.1}, {"planted": 0.1}])
def test_a_held_out_wave_takes_no_gold_and_no_planted_items(desk: Desk, shares: dict[str, float]) -> None:
    add_items(desk, 40)
    freeze_split(desk, role=HOLDER)
    with pytest.raises(BadDesign, match="held-out"):
        draw_wave(desk, Design("random", 5, **shares), split="held_out", role=HOLDER)  # type: ignore[arg-type]


def test_strata_with_few_labels_are_named_with_what_to_do() -> None:
    counts = [
        ItemCount("development", "edge", 60, 29, 58), ItemCount("development", "typical", 90, 30, 60),
        ItemCount("validation", "edge", 9, 0, 0), ItemCount("held_out", "edge", 90, 3, 6),
    ]  # fmt: skip
    (said,) = thin_strata(counts)
    # nobody has begun with validation, and held-out is not spoken of
    assert "development edge 29" in said
    assert not any(word in said for word in ("typical", "validation", "held_out"))
