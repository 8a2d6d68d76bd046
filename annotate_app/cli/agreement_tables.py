"""An agreement as tables in the terminal: every number with its interval, n and what the reader must know."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from annotate_app.cli import terminal
from calibration.agreement import Agreement, CriterionAgreement, HumanAgreement, JudgeAgreement
from calibration.scales import describe
from calibration.stats.estimate import Result, Undefined

PLAIN_WIDTH = 140
MOST_NAMED = 2
SHOWN_OF_VARIANTS = ("percent_agreement", "cohen_kappa", "cohen_kappa_quadratic", "macro_f1")


def print_agreement(
    agreement: Agreement, *, assumptions: Sequence[str] = (), rejected: Sequence[str] = (), note: str = ""
) -> None:
    """Criterion by criterion, then stratum by stratum, then what was assumed and left out."""
    console = terminal.console(sys.stdout)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    for criterion in agreement.criteria.values():
        _print_criterion(console, criterion, criterion.criterion)
    for stratum, criteria in agreement.strata.items():
        for criterion in criteria.values():
            _print_criterion(console, criterion, f"{criterion.criterion} · {stratum}")
    for line in (*assumptions, *agreement.assumptions, *rejected, note):
        console.print(terminal.words(line), style="dim")


def _print_criterion(console: Console, found: CriterionAgreement, title: str) -> None:
    console.print(f"\n[bold]{terminal.words(title)}[/bold] · {terminal.words(describe(found.scale))}")
    if found.weighted:
        console.print(f"weighted by {terminal.words(found.weighted)}")
    _print_humans(console, found.humans)
    for judge in found.judges.values():
        _print_judge(console, judge)


def _print_humans(console: Console, humans: HumanAgreement) -> None:
    table = _table(
        f"raters: {humans.raters} · items {humans.items} · ratings {humans.ratings}{_others(humans.statuses)}"
    )
    _add(table, humans.estimates)
    for pair in humans.pairs:
        _add(table, {f"cohen_kappa, {pair.raters[0]} with {pair.raters[1]}": pair.cohen_kappa})
    console.print(table)


def _print_judge(console: Console, judge: JudgeAgreement) -> None:
    ties = f" · {judge.reference_ties} items without a reference (tied)" if judge.reference_ties else ""
    table = _table(
        f"judge {judge.judge} · reference {judge.reference} · n {judge.n}{ties}{_others(judge.statuses)}"
    )
    _add(table, judge.estimates)
    if judge.ceiling is not None:
        name = judge.ceiling.coefficient
        table.add_section()
        _add(table, {
            f"human–human {name}, common items": judge.ceiling.human_human,
            f"judge–human {name}, common items": judge.ceiling.judge_human,
            f"gap in {name}, judge – human": judge.ceiling.gap,
        })  # fmt: skip
    for variant in judge.variants.values():
        table.add_section()
        shown = {name: found for name, found in variant.estimates.items() if name in SHOWN_OF_VARIANTS}
        _add(table, {f"{name}, {variant.name}": found for name, found in shown.items()})
    for answer, shares in judge.per_class.items():
        table.add_section()
        _add(table, {f"{name} of {answer}": found for name, found in shares.items()})
    console.print(table)
    _print_confusion(console, judge)
    for text in judge.paradox.texts if judge.paradox is not None else ():
        console.print(terminal.words(text))
    _print_stand_in(console, judge)


def _print_confusion(console: Console, judge: JudgeAgreement) -> None:
    if judge.confusion is None or not judge.n:
        return
    answers = [str(category) for category in judge.confusion.categories]
    table = Table("judge \\ reference", box=box.SIMPLE, title_justify="left")
    for answer in answers:
        table.add_column(terminal.words(answer), justify="right")
    for answer, row in zip(answers, judge.confusion.counts, strict=True):
        table.add_row(terminal.words(answer), *map(str, row))
    console.print(table)


def _print_stand_in(console: Console, judge: JudgeAgreement) -> None:
    """The alternative annotator test in two lines, its control beside it."""
    test = judge.alternative_annotator_test
    if test is None:
        return
    if "undefined" in test:
        console.print(terminal.words(f"alternative annotator test: undefined: {test['undefined']}"))
        return
    outcome = "passed" if test["passed"] else "not passed"
    console.print(
        f"alternative annotator test at ε = {test['epsilon']}: {outcome}, "
        f"winning rate {test['winning_rate']:.2f}, advantage probability {test['advantage_probability']:.2f}"
    )
    control = test["control"]
    if isinstance(control, dict):
        console.print(f"in the judge's place, {control['passed']} of {control['tested']} raters would pass")


def _table(title: str) -> Table:
    table = Table(title=terminal.words(title), title_justify="left", title_style="", box=box.SIMPLE_HEAD)
    table.add_column("coefficient")
    table.add_column("value", justify="right")
    table.add_column("interval", justify="right", no_wrap=True)
    table.add_column("n", justify="right")
    table.add_column("independent", justify="right")
    table.add_column("remarks", overflow="fold")
    return table


def _add(table: Table, estimates: Mapping[str, Result]) -> None:
    """One row per number, then one per reason for which there is none."""
    reasons: dict[str, list[str]] = {}
    for name, found in estimates.items():
        if isinstance(found, Undefined):
            reasons.setdefault(found.reason, []).append(name)
            continue
        interval = "–" if found.low is None or found.high is None else f"{found.low:.3f} to {found.high:.3f}"
        remarks = [f"no interval: {found.interval_undefined}"] if found.interval_undefined else []
        table.add_row(
            terminal.words(name), f"{found.value:.3f}", interval, str(found.n), str(found.clusters),
            terminal.words("; ".join([*remarks, *found.warnings])),
        )  # fmt: skip
    for reason, names in reasons.items():
        who = ", ".join(names) if len(names) <= MOST_NAMED else f"{names[0]} and {len(names) - 1} others"
        table.add_row(terminal.words(who), "–", "", "", "", terminal.words(f"undefined: {reason}"))


def _others(statuses: Mapping[str, int]) -> str:
    """Answers that are not there, by reason."""
    missing: Iterable[str] = (
        f" · {name.replace('_', ' ')} {count}"
        for name, count in statuses.items()
        if count and name != "observed"
    )
    return "".join(missing)
