"""Which held-out items were answered at all; refuses to tell a skip, or a question not asked, from an answer.

What is read before a look rests on these: a count of answers to one question says what another was answered.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from annotate_app.services.targeting import Drawn
from calibration.ratings import CriterionRatings, Ratings
from rubrics.answers import LABEL_STATUSES

WITHDRAWN = LABEL_STATUSES.index("withdrawn")


def answered_items(read: Ratings, planned: Collection[str] | None = None) -> frozenset[str]:
    """Items with a standing answer to any question, skips among them; of `planned` where it is given."""
    found = frozenset().union(*(_of(one) for one in read.criteria.values()))
    return found if planned is None else found & frozenset(planned)


def counting(answered: Collection[str], draws: Drawn | None) -> int:
    """How many of them a look counts: once there is a wave, those that a wave drew."""
    if draws is None:
        return len(answered)
    return len(answered) - len(draws.probabilities(answered, strict=True).left_out)


def _of(found: CriterionRatings) -> frozenset[str]:
    stands = found.missing_item[found.missing_status != WITHDRAWN]
    return frozenset(found.items[k] for k in np.unique(np.concatenate([found.item, stands])))
