"""One report, three renderings: the same words, nothing from a study becomes markup, no NaN in JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from calibration.agreement import Options, measure
from calibration.findings.confidence import confidence_findings
from calibration.findings.raters import rater_findings
from calibration.findings.standing import standings
from calibration.ratings import Columns, Ratings, judge_column, ratings_from_columns, ratings_from_records
from calibration.render import html, markdown
from calibration.render import json as as_json
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
from rubrics.answers import Label, Verdict
from rubrics.items import Item
from rubrics.rubric import Level, Scale

HOSTILE = '<script>alert(1)</script> | **x** [y](javascript:z) "q" & `c`'
BINARY = Scale("binary", (Level("pass"), Level("fail")))


@pytest.fixture(scope="module")
def report() -> Report:
    answers = ["pass", "fail", "pass", "pass", "fail", "pass"] * 10
    second = ["pass", "fail", "pass", "fail", "fail", "pass"] * 10
    items = [Item(f"i{k}", stratum="edge" if k % 2 else "typical") for k in range(60)]
    labels = [Label(f"i{k}", "ada", "ok", a) for k, a in enumerate(answers)]
    labels += [Label(f"i{k}", "bob", "ok", a) for k, a in enumerate(second)]
    verdicts = [Verdict(f"i{k}", "robot", "ok", a) for k, a in enumerate(second[::-1])]
    ratings = ratings_from_records(labels, verdicts, items, {"ok": BINARY}, columns=Columns(by="stratum"))
    agreement = measure(ratings, Options(by="stratum"))
    decision = Decision(
        judge="robot", criteria=("ok",), outcome="undecided", issued="2026-01-31T12:00:00+00:00",
        expires="2026-05-01T12:00:00+00:00", look=1, alpha=0.0304, n=60,
        conditions=(
            {"name": "cohen_kappa", "criterion": "ok", "bound": None, "floor": 0.6, "passed": False},
        ),
        estimates={"ok": {"cohen_kappa": {"value": 0.61, "low": 0.4, "high": 0.8, "n": 60}}},
        sentences=("Label 45 more held-out items.",),
    )  # fmt: skip
    return Report(
        study=StudyFacts(HOSTILE, owner="Ada", note="Labels are simulated."),
        rubric=RubricFacts("support", "ab" * 32, ("ok",)),
        issued="2026-01-31T12:00:00Z", software="calibrant 0", seed=7,
        items=(ItemCount("development", "typical", 30, 30, 60), ItemCount("development", "edge", 30, 30, 60)),
        raters=(RaterFacts("ada", {"observed": 60}), RaterFacts("bob", {"observed": 60, "skipped": 0})),
        judges=(
            JudgeFacts(
                "robot", "code", "rules:answer", "cd" * 32, (), 60, {"observed": 60}, None, None, None
            ),
        ),
        evidence=(Evidence("development", "Tuned here.", agreement),),
        decisions=(decision,),
    )  # fmt: skip


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs


def test_html_is_self_contained_and_runs_nothing(report: Report) -> None:
    tags = Tags()
    tags.feed(html.render(report))
    assert "script" not in tags.seen
    assert not [name for name, _ in tags.attributes if name in ("src", "href", "onclick", "onerror")]
    assert "&lt;script&gt;" in html.render(report)


@pytest.mark.parametrize("render", [html.render, markdown.render])
def test_a_rendering_tells_the_decision_the_note_and_the_numbers(render: object, report: Report) -> None:
    assert callable(render)
    text = render(report).replace("\\_", "_").replace("\\[", "[").replace("\\]", "]")
    for words in (
        "undecided",
        "Label 45 more held-out items.",
        "Labels are simulated.",
        "Tuned here.",
        "robot",
    ):
        assert words in text
    # the overall value and bounds of a look that did not end in trusted are all it may show
    assert "0.610 [0.400, 0.800], n = 60" in text


def test_markdown_escapes_what_a_study_is_called(report: Report) -> None:
    text = markdown.render(report)
    assert "<script>" not in text
    assert "[y](" not in text


def test_every_number_of_a_table_has_its_n_and_method(report: Report) -> None:
    text = markdown.render(report)
    header = "| coefficient | estimate | n | clusters | method |"
    assert text.count(header) >= 2
    assert "Wilson" in text


def test_json_is_strict_and_carries_the_agreement_in_its_own_schema(report: Report) -> None:
    content = json.loads(as_json.render(report), parse_constant=pytest.fail)
    assert content["schema"] == "calibrant/report/1"
    assert content["evidence"][0]["agreement"]["schema"] == "calibrant/agreement/1"
    assert content["evidence"][0]["agreement"]["strata"].keys() == {"edge", "typical"}


def test_unknown_cost_is_called_unknown(report: Report) -> None:
    assert "unknown" in markdown.render(report)
    assert "$0" not in markdown.render(report)


def test_a_report_without_a_look_says_that_nothing_is_certified(report: Report) -> None:
    assert "No held-out evidence" in markdown.render(replace(report, decisions=()))


@pytest.fixture(scope="module")
def told(report: Report) -> Report:
    """The report with standing, confidence (a judge right on 39 of the first 40 of 60) and raters."""
    n = 60
    answers = np.arange(n) % 2
    said = np.where((np.arange(n) < 40) & (np.arange(n) != 35), answers, 1 - answers)
    judge = judge_column(
        "robot", BINARY, item=np.arange(n), answer=said, confidence=np.linspace(0.99, 0.5, n)
    )
    ratings = ratings_from_columns(
        "ok", BINARY, items=tuple(f"i{k}" for k in range(n)), raters=("ada", "bob<b>", "cleo"),
        item=np.tile(np.arange(n), 3), rater=np.repeat(np.arange(3), n), answer=np.tile(answers, 3),
        judges=(judge,),
    )  # fmt: skip
    every = Ratings({"ok": ratings})
    shown = Evidence("validation", "", measure(every), standings=standings(every))
    sure = ConfidenceEvidence("validation", "", confidence_findings(every))
    return replace(report, evidence=(shown,), confidence=sure, rater_quality=(rater_findings(ratings),))


def test_the_diagram_is_drawn_in_html_and_told_as_a_table_in_both(told: Report) -> None:
    page, text = html.render(told), markdown.render(told)
    assert page.count('class="reliability"') == 1
    assert "<svg" not in text
    for rendering in (page, text):
        assert "if perfectly calibrated" in rendering
        assert "AURC" in rendering


def test_the_alternative_test_is_captioned_as_no_gate(told: Report) -> None:
    assert "never a gate on its own" in html.render(told)


def test_standing_confidence_and_raters_are_in_words(told: Report) -> None:
    text = html.render(told)
    for words in (
        "as good as one more rater?",
        "agree with the experts at least 85% of the time",
        "a suggestion, not truth",
        "Follow it",
    ):
        assert words in text
    assert "bob<b>" not in html.render(told)


def test_a_report_without_confidences_has_no_such_section(told: Report) -> None:
    assert "Confidence, on" not in html.render(replace(told, confidence=None))
