"""What a policy's demands beyond agreement rest on, read from the store; reads nothing that is not asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotate_app.desk import Desk
from annotate_app.services.judge_identity import Identity
from annotate_app.store import beside, studies
from annotate_app.store import probes as probe_store
from annotate_app.store import splits as split_store
from annotate_app.store.codes import VERDICT_STATUS
from calibration.demands.facts import Facts, Taken
from calibration.evidence import keyed_sha256
from calibration.policy import CriterionPolicy
from calibration.splits import HELD_OUT

ASK_SOMEBODY = ("model", "command")
FAILED = VERDICT_STATUS["provider_error"]


def facts_of(
    desk: Desk,
    judge: str,
    identity: Identity,
    asked: Sequence[CriterionPolicy],
    *,
    observed: tuple[str, ...] = (),
    until: str | None = None,
) -> Facts:
    """Of the exact judge that study.toml asks for; `until` leaves out probes made later."""
    about = Facts(judge, observed=observed, asks=identity.spec.get("kind") in ASK_SOMEBODY)
    if not any(c.demands for c in asked):
        return about
    declared = desk.study_file.strata
    with desk.store.reading() as session:
        split = split_store.latest(session, desk.study_id)
        known = studies.present_judges(session, desk.study_id, {judge: identity.accepted}).get(judge)
        if split is None or known is None:
            return about
        part = beside.Part(desk.study_id, split.version_id, HELD_OUT)
        takings = beside.taken(session, part, known.judge_id)
        modes = beside.failure_modes(session, part)
        strata = beside.strata(session, part)
        probes = probe_store.latest(session, known.judge_id, until=until)
        made = probe_store.counts(session, known.judge_id, until=until)
    return Facts(
        judge,
        taken=_by_item(takings),
        modes={item: tuple(sorted(names)) for item, names in modes.items()},
        known_modes={mode.name: mode for mode in desk.rubric.failure_modes},
        probes={str(probe["kind"]): probe for probe in probes},
        probes_made=made,
        observed=observed,
        strata=tuple(sorted({*strata, *declared} - {n for n, one in declared.items() if one.share == 0})),
        asks=about.asks,
    )


def _by_item(takings: Sequence[beside.VerdictTaken]) -> Mapping[str, Taken]:
    """All verdicts of an item together: dollars add up, the slowest call is what one waits for."""
    by_item: dict[str, list[beside.VerdictTaken]] = {}
    for one in takings:
        by_item.setdefault(one.item_id, []).append(one)
    return {item: _together(found) for item, found in by_item.items()}


def _together(found: Sequence[beside.VerdictTaken]) -> Taken:
    answered = [one for one in found if one.status != FAILED]
    dollars = [one.cost_usd for one in answered]
    seconds = [one.latency_seconds for one in answered]
    return Taken(
        usd=None if None in dollars else sum(filter(None, dollars)),
        seconds=None if None in seconds else max(filter(None, seconds), default=0.0),
        failed=len(answered) < len(found),
    )


def facts_sha256(facts: Facts, asked: Sequence[CriterionPolicy], *, key: str | None) -> str | None:
    """Keyed SHA-256 of the facts that conditions rest on; None where only answers count."""
    names = {name for c in asked for name in c.demands}
    content: dict[str, object] = {}
    if names & {"cost_usd", "latency_p95"}:
        content["taken"] = {item: [t.usd, t.seconds, t.failed] for item, t in facts.taken.items()}
    if any(c.costs is not None and c.costs.factors is not None for c in asked):
        content["modes"] = {item: list(modes) for item, modes in facts.modes.items()}
    if names & {"repeat_flips", "position_flips"}:
        content["probes"] = [dict(facts.probes), dict(facts.probes_made)]
    if "items_per_stratum" in names:
        content["strata"] = list(facts.strata)
    return keyed_sha256(content, key) if content else None
