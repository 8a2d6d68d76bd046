"""Readers: bytes of files into items, labels, verdicts and rejects; calibration's only file I/O."""

from calibration.readers.files import read_records
from calibration.readers.reading import CannotRead, Read, Reject

__all__ = ["CannotRead", "Read", "Reject", "read_records"]
