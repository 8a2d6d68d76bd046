"""Sample exports of eight neighbouring tools import with exactly what is in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from exchanged import take

from calibration.readers import Hints

FOLDER = os.environ.get("CALIBRANT_REAL_DATA")
needs_samples = pytest.mark.skipif(FOLDER is None, reason="CALIBRANT_REAL_DATA is not set")


def sample(name: str) -> Path:
    return Path(FOLDER or "") / "exchange" / name


@needs_samples
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("argilla.json", (1, 2, 1)),
        ("inspect_edited.json", (2, 1, 2)),
        ("label_studio_export.json", (1, 4, 1)),
        ("langfuse_scores_export.csv", (1, 1, 1)),
        ("langsmith_feedback.jsonl", (1, 1, 0)),
        ("mlflow_assessments.json", (1, 1, 1)),
        ("phoenix_span_annotations.json", (1, 1, 1)),
        ("promptfoo_out.csv", (2, 0, 2)),
        ("promptfoo_out.json", (2, 0, 2)),
    ],
)
def test_a_sample_file_gives_its_items_labels_and_verdicts(name: str, counts: tuple[int, int, int]) -> None:
    found = take(sample(name))
    assert found.rejects == []
    assert found.counts == counts


@needs_samples
def test_precomputed_scores_need_a_rater_and_say_so() -> None:
    hints = Hints(criteria=("correctness",))
    found = take(sample("inspect_precomputed_scores.jsonl"), hints)
    assert found.counts == (1, 1, 0)
    assert "--rater" in str(found.rejects[0])
    told = take(sample("inspect_precomputed_scores.jsonl"), Hints(criteria=("correctness",), rater="bob"))
    assert [label.rater for label in told.labels] == ["alice", "bob"]


@needs_samples
def test_what_the_samples_say_arrives_where_it_belongs() -> None:
    studio = take(sample("label_studio_export.json"))
    assert [(one.rater, one.criterion, one.value, one.status) for one in studio.labels] == [
        ("alice@example.com", "verdict", "pass", "observed"),
        ("alice@example.com", "helpfulness", 4, "observed"),
        ("4", "verdict", None, "skipped"),
        ("4", "helpfulness", None, "skipped"),
    ]
    assert (studio.items[0].input, studio.items[0].output) == ("Capital of France?", "Paris")
    assert (studio.verdicts[0].judge, studio.verdicts[0].confidence) == ("judge-v3", 0.93)
    edited = take(sample("inspect_edited.json"))
    assert [(one.item_id, one.value) for one in edited.verdicts] == [("q1", "C"), ("q2", "I")]
    assert [(one.item_id, one.rater, one.value, one.blind.judge) for one in edited.labels] == [
        ("q2", "alice", "C", False)
    ]
