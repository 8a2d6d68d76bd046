"""Estimates as lines of text: value, interval, n and remarks; the reason where there is no number."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from calibration.stats.estimate import Result, Undefined

WIDTH = 100


def print_estimates(estimates: Mapping[str, Result], *, marked: str | None = None) -> None:
    """One line per estimate, remarks below it; `marked` gets an arrow."""
    longest = max(len(name) for name in estimates)
    for name, found in estimates.items():
        arrow = "→" if name == marked else " "
        print(f" {arrow} {name:<{longest}}  {_numbers(found)}")
        for remark in _remarks(found):
            print(textwrap.fill(remark, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8))


def print_notes(lines: Iterable[str]) -> None:
    """Sentences, wrapped."""
    for line in lines:
        print(textwrap.fill(line, WIDTH))


def _numbers(found: Result) -> str:
    if isinstance(found, Undefined):
        return f"undefined: {found.reason}"
    ends = "no interval" if found.low is None else f"{found.low:6.3f} to {found.high:6.3f}"
    return f"{found.value:6.3f}  {ends}  n {found.n}, independent {found.clusters}  ({found.method})"


def _remarks(found: Result) -> Sequence[str]:
    if isinstance(found, Undefined):
        return ()
    missing = () if found.interval_undefined is None else (f"no interval: {found.interval_undefined}",)
    return (*missing, *found.warnings)
