"""Where judges and people differ on development items, as a work list with causes; refuses other splits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import cast

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.remembering import Remembered
from annotate_app.services.rights import Holder, Role, require
from annotate_app.services.weighting import weighted_split
from annotate_app.store import items, studies
from annotate_app.store import triage as store
from annotate_app.store.triage import Tag
from calibration.columns import CriterionRatings
from calibration.findings.causes import CAUSES, Cause, CauseCounts, Difference, cause_counts, differences
from calibration.slicing import of_items
from calibration.splits import DEVELOPMENT
from rubrics.answers import Purpose

__all__ = ["CAUSES", "NEXT", "CannotTag", "Disagreement", "cause_table", "disagreements", "tag"]

LONGEST = 2_000
NEXT: Mapping[Cause, str] = {
    "rubric gap": (
        "Write the next version of the rubric; `calibrant rubric diff OLD NEW` says which labels stay valid."
    ),
    "judge error": (
        "Change the judge (prompt, examples, model) and run it again; other items decide whether it helped."
    ),
    "human slip": (
        "Do not relabel the disagreements alone, that lifts agreement by itself: `calibrant triage "
        "relabel-wave` asks other raters blindly, about as many agreements."
    ),
    "ambiguous item": (
        "Where raters differ too, adjudicate; else say in the rubric which answer holds in doubt."
    ),
    "bad item": "Mend or drop the item where it comes from, and import the mended one under a new id.",
}


class CannotTag(ValueError):
    """A tag that cannot be kept: why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A verdict that differs from the reference; `cause` is None until somebody says why.

    `searched`: the answers are of a search wave, so the item is work but no part of any count.
    """

    item_id: str
    criterion: str
    judge: str
    verdict: str
    reference: str
    confidence: float | None
    searched: bool
    cause: Cause | None = None
    note: str = ""
    tagged_by: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.item_id, self.criterion, self.judge)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


_listed: Remembered[tuple[Disagreement, ...]] = Remembered(4)


def disagreements(desk: Desk, *, role: Role | Holder) -> tuple[Disagreement, ...]:
    """Every disagreement on development items, in an order that is random and stays.

    So the first ones that get a cause are a sample of all. Raises NotVisible.
    """
    require(role, "triage.see")
    return _listed.get(desk, "disagreements", lambda: _disagreements(desk))


def cause_table(desk: Desk, *, role: Role | Holder) -> Mapping[str, Mapping[str, CauseCounts]]:
    """By criterion and judge how many differ for which cause, weighted as the items were drawn."""
    known = {one.key: one.cause for one in disagreements(desk, role=role) if one.cause is not None}
    drawn = weighted_split(desk, DEVELOPMENT, read_ratings(desk, probs=False)).as_drawn
    found: dict[str, dict[str, CauseCounts]] = {}
    for name, criterion in drawn.criteria.items():
        sampled = criterion if criterion.pi is None else of_items(criterion, ~np.isnan(criterion.pi))
        for judge in sampled.judges:
            causes = {item: cause for (item, c, j), cause in known.items() if (c, j) == (name, judge.judge)}
            counts = cause_counts(sampled, judge, causes)
            if counts.compared:
                found.setdefault(name, {})[judge.judge] = counts
    return found


def tag(
    desk: Desk,
    item_id: str,
    criterion: str,
    judge: str,
    cause: str,
    *,
    note: str,
    by: str,
    role: Role | Holder,
) -> Disagreement:
    """Say why a verdict and the reference differ; the last word counts. Raises CannotTag, NotVisible."""
    require(role, "triage.tag")
    if cause not in CAUSES:
        raise CannotTag(f"unknown cause {cause!r}; there are: {', '.join(CAUSES)}")
    if len(note) > LONGEST or not by.strip():
        raise CannotTag(f"a note has at most {LONGEST:,} characters, and somebody writes it")
    there = {one.key: one for one in disagreements(desk, role=role)}
    found = there.get((item_id, criterion, judge))
    if found is None:
        raise CannotTag(
            f"{item_id}: {judge} does not differ from people on {criterion}, or it is no development item"
        )
    with desk.store.writing() as session:
        stored = items.get(session, desk.study_id, item_id)
        number = studies.criterion_ids(session, desk.study_id)[criterion]
        if stored is None:
            raise CannotTag(f"the study has no item {item_id!r}")
        said = (found.verdict, found.reference, cause, note.strip(), by.strip())
        made = Tag(item_id, criterion, judge, *said, desk.now)
        store.add(session, desk.study_id, stored.number, number, made)
    return _tagged(found, made)


def _disagreements(desk: Desk) -> tuple[Disagreement, ...]:
    with desk.store.reading() as session:
        tags = {(one.item_id, one.criterion, one.judge): one for one in store.listing(session, desk.study_id)}
    found: dict[tuple[str, str, str], Disagreement] = {}
    purposes: tuple[Purpose, ...] = (
        "search",
        "estimate",
    )  # an estimating answer counts before one of a search
    for purpose in purposes:
        criteria = read_ratings(desk, purpose=purpose, probs=False).criteria
        for one in (one for c in criteria.values() for one in _of_criterion(c, searched=purpose == "search")):
            known = tags.get(one.key)
            same = known is not None and (known.verdict, known.reference) == (one.verdict, one.reference)
            found[one.key] = _tagged(one, known) if known is not None and same else one
    return tuple(
        sorted(found.values(), key=lambda one: (_order(desk, one.item_id), one.criterion, one.judge))
    )


def _of_criterion(found: CriterionRatings, *, searched: bool) -> list[Disagreement]:
    return [
        _disagreement(found.criterion, judge.judge, one, searched=searched)
        for judge in found.judges
        for one in differences(found, judge)
    ]


def _disagreement(criterion: str, judge: str, one: Difference, *, searched: bool) -> Disagreement:
    return Disagreement(one.item_id, criterion, judge, one.verdict, one.reference, one.confidence, searched)


def _tagged(found: Disagreement, known: Tag) -> Disagreement:
    return Disagreement(
        found.item_id, found.criterion, found.judge, found.verdict, found.reference, found.confidence,
        found.searched, cast(Cause, known.cause), known.note, known.actor,
    )  # fmt: skip


def _order(desk: Desk, item_id: str) -> bytes:
    return sha256(f"triage:{desk.study_id}:{item_id}".encode()).digest()
