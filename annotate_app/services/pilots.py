"""What labels of known probability say of every signal: which to follow, or that a pilot is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services import targeting
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.weighting import by_draw, drawn_unequally, labelled_items
from calibration.columns import CriterionRatings
from calibration.findings.signals import JudgeSignals, signals_of
from calibration.slicing import of_items
from calibration.splits import DEVELOPMENT, HELD_OUT, VALIDATION
from calibration.stats.doubt import Follow
from calibration.triage.design import BadDesign, Design

OPEN_SPLITS = (DEVELOPMENT, VALIDATION)
FOLLOWS = ("mixed", "search")
FIRST_RANDOM = "The first wave should be random: until then nobody knows whether a signal finds errors."
UNKNOWN = (
    "Nobody recorded how these labelled items were chosen: the figures hold for them alone. A random wave "
    "should come first."
)


@dataclass(frozen=True, slots=True)
class Pilot:
    """What labels of one open split, drawn with known probability, say of every judge's signals.

    `ready`: there are such labels (a random, stratified or mixed wave, stated probabilities, or every item of
    the split). `weighted`: their probabilities differ and are respected. `labelled` counts items. Nothing is
    told item by item, so validation may be shown too.
    """

    split: str
    ready: bool
    weighted: bool
    labelled: int
    criteria: Mapping[str, Mapping[str, JudgeSignals]]
    remarks: tuple[str, ...] = ()

    def advice(self, judge: str, criterion: str, signal: str) -> Follow:
        """follow, inverted or ignore; ignore where there is no pilot."""
        found = self.criteria.get(criterion, {}).get(judge)
        if not self.ready or found is None or signal not in found.signals:
            return "ignore"
        return found.signals[signal].advice.follow

    def as_json(self) -> dict[str, object]:
        return {
            "split": self.split,
            "ready": self.ready,
            "weighted": self.weighted,
            "labelled": self.labelled,
            "remarks": list(self.remarks),
        }


def pilot(desk: Desk, split: str = DEVELOPMENT, *, role: Role | Holder) -> Pilot:
    """The signals of every judge and criterion on the labels that a split's estimating waves drew.

    Labels of search waves and of items that no wave drew do not count once there is a wave. `BadDesign` for
    held-out labels, which say nothing before a look.
    """
    require(role, "signals.see")
    if split == HELD_OUT:
        raise BadDesign("signals are not measured on held_out: its labels say nothing before a look")
    draws = targeting.drawn_from(desk, split)
    weighted = {
        name: by_draw(draws, found, strict=True)
        for name, found in read_ratings(desk, splits=(split,)).criteria.items()
    }
    found = {name: _known(one.ratings) for name, one in weighted.items()}
    labelled = set().union(*(labelled_items(one) for one in found.values()))
    uneven = any(drawn_unequally(one) for one in found.values())
    ready = bool(labelled) and (bool(draws.waves) or uneven or labelled >= set(draws.frame))
    said = [remark for one in weighted.values() for remark in one.remarks] if ready else []
    remarks = said if ready else [UNKNOWN if labelled else FIRST_RANDOM]
    return Pilot(
        split=split,
        ready=ready,
        weighted=uneven,
        labelled=len(labelled),
        criteria={
            name: {judge.judge: signals_of(one, judge) for judge in one.judges}
            for name, one in found.items()
            if one.judges and len(one.item)
        },
        remarks=tuple(dict.fromkeys(remarks)),
    )


def best_pilot(desk: Desk, split: str = DEVELOPMENT, *, role: Role | Holder) -> Pilot:
    """The split's own pilot, or where it has none that of the other open split."""
    require(role, "signals.see")
    own = pilot(desk, split, role=HOLDER)
    if own.ready:
        return own
    other = pilot(desk, VALIDATION if split == DEVELOPMENT else DEVELOPMENT, role=HOLDER)
    return other if other.ready else own


def caution(desk: Desk, design: Design, split: str = DEVELOPMENT, *, role: Role | Holder) -> str | None:
    """Why a mixed or search wave follows a signal that no pilot has shown to find errors; None: it has."""
    require(role, "waves.draw")
    if design.kind not in FOLLOWS or split == HELD_OUT:
        return None
    found = best_pilot(desk, split, role=HOLDER)
    signal, judge = str(design.signal), str(design.judge)
    if not found.ready:
        return f"{signal} of {judge} is followed without a pilot. {' '.join(found.remarks)}"
    asked = [name for name in found.criteria if design.criterion in (None, name)]
    advised = {name: found.advice(judge, name, signal) for name in asked}
    doubtful = [f"{name}: {_why(found, judge, name, signal)}" for name in asked if advised[name] != "follow"]
    if not doubtful and asked:
        return None
    said = "; ".join(doubtful) or f"{judge} has no verdicts on labelled items"
    return f"the pilot on {found.split} does not say to follow {signal} of {judge} ({said})"


def _why(found: Pilot, judge: str, criterion: str, signal: str) -> str:
    one = found.criteria[criterion].get(judge)
    if one is None or signal not in one.signals:
        return "ignore: no verdicts on labelled items"
    advice = one.signals[signal].advice
    return f"{advice.follow}: {advice.reason}"


def _known(found: CriterionRatings) -> CriterionRatings:
    """Only items whose probability of being drawn is known, where it is used."""
    return found if found.pi is None else of_items(found, ~np.isnan(found.pi))
