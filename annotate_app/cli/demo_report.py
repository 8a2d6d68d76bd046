"""The short calibration report in the terminal: what each judge may decide, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from rich.console import Console
from rich.table import Table

from calibration.agreement_types import CriterionAgreement, JudgeAgreement
from calibration.render.words import decimals, in_words
from calibration.report import Decision, Report
from calibration.splits import VALIDATION

COLOURS = {"trusted": "bold green", "undecided": "bold yellow", "not trusted": "bold red"}
NOT_ASKED = "no look yet"


@dataclass(frozen=True, slots=True)
class Line:
    """One judge on one criterion, in words."""

    judge: str
    criterion: str
    held_out: str
    n: str
    validation: str
    humans: str
    outcome: str


def report_lines(report: Report, coefficients: Mapping[str, str]) -> tuple[Line, ...]:
    """Judge by criterion: held-out numbers as the last look showed them, others from validation.

    `coefficients` names the coefficient that each criterion is read by.
    """
    validation = next((e.agreement.criteria for e in report.evidence if e.split == VALIDATION), {})
    looks = {(d.judge, criterion): d for d in report.decisions for criterion in d.criteria}
    return tuple(
        _line(judge.name, criterion, coefficients[criterion], validation, looks.get((judge.name, criterion)))
        for judge in report.judges
        for criterion in report.rubric.criteria
        if _judged(validation.get(criterion), judge.name) is not None or (judge.name, criterion) in looks
    )


def _line(
    judge: str,
    criterion: str,
    coefficient: str,
    validation: Mapping[str, CriterionAgreement],
    look: Decision | None,
) -> Line:
    found = _judged(validation.get(criterion), judge)
    here = None if found is None else found.estimates.get(coefficient)
    ceiling = None if found is None or found.ceiling is None else found.ceiling.human_human
    return Line(
        judge=judge,
        criterion=criterion,
        held_out="sealed" if look is None else _stated(look.estimates[criterion].get(coefficient)),
        n="" if look is None else str(look.n),
        validation="" if here is None else in_words(here),
        humans="" if ceiling is None else in_words(ceiling),
        outcome=NOT_ASKED if look is None else look.outcome,
    )


def _judged(agreement: CriterionAgreement | None, judge: str) -> JudgeAgreement | None:
    return None if agreement is None else agreement.judges.get(judge)


def _stated(estimate: object) -> str:
    """An estimate as a certificate states it."""
    if not isinstance(estimate, Mapping) or estimate.get("value") is None:
        return "undefined"
    value, low, high = (cast("float | None", estimate.get(name)) for name in ("value", "low", "high"))
    bounds = "" if low is None or high is None else f" [{decimals(low)}, {decimals(high)}]"
    return decimals(cast("float", value)) + bounds


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
    table = Table(title=f"\n{report.study.name}", title_justify="left", title_style="bold", box=None)
    for name in ("judge", "criterion", "held-out κ", "n", "validation κ", "people κ", "outcome"):
        table.add_column(name, justify="right" if name == "n" else "left", no_wrap=name != "outcome")
    for line in report_lines(report, coefficients):
        outcome = f"[{COLOURS.get(line.outcome, 'dim')}]{line.outcome}[/]"
        table.add_row(
            line.judge, line.criterion, line.held_out, line.n, line.validation, line.humans, outcome
        )
    console.print(table)
    console.print(
        "κ with its interval (quadratic weights on ordered scales): 95% on validation, wider where a look at "
        "the held-out labels was paid for. People κ: raters with one another on the same items.",
        style="dim",
    )
    console.print(f"\n{report.study.note}", style="italic")
    console.print("\nWhat to do next", style="bold")
    for step in next_steps(report, study):
        console.print(f"  {step}", soft_wrap=True)
