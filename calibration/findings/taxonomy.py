"""Failure modes as they are called now: declared, defined, renamed, merged; no step changes a label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rubrics.rubric import FailureMode, Severity, Visibility

StepKind = Literal["defined", "renamed", "merged", "undone"]
SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor")
VISIBILITIES: tuple[Visibility, ...] = ("loud", "silent")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a mode defined, renamed to `becomes`, merged into `becomes`; or the step `name` undone."""

    number: int
    kind: StepKind
    name: str
    becomes: str | None = None
    description: str = ""
    severity: Severity | None = None
    visibility: Visibility | None = None
    detected_by: str = ""
    actor: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The modes that there are by name, and what every name that was ever used stands for."""

    modes: Mapping[str, FailureMode]
    stands_for: Mapping[str, str]

    def of(self, names: frozenset[str]) -> frozenset[str]:
        """Names as they were given, as the modes they stand for now; an unknown name stays itself."""
        return frozenset(self.stands_for.get(name, name) for name in names)


def taxonomy(declared: Sequence[FailureMode], steps: Sequence[Step]) -> Taxonomy:
    """The rubric's modes with every step that was not undone applied, in order.

    A step about a mode that is no longer there (its own definition was undone) does nothing.
    """
    undone = {int(step.name) for step in steps if step.kind == "undone"}
    modes = {mode.name: mode for mode in declared}
    stands_for = {name: name for name in modes}
    for step in steps:
        if step.number not in undone and step.kind != "undone":
            _apply(step, modes, stands_for)
    return Taxonomy(modes, stands_for)


def _apply(step: Step, modes: dict[str, FailureMode], stands_for: dict[str, str]) -> None:
    if step.kind == "defined":
        if step.severity is not None and step.visibility is not None:
            made = FailureMode(step.name, step.description, step.severity, step.visibility, step.detected_by)
            modes.setdefault(step.name, made)
            stands_for.setdefault(step.name, step.name)
        return
    if step.name not in modes or step.becomes is None:
        return
    if step.kind == "renamed":
        modes[step.becomes] = replace(modes.pop(step.name), name=step.becomes)
        stands_for[step.becomes] = step.becomes
    elif step.becomes in modes:
        del modes[step.name]
    else:
        return
    for name, now in stands_for.items():
        if now == step.name:
            stands_for[name] = step.becomes
