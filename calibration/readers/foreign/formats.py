"""Which formats there are, how one is recognised, and what a file's rows become; native rows pass through."""

from __future__ import annotations

from importlib.metadata import entry_points
from itertools import chain

from calibration.readers.foreign import (
    argilla,
    chat,
    doccano,
    inspect_log,
    label_studio,
    langfuse,
    langsmith,
    mlflow,
    opik,
    phoenix,
    prodigy,
    promptfoo,
    table,
)
from calibration.readers.foreign.mapping import Mapping
from calibration.readers.foreign.row import Format, Hints, Numbered, Rows, spelled
from calibration.readers.reading import CannotRead, RawRow, Reject, Row

AUTO, NATIVE = "auto", "native"
NAMING = {"item_id", "correlation_id"}
GROUP = "calibrant.importers"  # entry points of other packages: each a Format
OURS: tuple[Format, ...] = (
    label_studio.JSON,
    label_studio.CSV,
    langsmith.RUNS,
    langfuse.SCORES,
    phoenix.SPANS,
    mlflow.ASSESSMENTS,
    argilla.RECORDS,
    promptfoo.JSON,
    promptfoo.CSV,
    inspect_log.LOG,
    inspect_log.SCORES,
    opik.TRACES,
    opik.PAGES,
    prodigy.CHOICES,
    doccano.RECORDS,
    table.TABLE,
    chat.TRACES,
)


def all_formats() -> dict[str, Format]:
    """Every format by name: ours, then those that installed packages offer (group `calibrant.importers`)."""
    found = {one.name: one for one in OURS}
    for point in entry_points(group=GROUP):
        offered = point.load()
        if not isinstance(offered, Format):
            raise CannotRead(f"the importer {point.name!r} of {point.value} is no Format")
        if offered.name not in found:
            found[offered.name] = offered
    return found


def format_named(name: str) -> Format | None:
    """The format of this name; None for the native one. Raises CannotRead with those there are."""
    if name == NATIVE:
        return None
    formats = all_formats()
    if name not in formats:
        raise CannotRead(f"unknown format {name!r}; there are {', '.join((AUTO, NATIVE, *formats))}")
    return formats[name]


def recognised(row: Row) -> Format | None:
    """The format whose row this is; None where it is native or unknown."""
    return next((one for one in all_formats().values() if one.fits(row)), None)


def converted(numbered: Numbered, name: str, hints: Hints, mapping: Mapping) -> Rows:
    """Native raw rows of a file's rows: through the named format, or with `auto` the one recognised.

    The first row decides; a file whose first row is of no known tool is native.
    """
    rows, hints = iter(mapping.with_columns(numbered)), mapping.hinted(hints)
    seen: list[RawRow | Reject] = []
    first = None
    for row in rows:
        seen.append(row)
        if isinstance(row, RawRow):
            first = row
            break
    chosen = (None if first is None else recognised(first.fields)) if name == AUTO else format_named(name)
    if chosen is None:
        yield from mapping.applied(chain(seen, rows)) if mapping.renames else chain(seen, rows)
        return
    yield from mapping.applied(once(chosen.rows(chain(seen, rows), hints)))


def once(rows: Rows) -> Rows:
    """Rows without the repeats of items that are only named: files of scores name them again and again."""
    named: set[str] = set()
    for row in rows:
        if isinstance(row, RawRow) and row.fields.keys() <= NAMING:
            name = spelled(row.fields.get("item_id"))
            if name in named:
                continue
            named.add(name)
        yield row
