"""Ratings: labels and verdicts together as data for statistics; the one door to how they are built."""

from __future__ import annotations

from calibration.collecting import OutsideScale
from calibration.columns import (
    CriterionRatings,
    JudgeColumn,
    Ratings,
    coded,
    judge_column,
    ratings_from_columns,
)
from calibration.tabulating import Columns, WrongColumn, item_value, label_value, ratings_from_records

__all__ = [
    "Columns",
    "CriterionRatings",
    "JudgeColumn",
    "OutsideScale",
    "Ratings",
    "WrongColumn",
    "coded",
    "item_value",
    "judge_column",
    "label_value",
    "ratings_from_columns",
    "ratings_from_records",
]
