"""No label lost: processes that are killed while they save, and processes that rate at the same moment."""

from __future__ import annotations

import multiprocessing
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate_app.desk import open_desk
from annotate_app.services import labelling
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import NothingLeft, Submission
from annotate_app.services.rights import HOLDER
from annotate_app.store import labels
from rubrics.answers import Answer

ANSWERS = (Answer("grounded", "yes"), Answer("helpful", 3))

# Rates item after item, and says so on stdout only after `submit` has returned.
WRITER = """
import sys
from pathlib import Path
from annotate_app.desk import open_desk
from annotate_app.services import labelling
from annotate_app.services.labelling import Submission
from rubrics.answers import Answer

desk = open_desk(Path(sys.argv[1]))
rater, run = sys.argv[2], sys.argv[3]
while True:
    upcoming = labelling.next_item(desk, rater)
    item = upcoming.item.item_id
    answers = (Answer("grounded", "yes"), Answer("helpful", 3))
    labelling.submit(desk, Submission(f"{run}-{item}", item, rater, answers))
    sys.stdout.write(item + "\\n")
    sys.stdout.flush()
"""


@pytest.fixture
def busy_study(make_study: Callable[..., Path], write_items: Callable[..., Path]) -> Path:
    """600 items, two raters each."""
    folder = make_study(raters_per_item=2)
    desk = open_desk(folder)
    import_files(desk, [write_items(600)], role=HOLDER)
    for name in ("ada", "bob"):
        labelling.add_rater(desk, name)
    desk.close()
    return folder


def killed_while_writing(folder: Path, rater: str, run: int, seconds: float) -> list[str]:
    """The items that a writer acknowledged before it was killed without warning."""
    command = [sys.executable, "-c", WRITER, str(folder), rater, str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip()]  # it is writing now
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in process.stdout.read().splitlines() if line.strip()]
        process.wait()
    return [item for item in acknowledged if item]


def test_a_killed_writer_loses_nothing_that_it_acknowledged(busy_study: Path) -> None:
    rng = random.Random(7)
    acknowledged: list[tuple[str, str]] = []
    for run in range(6):
        rater = ("ada", "bob")[run % 2]
        rated = killed_while_writing(busy_study, rater, run, rng.uniform(0.01, 0.25))
        acknowledged += [(item, rater) for item in rated]
    desk = open_desk(busy_study)
    with desk.store.reading() as session:
        stored = Counter((x.item_id, x.rater) for x in labels.journal(session, desk.study_id))
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert len(acknowledged) >= 6
    assert len(set(acknowledged)) == len(acknowledged)  # nothing was asked twice either
    # Two criteria a submission: each acknowledged one is there whole, and so is any that was cut off late.
    assert {stored[pair] for pair in acknowledged} == {2}
    assert set(stored.values()) == {2}
    desk.close()


def test_a_killed_import_leaves_all_or_nothing_and_can_be_repeated(
    make_study: Callable[..., Path], write_items: Callable[..., Path], tmp_path: Path
) -> None:
    folder, items = make_study(), write_items(2_000)
    lines = (
        f'{{"item_id": "i{k}", "rater": "r{r}", "criterion": "helpful", "value": {1 + k % 3}}}\n'
        for k in range(2_000)
        for r in range(8)
    )
    human = tmp_path / "human.jsonl"
    human.write_text("".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "annotate_app.cli", "import", str(items), str(human)]
    desk = open_desk(folder)
    for seconds in (0.6, 0.9, 1.2):
        with subprocess.Popen(
            [*command, "--study", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(seconds)
            process.kill()
            process.wait()
        with desk.store.reading() as session:
            found = labels.count(session, desk.study_id), len(labelling.raters(desk))
        assert found in {(0, 0), (16_000, 8)}
    import_files(desk, [items, human], role=HOLDER)
    assert import_files(desk, [items, human], role=HOLDER).changed_nothing
    with desk.store.reading() as session:
        assert labels.count(session, desk.study_id) == 16_000
    desk.close()


def rate_until_done(folder: str, rater: str) -> list[str]:
    desk = open_desk(Path(folder))
    rated = []
    while not isinstance(upcoming := labelling.next_item(desk, rater), NothingLeft):
        item = upcoming.item.item_id
        labelling.submit(desk, Submission(f"{rater}-{item}", item, rater, ANSWERS))
        rated.append(item)
    desk.close()
    return rated


def test_eight_processes_never_give_an_item_more_raters_than_wanted(
    make_study: Callable[..., Path], write_items: Callable[..., Path]
) -> None:
    folder = make_study(raters_per_item=3)
    desk = open_desk(folder)
    import_files(desk, [write_items(60)], role=HOLDER)
    names = [f"rater {number}" for number in range(8)]
    for name in names:
        labelling.add_rater(desk, name)
    desk.close()
    context = multiprocessing.get_context("spawn")
    with context.Pool(8) as pool:  # "database is locked" in any of them would be raised here
        rated = pool.starmap(rate_until_done, [(str(folder), name) for name in names])
    per_item = Counter(item for items in rated for item in items)
    # 60 items with three different raters each: none is short, none has more.
    assert set(per_item.values()) == {3}
    assert len(per_item) == 60
    assert all(len(set(items)) == len(items) for items in rated)
