"""Agreement from counted patterns: the coefficients, intervals and treatments of ratings in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.agreement import check_answers, codes_of
from calibration.agreement_types import (
    Agreement,
    Applicability,
    CriterionAgreement,
    HumanAgreement,
    JudgeAgreement,
    Options,
    Variant,
)
from calibration.comparing import Comparison, described
from calibration.estimating import analytic, resampled
from calibration.file_rows import Rejected
from calibration.from_files import Choices
from calibration.judge_agreement import Treatment, Trial, judge_pairs, treated_trial, variants_of
from calibration.large.counting import count_files
from calibration.large.counts import Counted, CountedJudge, Unsupported
from calibration.large.database import Limits
from calibration.large.tables import (
    Miniature,
    count_table_of,
    joint_pairs,
    miniature,
    pair_table_of,
    pooled_pairs,
    verdicts,
)
from calibration.pooling import ceilings_of, pooled_estimates
from calibration.reference import reference
from calibration.scoring import ICC_KINDS, score_table_of_cells
from calibration.stats.estimate import IntArray, Undefined
from calibration.treatment import Treated, without_answers

REFERENCES = (None, "majority", "median")
NAMED = Undefined("raters are not kept apart where DuckDB counts patterns; use the ordinary engine")
PATH = (
    "engine duckdb: answer patterns were counted, without clusters and without keeping raters apart; "
    "every item counts as independent"
)


@dataclass(frozen=True, slots=True)
class LargeAgreement:
    """The agreement, the number of rows rejected with the first of them, and what was assumed of scales."""

    agreement: Agreement
    rows_rejected: int
    rejected: tuple[Rejected, ...]
    assumptions: tuple[str, ...]

    def rejected_lines(self) -> list[str]:
        """How many rows were rejected, then the first of them."""
        rows, shown = self.rows_rejected, [str(one) for one in self.rejected]
        if not rows:
            return []
        lines = [f"{rows} row{'s' if rows > 1 else ''} rejected:", *shown]
        return lines if rows <= len(shown) else [*lines, f"… and {rows - len(shown)} more"]


def measure_files(
    human: Sequence[Path | str],
    judge: Sequence[Path | str] = (),
    *,
    choices: Choices | None = None,
    options: Options | None = None,
    limits: Limits | None = None,
) -> LargeAgreement:
    """Agreement from Parquet, CSV or JSON Lines files (patterns allowed) in bounded memory.

    Estimates are those of `calibration.agreement.measure` for items that are their own clusters, on closed
    scales; conger_kappa, ICC among raters and single rater pairs need rater identity and are undefined or
    absent. Raises Unsupported for options and columns that need rows, and what `count_files` raises.
    """
    chosen, wanted = choices or Choices(), options or Options()
    _check(chosen, wanted)
    files = count_files(human, judge, chosen, limits or Limits())
    check_answers({name: one.scale for name, one in files.criteria.items()}, wanted)
    criteria = {name: _criterion(one, wanted) for name, one in files.criteria.items()}
    return LargeAgreement(
        Agreement(criteria, assumptions=(PATH,)), files.rows_rejected, files.rejected, files.assumptions
    )


def _check(choices: Choices, options: Options) -> None:
    columns = choices.columns
    for flag, used in {
        "--where": choices.where, "--cluster": columns.cluster, "--by": options.by or columns.by,
        "--pi": columns.pi, "--alt-test": options.epsilon is not None,
        "--judge-field expected": options.judge_field == "expected",
        f"--reference {options.reference}": options.reference not in REFERENCES,
    }.items():  # fmt: skip
        if used:
            raise Unsupported(f"{flag} needs every row; the DuckDB engine counts patterns: leave it out")


def _criterion(counted: Counted, options: Options) -> CriterionAgreement:
    scale = counted.scale
    mini = miniature(counted.criterion, scale, counted.patterns)
    dropped = codes_of(scale, options.drop)
    unparsed = codes_of(scale, () if options.unparsed is None else (options.unparsed,))
    treatment = Treatment(int(unparsed[0]) if len(unparsed) else None, dropped)
    held_against = reference(mini.ratings, options.reference)
    unsettled = np.setdiff1d(mini.ratings.item, held_against.item)
    ties = mini.items(unsettled)
    return CriterionAgreement(
        criterion=counted.criterion,
        scale=scale,
        humans=_humans(counted, mini, options, dropped),
        judges={
            name: _judge(counted, name, one, options, treatment, ties) for name, one in counted.judges.items()
        },
    )


def _humans(counted: Counted, mini: Miniature, options: Options, dropped: IntArray) -> HumanAgreement:
    kept, scale = without_answers(mini.ratings, dropped), mini.ratings.scale
    table = count_table_of(kept, mini.copies)
    found = resampled(analytic([table], kept.scale, options.level)[0], table, kept.scale, options)
    found["conger_kappa"] = NAMED
    if scale.is_numeric:
        found |= dict.fromkeys(ICC_KINDS, NAMED)
    pooled = pooled_estimates([pooled_pairs(kept, mini.copies)], kept.scale, options)[0]
    return HumanAgreement(
        items=mini.items(np.unique(mini.ratings.item)),
        ratings=counted.statuses["observed"],
        raters=counted.raters,
        statuses=counted.statuses,
        estimates=found | pooled,
    )


def _judge(
    counted: Counted, name: str, judge: CountedJudge, options: Options, treatment: Treatment, ties: int
) -> JudgeAgreement:
    mini = miniature(counted.criterion, counted.scale, judge.patterns)
    column = verdicts(name, counted.scale, judge.patterns)
    held_against = reference(mini.ratings, options.reference)
    trial = Trial(mini.ratings, column, held_against)
    case = treated_trial(trial, treatment)
    found = _compared(case, mini.copies, options)
    other = {
        label: _compared(one, mini.copies, options, brief=True)
        for label, one in variants_of(trial, options, treatment).items()
    }
    return JudgeAgreement(
        judge=name,
        n=found.n,
        statuses=judge.statuses,
        reference=held_against.kind,
        reference_ties=ties,
        estimates=found.estimates,
        confusion=found.confusion,
        per_class=found.per_class,
        applicability=_applicability(trial, mini.copies),
        ceiling=ceilings_of([joint_pairs(case, mini.copies)], case.ratings.scale, level=options.level)[0],
        variants={label: Variant(label, one.n, one.estimates) for label, one in other.items()},
        pairwise=found.pairwise,
        paradox=found.paradox,
    )


def _compared(case: Treated, copies: IntArray, options: Options, *, brief: bool = False) -> Comparison:
    pairs, scale = judge_pairs(case.ratings, case.judge, case.reference, options), case.ratings.scale
    table = pair_table_of(pairs.a, pairs.b, copies[pairs.item], len(scale.categories))
    found = analytic([table], scale, options.level)[0]
    estimates = resampled(found, table, scale, options)
    if scale.is_numeric:
        estimates |= score_table_of_cells(scale, table, options.level)
    return (
        Comparison(table.n, estimates) if brief else described(scale, table, estimates, found, options.level)
    )


def _applicability(trial: Trial, copies: IntArray) -> Applicability:
    """Items where both sides were asked, by who said "not applicable"; humans did when none answered."""
    items, ratings = len(copies), trial.ratings
    answered = np.bincount(ratings.item, minlength=items) > 0
    refused = ~answered & (np.bincount(ratings.na_item, minlength=items) > 0)
    judged, passed = np.zeros(items, dtype=bool), np.zeros(items, dtype=bool)
    judged[trial.judge.item] = passed[trial.judge.na_item] = True
    return Applicability(
        both_answered=int(copies[answered & judged].sum()),
        only_judge_not_applicable=int(copies[answered & passed].sum()),
        only_human_not_applicable=int(copies[refused & judged].sum()),
        both_not_applicable=int(copies[refused & passed].sum()),
    )
