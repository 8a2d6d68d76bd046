"""Plain labels by sight: a name or an answer that was taken once is taken again without a second look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from annotate_app.services.translating import Refused, Translator
from annotate_app.store.staging import KIND_COLUMNS, LABEL_COLUMNS, PLACE, PlainRun, StagedRow
from calibration.readers import Plain, PlainLabel, Read
from calibration.readers.fields import identifier
from calibration.readers.limits import limits
from calibration.readers.reading import WrongField
from calibration.readers.times import sorts
from rubrics.answers import Label

COLUMNS = (*PLACE, *LABEL_COLUMNS)
AT = {name: place for place, name in enumerate(COLUMNS)}
ANSWER = tuple(AT[name] for name in KIND_COLUMNS if name != "rater")
OWN = (*PLACE, "item", "at", "rationale", "pi", *KIND_COLUMNS)  # the columns that a plain label fills
EMPTY = tuple(AT[name] for name in COLUMNS if name not in OWN)
Place = int | None  # of a kind or an item; None where it is not known


def by_sight(translator: Translator, file: int, part: Plain) -> Iterator[PlainRun | Read]:
    """Runs of plain labels, and between them rows to be taken as any other is.

    A row is read by itself where its rater, or its answer to its criterion, was not met yet: once it has
    passed they are known, and it goes with the others. Names and texts are held to the same limits.
    """
    block = _Block.of(translator, file, part)
    begins = 0
    for place in block.unmet():
        read = block.learned(place)
        if read is None:
            continue
        if place > begins:
            yield block.run(begins, place)
        begins = place + 1
        yield read
    if begins < len(part.rows):
        yield block.run(begins, len(part.rows))


@dataclass(frozen=True, slots=True)
class _Block:
    """A part's rows by the places of what they name, and what else they say.

    `odd`: those with a text beyond the limit, a time to be turned into UTC or lost, or no probability.
    """

    translator: Translator
    file: int
    part: Plain
    kinds: list[Place]
    items: list[Place]
    more: tuple[list[Any], ...]
    odd: frozenset[int]

    @classmethod
    def of(cls, translator: Translator, file: int, part: Plain) -> _Block:
        rows, known = part.rows, translator.kinds.get
        kinds = [known((row.criterion, row.value.__class__, row.value, row.rater)) for row in rows]
        at, why, pi = [row.at for row in rows], [row.rationale for row in rows], [row.pi for row in rows]
        more = (at, why, pi) if any(told.count(None) < len(rows) for told in (at, why, pi)) else ()
        odd = frozenset(_odd(at, why, pi)) if more else frozenset()
        return cls(translator, file, part, kinds, _items(translator, rows), more, odd)

    def run(self, begins: int, ends: int) -> PlainRun:
        """The rows from one place to before another, all of which are known."""
        taken = slice(begins, ends)
        kinds, items = cast("list[list[int]]", [self.kinds[taken], self.items[taken]])
        return PlainRun(
            self.file, self.part.first + begins, kinds, items, [told[taken] for told in self.more]
        )

    def unmet(self) -> Iterator[int]:
        """The rows that cannot be taken as they are, looked at one after the other."""
        if self.odd or None in self.kinds or None in self.items:
            for place in range(len(self.kinds)):
                if self.kinds[place] is None or self.items[place] is None or place in self.odd:
                    yield place

    def learned(self, place: int) -> Read | None:
        """Know the row's kind from now on; the row, to be taken by itself, where that cannot be."""
        if self.items[place] is None or place in self.odd:
            return self.part.read(place)
        row, translator = self.part.rows[place], self.translator
        key = (row.criterion, row.value.__class__, row.value)
        kind = translator.kinds.get((*key, row.rater))  # the rows before may have told it
        if kind is None:
            answer, rater = translator.plain.get(key), translator.staging.raters.get(row.rater)
            if answer is None or rater is None:
                read = self.part.read(place)
                staged = _staged(translator, self.file, row, read)
                if staged is None:
                    return read
                answer = translator.plain[key] = tuple(staged[at] for at in ANSWER)
                rater = cast(int, staged[AT["rater"]])
            kind = translator.kinds[*key, row.rater] = translator.staging.kind(
                (answer[0], rater, *answer[1:])
            )
        self.kinds[place] = kind
        return None


def _odd(at: Sequence[str | None], why: Sequence[str | None], pi: Sequence[float | None]) -> Iterator[int]:
    """The rows that say what is not taken as it stands."""
    most = limits().field_characters
    for place, (when, text, chance) in enumerate(zip(at, why, pi, strict=True)):
        if (
            (when is not None and (len(when) > most or not sorts(when)))
            or (text is not None and len(text) > most)
            or (chance is not None and not 0 < chance <= 1)
        ):
            yield place


def _items(translator: Translator, rows: Sequence[PlainLabel]) -> list[Place]:
    """The places of the items' names; None where one cannot be a name."""
    named = [row.item_id for row in rows]
    known, most = translator.staging.refs, limits().field_characters
    met = {name: _met(translator, name, most) for name in dict.fromkeys(named) if name not in known}
    places: list[Place] = list(map(known.get, named))
    if None in places:
        places = [met[name] if place is None else place for name, place in zip(named, places, strict=True)]
    return places


def _met(translator: Translator, item_id: str, most: int) -> Place:
    """The place of an item that is named for the first time; None where it cannot be a name."""
    try:
        return translator.staging.ref(identifier(item_id)) if len(item_id) <= most else None
    except WrongField:
        return None


def _staged(translator: Translator, file: int, row: PlainLabel, read: Read) -> StagedRow | None:
    """The row as it would be staged by itself; None where it cannot go in, or says more than it seemed to."""
    if not isinstance(read.record, Label):
        return None
    try:
        staged = translator.label(file, read.line, read.record)
    except Refused:
        return None
    same = tuple(staged[AT[name]] for name in ("at", "rationale", "pi")) == (row.at, row.rationale, row.pi)
    return staged if same and all(staged[at] is None for at in EMPTY) else None
