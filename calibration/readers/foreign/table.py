"""Plain tables with an answer by people and one by a judge in each row, under the headers people use."""

from __future__ import annotations

from collections.abc import Collection
from math import isnan

from calibration.readers.foreign.row import (
    Format,
    Hints,
    Numbered,
    Rows,
    digest,
    item,
    label,
    spelled,
    text_of,
    texts_of,
    utc,
    verdict,
)
from calibration.readers.reading import Aside, CannotRead, Reject, Row

IDS = ("item_id", "id", "example_id", "prompt_id", "unique_id")
HUMAN = ("human", "target", "label", "human_label", "ground_truth_label", "expected_score", "oracle_label")
JUDGE = ("judge_label", "prediction", "judge_score", "llm_judge", "judge")
RATERS = ("rater", "annotator", "rater_id")
JUDGES = ("judge_name", "judge_model")
WHY = ("rationale", "comment", "explanation")
TIMES = ("at", "timestamp", "created_at")
BLANK = "cells of a table without an answer: neither ratings nor skips"
NATIVE = frozenset({"value", "status", "replicate", "blind"})
USED = frozenset((*IDS, *HUMAN, *JUDGE, *RATERS, *JUDGES, *WHY, *TIMES, "criterion"))


PLAIN = ("human", "human_label", "judge_label", "prediction", "judge_score")


def fits(row: Row) -> bool:
    """A header that is not ours: an answer by people or by a judge without the native field `value`.

    Beside our own `item_id`, `label` and `target` may be anything, and `judge` is a name: not by them alone.
    """
    if not row.keys().isdisjoint(NATIVE):
        return False
    both = _first(row, HUMAN) is not None and _first(row, JUDGE) is not None and "criterion" not in row
    return both or _first(row, PLAIN if "item_id" in row else (*HUMAN, *JUDGE)) is not None


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """Each row is an item, a label where a human column has an answer, a verdict where a judge column has.

    Without a column of ids, an item is named by the hash of its texts. Where the file names no rater they
    are all "human", and where it names no judge it is "judge", unless told.
    """
    named: set[str] = set()
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        line, cells = row.line, row.fields
        data = texts_of({name: cell for name, cell in cells.items() if name not in USED})
        name = _cell(cells, IDS)
        if name is None and data.keys().isdisjoint(("output", "output_a")):
            raise CannotRead(f"line {line}: no column names the item ({', '.join(IDS)}) or holds its output")
        name = digest(data) if name is None else name
        if spelled(name) not in named:
            named.add(spelled(name))
            yield item(line, name, data)
        yield from _answers(line, name, cells, hints)


def _answers(line: int, name: object, cells: Row, hints: Hints) -> Rows:
    criterion = text_of(cells.get("criterion")) or hints.only_criterion(line)
    about: Row = {"at": utc(_cell(cells, TIMES))}
    human, judge = _first(cells, HUMAN), _first(cells, JUDGE)
    for column in (human, judge):
        if column is not None and _value(cells[column]) is None:
            yield Aside(line, BLANK)
    if human is not None and _value(cells[human]) is not None:
        rater = _cell(cells, RATERS) or hints.rater or "human"
        yield label(line, name, rater, criterion, _value(cells[human]), {"rationale": _why(cells), **about})
    if judge is not None and _value(cells[judge]) is not None:
        by = _cell(cells, JUDGES) or hints.judge or "judge"
        yield verdict(line, name, by, criterion, _value(cells[judge]), about)


def _first(cells: Row, names: Collection[str]) -> str | None:
    return next((name for name in names if name in cells), None)


def _cell(cells: Row, names: Collection[str]) -> object | None:
    found = (cells[name] for name in names if name in cells)
    return next((cell for cell in found if cell is not None and cell != ""), None)


def _why(cells: Row) -> str | None:
    return text_of(_cell(cells, WHY))


def _value(cell: object) -> object:
    """Text that is a number is one; blank, and what pandas writes in its place (NaN), is no answer."""
    if isinstance(cell, float) and isnan(cell):
        return None
    if not isinstance(cell, str):
        return cell
    try:
        number = float(cell)
    except ValueError:
        return cell.strip() or None
    if isnan(number):
        return None
    return int(number) if number.is_integer() else number


TABLE = Format("table", fits, rows)
