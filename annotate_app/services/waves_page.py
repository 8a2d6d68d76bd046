"""What the Waves page shows whom: waves and how far they are, and what can be drawn; nothing for raters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services import pilots, wave_progress
from annotate_app.services.rights import HOLDER, Role, require
from annotate_app.services.signal_lines import SignalLine, signal_lines
from annotate_app.services.splitting import split_of_items
from annotate_app.services.targeting import ALLOWED, WaveRecord, draw_wave, list_waves, sensitive_items
from annotate_app.services.wave_planning import WavePlan, plan_wave
from annotate_app.services.wave_progress import WaveStanding
from annotate_app.store import splits as split_store
from annotate_app.store import studies
from annotate_app.store.wave_progress import Totals
from calibration.splits import SPLITS
from calibration.stats.estimate import Result
from calibration.triage.design import SENSITIVE, Design
from calibration.triage.signals import NEEDS_LABELS, SIGNALS

FIRST = (
    "No wave was drawn yet. The first one should be random: it is the pilot that says whether a judge's "
    "doubt finds its errors."
)


@dataclass(frozen=True, slots=True)
class Advised:
    """What the pilot says of one judge on one criterion: the signal to follow, if any, and its AUROC."""

    criterion: str
    judge: str
    follow: str | None
    auroc: Result | None


@dataclass(frozen=True, slots=True)
class WavesPage:
    """Waves, newest first, with their totals; `designs` by split, and the names that a design can use."""

    waves: tuple[WaveRecord, ...]
    totals: Mapping[str, Totals]
    designs: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, int]
    judges: tuple[str, ...]
    signals: tuple[str, ...]
    always: tuple[str, ...]
    raters_per_item: int
    advice: tuple[Advised, ...]
    signal_lines: tuple[SignalLine, ...]
    remarks: tuple[str, ...]

    @property
    def best(self) -> Advised | None:
        """The first judge with a signal that the pilot says to follow."""
        return next((one for one in self.advice if one.follow), None)


def waves_page(desk: Desk, *, role: Role) -> WavesPage:
    """Everything on the page but a plan. Raises NotVisible for raters."""
    require(role, "waves.see")
    waves, pilot = list_waves(desk, role=HOLDER), pilots.best_pilot(desk, role=HOLDER)
    places = list(split_of_items(desk).values())
    sizes = {split: places.count(split) for split in SPLITS if split in places}
    with desk.store.reading() as session:
        judges = tuple(dict.fromkeys(judge.name for judge in studies.judges(session, desk.study_id)))
        strata = split_store.strata(session, desk.study_id)
    some_sensitive = bool(sensitive_items(desk, strata))
    return WavesPage(
        waves=waves[::-1],
        totals=wave_progress.totals(desk, role=HOLDER),
        designs={split: ALLOWED[split] for split in sizes},
        sizes=sizes,
        judges=judges,
        signals=tuple(name for name in SIGNALS if name not in NEEDS_LABELS),
        always=(*([SENSITIVE] if some_sensitive else []), *sorted({s for s in strata.values() if s})),
        raters_per_item=desk.study_file.study.raters_per_item,
        advice=advised(pilot),
        signal_lines=signal_lines(pilot),
        remarks=pilot.remarks if waves else (FIRST,),
    )


def advised(found: pilots.Pilot) -> tuple[Advised, ...]:
    """The signal to follow on each criterion, for each judge; nothing where there is no pilot."""
    if not found.ready:
        return ()
    return tuple(
        Advised(criterion, judge, one.follow, one.signals[one.follow].auroc if one.follow else None)
        for criterion, judges in found.criteria.items()
        for judge, one in judges.items()
    )


def plan(desk: Desk, design: Design, *, split: str, judge: str | None, role: Role) -> WavePlan:
    """`plan_wave` for whoever may draw. Raises NotVisible and BadDesign."""
    return plan_wave(desk, design, split=split, judge=judge, role=role)


def draw(desk: Desk, design: Design, *, split: str, role: Role, by: str | None = None) -> WaveRecord:
    """`draw_wave` for whoever may draw. Raises NotVisible and BadDesign."""
    return draw_wave(desk, design, split=split, by=by or role, role=role)


def standing(desk: Desk, name: str, *, role: Role) -> WaveStanding:
    """One wave in detail. Raises NotVisible and BadDesign."""
    return wave_progress.standing(desk, name, role=role)


def close(
    desk: Desk, name: str, *, role: Role, reason: str | None = None, by: str | None = None
) -> WaveRecord:
    """`close_wave` for whoever may draw. Raises NotVisible and BadDesign."""
    return wave_progress.close_wave(desk, name, by=by or role, reason=reason, role=role)
