"""Pseudonyms: random, one per person, the same every time, and never a name that somebody has."""

from __future__ import annotations

from collections.abc import Iterator

from annotate_app.desk import Desk
from annotate_app.services.labelling import add_rater
from annotate_app.services.pseudonyms import LENGTH, LETTERS, known_or_made, make_pseudonym, pseudonyms_of
from annotate_app.store import pseudonyms as store


def test_a_person_has_one_pseudonym_and_keeps_it(desk: Desk) -> None:
    first = pseudonyms_of(desk, ["ada", "bob"])
    again = pseudonyms_of(desk, ["bob", "ada", "cyd"])
    assert {name: again[name] for name in first} == dict(first)
    assert len(set(again.values())) == 3


def test_a_pseudonym_is_drawn_at_random_and_says_nothing_of_the_name(desk: Desk) -> None:
    words = {make_pseudonym() for _ in range(200)}
    assert len(words) == 200
    assert all(word.startswith("P-") and len(word) == 2 + LENGTH for word in words)
    assert all(set(word[2:]) <= set(LETTERS) for word in words)


def test_a_word_that_is_taken_is_drawn_again(desk: Desk) -> None:
    add_rater(desk, "P-TAKEN")
    drawn: Iterator[str] = iter(["P-TAKEN", "P-FREE", "P-FREE", "P-OTHER"])
    with desk.store.writing() as session:
        made = known_or_made(session, desk, ["ada", "bob"], make=lambda: next(drawn))
    assert made == {"ada": "P-FREE", "bob": "P-OTHER"}


def test_the_pseudonym_of_an_erased_person_is_its_own(desk: Desk) -> None:
    word = pseudonyms_of(desk, ["ada"])["ada"]
    with desk.store.writing() as session:
        store.forget_name(session, desk.study_id, "ada")
    assert pseudonyms_of(desk, [word]) == {word: word}
    # Somebody new who has the name of the person erased is somebody else.
    assert pseudonyms_of(desk, ["ada"])["ada"] != word
