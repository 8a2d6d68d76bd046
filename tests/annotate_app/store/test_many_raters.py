"""Several servers on one PostgreSQL: raters who do everything at once, and a reader who looks on."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from itertools import pairwise

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling, prefetching
from annotate_app.services.labelling import NextItem, Submission
from annotate_app.store.sql import rows
from rubrics.answers import Answer

SECONDS, WAIT = 2.0, 30.0
RATERS = ("ada", "bob", "cyd", "ada")  # one of them at two servers
ANSWERS = (Answer("grounded", "yes"), Answer("helpful", 3))


class Server(threading.Thread):
    """A desk of its own, on which a rater asks, answers, takes back and gives back by chance."""

    def __init__(self, desk: Desk, rater: str, seed: int) -> None:
        super().__init__()
        self.desk, self.rater, self.chance = open_desk(desk.folder), rater, random.Random(seed)
        self.sent: list[str] = []
        self.errors: list[Exception] = []

    def run(self) -> None:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and not self.errors:
            try:
                self.step()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
                self.errors.append(error)
        self.desk.close()

    def step(self) -> None:
        lot = self.chance.random()
        if lot < 0.7:
            upcoming = labelling.next_item(self.desk, self.rater)
            if isinstance(upcoming, NextItem):
                item = upcoming.item.item_id
                key = f"{self.rater}-{item}-{self.chance.getrandbits(40):x}"
                labelling.submit(self.desk, Submission(key, item, self.rater, ANSWERS))
                self.sent.append(key)
        elif lot < 0.8:
            labelling.undo(self.desk, self.rater)
        elif lot < 0.9:
            prefetching.next_items(self.desk, self.rater, count=2)
        else:
            labelling.release(self.desk, self.rater)


def watched(desk: Desk, until: threading.Event) -> list[list[int]]:
    """The numbers of all labels, again and again."""
    seen = []
    while not until.is_set():
        with desk.store.reading() as session:
            seen.append([row["id"] for row in rows(session, "SELECT id FROM label ORDER BY id")])
    return seen


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_nothing_is_lost_doubled_or_given_to_too_many(desk: Desk) -> None:
    servers = [Server(desk, rater, seed) for seed, rater in enumerate(RATERS)]
    over, seen = threading.Event(), []
    reader = threading.Thread(target=lambda: seen.extend(watched(desk, over)))
    for one in (reader, *servers):
        one.start()
    for server in servers:
        server.join(WAIT)
    over.set()
    reader.join(WAIT)

    assert [error for server in servers for error in server.errors] == []
    with desk.store.reading() as session:
        stored = [row["submission_id"] for row in rows(session, "SELECT submission_id FROM submission")]
        given = rows(session, "SELECT item_id, rater_id FROM rated UNION SELECT item_id, rater_id FROM claim")
        cells = rows(
            session,
            "SELECT count(*) AS n, max(revision) AS last, count(DISTINCT revision) AS different FROM label "
            "GROUP BY criterion_id, item_id, rater_id, purpose",
        )
    sent = [key for server in servers for key in server.sent]
    assert sent
    assert sorted(key for key in stored if not key.startswith("undo:")) == sorted(sent)
    assert max(Counter(row["item_id"] for row in given).values()) <= 2
    assert all(row["n"] == row["last"] == row["different"] for row in cells)
    for before, after in pairwise(seen):  # what was seen stays, and news have greater numbers
        assert after[: len(before)] == before
