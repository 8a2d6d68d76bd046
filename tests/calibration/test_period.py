"""The periodic report as values and as documents: what stands first, and charts that the tables repeat."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from calibration.period import (
    Change,
    Drift,
    Headline,
    Mark,
    ModeCount,
    Period,
    Point,
    Spent,
    StratumLine,
    Trend,
    by_severity,
    calibration_of,
    readings,
    worst,
)
from calibration.render import html, markdown
from calibration.render.chart import trend_svg
from calibration.report import Report, RubricFacts, StudyFacts
from calibration.stats.estimate import Estimate, Undefined


def estimate(value: float, low: float | None = None) -> Estimate:
    high = None if low is None else min(value + 0.1, 1.0)
    return Estimate(value, low, high, 0.95, 50, 50, "test", None if low is not None else "too few")


def mode(name: str, severity: str, visibility: str, items: int) -> ModeCount:
    return ModeCount(name, severity, visibility, items, estimate(0.1, 0.05), 0, Undefined("nothing"))


TREND = Trend(
    "grounded: <rules>",
    (Point("2026-01-01T00:00:00Z", 0.8, 0.7, 0.9, 40), Point("2026-02-01T00:00:00Z", 0.6, None, None, 9)),
    (Mark("2026-01-15T00:00:00Z", "rubric <b>2"),),
    floor=0.75,
)
REPORT = Report(
    StudyFacts("A <study>"), RubricFacts("r", "a" * 64, ("grounded",)), "2026-02-01T00:00:00Z", "calibrant 0",
    1, (), (), (), (), (),
)  # fmt: skip
PERIOD = Period(
    since="2026-01-01T00:00:00Z",
    until="2026-02-01T00:00:00Z",
    compared_to="2026-01-01T00:00:00Z",
    headlines=(Headline("rules on grounded: <trusted>", "trusted"),),
    next_steps=("Label 40 more.",),
    changes=(Change("rubric version", "aaa", "bbb"),),
    spent=Spent(1, 1, 1, None, 2, 0, 0.0, 0),
    drift=Drift(note="Production is not followed."),
    trends=(TREND,),
    strata=(StratumLine("edge", "grounded", "rules", "validation", "cohen_kappa", estimate(0.4, 0.1)),),
    modes=(mode("invented", "critical", "silent", 3),),
    raters=("ann on grounded: stricter than the others.",),
    report=REPORT,
)


def test_critical_and_silent_failure_modes_come_first() -> None:
    modes = [
        mode("a", "minor", "silent", 9),
        mode("b", "critical", "loud", 9),
        mode("c", "critical", "silent", 1),
        mode("d", "major", "silent", 5),
        mode("e", "critical", "silent", 2),
    ]
    found = by_severity(modes)
    assert [one.name for one in found] == ["e", "c", "b", "d", "a"]


def test_the_weakest_stratum_has_the_lowest_bound_and_those_without_one_come_last() -> None:
    line = PERIOD.strata[0]
    strata = [
        replace(line, stratum="none", agreement=Undefined("one class")),
        replace(line, stratum="bare", agreement=estimate(0.0)),
        replace(line, stratum="good", agreement=estimate(0.9, 0.8)),
        replace(line, stratum="bad", agreement=estimate(0.5, 0.2)),
    ]
    assert [one.stratum for one in worst(strata)] == ["bad", "good", "bare", "none"]


def test_a_reading_is_of_validation_where_there_is_any() -> None:
    def evidence(split: str, value: float) -> dict[str, object]:
        estimates = {"cohen_kappa": {"value": value, "low": None, "high": None, "n": 9}}
        judges = {
            "rules": {"estimates": estimates},
            "other": {"estimates": {"cohen_kappa": {"undefined": "x"}}},
        }
        return {"split": split, "agreement": {"criteria": {"grounded": {"judges": judges}}}}

    content = {"evidence": [evidence("development", 0.9), evidence("validation", 0.5)]}
    found = readings(content, {"grounded": "cohen_kappa"})
    assert {key: (one.split, one.estimate["value"]) for key, one in found.items()} == {
        ("grounded", "rules"): ("validation", 0.5)
    }
    assert calibration_of({"calibration": content}) is content
    assert calibration_of(content) is content


def test_a_chart_is_well_formed_escaped_and_says_where_its_numbers_are() -> None:
    drawn = ElementTree.fromstring(trend_svg(TREND))
    svg = drawn[0]
    assert "<rules>, 2 points; the table below has the numbers" in str(svg.get("aria-label"))
    texts = [text.text for text in svg.iter("text")]
    assert "rubric <b>2" in texts and "floor" in texts and "2026-02-01" in texts
    assert len(list(svg.iter("circle"))) == 2
    assert len([line for line in svg.iter("line") if line.get("class") == "range"]) == 1


def test_a_single_point_can_be_drawn() -> None:
    assert ElementTree.fromstring(trend_svg(replace(TREND, points=TREND.points[:1], marks=()))) is not None


def test_the_page_for_whoever_decides_comes_first_and_every_chart_has_its_table() -> None:
    page = html.render_period(PERIOD)
    first, *rest = page.split('<hr class="page">')
    assert "In short" in first and "What to do next" in first and "What changed" in first
    assert "Over time" not in first and "Over time" in rest[0]
    assert page.count('<svg class="trend"') == page.count("new since the one before") == 1
    assert "rubric &lt;b&gt;2" in page and "<b>2" not in page
    assert not re.search(r"<script|https?://|src=", page)


def test_markdown_says_the_same_without_the_chart() -> None:
    text = markdown.render_period(PERIOD)
    assert "0.600, no interval" in text and "svg" not in text
    assert text.index("In short") < text.index("Over time") < text.index("Calibration, in full")


@pytest.mark.parametrize("part", ["headlines", "trends", "failure_modes", "calibration", "drift", "changes"])
def test_the_json_has_every_part(part: str) -> None:
    content = PERIOD.as_json()
    assert content["schema"] == "calibrant/periodic-report/1"
    assert content[part]
