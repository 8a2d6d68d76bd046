"""What changed between two versions of a rubric, and which old labels stay valid; guesses no renames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rubrics.rubric import Criterion, Level, Rubric, Scale, Value

ChangeKind = Literal[
    "wording", "answer added", "answer removed", "scale changed", "condition changed",
    "criterion added", "criterion removed", "bookkeeping",
]  # fmt: skip

ADDED_ADVICE = "raters could not choose it before: decide whether old labels may be pooled, and document it"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in one criterion, and whether labels given before it still answer the new question."""

    kind: ChangeKind
    text: str
    labels_valid: bool = True
    warning: bool = False


@dataclass(frozen=True, slots=True)
class CriterionDiff:
    """All that changed in one criterion; no changes: unchanged."""

    criterion: str
    changes: tuple[Change, ...] = ()

    @property
    def labels_valid(self) -> bool:
        return all(change.labels_valid for change in self.changes)

    @property
    def verdict(self) -> str:
        """One line: unchanged, valid, valid with a warning, or not valid."""
        if not self.changes:
            return "unchanged"
        if not self.labels_valid:
            return "old labels are not valid"
        if self.changes[0].kind == "criterion added":
            return "new: there are no old labels"
        if any(change.warning for change in self.changes):
            return "old labels stay valid, with a warning"
        shown = [change for change in self.changes if change.kind != "bookkeeping"]
        return "old labels stay valid (wording changed)" if shown else "old labels stay valid"

    @property
    def reason(self) -> str:
        """Why the old labels are or are not valid: the changes that decide it, or all of them."""
        deciding = [c.text for c in self.changes if not c.labels_valid] or [c.text for c in self.changes]
        return "; ".join(deciding) or "nothing changed"

    def as_json(self) -> dict[str, object]:
        return {
            "criterion": self.criterion,
            "labels_valid": self.labels_valid,
            "verdict": self.verdict,
            "changes": [
                {"kind": c.kind, "text": c.text, "labels_valid": c.labels_valid, "warning": c.warning}
                for c in self.changes
            ],
        }


@dataclass(frozen=True, slots=True)
class RubricDiff:
    """The differences between two versions: those of each criterion, and `notes` on the rest."""

    old_sha256: str
    new_sha256: str
    criteria: tuple[CriterionDiff, ...]
    notes: tuple[str, ...] = ()

    def of(self, criterion: str) -> CriterionDiff:
        """The diff of one criterion; `KeyError` when neither version has it."""
        found = next((diff for diff in self.criteria if diff.criterion == criterion), None)
        if found is None:
            raise KeyError(f"neither version has a criterion {criterion!r}")
        return found

    def labels_valid(self, criterion: str) -> bool:
        """Whether labels of the old version may be pooled with labels of the new one."""
        return self.of(criterion).labels_valid

    def reason(self, criterion: str) -> str:
        return self.of(criterion).reason

    @property
    def all_valid(self) -> bool:
        return all(diff.labels_valid for diff in self.criteria)

    @property
    def same_wording(self) -> bool:
        """Both versions show people and judges the same text: the same rubric hash."""
        return self.old_sha256 == self.new_sha256

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "calibrant/rubric-diff/1",
            "old_sha256": self.old_sha256,
            "new_sha256": self.new_sha256,
            "all_valid": self.all_valid,
            "notes": list(self.notes),
            "criteria": [criterion.as_json() for criterion in self.criteria],
        }


def diff(old: Rubric, new: Rubric) -> RubricDiff:
    """What `new` changes against `old`, criterion by criterion, in the order of `new`, removed ones last."""
    before = {criterion.name: criterion for criterion in old.criteria}
    found: dict[str, CriterionDiff] = {}
    for criterion in new.criteria:
        if criterion.name in before:
            changes = tuple(_changes(before[criterion.name], criterion, found))
        else:
            changes = (Change("criterion added", "is new: nobody has answered it yet"),)
        found[criterion.name] = CriterionDiff(criterion.name, changes)
    for name, criterion in before.items():
        if name not in found:
            found[name] = CriterionDiff(name, (_removal(criterion, old, new),))
    return RubricDiff(old.sha256, new.sha256, tuple(found.values()), tuple(_notes(old, new)))


def _removal(criterion: Criterion, old: Rubric, new: Rubric) -> Change:
    known = {c.name for c in old.criteria}
    twin = next(
        (c.name for c in new.criteria if c.name not in known and c.question == criterion.question), None
    )
    hint = f" ({twin} asks the same question: keep the old name if it is the same criterion)" if twin else ""
    return Change("criterion removed", f"is no longer asked{hint}", labels_valid=False)


def _changes(old: Criterion, new: Criterion, earlier: dict[str, CriterionDiff]) -> Iterator[Change]:
    yield from _text_changes(old, new)
    yield from _scale_changes(old.scale, new.scale)
    yield from _not_applicable_changes(old, new)
    yield from _condition_changes(old, new, earlier)
    if old.weight != new.weight:
        yield Change("bookkeeping", f"weight {old.weight:g} becomes {new.weight:g}; nobody is shown it")


def _text_changes(old: Criterion, new: Criterion) -> Iterator[Change]:
    if old.question != new.question:
        yield Change("wording", f"question: {old.question!r} becomes {new.question!r}")
    if old.description != new.description:
        yield Change("wording", "the description of the criterion changed")
    if old.dimension != new.dimension:
        yield Change("wording", f"dimension: {old.dimension} becomes {new.dimension}")
    if old.ask_sure != new.ask_sure:
        yield Change(
            "wording", f"raters are {'now' if new.ask_sure else 'no longer'} asked how sure they are"
        )
    if old.required != new.required:
        text = "an answer is now required" if new.required else "an answer is no longer required"
        yield Change("wording", f"{text}: old labels may come from other items", warning=True)


def _scale_changes(old: Scale, new: Scale) -> Iterator[Change]:
    if old.kind != new.kind:
        yield Change("scale changed", f"scale {old.kind} becomes {new.kind}", labels_valid=False)
    elif old.kind == "interval":
        yield from _interval_changes(old, new)
    else:
        yield from _level_changes(old, new)
    yield from _level_wording_changes(old, new)


def _interval_changes(old: Scale, new: Scale) -> Iterator[Change]:
    if (old.low, old.high) != (new.low, new.high):
        text = f"range {old.low:g}..{old.high:g} becomes {new.low:g}..{new.high:g}"
        yield Change("scale changed", text, labels_valid=False)
    elif old.step != new.step:
        steps = f"step {_step(old)} becomes {_step(new)}"
        if new.step is None or (old.step is not None and set(old.categories) <= set(new.categories)):
            yield Change("answer added", f"{steps}; {ADDED_ADVICE}", warning=True)
        else:
            yield Change("answer removed", f"{steps}: some old answers do not exist now", labels_valid=False)


def _step(scale: Scale) -> str:
    return "any number" if scale.step is None else f"{scale.step:g}"


def _level_changes(old: Scale, new: Scale) -> Iterator[Change]:
    before, after = _names(old), _names(new)
    renamed = [value for value in before if value in after and before[value] != after[value]]
    for value in renamed:
        text = f"level {value} is renamed: {before[value]!r} becomes {after[value]!r}"
        yield Change("answer removed", text, labels_valid=False)
    for value in before:
        if value not in after:
            yield Change("answer removed", f"level {_shown(value, before)} is gone", labels_valid=False)
    for value in after:
        if value not in before:
            text = f"level {_shown(value, after)} is new: {ADDED_ADVICE}"
            yield Change("answer added", text, warning=True)
    if [v for v in before if v in after] != [v for v in after if v in before]:
        yield _reordering(new)


def _reordering(new: Scale) -> Change:
    if new.kind == "binary":
        text = f"the positive level is now {new.levels[0].name!r}: rates and policies change sides"
        return Change("scale changed", text, warning=True)
    return Change("wording", "the levels are listed in another order")


def _names(scale: Scale) -> dict[Value, str]:
    """Canonical answer to the name shown, in the order shown."""
    return {value: level.name for value, level in zip(scale.categories, scale.levels, strict=True)}


def _shown(value: Value, names: dict[Value, str]) -> str:
    return repr(names[value]) if names[value] == value else f"{value} ({names[value]})"


def _level_wording_changes(old: Scale, new: Scale) -> Iterator[Change]:
    before, after = _anchors(old), _anchors(new)
    for value in before:
        if value not in after:
            if new.kind == old.kind == "interval":
                yield Change("wording", f"the anchor at {value} is gone")
            continue
        for name in ("description", "example"):
            if getattr(before[value], name) != getattr(after[value], name):
                yield Change("wording", f"level {after[value].name!r}: the {name} changed")
        if before[value].rationale_required != after[value].rationale_required:
            asked = "now" if after[value].rationale_required else "no longer"
            yield Change("wording", f"level {after[value].name!r} {asked} asks for a rationale")
        if new.kind == "interval" and before[value].name != after[value].name:
            yield Change("wording", f"the anchor at {value} is now called {after[value].name!r}")
    if new.kind == old.kind == "interval":
        yield from (
            Change("wording", f"an anchor at {value} is new") for value in after if value not in before
        )


def _anchors(scale: Scale) -> dict[Value, Level]:
    if scale.kind == "interval":
        return {level.value: level for level in scale.levels if level.value is not None}
    return dict(zip(scale.categories, scale.levels, strict=True))


def _not_applicable_changes(old: Criterion, new: Criterion) -> Iterator[Change]:
    if new.not_applicable and not old.not_applicable:
        yield Change("answer added", f"'not applicable' is new: {ADDED_ADVICE}", warning=True)
    if old.not_applicable and not new.not_applicable:
        yield Change("answer removed", "'not applicable' is no longer an answer", labels_valid=False)


def _condition_changes(old: Criterion, new: Criterion, earlier: dict[str, CriterionDiff]) -> Iterator[Change]:
    before, after = old.applies_when, new.applies_when
    if before != after:
        if after is None or (
            before is not None
            and before.criterion == after.criterion
            and set(before.values) <= set(after.values)
        ):
            text = "it is now asked of more items: old labels cover only some of them"
            yield Change("condition changed", text, warning=True)
        else:
            text = "it is now asked of other or fewer items: old labels describe another set of items"
            yield Change("condition changed", text, labels_valid=False)
    if after is not None and after.criterion in earlier and not earlier[after.criterion].labels_valid:
        text = f"it depends on {after.criterion}, whose old labels are not valid"
        yield Change("condition changed", text, labels_valid=False)


def _notes(old: Rubric, new: Rubric) -> Iterator[str]:
    for name in ("name", "purpose", "instructions"):
        if getattr(old, name) != getattr(new, name):
            yield f"{name} changed: raters and judges are shown it"
    for name, title in (("owner", "owner"), ("review_every", "review cadence")):
        if getattr(old, name) != getattr(new, name):
            yield f"{title}: {getattr(old, name) or 'none'} becomes {getattr(new, name) or 'none'}"
    yield from _failure_mode_notes(old, new)


def _failure_mode_notes(old: Rubric, new: Rubric) -> Iterator[str]:
    before = {mode.name: mode for mode in old.failure_modes}
    after = {mode.name: mode for mode in new.failure_modes}
    yield from (f"failure mode {name} is new" for name in after if name not in before)
    yield from (
        f"failure mode {name} is gone: old tags of it stand alone" for name in before if name not in after
    )
    for name in before:
        if name in after and before[name] != after[name]:
            if before[name].severity != after[name].severity:
                yield f"failure mode {name}: severity {before[name].severity} becomes {after[name].severity}"
            else:
                yield f"failure mode {name} changed"
