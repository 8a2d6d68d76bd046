"""Several processes claim at once: no item goes to more raters than it wants, and nobody is turned away."""

from __future__ import annotations

from pathlib import Path

import pytest
from postgres import both_engines

from annotate_app.desk import Desk
from annotate_app.services import finished, labelling, left
from annotate_app.services.labelling import NextItem, NothingLeft
from annotate_app.store import queue
from annotate_app.store.sql import rows
from benchmarks.queueing import answer, crowd, draw, freeze, rate_first, study


@both_engines
def test_processes_that_claim_at_once_never_exceed_the_overlap(tmp_path: Path) -> None:
    found = crowd(tmp_path / "crowd", items=40, raters=1, processes=3, seconds=1.5)
    assert found.errors == ()
    assert (found.overlap, found.lost) == (1, 0)
    assert found.stored > 0


def rows_touched(desk: Desk, wave: int) -> int:
    """Steps of SQLite's virtual machine, in thousands, that the next item takes."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with desk.store.reading() as session:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        raw.set_progress_handler(step, 1000)
        (source,) = [s for s in queue.sources(session, desk.study_id, 2) if s.wave_id == wave]
        queue.at_positions(session, source, range(8), 1, desk.now)
        queue.candidate(session, source, 5, 1, desk.now)
        raw.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize("kind", ["pool", "split", "wave"])
def test_finding_the_next_item_does_not_read_the_whole_study(tmp_path: Path, kind: str) -> None:
    with study(tmp_path / "large", items=20_000, raters=2) as desk:
        if kind == "split":
            freeze(desk)
        if kind == "wave":
            draw(desk, 20_000)
        rate_first(desk, 1, 100, wave=1 if kind == "wave" else 0, size=20_000)
        # reading all 20,000 items would take more than 20 thousand steps
        assert rows_touched(desk, 1 if kind == "wave" else 0) <= 3


@both_engines
def test_a_finished_wave_is_not_read_again_until_a_label_is_taken_back(tmp_path: Path) -> None:
    with study(tmp_path / "s", items=12, raters=1) as desk:
        draw(desk, 4, raters=1)
        for _ in range(5):
            answer(desk, labelling.next_item(desk, "ada"))
        with desk.store.reading() as session:
            (wave, pool) = queue.sources(session, desk.study_id, 1)
            assert finished.has_nothing(session, desk, wave, 1)
            assert not finished.has_nothing(session, desk, pool, 1)
            first = rows(session, "SELECT i.item_id FROM submission s JOIN item i ON i.id = s.item_id")[0]
        labelling.take_back(desk, "ada", f"ada-{first['item_id']}")
        labelling.release(desk, "ada")
        again = labelling.next_item(desk, "ada")
        assert isinstance(again, NextItem)
        assert (again.item.item_id, again.wave) == (first["item_id"], "wave-1")


@both_engines
def test_a_rater_who_has_done_everything_is_asked_again_when_items_are_added(tmp_path: Path) -> None:
    with study(tmp_path / "s", items=3, raters=1) as desk:
        for _ in range(3):
            answer(desk, labelling.next_item(desk, "ada"))
        assert isinstance(labelling.next_item(desk, "ada"), NothingLeft)
        with desk.store.writing() as session:
            session.connection().exec_driver_sql(
                "INSERT INTO item (study_id, item_id, position, kind, sha256, sensitive, output) "
                "VALUES (1, 'later', 3, 'pointwise', 'later', FALSE, 'later')"
            )
        assert isinstance(labelling.next_item(desk, "ada"), NextItem)


@both_engines
def test_in_a_large_study_own_answers_are_subtracted_from_a_kept_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left, "MANY", 5)
    with study(tmp_path / "s", items=12, raters=1) as desk:
        assert labelling.progress(desk, "ada").left == 12
        answer(desk, labelling.next_item(desk, "ada"))
        assert (labelling.progress(desk, "ada").done, labelling.progress(desk, "ada").left) == (1, 11)
        monkeypatch.setattr(left, "KEPT_SECONDS", -1.0)
        assert labelling.progress(desk, "ada").left == 11
