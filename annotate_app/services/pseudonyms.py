"""Pseudonyms: one random word for each person of a study, the same every time; derived from nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping

from annotate_app.desk import Desk
from annotate_app.store import pseudonyms as store
from annotate_app.store.engine import Session

LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"  # no vowels, and nothing that is read as something else
LENGTH = 8  # 27^8 words: too many to meet by chance
Make = Callable[[], str]


def make_pseudonym() -> str:
    """A new random word, as `P-7KQ2MDXB`; it says nothing about whom it stands for."""
    return "P-" + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def pseudonyms_of(desk: Desk, names: Collection[str]) -> Mapping[str, str]:
    """The pseudonym of each of `names`: the one it has, else one made now and kept.

    The pseudonym of a person who was erased is returned as it is. Writes only when one is new.
    """
    with desk.store.reading() as session:
        known = store.known(session, desk.study_id)
    if not set(names) <= set(known):
        with desk.store.writing() as session:
            known = known_or_made(session, desk, names)
    return {name: known[name] for name in dict.fromkeys(names)}


def known_or_made(
    session: Session, desk: Desk, names: Collection[str], *, make: Make = make_pseudonym
) -> Mapping[str, str]:
    """Inside a writing session: the pseudonyms of the study, those of `names` made where they are missing."""
    known = dict(store.known(session, desk.study_id))
    made: dict[str, str] = {}
    for name in sorted(set(names) - set(known)):  # each is drawn alone: no order shows
        word = make()
        while word in made.values() or store.taken(session, desk.study_id, [word]):
            word = make()
        made[name] = word
    store.add(session, desk.study_id, made, at=desk.now)
    return known | made
