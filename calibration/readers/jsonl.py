"""JSON Lines, and one JSON array, as raw rows; refuses a line that is not one JSON object."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from calibration.readers.limits import Limits, limits
from calibration.readers.reading import CannotRead, RawRow, Reject

LONGEST_LINE = 64 * 1024 * 1024
BLANKS = b" \t\r\n"
INFINITY = b"Infinity"
BOM = b"\xef\xbb\xbf"


class _NotJson(ValueError):
    pass


def rows(stream: BinaryIO, *, before: int = 0) -> Iterator[RawRow | Reject]:
    """One raw row or reject per line; blank lines are passed over. `before`: lines that were read already.

    Lines end with LF or CR LF. A number written as NaN reads as null; Infinity is refused. A line longer
    than 64 MiB is refused without being held in memory.
    """
    most, line = limits(), before
    while chunk := stream.readline(LONGEST_LINE + 1):
        line += 1
        if len(chunk) > LONGEST_LINE:
            _skip_line(stream, chunk)
            yield Reject(line, None, f"is longer than {LONGEST_LINE // 2**20} MiB")
        elif (chunk := chunk.removeprefix(BOM)).strip(BLANKS):
            yield _row(chunk, line, most)


def array_rows(stream: BinaryIO) -> Iterator[RawRow | Reject]:
    """The elements of one JSON array, read as a whole; `line` is the element's number from 1."""
    most = limits()
    whole = _whole(stream, most)
    try:
        elements = _decode(whole)
    except _NotJson as fault:
        raise CannotRead(f"begins like a JSON array but is not one: {fault}") from None
    if not isinstance(elements, list):
        raise CannotRead("holds one JSON value; write one object per line, or one array of objects")
    infinite = INFINITY in whole
    for number, element in enumerate(elements, start=1):
        yield _checked(element, number, most, infinite=infinite)


def document_rows(stream: BinaryIO) -> Iterator[RawRow | Reject]:
    """One JSON object as a single row, or the objects of an array or of its `data`; else lines.

    Read as a whole, for files that may be written over many lines.
    """
    most = limits()
    whole = _whole(stream, most)
    try:
        content = _decode(whole)
    except _NotJson:
        yield from rows(io.BytesIO(whole))
        return
    held = content.get("data") if isinstance(content, dict) and "annotations" not in content else content
    for number, element in enumerate(held if isinstance(held, list) else [content], start=1):
        yield _checked(element, number, most, infinite=INFINITY in whole)


def _whole(stream: BinaryIO, most: Limits) -> bytes:
    """A file that has to be held as a whole."""
    size = most.json_megabytes * 2**20
    whole = stream.read(size + 1)
    if len(whole) > size:
        more = most.refused("json_megabytes", "is one JSON value of more megabytes")
        raise CannotRead(f"{more}; JSON Lines, one object a line, have no such limit")
    return whole.removeprefix(BOM)


def _row(chunk: bytes, line: int, most: Limits) -> RawRow | Reject:
    try:
        return _checked(_decode(chunk), line, most, infinite=INFINITY in chunk)
    except _NotJson as fault:
        reason = f"is not JSON: {fault}"
        if not chunk.endswith(b"\n"):
            reason = f"the last line is cut off or not JSON: {fault}"
        return Reject(line, None, reason)


def _checked(content: object, line: int, most: Limits, *, infinite: bool) -> RawRow | Reject:
    """The row, if it is an object; `infinite`: a number in it may be, because the text says so."""
    if not isinstance(content, dict):
        return Reject(line, None, f"must be a JSON object, is {_kind(content)}")
    for name, raw in content.items() if infinite else ():
        if isinstance(raw, float) and math.isinf(raw):
            return Reject(line, str(name), "is infinite; write a finite number or null")
    return most.fault_of(content, line) or RawRow(line, content)


def _decode(chunk: bytes) -> object:
    try:
        return msgspec.json.decode(chunk)
    except UnicodeDecodeError:
        raise _NotJson("the bytes are not UTF-8") from None
    except (msgspec.DecodeError, RecursionError) as fault:
        if b"NaN" in chunk or INFINITY in chunk:
            return _decode_constants(chunk)
        raise _NotJson(str(fault)) from None


def _decode_constants(chunk: bytes) -> object:
    """JSON with Python's NaN (null) and Infinity (kept, so that its field can be named)."""
    try:
        content = json.loads(chunk, parse_constant=lambda name: None if name == "NaN" else float(name))
        msgspec.json.encode(content)  # json lets half a surrogate pair through; UTF-8 does not
        return content
    except (ValueError, RecursionError) as fault:
        raise _NotJson(str(fault)) from None


def _skip_line(stream: BinaryIO, chunk: bytes) -> None:
    while chunk and not chunk.endswith(b"\n"):
        chunk = stream.readline(LONGEST_LINE)


def _kind(content: object) -> str:
    names = {list: "an array", str: "text", bool: "a truth value", type(None): "null"}
    return names.get(type(content), "a number")
