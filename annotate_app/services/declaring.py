"""Declares a look in stages before anything is compared, and opens each stage's items to the raters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.held_out import CannotCertify, Demands, demands
from annotate_app.services.next_look import refuse_forgotten_looks
from annotate_app.services.policy_log import note_policy
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.splitting import split_summary
from annotate_app.services.targeting import frame_of
from annotate_app.store import look_plans, looks, waves
from annotate_app.store import splits as split_store
from annotate_app.store.engine import Session
from annotate_app.store.look_plans import StoredPlan
from calibration.demands.fewest import fewest_items
from calibration.splits import HELD_OUT
from calibration.staging import DeclaredPlan, alphas_of, expected_saving, last_alpha
from calibration.stats.obstacles import FEW_CLUSTERS
from calibration.stats.stages import stage_plan
from calibration.triage.design import Design, Draw, FrameItem, frame_sha256, unit_hash
from rubrics.canonical import sha256_of


@dataclass(frozen=True, slots=True)
class PlanStatus:
    """A look in stages from outside: nothing in it depends on how any verdict compares with any label.

    missing: items that are still to be answered (or skipped) before the present stage can be taken.
    expected_saved: items that are not needed on average, for a judge that the plan trusts with power .8.
    """

    judge: str
    criteria: tuple[str, ...]
    number: int
    k: int
    alpha: float
    items: int
    sizes: tuple[int, ...]
    stage: int
    raters: int
    wave: str
    missing: int
    expected_saved: float
    by: str
    at: str
    outcome: str | None = None
    reason: str | None = None

    @property
    def words(self) -> str:
        """Where the plan stands, in a sentence."""
        stages = len(self.sizes)
        if self.outcome == look_plans.VOID:
            return f"void, its error is spent. {self.reason}"
        if self.outcome is not None:
            used = self.sizes[self.stage - 1]
            return f"{self.outcome} at stage {self.stage} of {stages}, {used} of {self.items} items"
        if self.missing:
            return (
                f"stage {self.stage} of {stages} waits for {self.missing} more items "
                f"({self.raters} rater{'s' * (self.raters != 1)} each), asked in {self.wave}"
            )
        return f"stage {self.stage} of {stages} is complete: run calibrant certify {self.judge}"

    def as_json(self) -> dict[str, object]:
        content: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        return {"schema": "calibrant/look-plan/1", **content}


def declare(
    desk: Desk, judge: str, items: int, *, by: str, criteria: tuple[str, ...] = (), role: Role | Holder
) -> PlanStatus:
    """Declare one look in five stages of `items` held-out items, and open the first to the raters.

    From here on it is look k and its alpha is spent. `CannotCertify` says what stands in the way; then
    nothing is spent.
    """
    require(role, "looks.take")
    note_policy(desk)
    refuse_forgotten_looks(desk)
    wanted = demands(desk, judge, criteria)
    frame = frame_of(desk, Design("random", 1), HELD_OUT)
    with desk.store.reading() as session:
        number = looks.count(session, desk.study_id) + 1
        k = looks.count_since_opening(session, desk.study_id) + 1
    _refuse_numbers(items, frame, wanted, k)
    plan = _declared(desk, judge, items, wanted, frame, k=k, number=number, by=by)
    plan = replace(plan, named=criteria)
    with desk.store.writing() as session:
        _refuse_second(session, desk, judge)
        if looks.count(session, desk.study_id) + 1 != number:
            raise CannotCertify("somebody else took a look in the meantime: declare the plan again")
        row = look_plans.save(session, desk.study_id, plan, number_=number)
        open_stage(session, desk, row, plan, 1, by=by)
        about = {"judge": judge, "k": k, "items": items, "alpha": plan.alpha}
        audit.record(session, desk, actor=by, kind="look.declared", detail=about)
    return plan_status(desk, judge, role=HOLDER)


def open_stage(session: Session, desk: Desk, row: int, plan: DeclaredPlan, stage: int, *, by: str) -> None:
    """Ask the raters for the items that this stage adds: a random wave of their own on held_out."""
    chosen = plan.of_stage(stage)
    frame = [i for i, split in _members(session, desk).items() if split == HELD_OUT]
    number = waves.last_number(session, desk.study_id) + 1
    known = split_store.latest(session, desk.study_id)
    wave = waves.NewWave(
        name=f"wave-{number}",
        number=number,
        design=Design("random", len(chosen)),
        split=HELD_OUT,
        split_version_id=None if known is None else known.version_id,
        raters=plan.raters,
        actor=by,
        at=desk.now,
    )
    pi = dict.fromkeys(sorted(frame), len(chosen) / len(frame))
    waves.save(session, desk.study_id, wave, Draw(pi, chosen, plan.seed, plan.frame_sha256, {}))
    look_plans.open_stage(session, row, stage, wave=wave.name, by=by, at=desk.now)


def plan_status(desk: Desk, judge: str, *, role: Role | Holder) -> PlanStatus:
    """The judge's open plan, else its last one; `CannotCertify` where there was none."""
    require(role, "looks.see")
    found = [plan for plan in _plans(desk) if plan.declared.judge == judge]
    if not found:
        raise CannotCertify(
            f"no look in stages at {judge!r}: `calibrant look declare {judge} --n N` declares one"
        )
    return _status(desk, found[-1])


def plan_statuses(desk: Desk, *, role: Role | Holder) -> tuple[PlanStatus, ...]:
    """Every look in stages of the study, oldest first."""
    require(role, "looks.see")
    return tuple(_status(desk, plan) for plan in _plans(desk))


def terms_now(desk: Desk, wanted: Demands) -> dict[str, str]:
    """What a plan holds fast, as it stands now; the names are those of `DeclaredPlan.terms`."""
    split = split_summary(desk, role=HOLDER)
    return {
        "judge": wanted.identity.spec_hash,
        "policy": wanted.policy.sha256,
        "rubric": desk.rubric.sha256,
        "split": "" if split is None else split.version,
        "strata shares": sha256_of(desk.study_file.strata_shares),
    }


def _plans(desk: Desk) -> list[StoredPlan]:
    with desk.store.reading() as session:
        return look_plans.listing(session, desk.study_id)


def _status(desk: Desk, plan: StoredPlan) -> PlanStatus:
    declared = plan.declared
    with desk.store.reading() as session:
        missing = look_plans.incomplete(session, desk.study_id, declared.upto(plan.stage), declared.raters)
    saving = _saving(declared.items, declared.alpha)
    return PlanStatus(
        judge=declared.judge,
        criteria=declared.criteria,
        number=plan.number,
        k=declared.k,
        alpha=declared.alpha,
        items=declared.items,
        sizes=declared.sizes,
        stage=plan.stage,
        raters=declared.raters,
        wave=plan.wave,
        missing=missing if plan.is_open else 0,
        expected_saved=round(declared.items * saving, 1),
        by=declared.by,
        at=declared.at,
        outcome=plan.outcome,
        reason=plan.reason,
    )


@lru_cache
def _saving(items: int, alpha: float) -> float:
    return expected_saving(stage_plan(items, alpha))


def _declared(
    desk: Desk,
    judge: str,
    items: int,
    wanted: Demands,
    frame: list[FrameItem],
    *,
    k: int,
    number: int,
    by: str,
) -> DeclaredPlan:
    """The whole plan: the order comes from hashes of the split's seed, the look's number and the item."""
    alpha, seed = wanted.policy.alpha_of_look(k), desk.study_file.split.seed
    stages = stage_plan(items, alpha)
    order = sorted((i.item_id for i in frame), key=lambda item: unit_hash(seed, f"look {number}: {item}"))
    now = terms_now(desk, wanted)
    return DeclaredPlan(
        judge=judge,
        criteria=tuple(c.criterion for c in wanted.asked),
        named=(),
        k=k,
        alpha=alpha,
        order=tuple(order[:items]),
        sizes=stages.items,
        alphas=alphas_of(stages),
        raters=desk.study_file.study.raters_per_item,
        seed=seed,
        frame=len(frame),
        frame_sha256=frame_sha256(frame),
        spec_hash=now["judge"],
        rubric_sha256=now["rubric"],
        policy_sha256=now["policy"],
        split_sha256=now["split"],
        strata_sha256=now["strata shares"],
        by=by,
        at=desk.now,
    )


def _members(session: Session, desk: Desk) -> Mapping[str, str]:
    known = split_store.latest(session, desk.study_id)
    return {} if known is None else known.version.members


def least_items(wanted: Demands, frame: Sequence[FrameItem], alpha: float) -> dict[str, int]:
    """By criterion, the items below which a look at alpha is undecided whatever they say."""
    strata = max(len({item.stratum for item in frame if item.stratum}), 1)
    return {
        c.criterion: max(FEW_CLUSTERS, c.items_min, fewest_items(c, alpha, strata=strata))
        for c in wanted.asked
    }


def _refuse_numbers(items: int, frame: Sequence[FrameItem], wanted: Demands, k: int) -> None:
    least = max(least_items(wanted, frame, last_alpha(wanted.policy.alpha_of_look(k))).values())
    if items < least:
        raise CannotCertify(
            f"{items} items can never be enough: a look that compares fewer than {least} is undecided"
        )
    if items > len(frame):
        raise CannotCertify(
            f"{items} items are planned, and {len(frame)} are held out: plan fewer, or import more"
        )


def _refuse_second(session: Session, desk: Desk, judge: str) -> None:
    plan = look_plans.open_of(session, desk.study_id, judge)
    if plan is not None:
        raise CannotCertify(
            f"look {plan.number} at {judge!r} is under way in stages already: `calibrant look status {judge}`"
        )
