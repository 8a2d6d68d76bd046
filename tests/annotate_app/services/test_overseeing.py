"""Who sees what: the table of roles and splits, on items, labels and verdicts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling, overseeing, summing_up
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import Submission, UnknownItem
from annotate_app.services.rights import HOLDER, NotVisible, Role
from annotate_app.services.splitting import freeze_split, split_of_items
from rubrics.answers import Answer

ANSWERS = (Answer("grounded", "yes"), Answer("helpful", 3))
SPLITS = ("development", "validation", "held_out")


@pytest.fixture
def study(make_study: Callable[..., Path], tmp_path: Path) -> Iterator[Desk]:
    """40 items in all three splits, each rated by ada and bob and judged."""
    desk = open_desk(make_study())
    words = ("alpha", "beta", "gamma", "delta", "kappa")
    lines = [
        {"item_id": f"i{k}", "output": f"{words[k % 5]} {k * 7919} {words[k % 3]} {k * k}", "system": "v2"}
        for k in range(40)
    ]
    lines += [{"item_id": f"i{k}", "judge": "rules", "criterion": "helpful", "value": 2} for k in range(40)]
    path = tmp_path / "all.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    import_files(desk, [path], role=HOLDER)
    for rater in ("ada", "bob"):
        labelling.add_rater(desk, rater)
        for k in range(40):
            labelling.submit(desk, Submission(f"{rater}-{k}", f"i{k}", rater, ANSWERS))
    freeze_split(desk, role=HOLDER)
    yield desk
    desk.close()


def an_item_of(desk: Desk, split: str) -> str:
    return next(item for item, where in split_of_items(desk).items() if where == split)


@pytest.mark.parametrize(
    ("role", "split", "visible", "labels", "verdicts"),
    [
        ("engineer", "development", True, 4, 1),
        ("engineer", "validation", False, 0, 0),
        ("engineer", "held_out", False, 0, 0),
        ("lead", "development", True, 4, 0),
        ("lead", "validation", True, 4, 0),
        ("lead", "held_out", True, 4, 0),
        ("owner", "development", True, 4, 1),
        ("owner", "validation", False, 0, 0),
        ("owner", "held_out", False, 0, 0),
        ("rater", "development", True, 2, 0),
        ("rater", "validation", True, 2, 0),
        ("rater", "held_out", True, 2, 0),
    ],
)
def test_the_table_of_who_sees_what(
    study: Desk, role: Role, split: str, visible: bool, labels: int, verdicts: int
) -> None:
    item = an_item_of(study, split)
    rater = "ada" if role == "rater" else None
    if not visible:
        with pytest.raises(NotVisible):
            overseeing.item_detail(study, item, role=role)
        return
    detail = overseeing.item_detail(study, item, role=role, rater=rater)
    # two raters answered two criteria each; a rater sees their own two
    assert (len(detail.labels), len(detail.verdicts)) == (labels, verdicts)


@pytest.mark.parametrize("role", ["engineer", "owner"])
def test_sealed_items_are_not_in_the_list_and_are_counted_as_hidden(study: Desk, role: Role) -> None:
    where = split_of_items(study)
    page = overseeing.list_items(study, role=role)
    assert {where[line.item_id] for line in page.items} == {"development"}
    development = sum(split == "development" for split in where.values())
    assert (page.total, page.hidden) == (development, 40 - development)


@pytest.mark.parametrize("split", ["validation", "held_out"])
def test_asking_for_a_sealed_split_by_name_is_refused(study: Desk, split: str) -> None:
    with pytest.raises(NotVisible, match=r"aggregate only|outcomes of looks only"):
        overseeing.list_items(study, role="engineer", split=split)


def test_a_lead_browses_every_split(study: Desk) -> None:
    for split in SPLITS:
        page = overseeing.list_items(study, role="lead", split=split)
        assert page.total == sum(where == split for where in split_of_items(study).values())


def test_a_rater_sees_own_work_without_split_stratum_or_system(study: Desk) -> None:
    page = overseeing.list_items(study, role="rater", rater="ada")
    assert page.total == 40
    assert {(line.split, line.stratum) for line in page.items} == {(None, None)}
    detail = overseeing.item_detail(study, "i0", role="rater", rater="ada")
    assert (detail.split, detail.item.system) == (None, None)
    assert {label.rater for label in detail.labels} == {"ada"}
    with pytest.raises(NotVisible):
        overseeing.list_items(study, role="rater", rater="ada", split="held_out")
    with pytest.raises(NotVisible):
        overseeing.list_items(study, role="rater")


def test_a_rater_does_not_see_items_of_others(study: Desk) -> None:
    labelling.add_rater(study, "cyd")
    assert overseeing.list_items(study, role="rater", rater="cyd").items == ()
    with pytest.raises(NotVisible, match="not among it"):
        overseeing.item_detail(study, "i0", role="rater", rater="cyd")


def test_without_a_frozen_split_everything_is_development(desk: Desk) -> None:
    page = overseeing.list_items(desk, role="engineer")
    assert (page.total, page.hidden) == (6, 0)
    assert {line.split for line in page.items} == {"development"}
    assert overseeing.list_items(desk, role="lead", split="held_out").items == ()
    assert overseeing.item_detail(desk, "i0", role="engineer").split == "development"


def test_items_are_found_by_text_and_stratum_page_by_page(desk: Desk) -> None:
    by_text = overseeing.list_items(desk, role="engineer", text="TEXT 4")
    assert [line.item_id for line in by_text.items] == ["i4"]
    assert overseeing.list_items(desk, role="engineer", text="100%").items == ()
    edge = overseeing.list_items(desk, role="engineer", stratum="edge")
    assert [line.item_id for line in edge.items] == ["i1", "i3", "i5"]
    pages = [overseeing.list_items(desk, role="engineer", page=k, per_page=4) for k in range(2)]
    assert [[line.item_id for line in page.items] for page in pages] == [
        ["i0", "i1", "i2", "i3"], ["i4", "i5"],
    ]  # fmt: skip
    assert (pages[0].pages, pages[0].total) == (2, 6)


def test_earlier_revisions_are_kept_apart_from_what_stands(desk: Desk) -> None:
    labelling.submit(desk, Submission("s1", "i0", "ada", ANSWERS))
    labelling.submit(desk, Submission("s2", "i0", "ada", (Answer("grounded", "yes"), Answer("helpful", 1))))
    detail = overseeing.item_detail(desk, "i0", role="engineer")
    assert {(x.criterion, x.value, x.revision) for x in detail.labels} == {
        ("grounded", "yes", 2), ("helpful", 1, 2),
    }  # fmt: skip
    assert {(x.criterion, x.value, x.revision) for x in detail.history} == {
        ("grounded", "yes", 1), ("helpful", 3, 1),
    }  # fmt: skip


def test_an_unknown_item_is_named(desk: Desk) -> None:
    with pytest.raises(UnknownItem, match="'i99'"):
        overseeing.item_detail(desk, "i99", role="engineer")


def test_the_summary_counts_what_stands(study: Desk) -> None:
    labelling.undo(study, "ada")
    summary = summing_up.study_summary(study, role=HOLDER)
    assert (summary.items, summary.frozen) == (40, True)
    assert sum(sum(strata.values()) for strata in summary.splits.values()) == 40
    assert {rater.name: rater.items for rater in summary.raters} == {"ada": 39, "bob": 40}
    # 80 labels of a criterion were given, one was taken back
    assert summary.labels["helpful"] == {"observed": 79, "withdrawn": 1}
    assert [(judge.name, judge.statuses) for judge in summary.judges] == [("rules", {"observed": 40})]
    json.dumps(summary.as_json())
