"""What all sessions of the process share: one desk and the raters' drafts; refuses a second study."""

from __future__ import annotations

import importlib
import os
import threading
from pathlib import Path

from annotate_app.desk import Desk, open_desk
from annotate_app.services.policy_log import note_policy
from annotate_app.study_file import FILE_NAME
from annotate_app.ui.drafts import Drafts

STUDY_VARIABLE = "CALIBRANT_STUDY"

# Imported before the collector is frozen: whatever a page or a first measurement would import later.
HEAVY = ("scipy.special", "calibration.agreement", "annotate_app.ui.app")

_lock = threading.Lock()
_desks: dict[Path, Desk] = {}
drafts = Drafts()


def folder() -> Path:
    """The study folder that CALIBRANT_STUDY names; by default the current one."""
    return Path(os.environ.get(STUDY_VARIABLE, ".")).resolve()


def has_study() -> bool:
    """Whether there is a study in the folder; where there is none, one can be made on the page New study."""
    place = folder()
    return place in _desks or (place / FILE_NAME).is_file()


def desk() -> Desk:
    """The desk of the study in `folder`, opened once."""
    place = folder()
    with _lock:
        if place not in _desks:
            _desks[place] = open_desk(place)
            note_policy(_desks[place])
        return _desks[place]


def close() -> None:
    """Forget every desk and draft; the next call of `desk` opens anew."""
    drafts.clear()
    with _lock:
        for opened in _desks.values():
            opened.close()
        _desks.clear()


def import_everything() -> None:
    """Import what pages use, so that none of it is imported (and collected) while somebody rates."""
    for name in HEAVY:
        importlib.import_module(name)
