"""Measures agreement where it may be looked at and assembles the report; held-out numbers are quoted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services import entering
from annotate_app.services.adjudication_notes import adjudication_notes
from annotate_app.services.checking import rater_checks
from annotate_app.services.judge_facts import judges_taken
from annotate_app.services.judge_identity import NoSuchJudge, asked_judges, judge_identity
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.reviewing import review_of
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.role_notes import role_notes
from annotate_app.services.splitting import SplitSummary, split_summary
from annotate_app.services.weighting import (
    ONLY_SEARCH,
    WeightedSplit,
    only_search,
    pooled_as_drawn,
    weighted_split,
)
from annotate_app.services.wordings import cautions
from annotate_app.store import items as item_store
from annotate_app.store import looks as look_store
from annotate_app.store import splits as split_store
from annotate_app.store import studies, summaries
from annotate_app.store.studies import JudgeRecord
from annotate_app.store.summaries import VerdictAccount
from calibration.agreement import Options, measure
from calibration.certificate import Certificate, read_certificate
from calibration.findings.bar import Bars, bars
from calibration.findings.confidence import confidence_findings
from calibration.findings.raters import CriterionRaters, rater_findings
from calibration.findings.standing import MARGIN, standings
from calibration.policy import read_policy
from calibration.report import (
    ConfidenceEvidence,
    Decision,
    Evidence,
    ItemCount,
    JudgeFacts,
    RaterFacts,
    Report,
    RubricFacts,
    StudyFacts,
)
from calibration.splits import DEVELOPMENT, VALIDATION
from calibration.triage.allocation import LEAST_PER_STRATUM

LEARNED = "tfidf-logistic"  # the baseline that reads the items; the other is the commonest answer itself
OPEN_SPLITS = (DEVELOPMENT, VALIDATION)
TUNED = "Judges may have been tuned or trained on these items: agreement here is too good to be evidence."
NO_SPLIT = "No frozen split: all items are development, so there is no held-out evidence."


def evidence(desk: Desk, split: str, *, options: Options | None = None) -> Evidence | None:
    """Agreement on one open split, weighted as drawn and to production's mix; None without any label."""
    found = open_split(desk, split)
    return None if found is None else measured_split(desk, split, found, options)


def open_split(desk: Desk, split: str, *, criteria: Sequence[str] | None = None) -> WeightedSplit | None:
    """The weighted ratings of a split that may be measured, of some criteria; None where it has no label."""
    if split not in OPEN_SPLITS:
        raise ValueError(f"{split}: only the outcomes of looks may be seen; see the certificates")
    read = read_ratings(desk, splits=(split,), criteria=criteria)
    found = weighted_split(desk, split, read)
    if not any(len(criterion.item) for criterion in found.as_drawn.criteria.values()):
        return None
    return replace(found, remarks=(*cautions(read), *found.remarks))


def measured_split(desk: Desk, split: str, found: WeightedSplit, options: Options | None = None) -> Evidence:
    """Agreement on one open split, by stratum unless told otherwise."""
    chosen = options or Options(by="stratum")
    agreement = measure(found.reweighted, chosen)
    return Evidence(
        split=split,
        caution=_caution(desk, split),
        remarks=found.remarks,
        agreement=entering.of_enough_by_stratum(agreement) if split == VALIDATION else agreement,
        as_drawn=measure(found.as_drawn, replace(chosen, by=None)) if found.mixed else None,
    )


def _caution(desk: Desk, split: str) -> str:
    with desk.store.reading() as session:
        frozen = item_store.split_version(session, desk.study_id) is not None
    return NO_SPLIT if not frozen else TUNED if split == DEVELOPMENT else ""


def confidence(desk: Desk, split: str, found: WeightedSplit) -> ConfidenceEvidence | None:
    """What confidences are worth on a split, of these items; None where no judge states any."""
    criteria = confidence_findings(found.as_drawn)
    return ConfidenceEvidence(split, _caution(desk, split), criteria) if criteria else None


def trivial_bars(desk: Desk, found: WeightedSplit) -> Bars:
    """Every judge of an open split against the commonest answer and the study's learned baselines."""
    learned = {name for name, judge in desk.study_file.judges.items() if judge.baseline == LEARNED}
    return bars(found.reweighted, baselines=learned)


def rater_quality(desk: Desk) -> tuple[CriterionRaters, ...]:
    """How raters behave on all open splits; their held-out answers are left alone."""
    found = read_ratings(desk, splits=OPEN_SPLITS, probs=False)
    criteria = pooled_as_drawn(desk, found, OPEN_SPLITS).criteria
    checks = rater_checks(desk, OPEN_SPLITS)
    return tuple(
        rater_findings(found, checks=checks.get(name)) for name, found in criteria.items() if len(found.item)
    )


def margins(desk: Desk) -> dict[str, float]:
    """How far below people the policy lets a judge be; .10 where it does not ask."""
    policy = read_policy(desk.study_file.policy, desk.rubric, strata=desk.study_file.strata_shares)
    return {c.criterion: MARGIN if c.gap_floor is None else max(-c.gap_floor, 0.0) for c in policy.criteria}


def build_report(desk: Desk, *, role: Role | Holder) -> Report:
    """The report of the study as it stands: open splits measured now, held-out quoted from the last looks."""
    require(role, "reports.make")
    split = split_summary(desk, role=HOLDER)
    found = {name: part for name in OPEN_SPLITS if (part := open_split(desk, name)) is not None}
    allowed = margins(desk)
    section = desk.study_file.study
    decided, items = decisions(desk), _item_counts(desk, split)
    return Report(
        study=StudyFacts(section.name, section.owner, section.note, section.review_after),
        rubric=RubricFacts(desk.rubric.name, desk.rubric.sha256, tuple(c.name for c in desk.rubric.criteria)),
        issued=desk.now,
        software=f"calibrant {version('calibrant')}",
        seed=None if split is None else split.seed,
        items=items,
        raters=_raters(desk),
        judges=_judges(desk),
        evidence=tuple(
            replace(
                measured_split(desk, name, part),
                standings=standings(part.reweighted, margins=allowed),
                bars=trivial_bars(desk, part),
            )
            for name, part in found.items()
        ),
        decisions=decided,
        notes=(
            *_notes(desk, split, decided),
            *_search_notes(desk, found),
            *thin_strata(items),
            *adjudication_notes(desk),
            *review_of(desk).warnings,
        ),
        confidence=_last_confidence(desk, found),
        rater_quality=rater_quality(desk),
        taken=judges_taken(desk),
    )


def _search_notes(desk: Desk, found: Collection[str]) -> list[str]:
    """Which open splits have nothing but labels of search waves."""
    return [f"{name}: {ONLY_SEARCH}" for name in OPEN_SPLITS if name not in found and only_search(desk, name)]


def _last_confidence(desk: Desk, found: Mapping[str, WeightedSplit]) -> ConfidenceEvidence | None:
    """On validation where there is any confidence, else on development."""
    made = (confidence(desk, name, found[name]) for name in reversed(OPEN_SPLITS) if name in found)
    return next((one for one in made if one is not None), None)


def decisions(desk: Desk) -> tuple[Decision, ...]:
    """What the last look at each judge and set of criteria decided, newest last; nothing it may not show."""
    with desk.store.reading() as session:
        ledger = look_store.listing(session, desk.study_id)
    last: dict[tuple[str, tuple[str, ...]], Decision] = {}
    for look in ledger:
        certificate = read_certificate(look.certificate)
        last[look.judge, tuple(certificate.estimates)] = _decision(certificate)
    return tuple(last.values())


def _decision(certificate: Certificate) -> Decision:
    return Decision(
        judge=certificate.judge.name,
        criteria=tuple(certificate.estimates),
        outcome=certificate.outcome,
        issued=certificate.issued.isoformat(),
        expires=certificate.expires.isoformat(),
        look=certificate.looks.k,
        alpha=certificate.looks.alpha,
        n=certificate.evidence.n,
        conditions=tuple(c.model_dump() for c in certificate.conditions),
        estimates=certificate.estimates,
        sentences=_sentences(certificate),
    )


def _sentences(certificate: Certificate) -> tuple[str, ...]:
    failed = [f"{c.criterion}: {c.name}" for c in certificate.conditions if not c.passed]
    needed = certificate.looks.labels_needed
    said = list(certificate.reasons)
    if failed:
        said.append(f"Not shown: {'; '.join(failed)}.")
    if certificate.outcome == "undecided" and needed is not None:
        said.append(f"Label {needed} more held-out items.")
    if (stages := certificate.stages) is not None:
        at = f"stage {stages.stage} of {len(stages.sizes)}"
        said.append(f"A look in stages: it ended at {at}, after {stages.used} of {stages.items} items.")
    return tuple(said)


def _item_counts(desk: Desk, split: SplitSummary | None) -> tuple[ItemCount, ...]:
    with desk.store.reading() as session:
        stored = split_store.latest(session, desk.study_id)
        number = None if stored is None else stored.version_id
        sizes = item_store.strata(session, desk.study_id, number)
        labelled = summaries.labelled(session, desk.study_id, number)
    nothing = summaries.Labelled(0, 0)
    return tuple(
        ItemCount(
            place[0], place[1], n, labelled.get(place, nothing).items, labelled.get(place, nothing).labels
        )
        for place, n in sizes.items()
    )


def _raters(desk: Desk) -> tuple[RaterFacts, ...]:
    with desk.store.reading() as session:
        version = item_store.split_version(session, desk.study_id)
        return tuple(RaterFacts(*row) for row in summaries.raters(session, desk.study_id, version).items())


def _judges(desk: Desk) -> tuple[JudgeFacts, ...]:
    with desk.store.reading() as session:
        present = studies.present_judges(session, desk.study_id, asked_judges(desk))
        accounts = {name: summaries.verdicts(session, record.judge_id) for name, record in present.items()}
    return tuple(_judge(desk, record, accounts[name]) for name, record in present.items())


def _judge(desk: Desk, record: JudgeRecord, account: VerdictAccount) -> JudgeFacts:
    section = desk.study_file.judges.get(record.name)
    try:
        spec = judge_identity(desk.folder, desk.study_file, desk.rubric, record.name).spec
        requested = str(spec.get("requested", ""))
    except NoSuchJudge:
        requested = "not declared in study.toml"
    return JudgeFacts(
        name=record.name,
        kind="import" if section is None else section.kind,
        requested=requested,
        spec_hash=record.spec_hash or None,
        observed=account.models,
        verdicts=sum(account.statuses.values()),
        statuses=account.statuses,
        cost_usd=sum(account.costs) if account.costs else None,
        latency_p50=_percentile(account.latencies, 50),
        latency_p95=_percentile(account.latencies, 95),
    )


def thin_strata(items: Iterable[ItemCount]) -> tuple[str, ...]:
    """A sentence about the strata of open splits with too few labelled items for numbers of their own."""
    named = [one for one in items if one.split in OPEN_SPLITS and one.stratum != "(none)"]
    begun = {one.split for one in named if one.labelled}
    thin = [one for one in named if one.split in begun and one.labelled < LEAST_PER_STRATUM]
    if not thin:
        return ()
    said = ", ".join(f"{one.split} {one.stratum} {one.labelled}" for one in thin)
    return (
        f"Too few labelled items for numbers by stratum (fewer than {LEAST_PER_STRATUM}): {said}. "
        f"`calibrant wave draw --design stratified --stratum-min {LEAST_PER_STRATUM}` draws them.",
    )


def _percentile(numbers: Iterable[float], percent: float) -> float | None:
    found = list(numbers)
    return float(np.percentile(found, percent)) if found else None


def _notes(desk: Desk, split: SplitSummary | None, decided: tuple[Decision, ...]) -> tuple[str, ...]:
    notes = [*role_notes(desk)]
    if split is None:
        notes.append(NO_SPLIT)
    elif not decided:
        notes.append("No look at the held-out split has been taken: no judge may decide anything yet.")
    return tuple(notes)
