"""doccano's classification projects, JSON or JSONL: one category is an answer; the file names nobody."""

from __future__ import annotations

from calibration.readers.foreign.row import Format, Hints, Numbered, Rows, item, label, text_of, texts_of
from calibration.readers.reading import Aside, Reject, Row

NOBODY = "human"  # as in plain tables, where neither the file nor --rater names anybody
OWN = frozenset({"id", "text", "label", "Comments"})
EMPTY = "doccano records without a label: nobody answered"
SEVERAL = "doccano records with several labels, of one person or of several: they name no single answer"
SPANS = "doccano records of spans: no answers to a question"


def fits(row: Row) -> bool:
    return isinstance(row.get("label"), list) and "Comments" in row and "id" in row and "text" in row


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """The record is the item, its one category the answer to the file's criterion.

    Who gave it stands in no row: one file per person is written, or one of all together, in which several
    people's categories are one list. --rater names the person.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        line, given = row.line, row.fields
        rest = {name: raw for name, raw in given.items() if name not in OWN}
        yield item(line, given.get("id"), texts_of({"output": given.get("text"), **rest}))
        labels = given.get("label")
        found = labels if isinstance(labels, list) else []
        if len(found) == 1 and text_of(found[0]):
            who, criterion = hints.rater or NOBODY, hints.only_criterion(line)
            yield label(line, given.get("id"), who, criterion, found[0], {"rationale": _said(given)})
        else:
            spans = any(not isinstance(one, str) for one in found)
            yield Aside(line, SPANS if spans else SEVERAL if found else EMPTY)


def _said(given: Row) -> str | None:
    """The comments on a record as one text."""
    said = given.get("Comments")
    return "\n".join(map(str, said)) or None if isinstance(said, list) else None


RECORDS = Format("doccano", fits, rows)
