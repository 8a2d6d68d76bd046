"""Evidence hashes change with any answer, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

from calibration.evidence import EvidenceHashes, evidence_of
from calibration.tabulating import ratings_from_records
from rubrics.answers import Label, Verdict
from rubrics.items import Item
from rubrics.rubric import Level, Scale

SCALES = {"grounded": Scale("binary", (Level("yes"), Level("no")))}
ITEMS = [Item("a", cluster="c1"), Item("b", cluster="c1"), Item("c", cluster="c2")]
LABELS = [Label(item, rater, "grounded", "yes") for item in "abc" for rater in ("anna", "ben")]
VERDICTS = [Verdict(item, "rules", "grounded", "no") for item in "ab"]


def evidence(labels: list[Label], verdicts: list[Verdict]) -> EvidenceHashes:
    ratings = ratings_from_records(labels, verdicts, ITEMS, SCALES)
    return evidence_of(list(ratings.criteria.values()), "rules")


def test_only_items_with_both_count() -> None:
    found = evidence(LABELS, VERDICTS)
    assert (found.n, found.clusters, found.raters) == (2, 1, 2)


def test_the_order_of_rows_does_not_matter() -> None:
    assert evidence(LABELS, VERDICTS) == evidence(LABELS[::-1], VERDICTS[::-1])


def test_one_changed_label_changes_the_labels_alone() -> None:
    before, after = (
        evidence(LABELS, VERDICTS),
        evidence([replace(LABELS[0], value="no"), *LABELS[1:]], VERDICTS),
    )
    assert before.labels_sha256 != after.labels_sha256
    assert before.verdicts_sha256 == after.verdicts_sha256


def test_one_changed_verdict_changes_the_verdicts_alone() -> None:
    unread = replace(VERDICTS[0], value=None, status="parse_error")
    before, after = evidence(LABELS, VERDICTS), evidence(LABELS, [unread, *VERDICTS[1:]])
    assert before.verdicts_sha256 != after.verdicts_sha256
    assert before.labels_sha256 == after.labels_sha256


def test_a_judge_without_verdicts_has_no_evidence() -> None:
    assert evidence(LABELS, []).n == 0


def test_nobody_finds_out_answers_by_trying_them_all_without_the_key() -> None:
    """One label has two possible answers: a bare hash of it would say which it is."""
    found = list(ratings_from_records(LABELS[:1], VERDICTS, ITEMS, SCALES).criteria.values())
    bare, one, other = (evidence_of(found, "rules", key=key) for key in (None, "a" * 64, "b" * 64))
    assert len({bare.labels_sha256, one.labels_sha256, other.labels_sha256}) == 3
    assert len({bare.verdicts_sha256, one.verdicts_sha256, other.verdicts_sha256}) == 3
    assert one == evidence_of(found, "rules", key="a" * 64)
