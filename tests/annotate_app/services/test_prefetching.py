"""Several items at once: reserved together, never more than allowed, none that the page has already."""

from __future__ import annotations

from typing import Any

from postgres import both_engines

from annotate_app.desk import Desk, timestamp
from annotate_app.services.labelling import (
    Held,
    NextItem,
    Submission,
    next_item,
    next_items,
    submit,
    take_back,
)
from annotate_app.services.prefetching import release_others
from annotate_app.services.reserving import RESERVED_FOR, rater_number
from annotate_app.store import claims
from rubrics.answers import Answer

pytestmark = both_engines


def names(desk: Desk, rater: str, *held: str, count: int = 3) -> list[str]:
    return [t.item.item_id for t in next_items(desk, rater, count=count, held=[Held(h) for h in held])]


def answer(desk: Desk, item: str, number: int, rater: str = "ada") -> None:
    given = (Answer("grounded", "yes"), Answer("helpful", 2))
    submit(desk, Submission(f"id-{number}", item, rater, given))


def test_what_the_page_holds_is_not_offered_again_and_all_items_come_once(desk: Desk) -> None:
    first = names(desk, "ada")
    second = names(desk, "ada", *first)
    assert len(first) == len(second) == 3
    assert sorted(first + second) == [f"i{k}" for k in range(6)]
    assert names(desk, "ada", *first, *second) == []


def test_a_page_that_holds_nothing_gets_what_is_reserved_in_the_same_order(desk: Desk) -> None:
    assert names(desk, "ada") == names(desk, "ada")


def test_never_more_than_three_at_once(desk: Desk) -> None:
    assert len(names(desk, "ada", count=50)) == 3
    assert names(desk, "bob", count=0) == []


def test_reserved_items_are_not_offered_to_more_raters_than_wanted(desk: Desk) -> None:
    # two raters per item: while two hold all six, nothing is free for the third
    for rater in ("ada", "bob"):
        names(desk, rater, *names(desk, rater))
    assert names(desk, "cyd") == []
    release_others(desk, "ada", [])
    assert len(names(desk, "cyd")) == 3


def test_asking_again_prolongs_what_the_page_holds(desk: Desk, clock: Any) -> None:
    held = names(desk, "ada")
    names(desk, "bob", *names(desk, "bob"))
    clock.forward(minutes=14)
    names(desk, "ada", *held, count=0)
    names(desk, "bob", *(f"i{k}" for k in range(6)), count=0)
    clock.forward(minutes=14)
    assert not set(names(desk, "cyd")) & set(held)


def test_asking_again_at_once_writes_nothing_and_a_clock_that_ran_ahead_reserves_no_longer(
    desk: Desk, clock: Any
) -> None:
    held = names(desk, "ada")
    first = expiries(desk)
    clock.forward(minutes=2)
    names(desk, "ada", *held, count=0)
    assert expiries(desk) == first
    clock.forward(minutes=60 * 24 * 40)
    names(desk, "ada", *held, count=0)
    clock.forward(minutes=-60 * 24 * 40)
    names(desk, "ada", *held, count=0)
    assert expiries(desk) == {timestamp(desk.clock() + RESERVED_FOR)}


def expiries(desk: Desk) -> set[str]:
    with desk.store.reading() as session:
        return {claim.expires_at for claim in claims.of_rater(session, rater_number(session, desk, "ada"))}


def test_the_first_of_several_is_the_one_that_the_plain_page_shows(desk: Desk) -> None:
    first = names(desk, "ada")[0]
    task = next_item(desk, "ada")
    assert isinstance(task, NextItem)
    assert task.item.item_id == first


def test_taking_back_by_id_is_idempotent_and_leaves_later_answers_alone(desk: Desk) -> None:
    answer(desk, "i0", 1)
    answer(desk, "i0", 2)  # a correction stands in the first one's place
    assert take_back(desk, "ada", "id-1") is None
    assert take_back(desk, "bob", "id-2") is None
    assert take_back(desk, "ada", "nothing") is None
    first = take_back(desk, "ada", "id-2")
    again = take_back(desk, "ada", "id-2")
    assert first is not None and again is not None
    assert (first.duplicate, again.duplicate, first.labels, again.labels) == (False, True, 2, 2)
    assert names(desk, "ada")[0] == "i0"
