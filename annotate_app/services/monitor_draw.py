"""Draws production outputs to be judged and reviewed, by hash and seed; the same file draws nothing new."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path

from annotate_app.desk import Desk
from annotate_app.services.importing import import_files
from annotate_app.services.monitor_values import CannotMonitor
from annotate_app.services.rights import HOLDER
from annotate_app.store import monitor as store
from annotate_app.store import splits as split_store
from annotate_app.store import waves as wave_store
from annotate_app.store.monitor import Seen
from annotate_app.study_file import MonitorSection
from calibration.readers import Reject, read_records
from calibration.splits import MONITOR
from calibration.triage.design import Design, Draw, FrameItem, frame_sha256, unit_hash
from rubrics.items import Item

ROUTINE, SENSITIVE = "routine", "sensitive"
JUDGED, REVIEWED = 0.15, 0.05  # of routine traffic, and of what is judged of it
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was in the files: outputs seen for the first time, known ones, rows that were left out and why."""

    seen: int
    known: int
    rejected: tuple[str, ...]


def share_of(shares: Mapping[str, float], item: Item, *, routine: float, sensitive: float | None) -> float:
    """The declared share of an item's stratum; CannotMonitor for sensitive items without one."""
    if item.sensitive:
        found = shares.get(SENSITIVE, sensitive)
        if found is None:
            raise CannotMonitor(
                "study.toml, [monitor] review_share: sensitive items came; declare `sensitive`, the share of "
                "them that people review"
            )
        return found
    return shares.get(item.stratum or "", shares.get(ROUTINE, routine))


def seen_of(item: Item, section: MonitorSection) -> Seen:
    """The item as it is drawn: the same item, shares and seed always give the same."""
    judged = share_of(section.judge_share, item, routine=JUDGED, sensitive=1.0)
    reviewed = share_of(section.review_share, item, routine=REVIEWED, sensitive=None)
    if judged == 0:
        raise CannotMonitor(
            f"study.toml, [monitor] judge_share: a share of 0 gives {item.stratum or 'items'} no chance, so "
            "nothing could be said of all traffic: raise it"
        )
    name, seed = f"{item.item_id}:{item.sha256}", section.seed
    least = min([*section.judge_share.values(), 1.0, section.judge_share.get(ROUTINE, JUDGED)])
    return Seen(
        item_id=item.item_id,
        sha256=item.sha256,
        stratum=item.stratum,
        sensitive=item.sensitive,
        pi_judged=judged,
        pi_reviewed=judged * reviewed,
        weight=least / judged,
        judged=unit_hash(seed, f"judge:{name}") < judged,
        reviewed=unit_hash(seed, f"review:{name}") < reviewed,
    )


def draw_outputs(desk: Desk, files: Sequence[Path], run_id: int) -> Drawn:
    """Note every output of the files with its probabilities, and make items of those that are judged.

    The probabilities are stored before anything is imported, so a monitored item is never put into a split.
    Raises CannotRead for a file that cannot be read, and CannotMonitor.
    """
    section = desk.study_file.monitor
    items, rejected = _items(files, desk.study_file.sensitive_strata)
    seen = {item_id: seen_of(item, section) for item_id, item in items.items()}
    with desk.store.writing() as session:
        known = store.known(session, desk.study_id, list(seen))
        foreign = store.in_study(session, desk.study_id, [i for i in seen if i not in known])
        rejected += [f"{i}: is an item of the study already, no production output" for i in sorted(foreign)]
        rejected += [
            f"{i}: was seen before with other content: give the new output another id"
            for i, sha256 in known.items()
            if seen[i].sha256 != sha256
        ]
        new = [one for i, one in seen.items() if i not in known and i not in foreign]
        store.add_seen(session, desk.study_id, run_id, new, at=desk.now)
        there = store.in_study(session, desk.study_id, [i for i in known if seen[i].judged])
    missing = [i for i in known if seen[i].judged and i not in there and seen[i].sha256 == known[i]]
    _import(desk, [items[i] for i in (*missing, *(one.item_id for one in new if one.judged))])
    return Drawn(len(new), len(known), tuple(rejected))


def _items(files: Sequence[Path], sensitive: Collection[str]) -> tuple[dict[str, Item], list[str]]:
    """The items of the files by id, the first of each, those of `sensitive` strata marked; and the others."""
    items: dict[str, Item] = {}
    rejected = []
    for file in files:
        for read in read_records(file):
            if isinstance(read.record, Item):
                item = replace(
                    read.record, sensitive=read.record.sensitive or read.record.stratum in sensitive
                )
                items.setdefault(item.item_id, item)
            elif isinstance(read.record, Reject):
                rejected.append(f"{file}, {read.record}")
            else:
                rejected.append(f"{file}, line {read.line}: is a {read.kind}, no output")
    return items, rejected


def _import(desk: Desk, items: Sequence[Item]) -> None:
    if not items:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "monitored.jsonl"
        path.write_text("".join(f"{json.dumps(_row(item))}\n" for item in items), encoding="utf-8")
        import_files(desk, [path], strict=True, role=HOLDER)


def _row(item: Item) -> dict[str, object]:
    """The fields that say something, as they are imported."""
    row = {
        one.name: getattr(item, one.name)
        for one in fields(item)
        if one.default is MISSING or getattr(item, one.name) != one.default
    }
    return row | ({"meta": dict(item.meta)} if item.meta else {})


def open_review_wave(desk: Desk) -> tuple[str | None, int]:
    """Put the review share of what was judged since the last wave into the queue; the wave and its size.

    A random wave of purpose `estimate` whose π is the product of both shares; nothing where none was drawn.
    """
    with desk.store.writing() as session:
        waiting = store.not_in_wave(session, desk.study_id)
        selected = tuple(item for item, _, reviewed in waiting if reviewed)
        if not selected:
            return None, 0
        number = wave_store.last_number(session, desk.study_id) + 1
        split = split_store.latest(session, desk.study_id)
        wave = wave_store.NewWave(
            name=f"wave-{number}",
            number=number,
            design=Design("random", len(selected)),
            split=MONITOR,
            split_version_id=None if split is None else split.version_id,
            raters=desk.study_file.study.raters_per_item,
            actor=MONITOR,
            at=desk.now,
        )
        pi = {item: chance for item, chance, _ in waiting}
        drawn = Draw(pi, selected, desk.study_file.monitor.seed, _frame_sha256(pi), {})
        wave_store.save(session, desk.study_id, wave, drawn)
    return wave.name, len(selected)


def _frame_sha256(items: Iterable[str]) -> str:
    return frame_sha256([FrameItem(item) for item in items])
