"""What people of a study are called in files that leave it or come in: their pseudonyms; searches no text."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from annotate_app.desk import Desk
from annotate_app.services.pseudonyms import make_pseudonym, pseudonyms_of
from annotate_app.store import history, leaving, raters
from annotate_app.store import pseudonyms as store

PERSONS = ("actor", "lead", "closed_by")  # where a row of a study's history names somebody


def people(desk: Desk) -> frozenset[str]:
    """Everybody who is named in the study's records or history."""
    everything = leaving.Scope(desk.study_id, None)
    with desk.store.reading() as session:
        found = {rater.name for rater in raters.listing(session, desk.study_id)}
        told = (history.split_versions, history.waves, history.decisions, history.mode_steps,
                history.mode_tags, history.causes)  # fmt: skip
        for rows in told:
            found |= {row[name] for row in rows(session, everything) for name in PERSONS if row.get(name)}
    return frozenset(found)


def outside_names(desk: Desk, names: Collection[str], *, keep: bool = True) -> Mapping[str, str]:
    """By name the pseudonym; a name that is a pseudonym of the study already stays as it is.

    Without `keep` nothing is written: who has none yet is called by a word of this moment.
    """
    with desk.store.reading() as session:
        known = store.known(session, desk.study_id)
    words = frozenset(known.values())
    persons = [name for name in names if name not in words]
    found = pseudonyms_of(desk, persons) if keep else {n: known.get(n) or make_pseudonym() for n in persons}
    return {name: found.get(name, name) for name in names}
