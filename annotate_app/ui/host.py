"""What all sessions of the process share: one desk and the raters' drafts; refuses a second study."""

from __future__ import annotations

import importlib
import os
import threading
from pathlib import Path

from annotate_app.desk import Desk, open_desk
from annotate_app.ui.drafts import Drafts

STUDY_VARIABLE = "CALIBRANT_STUDY"

# Imported before the collector is frozen: whatever a page or a first measurement would import later.
HEAVY = ("scipy.special", "calibration.agreement", "annotate_app.ui.app")

_lock = threading.Lock()
_desks: dict[Path, Desk] = {}
drafts = Drafts()


def desk() -> Desk:
    """The desk of the study that CALIBRANT_STUDY names (default: the current folder), opened once."""
    folder = Path(os.environ.get(STUDY_VARIABLE, ".")).resolve()
    with _lock:
        if folder not in _desks:
            _desks[folder] = open_desk(folder)
        return _desks[folder]


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
