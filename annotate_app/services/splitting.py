"""Freezing the split of a study and showing it; refuses to move an item that has one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.store import look_plans
from annotate_app.store import looks as look_store
from annotate_app.store import splits as store
from annotate_app.store.monitor import monitored
from calibration.splits import (
    DEFAULT_SHARES,
    DEVELOPMENT,
    HELD_OUT,
    MONITOR,
    SPLITS,
    BadShares,
    SplitVersion,
    extend,
    freeze,
)


class NothingToSplit(ValueError):
    """The study has no item yet."""


@dataclass(frozen=True, slots=True)
class SplitSummary:
    """A frozen split in counts: never which item is where.

    `sizes` counts items by split, `strata` the same by stratum, `newcomers` items not yet in a split,
    `together` groups of (nearly) equal items that were kept in one split.
    """

    version: str
    number: int
    seed: int
    shares: Mapping[str, float]
    sizes: Mapping[str, int]
    strata: Mapping[str, Mapping[str, int]]
    newcomers: int
    together: int
    frozen_at: str

    def as_json(self) -> dict[str, object]:
        return {
            "version": self.version,
            "number": self.number,
            "seed": self.seed,
            "shares": dict(self.shares),
            "sizes": dict(self.sizes),
            "strata": {name: dict(sizes) for name, sizes in self.strata.items()},
            "newcomers": self.newcomers,
            "together": self.together,
            "frozen_at": self.frozen_at,
        }


def freeze_split(desk: Desk, *, by: str | None = None, role: Role | Holder) -> SplitSummary:
    """Freeze the study's items by study.toml's shares and seed, or let newcomers join the frozen split."""
    require(role, "split.freeze")
    wanted = desk.study_file.split
    shares = {str(split): share for split, share in (wanted.shares or DEFAULT_SHARES).items()}
    with desk.store.writing() as session:
        items = store.split_items(session, desk.study_id)
        if not items:
            raise NothingToSplit("the study has no items: import some, then freeze the split")
        known = store.latest(session, desk.study_id)
        if known is None:
            version = freeze(items, shares, seed=wanted.seed)
        else:
            _refuse_other_terms(known.version, shares, wanted.seed)
            version = extend(known.version, items)
        if known is None or version is not known.version:
            store.save(session, desk.study_id, version, at=desk.now, actor=by)
            about = {"version": version.sha256, "sizes": dict(version.sizes), "first": known is None}
            audit.record(session, desk, actor=by, kind="split.frozen", detail=about)
    summary = split_summary(desk, role=HOLDER)
    if summary is None:
        raise NothingToSplit("the split was not stored: run `calibrant split freeze` again")
    return summary


def split_summary(desk: Desk, *, role: Role | Holder) -> SplitSummary | None:
    """The latest frozen split in counts; None: everything is development."""
    require(role, "split.see")
    with desk.store.reading() as session:
        known = store.latest(session, desk.study_id)
        items = store.split_items(session, desk.study_id)
    if known is None:
        return None
    members = known.version.members
    placed = [(item.stratum or "(none)", members[item.item_id]) for item in items if item.item_id in members]
    counts = Counter(placed)
    strata = sorted({stratum for stratum, _ in placed})
    return SplitSummary(
        version=known.version.sha256,
        number=known.number,
        seed=known.version.seed,
        shares=known.version.shares,
        sizes=known.version.sizes,
        strata={s: {split: counts[s, split] for split in SPLITS} for s in strata},
        newcomers=len(items) - len(placed),
        together=len(known.version.together),
        frozen_at=known.at,
    )


@dataclass(frozen=True, slots=True)
class SplitChange:
    """What one version of the split has that an earlier one had not, in counts: never which item is where.

    `joined` counts new items by split, `moved` items by "old split to new split" (only opening the vault
    moves any), `terms` are shares or a seed that differ, as text.
    """

    before: int
    after: int
    joined: Mapping[str, int]
    moved: Mapping[str, int]
    terms: tuple[str, ...]
    reason: str

    def as_json(self) -> dict[str, object]:
        return {
            "from": self.before,
            "to": self.after,
            "joined": dict(self.joined),
            "moved": dict(self.moved),
            "terms": list(self.terms),
            "reason": self.reason,
        }


def split_diff(
    desk: Desk, before: int | None = None, after: int | None = None, *, role: Role | Holder
) -> SplitChange:
    """Two versions of the split by number; by default the latest and the one before it."""
    require(role, "split.see")
    with desk.store.reading() as session:
        last = store.latest(session, desk.study_id)
        if last is None:
            raise NothingToSplit("no split is frozen: run `calibrant split freeze`")
        late = last if after is None else store.numbered(session, desk.study_id, after)
        number = (last.number if late is None else late.number) - 1 if before is None else before
        early = store.numbered(session, desk.study_id, number)
    for found, asked in ((early, number), (late, after)):
        if found is None:
            raise NothingToSplit(f"the split has no version {asked}; there are 1 to {last.number}")
    return _change(cast("store.StoredSplit", early), cast("store.StoredSplit", late))


def _change(early: store.StoredSplit, late: store.StoredSplit) -> SplitChange:
    old, new = early.version.members, late.version.members
    joined = Counter(split for item, split in new.items() if item not in old)
    moved = Counter(f"{old[i]} to {split}" for i, split in new.items() if i in old and old[i] != split)
    pairs = {"shares": (dict(early.version.shares), dict(late.version.shares)),
             "seed": (early.version.seed, late.version.seed)}  # fmt: skip
    terms = (f"{name}: {was} to {now}" for name, (was, now) in pairs.items() if was != now)
    return SplitChange(
        early.number, late.number, {s: joined[s] for s in SPLITS}, dict(sorted(moved.items())), tuple(terms),
        late.reason or "",
    )  # fmt: skip


def split_of_items(desk: Desk) -> Mapping[str, str]:
    """The split of every item of the study; newcomers and unfrozen studies are development.

    Production outputs that are monitored are in none: they are MONITOR.
    """
    with desk.store.reading() as session:
        traffic = monitored(session, desk.study_id)
        known = store.latest(session, desk.study_id)
        items = store.strata(session, desk.study_id)
    members = {} if known is None else known.version.members
    return {item: members.get(item, MONITOR if item in traffic else DEVELOPMENT) for item in items}


def open_held_out(desk: Desk, *, by: str, reason: str) -> None:
    """Make the whole held-out set development, for good, and enter why; looks start to count anew.

    Looks in stages that are under way become void.
    """
    with desk.store.writing() as session:
        known = store.latest(session, desk.study_id)
        if known is None:
            raise NothingToSplit("no split is frozen: there is no vault to open")
        members = {i: DEVELOPMENT if s == HELD_OUT else s for i, s in known.version.members.items()}
        version = replace(known.version, members=members, parent=known.version.sha256)
        store.save(session, desk.study_id, version, at=desk.now, actor=by, reason=f"vault opened: {reason}")
        looks = look_store.count(session, desk.study_id)
        opening = look_store.Opening(by, reason, looks, desk.now)
        look_store.save_opening(session, desk.study_id, opening)
        for plan in look_plans.listing(session, desk.study_id):
            if plan.is_open:
                why = f"{by} opened the vault: {reason}"
                look_plans.end(session, plan, look_plans.VOID, by=by, at=desk.now, reason=why)


def _refuse_other_terms(version: SplitVersion, shares: Mapping[str, float], seed: int) -> None:
    asked = {split: float(shares.get(split, 0.0)) for split in SPLITS}
    if asked != dict(version.shares) or seed != version.seed:
        raise BadShares(
            "study.toml, [split]: shares or seed differ from the frozen split; items never move. "
            "Put the frozen values back, or start a new study"
        )
