"""What a document is made of, so that every rendering draws the same pieces."""

from __future__ import annotations

from dataclasses import dataclass, field

from calibration.period import Trend
from calibration.render.words import number, why_not
from calibration.stats.estimate import Estimate, Result
from calibration.stats.reliability import Bin


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    tone: str = "plain"  # plain, note, caution


@dataclass(frozen=True, slots=True)
class Cell:
    """What a table cell says, in small print why; `interval` lets a renderer draw it as well."""

    text: str
    note: str = ""
    interval: Estimate | None = None
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Diagram:
    """A reliability diagram for renderings that can draw; the table beside it says the same."""

    bins: tuple[Bin, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A trend for renderings that can draw; the table beside it says the same."""

    trend: Trend


@dataclass(frozen=True, slots=True)
class Break:
    """A new page where there are pages."""


@dataclass(frozen=True, slots=True)
class Folded:
    """Details that a reader opens when wanted."""

    summary: str
    blocks: tuple[Heading | Paragraph | Table | Diagram | Chart | Break, ...]


Block = Heading | Paragraph | Table | Diagram | Chart | Break
Part = Block | Folded


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    subtitle: str
    blocks: tuple[Part, ...] = field(default=())


def result_cell(result: Result | None) -> Cell:
    """An estimate with its interval, or why there is none."""
    if result is None:
        return Cell("")
    return Cell(number(result), why_not(result), interval=result if isinstance(result, Estimate) else None)
