"""The rubric's versions and what changed between them, in words for raters; judges no old labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services.reserving import rater_number
from annotate_app.store import rubrics, submissions
from rubrics.diff import ADDED_ADVICE, RubricDiff, diff
from rubrics.rubric import Rubric


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
