"""A report as a list of blocks, so that HTML, Markdown and the terminal say the same words."""

from __future__ import annotations

from collections.abc import Mapping

from calibration.agreement_types import CriterionAgreement, JudgeAgreement
from calibration.condition_words import limit_in_words, meaning, written
from calibration.findings.standing import Standing
from calibration.policy import EVIDENCE
from calibration.render.bar import bar_section
from calibration.render.blocks import (
    Block,
    Cell,
    Document,
    Folded,
    Heading,
    Paragraph,
    Part,
    Table,
    result_cell,
)
from calibration.render.confidence import confidence_section
from calibration.render.raters import raters_section
from calibration.render.standing import held_against_people, judge_blocks, standing_blocks
from calibration.render.taken import taken_section
from calibration.render.words import CAPTIONS, from_json, headline_names, seconds
from calibration.report import Decision, Evidence, Report
from calibration.stats.estimate import Estimate, Result


def document(report: Report) -> Document:
    """The report from the decision down to the details."""
    blocks: list[Part] = []
    if report.study.note:
        blocks.append(Paragraph(report.study.note, tone="note"))
    blocks += _decisions(report.decisions)
    for evidence in report.evidence:
        blocks += _evidence(evidence)
    blocks += [*confidence_section(report.confidence), *raters_section(report.rater_quality)]
    blocks += taken_section(report.taken)
    blocks += [*_what_it_stands_on(report), *_notes(report)]
    subtitle = f"Rubric {report.rubric.name}, version {report.rubric.sha256[:12]} · {report.issued}"
    return Document(f"Calibration report: {report.study.name}", subtitle, tuple(blocks))


def _decisions(decisions: tuple[Decision, ...]) -> list[Part]:
    heading = Heading("May a judge decide?")
    if not decisions:
        text = "No held-out evidence: no judge has been certified, so none may decide anything in a pipeline."
        return [heading, Paragraph(text, tone="caution")]
    rows = tuple(
        (
            Cell(d.judge),
            Cell(", ".join(d.criteria)),
            Cell(d.outcome, tone=d.outcome),
            Cell(" ".join((*_overall(d), *d.sentences))),
            Cell(f"{d.look} (α = {d.alpha:.4f})"),
            Cell(d.issued[:10]),
            Cell(d.expires[:10]),
        )
        for d in decisions
    )
    header = ("judge", "criteria", "outcome", "held-out evidence", "look", "issued", "expires")
    caption = "Held-out numbers are quoted from the last look and are never recomputed here."
    return [heading, Table(header, rows, caption), *(_conditions(d) for d in decisions if d.conditions)]


def _overall(decision: Decision) -> list[str]:
    """The overall value and bounds of each criterion, as the look may show them."""
    asked = {str(condition.get("name")) for condition in decision.conditions}
    return [
        f"{criterion}: {CAPTIONS.get(name, name)} {from_json(found)}."
        for criterion, estimates in decision.estimates.items()
        for name, found in estimates.items()
        if (name in asked and name not in EVIDENCE) or len(estimates) == 1
    ]


def _conditions(decision: Decision) -> Part:
    rows = tuple(_condition(str(c.get("name", "")), c) for c in decision.conditions)
    header = ("criterion", "condition", "bound", "asked", "result", "what it is about")
    return Folded(f"Conditions of {decision.judge}", (Table(header, rows),))


def _condition(name: str, found: Mapping[str, object]) -> tuple[Cell, ...]:
    bound, limit, passed = found.get("bound"), found.get("floor"), found.get("passed")
    return (
        Cell(str(found.get("criterion", ""))),
        Cell(name),
        Cell(written(name, bound) if isinstance(bound, float | int) else ""),
        Cell(limit_in_words(name, limit) if isinstance(limit, float | int) else ""),
        Cell("passed" if passed else "failed", tone="trusted" if passed else "not trusted"),
        Cell(meaning(name)),
    )


def _evidence(evidence: Evidence) -> list[Part]:
    blocks: list[Part] = [Heading(f"Agreement on the {evidence.split.replace('_', '-')} split")]
    if evidence.caution:
        blocks.append(Paragraph(evidence.caution, tone="caution"))
    blocks += [Paragraph(remark) for remark in evidence.remarks]
    criteria = evidence.agreement.criteria
    blocks += [_overview(criteria), *held_against_people(criteria, evidence.standings)]
    blocks += bar_section(evidence.bars)
    if evidence.as_drawn is not None:
        own = _overview(evidence.as_drawn.criteria)
        blocks.append(Folded("The same on this set's own mix of strata, not reweighted", (own,)))
    for criterion in criteria.values():
        blocks.append(_criterion(criterion, evidence.standings.get(criterion.criterion, {})))
    for stratum, found in evidence.agreement.strata.items():
        blocks.append(Folded(f"Stratum {stratum}", (_overview(found),)))
    return blocks


def _overview(criteria: Mapping[str, CriterionAgreement]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, found in criteria.items():
        coefficient = headline_names(found.scale.kind)[0]
        alpha = headline_names(found.scale.kind)[1]
        for judge in found.judges.values():
            ceiling = judge.ceiling
            rows.append(
                (
                    Cell(name),
                    Cell(judge.judge),
                    result_cell(judge.estimates.get(coefficient)),
                    result_cell(judge.estimates.get("percent_agreement")),
                    result_cell(ceiling.judge_human if ceiling else None),
                    result_cell(ceiling.human_human if ceiling else None),
                    result_cell(ceiling.gap if ceiling else None),
                )
            )
        if not found.judges:
            rows.append((Cell(name), Cell("raters only"), result_cell(found.humans.estimates.get(alpha))))
    header = ("criterion", "judge", "κ with the reference", "agreement", "judge–human", "human–human", "gap")
    caption = (
        "κ is quadratic on ordinal scales. Judge–human, human–human and their gap stand on items with two "
        "or more raters and a verdict. Brackets: 95% intervals."
    )
    return Table(header, tuple(row + (Cell(""),) * (len(header) - len(row)) for row in rows), caption)


def _criterion(found: CriterionAgreement, standings: Mapping[str, Standing]) -> Folded:
    humans = found.humans
    counted = f"{humans.ratings} labels of {humans.raters} raters on {humans.items} items."
    blocks: list[Block] = [Paragraph(counted)]
    if found.weighted:
        blocks.append(Paragraph(f"Weighted: {found.weighted}"))
    blocks.append(estimates_table(humans.estimates, "raters among themselves"))
    if humans.pairs:
        blocks.append(_pairs(found))
    for judge in found.judges.values():
        blocks += [*_judge(judge), *judge_blocks(judge)]
        if judge.judge in standings:
            blocks += standing_blocks(standings[judge.judge])
    return Folded(f"Criterion {found.criterion}: every number", tuple(blocks))


def _pairs(found: CriterionAgreement) -> Table:
    rows = tuple(
        (Cell(" – ".join(p.raters)), Cell(str(p.n)), result_cell(p.cohen_kappa)) for p in found.humans.pairs
    )
    return Table(("raters", "items", "Cohen's κ"), rows, "Pairs of raters with 30 or more common items.")


def _judge(judge: JudgeAgreement) -> list[Block]:
    ties = f" {judge.reference_ties} items have a tied vote." if judge.reference_ties else ""
    text = (
        f"Reference: {judge.reference}; {judge.n} units compared.{ties} Verdicts: {statuses(judge.statuses)}."
    )
    blocks: list[Block] = [
        Heading(f"Judge {judge.judge}", level=4),
        Paragraph(text),
        estimates_table(judge.estimates, f"{judge.judge} against the reference"),
    ]
    if judge.confusion is not None:
        header = ("judge \\ reference", *(str(c) for c in judge.confusion.categories))
        rows = tuple(
            (Cell(str(c)), *(Cell(str(n)) for n in row))
            for c, row in zip(judge.confusion.categories, judge.confusion.counts, strict=True)
        )
        blocks.append(
            Table(header, rows, "Confusion table: units by the judge's answer and the reference's.")
        )
    for name, classes in judge.per_class.items():
        blocks.append(estimates_table(classes, f"answer {name}"))
    for variant in judge.variants.values():
        blocks.append(estimates_table(variant.estimates, f"{variant.name} (n = {variant.n})"))
    return blocks


def estimates_table(estimates: Mapping[str, Result], caption: str) -> Table:
    """Name, number with interval, n, clusters and method of each estimate."""
    rows = []
    for name, result in estimates.items():
        n, clusters, method = ("", "", "")
        if isinstance(result, Estimate):
            n, clusters, method = str(result.n), str(result.clusters), result.method
        rows.append(
            (Cell(CAPTIONS.get(name, name)), result_cell(result), Cell(n), Cell(clusters), Cell(method))
        )
    return Table(("coefficient", "estimate", "n", "clusters", "method"), tuple(rows), caption)


def _what_it_stands_on(report: Report) -> list[Part]:
    items = Table(
        ("split", "stratum", "items", "with labels", "labels"),
        tuple(
            (
                Cell(c.split),
                Cell(c.stratum),
                Cell(str(c.items)),
                Cell(str(c.labelled)),
                Cell("not counted" if c.labels is None else str(c.labels)),
            )
            for c in report.items
        ),
    )
    raters = Table(
        ("rater", "labels by status, held-out ones aside"),
        tuple((Cell(r.name), Cell(statuses(r.statuses))) for r in report.raters),
    )
    return [Heading("What this stands on"), items, raters, _judges(report)]


def _judges(report: Report) -> Table:
    rows = tuple(
        (
            Cell(j.name),
            Cell(f"{j.kind}: {j.requested}"),
            Cell("" if j.spec_hash is None else j.spec_hash[:12]),
            Cell(", ".join(j.observed) or "not reported"),
            Cell(statuses(j.statuses)),
            Cell("unknown" if j.cost_usd is None else f"${j.cost_usd:.4f}"),
            Cell(f"{seconds(j.latency_p50)} / {seconds(j.latency_p95)}"),
        )
        for j in report.judges
    )
    header = ("judge", "what it is", "spec", "reported model", "verdicts", "cost", "latency p50 / p95")
    return Table(header, rows)


def _notes(report: Report) -> list[Part]:
    seed = "" if report.seed is None else f" Split seed {report.seed}."
    origin = Paragraph(f"Made by {report.software} on {report.issued}.{seed}")
    return [Heading("Notes"), *(Paragraph(note) for note in report.notes), origin]


def statuses(counts: Mapping[str, int]) -> str:
    """`observed 240, abstained 3` without the zeros."""
    return ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items() if n) or "none"
