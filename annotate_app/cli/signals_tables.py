"""Signals as lines of text: a judge's error rate, then every signal with its AUROC and what to do with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from annotate_app.cli.estimates_table import print_notes
from calibration.findings.signals import JudgeSignals, SignalFinding
from calibration.stats.estimate import Result, Undefined

EXPLAINED = (
    "AUROC: how often an error is doubted more than a right verdict; .5 is chance. Advice stands on its "
    "one-sided 95% bound. Found: share of all errors among the most doubted 20% of verdicts (by chance 20%). "
    "Sure: share of all errors among the least doubted half, which only a random choice finds."
)


def print_signals(found: Mapping[str, Mapping[str, JudgeSignals]], notes: Iterable[str]) -> None:
    """Every criterion and judge, then what the columns mean and what was assumed."""
    if not found:
        print("no judge answered a criterion that has labels")
        print_notes(notes)
        return
    for criterion, judges in found.items():
        for one in judges.values():
            _print_judge(criterion, one)
            print()
    print_notes([EXPLAINED, *notes])


def _print_judge(criterion: str, found: JudgeSignals) -> None:
    print(f"{criterion}: {found.judge} is wrong in {_spoken(found.error_rate)}")
    silent = [name for name, one in found.signals.items() if not one.n]
    for name, one in found.signals.items():
        if one.n:
            print(f"  {name:<19} AUROC {_spoken(one.auroc)}  {_found(one)}")
            print(f"  {'':<19} {one.advice.follow}: {one.advice.reason}")
    for name in silent:
        print(f"  {name:<19} no opinion: {found.signals[name].advice.reason}")
    print(f"  → {_advice(found)}")


def _advice(found: JudgeSignals) -> str:
    if found.follow is None:
        return "follow none of them: draw at random"
    return f"follow {found.follow}, and draw a share at random for the errors that it is sure of"


def _found(one: SignalFinding) -> str:
    if isinstance(one.found, Undefined) or isinstance(one.confidently_wrong, Undefined):
        return "no errors to find"
    return f"found {one.found.targeted:.0%}, sure {one.confidently_wrong:.0%}"


def _spoken(found: Result) -> str:
    if isinstance(found, Undefined):
        return f"undefined ({found.reason})"
    if found.low is None or found.high is None:
        return f"{found.value:.3f} (no interval: {found.interval_undefined}), n {found.n}"
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}], n {found.n}"
