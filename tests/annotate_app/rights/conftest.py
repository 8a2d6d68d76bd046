"""One study with marked labels and verdicts for all walks: made once, for walks only read or add."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Helpers of these tests are plain modules beside this file.
sys.path.insert(0, str(Path(__file__).parent))

from marked_study import Marked, make_marked


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    os.environ.pop("CALIBRANT_DB", None)
    study = make_marked(tmp_path_factory.mktemp("marked"))
    yield study
    study.desk.close()
