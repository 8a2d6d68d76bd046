"""How labelled items are weighted before they are compared: as they were drawn, and to production's mix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from annotate_app.desk import Desk
from annotate_app.services import targeting
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.splitting import split_of_items
from calibration.ratings import CriterionRatings, Ratings
from calibration.slicing import of_items
from calibration.stats.estimate import FloatArray

ONLY_SEARCH = (
    "Only search waves were labelled here. Their items were chosen because errors were expected, so no "
    "number is made of them: label a random wave."
)
OUTSIDE = "{n} labelled items that no wave drew count as if they had been drawn at random."
UNKNOWN_CHOICE = (
    "No wave drew these items, and some have no label: nobody recorded how the labelled ones were chosen."
)


class UndeclaredStratum(ValueError):
    """study.toml gives production shares of some strata that have labels, and not of others."""


OF_THIS_SET = "No production shares are declared in study.toml [strata]: numbers are of this set only."


@dataclass(frozen=True, slots=True)
class Weighted:
    """Ratings with `pi` where weights matter (None: all alike), and what the reader must know of them."""

    ratings: CriterionRatings
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WeightedSplit:
    """One split's ratings: weighted by draw and reweighted to production, and by draw alone."""

    reweighted: Ratings
    as_drawn: Ratings
    remarks: tuple[str, ...]

    @property
    def mixed(self) -> bool:
        """Whether production's mix changes anything."""
        return self.reweighted is not self.as_drawn


def weighted_split(desk: Desk, split: str, ratings: Ratings) -> WeightedSplit:
    """Every criterion of a split weighted as its items were drawn, then reweighted to the declared shares."""
    draws = targeting.drawn_from(desk, split)
    drawn = {name: by_draw(draws, found) for name, found in ratings.criteria.items()}
    shares = {name: section.share for name, section in desk.study_file.strata.items()}
    mixed = {name: _to_shares_or_not(found.ratings, shares) for name, found in drawn.items()}
    remarks = [said for part in (*drawn.values(), *mixed.values()) for said in part.remarks]
    as_drawn = Ratings({name: found.ratings for name, found in drawn.items()}, ratings.notes)
    reweighted = Ratings({name: found.ratings for name, found in mixed.items()}, ratings.notes)
    return WeightedSplit(reweighted if shares else as_drawn, as_drawn, tuple(dict.fromkeys(remarks)))


def by_draw(draws: targeting.Drawn, found: CriterionRatings, *, strict: bool = False) -> Weighted:
    """One criterion with each item's inclusion probability: its waves combined, else what labels state.

    Items that no estimating wave drew have none (NaN) where waves drew with unequal probability; `strict`
    leaves them out altogether once there is a wave.
    """
    labelled = labelled_items(found)
    combined = draws.probabilities(labelled, strict=strict)
    if combined.left_out and combined.equal:
        found = of_items(found, np.isin(found.items, combined.left_out, invert=True))
    if not combined.equal:
        pi = np.asarray([combined.pi.get(item, np.nan) for item in found.items], dtype=np.float64)
        left_out = len(combined.left_out)
        remark = f"{left_out} labelled items that no estimating wave drew are left out."
        return Weighted(replace(found, pi=pi), (remark,) if left_out else ())
    if found.pi is not None and not np.isnan(found.pi).all():
        return Weighted(found, ("Weighted by the inclusion probabilities that imported labels state.",))
    return Weighted(replace(found, pi=None), _of_unknown_choice(draws, found, labelled))


def _of_unknown_choice(
    draws: targeting.Drawn, found: CriterionRatings, labelled: set[str]
) -> tuple[str, ...]:
    """What is said of labels that no wave drew, where they count with all others."""
    if len(labelled) == len(found.items):
        return ()
    if not draws.waves:
        return (UNKNOWN_CHOICE,)
    outside = len(labelled.difference(*(wave.selected for wave in draws.waves)) & set(found.items))
    return (OUTSIDE.format(n=outside),) if outside else ()


def pooled_as_drawn(desk: Desk, found: Ratings, splits: Sequence[str]) -> Ratings:
    """Ratings of several splits at once, each split's items weighted as they were drawn.

    `pi` is None where every split was drawn with equal probability. Else weights have mean 1 in each split,
    so that no split counts for more than its labels; items that no wave of an unequal split drew have none.
    """
    where = split_of_items(desk)
    draws = {split: targeting.drawn_from(desk, split) for split in splits}
    return replace(found, criteria={name: _pooled(one, where, draws) for name, one in found.criteria.items()})


def _pooled(
    found: CriterionRatings, where: Mapping[str, str], draws: Mapping[str, targeting.Drawn]
) -> CriterionRatings:
    place = {item: k for k, item in enumerate(found.items)}
    pi, uneven = np.full(len(place), np.nan), False
    for split, drawn in draws.items():
        inside = np.asarray([where.get(item) == split for item in found.items], dtype=np.bool_)
        part = by_draw(drawn, of_items(found, inside)).ratings
        at = [place[item] for item in part.items]
        if part.pi is not None and drawn_unequally(part):
            uneven = True
            pi[at] = part.pi * np.nanmean(1 / part.pi[np.unique(part.item)])
        else:
            pi[at] = 1.0
    return replace(found, pi=pi if uneven else None)


def drawn_unequally(found: CriterionRatings) -> bool:
    """Whether labelled items were drawn with different probabilities, so that nothing unweighted is true."""
    if found.pi is None or not len(found.item):
        return False
    pi = found.pi[found.item]
    pi = pi[~np.isnan(pi)]
    return len(pi) > 0 and float(pi.max() - pi.min()) > 1e-12


def to_shares(found: CriterionRatings, shares: Mapping[str, float]) -> Weighted:
    """Post-stratified: within a stratum weights keep their ratio, over strata they sum to the shares.

    Only strata with labels can be weighted: the shares of the others are spread over them, and it is said.
    Items of a stratum with share 0 take no part, and it is said. Raises UndeclaredStratum where a stratum has
    labels and no share, or all that have labels have share 0.
    """
    if not shares:
        return Weighted(found, (OF_THIS_SET,))
    strata = np.asarray([name or "" for name in found.stratum or ("",) * len(found.items)])
    weights = _label_weights(found)
    total = {name: float(weights[strata == name].sum()) for name in np.unique(strata[weights > 0])}
    undeclared = [name or "(none)" for name in total if name not in shares]
    if undeclared:
        raise UndeclaredStratum(
            f"study.toml, [strata]: {', '.join(undeclared)} has labels and no share: declare shares of all "
            "strata, or of none"
        )
    absent = [name for name in total if shares[name] == 0]
    if absent:
        return _without(found, strata, shares, absent)
    unseen = [name for name in shares if name not in total]
    declared = sum(shares[name] for name in total)
    factor = np.ones(len(strata))
    for name, mass in total.items():
        factor[strata == name] = shares[name] / declared / (mass / weights.sum())
    base = np.ones(len(strata)) if found.pi is None else found.pi
    remarks = ["Reweighted to production: " + ", ".join(f"{n} {s:.0%}" for n, s in shares.items()) + "."]
    if unseen:
        remarks.append(
            f"No label of {found.criterion} in {', '.join(unseen)}: its share is spread over the others."
        )
    return Weighted(replace(found, pi=base / factor), tuple(remarks))


def _without(
    found: CriterionRatings, strata: NDArray[np.str_], shares: Mapping[str, float], absent: Sequence[str]
) -> Weighted:
    """The same without the items of strata that production does not have."""
    names = ", ".join(absent)
    if not any(shares.get(name) for name in strata[np.unique(found.item)].tolist()):
        raise UndeclaredStratum(f"study.toml, [strata]: {names}: all strata that have labels have share 0")
    others = replace(of_items(found, ~np.isin(strata, absent)), left_out=found.left_out)
    made = to_shares(others, {name: share for name, share in shares.items() if name not in absent})
    return Weighted(made.ratings, (*made.remarks, f"Left out: {names}, with share 0 of production."))


def _to_shares_or_not(found: CriterionRatings, shares: Mapping[str, float]) -> Weighted:
    """Where shares are missing a reader is told so; only a look refuses (see held_out)."""
    try:
        return to_shares(found, shares)
    except UndeclaredStratum as error:
        return Weighted(found, (f"Numbers are of this set only: {error}.",))


def only_search(desk: Desk, split: str) -> bool:
    """Whether a split has labels, but of search waves alone: they find errors and estimate nothing."""
    found = read_ratings(desk, splits=(split,), probs=False).criteria.values()
    counted = any(len(one.item) or len(one.na_item) for one in found)
    return not counted and any(one.left_out.get("purpose search") for one in found)


def labelled_items(found: CriterionRatings) -> set[str]:
    """Items that somebody has answered, "not applicable" included."""
    return {found.items[k] for k in np.unique(np.concatenate([found.item, found.na_item]))}


def _label_weights(found: CriterionRatings) -> FloatArray:
    """Design weight of every item with an observed label; 0 for the others."""
    weights = np.zeros(len(found.items))
    labelled = np.unique(found.item)
    weights[labelled] = 1.0 if found.pi is None else np.nan_to_num(1.0 / found.pi[labelled])
    return weights
