"""What the Agreement page may show to whom; refuses held-out numbers and numbers for raters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services.calibrating import decisions, evidence
from annotate_app.services.overseeing import Role
from calibration.agreement import CriterionAgreement
from calibration.render.words import headline_names
from calibration.report import Decision
from calibration.splits import DEVELOPMENT, HELD_OUT, VALIDATION

SPLITS = (DEVELOPMENT, VALIDATION, HELD_OUT)

FOR_RATERS = (
    "Agreement is not shown to raters: knowing how others answer changes answers. "
    "Leads, engineers and owners see it."
)
SEALED = (
    "Held-out labels are sealed: no number of theirs is shown here. Each look at them is logged, spends "
    "error budget, and shows its outcome below."
)
NOTHING = "Nobody has labelled items of this split yet."
NO_LOOK = "No look at the held-out labels has been taken: no judge may decide anything yet."


@dataclass(frozen=True, slots=True)
class Measured:
    """Agreement by criterion, and by criterion and stratum; `headline` is the coefficient to read first.

    `cautions` are what the reader must know of one criterion alone.
    """

    criteria: Mapping[str, CriterionAgreement]
    strata: Mapping[str, Mapping[str, CriterionAgreement]]
    headline: Mapping[str, str]
    cautions: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """What one role sees of one split: numbers, or why there are none; outcomes of looks on held-out."""

    withheld: str = ""
    cautions: tuple[str, ...] = ()
    measured: Measured | None = None
    decisions: tuple[Decision, ...] = ()


def agreement_page(desk: Desk, *, role: Role, split: str) -> AgreementPage:
    """Agreement on `split` as `role` may see it: aggregates of open splits, outcomes of looks on held-out."""
    if role == "rater":
        return AgreementPage(withheld=FOR_RATERS)
    if split == HELD_OUT:
        decided = decisions(desk)
        return AgreementPage(withheld=SEALED if decided else f"{SEALED} {NO_LOOK}", decisions=decided)
    found = evidence(desk, split)
    if found is None:
        return AgreementPage(withheld=NOTHING)
    agreement = found.agreement
    measured = Measured(
        criteria=agreement.criteria,
        strata={
            name: {
                stratum: criteria[name] for stratum, criteria in agreement.strata.items() if name in criteria
            }
            for name in agreement.criteria
        },
        headline={name: headline_names(c.scale.kind)[0] for name, c in agreement.criteria.items()},
        cautions={
            name: tuple(said for said in agreement.assumptions if _about(said, agreement.criteria) == name)
            for name in agreement.criteria
        },
    )
    general = [said for said in agreement.assumptions if not _about(said, agreement.criteria)]
    return AgreementPage(cautions=tuple(filter(None, (found.caution, *general))), measured=measured)


def _about(sentence: str, criteria: Iterable[str]) -> str:
    """The criterion that a sentence of the measurement begins with; empty when it is about all."""
    return next((name for name in criteria if sentence.startswith(f"{name}: ")), "")
