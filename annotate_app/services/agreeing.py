"""What the Agreement page may show to whom; refuses held-out numbers and numbers for raters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services.calibrating import decisions, measured_split, open_split, trivial_bars
from annotate_app.services.remembering import Remembered
from annotate_app.services.rights import AGGREGATES_OF, Role, allowed, refusal
from annotate_app.services.weighting import ONLY_SEARCH, only_search
from calibration.agreement import Agreement, CriterionAgreement
from calibration.findings.bar import Bars
from calibration.render.bar import bar_sentences
from calibration.render.words import headline_names
from calibration.report import Decision
from calibration.splits import DEVELOPMENT, HELD_OUT, VALIDATION

SPLITS = (DEVELOPMENT, VALIDATION, HELD_OUT)

SEALED = (
    "Held-out labels are sealed: no number of theirs is shown here. Each look at them is logged, spends "
    "error budget, and shows its outcome below."
)
NOTHING = "Nobody has labelled items of this split yet."
NO_LOOK = "No look at the held-out labels has been taken: no judge may decide anything yet."


@dataclass(frozen=True, slots=True)
class Measured:
    """Agreement by criterion, and by criterion and stratum; `headline` are the coefficients to read first.

    `cautions` are what the reader must know of one criterion alone; `bars` say by criterion and judge
    whether the judge beats a trivial baseline.
    """

    criteria: Mapping[str, CriterionAgreement]
    strata: Mapping[str, Mapping[str, CriterionAgreement]]
    headline: Mapping[str, tuple[str, ...]]
    cautions: Mapping[str, tuple[str, ...]]
    bars: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """What one role sees of one split: numbers, or why there are none; outcomes of looks on held-out.

    `measured` is weighted to production's mix where study.toml declares it; then `as_drawn` is the same
    for the items as they were drawn.
    """

    withheld: str = ""
    cautions: tuple[str, ...] = ()
    measured: Measured | None = None
    as_drawn: Measured | None = None
    decisions: tuple[Decision, ...] = ()


_pages: Remembered[AgreementPage] = Remembered()


def criteria_shown(desk: Desk, *, role: Role, split: str) -> tuple[str, ...]:
    """The criteria that the role can choose from on this split; none for raters and of held-out items."""
    return tuple(c.name for c in desk.rubric.criteria) if split in AGGREGATES_OF[role] else ()


def agreement_page(desk: Desk, *, role: Role, split: str, criterion: str | None = None) -> AgreementPage:
    """Agreement on `split` as `role` may see it: aggregates of open splits, outcomes of looks on held-out.

    With `criterion` that one alone is measured. Remembered until something changes.
    """
    if not allowed(role, "agreement.see"):
        return AgreementPage(withheld=refusal("agreement.see"))
    if split == HELD_OUT:
        decided = decisions(desk)
        return AgreementPage(withheld=SEALED if decided else f"{SEALED} {NO_LOOK}", decisions=decided)
    return _pages.get(desk, (split, criterion), lambda: _measured_page(desk, split, criterion))


def _measured_page(desk: Desk, split: str, criterion: str | None) -> AgreementPage:
    part = open_split(desk, split, criteria=None if criterion is None else (criterion,))
    if part is None:
        return AgreementPage(withheld=ONLY_SEARCH if only_search(desk, split) else NOTHING)
    found = measured_split(desk, split, part)
    assumed = found.agreement.assumptions
    general = [said for said in assumed if not _about(said, found.agreement.criteria)]
    return AgreementPage(
        cautions=tuple(filter(None, (found.caution, *found.remarks, *general))),
        measured=_measured(found.agreement, trivial_bars(desk, part)),
        as_drawn=None if found.as_drawn is None else _measured(found.as_drawn),
    )


def _measured(agreement: Agreement, found: Bars | None = None) -> Measured:
    names = agreement.criteria
    return Measured(
        criteria=names,
        strata={
            name: {stratum: found[name] for stratum, found in agreement.strata.items() if name in found}
            for name in names
        },
        headline={
            name: (*headline_names(found.scale.kind), "percent_agreement") for name, found in names.items()
        },
        cautions={
            name: tuple(said for said in agreement.assumptions if _about(said, names) == name)
            for name in names
        },
        bars={
            name: {judge: bar_sentences(bar) for judge, bar in judges.items()}
            for name, judges in (found or {}).items()
        },
    )


def _about(sentence: str, criteria: Iterable[str]) -> str:
    """The criterion that a sentence of the measurement begins with; empty when it is about all."""
    return next((name for name in criteria if sentence.startswith(f"{name}: ")), "")
