"""Readers: bytes of files into items, labels, verdicts and rejects; calibration's only file I/O."""

from calibration.readers.files import How, read_records, records_of_rows
from calibration.readers.foreign.mapping import Mapping, parse_mapping, read_mapping
from calibration.readers.foreign.row import Hints
from calibration.readers.plain import Plain, PlainLabel, read_parts
from calibration.readers.reading import Aside, CannotRead, Lost, Read, Reject

__all__ = [
    "Aside",
    "CannotRead",
    "Hints",
    "How",
    "Lost",
    "Mapping",
    "Plain",
    "PlainLabel",
    "Read",
    "Reject",
    "parse_mapping",
    "read_mapping",
    "read_parts",
    "read_records",
    "records_of_rows",
]
