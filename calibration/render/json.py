"""A report as JSON text."""

from __future__ import annotations

import json

from calibration.report import Report


def render(report: Report) -> str:
    """Indented JSON, keys in the report's order, no NaN."""
    return json.dumps(report.as_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
