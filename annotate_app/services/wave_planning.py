"""What a wave would bring, before it is drawn: errors, width, labels, minutes, strata; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services import pacing, targeting
from annotate_app.services.pilots import caution
from annotate_app.services.planting import list_planted
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.splitting import split_of_items
from annotate_app.services.targeting import drawn_from, frame_of, refuse_design
from annotate_app.services.training import items_with_gold
from annotate_app.services.weighting import by_draw
from annotate_app.store import wave_progress as store
from calibration.columns import CriterionRatings
from calibration.foreseeing import Foreseen, PilotPairs, foresee, pilot_pairs
from calibration.policy import read_policy
from calibration.splits import DEVELOPMENT, HELD_OUT, VALIDATION
from calibration.triage.allocation import LEAST_PER_STRATUM
from calibration.triage.design import Design, FrameItem, inclusion

SCHEMA = "calibrant/wave-plan/1"
WAVES = 200  # that are simulated
FIRST_RANDOM = (
    "There is no pilot: no label whose probability of being drawn is known stands beside a verdict. Draw the "
    "first wave at random: only random labels can say whether a judge's doubt finds its errors (where it "
    "does not, following it costs labels), and which errors are confidently wrong and found at random alone."
)
NO_JUDGE = "No judge is named, so no errors and no interval are foreseen."
NOTEWORTHY = 0.02
NOT_HELD_OUT = "Held-out labels are not looked at before a look: the figures are those of the pilot."


@dataclass(frozen=True, slots=True)
class StratumPlan:
    """One stratum: its items, and how many of them the wave would draw on average."""

    items: int
    drawn: float


@dataclass(frozen=True, slots=True)
class WavePlan:
    """What a design would bring. `labels` it wants, of which `known` are given already; `added`: mixed in.

    `minutes`: all raters together, from and to, None where it is too early to say. `pilot`: the split whose
    labels were simulated from, with how many items it has; empty without one.
    """

    design: Design
    split: str
    frame: int
    drawn: int
    pi_low: float
    pi_high: float
    strata: Mapping[str, StratumPlan]
    labels: int
    known: int
    added: int
    minutes: tuple[float | None, float | None]
    judge: str | None
    pilot: str
    criteria: tuple[Foreseen, ...]
    advice: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def new(self) -> int:
        """Answers that raters would still give: labels that are missing, and what is mixed in."""
        return self.labels - self.known + self.added

    def as_json(self) -> dict[str, object]:
        content = asdict(self) | {
            "schema": SCHEMA,
            "strata": {name: asdict(one) for name, one in self.strata.items()},
            "criteria": [one.as_json() for one in self.criteria],
            "answers_to_give": self.new,
        }
        return {"schema": content.pop("schema"), **content}


def plan_wave(
    desk: Desk,
    design: Design,
    *,
    split: str = DEVELOPMENT,
    judge: str | None = None,
    seed: int = 1,
    role: Role | Holder,
) -> WavePlan:
    """Foresee a wave of this design, for the judge it follows or `judge`. `BadDesign` as for drawing it."""
    require(role, "waves.draw")
    refuse_design(design, split)
    frame = frame_of(desk, design, split)
    pi = inclusion(frame, design)
    who = design.judge or judge or _only(tuple(desk.study_file.judges))
    source, pilots = _pilots(desk, design, split, who, frame)
    rng = np.random.default_rng(seed)
    found = tuple(foresee(frame, design, one, waves=WAVES, rng=rng) for one in pilots)
    labels, known = _labels(desk, design, pi)
    added = round((labels - known) * design.added / (1 - design.added))
    strata = _strata(frame, pi)
    return WavePlan(
        design=design, split=split, frame=len(frame), drawn=round(sum(pi.values())), pi_low=min(pi.values()),
        pi_high=max(pi.values()), strata=strata, labels=labels, known=known, added=added,
        minutes=_minutes(desk, labels - known + added), judge=who, pilot=source, criteria=found,
        advice=_advice(design, split, found, who), warnings=_warnings(desk, design, split, strata, found),
    )  # fmt: skip


def _only(judges: Sequence[str]) -> str | None:
    return judges[0] if len(judges) == 1 else None


def _pilots(
    desk: Desk, design: Design, split: str, judge: str | None, frame: Sequence[FrameItem]
) -> tuple[str, list[PilotPairs]]:
    """The split whose labels are the pilot (its own if it has any, never held-out), and its pairs."""
    if judge is None:
        return "", []
    there = set(split_of_items(desk).values())
    for source in dict.fromkeys((split, DEVELOPMENT, VALIDATION)):
        if source != HELD_OUT and source in there:
            found = _pairs(desk, source, judge, frame if source == split else frame_of(desk, design, source))
            if found:
                return source, found
    return "", []


def _pairs(desk: Desk, source: str, judge: str, frame: Sequence[FrameItem]) -> list[PilotPairs]:
    """A pilot for every criterion of the policy with labels of known probability beside verdicts."""
    draws = drawn_from(desk, source)
    doubts = {one.item_id: one.doubt for one in frame if one.doubt is not None}
    ratings = read_ratings(desk, splits=(source,), judges=(judge,), probs=False).criteria
    found = []
    for asked in read_policy(
        desk.study_file.policy, desk.rubric, strata=desk.study_file.strata_shares
    ).criteria:
        weighted = by_draw(draws, ratings[asked.criterion], strict=True).ratings
        if _known_chances(draws, weighted) and weighted.judges:
            pairs = pilot_pairs(weighted, weighted.judges[0], asked.coefficient, doubts)
            found += [] if pairs is None else [pairs]
    return found


def _known_chances(draws: targeting.Drawn, found: CriterionRatings) -> bool:
    """Whether labels were drawn with known probability: by waves, as they state, or all there are."""
    labelled = {found.items[k] for k in np.unique(found.item)}
    return bool(draws.waves) or found.pi is not None or labelled >= set(draws.frame)


def _labels(desk: Desk, design: Design, pi: Mapping[str, float]) -> tuple[int, int]:
    """Labels that the wave wants, and those of them that are given already, both on average."""
    each = desk.study_file.study.raters_per_item if design.raters is None else design.raters
    share = design.overlap_share
    with desk.store.reading() as session:
        given = store.labels_of_items(session, desk.study_id)
    wanted = sum(pi.values()) * (share * each + (1 - share))
    there = sum(
        pi[item] * (share * min(n, each) + (1 - share) * min(n, 1)) for item, n in given.items() if item in pi
    )
    return round(wanted), round(there)


def _strata(frame: Sequence[FrameItem], pi: Mapping[str, float]) -> dict[str, StratumPlan]:
    items: dict[str, list[float]] = {}
    for one in frame:
        items.setdefault(one.stratum or "(none)", []).append(pi[one.item_id])
    return {
        name: StratumPlan(len(chances), round(sum(chances), 1)) for name, chances in sorted(items.items())
    }


def _minutes(desk: Desk, answers: int) -> tuple[float | None, float | None]:
    """From and to, at the pace of all raters so far, of answers that are not held out."""
    low, high = pacing.remaining(pacing.open_pace(desk), answers)
    return (None, None) if low is None or high is None else (round(low / 60, 1), round(high / 60, 1))


def _advice(design: Design, split: str, found: Sequence[Foreseen], judge: str | None) -> tuple[str, ...]:
    """What to think of before drawing: a pilot first, what the design costs, what it cannot do."""
    said = [] if found else [FIRST_RANDOM if judge else NO_JUDGE]
    lost = next((one for one in found if one.loss is not None and one.loss > NOTEWORTHY), None)
    if lost is not None:
        said.append(
            f"Unequal chances leave an effective n of {lost.n_effective:.0f} of {lost.drawn}: "
            f"{lost.loss:.0%} less precision than a random wave of this size"
            + (", unless the doubt finds errors." if design.kind == "mixed" else ".")
        )
    if design.kind == "search":
        said.append("A search wave finds errors and estimates nothing: its labels enter no coefficient.")
    return (*said, *([NOT_HELD_OUT] if split == HELD_OUT and found else []))


def _warnings(
    desk: Desk, design: Design, split: str, strata: Mapping[str, StratumPlan], found: Sequence[Foreseen]
) -> tuple[str, ...]:
    """What makes the wave or these figures weak."""
    unsupported = caution(desk, design, split, role=HOLDER)
    said = [] if unsupported is None else [unsupported]
    said += [
        f"stratum {name}: about {one.drawn:.0f} of {one.items} items; a stratum's own number needs "
        f"{LEAST_PER_STRATUM} to 50"
        for name, one in strata.items()
        if len(strata) > 1 and design.estimates and one.drawn < min(LEAST_PER_STRATUM, one.items)
    ]
    for one in found:
        if design.estimates and one.without > NOTEWORTHY:
            said.append(
                f"criterion {one.criterion}: {one.without:.0%} of the simulated waves give no interval: too "
                "few of the rarest class; draw more"
            )
        if one.pilot < LEAST_PER_STRATUM:
            said.append(f"criterion {one.criterion}: the pilot has {one.pilot} items: the figures are rough")
    return (*said, *_missing(desk, design))


def _missing(desk: Desk, design: Design) -> list[str]:
    """What is asked to be mixed in and is not there."""
    said = []
    if design.gold and not items_with_gold(desk, role=HOLDER):
        said.append("no item has a gold answer yet: `calibrant training add FILE`")
    if design.planted and not [one for one in list_planted(desk, role=HOLDER) if one.retired is None]:
        said.append("nothing is planted yet: `calibrant planted add FILE`")
    return said
