"""What of an export's history a study lacks, checked before anything is written; refuses another history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from annotate_app.desk import Desk
from annotate_app.services.history_rows import DecisionRow, History, StepRow, VersionRow, WaveRow
from annotate_app.services.known_history import known_history
from annotate_app.store.modes import ModeTag
from annotate_app.store.triage import Tag
from annotate_app.store.waves import NewWave
from calibration.readers import CannotRead
from calibration.splits import SplitVersion
from calibration.triage.design import BadDesign, Design, Draw

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a folder's history is missing in the study, checked before anything is written."""

    versions: tuple[tuple[VersionRow, SplitVersion], ...]
    waves: tuple[tuple[WaveRow, NewWave, Draw], ...]
    partial: tuple[str, ...]
    decisions: tuple[DecisionRow, ...]
    steps: tuple[StepRow, ...]
    steps_known: int
    tags: tuple[ModeTag, ...]
    causes: tuple[Tag, ...]

    def lines(self) -> list[str]:
        """What comes in beside the records, in words."""
        counts = {
            "versions of the split": len(self.versions), "waves": len(self.waves),
            "steps of adjudication": len(self.decisions), "steps about failure modes": len(self.steps),
            "failure modes given to items": len(self.tags), "causes of disagreements": len(self.causes),
        }  # fmt: skip
        lines = [f"{what}: {n:,} new" for what, n in counts.items() if n]
        if self.partial:
            lines.append(
                f"Not read back, because a part of the items they were drawn from stayed in the study: "
                f"{', '.join(self.partial)}. Their labels keep the probability that they state."
            )
        return lines

    @property
    def empty(self) -> bool:
        return not any((self.versions, self.waves, self.decisions, self.steps, self.tags, self.causes))


def plan_of(desk: Desk, given: History) -> Plan:
    """What is missing in the study. Raises CannotRead where it has gone another way."""
    _refuse_strangers(desk, given)
    known = known_history(desk)
    versions = _versions(given)
    for (said, version), there in zip(versions, known.versions, strict=False):
        if there not in (version.sha256, said.sha256):
            raise CannotRead(_own("split"))
    drawn, partial = _drawn(given)
    for row, _, _ in drawn:
        if row.name in known.waves and known.waves[row.name] != row.frame_sha256:
            raise CannotRead(_own("waves"))
    strange = known.waves.keys() - {row.name for row in given.waves}
    if strange and any(row.name not in known.waves for row, _, _ in drawn):
        raise CannotRead(_own("waves"))
    return Plan(
        versions[len(known.versions) :],
        tuple(one for one in drawn if one[0].name not in known.waves),
        tuple(name for name in partial if name not in known.waves),
        _rest(known.decisions, given.decisions, "decisions"),
        _rest(known.steps, given.steps, "steps about failure modes"),
        len(known.steps),
        _rest(known.tags, _tags(given), "failure modes given to items"),
        _rest(known.causes, _causes(given), "causes of disagreements"),
    )


def _refuse_strangers(desk: Desk, given: History) -> None:
    """Everything that is spoken of must be in the folder: items, criteria, steps that were undone."""
    criteria = {one.name for one in desk.rubric.criteria}
    named = [(row.item_id, row.criterion) for row in given.decisions]
    named += [(row.item_id, row.criterion) for row in given.causes]
    for item, criterion in named:
        if criterion is not None and criterion not in criteria:
            raise CannotRead(f"{item}: the rubric has no criterion {criterion!r}")
    spoken = [item for item, _ in named]
    spoken += [row.item_id for row in given.tags] + [item for found in given.moved.values() for item in found]
    for name, frame in given.chances.items():
        drawn = [one.item_id for one in frame]
        if len(set(drawn)) != len(drawn):
            raise CannotRead(f"wave {name}: an item stands twice in its frame")
        spoken += drawn
    strange = next((item for item in spoken if item not in given.placed), None)
    if strange is not None:
        raise CannotRead(f"{strange}: something is said of it, and splits.jsonl does not have it")
    for place, step in enumerate(given.steps, start=1):
        before = {str(one) for one in range(1, place)}
        if step.kind == "undone" and step.name not in before:
            raise CannotRead(
                f"step {place} about failure modes undoes {step.name!r}, which is no step before it"
            )


def _own(what: str) -> str:
    return (
        f"the study has {what} of its own: read the folder back into a new study, or import its files by name"
    )


def _rest(known: Sequence[T], given: Sequence[T], what: str) -> tuple[T, ...]:
    """What is given and not known yet; refused where the study has gone another way."""
    if all(one in known for one in given):
        return ()
    if list(given[: len(known)]) != list(known):
        raise CannotRead(_own(what))
    return tuple(given[len(known) :])


def _versions(given: History) -> tuple[tuple[VersionRow, SplitVersion], ...]:
    """The versions of the split, of the items that left; a whole one must fit its hash."""
    now = {item: split for item, split in given.placed.items() if split != "monitor"}
    found: list[tuple[VersionRow, SplitVersion]] = []
    for row in given.versions:
        members = {
            item: split for item, split in (now | dict(given.moved.get(row.number, {}))).items() if split
        }
        parent = found[-1][1].sha256 if found and row.parent is not None else None
        version = SplitVersion(
            members, {str(k): v for k, v in row.shares.items()}, row.seed, parent, row.together
        )
        if len(members) != row.exported:
            raise CannotRead(f"split version {row.number} has {row.exported} items here, not {len(members)}")
        if row.items == row.exported and version.sha256 != row.sha256:
            raise CannotRead(f"split version {row.number} does not fit its hash: the folder was changed")
        found.append((row, version))
    return tuple(found)


def _drawn(given: History) -> tuple[list[tuple[WaveRow, NewWave, Draw]], list[str]]:
    """Waves whose whole frame left; and the names of the others."""
    whole: list[tuple[WaveRow, NewWave, Draw]] = []
    partial: list[str] = []
    for row in given.waves:
        frame = given.chances.get(row.name, ())
        if len(frame) != row.frame:
            partial.append(row.name)
            continue
        try:
            design = Design.of_json(row.design)
        except (BadDesign, TypeError) as fault:
            raise CannotRead(f"wave {row.name}: {fault}") from fault
        order = sorted((one for one in frame if one.selected), key=lambda one: one.position or 0)
        if [one.position for one in order] != list(range(row.size)):
            raise CannotRead(f"wave {row.name}: it drew {row.size} items, and their places are others")
        if any(one.pi is None or not 0 <= one.pi <= 1 for one in frame):
            raise CannotRead(f"wave {row.name}: an inclusion probability is not between 0 and 1")
        new = NewWave(
            row.name, row.number, design, row.split, row.split_version, 1, row.actor, row.at, row.purpose
        )
        draw = Draw(
            {one.item_id: one.pi or 0.0 for one in frame},
            tuple(one.item_id for one in order),
            row.seed,
            row.frame_sha256,
            {one.item_id: one.doubt for one in frame if one.doubt is not None},
            {one.item_id: one.raters for one in frame},
        )
        whole.append((row, new, draw))
    return whole, partial


def _tags(given: History) -> tuple[ModeTag, ...]:
    return tuple(
        ModeTag(one.item_id, one.mode, one.kind == "removed", one.note, one.actor, one.at)
        for one in given.tags
    )


def _causes(given: History) -> tuple[Tag, ...]:
    return tuple(
        Tag(
            one.item_id, one.criterion, one.judge, one.verdict, one.reference, one.cause, one.note, one.actor,
            one.at,
        )
        for one in given.causes
    )  # fmt: skip
