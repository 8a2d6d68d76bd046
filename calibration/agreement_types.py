"""What an agreement measurement returns: frozen values that print themselves as the contract's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from calibration.stats.estimate import Result, Undefined
from calibration.stats.pairwise import PairwiseAgreement
from calibration.stats.paradox import ParadoxPanel
from rubrics.rubric import Scale, Value

ReferenceKind = Literal["majority", "median", "mean", "each", "adjudicated"]
JudgeField = Literal["value", "expected"]

REFERENCE_KINDS: tuple[ReferenceKind, ...] = ("majority", "median", "mean", "each", "adjudicated")
SCHEMA = "calibrant/agreement/1"


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure; None for `reference` means the scale's default (CONTRACTS: majority, median or mean).

    `unparsed` is the answer that an unparsed verdict counts as (None: left out); answers in `drop` leave
    every comparison they are part of; `epsilon` asks for the alternative annotator test; `bootstrap`
    resamples (0: none) replace the analytic intervals, from `seed`.
    """

    reference: ReferenceKind | None = None
    unparsed: Value | None = None
    drop: tuple[Value, ...] = ()
    judge_field: JudgeField = "value"
    by: str | None = None
    level: float = 0.95
    epsilon: float | None = None
    bootstrap: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class RaterPair:
    """Two raters on the items that both answered."""

    raters: tuple[str, str]
    n: int
    cohen_kappa: Result

    def as_json(self) -> dict[str, object]:
        return {"raters": list(self.raters), "n": self.n, "cohen_kappa": self.cohen_kappa.as_json()}


@dataclass(frozen=True, slots=True)
class HumanAgreement:
    """How far the raters agree with one another; `items`, `ratings` and `raters` count observed answers."""

    items: int
    ratings: int
    raters: int
    statuses: Mapping[str, int]
    estimates: Mapping[str, Result]
    pairs: tuple[RaterPair, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "items": self.items,
            "ratings": self.ratings,
            "raters": self.raters,
            "statuses": dict(self.statuses),
            "estimates": estimates_json(self.estimates),
            "pairs": [pair.as_json() for pair in self.pairs],
        }


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of units by the judge's answer (rows) and the reference's (columns)."""

    categories: tuple[Value, ...]
    counts: tuple[tuple[int, ...], ...]

    def as_json(self) -> dict[str, object]:
        return {"categories": list(self.categories), "counts": [list(row) for row in self.counts]}


@dataclass(frozen=True, slots=True)
class Applicability:
    """Units where both sides were asked, by who said that the criterion does not apply."""

    both_answered: int
    only_judge_not_applicable: int
    only_human_not_applicable: int
    both_not_applicable: int

    def as_json(self) -> dict[str, object]:
        return {
            "both_answered": self.both_answered,
            "only_judge_not_applicable": self.only_judge_not_applicable,
            "only_human_not_applicable": self.only_human_not_applicable,
            "both_not_applicable": self.both_not_applicable,
        }


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Judge–human beside human–human on the items that have two raters and a verdict, and their gap."""

    coefficient: str
    human_human: Result
    judge_human: Result
    gap: Result

    def as_json(self) -> dict[str, object]:
        return {
            "coefficient": self.coefficient,
            "human_human": self.human_human.as_json(),
            "judge_human": self.judge_human.as_json(),
            "gap": self.gap.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Variant:
    """The same comparison under another treatment of ties or of unparsed verdicts."""

    name: str
    n: int
    estimates: Mapping[str, Result]

    def as_json(self) -> dict[str, object]:
        return {"n": self.n, "estimates": estimates_json(self.estimates)}


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """How far one judge agrees with the reference; `n` counts the units compared.

    `per_class` maps an answer to its precision, recall, F1 …; `variants` the name of another treatment to
    its numbers; `pairwise` treats ties in three ways; `paradox` says what prevalence and bias do to kappa;
    `alternative_annotator_test` is there when it was asked for.
    """

    judge: str
    n: int
    statuses: Mapping[str, int]
    reference: ReferenceKind
    reference_ties: int
    estimates: Mapping[str, Result]
    confusion: Confusion | None = None
    per_class: Mapping[str, Mapping[str, Result]] = field(default_factory=dict)
    applicability: Applicability | None = None
    ceiling: Ceiling | None = None
    variants: Mapping[str, Variant] = field(default_factory=dict)
    pairwise: PairwiseAgreement | None = None
    paradox: ParadoxPanel | None = None
    alternative_annotator_test: Mapping[str, object] | None = None

    def as_json(self) -> dict[str, object]:
        content: dict[str, object] = {
            "n": self.n,
            "statuses": dict(self.statuses),
            "reference": self.reference,
            "reference_ties": self.reference_ties,
            "estimates": estimates_json(self.estimates),
            "per_class": {name: estimates_json(found) for name, found in self.per_class.items()},
            "variants": {name: variant.as_json() for name, variant in self.variants.items()},
        }
        for name, part in (
            ("confusion", self.confusion), ("applicability", self.applicability), ("ceiling", self.ceiling),
            ("pairwise", self.pairwise),
        ):  # fmt: skip
            if part is not None:
                content[name] = part.as_json()
        if self.paradox is not None:
            content["paradox"] = paradox_json(self.paradox)
        if self.alternative_annotator_test is not None:
            content["alternative_annotator_test"] = dict(self.alternative_annotator_test)
        return content


@dataclass(frozen=True, slots=True)
class CriterionAgreement:
    """One criterion: the raters among themselves, and each judge against them; `weighted` says by what."""

    criterion: str
    scale: Scale
    humans: HumanAgreement
    judges: Mapping[str, JudgeAgreement]
    weighted: str | None = None

    def as_json(self) -> dict[str, object]:
        content: dict[str, object] = {
            "scale": scale_json(self.scale),
            "humans": self.humans.as_json(),
            "judges": {name: judge.as_json() for name, judge in self.judges.items()},
        }
        if self.weighted is not None:
            content["weighted"] = self.weighted
        return content


@dataclass(frozen=True, slots=True)
class Agreement:
    """Every criterion's agreement, the same per stratum when asked for, and what was assumed on the way."""

    criteria: Mapping[str, CriterionAgreement]
    strata: Mapping[str, Mapping[str, CriterionAgreement]] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        content: dict[str, object] = {"schema": SCHEMA, "criteria": criteria_json(self.criteria)}
        if self.strata:
            content["strata"] = {
                value: {"criteria": criteria_json(criteria)} for value, criteria in self.strata.items()
            }
        if self.assumptions:
            content["assumptions"] = list(self.assumptions)
        return content


def criteria_json(criteria: Mapping[str, CriterionAgreement]) -> dict[str, object]:
    return {name: found.as_json() for name, found in criteria.items()}


def estimates_json(estimates: Mapping[str, Result]) -> dict[str, object]:
    return {name: estimate.as_json() for name, estimate in estimates.items()}


def scale_json(scale: Scale) -> dict[str, object]:
    """The scale's kind with its declared answers, or with its range when it has no closed list."""
    content: dict[str, object] = {"kind": scale.kind}
    if scale.kind == "interval":
        return content | {"low": scale.low, "high": scale.high, "step": scale.step}
    return content | {"categories": list(scale.categories)}


def paradox_json(panel: ParadoxPanel) -> dict[str, object]:
    """What stands beside kappa: indices of prevalence and bias, the largest kappa possible, sentences."""
    most, over = (
        found.as_json() if isinstance(found, Undefined) else found
        for found in (panel.kappa_max, panel.kappa_over_max)
    )
    return {
        "prevalence_index": panel.prevalence_index,
        "bias_index": panel.bias_index,
        "kappa_max": most,
        "kappa_over_max": over,
        "pabak": panel.pabak.as_json(),
        "gwet_ac1": panel.gwet_ac1.as_json(),
        "common_class": panel.common_class,
        "texts": list(panel.texts),
    }
