"""Plain labels appended in one statement: the tables are, row for row, those that every other way makes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from postgres import both_engines

from annotate_app.desk import open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER
from annotate_app.store import at_once
from annotate_app.store.engines.dialect import Raw
from rubrics.answers import Label

pytestmark = both_engines
ITEMS = ("i0", "i1", "i2")
ROW = st.fixed_dictionaries(
    {
        "item_id": st.sampled_from([*ITEMS, "nowhere"]),
        "rater": st.sampled_from(["ada", "bob", "\u202e"]),
        "criterion": st.sampled_from(["grounded", "helpful", "strange"]),
        "value": st.sampled_from(["yes", "no", "purple", 1, 2, True, "n/a"]),
    },
    optional={
        "at": st.just("2026-01-01"),
        "rationale": st.text(max_size=3),
        "pi": st.sampled_from([0.5, 1, 2]),
    },
)
CELLS = st.lists(ROW, min_size=8, max_size=18, unique_by=lambda r: (r["item_id"], r["rater"], r["criterion"]))
Rows = list[dict[str, object]]


@given(rows=CELLS)
@settings(
    max_examples=3, deadline=None, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_labels_of_new_cells_make_the_same_tables_each_way(
    make_study: Callable[..., Path], rows: Rows
) -> None:
    at_a_time, beside, single = (tables(make_study, rows, way) for way in ("at once", "beside", "single"))
    assert at_a_time == beside == single


@pytest.mark.parametrize("times", [1, 2])
def test_a_cell_named_twice_undoes_what_was_appended_and_makes_the_same_tables(
    make_study: Callable[..., Path], times: int
) -> None:
    """The last row is the second of its cell, or every row has a history."""
    first = [
        {"item_id": item, "rater": "ada", "criterion": "grounded", "value": value}
        for item, value in zip((*ITEMS, "i0"), ("yes", "no", "yes", "no"), strict=True)
    ]
    quick, single = (tables(make_study, first, way, times) for way in ("tried", "single"))
    assert quick == single
    assert [row[:2] for row in quick[1]][-1] == (4, 2)  # the fourth label is its cell's second revision


def tables(
    make_study: Callable[..., Path], rows: Rows, way: str, times: int = 1
) -> tuple[object, list[tuple[object, ...]], object]:
    """The summary of the last import, and all that labels and work done became in the store."""
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        if way == "beside":
            patch.setattr(at_once, "unmixed", lambda _connection: False)
        if way == "at once":
            patch.setattr(at_once, "among_the_others", needless)
        folder = Path(place)
        file = folder / "labels.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        things = folder / "items.jsonl"
        things.write_text(
            "".join(f'{{"item_id": "{i}", "output": "{i}"}}\n' for i in ITEMS), encoding="utf-8"
        )
        desk = open_desk(make_study(f"{folder.name}-{way.replace(' ', '-')}"))
        import_files(desk, [things], role=HOLDER)
        for _ in range(times):
            summary = import_files(
                desk, [file], adapt=same if way == "single" else None, not_applicable=("n/a",), role=HOLDER
            )
        told = replace(summary, files=(), rejects=tuple(replace(r, file="") for r in summary.rejects))
        with desk.store.bulk() as bulk:
            journal = bulk.connection.execute(ALL, {"study": desk.study_id}).fetchall()
            rated = bulk.connection.execute(RATED, {"study": desk.study_id}).fetchall()
        desk.close()
        return told, [tuple(row) for row in journal], rated


def needless(_connection: Raw) -> None:
    raise AssertionError("these labels could have been appended at once")


def same(label: Label) -> Label:
    return label


ALL = (
    "SELECT row_number() OVER (ORDER BY l.id), l.revision, c.name, i.item_id, r.name, l.purpose, l.status, "
    "l.flags, l.code, l.number, l.sure, l.submission_id, l.wave_id, l.pi, l.active_seconds, l.at, l.reason, "
    "l.rationale, l.evidence, l.failure_modes, l.extra FROM label l JOIN criterion c "
    "ON c.id = l.criterion_id JOIN item i ON i.id = l.item_id JOIN rater r ON r.id = l.rater_id "
    "WHERE c.study_id = :study ORDER BY l.id"
)
RATED = (
    "SELECT i.item_id, r.name, x.purpose FROM rated x JOIN item i ON i.id = x.item_id "
    "JOIN rater r ON r.id = x.rater_id WHERE x.study_id = :study ORDER BY 1, 2, 3"
)
