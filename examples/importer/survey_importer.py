"""A survey tool's answers as labels: one JSON object per answer, with the reply that was shown."""

from __future__ import annotations

from calibration.readers.foreign.row import Format, Hints, Numbered, Rows, item, label, utc
from calibration.readers.reading import Aside, Reject, Row

PRACTICE = "survey answers given for practice"


def fits(row: Row) -> bool:
    """Whether this is a row of the survey tool: asked about the first row of a file."""
    return {"reply_id", "respondent", "rated"} <= row.keys()


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """An item for the reply that was shown, and a label for what was answered."""
    for row in numbered:
        if isinstance(row, Reject):  # not JSON: pass it on, it is listed with its line
            yield row
            continue
        line, given = row.line, row.fields
        if given.get("practice") is True:
            yield Aside(line, PRACTICE)
            continue
        name, criterion = given.get("reply_id"), hints.only_criterion(line)
        yield item(line, name, {"input": given.get("asked"), "output": given.get("reply")})
        at = {"at": utc(given.get("when"))}
        yield label(line, name, given.get("respondent"), criterion, given.get("rated"), at)


SURVEY = Format("survey", fits, rows)
