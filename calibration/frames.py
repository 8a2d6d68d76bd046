"""Data frames of any library as columns of plain values; refuses what is neither a frame nor columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

Columns = dict[str, list[object]]

# Kinds of the dataframe interchange protocol, and its ways to say that a value is missing.
INT, UINT, FLOAT, BOOL, STRING, CATEGORICAL = 0, 1, 2, 20, 21, 23
NO_NULLS, NAN, SENTINEL, BITS, BYTES = range(5)


class NoFrame(TypeError):
    """Something that holds no columns; the message names its type."""


def columns_of(frame: Any) -> Columns:
    """The columns of a mapping, of a frame that gives lists (pandas, polars, Arrow), or of the protocol."""
    if isinstance(frame, Mapping):
        found = {str(name): list(values) for name, values in frame.items()}
    elif hasattr(frame, "to_dict") and hasattr(frame, "iloc"):
        found = {str(name): list(values) for name, values in frame.to_dict("list").items()}
    elif hasattr(frame, "to_pydict") and hasattr(frame, "schema"):  # Arrow: times come too
        found = {str(name): values for name, values in frame.to_pydict().items()}
    elif hasattr(frame, "to_dict") and hasattr(frame, "get_columns"):  # polars, which left the protocol
        found = {str(name): values for name, values in frame.to_dict(as_series=False).items()}
    elif hasattr(frame, "collect") and hasattr(frame, "collect_schema"):
        raise NoFrame(f"{type(frame).__name__} holds no values yet: give its `.collect()`")
    elif hasattr(frame, "__dataframe__"):
        found = _interchanged(frame.__dataframe__())
    else:
        raise NoFrame(f"{type(frame).__name__} is no data frame: give one with __dataframe__, or columns")
    sizes = {name: len(values) for name, values in found.items()}
    if len(set(sizes.values())) > 1:
        raise NoFrame(f"the columns differ in length: {sizes}")
    return found


def rows_of(columns: Columns) -> Iterator[dict[str, object]]:
    """One row after the other; what is missing (None, NaN, NA) is left out, but for `value`: it is null."""
    names = list(columns)
    for values in zip(*columns.values(), strict=True):
        row = {name: _plain(value) for name, value in zip(names, values, strict=True)}
        yield {name: value for name, value in row.items() if value is not None or name == "value"}


def _plain(value: Any) -> object:
    """Python's own value; None for any library's way to say that there is none."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value


def _interchanged(frame: Any) -> Columns:
    found: Columns = {str(name): [] for name in frame.column_names()}
    for chunk in frame.get_chunks():
        for name, values in found.items():
            values.extend(_column(chunk.get_column_by_name(name), name))
    return found


def _column(column: Any, name: str) -> list[object]:
    kind = int(column.dtype[0])
    if kind == STRING:
        values = _texts(column)
    elif kind == CATEGORICAL:
        known = _column(column.describe_categorical["categories"], name)
        values = [known[code] if code >= 0 else None for code in _numbers(column).tolist()]
    elif kind in (INT, UINT, FLOAT, BOOL):
        values = _numbers(column).tolist()
    else:
        raise NoFrame(f"column {name!r}: values of kind {kind} cannot be exchanged; make texts of them")
    return [None if gone else value for value, gone in zip(values, _missing(column), strict=True)]


def _numbers(column: Any) -> np.ndarray[Any, Any]:
    buffer, dtype = column.get_buffers()["data"]
    kind, bits = int(dtype[0]), int(dtype[1])
    if kind == BOOL and bits == 1:
        return _bits(buffer, column.offset, column.size())
    letter = {INT: "i", UINT: "u", FLOAT: "f", BOOL: "u"}[kind]
    found = _array(buffer, np.dtype(f"{letter}{bits // 8}"))[column.offset : column.offset + column.size()]
    return found.astype(np.bool_) if kind == BOOL else found


def _texts(column: Any) -> list[object]:
    buffers = column.get_buffers()
    content = _array(buffers["data"][0], np.dtype("u1")).tobytes()
    offsets, dtype = buffers["offsets"]
    ends = _array(offsets, np.dtype(f"i{int(dtype[1]) // 8}"))[column.offset :][: column.size() + 1].tolist()
    return [content[a:b].decode() for a, b in pairwise(ends)]


def _missing(column: Any) -> Sequence[bool]:
    how, value = column.describe_null
    if int(how) in (BITS, BYTES):
        buffer, dtype = column.get_buffers()["validity"]
        if int(how) == BITS or int(dtype[1]) == 1:
            marks = _bits(buffer, column.offset, column.size())
        else:
            marks = _array(buffer, np.dtype("u1"))[column.offset : column.offset + column.size()]
        return [bool(mark) == bool(value) for mark in marks.tolist()]
    if int(how) == SENTINEL:
        return [bool(code == value) for code in _numbers(column).tolist()]
    return [False] * column.size()


def _bits(buffer: Any, offset: int, size: int) -> np.ndarray[Any, Any]:
    packed = np.unpackbits(_array(buffer, np.dtype("u1")), bitorder="little")
    return packed[offset : offset + size].astype(np.bool_)


def _array(buffer: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """The bytes at the buffer's address, copied."""
    import ctypes

    if not buffer.bufsize:
        return np.zeros(0, dtype=dtype)
    return np.frombuffer(ctypes.string_at(buffer.ptr, buffer.bufsize), dtype=dtype)
