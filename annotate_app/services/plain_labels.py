"""Plain labels by sight: a name or an answer that was taken once is taken again without a second look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from annotate_app.services.translating import Refused, Translator
from annotate_app.store.staging import KIND_COLUMNS, LABEL_COLUMNS, PLACE, PlainRun, StagedRow
from calibration.readers import Plain, PlainLabel, Read
from calibration.readers.fields import identifier
from calibration.readers.limits import limits
from calibration.readers.reading import WrongField
from rubrics.answers import Label

COLUMNS = (*PLACE, *LABEL_COLUMNS)
AT = {name: place for place, name in enumerate(COLUMNS)}
ANSWER = tuple(AT[name] for name in KIND_COLUMNS if name != "rater")
OWN = (*PLACE, "item", "at", "rationale", *KIND_COLUMNS)  # the columns that a plain label fills
EMPTY = tuple(AT[name] for name in COLUMNS if name not in OWN)
SILENT = (None, None)

Texts = Sequence[tuple[str | None, str | None]]


def by_sight(translator: Translator, file: int, part: Plain) -> Iterator[PlainRun | Read]:
    """Runs of plain labels, and between them rows to be taken as any other is.

    A row is read by itself where its rater, or its answer to its criterion, was not met yet: once it has
    passed they are known, and it goes with the others. Names and texts are held to the same limits.
    """
    rows = part.rows
    kinds = _kinds(translator, rows)
    items = _items(translator, rows)
    texts: Texts = [(row.at, row.rationale) for row in rows]
    said = texts.count(SILENT) < len(texts)
    long = _long(texts) if said else frozenset[int]()
    begins = 0

    def run(ends: int) -> PlainRun:
        taken = slice(begins, ends)
        return PlainRun(file, part.first + begins, kinds[taken], items[taken], texts[taken] if said else ())

    for place in _unmet(kinds, items, long):
        read = None
        if items[place] is not None and place not in long:
            kinds[place], read = _learned(translator, file, part, place)
            if kinds[place] is not None:
                continue
        if place > begins:
            yield run(place)
        begins = place + 1
        yield read or part.read(place)
    if begins < len(rows):
        yield run(len(rows))


def _kinds(translator: Translator, rows: Sequence[PlainLabel]) -> list[int | None]:
    keys = [(row.criterion, row.value.__class__, row.value, row.rater) for row in rows]
    return list(map(translator.kinds.get, keys))


def _items(translator: Translator, rows: Sequence[PlainLabel]) -> list[int | None]:
    """The places of the items' names; None where one cannot be a name."""
    named = [row.item_id for row in rows]
    known = translator.staging.refs
    places = list(map(known.get, named))
    if None not in places:
        return places
    most = limits().field_characters
    met = {name: _met(translator, name, most) for name in dict.fromkeys(named) if name not in known}
    return [met[name] if place is None else place for name, place in zip(named, places, strict=True)]


def _met(translator: Translator, item_id: str, most: int) -> int | None:
    """The place of an item that is named for the first time; None where it cannot be a name."""
    try:
        return translator.staging.ref(identifier(item_id)) if len(item_id) <= most else None
    except WrongField:
        return None


def _long(texts: Texts) -> frozenset[int]:
    """The rows with a text beyond the limit."""
    most = limits().field_characters
    return frozenset(
        place
        for place, (at, why) in enumerate(texts)
        if (at is not None and len(at) > most) or (why is not None and len(why) > most)
    )


def _unmet(kinds: Sequence[int | None], items: Sequence[int | None], long: Set[int]) -> Iterator[int]:
    """The rows that cannot be taken as they are, looked at one after the other."""
    if long or None in kinds or None in items:
        for place in range(len(kinds)):
            if kinds[place] is None or items[place] is None or place in long:
                yield place


def _learned(
    translator: Translator, file: int, part: Plain, place: int
) -> tuple[int | None, Read | None]:
    """The kind of a row whose kind was not met yet; None, and the row, where it is none of a plain label."""
    row = part.rows[place]
    key = (row.criterion, row.value.__class__, row.value)
    answer, rater = translator.plain.get(key), translator.staging.raters.get(row.rater)
    read = None
    if answer is None or rater is None:
        read = part.read(place)
        staged = _staged(translator, file, row, read)
        if staged is None:
            return None, read
        answer, rater = tuple(staged[at] for at in ANSWER), staged[AT["rater"]]
        translator.plain[key] = answer
    kind = translator.staging.kind((answer[0], rater, *answer[1:]))
    translator.kinds[*key, row.rater] = kind
    return kind, None


def _staged(translator: Translator, file: int, row: PlainLabel, read: Read) -> StagedRow | None:
    """The row as it would be staged by itself; None where it cannot go in, or says more than it seemed to."""
    if not isinstance(read.record, Label):
        return None
    try:
        staged = translator.label(file, read.line, read.record)
    except Refused:
        return None
    same = (staged[AT["at"]], staged[AT["rationale"]]) == (row.at, row.rationale)
    return staged if same and all(staged[at] is None for at in EMPTY) else None
