"""Failure modes on development items: from free notes to named modes, counted; refuses other splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services import targeting
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import Holder, Role, require
from annotate_app.services.weighting import UNKNOWN_CHOICE
from annotate_app.store import items as item_store
from annotate_app.store import modes as store
from annotate_app.store.modes import Labelled, ModeTag
from calibration.columns import CriterionRatings
from calibration.findings.failures import NO_TIME, FailedItem, ModeShare, mode_shares
from calibration.findings.taxonomy import SEVERITIES, VISIBILITIES, Step, StepKind, Taxonomy, taxonomy
from calibration.splits import DEVELOPMENT
from calibration.worth import goodness, is_directed
from rubrics.rubric import FailureMode

__all__ = ["SEVERITIES", "VISIBILITIES", "BadStep", "FailureMode", "FailurePage", "Step", "failure_page"]

LONGEST = 2_000


class BadStep(ValueError):
    """A step of the taxonomy, or a tag, that cannot be kept: why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A labelled item with what raters wrote in their own words, and its modes as they are called now."""

    item_id: str
    notes: tuple[str, ...]
    modes: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {"item_id": self.item_id, "notes": list(self.notes), "modes": list(self.modes)}


@dataclass(frozen=True, slots=True)
class FailurePage:
    """Modes with their counts, notes that have no mode yet, and the steps taken so far.

    `left_out`: labelled items that no estimating wave drew, which are no part of the counts. `remark`: what
    the reader must know of how the labelled items were chosen.
    """

    modes: tuple[ModeShare, ...]
    notes: tuple[Noted, ...]
    steps: tuple[Step, ...]
    items: int
    left_out: int
    remark: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "calibrant/modes/1",
            "items": self.items,
            "left_out": self.left_out,
            "remark": self.remark,
            "modes": [one.as_json() for one in self.modes],
            "notes_without_a_mode": [one.as_json() for one in self.notes],
        }


def failure_page(desk: Desk, *, role: Role | Holder) -> FailurePage:
    """Everything about failure modes on development items. Raises NotVisible."""
    require(role, "triage.see")
    with desk.store.reading() as session:
        labelled = store.labelled(session, desk.study_id, item_store.split_version(session, desk.study_id))
        steps, tags = store.steps(session, desk.study_id), store.tags(session, desk.study_id)
    known = taxonomy(desk.rubric.failure_modes, steps)
    modes = _modes_of_items(labelled, tags, known)
    drawn = targeting.drawn_from(desk, DEVELOPMENT)
    chances = drawn.probabilities({one.item_id for one in labelled})
    chosen = not drawn.waves and len(labelled) < len(drawn.frame)
    counted = [one for one in labelled if chances.equal or one.item_id in chances.pi]
    passed = _passed(desk)
    found = [
        FailedItem(
            one.item_id, one.stratum, one.cluster or f"item {one.item_id}", one.at[:7] or NO_TIME,
            modes[one.item_id], 1.0 if chances.equal else 1 / chances.pi[one.item_id],
            passed.get(one.item_id, {}),
        )
        for one in counted
    ]  # fmt: skip
    notes = tuple(
        Noted(one.item_id, one.notes, ()) for one in labelled if one.notes and not modes[one.item_id]
    )
    return FailurePage(
        mode_shares(found, known.modes, weighted=not chances.equal), notes, tuple(steps), len(found),
        len(labelled) - len(found), UNKNOWN_CHOICE if chosen and labelled else "",
    )  # fmt: skip


def tag_items(
    desk: Desk,
    item_ids: Sequence[str],
    mode: str,
    *,
    by: str,
    note: str = "",
    remove: bool = False,
    role: Role | Holder,
) -> int:
    """Give items a mode, or take it from them; how many. All or none. Raises BadStep."""
    require(role, "modes.define")
    with desk.store.writing() as session:
        known = taxonomy(desk.rubric.failure_modes, store.steps(session, desk.study_id))
        if mode not in known.modes:
            raise BadStep(
                f"no failure mode {mode!r}; there are: {', '.join(known.modes) or 'none'}: define it first"
            )
        version = item_store.split_version(session, desk.study_id)
        there = {one.item_id for one in store.labelled(session, desk.study_id, version)}
        for item_id in dict.fromkeys(item_ids):
            stored = item_store.get(session, desk.study_id, item_id)
            if stored is None or item_id not in there:
                raise BadStep(f"{item_id}: is no labelled development item")
            made = ModeTag(item_id, mode, remove, _short(note), _named(by), desk.now)
            store.add_tag(session, desk.study_id, stored.number, made)
        return len(set(item_ids))


def define(
    desk: Desk,
    name: str,
    *,
    description: str,
    severity: str,
    visibility: str,
    by: str,
    role: Role | Holder,
) -> None:
    """A new mode beside the rubric's; put it into the rubric with the next version. Raises BadStep."""
    require(role, "modes.define")
    if severity not in SEVERITIES or visibility not in VISIBILITIES:
        raise BadStep(f"severity is one of {', '.join(SEVERITIES)}, visibility of {', '.join(VISIBILITIES)}")
    described = {"description": _short(description), "severity": severity, "visibility": visibility}
    _step(desk, "defined", _mode_name(name), by=by, described=described)


def rename(desk: Desk, name: str, becomes: str, *, by: str, role: Role | Holder) -> None:
    """Call a mode otherwise from now on, also where raters used the old name. Raises BadStep."""
    require(role, "modes.define")
    _step(desk, "renamed", name, becomes=_mode_name(becomes), by=by)


def merge(desk: Desk, name: str, into: str, *, by: str, role: Role | Holder) -> None:
    """Count a mode as another from now on. Raises BadStep."""
    require(role, "modes.define")
    _step(desk, "merged", name, becomes=into, by=by)


def undo(desk: Desk, step: int, *, by: str, role: Role | Holder) -> None:
    """Take a step back by another record. Raises BadStep."""
    require(role, "modes.define")
    _step(desk, "undone", str(step), by=by)


def _step(
    desk: Desk,
    kind: StepKind,
    name: str,
    *,
    by: str,
    becomes: str | None = None,
    described: Mapping[str, str] | None = None,
) -> None:
    with desk.store.writing() as session:
        steps = store.steps(session, desk.study_id)
        _refuse(taxonomy(desk.rubric.failure_modes, steps), steps, kind, name, becomes)
        store.add_step(
            session, desk.study_id, kind, name, becomes=becomes, described=described, actor=_named(by),
            at=desk.now,
        )  # fmt: skip


def _refuse(known: Taxonomy, steps: Sequence[Step], kind: StepKind, name: str, becomes: str | None) -> None:
    there = ", ".join(known.modes) or "none"
    if kind == "undone":
        if name not in {str(step.number) for step in steps if step.kind != "undone"}:
            raise BadStep(f"no step {name}: `calibrant modes list` prints their numbers")
        return
    if kind == "defined" and name in known.stands_for:
        raise BadStep(f"{name!r} stands for {known.stands_for[name]!r} already; there are: {there}")
    if kind != "defined" and name not in known.modes:
        raise BadStep(f"no failure mode {name!r}; there are: {there}")
    if kind == "renamed" and becomes in known.stands_for:
        raise BadStep(f"{becomes!r} is the name of a mode already: merge instead")
    if kind == "merged" and (becomes not in known.modes or becomes == name):
        raise BadStep(f"no other failure mode {becomes!r} to merge into; there are: {there}")


def _modes_of_items(
    labelled: Sequence[Labelled], tags: Sequence[ModeTag], known: Taxonomy
) -> dict[str, frozenset[str]]:
    """By item what raters named and engineers tagged, as modes are called now; the last word counts."""
    modes = {one.item_id: known.of(one.modes) for one in labelled}
    for tag in tags:
        if tag.item_id in modes:
            named = known.of(frozenset((tag.mode,)))
            modes[tag.item_id] = modes[tag.item_id] - named if tag.removed else modes[tag.item_id] | named
    return modes


def _passed(desk: Desk) -> dict[str, dict[str, bool]]:
    """By item and judge whether all its answers lie in the better half, on criteria that know better."""
    found: dict[str, dict[str, bool]] = {}
    for criterion in read_ratings(desk, probs=False).criteria.values():
        if is_directed(criterion.scale):
            _add_passed(criterion, found)
    return found


def _add_passed(criterion: CriterionRatings, found: dict[str, dict[str, bool]]) -> None:
    for judge in criterion.judges:
        good = goodness(criterion.scale, judge.code, judge.number) > 0.5
        for place, passes in zip(judge.item.tolist(), good.tolist(), strict=True):
            by_judge = found.setdefault(criterion.items[place], {})
            by_judge[judge.judge] = by_judge.get(judge.judge, True) and passes


def _mode_name(name: str) -> str:
    """Names as the rubric writes them: small letters with underscores."""
    found = "_".join(name.lower().split())
    if not found or len(found) > 60:
        raise BadStep("a failure mode has a name of 1 to 60 characters")
    return found


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise BadStep(f"longer than {LONGEST:,} characters: say it shorter")
    return text.strip()


def _named(by: str) -> str:
    if not by.strip():
        raise BadStep("say who you are: every step is kept with a name")
    return by.strip()
