"""Agreement of raters with one another and of judges with them: ratings in, one frozen Agreement out."""

from __future__ import annotations

from calibration.agreement_types import (
    Agreement,
    Applicability,
    Ceiling,
    Confusion,
    CriterionAgreement,
    HumanAgreement,
    JudgeAgreement,
    Options,
    RaterPair,
    ReferenceKind,
    Variant,
)

__all__ = [
    "Agreement",
    "Applicability",
    "Ceiling",
    "Confusion",
    "CriterionAgreement",
    "HumanAgreement",
    "JudgeAgreement",
    "Options",
    "RaterPair",
    "ReferenceKind",
    "Variant",
]
