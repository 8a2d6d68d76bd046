"""Plain labels by sight: a name or an answer that was taken once is taken again without a second look."""

from __future__ import annotations

from collections.abc import Iterator

from annotate_app.services.translating import Refused, Translator
from annotate_app.store.staging import LABEL_COLUMNS, PLACE, PLAIN_COLUMNS, StagedRow
from calibration.readers import Plain, PlainLabel, Read
from calibration.readers.fields import identifier
from calibration.readers.limits import limits
from calibration.readers.reading import WrongField
from rubrics.answers import Label

AT = {name: place for place, name in enumerate((*PLACE, *LABEL_COLUMNS))}
HEAD = tuple(AT[name] for name in PLAIN_COLUMNS[:6])  # criterion, purpose, status, flags, code, number


def by_sight(translator: Translator, file: int, part: Plain) -> Iterator[list[StagedRow] | Read]:
    """Runs of staged rows (as staging.PLACED says), and between them rows to be read as any other is.

    A row is read so where its rater, or its answer to its criterion, was not met yet; once it has passed,
    they are known. Names and texts are held to the same limits.
    """
    answer_of, most = translator.plain.get, limits().field_characters
    item_of, rater_of = translator.staging.refs.get, translator.staging.raters.get
    run: list[StagedRow] = []
    first = part.first
    for place, row in enumerate(part.rows):
        head = answer_of((row.criterion, row.value.__class__, row.value))
        item, rater = item_of(row.item_id), rater_of(row.rater)
        if head is not None and rater is not None and _short(row, most):
            if item is None:
                item = _met(translator, row.item_id, most)
            if item is not None:
                run.append((file, first + place, *head, item, rater, row.at, row.rationale))
                continue
        if run:
            yield run
            run = []
        read = part.read(place)
        yield read
        _learn(translator, file, row, read)
    if run:
        yield run


def _short(row: PlainLabel, most: int) -> bool:
    """Whether its texts are within the limit."""
    at, why = row.at, row.rationale
    return (at is None or len(at) <= most) and (why is None or len(why) <= most)


def _met(translator: Translator, item_id: str, most: int) -> int | None:
    """The place of an item that is named for the first time; None where it cannot be a name."""
    try:
        return translator.staging.ref(identifier(item_id)) if len(item_id) <= most else None
    except WrongField:
        return None


def _learn(translator: Translator, file: int, row: PlainLabel, read: Read) -> None:
    """Know the row's answer from now on, if the row could go in."""
    key = (row.criterion, row.value.__class__, row.value)
    if key in translator.plain or not isinstance(read.record, Label):
        return
    try:
        staged = translator.label(file, read.line, read.record)
    except Refused:
        return
    translator.plain[key] = tuple(staged[place] for place in HEAD)
