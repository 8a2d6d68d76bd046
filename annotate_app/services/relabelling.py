"""A blind relabel wave: as many agreements as disagreements, asked of other raters; it enters no estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.targeting import WaveRecord, list_waves, show_wave
from annotate_app.services.triaging import CannotTag
from annotate_app.services.weighting import weighted_split
from annotate_app.store import splits as split_store
from annotate_app.store import waves as store
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.findings.causes import compared_items
from calibration.reference import reference
from calibration.splits import DEVELOPMENT
from calibration.stats.estimate import Result
from calibration.stats.shares import share
from calibration.triage.design import RELABEL, Design, Draw, FrameItem, frame_sha256, systematic, unit_hash

AGREED, DIFFERED = "agreed", "differed"


@dataclass(frozen=True, slots=True)
class Relabelled:
    """What other raters said of a relabel wave's items, where judge and people had agreed and where not.

    kept: the share whose new majority is the old reference; sided: is the judge's verdict. `n` are items with
    a new answer.
    """

    wave: str
    criterion: str
    judge: str
    kept_agreements: Result
    kept_disagreements: Result
    sided_with_judge: Result

    def as_json(self) -> dict[str, object]:
        return {
            "wave": self.wave,
            "criterion": self.criterion,
            "judge": self.judge,
            "kept_agreements": self.kept_agreements.as_json(),
            "kept_disagreements": self.kept_disagreements.as_json(),
            "sided_with_judge": self.sided_with_judge.as_json(),
        }


def draw_relabel_wave(
    desk: Desk, *, judge: str, criterion: str, n: int, by: str | None = None, role: Role | Holder
) -> WaveRecord:
    """Draw half of n from the items on which judge and people agree and half from those on which they differ.

    Every item of either kind has the same chance, which is stored. The purpose is repeat, which enters no
    estimate (a search label would, once an estimating wave draws its item), and raters who have answered an
    item are not asked it again. Raises CannotTag.
    """
    require(role, "triage.tag")
    found, column = _column(desk, judge, criterion)
    kinds = _kinds(found, column)
    if n < 2 or not kinds[AGREED] or not kinds[DIFFERED]:
        raise CannotTag(
            f"{criterion}: {len(kinds[AGREED])} items agree with {judge} and {len(kinds[DIFFERED])} differ; "
            "a relabel wave needs both, and n of 2 or more"
        )
    half = min(n // 2, len(kinds[AGREED]), len(kinds[DIFFERED]))
    design = Design("search", 2 * half, signal=RELABEL, judge=judge, criterion=criterion)
    with desk.store.writing() as session:
        number = store.last_number(session, desk.study_id) + 1
        known = split_store.latest(session, desk.study_id)
        wave = store.NewWave(
            name=f"wave-{number}", number=number, design=design, split=DEVELOPMENT,
            split_version_id=None if known is None else known.version_id,
            raters=desk.study_file.study.raters_per_item, actor=by, at=desk.now, purpose="repeat",
        )  # fmt: skip
        store.save(session, desk.study_id, wave, _draw(kinds, half, seed=desk.study_file.split.seed + number))
        about = {"wave": wave.name, "design": RELABEL, "split": DEVELOPMENT, "items": 2 * half}
        audit.record(session, desk, actor=by, kind="wave.drawn", detail=about)
    return show_wave(desk, wave.name)


def relabelled(desk: Desk, *, role: Role | Holder) -> tuple[Relabelled, ...]:
    """What every relabel wave has found so far."""
    require(role, "triage.see")
    waves = [wave for wave in list_waves(desk, role=HOLDER) if wave.design.signal == RELABEL]
    return tuple(_found(desk, wave) for wave in waves)


def _column(desk: Desk, judge: str, criterion: str) -> tuple[CriterionRatings, JudgeColumn]:
    criteria = read_ratings(desk, probs=False).criteria
    if criterion not in criteria:
        raise CannotTag(f"the rubric has no criterion {criterion!r}; it has: {', '.join(criteria)}")
    columns = {column.judge: column for column in criteria[criterion].judges}
    if judge not in columns:
        raise CannotTag(f"no verdict of {judge!r} on {criterion}; there are: {', '.join(columns) or 'none'}")
    return criteria[criterion], columns[judge]


def _kinds(found: CriterionRatings, column: JudgeColumn) -> Mapping[str, list[str]]:
    agree, differ = compared_items(found, column)
    return {AGREED: [found.items[k] for k in agree], DIFFERED: [found.items[k] for k in differ]}


def _draw(kinds: Mapping[str, list[str]], half: int, *, seed: int) -> Draw:
    """Half of either kind by systematic sampling, then all in one random order that tells nothing."""
    frame = [FrameItem(item, kind) for kind, members in kinds.items() for item in members]
    pi = {item: half / len(members) for members in kinds.values() for item in members}
    drawn = [item for part in kinds.values() for item in systematic({i: pi[i] for i in part}, seed=seed)]
    ordered = sorted(drawn, key=lambda item: unit_hash(seed, f"order:{item}"))
    return Draw(pi, tuple(ordered), seed, frame_sha256(frame), {})


def _found(desk: Desk, wave: WaveRecord) -> Relabelled:
    criterion, judge = str(wave.design.criterion), str(wave.design.judge)
    before, column = _column(desk, judge, criterion)
    repeats = read_ratings(desk, criteria=(criterion,), purpose="repeat", probs=False).criteria[criterion]
    after = _anew(repeats, before)
    with desk.store.reading() as session:
        selected = store.selected(session, desk.study_id, wave.name)
    old, new = _answers(before), {i: a for i, a in _answers(after).items() if i in selected}
    weights = _weights(desk, criterion)
    verdicts = {before.items[k]: float(x) for k, x in zip(column.item, _numbers(column), strict=True)}
    kinds = {
        kind: [item for item in members if item in new and (weights is None or item in weights)]
        for kind, members in _kinds(before, column).items()
    }

    def shared(kind: str, wanted: Mapping[str, float]) -> Result:
        chosen = kinds[kind]
        own = None if weights is None else [weights[item] for item in chosen]
        return share([new[item] == wanted[item] for item in chosen], weights=own)

    return Relabelled(
        wave.name, criterion, judge, shared(AGREED, old), shared(DIFFERED, old), shared(DIFFERED, verdicts)
    )


def _weights(desk: Desk, criterion: str) -> Mapping[str, float] | None:
    """1/π of the items as they were drawn for their first labels; None where all had the same chance.

    Within agreements, and within disagreements, the relabel wave itself gave every item the same.
    """
    found = weighted_split(desk, DEVELOPMENT, read_ratings(desk, criteria=(criterion,), probs=False))
    drawn = found.as_drawn.criteria[criterion]
    if drawn.pi is None:
        return None
    known = np.flatnonzero(~np.isnan(drawn.pi))
    return {drawn.items[k]: float(1 / drawn.pi[k]) for k in known}


def _anew(repeats: CriterionRatings, before: CriterionRatings) -> CriterionRatings:
    """Answers of raters who had not answered the item: no own repeats, and no decisions in their stead."""
    earlier = {(before.items[i], before.raters[r]) for i, r in zip(before.item, before.rater, strict=True)}
    pairs = zip(repeats.item, repeats.rater, strict=True)
    new = np.array([(repeats.items[i], repeats.raters[r]) not in earlier for i, r in pairs], dtype=np.bool_)
    return replace(
        repeats, item=repeats.item[new], rater=repeats.rater[new], code=repeats.code[new],
        number=repeats.number[new], adjudicates=False,
    )  # fmt: skip


def _answers(found: CriterionRatings) -> dict[str, float]:
    """The reference of each item as one number: its code, or itself on a scale without codes."""
    held = reference(found)
    numbers = np.where(held.code >= 0, held.code.astype(np.float64), held.number)
    return {found.items[k]: float(x) for k, x in zip(held.item, numbers, strict=True)}


def _numbers(column: JudgeColumn) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(np.where(column.code >= 0, column.code.astype(np.float64), column.number))
