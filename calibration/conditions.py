"""Does the evidence meet the policy? Every condition tested at the look's alpha; refuses to guess."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from calibration.agreement_types import Confusion, CriterionAgreement, JudgeAgreement
from calibration.certificate import Outcome
from calibration.demands.facts import Found
from calibration.demands.measuring import Demands
from calibration.needed import labels_needed
from calibration.policy import EVIDENCE, CriterionPolicy, Policy, Requirement
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.proportions import clopper_pearson


@dataclass(frozen=True, slots=True)
class Look:
    """The how-manieth look at the held-out evidence, its share of the error budget and the next one's.

    spends: the whole look's share where `alpha` is that of one of its stages.
    """

    k: int
    alpha: float
    next_alpha: float
    spends: float | None = None

    @property
    def level(self) -> float:
        """The two-sided level whose bounds are one-sided bounds at alpha."""
        return 1 - 2 * self.alpha


def look_at(policy: Policy, k: int) -> Look:
    """Look k of a policy: alpha_k = 6 alpha / (pi^2 k^2)."""
    return Look(k, policy.alpha_of_look(k), policy.alpha_of_look(k + 1))


@dataclass(frozen=True, slots=True)
class Measured:
    """What one condition is tested on: an estimate with one-sided bounds at the look's alpha, or none.

    `weak`: the estimate comes with a warning about its interval, so it decides nothing either way.
    """

    value: float | None
    low: float | None
    high: float | None
    reason: str = ""
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Tested:
    """One condition with its outcome; `needed` is how many more labelled items would probably settle it.

    `advice` says what else would; only where that tells nothing of what is held out.
    """

    requirement: Requirement
    measured: Measured
    outcome: Outcome
    needed: int | None = None
    advice: str = ""

    @property
    def bound(self) -> float | None:
        return self.measured.high if self.requirement.at_most else self.measured.low

    @property
    def name(self) -> str:
        return f"{self.requirement.criterion}: {self.requirement.name}"


@dataclass(frozen=True, slots=True)
class Finding:
    """All conditions of one look: trusted only when every one is met."""

    tested: tuple[Tested, ...]
    outcome: Outcome

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(t.name for t in self.tested if t.outcome != "trusted")

    @property
    def needed(self) -> int | None:
        """Labelled items still needed: the most that any open condition asks for; None if nobody can say.

        Conditions that something other than labels would settle are left aside, see `advice`.
        """
        asked = [t.needed for t in self.tested if t.outcome == "undecided" and not t.advice]
        known = [n for n in asked if n is not None]
        return max(known) if known and len(known) == len(asked) else None

    @property
    def advice(self) -> tuple[str, ...]:
        """What has to be done beside labelling, each with the condition it is about."""
        return tuple(f"{t.name}: {t.advice}" for t in self.tested if t.outcome == "undecided" and t.advice)


def check_conditions(
    pairs: Iterable[tuple[CriterionPolicy, CriterionAgreement]],
    judge: str,
    look: Look,
    demands: Mapping[str, Demands] | None = None,
) -> Finding:
    """Test every condition; agreements and demands (by criterion) must be measured at the look's level.

    trusted: every bound meets its limit. undecided: there is too little evidence, or nothing is refuted.
    not trusted: some bound on the other side shows that a limit is missed.
    """
    tested = tuple(
        _demanded(requirement, found[requirement.name])
        if requirement.name in (found := (demands or {}).get(policy.criterion, {}))
        else _tested(requirement, agreement, judge, look)
        for policy, agreement in pairs
        for requirement in policy.requirements
    )
    return Finding(tested, _overall(tested))


def _overall(tested: Sequence[Tested]) -> Outcome:
    if tested and all(t.outcome == "trusted" for t in tested):
        return "trusted"
    thin = any(t.outcome != "trusted" for t in tested if t.requirement.name in EVIDENCE)
    refuted = any(t.outcome == "not trusted" for t in tested)
    return "not trusted" if refuted and not thin else "undecided"


def measured_for(
    requirement: Requirement, agreement: CriterionAgreement, judge: str, *, alpha: float
) -> Measured:
    """The number that a condition is about, with its bounds."""
    found = agreement.judges.get(judge)
    if found is None:
        return Measured(None, None, None, "the judge has no verdict on a labelled item")
    special = _SPECIAL.get(requirement.name)
    if special is not None:
        return special(agreement, found, alpha)
    estimate = found.estimates.get(requirement.name)
    if estimate is None:
        return Measured(None, None, None, f"{requirement.name} does not suit this criterion's scale")
    if requirement.name == "percent_agreement" and isinstance(estimate, Estimate) and not agreement.weighted:
        return _proportion(estimate.value * estimate.n, estimate.n, estimate.clusters, alpha)
    return _from_result(estimate)


def _from_result(result: Result) -> Measured:
    if not isinstance(result, Estimate):
        return Measured(None, None, None, result.reason)
    reasons = [result.interval_undefined] if result.interval_undefined else list(result.warnings)
    return Measured(result.value, result.low, result.high, "; ".join(reasons), weak=bool(reasons))


def _gap(agreement: CriterionAgreement, found: JudgeAgreement, alpha: float) -> Measured:
    if found.ceiling is None:
        return Measured(None, None, None, "no human ceiling: too few items have two raters")
    return _from_result(found.ceiling.gap)


def _tpr(agreement: CriterionAgreement, found: JudgeAgreement, alpha: float) -> Measured:
    return _rate_of_class(agreement, found, alpha, which=0)


def _tnr(agreement: CriterionAgreement, found: JudgeAgreement, alpha: float) -> Measured:
    return _rate_of_class(agreement, found, alpha, which=1)


def _rate_of_class(
    agreement: CriterionAgreement, found: JudgeAgreement, alpha: float, *, which: int
) -> Measured:
    """Share of the reference's class `which` that the judge puts there too.

    Clopper-Pearson; where items are weighted, Wilson on the effective number of items.
    """
    if agreement.weighted is not None:
        rates = found.per_class.get(str(agreement.scale.categories[which]), {})
        return _from_result(rates.get("recall", Undefined("nobody answered")))
    if found.confusion is None:
        return Measured(None, None, None, "no confusion table")
    column = [row[which] for row in found.confusion.counts]
    share = _clusters(found) / found.n if found.n else 0.0
    return _proportion(column[which], sum(column), round(sum(column) * share), alpha)


def _abstained(agreement: CriterionAgreement, found: JudgeAgreement, alpha: float) -> Measured:
    """Abstentions, and "not applicable" where the raters have an answer, among all verdicts."""
    dodged = found.applicability.only_judge_not_applicable if found.applicability else 0
    return _share(found, found.statuses.get("abstained", 0) + dodged, alpha)


def _unparsed(agreement: CriterionAgreement, found: JudgeAgreement, alpha: float) -> Measured:
    """Unreadable and failed verdicts among all: the share itself, a count of what happened and no estimate.

    (On an upper bound, 2% would need 173 verdicts without a single failure at the first look.)
    """
    total = sum(found.statuses.values())
    failed = sum(found.statuses.get(s, 0) for s in ("parse_error", "provider_error"))
    return _exactly(failed / total) if total else Measured(None, None, None, "nothing to count")


def _share(found: JudgeAgreement, count: int, alpha: float) -> Measured:
    """Verdicts on items that nobody labelled count, but lie in the same clusters: they make none more."""
    total, clusters = sum(found.statuses.values()), _clusters(found)
    return _proportion(count, total, clusters if clusters < found.n or not found.n else total, alpha)


def _proportion(count: float, total: float, clusters: float, alpha: float) -> Measured:
    """Clopper–Pearson at one-sided alpha; where items come in clusters, each cluster counts as one item."""
    units = min(total, clusters)
    if units <= 0:
        return Measured(None, None, None, "nothing to count")
    bounds = clopper_pearson(count * units / total, units, level=1 - 2 * alpha)
    return Measured(count / total, bounds.low, bounds.high)


def _items(agreement: CriterionAgreement, found: JudgeAgreement, alpha: float) -> Measured:
    return _exactly(found.n)


def _units(agreement: CriterionAgreement, found: JudgeAgreement, alpha: float) -> Measured:
    return _exactly(_clusters(found))


def _rarest(agreement: CriterionAgreement, found: JudgeAgreement, alpha: float) -> Measured:
    """Items of the reference's rarest class; on ordered scales, items outside its most common class."""
    return _exactly(
        found.n if found.confusion is None else rarest_class(found.confusion, agreement.scale.is_numeric)
    )


def _exactly(number: float) -> Measured:
    return Measured(number, number, number)


_SPECIAL: dict[str, Callable[[CriterionAgreement, JudgeAgreement, float], Measured]] = {
    "gap_to_ceiling": _gap,
    "tpr": _tpr,
    "tnr": _tnr,
    "abstained": _abstained,
    "unparsed": _unparsed,
    "items": _items,
    "clusters": _units,
    "rarest_class": _rarest,
}


def rarest_class(confusion: Confusion, ordered: bool) -> int:
    """Items of the rarest class that the reference uses; a binary scale's unused class counts, with none."""
    columns: list[int] = [sum(column) for column in zip(*confusion.counts, strict=True)]
    used = columns if len(columns) <= 2 else [c for c in columns if c > 0]
    if not used or len(used) < 2:
        return 0
    return sum(used) - max(used) if ordered else min(used)


def _clusters(found: JudgeAgreement) -> int:
    """Independent units compared: the fewest that any estimate rests on."""
    units = [e.clusters for e in found.estimates.values() if isinstance(e, Estimate)]
    return min(units, default=0)


def _tested(requirement: Requirement, agreement: CriterionAgreement, judge: str, look: Look) -> Tested:
    measured = measured_for(requirement, agreement, judge, alpha=look.alpha)
    outcome = _outcome(requirement, measured)
    if outcome != "undecided" or judge not in agreement.judges:
        return Tested(requirement, measured, outcome)
    n = agreement.judges[judge].n
    bound = measured.high if requirement.at_most else measured.low
    needed = labels_needed(
        requirement, measured.value, bound, n, alpha=look.alpha, next_alpha=look.next_alpha
    )
    return Tested(requirement, measured, outcome, needed)


def _demanded(requirement: Requirement, found: Found) -> Tested:
    """A condition beyond agreement: its bounds come with it."""
    measured = _from_result(found.result)
    outcome = _outcome(requirement, measured)
    if outcome != "undecided":
        return Tested(requirement, measured, outcome)
    return Tested(requirement, measured, outcome, found.needed, found.advice)


def _outcome(requirement: Requirement, measured: Measured) -> Outcome:
    if measured.weak:
        return "undecided"
    if requirement.at_most:
        met = requirement.met_by(measured.high)
        refuted = measured.low is not None and measured.low > requirement.limit
    else:
        met = requirement.met_by(measured.low)
        refuted = measured.high is not None and measured.high < requirement.limit
    if met:
        return "trusted"
    return "not trusted" if refuted and requirement.name not in EVIDENCE else "undecided"
