"""Drawing waves of items to be labelled, with every item's inclusion probability kept for the estimates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.doubting import doubts_of_items
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.splitting import split_of_items
from annotate_app.store import splits as split_store
from annotate_app.store import waves as store
from annotate_app.store.waves import WaveRecord
from calibration.splits import DEVELOPMENT, HELD_OUT, SPLITS
from calibration.triage.combine import Combined, WaveDraw, combine
from calibration.triage.design import SENSITIVE, BadDesign, Design, FrameItem, draw
from calibration.triage.signals import SIGNALS

__all__ = ["Drawn", "WaveRecord", "draw_wave", "drawn_from", "list_waves", "show_wave"]

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "development": ("random", "stratified", "mixed", "search"),
    "validation": ("random", "stratified", "mixed"),
    "held_out": ("random", "stratified"),
}


def draw_wave(
    desk: Desk,
    design: Design,
    *,
    split: str = DEVELOPMENT,
    seed: int | None = None,
    by: str | None = None,
    role: Role | Holder,
) -> WaveRecord:
    """Draw a wave from the whole split, store every pi, and open it for labelling.

    Earlier waves play no part: an item drawn again keeps its labels. `BadDesign` says what is not allowed
    where: search only on development, and on held_out nothing that follows a judge.
    """
    require(role, "waves.draw")
    refuse_design(design, split)
    frame = frame_of(desk, design, split)
    if design.raters is None and design.overlap_share < 1:
        design = replace(design, raters=desk.study_file.study.raters_per_item)
    with desk.store.writing() as session:
        number = store.last_number(session, desk.study_id) + 1
        drawn = draw(frame, design, seed=desk.study_file.split.seed + number if seed is None else seed)
        known = split_store.latest(session, desk.study_id)
        wave = store.NewWave(
            name=f"wave-{number}",
            number=number,
            design=design,
            split=split,
            split_version_id=None if known is None else known.version_id,
            raters=desk.study_file.study.raters_per_item,
            actor=by,
            at=desk.now,
        )
        store.save(session, desk.study_id, wave, drawn)
        about = {"wave": wave.name, "design": design.kind, "split": split, "items": len(drawn.selected)}
        audit.record(session, desk, actor=by, kind="wave.drawn", detail=about)
    return show_wave(desk, wave.name)


def list_waves(desk: Desk, *, role: Role | Holder) -> tuple[WaveRecord, ...]:
    """Every wave of the study, oldest first."""
    require(role, "waves.see")
    with desk.store.reading() as session:
        return tuple(store.listing(session, desk.study_id))


def show_wave(desk: Desk, name: str) -> WaveRecord:
    """One wave by name; `BadDesign` names those there are."""
    waves = {wave.name: wave for wave in list_waves(desk, role=HOLDER)}
    if name not in waves:
        raise BadDesign(f"no wave {name!r} in this study; there are: {', '.join(waves) or 'none'}")
    return waves[name]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A split's items, and the estimating waves that were drawn from it."""

    frame: Collection[str]
    waves: Sequence[WaveDraw]

    def probabilities(self, labelled: Collection[str], *, strict: bool = False) -> Combined:
        """The probability to weight each labelled item of the split by, all its waves combined.

        `strict`: once there is a wave, labels of items that no wave drew do not count.
        """
        return combine(self.waves, labelled, self.frame, strict=strict)


def drawn_from(desk: Desk, split: str) -> Drawn:
    """The items of a split and its estimating waves, read once for all criteria."""
    frame = frozenset(item for item, where in split_of_items(desk).items() if where == split)
    with desk.store.reading() as session:
        waves = store.draws(session, desk.study_id, split=split)
    return Drawn(frame, waves)


def refuse_design(design: Design, split: str) -> None:
    """`BadDesign` for what may not be drawn on a split: what, where, and what may."""
    if split not in SPLITS:
        raise BadDesign(f"unknown split {split!r}; there are {', '.join(SPLITS)}")
    if design.kind not in ALLOWED[split]:
        allowed = " or ".join(ALLOWED[split])
        raise BadDesign(f"a {design.kind} wave cannot be drawn on {split}: only {allowed}")
    if design.kind in ("mixed", "search") and design.signal not in SIGNALS:
        raise BadDesign(f"unknown signal {design.signal!r}; there are {', '.join(SIGNALS)}")
    if split == HELD_OUT and (design.gold or design.planted):
        raise BadDesign("gold and planted items are not mixed into a held-out wave: leave their shares out")


def frame_of(desk: Desk, design: Design, split: str) -> list[FrameItem]:
    """The items of the split with their doubts; verdicts on held-out items are not even read."""
    inside = {item for item, where in split_of_items(desk).items() if where == split}
    if not inside:
        raise BadDesign(f"the split {split} has no items: freeze the split, or draw from development")
    with desk.store.reading() as session:
        strata = split_store.strata(session, desk.study_id)
    sensitive = sensitive_items(desk, strata) if SENSITIVE in design.always else frozenset()
    follows = design.kind in ("mixed", "search") and split != HELD_OUT
    doubts = doubts_of_items(desk, design, split) if follows else {}
    return [FrameItem(item, strata.get(item), doubts.get(item), item in sensitive) for item in sorted(inside)]


def sensitive_items(desk: Desk, strata: Mapping[str, str | None]) -> frozenset[str]:
    """Items that are marked sensitive, and all of the strata that study.toml calls so."""
    declared = desk.study_file.sensitive_strata
    with desk.store.reading() as session:
        marked = store.sensitive(session, desk.study_id)
    return marked | {item for item, stratum in strata.items() if stratum in declared}
