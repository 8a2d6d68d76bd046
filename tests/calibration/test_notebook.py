"""Notebooks: the same numbers from files, frames and columns; a policy that nothing slips past."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pytest

import calibration
from calibration.file_rows import NothingToMeasure
from calibration.frames import NoFrame, columns_of, rows_of
from rubrics.files import parse_rubric

RUBRIC = parse_rubric("""
name: answers
criteria:
  - name: grounded
    question: Is every claim in the sources?
    scale:
      kind: binary
      levels: [{name: "yes", description: All are.}, {name: "no", description: One is not.}]
""")


class Interchanged:
    """A frame that offers the interchange protocol and nothing else."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._table = pyarrow.Table.from_pandas(frame, preserve_index=False)

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        return self._table.__dataframe__(nan_as_null=nan_as_null, allow_copy=allow_copy)


def rows(size: int = 80, *, wrong: int = 10) -> list[dict[str, Any]]:
    flip = {"yes": "no", "no": "yes"}
    made: list[dict[str, Any]] = []
    for k in range(size):
        truth = "no" if k % 4 == 0 else "yes"
        for rater in ("ann", "ben"):
            made.append({"item_id": f"i{k}", "criterion": "grounded", "rater": rater, "value": truth})
        said = flip[truth] if k % wrong == 0 else truth
        made.append({"item_id": f"i{k}", "criterion": "grounded", "judge": "rules", "value": said})
    return made


def test_files_frames_and_columns_give_the_same_numbers(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows()), encoding="utf-8")
    frame = pd.DataFrame(rows())
    sources: list[Any] = [
        calibration.read_ratings(file), frame, Interchanged(frame), {n: frame[n].tolist() for n in frame},
    ]  # fmt: skip
    found = [calibration.agreement(one, rubric=RUBRIC).as_json()["criteria"] for one in sources]
    # 8 of 80 verdicts are turned round
    assert found[0]["grounded"]["judges"]["rules"]["estimates"]["percent_agreement"][
        "value"
    ] == pytest.approx(0.9)
    assert all(one == found[0] for one in found)


def test_every_kind_of_column_comes_through_the_protocol() -> None:
    frame = pd.DataFrame(
        {
            "text": ["a", "é", None], "whole": [1, 2, 3], "part": [0.5, float("nan"), 2.0],
            "truth": [True, False, True], "kind": pd.Categorical(["x", None, "y"]),
        }
    )  # fmt: skip
    found = columns_of(Interchanged(frame))
    assert found["text"] == ["a", "é", None]
    assert found["whole"] == [1, 2, 3]
    assert found["truth"] == [True, False, True]
    assert found["kind"] == ["x", None, "y"]
    assert list(rows_of(found))[1] == {"text": "é", "whole": 2, "truth": False}


def test_a_missing_answer_is_a_skip_and_no_zero() -> None:
    frame = pd.DataFrame([{"item_id": "i", "criterion": "c", "rater": "ann", "value": None, "sure": True}])
    assert next(rows_of(columns_of(frame)))["value"] is None


def test_frames_that_left_the_protocol_and_times_in_them_come_too() -> None:
    """A polars frame in its outline, and Arrow's own table: both give columns of Python's values."""
    table = pyarrow.table({"at": [datetime(2026, 1, 2, 3), None], "value": pyarrow.array(["yes", None])})
    expected = [{"at": "2026-01-02T03:00:00", "value": "yes"}, {"value": None}]
    for frame in (table, table.to_batches()[0], LikePolars(table.to_pydict())):
        assert list(rows_of(columns_of(frame))) == expected
    with pytest.raises(NoFrame, match=r"LikeLazy holds no values yet: give its `.collect\(\)`"):
        columns_of(LikeLazy())


class LikePolars:
    """What is used of a polars frame, which has no interchange protocol since 2.0."""

    def __init__(self, columns: dict[str, list[object]]) -> None:
        self._columns = columns

    def get_columns(self) -> list[list[object]]:
        return list(self._columns.values())

    def to_dict(self, *, as_series: bool) -> dict[str, list[object]]:
        assert not as_series
        return self._columns


class LikeLazy:
    """What is used of a polars frame that is a plan so far."""

    def collect(self) -> None: ...

    def collect_schema(self) -> None: ...


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(NoFrame, match="int is no data frame"):
        calibration.agreement(3)
    with pytest.raises(NoFrame, match="differ in length"):
        calibration.agreement({"a": [1], "b": []})


def test_a_judge_is_trusted_on_its_lower_bound_alone() -> None:
    good = calibration.calibrate(pd.DataFrame(rows(400, wrong=100)), RUBRIC, judge="rules")
    few = calibration.calibrate(pd.DataFrame(rows(30, wrong=15)), RUBRIC, judge="rules")
    bad = calibration.calibrate(pd.DataFrame(rows(400, wrong=2)), RUBRIC, judge="rules")
    assert (good.outcome, few.outcome, bad.outcome) == ("trusted", "undecided", "not trusted")
    assert "the vault does not apply" in str(good) and "cohen_kappa" in str(good)
    later = calibration.calibrate(pd.DataFrame(rows(400, wrong=100)), RUBRIC, judge="rules", look=9)
    first, ninth = (one.tested[0].bound for one in (good, later))
    assert first is not None and ninth is not None and ninth < first  # a later look has less error to spend


def test_nothing_that_the_policy_asks_may_be_missing() -> None:
    frame = pd.DataFrame(rows())
    with pytest.raises(NothingToMeasure, match="no verdict of 'other'; there are judges: rules"):
        calibration.calibrate(frame, RUBRIC, judge="other")
    flips = {"criteria": {"grounded": {"flips_max": 0.1}}}
    with pytest.raises(NothingToMeasure, match="in a study alone"):
        calibration.calibrate(frame, RUBRIC, judge="rules", policy=flips)


def test_importing_the_package_loads_nothing_heavy_and_never_pandas() -> None:
    code = (
        "import sys, calibration; assert not {'numpy', 'pandas'} & set(sys.modules); "
        "import calibration.agreement; from calibration.agreement import measure; "
        "found = calibration.agreement({'id': [1, 2], 'human': ['x', 'y'], 'judge': ['x', 'x']}); "
        "assert 'pandas' not in sys.modules and callable(calibration.read_ratings)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
