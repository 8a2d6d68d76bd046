"""How far waves are, who is left, closing one, and what raters are told of why an item is asked."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import NextItem, Submission
from annotate_app.services.rights import HOLDER
from annotate_app.services.targeting import draw_wave, list_waves
from annotate_app.services.wave_progress import close_wave, standing, totals
from annotate_app.services.wave_words import words_of
from annotate_app.services.why import why_asked
from annotate_app.ui.rating_desk import messages
from calibration.triage.design import BadDesign, Design
from rubrics.answers import Answer

ANSWERS = (Answer("grounded", "yes"), Answer("helpful", 3))


def rate(desk: Desk, rater: str) -> NextItem:
    upcoming = labelling.next_item(desk, rater)
    assert isinstance(upcoming, NextItem)
    labelling.submit(desk, Submission(f"{rater}-{upcoming.token}", upcoming.token, rater, ANSWERS))
    return upcoming


def test_a_wave_says_what_it_wants_what_it_has_and_who_is_left(desk: Desk) -> None:
    draw_wave(desk, Design("random", 4, raters=2, overlap_share=0.5), role=HOLDER)
    for _ in range(4):
        rate(desk, "ada")
    found = standing(desk, "wave-1", role=HOLDER)
    assert found.overlap == {2: 2, 1: 2}
    # two items want two labels and two want one; ada has given one to each
    assert (found.totals.wanted, found.totals.given, found.totals.complete) == (6, 4, 2)
    assert {one.rater: (one.answered, one.left) for one in found.raters} == {
        "ada": (4, 0), "bob": (0, 2), "cyd": (0, 2),
    }  # fmt: skip
    assert totals(desk, role=HOLDER)["wave-1"] == found.totals
    assert found.as_json()["labels_given"] == 4


def test_an_item_has_never_more_raters_than_it_wants(desk: Desk) -> None:
    draw_wave(desk, Design("random", 6, raters=2, overlap_share=0.5), role=HOLDER)
    given: dict[str, int] = {}
    for rater in ("ada", "bob", "cyd") * 4:
        upcoming = labelling.next_item(desk, rater)
        if isinstance(upcoming, NextItem) and upcoming.wave:
            rate(desk, rater)
            given[upcoming.item.item_id] = given.get(upcoming.item.item_id, 0) + 1
    assert sorted(given.values()) == [1, 1, 1, 2, 2, 2]


def test_raters_who_take_turns_get_equal_parts(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    desk = open_desk(make_study("fair", raters_per_item=1))
    import_files(desk, [write_items(60)], role=HOLDER)
    for name in ("ada", "bob", "cyd"):
        labelling.add_rater(desk, name)
    draw_wave(desk, Design("random", 60), role=HOLDER)
    orders = {name: [rate(desk, name).item.item_id for _ in range(1)] for name in ("ada", "bob", "cyd")}
    for _ in range(19):
        for name, order in orders.items():
            order.append(rate(desk, name).item.item_id)
    assert {len(order) for order in orders.values()} == {20}
    assert len({item for order in orders.values() for item in order}) == 60
    desk.close()


def rate_wave(folder: str, rater: str) -> list[tuple[str, str]]:
    """What one process does: answer the wave, item after item, by token."""
    desk, rated = open_desk(Path(folder)), []
    while isinstance(upcoming := labelling.next_item(desk, rater), NextItem) and upcoming.wave:
        labelling.submit(desk, Submission(f"{rater}-{upcoming.token}", upcoming.token, rater, ANSWERS))
        rated.append((upcoming.item.item_id, upcoming.purpose))
    desk.close()
    return rated


def test_processes_that_rate_a_wave_at_once_keep_to_each_items_overlap(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    folder = make_study("busy", raters_per_item=1)
    desk = open_desk(folder)
    import_files(desk, [write_items(20)], role=HOLDER)
    names = [f"rater {k}" for k in range(3)]
    for name in names:
        labelling.add_rater(desk, name)
    draw_wave(desk, Design("random", 16, raters=2, overlap_share=0.5, repeats=0.2), role=HOLDER)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        rated = pool.starmap(rate_wave, [(str(folder), name) for name in names])
    given = Counter(item for own in rated for item, purpose in own if purpose == "estimate")
    found = standing(desk, "wave-1", role=HOLDER)
    # 8 items by two raters and 8 by one: none more, none less, and no process found the database locked
    assert Counter(given.values()) == {2: 8, 1: 8}
    assert (found.totals.given, found.totals.wanted, found.totals.complete) == (24, 24, 16)
    desk.close()


def test_a_closed_wave_is_asked_no_more_and_keeps_its_labels(desk: Desk) -> None:
    draw_wave(desk, Design("random", 4), role=HOLDER)
    rate(desk, "ada")
    assert not close_wave(desk, "wave-1", by="lea", reason="enough", role=HOLDER).is_open
    assert list_waves(desk, role=HOLDER)[0].labelled == 1
    assert rate(desk, "ada").wave is None
    with pytest.raises(BadDesign, match="closed already"):
        close_wave(desk, "wave-1", role=HOLDER)


def test_raters_are_told_why_an_item_is_asked_only_if_the_study_says_so(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    silent, told = (make_study(name, toml=toml) for name, toml in (("a", ""), ("b", "show_why = true\n")))
    said = []
    for folder in (silent, told):
        desk = open_desk(folder)
        import_files(desk, [write_items(6)], role=HOLDER)
        labelling.add_rater(desk, "ada")
        draw_wave(desk, Design("random", 3), role=HOLDER)
        upcoming = labelling.next_item(desk, "ada")
        assert isinstance(upcoming, NextItem)
        said.append(why_asked(desk, upcoming))
        html = str(messages.next_item(upcoming, (), said[-1])["html"])
        assert ("drawn at random" in html) is bool(said[-1])
        desk.close()
    assert said == ["", "Asked because it was drawn at random."]


def test_a_design_is_said_in_one_line() -> None:
    design = Design(
        "stratified", 90, stratum_min=30, always=("sensitive",), raters=3, overlap_share=0.25, gold=0.05
    )
    assert words_of(design) == (
        "stratified, at least 30 per stratum, all sensitive, 3 raters on 25% of the items, 5% gold"
    )
