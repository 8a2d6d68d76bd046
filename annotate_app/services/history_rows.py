"""The files of an export that say how a study came about, as checked values; names file and line at fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, get_args

import msgspec

from annotate_app.store.adjudication import Kind
from calibration.findings.taxonomy import StepKind
from calibration.readers import CannotRead
from rubrics.answers import LabelStatus, Purpose
from rubrics.items import Item
from rubrics.rubric import Severity, Value, Visibility

Split = Literal["development", "validation", "held_out"]
T = TypeVar("T")


class PlacedRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an item is now; production traffic is in no split."""

    item_id: str
    split: Split | Literal["monitor"]


class VersionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of the split; `items` it has, of which `exported` left with this export."""

    number: int
    sha256: str
    seed: int
    shares: dict[Split, float]
    parent: str | None
    together: tuple[tuple[str, ...], ...]
    reason: str | None
    actor: str | None
    at: str
    items: int
    exported: int


class MovedRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an item was in an earlier version; None: it had not joined yet."""

    number: int
    item_id: str
    split: Split | None


class WaveRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wave as drawn; `frame` is the number of items that it was drawn from."""

    number: int
    name: str
    split: Split
    purpose: Purpose
    design: dict[str, object]
    seed: int
    frame_sha256: str
    size: int
    actor: str | None
    at: str
    split_version: int | None
    frame: int
    closed_by: str | None
    closed_reason: str | None
    closed_at: str | None


class ChanceRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An item of a wave's frame: its probability, whether and as which it was drawn, for how many raters."""

    wave: str
    item_id: str
    pi: float | None
    selected: bool
    raters: int
    position: int | None = None
    doubt: float | None = None


class DecisionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of adjudication; without `labels_sha256` it is about the answers as they stand."""

    item_id: str
    criterion: str | None
    kind: Kind
    status: LabelStatus | None
    value: Value | None
    lead: str
    words: str
    at: str
    labels_sha256: str | None = None


class StepRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step about failure modes; `undone` names a step by its number from 1."""

    kind: StepKind
    name: str
    becomes: str | None
    description: str | None
    severity: Severity | None
    visibility: Visibility | None
    detected_by: str | None
    actor: str
    at: str


class TagRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A failure mode given to an item, or taken from it."""

    item_id: str
    mode: str
    kind: Literal["tagged", "removed"]
    note: str
    actor: str
    at: str


class CauseRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a judge and the reference disagreed on an item."""

    item_id: str
    criterion: str
    judge: str
    verdict: str
    reference: str
    cause: str
    note: str
    actor: str
    at: str


def is_history(item: Item) -> bool:
    """Whether what reads like an item is a row of these files: no text, and such a row's columns alone."""
    names = {"item_id", *(name for name, _ in item.meta)}
    known = (PlacedRow, MovedRow, ChanceRow)
    if not any(needed(kind) <= names <= {*kind.__struct_fields__} for kind in known):
        return False
    return item.sha256 == Item(item.item_id, item.kind).sha256


def needed(kind: type[msgspec.Struct]) -> set[str]:
    """The columns that have a value in every row of the kind."""
    found = msgspec.structs.fields(kind)
    return {one.name for one in found if one.required and type(None) not in get_args(one.type)}


@dataclass(frozen=True, slots=True)
class History:
    """All of it, in the files' order."""

    placed: Mapping[str, str] = field(default_factory=dict)
    versions: tuple[VersionRow, ...] = ()
    moved: Mapping[int, Mapping[str, Split | None]] = field(default_factory=dict)
    waves: tuple[WaveRow, ...] = ()
    chances: Mapping[str, tuple[ChanceRow, ...]] = field(default_factory=dict)
    decisions: tuple[DecisionRow, ...] = ()
    steps: tuple[StepRow, ...] = ()
    tags: tuple[TagRow, ...] = ()
    causes: tuple[CauseRow, ...] = ()


def read_history(folder: Path) -> History:
    """The history in the folder of an export; a file that is not there had no row. Raises CannotRead."""
    moved: dict[int, dict[str, Split | None]] = {}
    for row in _rows(folder / "moved.jsonl", MovedRow):
        moved.setdefault(row.number, {})[row.item_id] = row.split
    chances: dict[str, list[ChanceRow]] = {}
    for chance in _rows(folder / "pi.jsonl", ChanceRow):
        chances.setdefault(chance.wave, []).append(chance)
    return History(
        placed={row.item_id: row.split for row in _rows(folder / "splits.jsonl", PlacedRow)},
        versions=_rows(folder / "split_versions.jsonl", VersionRow),
        moved=moved,
        waves=_rows(folder / "waves.jsonl", WaveRow),
        chances={name: tuple(found) for name, found in chances.items()},
        decisions=_rows(folder / "decisions.jsonl", DecisionRow),
        steps=_rows(folder / "mode_steps.jsonl", StepRow),
        tags=_rows(folder / "mode_tags.jsonl", TagRow),
        causes=_rows(folder / "causes.jsonl", CauseRow),
    )


def _rows(file: Path, kind: type[T]) -> tuple[T, ...]:
    if not file.exists():
        return ()
    decoder = msgspec.json.Decoder(kind)
    found: list[T] = []
    try:
        with file.open("rb") as stream:
            for line, text in enumerate(stream, start=1):
                found.append(_decoded(decoder, text, f"{file}, line {line}"))
    except OSError as fault:
        raise CannotRead(f"{file}: cannot be read: {fault.strerror or fault}") from fault
    return tuple(found)


def _decoded(decoder: msgspec.json.Decoder[T], text: bytes, place: str) -> T:
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise CannotRead(
            f"{place}: {fault}. A folder is read as this version exports it; items.jsonl, labels.jsonl and "
            "verdicts.jsonl of any version can be imported by their names"
        ) from fault
