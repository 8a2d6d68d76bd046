"""How often each failure mode is seen, where, when, and how many of them a judge lets through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calibration.findings.taxonomy import SEVERITIES
from calibration.stats.estimate import Result
from calibration.stats.shares import share
from rubrics.rubric import FailureMode

NO_TIME = "no time"


@dataclass(frozen=True, slots=True)
class FailedItem:
    """A labelled item: its modes as they are called now, and by judge whether it let the item through.

    weight: 1/π, 1 where all items had the same chance. `passed` lacks judges without an answer to the item.
    """

    item_id: str
    stratum: str | None
    cluster: str
    month: str
    modes: frozenset[str]
    weight: float = 1.0
    passed: Mapping[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class ModeShare:
    """One failure mode: its items, its share of labelled items by stratum and month, what judges let through.

    passed: by judge, of the mode's items that it answered, the share that it let through.
    """

    mode: FailureMode
    items: tuple[str, ...]
    share: Result
    strata: Mapping[str, Result]
    months: Mapping[str, Result]
    passed: Mapping[str, Result]
    undetected: int

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.mode.name,
            "description": self.mode.description,
            "severity": self.mode.severity,
            "visibility": self.mode.visibility,
            "detected_by": self.mode.detected_by,
            "items": list(self.items),
            "share": self.share.as_json(),
            "strata": {name: one.as_json() for name, one in self.strata.items()},
            "months": {name: one.as_json() for name, one in self.months.items()},
            "let_through": {name: one.as_json() for name, one in self.passed.items()},
            "undetected": self.undetected,
        }


def mode_shares(
    items: Sequence[FailedItem],
    modes: Mapping[str, FailureMode],
    *,
    weighted: bool = False,
    level: float = 0.95,
) -> tuple[ModeShare, ...]:
    """Every mode: silent ones first, of those what a judge let through, then by severity and number."""
    found = [_share_of(mode, items, weighted=weighted, level=level) for mode in modes.values()]
    return tuple(sorted(found, key=_urgency))


def _urgency(one: ModeShare) -> tuple[bool, bool, int, int, int, str]:
    mode = one.mode
    return (
        not one.items, mode.visibility != "silent", -one.undetected, SEVERITIES.index(mode.severity),
        -len(one.items), mode.name,
    )  # fmt: skip


def _share_of(mode: FailureMode, items: Sequence[FailedItem], *, weighted: bool, level: float) -> ModeShare:
    shown = [one for one in items if mode.name in one.modes]

    def part(chosen: Sequence[FailedItem], truths: Sequence[bool]) -> Result:
        return share(
            truths,
            weights=[one.weight for one in chosen] if weighted else None,
            clusters=[one.cluster for one in chosen],
            level=level,
        )

    def sliced(names: Sequence[str], of: Sequence[str]) -> dict[str, Result]:
        parts = {name: [one for one, its in zip(items, of, strict=True) if its == name] for name in names}
        return {
            name: part(chosen, [mode.name in one.modes for one in chosen]) for name, chosen in parts.items()
        }

    strata, months = [one.stratum or "(none)" for one in items], [one.month for one in items]
    judges = sorted({judge for one in shown for judge in one.passed or {}})
    answered = {judge: [one for one in shown if judge in (one.passed or {})] for judge in judges}
    return ModeShare(
        mode,
        tuple(one.item_id for one in shown),
        part(items, [mode.name in one.modes for one in items]),
        sliced(sorted(set(strata)), strata) if len(set(strata)) > 1 else {},
        sliced(sorted(set(months)), months) if len(set(months)) > 1 else {},
        {
            judge: part(chosen, [bool((one.passed or {})[judge]) for one in chosen])
            for judge, chosen in answered.items()
        },
        undetected=sum(any((one.passed or {}).values()) for one in shown),
    )
