"""The gate's decisions in every form say the same, and whatever a file held cannot break the form."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

from calibration.certificate import Threshold
from calibration.gate import Check, Decision
from calibration.gate_report import acceptance, as_json, junit, markdown, no_acceptance, table

GOOD = Check("study", "support", "support", True)
BAD = Check("judge <model>", "acme|2\n", 'acme"1\x00 & `x`', False)
DECISIONS = (Decision("rules", "trusted", (GOOD,)), Decision("ask|ed", "mismatched", (GOOD, BAD)))


def test_the_table_ends_with_the_decision_and_what_failed() -> None:
    lines = table(DECISIONS[1]).splitlines()
    assert lines[-2] == "ask|ed: mismatched (judge <model>)"
    assert "put it back, or `calibrant certify ask|ed`" in lines[-1]
    assert [line.split()[0] for line in lines[1:3]] == ["ok", "FAIL"]


def test_junit_has_a_case_for_each_check_and_counts_failures() -> None:
    suites = ElementTree.fromstring(junit(DECISIONS))
    assert [(s.get("tests"), s.get("failures"), s.get("errors")) for s in suites] == [
        ("1", "0", "0"),
        ("2", "1", "0"),
    ]
    (failure,) = suites.iter("failure")
    assert failure.get("type") == "mismatched"
    assert "acme|2" in (failure.get("message") or "")
    assert "\x00" not in junit(DECISIONS)


def test_markdown_keeps_its_four_columns() -> None:
    rows = [line for line in markdown(DECISIONS).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}
    assert "### Calibrant gate: rules is trusted" in markdown(DECISIONS)


def test_json_has_one_object_for_each_judge() -> None:
    assert [one["trusted"] for one in json.loads(as_json(DECISIONS))] == [True, False]


def test_a_gate_that_could_not_run_is_an_error_in_every_form() -> None:
    (case,) = ElementTree.fromstring(junit((), fault="no file <x>")).iter("error")
    assert case.get("message") == "no file <x>"
    assert json.loads(as_json((), fault="no file"))["trusted"] is False
    assert "could not run" in markdown((), fault="no file")


def test_a_threshold_is_said_in_words() -> None:
    found = Threshold(
        confidence=0.83, agreement=0.85, delta=0.05, coverage=0.71, accepted=150, errors=9, n=210
    )
    assert acceptance(found) == (
        "verdicts with a confidence of at least 0.83 agree with the raters at least 85% of the time, with "
        "probability 95.0%; 71% of verdicts on items like these; send the rest to people"
    )
    assert "at least 85%" in no_acceptance(0.85)
