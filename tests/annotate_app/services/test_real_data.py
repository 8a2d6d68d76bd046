"""Import and ratings of the real data: exact counts, and the same figures as from plain files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import ImportSummary, import_files
from annotate_app.services.ratings import ratings
from annotate_app.services.rights import HOLDER
from calibration.agreement import Options, measure
from calibration.ratings import ratings_from_records
from calibration.readers import read_records
from rubrics.answers import Label, Verdict
from rubrics.items import Item

EXAMPLES = Path(__file__).parents[3] / "examples"
FILES = ("items.jsonl", "human.jsonl", "judge.jsonl")
SENTINELS = {"llm_rubric": ("0",)}


def opened(real_data: Path, make_study: Callable[..., Path], name: str) -> tuple[Desk, ImportSummary]:
    rubric = (EXAMPLES / name / "rubric.yaml").read_text(encoding="utf-8")
    desk = open_desk(make_study(name, rubric=rubric))
    files = [real_data / name / file for file in FILES]
    return desk, import_files(desk, files, strict=True, not_applicable=SENTINELS.get(name, ()), role=HOLDER)


def test_llm_rubric_goes_in_with_its_repetitions_and_sentinels(
    real_data: Path, make_study: Callable[..., Path]
) -> None:
    desk, summary = opened(real_data, make_study, "llm_rubric")
    labels = summary.labels
    assert summary.items.new == 473
    # 8,694 rows; 9 (item, rater) pairs were rated twice on 9 criteria: 81 cells, 28 of them in conflict
    assert (labels.read, labels.new, labels.revisions, labels.conflicts) == (8694, 8613, 81, 28)
    assert labels.statuses == {"observed": 7647, "not_applicable": 1045, "skipped": 2, "withdrawn": 0}
    assert (summary.verdicts.read, summary.verdicts.new) == (4032, 4032)
    again = import_files(
        desk,
        [real_data / "llm_rubric" / file for file in FILES],
        not_applicable=SENTINELS["llm_rubric"],
        role=HOLDER,
    )
    assert again.changed_nothing
    desk.close()


def test_mtbench_goes_in_whole(real_data: Path, make_study: Callable[..., Path]) -> None:
    desk, summary = opened(real_data, make_study, "mtbench")
    assert (summary.items.new, summary.verdicts.new) == (2400, 2400)
    # one vote is there twice, and says the same
    assert (summary.labels.new, summary.labels.revisions, summary.labels.conflicts) == (3354, 1, 0)
    desk.close()


def test_pandalm_keeps_its_unreadable_verdicts(real_data: Path, make_study: Callable[..., Path]) -> None:
    desk, summary = opened(real_data, make_study, "pandalm")
    assert (summary.items.new, summary.labels.new, summary.verdicts.new) == (999, 2997, 1998)
    assert summary.verdicts.statuses["parse_error"] == 25
    desk.close()


@pytest.mark.parametrize("name", ["llm_rubric", "mtbench", "pandalm"])
def test_the_store_gives_the_same_agreement_as_the_files(
    real_data: Path, make_study: Callable[..., Path], name: str
) -> None:
    desk, _ = opened(real_data, make_study, name)
    records = [read.record for file in FILES for read in read_records(real_data / name / file)]
    plain = ratings_from_records(
        [r for r in records if isinstance(r, Label)],
        [r for r in records if isinstance(r, Verdict)],
        [r for r in records if isinstance(r, Item)],
        {criterion.name: criterion.scale for criterion in desk.rubric.criteria},
        not_applicable=SENTINELS.get(name, ()),
    )
    stored = ratings(desk)
    assert {n: c.left_out for n, c in stored.criteria.items()} == {
        n: c.left_out for n, c in plain.criteria.items()
    }
    expected = json.loads(json.dumps(measure(plain, Options()).as_json()["criteria"]))
    found = json.loads(json.dumps(measure(stored, Options()).as_json()["criteria"]))
    assert_close(found, expected)
    desk.close()


def assert_close(found: object, expected: object) -> None:
    """The same values, whatever the order of items; the order of rater pairs may differ."""
    if isinstance(expected, dict):
        assert isinstance(found, dict)
        assert set(found) == set(expected)
        for name, value in expected.items():
            if name != "pairs":
                assert_close(found[name], value)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    elif isinstance(expected, list):
        assert isinstance(found, list)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    else:
        assert found == expected
