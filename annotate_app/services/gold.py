"""Gold answers for training, from the lead's files; refuses unexplained ones and all but development."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from annotate_app.desk import Desk
from annotate_app.services.importing import ImportSummary, import_files
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.splitting import split_of_items
from annotate_app.services.translating import Refused
from calibration.splits import DEVELOPMENT
from rubrics.answers import Label


def add_gold(
    desk: Desk,
    paths: Sequence[str | Path],
    *,
    strict: bool = False,
    by: str | None = None,
    role: Role | Holder,
) -> ImportSummary:
    """Store the labels of the files as gold answers for training: `rater` is the lead, `rationale` explains.

    The same files again change nothing; another answer of the same lead is the next revision and counts.
    """
    require(role, "training.manage")
    return import_files(desk, paths, strict=strict, adapt=_as_gold(desk), by=by, role=HOLDER)


def _as_gold(desk: Desk) -> Callable[[Label], Label]:
    split = split_of_items(desk)

    def adapt(label: Label) -> Label:
        if label.status == "skipped":
            raise Refused("value", "a gold answer is an answer: give a value, or not_applicable as status")
        if label.status != "withdrawn" and not (label.rationale or "").strip():
            raise Refused("rationale", "a gold answer needs its explanation: raters are shown it")
        if split.get(label.item_id, DEVELOPMENT) != DEVELOPMENT:
            raise Refused("item_id", "is not in development: training items come from development alone")
        extra = {**dict(label.extra), "adjudicated": "true"}
        return replace(label, purpose="training", extra=tuple(extra.items()))

    return adapt
