"""A study in counts: nothing about single items; what a role may not see is not in the values at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from annotate_app.desk import Desk
from annotate_app.services.remembering import Remembered
from annotate_app.services.rights import HOLDER, LABELS_OF, Holder, Role, require
from annotate_app.store import items, labels, queue, raters, rubrics, studies, verdicts
from annotate_app.store.engine import Session
from calibration.splits import HELD_OUT, SPLITS


@dataclass(frozen=True, slots=True)
class RaterCount:
    """How many items a rater's labels stand for."""

    name: str
    items: int


@dataclass(frozen=True, slots=True)
class JudgeCount:
    """A judge's verdicts that count, by status."""

    name: str
    verdicts: int
    statuses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StudySummary:
    """A study in counts, as far as a role may see them.

    `raters` is None for whoever is not told; `splits` counts items by split and stratum; `labels` standing
    labels by criterion and status, without held-out ones where `open_labels`; `judges` verdicts that count,
    without those on held-out items where `open_verdicts`; `waves_open` how many waves are asked now.
    """

    name: str
    note: str
    rubric: str
    rubric_sha256: str
    rubric_versions: int
    items: int
    splits: Mapping[str, Mapping[str, int]]
    frozen: bool
    raters: tuple[RaterCount, ...] | None
    labels: Mapping[str, Mapping[str, int]]
    judges: tuple[JudgeCount, ...]
    waves_open: int
    strata: tuple[str, ...] = field(default=())
    open_labels: bool = False
    open_verdicts: bool = False

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "calibrant/status/1",
            "study": self.name,
            "rubric": {"name": self.rubric, "sha256": self.rubric_sha256, "versions": self.rubric_versions},
            "items": self.items,
            "split_frozen": self.frozen,
            "splits": {name: dict(strata) for name, strata in self.splits.items()},
            **({} if self.raters is None else {"raters": {one.name: one.items for one in self.raters}}),
            "labels": {name: dict(statuses) for name, statuses in self.labels.items()},
            "labels_of": "items that are not held out" if self.open_labels else "all items",
            "judges": {judge.name: dict(judge.statuses) for judge in self.judges},
            "verdicts_of": "items that are not held out" if self.open_verdicts else "all items",
            "waves_open": self.waves_open,
        }


_summaries: Remembered[StudySummary] = Remembered(4)


def study_summary(desk: Desk, *, role: Role | Holder) -> StudySummary:
    """The study in counts: nothing about single items; remembered until something changes.

    Raters are told neither who answers what nor how items were divided; engineers and owners not the statuses
    of held-out labels: asked for after each answer, they would say it. No role is told those of held-out
    verdicts.
    """
    require(role, "study.see")
    found = _summaries.get(desk, "summary", lambda: _summary(desk))
    if role == "rater":
        return replace(found, splits={}, labels={}, raters=None, judges=(), waves_open=0, strata=())
    if role is HOLDER or not found.frozen:
        return found
    opened = _summaries.get(desk, "open", lambda: _open(desk, found))
    if HELD_OUT in LABELS_OF[role]:
        return replace(opened, labels=found.labels, open_labels=False)
    return opened


def _open(desk: Desk, found: StudySummary) -> StudySummary:
    with desk.store.reading() as session:
        version = items.split_version(session, desk.study_id)
        counted = _labels(session, desk.study_id, version)
        judges = _judges(session, desk.study_id, version)
    return replace(found, labels=counted, judges=judges, open_labels=True, open_verdicts=True)


def _summary(desk: Desk) -> StudySummary:
    with desk.store.reading() as session:
        version = items.split_version(session, desk.study_id)
        sizes = items.strata(session, desk.study_id, version)
        section = desk.study_file.study
        return StudySummary(
            name=section.name,
            note=section.note,
            rubric=desk.rubric.name,
            rubric_sha256=desk.rubric.sha256,
            rubric_versions=len(rubrics.versions(session, desk.study_id)),
            items=sum(sizes.values()),
            splits=_by_split(sizes),
            frozen=version is not None,
            raters=tuple(RaterCount(*one) for one in raters.counts(session, desk.study_id).items()),
            labels=_labels(session, desk.study_id),
            judges=_judges(session, desk.study_id),
            waves_open=len(queue.sources(session, desk.study_id, 1)) - 1,
            strata=tuple(sorted({stratum for _, stratum in sizes if stratum != "(none)"})),
        )


def _by_split(sizes: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """In the order in which splits are used, not that of their names."""
    found: dict[str, dict[str, int]] = {split: {} for split in SPLITS}
    for (split, stratum), n in sizes.items():
        found[split][stratum] = n
    return {split: strata for split, strata in found.items() if strata}


def _labels(session: Session, study_id: int, without: int | None = None) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for (criterion, purpose, status), n in labels.count_by_status(session, study_id, without).items():
        if purpose != "planted":
            found.setdefault(criterion, Counter())[status] += n
    return {criterion: dict(counts) for criterion, counts in found.items()}


def _judges(session: Session, study_id: int, without: int | None = None) -> tuple[JudgeCount, ...]:
    found = {judge.name: Counter[str]() for judge in studies.judges(session, study_id)}
    for (judge, _, status), n in verdicts.count_by_status(session, study_id, without).items():
        found[judge][status] += n
    return tuple(JudgeCount(name, counts.total(), dict(counts)) for name, counts in found.items())
