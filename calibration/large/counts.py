"""What DuckDB counted: per criterion the distinct patterns of answers with their numbers of items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calibration.file_rows import Rejected
from rubrics.rubric import Scale


class Unsupported(ValueError):
    """A column or an option that this way of reading has no answer for."""


@dataclass(frozen=True, slots=True)
class ItemPattern:
    """So many items got these answers (count per category), refusals and, of one judge, this verdict.

    `verdict` is a category's code, or -k for the k-th of VERDICT_STATUSES (from 0); None without a judge.
    """

    answers: tuple[int, ...]
    not_applicable: int
    verdict: int | None
    items: int


@dataclass(frozen=True, slots=True)
class CountedJudge:
    """One judge: verdicts by status, and the patterns of items that have a label and its verdict."""

    statuses: Mapping[str, int]
    patterns: tuple[ItemPattern, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """One criterion: labels by status, raters with an observed label, item patterns, and the judges."""

    criterion: str
    scale: Scale
    raters: int
    statuses: Mapping[str, int]
    patterns: tuple[ItemPattern, ...]
    judges: Mapping[str, CountedJudge]


@dataclass(frozen=True, slots=True)
class CountedFiles:
    """The criteria's counts, the number of rows rejected with the first of them, and what was assumed."""

    criteria: Mapping[str, Counted]
    rows_rejected: int
    rejected: tuple[Rejected, ...]
    assumptions: tuple[str, ...]
