"""Planted items from the lead's files: variants with a known error; refuses origins outside development."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.lookalikes import lookalike
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.splitting import split_of_items
from annotate_app.store import items
from annotate_app.store import planted as store
from annotate_app.store.engine import Session
from annotate_app.store.items import StoredItem
from annotate_app.store.planted import Planted
from calibration.splits import DEVELOPMENT
from rubrics.evidence import Passage, texts_of
from rubrics.items import Item
from rubrics.rubric import Rubric, UnknownAnswer, Value

__all__ = ["Added", "CannotPlant", "Planted", "add_planted", "list_planted", "retire"]

LEAD = "lead"


class CannotPlant(ValueError):
    """Planted items that cannot be stored: file, line, and why."""


class _Variant(BaseModel):
    """One line: the origin's id, the changed text, the words that are wrong, the answers that find them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item_id: str
    output: str | None = None
    output_a: str | None = None
    output_b: str | None = None
    span: Annotated[str, Field(min_length=1)]
    failure_mode: str
    expected: Annotated[dict[str, str | int | float], Field(min_length=1)]
    note: str | None = None
    author: str | None = None

    @property
    def changed(self) -> Mapping[str, str]:
        texts = {"output": self.output, "output_a": self.output_a, "output_b": self.output_b}
        return {field: text for field, text in texts.items() if text is not None}


@dataclass(frozen=True, slots=True)
class Added:
    """What adding did: planted items that are new, and lines that were stored before."""

    new: tuple[Planted, ...]
    known: int


def add_planted(
    desk: Desk, paths: Sequence[str | Path], *, author: str | None = None, role: Role | Holder
) -> Added:
    """Store the variants of the files, all or none; the same files again change nothing.

    Raises `CannotPlant`, which names file and line.
    """
    require(role, "planted.manage")
    read = [line for path in paths for line in _lines(Path(path))]
    split = split_of_items(desk)
    new: list[Planted] = []
    with desk.store.writing() as session:
        own, taken = store.ids(session, desk.study_id)
        for place, variant in read:
            by = variant.author or author or desk.study_file.study.owner or LEAD
            try:
                item, planted, origin = _made(session, desk, split, variant, by)
            except CannotPlant as fault:
                raise CannotPlant(f"{place}: {fault}") from None
            name = lookalike(origin.item.item_id, own, taken, key=item.sha256)
            item, planted = replace(item, item_id=name), replace(planted, item_id=name)
            number = store.add(session, desk.study_id, item, planted, origin=origin.number)
            if number is not None:
                new.append(replace(planted, number=number))
                taken |= {name}
        if new:
            about = {"items": [one.item_id for one in new]}
            audit.record(session, desk, actor=author or new[0].author, kind="planted.added", detail=about)
    return Added(tuple(new), len(read) - len(new))


def list_planted(desk: Desk, *, role: Role | Holder) -> tuple[Planted, ...]:
    """Every planted item, oldest first."""
    require(role, "planted.manage")
    with desk.store.reading() as session:
        return tuple(store.listing(session, desk.study_id))


def retire(desk: Desk, item_id: str, *, actor: str, reason: str, role: Role | Holder) -> Planted:
    """Ask a planted item no more. Raises `CannotPlant` for an unknown one."""
    require(role, "planted.manage")
    there = {one.item_id: one for one in list_planted(desk, role=HOLDER)}
    if item_id not in there:
        raise CannotPlant(f"no planted item {item_id!r}; `calibrant planted list` names them")
    with desk.store.writing() as session:
        store.retire(session, there[item_id].number, actor=actor, reason=reason, at=desk.now)
        about = {"item": item_id, "reason": reason}
        audit.record(session, desk, actor=actor, kind="planted.retired", detail=about)
    return {one.item_id: one for one in list_planted(desk, role=HOLDER)}[item_id]


def _lines(path: Path) -> list[tuple[str, _Variant]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise CannotPlant(f"{path}: cannot be read: {fault}") from fault
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                found.append((f"{path}, line {number}", _Variant.model_validate(json.loads(line))))
            except (ValueError, RecursionError) as fault:
                raise CannotPlant(f"{path}, line {number}: {_said(fault)}") from fault
    return found


def _said(fault: ValueError | RecursionError) -> str:
    if not isinstance(fault, ValidationError):
        return f"no JSON object: {fault}"
    first = fault.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _made(
    session: Session, desk: Desk, split: Mapping[str, str], variant: _Variant, author: str
) -> tuple[Item, Planted, StoredItem]:
    """The variant's item, what is known of it, and its origin; neither has an id of its own yet."""
    origin = items.get(session, desk.study_id, variant.item_id)
    if origin is None or variant.item_id not in split:
        raise CannotPlant(f"item_id: the study has no item {variant.item_id!r}")
    if split[variant.item_id] != DEVELOPMENT:
        raise CannotPlant("item_id: is not in development: planted errors are made from development alone")
    item = _changed(origin.item, variant)
    planted = Planted(
        number=0, item_id=item.item_id, origin=variant.item_id,
        failure_mode=_failure_mode(desk.rubric, variant), spans=(_span(item, variant),),
        expected=_expected(desk.rubric, variant), author=author, at=desk.now, note=variant.note,
    )  # fmt: skip
    return item, planted, origin


def _changed(origin: Item, variant: _Variant) -> Item:
    """The origin with the changed texts; it must have those texts, and one must differ."""
    before = {field: getattr(origin, field) for field in variant.changed}
    missing = [field for field, text in before.items() if text is None]
    if missing or not before:
        there = ", ".join(f for f in ("output", "output_a", "output_b") if getattr(origin, f) is not None)
        raise CannotPlant(f"{missing[0] if missing else 'output'}: give the changed text of {there}")
    if all(before[field] == text for field, text in variant.changed.items()):
        raise CannotPlant("the text is the original's: change it, the error must be in it")
    return replace(
        origin,
        output=variant.changed.get("output", origin.output),
        output_a=variant.changed.get("output_a", origin.output_a),
        output_b=variant.changed.get("output_b", origin.output_b),
    )


def _span(item: Item, variant: _Variant) -> Passage:
    texts = texts_of(item)
    there = [field for field in variant.changed if variant.span in texts[field]]
    if len(there) != 1 or texts[there[0]].count(variant.span) != 1:
        raise CannotPlant("span: must be words that stand exactly once in the changed text: quote more of it")
    start = texts[there[0]].index(variant.span)
    return Passage(there[0], start, start + len(variant.span), variant.span, variant.failure_mode)


def _failure_mode(rubric: Rubric, variant: _Variant) -> str:
    names = [mode.name for mode in rubric.failure_modes]
    if variant.failure_mode not in names:
        raise CannotPlant(
            f"failure_mode: the rubric has no {variant.failure_mode!r}; it has: {', '.join(names) or 'none'}"
        )
    return variant.failure_mode


def _expected(rubric: Rubric, variant: _Variant) -> dict[str, Value]:
    """The answers that find the error, in canonical form."""
    scales = {criterion.name: criterion.scale for criterion in rubric.criteria}
    found: dict[str, Value] = {}
    for name, raw in variant.expected.items():
        if name not in scales:
            raise CannotPlant(f"expected: the rubric has no criterion {name!r}; it has: {', '.join(scales)}")
        try:
            found[name] = scales[name].parse(raw)
        except UnknownAnswer as unknown:
            raise CannotPlant(f"expected.{name}: {unknown}") from None
    return found
