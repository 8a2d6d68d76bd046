"""Whatever a file of another tool holds, reading it gives records, rejects and asides, or one named error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from exchanged import take
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calibration.readers import CannotRead, Hints
from calibration.readers.foreign.formats import OURS

NAMES = [
    "id", "item_id", "data", "annotations", "predictions", "result", "value", "from_name",
    "completed_by", "choices", "run_id", "key", "score", "feedback_source", "correction",
    "comparative_experiment_id", "feedback_group_id", "traceId", "name", "source", "dataType",
    "stringValue", "annotator_kind", "span_id", "identifier", "assessment_name", "trace_id", "feedback",
    "overrides", "valid", "info", "assessments", "q.responses", "q.responses.users",
    "q.responses.status", "q.suggestion", "flat", "nested", "fields", "responses", "results",
    "gradingResult", "componentResults", "assertion", "vars", "response", "output", "eval", "samples",
    "scores", "history", "provenance", "author", "epoch", "metadata", "human", "judge", "label",
    "messages", "role", "content", "Status", "Score", "Grader Reason", "[echo] x", "Metric: m",
    "annotator", "annotation_id", "lead_time", "type",
]  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
CONTENT = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)
HEADERS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True)
ROWS = st.lists(st.dictionaries(st.sampled_from(NAMES), CONTENT, max_size=8) | CONTENT, max_size=4)
HINTS = Hints(criteria=("q", "m"), criterion="q", rater="ann")


@pytest.mark.parametrize("named", ["auto", *(one.name for one in OURS)])
@given(rows=ROWS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_of_any_shape_is_read_or_refused_in_words(
    named: str, rows: list[object], tmp_path: Path
) -> None:
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    try:
        found = take(file, HINTS, named=named)
    except CannotRead as refused:
        assert str(file) in str(refused)
    else:
        assert all(reject.reason for reject in found.rejects)


@pytest.mark.parametrize("named", ["auto", *(one.name for one in OURS)])
@given(
    header=st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True), cells=st.text(max_size=60)
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_of_any_shape_is_read_or_refused_in_words(
    named: str, header: list[str], cells: str, tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(f"{','.join(header)}\n{cells}\n".encode("utf-8", errors="surrogatepass"))
    try:
        take(file, HINTS, named=named)
    except CannotRead as refused:
        assert str(file) in str(refused)
