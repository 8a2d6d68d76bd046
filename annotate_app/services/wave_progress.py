"""How far a wave is, who is left to answer it, and closing it; a closed wave is never opened again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.reserving import open_sources
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.targeting import WaveRecord, list_waves, show_wave
from annotate_app.store import queue, raters
from annotate_app.store import wave_progress as store
from annotate_app.store.wave_progress import Totals
from calibration.triage.design import BadDesign


@dataclass(frozen=True, slots=True)
class RaterLeft:
    """One rater: drawn items answered, and those that could still be asked of them."""

    rater: str
    answered: int
    left: int


@dataclass(frozen=True, slots=True)
class WaveStanding:
    """A wave and how far it is; `overlap`: how many items want so many raters, `mixed_in`: by purpose."""

    wave: WaveRecord
    totals: Totals
    overlap: Mapping[int, int]
    mixed_in: Mapping[str, int]
    raters: tuple[RaterLeft, ...]

    def as_json(self) -> dict[str, object]:
        return {
            **self.wave.as_json(),
            "labels_wanted": self.totals.wanted,
            "labels_given": self.totals.given,
            "complete": self.totals.complete,
            "raters_of_items": dict(self.overlap),
            "mixed_in": dict(self.mixed_in),
            "raters": [asdict(one) for one in self.raters],
        }


def totals(desk: Desk, *, role: Role | Holder) -> Mapping[str, Totals]:
    """Labels wanted and given, by wave."""
    require(role, "waves.see")
    with desk.store.reading() as session:
        return store.totals(session, desk.study_id)


def standing(desk: Desk, name: str, *, role: Role | Holder) -> WaveStanding:
    """One wave in detail; `BadDesign` names those there are."""
    require(role, "waves.see")
    wave = show_wave(desk, name)
    with desk.store.reading() as session:
        number = queue.wave_numbered(session, desk.study_id, name) or 0
        answered = store.answered(session, number)
        source = next((one for one in open_sources(session, desk) if one.wave_id == number), None)
        people = tuple(
            RaterLeft(
                one.name,
                answered.get(one.rater_id, 0),
                0 if source is None else len(queue.left_of_wave(session, source, one.rater_id)),
            )
            for one in raters.listing(session, desk.study_id)
        )
        return WaveStanding(
            wave=wave,
            totals=store.totals(session, desk.study_id)[name],
            overlap=store.raters_of_items(session, number),
            mixed_in=store.mixed_in(session, number),
            raters=tuple(one for one in people if one.answered or one.left),
        )


def close_wave(
    desk: Desk, name: str, *, by: str | None = None, reason: str | None = None, role: Role | Holder
) -> WaveRecord:
    """Ask a wave no more; what it has counts as it was drawn. `BadDesign`: it is closed, or unknown."""
    require(role, "waves.draw")
    if not show_wave(desk, name).is_open:
        open_ones = [wave.name for wave in list_waves(desk, role=HOLDER) if wave.is_open]
        raise BadDesign(f"{name} is closed already; open are: {', '.join(open_ones) or 'none'}")
    with desk.store.writing() as session:
        number = queue.wave_numbered(session, desk.study_id, name) or 0
        store.close(session, number, actor=by, reason=reason, at=desk.now)
        audit.record(session, desk, actor=by, kind="wave.closed", detail={"wave": name, "reason": reason})
    return show_wave(desk, name)
