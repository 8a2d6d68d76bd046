"""The gate's decisions as a table, Markdown, JUnit XML and JSON; decides nothing itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape

from calibration.certificate import Threshold
from calibration.gate import Check, Decision, GateOutcome

HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SUITE = "calibrant gate"
IN_WORDS: Mapping[GateOutcome, str] = {
    "trusted": (
        "The judge passed what the policy asks on held-out labels, and nothing that was certified has "
        "changed since: it may decide."
    ),
    "not trusted": (
        "On held-out labels the judge missed what the policy asks: let people decide. Make it better on "
        "development items, then {certify}."
    ),
    "undecided": (
        "The held-out labels do not yet show whether the judge is good enough: let people decide. The last "
        "{certify} said what is missing."
    ),
    "missing": (
        "Nobody has shown yet that this judge meets the policy: {certify} takes a look at held-out labels."
    ),
    "unreadable": (
        "The certificate is no longer the file that a look wrote: restore it from version control, or "
        "{certify} again."
    ),
    "expired": (
        "What was shown is older than the policy allows: label a fresh sample of held-out items, then "
        "{certify} again."
    ),
    "mismatched": (
        "What was certified (found) is not what the study's files say now (expected), in the rows that "
        "fail: put it back, or {certify} what there is now."
    ),
}


def table(decision: Decision, *, good: str = "trusted") -> str:
    """Every check as a row of text, then the decision in one line."""
    rows = [("", "check", "expected", "found"), *(_row(check) for check in decision.checks)]
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    lines = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]
    said = [in_words(decision)] if good == "trusted" else []
    return "\n".join([*(line.rstrip() for line in lines), "", verdict(decision, good=good), *said])


def verdict(decision: Decision, *, good: str = "trusted") -> str:
    """The decision in one line, with the names of the checks that failed."""
    failed = [check.name for check in decision.checks if not check.passed]
    reason = f" ({', '.join(failed)})" if failed else ""
    return f"{decision.judge}: {good if decision.trusted else decision.outcome}{reason}"


def in_words(decision: Decision) -> str:
    """What the decision means and what to do, for readers without statistics."""
    return IN_WORDS[decision.outcome].format(certify=f"`calibrant certify {decision.judge}`")


def acceptance(found: Threshold) -> str:
    """A certified threshold in words."""
    return (
        f"verdicts with a confidence of at least {found.confidence:.4g} agree with the raters at least "
        f"{found.agreement:.0%} of the time, with probability {1 - found.delta:.1%}; {found.coverage:.0%} of "
        "verdicts on items like these; send the rest to people"
    )


def no_acceptance(agreement: float) -> str:
    """Why no verdict may stand alone although the policy asks from which confidence on."""
    return (
        f"no confidence is certified from which on verdicts agree at least {agreement:.0%} of the time: send "
        "all to people (the judge states no confidence, its surest verdicts err, there are too few "
        "independent items, or items were not drawn with equal chances)"
    )


def as_json(decisions: Sequence[Decision], *, fault: str = "") -> str:
    """A list with one object for each judge; of a gate that could not run, one object with the reason."""
    if fault:
        content: object = {"schema": "calibrant/gate/1", "outcome": "could not run", "trusted": False,
                           "reason": fault}  # fmt: skip
    else:
        content = [decision.as_json() | {"in_words": in_words(decision)} for decision in decisions]
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def markdown(decisions: Sequence[Decision], *, fault: str = "") -> str:
    """A heading and a table for each judge: what a pipeline's summary shows."""
    if fault:
        return f"### Calibrant gate: could not run\n\n{_cell(fault)}\n"
    parts = []
    for decision in decisions:
        head = f"### Calibrant gate: {_cell(decision.judge)} is {decision.outcome}"
        rows = [
            f"| {'ok' if c.passed else '**fails**'} | {_cell(c.name)} "
            f"| {_cell(c.expected)} | {_cell(c.found)} |"
            for c in decision.checks
        ]
        header = ("| | check | expected | found |", "|---|---|---|---|")
        parts.append("\n".join([head, "", _cell(in_words(decision)), "", *header, *rows]))
    return "\n\n".join(parts) + "\n"


def junit(decisions: Sequence[Decision], *, fault: str = "") -> str:
    """JUnit XML: a suite for each judge with a case for each check, or one case in error."""
    suites = "".join(_suite(decision) for decision in decisions)
    if fault:
        case = f'<testcase classname="{SUITE}" name="gate"><error message={_quoted(fault)}/></testcase>'
        suites = f'<testsuite name="{SUITE}" tests="1" failures="0" errors="1">{case}</testsuite>\n'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suites}</testsuites>\n'


def _suite(decision: Decision) -> str:
    failures = sum(not check.passed for check in decision.checks)
    name = _quoted(f"{SUITE}: {decision.judge}")
    head = f'<testsuite name={name} tests="{len(decision.checks)}" failures="{failures}" errors="0">'
    return "\n".join([head, *(_case(decision, check) for check in decision.checks), "</testsuite>\n"])


def _case(decision: Decision, check: Check) -> str:
    head = f"<testcase classname={_quoted(f'{SUITE}.{decision.judge}')} name={_quoted(check.name)}"
    if check.passed:
        return f"{head}/>"
    said = f"expected {check.expected}, found {check.found}"
    return f"{head}><failure type={_quoted(check.kind)} message={_quoted(said)}/></testcase>"


def _quoted(text: str) -> str:
    return f'"{escape(NOT_XML.sub("?", text))}"'


def _cell(text: str) -> str:
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", _short(text))


def _row(check: Check) -> tuple[str, str, str, str]:
    mark = "ok" if check.passed else "FAIL"
    return mark, check.name, _short(check.expected), _short(check.found)


def _short(text: str) -> str:
    """On one line, hashes by their first twelve digits (JSON has them whole)."""
    return HASH.sub(r"\1", " ".join(text.split()))
