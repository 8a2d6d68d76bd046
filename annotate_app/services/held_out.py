"""Everything a look at held-out evidence needs, checked; what is missing is a refusal, never a guess."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services import targeting
from annotate_app.services.answered import as_if_observed, counting
from annotate_app.services.demanding import facts_of
from annotate_app.services.judge_identity import Identity, NoSuchJudge, judge_identity
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import split_summary
from annotate_app.services.weighting import UndeclaredStratum, by_draw, to_shares
from annotate_app.services.wordings import outgrown
from annotate_app.store import looks as store
from annotate_app.store import splits as split_store
from calibration.demands.facts import Facts
from calibration.policy import BadPolicy, CriterionPolicy, Policy, read_policy
from calibration.ratings import CriterionRatings
from calibration.slicing import of_items
from calibration.splits import HELD_OUT

UNLABELLED_SHARE = 0.1  # of held-out items; above it, labels from outside any wave are not a sample


class CannotCertify(ValueError):
    """A look that cannot be taken: nothing was compared and no error budget was spent."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The held-out evidence for one judge on the criteria that the policy asks of it."""

    judge: str
    policy: Policy
    asked: tuple[CriterionPolicy, ...]
    ratings: Mapping[str, CriterionRatings]
    identity: Identity
    observed: tuple[str, ...]
    facts: Facts
    answered: frozenset[str]  # items that count, whatever was answered: these are read before any look
    alike: Mapping[str, CriterionRatings]  # with exactly these items, for what is told before a look
    key: str | None = None  # of the hashes of this evidence; None: bare hashes, as older looks have

    @property
    def items(self) -> int:
        return len(self.answered)


@dataclass(frozen=True, slots=True)
class Demands:
    """What the policy asks of one exact judge."""

    policy: Policy
    asked: tuple[CriterionPolicy, ...]
    identity: Identity


def fresh_key() -> str:
    """A key for the hashes of one look's evidence; the ledger keeps it sealed."""
    return secrets.token_hex(32)


def demands(desk: Desk, judge: str, criteria: tuple[str, ...] = ()) -> Demands:
    """Policy and judge as they stand in the study's files, and that something is held out at all."""
    try:
        policy = read_policy(desk.study_file.policy, desk.rubric, strata=desk.study_file.strata_shares)
        asked = policy.asked_of(judge, criteria=criteria)
        identity = judge_identity(desk.folder, desk.study_file, desk.rubric, judge)
    except (BadPolicy, NoSuchJudge) as error:
        raise CannotCertify(str(error)) from error
    _refuse_empty_vault(desk)
    return Demands(policy, asked, identity)


def held_out(
    desk: Desk,
    judge: str,
    criteria: tuple[str, ...] = (),
    *,
    planned: Collection[str] | None = None,
    until: str | None = None,
    key: str | None = None,
) -> HeldOut:
    """The evidence of the next look; `CannotCertify` says what is missing and what to do.

    planned: the items that a stage compares, drawn at random by its plan; nothing else is read then.
    until: leaves out probes that were made later.
    key: what the hashes of this evidence are made with.
    """
    wanted = demands(desk, judge, criteria)
    observed = _observed(desk, judge, wanted.identity)
    answered = _answered(desk, wanted.asked, planned)
    if not answered:
        raise CannotCertify("no held-out item has a label: draw a random wave on held_out")
    _refuse_undeclared(desk, answered)
    read = read_ratings(desk, splits=(HELD_OUT,))
    draws = targeting.drawn_from(desk, HELD_OUT) if planned is None else None
    ratings = {
        c.criterion: _evidence(desk, read.criteria.get(c.criterion), c.criterion, judge, answered, draws)
        for c in wanted.asked
    }
    facts = facts_of(desk, judge, wanted.identity, wanted.asked, observed=observed, until=until)
    counted = counting(answered, draws)
    alike = {name: as_if_observed(read.criteria[name], counted) for name in ratings}
    return HeldOut(
        judge, wanted.policy, wanted.asked, ratings, wanted.identity, observed, facts, counted, alike, key
    )  # fmt: skip


def _answered(
    desk: Desk, asked: Collection[CriterionPolicy], planned: Collection[str] | None
) -> frozenset[str]:
    """The answered items, of `planned` where it is given; refused where answers were to another wording.

    Neither depends on what was answered, so that no rewording of the rubric sorts the answers.
    """
    with desk.store.reading() as session:
        split = split_store.latest(session, desk.study_id)
        version = -1 if split is None else split.version_id
        found = store.answered(session, version, HELD_OUT)
        given, imported = store.answered_to(session, version, HELD_OUT)
    _refuse_outdated(outgrown(desk, given, imported), asked)
    return found if planned is None else found & frozenset(planned)


def _refuse_outdated(old: Collection[str], asked: Collection[CriterionPolicy]) -> None:
    """Labels to a question that is not asked any more certify nothing."""
    for name in (one.criterion for one in asked if one.criterion in old):
        raise CannotCertify(
            f"{name}: held-out labels were given to an earlier wording, and `calibrant rubric "
            "diff` calls them not valid: let their raters answer anew (My work, Change these answers), or go "
            "back to that wording"
        )


def _refuse_empty_vault(desk: Desk) -> None:
    """Nothing is held out: never was, or no longer since the vault was opened."""
    split = split_summary(desk, role=HOLDER)
    if split is None:
        raise CannotCertify("no frozen split, so no held-out evidence: run `calibrant split freeze`")
    if split.sizes[HELD_OUT]:
        return
    with desk.store.reading() as session:
        opened = store.openings(session, desk.study_id)
    if not opened:
        raise CannotCertify("no item is held out: study.toml, [split] shares gives held_out nothing")
    last = opened[-1]
    raise CannotCertify(
        f"nothing is held out since {last.by} opened the vault on {last.at[:10]} ({last.reason}): import new "
        "items, run `calibrant split freeze` so that they join, and label those that are held out"
    )


def _observed(desk: Desk, judge: str, identity: Identity) -> tuple[str, ...]:
    """Models reported for the held-out verdicts, all of which today's judge must have given."""
    with desk.store.reading() as session:
        split = split_store.latest(session, desk.study_id)
        version = -1 if split is None else split.version_id
        asked = {judge: identity.accepted}
        behind = store.behind(session, desk.study_id, judge, asked=asked, version_id=version, split=HELD_OUT)
    again = judge_again(desk, judge)
    if behind is None or not behind.verdicts:
        raise CannotCertify(f"judge {judge!r} has no verdict on held-out items: {again}")
    if behind.spec_hash not in identity.accepted:
        raise CannotCertify(
            f"the verdicts of {judge!r} come from another judge: their spec_hash is "
            f"{behind.spec_hash[:12] or 'not given'}, study.toml asks for {identity.spec_hash[:12]}: {again}"
        )
    return behind.models


def judge_again(desk: Desk, judge: str) -> str:
    """What gives the judge the verdicts that it lacks."""
    section = desk.study_file.judges.get(judge)
    if section is None or section.imported is None:
        return f"run `calibrant judge run {judge}`"
    return "import its verdicts on them (`calibrant import FILE`)"


def _evidence(
    desk: Desk,
    found: CriterionRatings | None,
    criterion: str,
    judge: str,
    answered: frozenset[str],
    draws: targeting.Drawn | None,
) -> CriterionRatings:
    """One criterion's ratings, weighted as its items were drawn and to production's mix of strata."""
    if found is not None and draws is None:
        found = replace(of_items(found, np.isin(found.items, list(answered))), pi=None)
    if found is None:
        raise CannotCertify(f"{criterion}: the rubric does not ask this on held-out items")
    _refuse_missing_verdicts(found, answered, judge, judge_again(desk, judge))
    if draws is not None:
        _refuse_chosen_labels(draws, answered, criterion)
        found = by_draw(draws, found, strict=True).ratings
        if found.pi is not None:  # what has no label has no weight beside those that have
            found = of_items(found, ~np.isnan(found.pi))
    shares = desk.study_file.strata_shares
    try:
        return to_shares(found, shares).ratings
    except UndeclaredStratum as error:
        raise CannotCertify(str(error)) from error


def _refuse_undeclared(desk: Desk, answered: frozenset[str]) -> None:
    """Answered items of a stratum without a share; said of skipped ones alike, before any answer counts."""
    shares = desk.study_file.strata_shares
    with desk.store.reading() as session:
        strata = split_store.strata(session, desk.study_id) if shares else {}
    missing = sorted({strata[item] or "(none)" for item in answered if item in strata} - set(shares))
    if missing:
        raise CannotCertify(
            f"study.toml, [strata]: {', '.join(missing)} has answered items and no share: declare shares of "
            "all strata, or of none"
        )


def _refuse_missing_verdicts(
    found: CriterionRatings, answered: frozenset[str], judge: str, again: str
) -> None:
    """A judge that was run on part of the answered items only might have had the easy part."""
    column = next((c for c in found.judges if c.judge == judge), None)
    stated = [] if column is None else [*column.item.tolist(), *column.missing_item.tolist()]
    given = answered & {found.items[k] for k in stated}
    if answered - given:
        raise CannotCertify(
            f"{found.criterion}: judge {judge!r} has verdicts on {len(given)} of {len(answered)} "
            f"labelled held-out items, those where it was not asked included: {again}"
        )


def _refuse_chosen_labels(draws: targeting.Drawn, answered: frozenset[str], criterion: str) -> None:
    """Without a wave, only a (nearly) wholly labelled split is known not to be a choice."""
    unlabelled = len(set(draws.frame) - answered)
    if not draws.waves and unlabelled > UNLABELLED_SHARE * len(draws.frame):
        raise CannotCertify(
            f"{criterion}: {unlabelled} of {len(draws.frame)} held-out items have no label, and no wave "
            "says how the others were chosen: draw a random wave "
            "(`calibrant wave draw --split held_out --n N`) and label it"
        )
