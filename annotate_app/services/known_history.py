"""What a study has of history already, in the form in which an export says it; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from annotate_app.desk import Desk
from annotate_app.services.history_rows import DecisionRow, StepRow
from annotate_app.store import history, modes, triage
from annotate_app.store.leaving import Scope
from annotate_app.store.modes import ModeTag
from annotate_app.store.triage import Tag


@dataclass(frozen=True, slots=True)
class Known:
    """Hashes of split versions, frames of waves by name, and all that people decided and named, in order."""

    versions: tuple[str, ...]
    waves: Mapping[str, str]
    decisions: tuple[DecisionRow, ...]
    steps: tuple[StepRow, ...]
    tags: tuple[ModeTag, ...]
    causes: tuple[Tag, ...]


def known_history(desk: Desk) -> Known:
    """All of it, held-out items included: it is compared, and nothing of it is told."""
    everything = Scope(desk.study_id, None)
    with desk.store.reading() as session:
        return Known(
            tuple(row["sha256"] for row in history.split_versions(session, everything)),
            {row["name"]: row["frame_sha256"] for row in history.waves(session, everything)},
            tuple(msgspec.convert(row, DecisionRow) for row in history.decisions(session, everything)),
            tuple(msgspec.convert(row, StepRow) for row in history.mode_steps(session, everything)),
            tuple(modes.tags(session, desk.study_id)),
            tuple(triage.listing(session, desk.study_id)),
        )
