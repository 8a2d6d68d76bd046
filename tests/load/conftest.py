"""Simulated raters and what is measured of them are no installed package: they stand in benchmarks."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
