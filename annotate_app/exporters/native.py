"""Records as rows of our own format, which reading gives back equal; refuses to drop a field that is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from rubrics.answers import Label, Verdict
from rubrics.items import Item

Row = dict[str, object]
PAIRS = ("probs", "confidences")  # tuples of pairs that are objects in a file


def item_row(item: Item) -> Row:
    """An item; what is empty is left out, what we have no field for stands in `meta`."""
    row = _given(item, ("sources", "meta", "sensitive"))
    if item.sensitive:
        row["sensitive"] = True
    if item.sources:
        row["sources"] = list(item.sources)
    if item.meta:
        row["meta"] = dict(item.meta)
    return row


def label_row(label: Label) -> Row:
    """One revision of a label; columns that came with it stand beside the known ones."""
    row: Row = {**_given(label, ("value", "failure_modes", "blind", "extra")), "value": label.value}
    if label.failure_modes:
        row["failure_modes"] = list(label.failure_modes)
    row["blind"] = {"peers": label.blind.peers, "judge": label.blind.judge}
    return {**dict(label.extra), **row}


def verdict_row(verdict: Verdict) -> Row:
    """One take of a verdict."""
    row: Row = {**_given(verdict, ("value", *PAIRS)), "value": verdict.value}
    return row | {name: dict(getattr(verdict, name)) for name in PAIRS if getattr(verdict, name)}


def shown(item: Item) -> Row:
    """What raters and judges are shown of an item."""
    names = ("input", "context", "output", "output_a", "output_b", "reference")
    row: Row = {name: getattr(item, name) for name in names if getattr(item, name) is not None}
    return row | ({"sources": list(item.sources)} if item.sources else {})


def _given(record: Item | Label | Verdict, apart: tuple[str, ...]) -> Row:
    values = ((f.name, getattr(record, f.name)) for f in fields(record) if f.name not in apart)
    return {name: value for name, value in values if value is not None}


def columns_of(item: Item) -> Mapping[str, object]:
    """An item's parts that stand in a table beside its answers."""
    return {"item_id": item.item_id, "stratum": item.stratum, "cluster": item.cluster, **_texts(item)}


def _texts(item: Item) -> Row:
    return {name: getattr(item, name) for name in ("input", "output", "output_a", "output_b")}
