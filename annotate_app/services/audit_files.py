"""The audit log as a file: a table that a spreadsheet shows and does not run, or JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from annotate_app.exporters.cells import cell
from annotate_app.store.audit import Entry

HEADER = ("number", "at", "actor", "kind", "detail")


def as_csv(entries: Sequence[Entry]) -> str:
    """One row an entry."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(HEADER)
    for one in entries:
        detail = json.dumps(dict(one.detail), ensure_ascii=False)
        writer.writerow([cell(value) for value in (one.number, one.at, one.actor, one.kind, detail)])
    return written.getvalue()


def as_jsonl(entries: Sequence[Entry]) -> str:
    """One object an entry."""
    return "".join(json.dumps(one.as_json(), ensure_ascii=False) + "\n" for one in entries)
