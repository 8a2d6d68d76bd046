"""Labels and verdicts gathered per criterion: the last duplicate counts, what is left out is counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rubrics.answers import Label, Verdict
from rubrics.rubric import Scale, UnknownAnswer, Value


@dataclass(frozen=True, slots=True)
class OutsideScale:
    """A row whose answer its scale does not allow: the row's place in its sequence (from 0) and why."""

    kind: Literal["label", "verdict"]
    position: int
    criterion: str
    reason: str


@dataclass(slots=True)
class Answers:
    """The canonical answer of raw ones on one scale, each spelling parsed once."""

    scale: Scale
    not_applicable: frozenset[str] = frozenset()
    known: dict[tuple[type, Value], Value | None] = field(default_factory=dict)

    def canonical(self, raw: Value) -> Value | None:
        """The scale's answer; None for a raw value that means "not applicable"; raises UnknownAnswer."""
        key = (raw.__class__, raw)
        if key not in self.known:
            self.known[key] = None if spelling(raw) in self.not_applicable else self.scale.parse(raw)
        return self.known[key]


@dataclass(slots=True)
class Gathered:
    """One criterion's rows: the newest per (item, rater) and per (judge, item), and what was left out.

    `replies`: by judge and item the answer of every replicate that has one.
    """

    answers: Answers
    labels: dict[tuple[str, str], tuple[str, Value | None, Label]] = field(default_factory=dict)
    adjudicated: dict[str, Value] = field(default_factory=dict)
    verdicts: dict[str, dict[str, tuple[str, Value | None, Verdict]]] = field(default_factory=dict)
    replies: dict[str, dict[str, dict[int, Value]]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    verdicts_left_out: dict[str, Counter[str]] = field(default_factory=dict)


def spelling(raw: object) -> str:
    """One spelling for 4, 4.0, "4" and "4.0"; text without case and outer blanks."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    try:
        number = float(str(raw))
    except ValueError:
        return str(raw).strip().casefold()
    if not math.isfinite(number):
        return str(raw).strip().casefold()
    return str(int(number)) if number.is_integer() else repr(number)


def gather_labels(
    labels: Iterable[Label], gathered: Mapping[str, Gathered], outside: list[OutsideScale]
) -> None:
    """Sort labels into their criteria; criteria that `gathered` does not have are passed over."""
    for position, label in enumerate(labels):
        into = gathered.get(label.criterion)
        if into is None:
            continue
        if not label.counts_for_agreement:
            into.left_out[why_left_out(label)] += 1
            continue
        try:
            status, value = _answer(into.answers, label.status, label.value)
        except UnknownAnswer as fault:
            outside.append(OutsideScale("label", position, label.criterion, str(fault)))
            into.left_out["outside the scale"] += 1
            continue
        if is_adjudicated(label):
            if value is not None:
                into.adjudicated[label.item_id] = value
            continue
        _keep_label(into, label, status, value)


def gather_verdicts(
    verdicts: Iterable[Verdict], gathered: Mapping[str, Gathered], outside: list[OutsideScale]
) -> None:
    """Sort verdicts into their criteria and judges; the lowest replicate is the verdict."""
    for position, verdict in enumerate(verdicts):
        into = gathered.get(verdict.criterion)
        if into is None:
            continue
        column = into.verdicts.setdefault(verdict.judge, {})
        left_out = into.verdicts_left_out.setdefault(verdict.judge, Counter())
        try:
            status, value = _answer(into.answers, verdict.status, verdict.value)
        except UnknownAnswer as fault:
            outside.append(OutsideScale("verdict", position, verdict.criterion, str(fault)))
            left_out["outside the scale"] += 1
            continue
        if verdict.replicate and value is not None:
            into.replies.setdefault(verdict.judge, {}).setdefault(verdict.item_id, {})[verdict.replicate] = (
                value
            )
        _keep_verdict(column, left_out, verdict, status, value)


def is_adjudicated(label: Label) -> bool:
    """An agreed answer to a disputed item: a row with a column `adjudicated` that is true."""
    return any(
        name == "adjudicated" and spelling(value) in ("true", "1", "yes") for name, value in label.extra
    )


def _answer(answers: Answers, status: str, raw: Value | None) -> tuple[str, Value | None]:
    if status != "observed" or raw is None:
        return status, None
    value = answers.canonical(raw)
    return ("not_applicable", None) if value is None else ("observed", value)


def _keep_label(into: Gathered, label: Label, status: str, value: Value | None) -> None:
    key = (label.item_id, label.rater)
    before = into.labels.get(key)
    if before is not None:
        informed = _informed(before, status, label, into)
        if informed is not None:
            into.labels[key] = before if informed else (status, value, label)
            return
        if status == "withdrawn":
            into.left_out["taken back"] += 1
        elif before[0] != "withdrawn":
            into.left_out["duplicate"] += 1
            into.left_out["conflict"] += before[:2] != (status, value)
        if before[2].revision > label.revision:
            return
    into.labels[key] = (status, value, label)


def _informed(
    before: tuple[str, Value | None, Label], status: str, label: Label, into: Gathered
) -> bool | None:
    """Whether one answer was changed after others' answers were known: agreement is between the first ones.

    True: the new row was, and is passed over. False: the row before was, and gives way. None: neither.
    """
    rows = sorted(((*before[::2], False), (status, label, True)), key=lambda row: row[1].revision)
    (first, earlier, _), (last, later, is_new) = rows
    if earlier.revision == later.revision or later.blind.peers or not earlier.blind.peers:
        return None
    if first not in ("observed", "not_applicable") or last == "withdrawn":
        return None
    into.left_out["changed after others' answers were known (the first answer counts)"] += 1
    return is_new


def _keep_verdict(
    column: dict[str, tuple[str, Value | None, Verdict]],
    left_out: Counter[str],
    verdict: Verdict,
    status: str,
    value: Value | None,
) -> None:
    before = column.get(verdict.item_id)
    if before is not None:
        if before[2].replicate != verdict.replicate:
            left_out["replicate"] += 1
        else:
            left_out["duplicate"] += 1
            left_out["conflict"] += before[:2] != (status, value)
        if before[2].replicate < verdict.replicate:
            return
    column[verdict.item_id] = (status, value, verdict)


def why_left_out(label: Label) -> str:
    """Why a label does not count for agreement."""
    return "not blind to the judge" if label.purpose == "estimate" else f"purpose {label.purpose}"
