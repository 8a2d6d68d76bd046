"""Files on their way in: a sample of their rows with inclusion probabilities, personal data masked."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from calibration.large.sampling import Drawn, Plan, Stratum, drawn_rows
from calibration.readers import CannotRead, How, Plain, Read, read_parts, read_records, records_of_rows
from calibration.readers.csv_rows import typed
from calibration.readers.files import raws_of_rows
from calibration.readers.foreign.formats import AUTO, NATIVE, recognised
from calibration.readers.masking import MASKS, Mask, mask_named, masked
from calibration.readers.plain import together
from rubrics.answers import Label
from rubrics.items import Item

SAMPLED_PI = "sampled_pi"  # where an item keeps with what probability its row was drawn
TABLES = (".csv", ".tsv")
_CUT = re.compile(r"""['"\[{].*…""", re.DOTALL)


@dataclass(slots=True)
class Intake:
    """How files are read: which rows, what is masked, raters by name or not; knows then what was drawn.

    `names`: what a file is called where it was sent under another name than it is kept under.
    """

    plan: Plan | None = None
    masks: tuple[str, ...] = ()
    function: str | None = None
    pseudonyms: bool = False
    strata: dict[str, tuple[Stratum, ...]] = field(default_factory=dict)
    names: Mapping[Path, str] = field(default_factory=dict)
    _mask: Mask | None = None

    def __post_init__(self) -> None:
        self._mask = _mask(self.masks, self.function)

    def read(self, file: Path, how: How) -> Iterator[Read]:
        """The records of a file; Parquet always comes through DuckDB, other files where a part is wanted."""
        if self.plan is not None or file.suffix.lower() == ".parquet":
            found = self._sampled(file, how)
        else:
            found = read_records(file, how)
        return found if self._mask is None else masked(found, self._mask)

    def parts(self, file: Path, how: How) -> Iterator[Plain | Read]:
        """The same, with runs of plain labels together where every row is wanted as it is."""
        if self.plan is not None or self._mask is not None:
            return self.read(file, how)
        return self._whole(file, how) if file.suffix.lower() == ".parquet" else read_parts(file, how)

    def _whole(self, file: Path, how: How) -> Iterator[Plain | Read]:
        """Every row of a Parquet file; its number is its line."""
        rows = self._fields(file, how, drawn_rows(file, Plan(1.0)), lambda _drawn: None)
        return together(raws_of_rows(rows, _without_columns(how)))

    def said(self, words: str) -> str:
        """What is said of a row, with the row's own words in it masked like its texts.

        Words that were cut short are left out: half an address is no pattern that a mask finds.
        """
        return words if self._mask is None else self._mask(_CUT.sub("[…]", words))

    @property
    def options(self) -> dict[str, object]:
        """What the record of the import keeps of this."""
        kept: dict[str, object] = {
            "mask": list(self.masks), "mask_with": self.function, "pseudonyms": self.pseudonyms,
        }  # fmt: skip
        if self.plan is not None:
            strata = {file: [asdict(one) for one in found] for file, found in self.strata.items()}
            kept["sample"] = {**asdict(self.plan), "strata": strata}
        return {name: value for name, value in kept.items() if value}

    def _sampled(self, file: Path, how: How) -> Iterator[Read]:
        found = drawn_rows(file, self.plan or Plan(1.0))
        chances: list[tuple[int, float]] = []
        rows = self._fields(file, how, found, lambda one: chances.append((one.row, one.pi)))
        for read in records_of_rows(rows, _without_columns(how)):
            place, pi = chances[read.line - 1] if read.line <= len(chances) else (read.line, 1.0)
            there = replace(read, line=place)
            yield there if self.plan is None else _with_chance(there, pi)

    def _fields(
        self,
        file: Path,
        how: How,
        found: Iterator[Drawn | tuple[Stratum, ...]],
        drawn: Callable[[Drawn], None],
    ) -> Iterator[dict[str, object]]:
        native: bool | None = None
        texts = file.suffix.lower() in TABLES
        for one in found:
            if not isinstance(one, Drawn):
                self.strata[file.name] = one
                continue
            fields = how.mapping.renamed_columns(one.fields)
            if native is None:
                native = how.format == NATIVE or (how.format == AUTO and recognised(fields) is None)
            drawn(one)
            yield typed(fields) if native and texts else fields


def _without_columns(how: How) -> How:
    """How rows are read whose columns have our names already."""
    return replace(how, mapping=replace(how.mapping, columns={}))


def _with_chance(read: Read, pi: float) -> Read:
    """The record with the probability with which its row was drawn; a label that states its own keeps it."""
    record = read.record
    if isinstance(record, Item):
        return replace(read, record=replace(record, meta=(*record.meta, (SAMPLED_PI, pi))))
    if isinstance(record, Label) and record.pi is None:
        return replace(read, record=replace(record, pi=pi))
    return read


def _mask(names: Sequence[str], function: str | None) -> Mask | None:
    for name in names:
        if name not in MASKS:
            raise CannotRead(f"--mask {name}: unknown; there are {', '.join(MASKS)}")
    steps: list[Mask] = [mask_named(names)] if names else []
    if function is not None:
        steps.append(_checked(function, _function(function)))
    if not steps:
        return None
    first, *others = steps
    return first if not others else lambda text: others[0](first(text))


def _function(named: str) -> Callable[[str], object]:
    """The function MODULE:NAME; modules beside the current folder are found, too."""
    module, _, name = named.partition(":")
    if not module or not name:
        raise CannotRead(f"--mask-with {named}: write MODULE:FUNCTION")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as fault:
        raise CannotRead(f"--mask-with {named}: {fault}") from fault
    finally:
        sys.path.remove(here)
    if not callable(found):
        raise CannotRead(f"--mask-with {named}: is no function")
    function: Callable[[str], object] = found
    return function


def _checked(named: str, function: Callable[[str], object]) -> Mask:
    def mask(text: str) -> str:
        found = function(text)
        if not isinstance(found, str):
            raise CannotRead(f"--mask-with {named}: gave {type(found).__name__} for a text, not text")
        return found

    return mask
