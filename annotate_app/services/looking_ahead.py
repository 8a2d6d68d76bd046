"""Before a look: the labels it needs, fixed or in stages, and what more of them buy; no held-out number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import cast

from annotate_app.desk import Desk
from annotate_app.services.calibrating import open_split
from annotate_app.services.declaring import PlanStatus, declare, least_items, plan_statuses
from annotate_app.services.held_out import CannotCertify, demands
from annotate_app.services.pacing import open_pace, remaining
from annotate_app.services.rights import HOLDER, Holder, Role, allowed, refusal, require
from annotate_app.services.staging import advance
from annotate_app.services.targeting import frame_of
from annotate_app.store import look_plans, looks
from calibration.agreement import Options, measure_criterion
from calibration.agreement_types import JudgeAgreement, ReferenceKind
from calibration.look_planning import Expected, Needs, Step, needs, steps, widening
from calibration.policy import CriterionPolicy
from calibration.scales import numbers_of
from calibration.splits import DEVELOPMENT, HELD_OUT, VALIDATION
from calibration.staging import last_alpha
from calibration.stats.estimate import Estimate
from calibration.stats.obstacles import FEW_CLUSTERS
from calibration.stats.power import Margins
from calibration.triage.design import Design, FrameItem

POWER, WAVE, ROWS = 0.8, 50, 7
LEAST = FEW_CLUSTERS
OF_DEVELOPMENT = (
    "{criterion}: from development items, on which prompts are written: expect less of held-out ones. Label "
    "some validation items."
)
SMALL = 100
SMALL_PLANS = (
    "Plans of fewer than about a hundred items fall short of the planned power in stages: bounds of few "
    "items are wide, and below 40 nothing is decided."
)
ALONE = (
    "All figures are of the coefficients alone; other conditions of the policy may need more. Chances are "
    "approximations from the pilot, and nothing held-out was read for them. Minutes go by the newest answers "
    "to items that are not held out."
)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the next look at a judge would need. `labelled` of `available` held-out items have labels.

    fixed, planned and average are those of the criterion that needs most; None where no number is enough.
    """

    judge: str
    k: int
    alpha: float
    power: float
    labelled: int
    available: int
    raters: int
    expected: tuple[Expected, ...]
    needs: tuple[Needs, ...]
    steps: tuple[Step, ...]
    warnings: tuple[str, ...]

    @property
    def splits(self) -> str:
        """Where the pilot's items are: "validation", or both open splits."""
        return " or ".join(dict.fromkeys(one.split for one in self.expected))

    @property
    def suggested(self) -> int:
        """Items to plan in stages: those that are needed, as far as there are so many."""
        return max(min(self.planned or self.available, self.available), 1)

    @property
    def fixed(self) -> int | None:
        return _most([one.fixed for one in self.needs])

    @property
    def planned(self) -> int | None:
        return _most([one.planned for one in self.needs])

    @property
    def average(self) -> int | None:
        return _most([one.average for one in self.needs])

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "calibrant/look-ahead/1",
            "judge": self.judge,
            "look": {"k": self.k, "alpha": self.alpha},
            "power": self.power,
            "held_out": {"labelled": self.labelled, "items": self.available, "raters_per_item": self.raters},
            "fixed": self.fixed,
            "staged": {"planned": self.planned, "on_average": self.average},
            "criteria": [_criterion_json(e, n) for e, n in zip(self.expected, self.needs, strict=True)],
            "waves": [asdict(step) for step in self.steps],
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class PlanPage:
    """What a role sees: judges that can be planned for, looks in stages, and whether it may declare one."""

    withheld: str = ""
    judges: tuple[str, ...] = ()
    plans: tuple[PlanStatus, ...] = ()
    may_declare: bool = False

    def under_way(self, judge: str) -> PlanStatus | None:
        return next((p for p in self.plans if p.judge == judge and p.outcome is None), None)

    def complete(self, judge: str) -> bool:
        """Whether the judge's present stage may be taken now, by this role."""
        plan = self.under_way(judge)
        return self.may_declare and plan is not None and not plan.missing

    def why_not(self, judge: str) -> str:
        """Why no look in stages can be declared now."""
        if self.under_way(judge):
            return f"The look at {judge} is under way; its present stage waits for labels."
        return "Engineers and owners declare looks; who has several roles chooses one in the side bar."


def plan_page(desk: Desk, *, role: Role) -> PlanPage:
    if not allowed(role, "looks.see"):
        return PlanPage(withheld=refusal("looks.see"))
    judges = tuple(desk.study_file.judges)
    return PlanPage(
        judges=judges, plans=plan_statuses(desk, role=HOLDER), may_declare=allowed(role, "looks.take")
    )


def look_ahead(
    desk: Desk,
    judge: str,
    *,
    criteria: tuple[str, ...] = (),
    power: float = POWER,
    wave: int = WAVE,
    role: Role | Holder,
) -> Ahead:
    """What the next look at `judge` needs, from validation items, else from development ones.

    `CannotCertify` where no look is possible at all, or no open split says anything of a criterion.
    """
    require(role, "looks.see")
    if not 0.5 <= power < 1 or wave < 1:
        raise CannotCertify("power is at least .5 and below 1, and a wave has at least one item")
    wanted = demands(desk, judge, criteria)
    frame = frame_of(desk, Design("random", 1), HELD_OUT)
    k, labelled, available = _next_k(desk), _labelled(desk, frame), len(frame)
    alpha = wanted.policy.alpha_of_look(k)
    expected = tuple(_expected(desk, policy, judge) for policy in wanted.asked)
    fewest, planned = (least_items(wanted, frame, a) for a in (alpha, last_alpha(alpha)))
    found = tuple(
        needs(e, alpha=alpha, power=power, least=fewest[e.criterion], least_planned=planned[e.criterion])
        for e in expected
    )
    rows = steps(expected, alpha=alpha, labelled=labelled, available=available, wave=wave, rows=ROWS)
    raters = desk.study_file.study.raters_per_item
    made = Ahead(
        judge, k, alpha, power, labelled, available, raters, expected, found,
        _with_minutes(desk, rows, raters), (),
    )  # fmt: skip
    return replace(made, warnings=_warnings(made))


def start(desk: Desk, judge: str, items: int, *, role: Role, by: str) -> PlanStatus:
    """Declare a look in stages from the page. `CannotCertify` says what stands in the way."""
    return declare(desk, judge, items, by=_name(role, by), role=role)


def take(desk: Desk, judge: str, *, role: Role, by: str) -> str:
    """Take the complete stages of the judge's plan from the page; what may be said of it."""
    result = advance(desk, judge, by=_name(role, by), role=role)
    words = "It goes on: " if result.status.outcome is None else "The look has ended: "
    return words + result.status.words + "."


def _name(role: Role, by: str) -> str:
    require(role, "looks.take")
    if not by.strip():
        raise CannotCertify("say who it is: the ledger keeps the name")
    return by.strip()


def _expected(desk: Desk, policy: CriterionPolicy, judge: str) -> Expected:
    """The coefficient on validation items where it has an interval there, else on development items."""
    options = Options(reference=cast(ReferenceKind | None, policy.reference), level=0.95)
    undecided: Expected | None = None
    for split in (VALIDATION, DEVELOPMENT):
        part = open_split(desk, split, criteria=(policy.criterion,))
        if part is None:
            continue
        ratings = part.reweighted.criteria[policy.criterion]
        found = measure_criterion(ratings, options).judges.get(judge)
        estimate = None if found is None else found.estimates.get(policy.coefficient)
        if found is not None and isinstance(estimate, Estimate):
            wider = _widening(policy, found, estimate, numbers_of(ratings.scale))
            made = Expected(policy.criterion, policy.coefficient, policy.floor, split, estimate, wider)
            if made.spread is not None:
                return made
            undecided = undecided or made
    if undecided is None:
        raise CannotCertify(
            f"{policy.criterion}: no validation or development item has both a label and a verdict of "
            f"{judge!r}, so nothing can be planned: label a random wave and run the judge"
        )
    return undecided


def _widening(
    policy: CriterionPolicy, found: JudgeAgreement, estimate: Estimate, values: Sequence[float] | None
) -> float:
    """For kappas, from the shares of the reference's answers; 1 for coefficients without such a formula."""
    if found.confusion is None or not policy.coefficient.startswith("cohen_kappa"):
        return 1.0
    shares = [sum(column) for column in zip(*found.confusion.counts, strict=True)]
    if sum(share > 0 for share in shares) < 2:
        return 1.0
    margins = Margins.of(shares, policy.coefficient, values)
    return widening(policy.floor, estimate.value, margins)


def _next_k(desk: Desk) -> int:
    with desk.store.reading() as session:
        return looks.count_since_opening(session, desk.study_id) + 1


def _labelled(desk: Desk, frame: Sequence[FrameItem]) -> int:
    """How many of the held-out items anybody has answered."""
    items = [item.item_id for item in frame]
    with desk.store.reading() as session:
        return len(items) - look_plans.incomplete(session, desk.study_id, items, 1)


def _with_minutes(desk: Desk, rows: tuple[Step, ...], raters: int) -> tuple[Step, ...]:
    """People's minutes until each step, from the newest open answers of all raters; none where too few."""
    seconds = open_pace(desk)
    found = []
    for step in rows:
        low, high = remaining(seconds, step.more * raters)
        minutes = None if low is None or high is None else (low / 60, high / 60)
        found.append(replace(step, minutes=minutes))
    return tuple(found)


def _warnings(ahead: Ahead) -> tuple[str, ...]:
    said = [OF_DEVELOPMENT.format(criterion=e.criterion) for e in ahead.expected if e.split == DEVELOPMENT]
    said += [f"{one.criterion}: {one.reason}." for one in ahead.needs if one.reason]
    if ahead.planned is not None and ahead.planned > ahead.available:
        said.append(
            f"Only {ahead.available} items are held out: import more, or expect less than power "
            f"{ahead.power:g}."
        )
    if ahead.planned is not None and ahead.planned < SMALL:
        said.append(SMALL_PLANS)
    if any(one.cautious is None for one in ahead.needs if not one.reason):
        said.append("The pilot is uncertain: at the lower end of its interval no number of labels is enough.")
    return (*said, ALONE)


def _criterion_json(expected: Expected, found: Needs) -> dict[str, object]:
    return {
        "criterion": expected.criterion,
        "coefficient": expected.coefficient,
        "floor": expected.floor,
        "split": expected.split,
        "estimate": expected.estimate.as_json(),
        "fixed": found.fixed,
        "planned": found.planned,
        "on_average": found.average,
        "at_the_lower_end": found.cautious,
        "reason": found.reason,
    }


def _most(numbers: list[int | None]) -> int | None:
    known = [n for n in numbers if n is not None]
    return max(known) if known and len(known) == len(numbers) else None
