"""Naming an item by its id, or saying that it is held, tells a rater nothing of why it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling
from annotate_app.services.gold import add_gold
from annotate_app.services.importing import import_files
from annotate_app.services.known import given_as
from annotate_app.services.labelling import Held, NextItem, Submission
from annotate_app.services.planting import add_planted
from annotate_app.services.prefetching import next_items, release_others
from annotate_app.services.rights import HOLDER
from annotate_app.services.targeting import draw_wave
from calibration.triage.design import Design
from rubrics.answers import Answer

ANSWERS = (Answer("grounded", "yes"), Answer("helpful", 3))


@pytest.fixture
def mixed(make_study: Callable[..., Path], tmp_path: Path) -> Iterator[Desk]:
    """A wave of thirty items; every fifth that is asked is a gold one, every fifth a planted one."""
    desk = open_desk(make_study("mixed", raters_per_item=1))

    def written(name: str, numbers: range, **more: object) -> Path:
        lines = [{"item_id": f"i{k}", "output": f"it opens at {k}, they say"} | more for k in numbers]
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return tmp_path / name

    import_files(desk, [written("items.jsonl", range(50))], role=HOLDER)
    gold = {"criterion": "grounded", "value": "yes", "rater": "lea", "rationale": "It does."}
    (tmp_path / "gold.jsonl").write_text(
        "".join(json.dumps({"item_id": f"i{k}"} | gold) + "\n" for k in range(40, 50)), encoding="utf-8"
    )
    add_gold(desk, [tmp_path / "gold.jsonl"], role=HOLDER)
    wrong = {"span": "they say", "failure_mode": "invented_source", "expected": {"grounded": "no"}}
    planted = written("planted.jsonl", range(10), **wrong)
    planted.write_text(planted.read_text(encoding="utf-8").replace("at ", "before "), encoding="utf-8")
    add_planted(desk, [planted], author="lea", role=HOLDER)
    for rater in ("ada", "bob"):
        labelling.add_rater(desk, rater)
    draw_wave(desk, Design("random", 30, gold=0.2, planted=0.2), seed=3, role=HOLDER)
    yield desk
    desk.close()


def rate(desk: Desk, upcoming: NextItem) -> None:
    """As the page does it: by the token alone."""
    labelling.submit(desk, Submission(f"ada-{upcoming.token}", upcoming.token, "ada", ANSWERS))


def test_every_item_that_is_reserved_or_rated_is_known_by_its_id_whatever_it_is_asked_for(
    mixed: Desk,
) -> None:
    met = set()
    for _ in range(30):
        upcoming = labelling.next_item(mixed, "ada")
        assert isinstance(upcoming, NextItem)
        named = upcoming.item.item_id
        for _moment in ("reserved", "rated"):
            found = given_as(mixed, "ada", named, "estimate")
            assert found is not None and (found.purpose, found.wave) == (upcoming.purpose, upcoming.wave)
            assert given_as(mixed, "ada", named, "training") is None
            rate(mixed, upcoming)
        met.add(upcoming.purpose)
    assert {"estimate", "gold", "planted"} <= met
    assert given_as(mixed, "bob", named, "estimate") is None


def test_every_item_that_a_page_holds_by_its_id_is_kept_and_not_given_again(mixed: Desk) -> None:
    held: list[Held] = []
    met = set()
    while len(held) < 20:
        (found,) = next_items(mixed, "ada", count=1, held=held)
        held.append(Held(found.item.item_id))
        met.add(found.purpose)
    assert {"estimate", "gold", "planted"} <= met
    assert release_others(mixed, "ada", held) == 0


def test_what_a_page_says_it_holds_does_not_move_what_is_mixed_in(mixed: Desk) -> None:
    answered = []
    for _ in range(12):
        upcoming = labelling.next_item(mixed, "ada")
        assert isinstance(upcoming, NextItem)
        rate(mixed, upcoming)
        answered.append(Held(upcoming.token))
    offered = set()
    for count in range(len(answered) + 1):
        offered |= {one.item.item_id for one in next_items(mixed, "ada", count=1, held=answered[:count])}
        labelling.release(mixed, "ada")
    assert len(offered) == 1


def test_what_a_page_gives_back_does_not_move_what_is_mixed_in(mixed: Desk) -> None:
    asked = in_order(mixed, [], 12)
    for last, one in enumerate(asked):
        labelling.release(mixed, "ada")
        assert in_order(mixed, [], 12) == asked
        assert release_others(mixed, "ada", [Held(one)]) == 11 - last
        assert in_order(mixed, asked[: last + 1], 12) == asked


def in_order(desk: Desk, tokens: list[str], count: int) -> list[str]:
    """The tokens of so many items, those that are held already first."""
    tokens = list(tokens)
    while len(tokens) < count:
        (found,) = next_items(desk, "ada", count=1, held=[Held(token) for token in tokens])
        tokens.append(str(found.token))
    return tokens
