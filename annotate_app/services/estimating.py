"""The share of good items of an open split, by the estimator that its waves allow; held-out is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from annotate_app.desk import Desk
from annotate_app.services import entering, targeting
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import Holder, Role, require
from annotate_app.services.weighting import (
    ONLY_SEARCH,
    UNKNOWN_CHOICE,
    UndeclaredStratum,
    by_draw,
    labelled_items,
    only_search,
    to_shares,
)
from calibration.columns import CriterionRatings
from calibration.quality import CannotEstimate, Quality, Question, measure_quality
from calibration.splits import DEVELOPMENT, VALIDATION

OPEN_SPLITS = (DEVELOPMENT, VALIDATION)
OWN_MIX = "Of the split's own mix of strata: {found}."


@dataclass(frozen=True, slots=True)
class StudyQuality:
    """What was estimated, the ratings it stands on, and what the reader must know of them.

    Where study.toml declares production shares `quality` is of production's mix of strata, and `own_mix` of
    the split's own.
    """

    quality: Quality
    ratings: CriterionRatings
    remarks: tuple[str, ...]
    own_mix: Quality | None = None

    def as_json(self) -> dict[str, object]:
        if self.own_mix is None:
            return self.quality.as_json()
        own = {name: found.as_json() for name, found in self.own_mix.estimates.items()}
        return {**self.quality.as_json(), "own_mix": own}


def study_quality(
    desk: Desk,
    question: Question,
    *,
    criterion: str | None = None,
    split: str = DEVELOPMENT,
    role: Role | Holder,
) -> StudyQuality:
    """Labels weighted as the split's waves drew them; the judge's verdicts on the whole split beside them.

    Drawn with equal probability: post-stratified on the verdict. With unequal: the same, weighted by 1/π.
    Labels of search waves alone, or that nobody drew: refused, or taken as of unknown choice, and it is said.
    Where study.toml declares production shares every stratum is estimated by itself and weighted by its
    share, as agreement is; where they cannot be used, that is said.
    Raises CannotEstimate.
    """
    require(role, "agreement.see")
    if split not in OPEN_SPLITS:
        raise CannotEstimate(f"{split}: only {' and '.join(OPEN_SPLITS)} are open")
    names = [one.name for one in desk.rubric.criteria]
    if (criterion is None and len(names) > 1) or criterion not in (None, *names):
        raise CannotEstimate(f"name one of the study's criteria with --criterion: {', '.join(names)}")
    name = criterion or names[0]
    if only_search(desk, split):
        raise CannotEstimate(f"{split}: {ONLY_SEARCH}")
    found = read_ratings(desk, splits=(split,), criteria=(name,)).criteria[name]
    if split == VALIDATION and (n := len(labelled_items(found))) < entering.LEAST:
        raise CannotEstimate(f"{split}: {n} labelled items; its numbers are made of {entering.LEAST} or more")
    drawn = by_draw(targeting.drawn_from(desk, split), found)
    chosen = replace(question, design="unknown") if UNKNOWN_CHOICE in drawn.remarks else question
    own = StudyQuality(measure_quality(drawn.ratings, chosen), drawn.ratings, drawn.remarks)
    return _in_production(own, chosen, {name: one.share for name, one in desk.study_file.strata.items()})


def _in_production(own: StudyQuality, question: Question, shares: Mapping[str, float]) -> StudyQuality:
    """The same in production's mix of strata, where shares are declared and fit the labels."""
    if not shares:
        return own
    try:
        said = to_shares(own.ratings, shares).remarks
    except UndeclaredStratum as error:
        return replace(own, remarks=(*own.remarks, f"Numbers are of this set only: {error}."))
    used = {name: share for name, share in shares.items() if share}
    mixed = measure_quality(own.ratings, question, used)
    found = OWN_MIX.format(found=f"{own.quality.chosen} {own.quality.estimates[own.quality.chosen]}")
    return StudyQuality(mixed, own.ratings, (*own.remarks, *said, found), own.quality)
