"""The words for what judges took and what moves them, as they were said when they were measured."""

from __future__ import annotations

from calibration.render.blocks import Cell, Folded, Heading, Paragraph, Part, Table
from calibration.report import JudgeTaken, ProbeFacts

NOT_PROBED = "Not probed yet: `calibrant judge probe {judge}` asks it again in forms that should not matter."


def taken_section(found: tuple[JudgeTaken, ...]) -> list[Part]:
    """A fold per judge that asks somebody; nothing where none does."""
    if not found:
        return []
    return [Heading("What judges take, and what moves them"), *map(_judge, found)]


def _judge(found: JudgeTaken) -> Folded:
    sentences = tuple(Paragraph(sentence) for sentence in found.sentences)
    if not found.probes:
        return Folded(f"Judge {found.judge}", (*sentences, Paragraph(NOT_PROBED.format(judge=found.judge))))
    rows = tuple(row for probe in found.probes for row in _rows(probe))
    table = Table(("probe", "what was found", "others"), rows, "Brackets: 95%; newest probe of each kind.")
    return Folded(f"Judge {found.judge}", (*sentences, table))


def _rows(probe: ProbeFacts) -> list[tuple[Cell, ...]]:
    made = f"{probe.items} {probe.split.replace('_', '-')} items, {probe.at[:10]}"
    first, *others = probe.sentences or ("nothing was compared",)
    rows = [(Cell(probe.kind.replace("_", " "), made), Cell(first), Cell("; ".join(probe.published)))]
    return [*rows, *((Cell(""), Cell(sentence), Cell("")) for sentence in others)]
