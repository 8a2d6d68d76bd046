"""A test that drives a browser and fails is run once more, from the start; what failed first is told beside.

A browser, a server and a page that is drawn anew have moments that no wait of a test foresees. Such a moment
seldom comes twice; a fault of the product does. Refuses to do so for any other test.
"""

from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol

AGAIN = "failed first"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    if item.get_closest_marker("journey") is None:
        return None
    tell = item.ihook
    tell.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports):
        for report in reports:
            if report.failed:
                report.outcome = AGAIN  # type: ignore[assignment]
                tell.pytest_runtest_logreport(report=report)
        item._initrequest()  # type: ignore[attr-defined]
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        tell.pytest_runtest_logreport(report=report)
    tell.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """In the line of the end, and by name where it is run with `-v`."""
    return (AGAIN, "R", "FAILED FIRST") if report.outcome == AGAIN else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why each failed the first time, so that nobody overlooks it."""
    for report in terminalreporter.stats.get(AGAIN, []):
        terminalreporter.section(f"failed first: {report.nodeid} ({report.when})")
        terminalreporter.line(report.longreprtext)
