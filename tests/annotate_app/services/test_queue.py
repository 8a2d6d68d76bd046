"""The queue: waves before the rest, splits, orders, what is wanted later, what a wave's labels carry."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from postgres import both_engines

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import NextItem, NothingLeft, Submission
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import draw_wave
from annotate_app.store import labels
from calibration.triage.design import Design
from rubrics.answers import Answer

pytestmark = both_engines

ANSWERS = (Answer("grounded", "yes"), Answer("helpful", 3))


def rate(desk: Desk, rater: str) -> NextItem:
    upcoming = labelling.next_item(desk, rater)
    assert isinstance(upcoming, NextItem)
    item = upcoming.item.item_id
    labelling.submit(
        desk,
        Submission(f"{rater}-{item}", item, rater, ANSWERS, wave=upcoming.wave, purpose=upcoming.purpose),
    )
    return upcoming


@pytest.fixture
def judged(make_study: Callable[..., Path], tmp_path: Path) -> Desk:
    """Twelve items, judged with confidences .50, .51, …: i0 is the most doubtful."""
    desk = open_desk(make_study("judged", raters_per_item=2))
    lines: list[dict[str, object]] = [
        {"item_id": f"i{k}", "output": f"words {k} {k * 7919}"} for k in range(12)
    ]
    lines += [
        {
            "item_id": f"i{k}",
            "judge": "rules",
            "criterion": "helpful",
            "value": 2,
            "confidence": 0.5 + k / 100,
        }
        for k in range(12)
    ]
    path = tmp_path / "judged.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    import_files(desk, [path], role=HOLDER)
    for rater in ("ada", "bob"):
        labelling.add_rater(desk, rater)
    return desk


def test_the_items_of_a_wave_come_first_and_carry_its_probability(judged: Desk) -> None:
    wave = draw_wave(judged, Design("random", 4), role=HOLDER)
    first = [rate(judged, "ada") for _ in range(4)]
    assert {upcoming.wave for upcoming in first} == {wave.name}
    assert {upcoming.purpose for upcoming in first} == {"estimate"}
    assert rate(judged, "ada").wave is None
    with judged.store.reading() as session:
        found = {label.item_id: (label.wave, label.pi) for label in labels.latest(session, judged.study_id)}
    # four of twelve items at random: pi = 1/3
    assert [found[upcoming.item.item_id] for upcoming in first] == [(wave.name, pytest.approx(1 / 3))] * 4


def test_a_search_wave_is_asked_from_the_most_doubtful_on_and_does_not_estimate(judged: Desk) -> None:
    draw_wave(judged, Design("search", 3, signal="low_confidence", judge="rules"), role=HOLDER)
    asked = [rate(judged, "ada") for _ in range(3)]
    assert [upcoming.item.item_id for upcoming in asked] == ["i0", "i1", "i2"]
    assert {upcoming.purpose for upcoming in asked} == {"search"}
    assert rate(judged, "ada").item.item_id not in {"i0", "i1", "i2"}


def test_an_item_drawn_again_is_not_asked_again(judged: Desk) -> None:
    for _ in range(12):
        rate(judged, "ada")
    draw_wave(judged, Design("random", 6), role=HOLDER)
    assert isinstance(labelling.next_item(judged, "ada"), NothingLeft)
    assert labelling.progress(judged, "ada").left == 0


def test_without_a_wave_only_development_items_are_asked(judged: Desk) -> None:
    freeze_split(judged, role=HOLDER)
    development = {item for item, split in split_of_items(judged).items() if split == "development"}
    assert labelling.progress(judged, "ada").left == len(development)
    asked = set()
    while not isinstance(upcoming := labelling.next_item(judged, "ada"), NothingLeft):
        asked.add(upcoming.item.item_id)
        rate(judged, "ada")
    assert asked == development


def test_a_wave_on_the_sealed_split_is_asked_like_any_other(judged: Desk) -> None:
    freeze_split(judged, role=HOLDER)
    held_out = {item for item, split in split_of_items(judged).items() if split == "held_out"}
    draw_wave(judged, Design("random", len(held_out)), split="held_out", role=HOLDER)
    assert {rate(judged, "ada").item.item_id for _ in held_out} == held_out


def test_wanting_more_raters_later_reopens_the_items(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    folder = make_study(raters_per_item=1)
    desk = open_desk(folder)
    import_files(desk, [write_items(30)], role=HOLDER)
    for rater in ("ada", "bob"):
        labelling.add_rater(desk, rater)
    for k in range(30):
        rate(desk, ("ada", "bob")[k % 2])
    assert isinstance(labelling.next_item(desk, "bob"), NothingLeft)
    text = (folder / "study.toml").read_text().replace("raters_per_item = 1", "raters_per_item = 2")
    (folder / "study.toml").write_text(text)
    more = open_desk(folder)
    assert labelling.progress(more, "bob").left == 15
    for _ in range(15):
        rate(more, "bob")
    assert isinstance(labelling.next_item(more, "bob"), NothingLeft)
    for opened in (desk, more):
        opened.close()


def test_items_imported_later_are_asked_too(desk: Desk, write_items: Callable[..., Path]) -> None:
    for _ in range(6):
        rate(desk, "ada")
    import_files(desk, [write_items(9, name="more.jsonl")], role=HOLDER)
    later = {rate(desk, "ada").item.item_id for _ in range(3)}
    assert later == {"i6", "i7", "i8"}
