"""The periodic report of a study: what changed, nothing of held-out labels, stored as it was made."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from monitored_study import make_study, mood, outputs, write

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.judging import run_judge
from annotate_app.services.monitoring import monitor
from annotate_app.services.periodic import (
    BadReport,
    build_period,
    keep,
    make_report,
    report_page,
    stored_texts,
    texts,
)
from annotate_app.services.rights import HOLDER, NotVisible
from annotate_app.services.splitting import split_of_items

START = datetime(2026, 1, 1, tzinfo=UTC)
MODES = """
failure_modes:
  - {name: slow, description: Too long., severity: minor, visibility: loud}
  - {name: lies, description: Untrue., severity: critical, visibility: silent}
"""


class Clock:
    """A clock that stands until it is moved."""

    now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    made = make_study(tmp_path, clock=clock)
    made.close()
    rubric = tmp_path / "rubric.yaml"
    rubric.write_text(rubric.read_text() + MODES)
    opened = open_desk(tmp_path, clock=clock)
    run_judge(opened, "rules", role=HOLDER)
    yield opened
    opened.close()


def marked(desk: Desk, split: str, mode: str, n: int, *, at: str, rater: str) -> None:
    """Labels of a second rater on items of a split, each with a failure mode."""
    items = sorted(i for i, where in split_of_items(desk).items() if where == split)[:n]
    assert len(items) == n
    rows = [
        {
            "item_id": i,
            "rater": rater,
            "criterion": "polite",
            "value": "yes",
            "failure_modes": [mode],
            "at": at,
        }
        for i in items
    ]
    import_files(desk, [write(desk.folder / f"{split}-{mode}.jsonl", rows)], strict=True, role=HOLDER)


def test_what_happened_since_the_last_report_is_said(desk: Desk, clock: Clock) -> None:
    keep(desk, first := build_period(desk, role=HOLDER), texts(first), role=HOLDER)
    assert first.compared_to is None and first.since == "2025-12-02T00:00:00.000000Z"
    clock.now += timedelta(days=10)
    marked(desk, "development", "slow", 6, at="2026-01-05T00:00:00Z", rater="ben")
    (desk.folder / "rules.py").write_text((desk.folder / "rules.py").read_text() + "# other\n")
    again = open_desk(desk.folder, clock=clock)
    run_judge(again, "rules", role=HOLDER)
    second = build_period(again, role=HOLDER)
    changed = {one.what: (one.before, one.now) for one in second.changes}
    assert second.compared_to == second.since == first.report.issued
    assert changed["labels that stand"] == ("160", "166")  # 40 are of held-out items
    assert changed["identity of rules"][0] != changed["identity of rules"][1]
    assert "items" not in changed
    assert (second.spent.labels, second.spent.raters, second.spent.verdicts) == (6, 1, 200)
    (trend,) = second.trends
    assert [point.at for point in trend.points] == [first.report.issued, second.report.issued]
    assert any(mark.text.startswith("rules ") for mark in trend.marks)
    again.close()


def test_failure_modes_are_counted_on_open_items_alone_and_by_period(desk: Desk) -> None:
    marked(desk, "held_out", "lies", 9, at="2026-01-05T00:00:00Z", rater="ben")
    marked(desk, "development", "slow", 4, at="2026-01-05T00:00:00Z", rater="cleo")
    marked(desk, "validation", "lies", 2, at="2025-06-05T00:00:00Z", rater="dora")
    found = build_period(desk, since=datetime(2026, 1, 2, tzinfo=UTC), role=HOLDER)
    assert [(m.name, m.items, m.items_before) for m in found.modes] == [("lies", 0, 2), ("slow", 4, 0)]


def test_no_number_of_held_out_labels_is_in_a_report(desk: Desk) -> None:
    before = build_period(desk, role=HOLDER).as_json()
    held_out = [i for i, split in split_of_items(desk).items() if split == "held_out"]
    lies = [{"item_id": i, "rater": "ann", "criterion": "polite", "value": "no"} for i in held_out]
    import_files(desk, [write(desk.folder / "lies.jsonl", lies)], strict=True, role=HOLDER)
    after = build_period(desk, role=HOLDER).as_json()
    for part in ("trends", "strata", "failure_modes", "raters", "drift"):
        assert after[part] == before[part]
    assert {e["split"] for e in after["calibration"]["evidence"]} == {"development", "validation"}  # type: ignore[index, call-overload]


def test_alarms_and_what_to_do_about_them_stand_first(desk: Desk) -> None:
    monitor(desk, [outputs(desk.folder, "a.jsonl", 300)], role=HOLDER)
    mood(desk, "strict")
    monitor(desk, [], anchors=150, role=HOLDER)
    found = build_period(desk, role=HOLDER)
    acted = [one.text for one in found.headlines if one.tone == "not trusted"]
    assert any("the judge changed" in text for text in acted)
    assert found.next_steps[0].startswith("Certify the judge anew")
    assert [one.kind for one in found.drift.alarms if one.stands] == ["judge_changed"]
    titles = [trend.title for trend in found.trends]
    assert "polite: judged good in production" in titles
    assert "polite: judge with people on anchor items" in titles


def test_a_study_that_follows_nothing_says_so(desk: Desk) -> None:
    found = build_period(desk, role=HOLDER)
    assert not found.drift.processes
    assert any("Production is not followed" in one.text for one in found.headlines)
    assert any("No judge may decide anything yet" in one.text for one in found.headlines)


def test_a_stored_report_is_read_as_it_was_made(desk: Desk) -> None:
    period = build_period(desk, role=HOLDER)
    made = texts(period)
    number = keep(desk, period, made, role=HOLDER)
    assert keep(desk, period, made, role=HOLDER) == number
    assert stored_texts(desk, number, role="engineer") == made
    assert [line.number for line in report_page(desk, role="lead").reports] == [number]
    with pytest.raises(BadReport, match="no report 99"):
        stored_texts(desk, 99, role="owner")


def test_raters_see_no_report_and_make_none(desk: Desk) -> None:
    number = make_report(desk, role="engineer")
    shown = report_page(desk, role="rater")
    assert shown.reports == () and "not shown to raters" in shown.withheld
    with pytest.raises(NotVisible):
        stored_texts(desk, number, role="rater")
    with pytest.raises(NotVisible):
        make_report(desk, role="rater")


def test_the_command_writes_stores_and_compares(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    study = ["--study", str(desk.folder)]
    assert main(["report", "--output", str(desk.folder / "plain"), *study]) == 0
    last = desk.folder / "plain" / "report.json"
    assert main(["report", "--since", "2026-01-01", "--compare-to", str(last), *study]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()[-3:]]
    assert [path.name for path in written] == ["report.html", "report.md", "report.json"]
    content = json.loads(written[2].read_text())
    assert content["schema"] == "calibrant/periodic-report/1" and content["since"].startswith("2026-01-01")
    assert main(["report", "--compare-to", str(written[2]), "--json", *study]) == 0
    assert len(report_page(desk, role="owner").reports) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("not json", "is no JSON"),
        ("[]", "is no report"),
        ("{}", "no report of ours"),
        ('{"schema": "calibrant/report/1", "issued": "2026", "study": {"name": "other"}}', "study 'other'"),
    ],
)
def test_what_cannot_be_compared_with_is_said(
    desk: Desk, content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = desk.folder / "last.json"
    path.write_text(content)
    assert main(["report", "--compare-to", str(path), "--study", str(desk.folder)]) == 1
    assert said in capsys.readouterr().err
    assert main(["report", "--since", "yesterday", "--study", str(desk.folder)]) == 1
    assert "--since yesterday" in capsys.readouterr().err
