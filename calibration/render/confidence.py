"""The words for confidence: how good it is, what to do with it, and what a threshold guarantees."""

from __future__ import annotations

from calibration.findings.confidence import ConfidenceFindings, SourceFinding
from calibration.render.blocks import Block, Cell, Diagram, Folded, Heading, Paragraph, Part, Table
from calibration.render.words import decimals, number, percent
from calibration.report import ConfidenceEvidence
from calibration.stats.confidence import Decomposition
from calibration.stats.estimate import Result, Undefined

ADVICE = {
    "follow": "Follow it: where this judge doubts itself, it errs more often.",
    "inverted": "Do not follow it: this judge is surer where it is wrong.",
    "ignore": "Ignore it",
}
UNWEIGHTED = (
    "Of these items, weighted as they were drawn and not to production. AUROC: .5 is chance; brackets: 90%, "
    "so that each end is a one-sided 95% bound."
)

EACH_ALONE = (
    "Each source alone, on the verdicts that it is stated for. The best of several sources on these items "
    "looks better than it is: look again on new ones."
)


def confidence_section(found: ConfidenceEvidence | None) -> list[Part]:
    """Overview of every judge with confidences, then the details of each."""
    if found is None:
        return []
    blocks: list[Part] = [Heading(f"Confidence, on the {found.split.replace('_', '-')} split")]
    if found.caution:
        blocks.append(Paragraph(found.caution, tone="caution"))
    several = [(name, one) for name, judges in found.criteria.items() for one in judges.values()]
    rows = tuple(_overview(name, one) for name, one in several)
    header = (
        "criterion",
        "judge",
        "verdicts",
        "wrong",
        "AUROC: doubt finds errors",
        "what to do",
        "threshold",
    )
    blocks.append(Table(header, rows, UNWEIGHTED))
    blocks += sources_blocks(found)
    for name, one in several:
        blocks.append(Folded(f"Confidence of {one.judge} on {name}", tuple(confidence_details(one))))
    return blocks


def sources_blocks(found: ConfidenceEvidence) -> list[Block]:
    """Every source of each judge's confidence beside the others; nothing where no judge names any."""
    rows = tuple(
        (
            Cell(criterion),
            Cell(one.judge),
            Cell(source.kind),
            Cell(str(source.n)),
            Cell(str(source.errors)),
            Cell(number(source.advice.auroc)),
            Cell(advice_words(source)),
        )
        for criterion, judges in found.criteria.items()
        for one in judges.values()
        for source in one.sources
    )
    if not rows:
        return []
    header = ("criterion", "judge", "source", "verdicts", "wrong", "AUROC: doubt finds errors", "what to do")
    return [Heading("Where the confidence comes from", level=3), Table(header, rows, EACH_ALONE)]


def _overview(criterion: str, found: ConfidenceFindings) -> tuple[Cell, ...]:
    return (
        Cell(criterion),
        Cell(found.judge),
        Cell(str(found.n)),
        Cell(str(found.errors)),
        Cell(number(found.advice.auroc)),
        Cell(advice_words(found)),
        Cell(threshold_words(found)),
    )


def advice_words(found: ConfidenceFindings | SourceFinding) -> str:
    """What to do with the judge's doubt, and why."""
    said = ADVICE[found.advice.follow]
    return f"{said}: {found.advice.reason}." if found.advice.follow == "ignore" else said


def threshold_words(found: ConfidenceFindings) -> str:
    """What holds of verdicts above the certified threshold, with which probability, for how much traffic."""
    certified = found.threshold
    if isinstance(certified, Undefined):
        return f"Nothing is certified: {certified.reason}."
    if certified.threshold is None:
        few = f" There are {found.threshold_n} independent ones." if found.threshold_n < found.n else ""
        return f"Nothing is certified, {certified.guarantee}.{few}"
    return (
        f"Verdicts with a confidence of {certified.threshold:.3f} or more agree with the experts at least "
        f"{percent(1 - found.risk)} of the time, with probability {percent(1 - found.delta)}; "
        f"{percent(certified.coverage)} of traffic ({certified.errors} of {certified.accepted} were wrong)."
    )


def confidence_details(found: ConfidenceFindings) -> list[Block]:
    """Scores with their parts, calibration with its null band, the diagram and its table, and areas."""
    blocks: list[Block] = []
    if found.unsure_how:
        blocks.append(
            Paragraph(f"{found.unsure_how} compared verdicts state no confidence and are left out.")
        )
    blocks += [scores_table(found), Paragraph(calibration_words(found))]
    if found.bins:
        blocks += [Diagram(found.bins, _label(found)), reliability_table(found)]
    blocks += [Paragraph(areas_words(found)), Paragraph(_threshold_sample(found))]
    blocks.append(Paragraph(recalibration_words(found)))
    return blocks


def scores_table(found: ConfidenceFindings) -> Table:
    rows = (
        _score("Brier score", found.brier, found.brier_parts),
        _score("log loss", found.log_loss, found.log_loss_parts),
    )
    caption = (
        "Lower is better. Score = miscalibration − discrimination + uncertainty (CORP): what recalibrating "
        "would save, what confidence tells beyond the base rate, what the base rate leaves open."
    )
    header = ("", "mean", "miscalibration", "discrimination", "uncertainty")
    return Table(header, rows, caption)


def _score(name: str, mean: Result, parts: Decomposition | Undefined) -> tuple[Cell, ...]:
    cells = (Cell(name), Cell(number(mean)))
    if isinstance(parts, Undefined):
        return (*cells, Cell("undefined", parts.reason), Cell(""), Cell(""))
    three = (parts.miscalibration, parts.discrimination, parts.uncertainty)
    return (*cells, *(Cell(decimals(part)) for part in three))


def calibration_words(found: ConfidenceFindings) -> str:
    """The debiased calibration error beside what a perfectly calibrated judge would show."""
    error = found.calibration
    if isinstance(error, Undefined):
        return f"Calibration error: undefined, {error.reason}."
    beyond = "more than chance explains" if error.beyond_chance else "chance alone can explain that"
    return (
        f"Expected calibration error {decimals(error.value)}, debiased {decimals(error.debiased)}; a "
        f"perfectly calibrated judge would show {decimals(error.null_mean)} on average and up to "
        f"{decimals(error.null_high)} in 95% of samples of this size: {beyond}."
    )


def reliability_table(found: ConfidenceFindings) -> Table:
    rows = tuple(
        (
            Cell(f"{one.low:.2f} to {one.high:.2f}"),
            Cell(str(one.n)),
            Cell(decimals(one.confidence)),
            Cell(f"{decimals(one.right)} [{decimals(one.right_low)}, {decimals(one.right_high)}]"),
            Cell(f"{decimals(one.band_low)} to {decimals(one.band_high)}"),
        )
        for one in found.bins
    )
    header = ("confidence", "verdicts", "mean confidence", "share right", "if perfectly calibrated")
    return Table(header, rows, "Bins of equal size; brackets: Wilson, 95%; last column: 95% of samples.")


def areas_words(found: ConfidenceFindings) -> str:
    areas = found.areas
    if isinstance(areas, Undefined):
        return f"Risk by coverage: undefined, {areas.reason}."
    return (
        f"Risk by coverage: AURC {decimals(areas.aurc)} ({decimals(areas.e_aurc)} above the best order of "
        f"the same errors), AUGRC {decimals(areas.augrc)}; lower is better."
    )


def _threshold_sample(found: ConfidenceFindings) -> str:
    drawn = (
        f" It stands on {found.threshold_n} verdicts, one drawn at random from each cluster."
        if found.threshold_n < found.n
        else ""
    )
    return f"Threshold: {threshold_words(found)}{drawn} Traffic: verdicts with a confidence."


def recalibration_words(found: ConfidenceFindings) -> str:
    """Whether putting confidence right pays, on verdicts outside the fit."""
    better = found.recalibration
    if isinstance(better, Undefined):
        return f"Recalibration: not tried, {better.reason}."
    heat = "" if better.temperature is None else f" (temperature {better.temperature:.2f})"
    return (
        f"Recalibration by {better.method}{heat}, cross-fitted: log loss {number(better.before)} becomes "
        f"{number(better.after)}; gain {number(better.gain)}."
    )


def _label(found: ConfidenceFindings) -> str:
    return f"Reliability of {found.judge}: share of right verdicts by stated confidence"
