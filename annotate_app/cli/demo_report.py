"""The short calibration report in the terminal: what each judge may decide, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import cast

from rich.console import Console
from rich.table import Table

from annotate_app.cli import terminal
from calibration.agreement_types import JudgeAgreement
from calibration.report import Decision, Report
from calibration.splits import VALIDATION

COLOURS = {"trusted": "bold green", "undecided": "bold yellow", "not trusted": "bold red"}
NO_LOOK = "no look"
EXPLANATION = (
    "κ of judge and raters' majority (median and quadratic weights on ordered scales) with its interval: 95% "
    "on validation, wider on held-out items, where each look spends error budget. People κ: raters with one "
    "another, on validation."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One judge on one criterion, in words; `where` says on which items, `people` is the human ceiling."""

    judge: str
    criterion: str
    kappa: str
    where: str
    people: str
    outcome: str


def report_lines(report: Report, coefficients: Mapping[str, str]) -> tuple[Line, ...]:
    """Judge by criterion: held-out numbers as the last look showed them, the others from validation.

    `coefficients` names the coefficient that each criterion is read by. The ceiling is always measured on
    validation: held-out labels are seen through looks alone.
    """
    validation = next((e.agreement.criteria for e in report.evidence if e.split == VALIDATION), {})
    looks = {(d.judge, criterion): d for d in report.decisions for criterion in d.criteria}
    lines = []
    for judge, criterion in product([j.name for j in report.judges], report.rubric.criteria):
        found = validation[criterion].judges.get(judge) if criterion in validation else None
        look, coefficient = looks.get((judge, criterion)), coefficients[criterion]
        if look is not None:
            lines.append(_looked_at(judge, criterion, look, coefficient, found))
        elif found is not None:
            lines.append(_open(judge, criterion, coefficient, found))
    return tuple(lines)


def _looked_at(
    judge: str, criterion: str, look: Decision, coefficient: str, found: JudgeAgreement | None
) -> Line:
    stated = _short(look.estimates[criterion].get(coefficient))
    return Line(judge, criterion, stated, f"held-out {look.n}", _people(found), look.outcome)


def _open(judge: str, criterion: str, coefficient: str, found: JudgeAgreement) -> Line:
    measured = found.estimates.get(coefficient)
    kappa = _short(None if measured is None else measured.as_json())
    return Line(judge, criterion, kappa, f"validation {found.n}", _people(found), NO_LOOK)


def _people(found: JudgeAgreement | None) -> str:
    ceiling = None if found is None or found.ceiling is None else found.ceiling.human_human.as_json()
    return _short(ceiling, interval=False)


def _short(estimate: object, *, interval: bool = True) -> str:
    """`.61 [.55, .67]` for an estimate as JSON; a dash where there is none."""
    if not isinstance(estimate, Mapping) or estimate.get("value") is None:
        return "–"
    value, low, high = (cast("float | None", estimate.get(name)) for name in ("value", "low", "high"))
    bounds = "" if low is None or high is None or not interval else f" [{_two(low)}, {_two(high)}]"
    return _two(cast("float", value)) + bounds


def _two(value: float) -> str:
    """Two decimals without the leading zero, with a true minus sign."""
    return f"{value:.2f}".replace("0.", ".", 1).replace("-", "−")


def next_steps(report: Report, study: str) -> Iterator[str]:
    """What follows from each look, then what the raters can do."""
    for look in report.decisions:
        about = f"{look.judge} on {' and '.join(look.criteria)}"
        if look.outcome == "trusted":
            yield f"{about}: trusted until {look.expires[:10]}. In CI: {_gate(look, study)}"
        elif look.outcome == "undecided":
            more = [sentence for sentence in look.sentences if sentence.startswith("Label ")]
            yield f"{about}: undecided. {' '.join(more) or 'Label more held-out items.'}"
        else:
            yield f"{about}: not trusted. People go on deciding this, or another judge is tried."
    left = sum(c.items - c.labelled for c in report.items if c.split == "development")
    if left:
        yield f"Rate: {left} development items have no label yet."


def _gate(look: Decision, study: str) -> str:
    criteria = " ".join(f"--criterion {name}" for name in look.criteria)
    return f"calibrant gate {look.judge} {criteria} --study {study}"


def print_report(report: Report, coefficients: Mapping[str, str], study: str, console: Console) -> None:
    """The report's table and what to do next."""
    table = Table(
        title=f"\n{terminal.words(report.study.name)}", title_justify="left", title_style="bold", box=None
    )
    for name in ("judge", "criterion", "κ", "on items", "people κ", "outcome"):
        table.add_column(name, justify="left", no_wrap=True)
    for line in report_lines(report, coefficients):
        outcome = f"[{COLOURS.get(line.outcome, 'dim')}]{line.outcome}[/]"
        who = (terminal.words(line.judge), terminal.words(line.criterion))
        table.add_row(*who, line.kappa, line.where, line.people, outcome)
    console.print(table)
    console.print(EXPLANATION, style="dim")
    console.print(f"\n{terminal.words(report.study.note)}", style="italic")
    console.print("\nWhat to do next", style="bold")
    for step in next_steps(report, study):
        console.print(f"  {terminal.words(step)}", soft_wrap=True)
