"""What an export says of itself: files with their rows, what stayed behind and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to leave: the format, the criteria and judges (all by default), people by pseudonym or name."""

    format: str = "native"
    criteria: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    parquet: bool = False
    pseudonyms: bool = False


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What an export wrote: rows by file, what a file holds where its name does not say it, what stayed."""

    folder: str
    format: str
    files: Mapping[str, int]
    holds: Mapping[str, str]
    held_out: Mapping[str, int]
    left_out: Mapping[str, int]
    rubric_sha256: str
    splits: Mapping[str, int] = field(default_factory=dict)
    opened: str | None = None
    pseudonyms: bool = False

    def as_json(self) -> dict[str, object]:
        return {"schema": "calibrant/export/1", **asdict(self)}
