"""The plugin point: the example importer conforms, and so do ours; what breaks the rules is named."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from exchanged import take

from calibration.readers import CannotRead, Hints
from calibration.readers.conformance import check_format
from calibration.readers.foreign import formats
from calibration.readers.foreign.row import Format, Numbered, Rows, label
from calibration.readers.foreign.row import Hints as RowHints

EXAMPLE = Path(__file__).parents[3] / "examples" / "importer"
SAMPLES = Path(os.environ.get("CALIBRANT_REAL_DATA", "")) / "exchange"


def survey() -> Format:
    spec = importlib.util.spec_from_file_location("survey_importer", EXAMPLE / "survey_importer.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.SURVEY
    assert isinstance(found, Format)
    return found


class Point:
    """An entry point as installed packages declare them."""

    name, value = "survey", "survey_importer:SURVEY"

    def __init__(self, offered: object) -> None:
        self.offered = offered

    def load(self) -> object:
        return self.offered


def test_the_example_importer_conforms() -> None:
    assert check_format(survey(), EXAMPLE / "answers.jsonl", Hints(criterion="correct")) == {
        "item": 2, "label": 3, "aside": 1,
    }  # fmt: skip


def test_an_installed_importer_is_recognised_like_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "entry_points", lambda group: [Point(survey())])
    found = take(EXAMPLE / "answers.jsonl", Hints(criterion="correct"))
    assert [(one.rater, one.value, one.status) for one in found.labels] == [
        ("ann", "yes", "observed"), ("ben", "no", "observed"), ("ann", None, "skipped"),
    ]  # fmt: skip


def test_an_entry_point_that_is_no_format_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "entry_points", lambda group: [Point("a text")])
    with pytest.raises(CannotRead, match="survey_importer:SURVEY is no Format"):
        take(EXAMPLE / "answers.jsonl")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="CALIBRANT_REAL_DATA is not set")
@pytest.mark.parametrize("one", formats.OURS, ids=lambda one: one.name)
def test_ours_conform_on_the_samples_of_their_tools(one: Format) -> None:
    hints = Hints(criteria=("correctness",), rater="ann")
    samples = [path for path in sorted(SAMPLES.iterdir()) if path.stem != "README" and _first_fits(one, path)]
    for sample in samples:
        check_format(one, sample, hints)
    if not samples:
        pytest.skip(f"no sample file of {one.name}")


def _first_fits(one: Format, path: Path) -> bool:
    from calibration.readers.conformance import _rows_of

    rows = _rows_of(path)
    return bool(rows) and hasattr(rows[0], "fields") and formats.recognised(rows[0].fields) is one


def test_an_importer_that_answers_an_item_it_does_not_give_does_not_conform(tmp_path: Path) -> None:
    def rows(numbered: Numbered, hints: RowHints) -> Rows:
        for row in numbered:
            yield label(row.line, "nowhere", "ann", "correct", 1)

    sample = tmp_path / "a.jsonl"
    sample.write_text('{"x": 1}\n', encoding="utf-8")
    with pytest.raises(AssertionError, match="no item"):
        check_format(Format("odd", lambda row: True, rows), sample)


def test_an_importer_that_trips_over_a_spoilt_row_does_not_conform(tmp_path: Path) -> None:
    def rows(numbered: Numbered, hints: RowHints) -> Rows:
        for row in numbered:
            if not hasattr(row, "reason"):
                str(row.fields["x"]["y"])  # type: ignore[index]
        yield from ()

    sample = tmp_path / "a.jsonl"
    sample.write_text('{"x": {"y": 1}}\n', encoding="utf-8")
    with pytest.raises(AssertionError, match="odd fails on"):
        check_format(Format("odd", lambda row: True, rows), sample)
