"""The vault of held-out evidence: looks so far, and opening it for good."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from annotate_app.desk import Desk
from annotate_app.services.held_out import CannotCertify
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.splitting import NothingToSplit, open_held_out, split_summary
from annotate_app.store import look_plans
from annotate_app.store import looks as store
from calibration.policy import read_policy
from calibration.splits import HELD_OUT

NOTE = "The vault guards against mistakes, not malice: whoever can read the database can read the labels."


@dataclass(frozen=True, slots=True)
class LookSummary:
    """One line of the ledger, as anybody may see it."""

    number: int
    k: int
    judge: str
    by: str
    alpha: float
    outcome: str
    at: str


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """The held-out set from outside: its size, the looks so far, and what the next look may spend."""

    frozen: bool
    held_out: int
    looks: tuple[LookSummary, ...]
    openings: tuple[store.Opening, ...]
    next_k: int
    next_alpha: float
    note: str = NOTE

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def vault_status(desk: Desk, *, role: Role | Holder) -> VaultStatus:
    """All looks and openings, and the next look's k and alpha."""
    require(role, "looks.see")
    with desk.store.reading() as session:
        rows = store.listing(session, desk.study_id)
        plans = look_plans.listing(session, desk.study_id)
        openings = store.openings(session, desk.study_id)
        k = store.count_since_opening(session, desk.study_id) + 1
    split = split_summary(desk, role=HOLDER)
    looks = [LookSummary(r.number, r.k, r.judge, r.by, r.alpha, r.outcome, r.at) for r in rows]
    taken = {look.number for look in looks}
    looks += [_of_plan(plan) for plan in plans if plan.number not in taken]
    return VaultStatus(
        frozen=split is not None,
        held_out=0 if split is None else split.sizes[HELD_OUT],
        looks=tuple(sorted(looks, key=lambda look: look.number)),
        openings=tuple(openings),
        next_k=k,
        next_alpha=read_policy(
            desk.study_file.policy, desk.rubric, strata=desk.study_file.strata_shares
        ).alpha_of_look(k),
    )


def _of_plan(plan: look_plans.StoredPlan) -> LookSummary:
    """A look in stages without a certificate: under way, or void."""
    made = plan.declared
    outcome = (
        f"under way, stage {plan.stage} of {len(made.sizes)}" if plan.is_open else f"void: {plan.reason}"
    )
    return LookSummary(plan.number, made.k, made.judge, made.by, made.alpha, outcome, made.at)


def open_vault(desk: Desk, *, by: str, reason: str, role: Role | Holder) -> VaultStatus:
    """Turn the whole held-out set into development, with the reason in the journal; cannot be undone."""
    require(role, "vault.open")
    if not reason.strip():
        raise CannotCertify("opening the vault needs a reason: --reason TEXT")
    try:
        open_held_out(desk, by=by, reason=reason.strip())
    except NothingToSplit as error:
        raise CannotCertify(str(error)) from error
    return vault_status(desk, role=HOLDER)
