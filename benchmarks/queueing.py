"""How soon the next item is there among a million open ones, and eight processes claiming at once.

`python -m benchmarks queue` writes the figures into docs/queue.md.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from annotate_app.desk import Desk, open_desk
from annotate_app.services.asking import next_item, next_items, progress
from annotate_app.services.labelling import Held, NextItem, Submission, add_rater, release, submit
from annotate_app.services.order import domain_bits, shuffled
from annotate_app.store.sql import number, rows, run
from benchmarks.blocks import table
from rubrics.answers import Answer

ITEMS, DONE, ASKED = 1_000_000, 100_000, 1_000
PROCESSES, SECONDS = 8, 10.0
RUBRIC = """
name: queue
criteria:
  - name: good
    question: Is it good?
    scale: {kind: binary, levels: [{name: "yes", description: it is}, {name: "no", description: it is not}]}
"""
STUDY = '[study]\nname = "queue"\nraters_per_item = {raters}\n'
ADD_ITEMS = (
    "INSERT INTO item (study_id, item_id, position, kind, sha256, sensitive, output) "
    "WITH RECURSIVE n (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < :items) "
    "SELECT :study, 'i' || k, k, 'pointwise', 'i' || k, FALSE, 'answer ' || k FROM n"
)
ADD_SPLIT = (
    "INSERT INTO split_version (study_id, number, sha256, seed, shares, together, at) "
    "VALUES (:study, 1, 'x', 0, '{}', '[]', :at)",
    "INSERT INTO split_member (version_id, item_id, split) SELECT 1, id, CASE WHEN position % 2 = 0 "
    "THEN 'development' ELSE 'held_out' END FROM item WHERE study_id = :study",
)
ADD_WAVE = (
    "INSERT INTO wave (study_id, number, name, split, purpose, design, seed, frame_sha256, ordered, size, "
    "at) SELECT :study, count(*) + 1, 'wave-' || (count(*) + 1), 'development', 0, '{}', 0, 'x', :ordered, "
    ":size, :at FROM wave",
    "INSERT INTO wave_item (wave_id, item_id, pi, selected, position, raters) SELECT "
    "(SELECT max(id) FROM wave), id, 1, TRUE, position, :raters FROM item "
    "WHERE study_id = :study AND position < :size",
)
RATED = (
    "INSERT INTO rated (item_id, rater_id, purpose, study_id) SELECT id, :rater, 0, :study FROM item "
    "WHERE study_id = :study AND position = :position ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True)
class Times:
    """Milliseconds of one call, many times over: by the clock, and of this process's processor time."""

    name: str
    taken: list[float]
    cpu: list[float]

    def row(self) -> list[object]:
        points = [*np.percentile(self.cpu, [50, 99]), *np.percentile(self.taken, [50, 99])]
        return [self.name, *(f"{point:.1f}" for point in points)]


@contextmanager
def study(
    folder: Path, *, items: int, raters: int, names: tuple[str, ...] = ("ada", "bob")
) -> Iterator[Desk]:
    """A study of so many short items, written straight into its tables."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY.format(raters=raters), encoding="utf-8")
    (folder / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    desk = open_desk(folder)
    with desk.store.writing() as session:
        run(session, ADD_ITEMS, {"items": items, "study": desk.study_id})
    for name in names:
        add_rater(desk, name)
    yield desk
    desk.close()


def freeze(desk: Desk) -> None:
    """Every other item is development."""
    with desk.store.writing() as session:
        for statement in ADD_SPLIT:
            run(session, statement, {"study": desk.study_id, "at": desk.now})


def draw(desk: Desk, size: int, *, ordered: bool = False, raters: int = 2) -> None:
    """A wave of the first items."""
    values = {"study": desk.study_id, "at": desk.now, "ordered": ordered, "size": size, "raters": raters}
    with desk.store.writing() as session:
        for statement in ADD_WAVE:
            run(session, statement, values)


def rate_first(desk: Desk, rater_id: int, count: int, *, wave: int, size: int, ordered: bool = False) -> None:
    """The rater has done the first items of their order, and the queue knows how far they are."""
    seed = f"order:{desk.study_id}:{wave}:{rater_id}"
    order = ((k, k) for k in range(size)) if ordered else shuffled(seed, size)
    done = list(islice(order, count))
    values = [{"rater": rater_id, "study": desk.study_id, "position": p} for _, p in done]
    place = {"rater": rater_id, "wave": wave, "place": done[-1][0] + 1}
    with desk.store.writing() as session:
        run(session, RATED, values)
        run(
            session,
            "INSERT INTO queue_place (rater_id, wave_id, size, place) VALUES (:rater, :wave, :size, :place)",
            place | {"size": size if ordered else 1 << domain_bits(size)},
        )


def timed(name: str, call: Callable[[], object], between: Callable[[object], object], count: int) -> Times:
    """The call again and again, with something in between that is not counted."""
    taken, cpu = [], []
    for _ in range(count):
        busy, start = time.process_time(), time.perf_counter()
        found = call()
        taken.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.process_time() - busy))
        between(found)
    print(Times(name, taken, cpu).row(), file=sys.stderr, flush=True)
    return Times(name, taken, cpu)


def answer(desk: Desk, found: object) -> None:
    """Ada answers what she was given."""
    assert isinstance(found, NextItem)
    item = found.item.item_id
    submit(desk, Submission(f"ada-{item}", item, "ada", (Answer("good", "yes"),), wave=found.wave))


def asked(desk: Desk, name: str, count: int = ASKED) -> Times:
    """One item after another: asked for (counted), answered (not counted)."""
    return timed(name, lambda: next_item(desk, "ada"), lambda found: answer(desk, found), count)


def ahead(desk: Desk, name: str, count: int = ASKED) -> Times:
    """As the rating desk asks: one item is on the screen, and the next is fetched."""
    shown: list[NextItem] = list(next_items(desk, "ada", count=1))

    def fetch() -> object:
        return next_items(desk, "ada", count=1, held=[Held(item.item.item_id) for item in shown])

    def turn(found: object) -> None:
        assert isinstance(found, tuple)
        shown.extend(found)
        answer(desk, shown.pop(0))

    times = timed(name, fetch, turn, count)
    release(desk, "ada")
    return times


def pool(folder: Path, items: int, done: int, *, split: bool) -> list[Times]:
    """No wave: the study's own items, all of them or the half that is development."""
    with study(folder, items=items, raters=2) as desk:
        if split:
            freeze(desk)
        rate_first(desk, 1, done, wave=0, size=items)
        rate_first(desk, 2, done, wave=0, size=items)
        name = f"{items:,} open items, " + ("half of them development" if split else "no split")
        found = [asked(desk, f"next item: {name}"), ahead(desk, f"the one after, fetched ahead: {name}")]
        if not split:
            counted = timed(f"what is left: {name}", lambda: progress(desk, "ada"), lambda _: None, 20)
            found.append(counted)
        return found


def waves(folder: Path, items: int, done: int) -> list[Times]:
    """A random wave of all items, and behind twenty finished ones; a search wave in its order."""
    found = []
    with study(folder / "random", items=items, raters=2) as desk:
        draw(desk, items)
        rate_first(desk, 1, done, wave=1, size=items)
        found.append(asked(desk, f"next item: a random wave of {items:,}"))
    with study(folder / "ordered", items=items, raters=2) as desk:
        draw(desk, items, ordered=True)
        rate_first(desk, 1, done, wave=1, size=items, ordered=True)
        found.append(asked(desk, f"next item: a wave of {items:,} in its order of doubt"))
    with study(folder / "finished", items=items, raters=2) as desk:
        part = done // 20
        for _ in range(20):
            draw(desk, part)
        for wave in range(1, 21):
            rate_first(desk, 1, part, wave=wave, size=part)
        rate_first(desk, 1, done, wave=0, size=items)
        found.append(asked(desk, f"next item: {items:,} open items behind 20 finished waves of {part:,}"))
    return found


@dataclass(frozen=True)
class Claimed:
    """What one process did: items given to it, and the errors it met."""

    given: int
    errors: tuple[str, ...]


def claim_for(folder: str, rater: str, seconds: float, found: multiprocessing.Queue[Claimed]) -> None:
    """Ask and answer for so long; every third item is given back instead."""
    desk, given, errors = open_desk(Path(folder)), 0, []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            upcoming = next_item(desk, rater)
            if not isinstance(upcoming, NextItem):
                continue
            given += 1
            item = upcoming.item.item_id
            if given % 3:
                submit(desk, Submission(f"{rater}-{item}", item, rater, (Answer("good", "yes"),)))
            else:
                release(desk, rater)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            errors.append(f"{type(error).__name__}: {error}")
    desk.close()
    found.put(Claimed(given, tuple(errors)))


@dataclass(frozen=True)
class Crowd:
    """Eight processes at once: items given, answers stored, most raters on an item, errors."""

    given: int
    stored: int
    overlap: int
    lost: int
    errors: tuple[str, ...]


def crowd(
    folder: Path, *, items: int = 400, raters: int = 2, processes: int = PROCESSES, seconds: float = SECONDS
) -> Crowd:
    """So many processes claim and answer the same few items until the time is over."""
    names = tuple(f"rater{k}" for k in range(processes))
    with study(folder, items=items, raters=raters, names=names) as desk:
        context = multiprocessing.get_context("spawn")
        found: multiprocessing.Queue[Claimed] = context.Queue()
        workers = [context.Process(target=claim_for, args=(str(folder), n, seconds, found)) for n in names]
        for worker in workers:
            worker.start()
        claimed = [found.get(timeout=seconds + 120) for _ in workers]
        for worker in workers:
            worker.join(timeout=30)
        with desk.store.reading() as session:
            given = Counter(row["item_id"] for row in rows(session, "SELECT item_id FROM rated"))
            held = Counter(row["item_id"] for row in rows(session, "SELECT item_id FROM claim"))
            stored = number(session, "SELECT count(*) FROM submission")
    most = max(Counter(given + held).values(), default=0)
    kept = sum(given.values())
    errors = tuple(error for one in claimed for error in one.errors)
    return Crowd(sum(one.given for one in claimed), stored, most, stored - kept, errors)


def measured(items: int = ITEMS, done: int = DONE) -> str:
    """Both tables, and what they were measured on."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        found = [
            *pool(folder / "whole", items, done, split=False),
            *pool(folder / "split", items, done // 2, split=True),
            *waves(folder, items, done),
        ]
        many = crowd(folder / "crowd", items=20_000)
        few = crowd(folder / "few", items=200)
    about = (
        f"Milliseconds of the service's call after the rater has done {done:,} items: {ASKED:,} calls, each "
        "followed by an answer that is not counted. *CPU* is processor time of the process; *clock* "
        f"includes the write to disk and whatever else the machine does ({os.cpu_count()} cores, load "
        f"average {os.getloadavg()[1]:.1f} while measuring)."
    )
    head = ("call", "CPU p50", "CPU p99", "clock p50", "clock p99")
    lines = [_crowd_words(many, 20_000), _crowd_words(few, 200)]
    return "\n\n".join([about, table(head, [one.row() for one in found]), *lines])


def _crowd_words(found: Crowd, items: int) -> str:
    return (
        f"Eight processes asking and answering for {SECONDS:.0f} seconds over {items:,} items that want two "
        f"raters each: {found.given:,} items given, {found.stored:,} answers stored, at most {found.overlap} "
        f"raters on an item, {found.lost} answers lost, {len(found.errors)} errors."
    )


if __name__ == "__main__":
    print(measured(*(int(one) for one in sys.argv[1:])))
