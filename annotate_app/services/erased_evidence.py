"""Hashes that hold a rater's name, moved when the name is replaced: of decisions, of certificates' labels."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from annotate_app.desk import Desk
from annotate_app.services import disputes
from annotate_app.services.disputes import RaterAnswer
from annotate_app.services.held_out import CannotCertify
from annotate_app.services.recomputing import case_of
from annotate_app.store import adjudication, erasures, look_plans, studies
from annotate_app.store import looks as looks_store
from annotate_app.store.engine import Session
from annotate_app.store.erasures import Moved
from calibration.certificate import BadCertificate, Certificate, read_certificate
from calibration.evidence import evidence_of
from calibration.ratings import CriterionRatings


@dataclass(frozen=True, slots=True)
class Evidence:
    """What becomes of certificates: hashes that move, and certificates that could not be checked before."""

    moved: tuple[Moved, ...]
    unchecked: tuple[str, ...]


NONE = Evidence((), ())


def of_certificates(desk: Desk, rater: str, word: str) -> Evidence:
    """The hash of the labels behind each certificate of the ledger, as it is and as it will be."""
    moved, unchecked = [], []
    with desk.store.reading() as session:
        looks = looks_store.listing(session, desk.study_id)
    for look in looks:
        try:
            certificate = read_certificate(look.certificate)
            found = _moved(desk, certificate, look.certificate_sha256, rater, word)
        except (BadCertificate, CannotCertify) as error:
            unchecked.append(f"look {look.number} ({look.judge}): {error}")
            continue
        if found is None:
            unchecked.append(f"look {look.number} ({look.judge}): its labels are not those of today")
        elif found.before != found.after:
            moved.append(found)
    return Evidence(tuple(moved), tuple(unchecked))


def _moved(desk: Desk, certificate: Certificate, sha256: str, rater: str, word: str) -> Moved | None:
    """None where the hash cannot be computed again from what the store holds now."""
    case = case_of(desk, certificate)
    with desk.store.reading() as session:
        stated = erasures.labels_now(session, desk.study_id, sha256, certificate.evidence.labels_sha256)
    ratings = list(case.ratings.values())
    before = evidence_of(ratings, case.judge, key=case.key).labels_sha256
    if before != stated:
        return None
    renamed = [_renamed(found, rater, word) for found in ratings]
    return Moved(sha256, before, evidence_of(renamed, case.judge, key=case.key).labels_sha256)


def _renamed(found: CriterionRatings, rater: str, word: str) -> CriterionRatings:
    return replace(found, raters=tuple(word if name == rater else name for name in found.raters))


def of_decisions(session: Session, desk: Desk, rater: str, word: str) -> Mapping[int, str]:
    """By step of adjudication, the hash of its answers under the new name.

    A step whose answers have changed since is stale, and stays so: its hash becomes one of nothing.
    """
    found: dict[int, str] = {}
    for name, criterion_id in studies.criterion_ids(session, desk.study_id).items():
        steps = [
            one for one in adjudication.records(session, desk.study_id, criterion_id=criterion_id)
            if one.criterion == name
        ]  # fmt: skip
        given = disputes.by_item(adjudication.given(session, criterion_id, _items(steps)))
        for step in steps:
            answers = given.get(step.item_id, ())
            if any(one.rater == rater for one in answers):
                same = disputes.sha256(answers) == step.labels_sha256
                found[step.number] = _under(answers, rater, word) if same else secrets.token_hex(32)
    return found


def _items(steps: Collection[adjudication.Record]) -> list[int]:
    return sorted({step.item for step in steps})


def _under(answers: Collection[RaterAnswer], rater: str, word: str) -> str:
    return disputes.sha256([replace(a, rater=word) if a.rater == rater else a for a in answers])


def rename_plans(session: Session, desk: Desk, names: Collection[str], word: str) -> tuple[Moved, ...]:
    """Plans of looks in stages that the person declared, under the pseudonym; what became of their hashes."""
    moved = []
    for plan in look_plans.listing(session, desk.study_id):
        if plan.declared.by in names:
            renamed = replace(plan.declared, by=word)
            moved.append(Moved(plan.sha256, plan.sha256, renamed.sha256))
            erasures.set_plan(session, desk.study_id, moved[-1], renamed.content())
    return tuple(moved)
