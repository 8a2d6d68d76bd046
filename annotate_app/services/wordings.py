"""The rubric's versions and what changed between them, in words for raters and readers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services.reserving import rater_number
from annotate_app.store import labels, rubrics, submissions
from calibration.columns import CriterionRatings, Ratings
from calibration.slicing import without_labels
from rubrics.diff import ADDED_ADVICE, RubricDiff, diff
from rubrics.rubric import Rubric, Scale

LOST = "{name}: labels left out because the scale does not have their answers (any more): {count:,}."
OUTDATED = "given to an earlier wording that `rubric diff` calls not valid for the present one"
ANEW = (
    "{name}: {count:,} labels are not counted: they were given to an earlier wording, and `rubric diff` "
    "calls them not valid for the present one. Their raters can answer anew (My work, Change these answers)."
)


@dataclass(frozen=True, slots=True)
class Wording:
    """One version of the rubric, and what it changed of the version before."""

    number: int
    sha256: str
    since: str
    changes: tuple[str, ...]


def history(desk: Desk) -> tuple[Wording, ...]:
    """Every version of the rubric, newest first."""
    with desk.store.reading() as session:
        versions = rubrics.versions(session, desk.study_id)
        contents = [rubrics.version(session, desk.study_id, version.sha256) for version in versions]
    before: Rubric | None = None
    found = []
    for version, content in zip(versions, contents, strict=True):
        changes = tuple(changed(diff(before, content))) if before and content else ()
        found.append(Wording(version.number, version.sha256, version.registered_at, changes))
        before = content or before
    return tuple(reversed(found))


def changed_for(desk: Desk, rater: str) -> tuple[str, ...]:
    """What changed in the rubric since the rater's last answers; empty when they were to this wording."""
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        last = submissions.last_rubric(session, rater_id)
        if last is None or last == desk.rubric.sha256:
            return ()
        earlier = rubrics.version(session, desk.study_id, last)
    return () if earlier is None else tuple(changed(diff(earlier, desk.rubric)))


def cautions(ratings: Ratings) -> Iterator[str]:
    """What a reader must know of labels to other wordings: those the scale lost, those that are not valid."""
    for name, found in ratings.criteria.items():
        if lost := found.left_out.get("outside the scale"):
            yield LOST.format(name=name, count=lost)
        if old := found.left_out.get(OUTDATED):
            yield ANEW.format(name=name, count=old)


def without_outdated(desk: Desk, ratings: Mapping[str, CriterionRatings]) -> dict[str, CriterionRatings]:
    """The ratings without labels to a wording whose labels are not valid any more; they are counted.

    Imported labels stay: nobody here knows which wording their raters were shown.
    """
    found = dict(ratings)
    with desk.store.reading() as session:
        past = [
            (one.rubric_id, rubrics.version(session, desk.study_id, one.sha256))
            for one in rubrics.versions(session, desk.study_id)
            if one.sha256 != desk.rubric.sha256
        ]
        differing = [(number, diff(content, desk.rubric)) for number, content in past if content]
        for name, one in ratings.items():
            old = [number for number, said in differing if not _valid(said, name)]
            given = labels.given_to(session, desk.study_id, name, old) if old else []
            found[name] = without_labels(one, set(given), OUTDATED)
    return found


def outgrown(desk: Desk, given: Collection[int], imported: Collection[int]) -> frozenset[str]:
    """Criteria to which answers by these wordings do not count as they were given, whatever they say.

    given: wordings of answers that were given here; imported: those that imported labels went by, which count
    as long as the present scale has all their scale's answers.
    """
    found = set()
    with desk.store.reading() as session:
        for one in rubrics.versions(session, desk.study_id):
            past = rubrics.version(session, desk.study_id, one.sha256)
            if past is not None and one.rubric_id in given:
                said = diff(past, desk.rubric)
                found |= {c.name for c in desk.rubric.criteria if not _valid(said, c.name)}
            if past is not None and one.rubric_id in imported:
                before = {c.name: c.scale for c in past.criteria}
                found |= {
                    c.name for c in desk.rubric.criteria
                    if c.name in before and not _has_room(c.scale, before[c.name])
                }  # fmt: skip
    return frozenset(found)


def _has_room(scale: Scale, before: Scale) -> bool:
    """Whether every answer of the scale before is one of this scale."""
    if scale.kind != before.kind:
        return False
    if scale.kind != "interval":
        return {*before.categories} <= {*scale.categories}
    low = scale.low is None or (before.low is not None and scale.low <= before.low)
    high = scale.high is None or (before.high is not None and scale.high >= before.high)
    return low and high and (scale.step is None or (scale.step, scale.low) == (before.step, before.low))


def _valid(found: RubricDiff, criterion: str) -> bool:
    return all(one.labels_valid for one in found.criteria if one.criterion == criterion)


def changed(found: RubricDiff) -> Iterator[str]:
    """Each difference that a rater can notice, in a sentence; what it means for old labels is not theirs."""
    for criterion in found.criteria:
        for change in criterion.changes:
            if change.kind != "bookkeeping":
                text = change.text.removesuffix(ADDED_ADVICE).rstrip(":; ")
                yield f"{criterion.criterion.replace('_', ' ')}: {text.split(': old labels')[0]}"
    yield from (note.split(": raters and judges")[0] for note in found.notes if not _of_owners(note))


def _of_owners(note: str) -> bool:
    return note.startswith(("owner:", "review cadence:"))
