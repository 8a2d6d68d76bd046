"""The words for a judge held against people, for κ under skewed answers, and for ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calibration.agreement_types import CriterionAgreement, JudgeAgreement
from calibration.findings.standing import Standing, Standings
from calibration.render.blocks import Block, Cell, Heading, Paragraph, Table, result_cell
from calibration.render.words import CAPTIONS, decimals, percent
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.pairwise import PairwiseAgreement
from calibration.stats.paradox import ParadoxPanel

NEVER_A_GATE = (
    "The alternative annotator test is never a gate on its own: ε, a free choice, decides most outcomes, "
    "ties count for the judge, and passing means no more than where people themselves pass."
)
WEAK_PEOPLE = 0.2  # people's own agreement may be no better than this: keeping up with them says little


def held_against_people(criteria: Mapping[str, CriterionAgreement], standings: Standings) -> Sequence[Block]:
    """One sentence per criterion and judge, and what skewed answers do to κ where they do."""
    rows = tuple(
        (
            Cell(criterion),
            Cell(judge),
            Cell(non_inferiority_words(found), note=_warnings(criteria[criterion].judges[judge])),
        )
        for criterion, judges in standings.items()
        for judge, found in judges.items()
    )
    blocks: list[Block] = []
    if rows:
        caption = "Non-inferiority on items with two or more raters and a verdict; one-sided, 95%."
        blocks.append(Table(("criterion", "judge", "as good as one more rater?"), rows, caption))
    misleading = tuple(
        (Cell(name), Cell(judge.judge), Cell(" ".join(judge.paradox.texts)))
        for name, found in criteria.items()
        for judge in found.judges.values()
        if judge.paradox is not None and judge.paradox.texts
    )
    if misleading:
        caption = "Where one answer dominates, κ alone misleads; the panel stands with every number below."
        blocks.append(Table(("criterion", "judge", "before reading κ"), misleading, caption))
    return blocks


def _warnings(judge: JudgeAgreement) -> str:
    """What the reader must know of the gap's interval."""
    gap = None if judge.ceiling is None else judge.ceiling.gap
    return "; ".join(gap.warnings) if isinstance(gap, Estimate) else ""


def non_inferiority_words(found: Standing) -> str:
    """Whether the judge is shown to be at most the margin below people, in one or two sentences."""
    said = found.non_inferiority
    if isinstance(said, Undefined):
        return f"Cannot be said: {said.reason}."
    numbers = f"gap {decimals(said.gap)}, with 95% confidence not below {decimals(said.low)}"
    floor = said.human_floor
    weak = (
        f" But people may agree among themselves by no more than {decimals(floor)}: keeping up with them "
        "says little."
        if floor is not None and floor < WEAK_PEOPLE
        else ""
    )
    if said.passed:
        return f"Yes, within the margin of {said.margin:.2f}: {numbers}.{weak}"
    return f"Not shown: {numbers}, where the margin allows {decimals(-said.margin)}.{weak}"


def standing_blocks(found: Standing) -> list[Block]:
    """Leave-one-out and the alternative annotator test of one judge."""
    return [
        Paragraph(f"As one more rater: {non_inferiority_words(found)}"),
        Paragraph(leave_one_out_words(found)),
        *_alternative(found.alternative_annotator_test),
    ]


def leave_one_out_words(found: Standing) -> str:
    said = found.leave_one_out
    if isinstance(said, Undefined):
        return f"Each rater left out in turn: cannot be said, {said.reason}."
    against = "mean" if said.coefficient == "spearman" else "majority"
    name = CAPTIONS.get(said.coefficient, said.coefficient)
    return (
        f"Each rater left out in turn, against the {against} of the others ({name}, mean over "
        f"{_raters(said.raters)} with 30 items or more): people {decimals(said.human)}, "
        f"{found.judge} {decimals(said.judge)} on the same items. A ceiling to read, not a gate."
    )


def _raters(count: int) -> str:
    return "one rater" if count == 1 else f"{count} raters"


def _alternative(test: Mapping[str, object]) -> list[Block]:
    if "undefined" in test:
        return [Paragraph(f"Alternative annotator test: not done, {test['undefined']}.")]
    grid = test.get("sensitivity")
    rows = tuple(
        (
            Cell(f"{step['epsilon']:.2f}"),
            Cell(percent(step["winning_rate"])),
            Cell("passes" if step["passed"] else "fails"),
        )
        for step in (reversed(grid) if isinstance(grid, list) else ())
    )
    words = Paragraph(alternative_words(test))
    if not rows:
        return [words, Paragraph(NEVER_A_GATE, tone="note")]
    header = ("ε", "raters the judge could replace", "outcome at this ε")
    return [words, Table(header, rows, NEVER_A_GATE)]


def alternative_words(test: Mapping[str, object]) -> str:
    """The outcome at the chosen ε, and how people would fare in the judge's place."""
    if "undefined" in test:
        return f"Alternative annotator test: not done, {test['undefined']}."
    outcome = "passes" if test["passed"] else "does not pass"
    control = test.get("control")
    people = "Too few items have three raters to put people in the judge's place."
    if isinstance(control, Mapping) and control.get("tested"):
        people = f"Put in the judge's place, {control['passed']} of {control['tested']} people pass."
    return (
        f"Alternative annotator test at ε = {test['epsilon']:.2f}: the judge {outcome}; it could replace "
        f"{percent(test['winning_rate'])} of the raters tested, and does at least as well as the rater on "
        f"{percent(test['advantage_probability'])} of items. {people}"
    )


def judge_blocks(judge: JudgeAgreement) -> list[Block]:
    """The paradox panel where it is triggered, and ties where answers are preferences."""
    blocks: list[Block] = []
    if judge.paradox is not None and judge.paradox.texts:
        blocks += paradox_blocks(judge.paradox, [str(c) for c in _categories(judge)])
    if judge.pairwise is not None:
        blocks.append(pairwise_table(judge.pairwise))
    return blocks


def _categories(judge: JudgeAgreement) -> Sequence[object]:
    return () if judge.confusion is None else judge.confusion.categories


def paradox_blocks(panel: ParadoxPanel, answers: Sequence[str]) -> list[Block]:
    """What has to stand beside κ when one answer dominates."""
    rows = [
        ("percent agreement", result_cell(panel.percent_agreement)),
        ("κ", result_cell(panel.kappa)),
        ("largest κ with these margins", _plain(panel.kappa_max)),
        ("κ as a share of that", _plain(panel.kappa_over_max)),
        ("PABAK (Brennan–Prediger)", result_cell(panel.pabak)),
        ("AC1", result_cell(panel.gwet_ac1)),
        ("prevalence index", _plain(panel.prevalence_index)),
        ("bias index", _plain(panel.bias_index)),
        ("share of the commonest answer", Cell(percent(panel.common_class))),
    ]
    names = dict(enumerate(answers))
    for one in panel.classes:
        rows.append((f"agreement on {names.get(one.category, str(one.category + 1))!r}", result_cell(one.f1)))
    table = tuple((Cell(name), cell) for name, cell in rows if cell.text)
    texts = [Paragraph(text, tone="note") for text in panel.texts]
    return [Heading("Before reading κ", level=5), *texts, Table(("what", "value"), table)]


def pairwise_table(found: PairwiseAgreement) -> Table:
    """Agreement with ties as answers (S1), without them (S2), as half, and how often each side ties."""
    rows: tuple[tuple[str, Result], ...] = (
        ("ties are answers (S1)", found.with_ties),
        ("units where neither says tie (S2)", found.without_ties),
        ("a tie is half an agreement", found.half_credit),
        ("κ of three answers", found.kappa),
        ("κ, a tie half way", found.kappa_half_credit),
        ("the judge says tie", found.tie_rate_first),
        ("the reference says tie", found.tie_rate_second),
    )
    cells = tuple((Cell(name), result_cell(one), Cell(_counted(one))) for name, one in rows)
    return Table(("preferences", "estimate", "n"), cells, "S1 and S2 as in MT-Bench; S2 drops units.")


def _counted(found: Result) -> str:
    return "" if isinstance(found, Undefined) else str(found.n)


def _plain(value: float | Undefined | None) -> Cell:
    if value is None:
        return Cell("")
    return Cell("undefined", value.reason) if isinstance(value, Undefined) else Cell(decimals(value))
