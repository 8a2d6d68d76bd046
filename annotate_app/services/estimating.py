"""The share of good items of an open split, by the estimator that its waves allow; held-out is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

from annotate_app.desk import Desk
from annotate_app.services import targeting
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import Holder, Role, require
from annotate_app.services.weighting import ONLY_SEARCH, UNKNOWN_CHOICE, by_draw, only_search
from calibration.columns import CriterionRatings
from calibration.quality import CannotEstimate, Quality, Question, measure_quality
from calibration.splits import DEVELOPMENT, VALIDATION

OPEN_SPLITS = (DEVELOPMENT, VALIDATION)
NOT_REWEIGHTED = (
    "study.toml declares production shares of strata ([strata]). Reports and agreement are reweighted to "
    "them, this share is not: it is of the split's own mix of strata."
)


@dataclass(frozen=True, slots=True)
class StudyQuality:
    """What was estimated, the ratings it stands on, and what the reader must know of them."""

    quality: Quality
    ratings: CriterionRatings
    remarks: tuple[str, ...]


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
    It is not reweighted to production shares of strata, and that is said where any are declared.
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
    drawn = by_draw(targeting.drawn_from(desk, split), found)
    chosen = replace(question, design="unknown") if UNKNOWN_CHOICE in drawn.remarks else question
    own_mix = (NOT_REWEIGHTED,) if desk.study_file.strata else ()
    return StudyQuality(measure_quality(drawn.ratings, chosen), drawn.ratings, (*drawn.remarks, *own_mix))
