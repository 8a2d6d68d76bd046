"""Split versions differ by what joined and what the vault moved; a set past its review date is said to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services.calibrating import build_report
from annotate_app.services.importing import import_files
from annotate_app.services.reviewing import review_of
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import NothingToSplit, freeze_split, split_diff, split_of_items
from annotate_app.services.vault import open_vault

MakeStudy = Callable[..., Path]


def toml(review_after: str) -> str:
    return f'owner = "Olga"\nreview_after = "{review_after}"\n'


@pytest.fixture
def opened(make_study: MakeStudy, write_items: Callable[..., Path], clock: Callable[[], object]) -> Desk:
    """A study whose 40 items were frozen on 1 January 2026."""
    desk = open_desk(make_study(toml=toml("90 days")), clock=clock)  # type: ignore[arg-type]
    import_files(desk, [write_items(40)], role=HOLDER)
    freeze_split(desk, by="olga", role=HOLDER)
    return desk


def test_new_items_join_and_no_old_one_moves(opened: Desk, write_items: Callable[..., Path]) -> None:
    before = split_of_items(opened)
    import_files(opened, [write_items(100)], role=HOLDER)
    freeze_split(opened, by="olga", role=HOLDER)  # nothing is left to join: importing has done it
    after = split_of_items(opened)
    assert {item: after[item] for item in before} == before
    change = split_diff(opened, role=HOLDER)
    assert (change.before, change.after, sum(change.joined.values()), change.moved) == (1, 2, 60, {})
    assert all(n > 0 for n in change.joined.values())


def test_opening_the_vault_is_the_only_move(opened: Desk) -> None:
    held_out = sum(split == "held_out" for split in split_of_items(opened).values())
    open_vault(opened, by="olga", reason="the rubric was wrong", role=HOLDER)
    change = split_diff(opened, 1, 2, role=HOLDER)
    assert change.moved == {"held_out to development": held_out}
    assert change.reason == "vault opened: the rubric was wrong"


def test_versions_that_are_not_there_are_refused(opened: Desk) -> None:
    with pytest.raises(NothingToSplit, match="no version 0; there are 1 to 1"):
        split_diff(opened, role=HOLDER)
    with pytest.raises(NothingToSplit, match="no version 7"):
        split_diff(opened, 1, 7, role=HOLDER)


def test_the_diff_names_no_item(
    opened: Desk, write_items: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    import_files(opened, [write_items(100)], role=HOLDER)
    freeze_split(opened, role=HOLDER)
    study = str(opened.folder)
    opened.close()
    assert main(["split", "diff", "--study", study]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("split version 1 to 2\njoined: development")
    assert "i4" not in printed
    assert main(["split", "diff", "1", "2", "--study", study, "--json"]) == 0
    assert sum(json.loads(capsys.readouterr().out)["joined"].values()) == 60


def test_a_set_is_stale_when_its_age_has_passed(opened: Desk, clock: object) -> None:
    assert review_of(opened).warnings == ()
    clock.forward(days=91)  # type: ignore[attr-defined]
    review = review_of(opened)
    assert (str(review.due), review.overdue) == ("2026-04-01", 1)
    assert "1 days ago, owner Olga" in review.warnings[0]
    assert any("Stale set" in note for note in build_report(opened, role=HOLDER).notes)


def test_new_items_make_a_set_young_again_and_opening_the_vault_does_not(
    opened: Desk, clock: object, write_items: Callable[..., Path]
) -> None:
    clock.forward(days=100)  # type: ignore[attr-defined]
    open_vault(opened, by="olga", reason="x", role=HOLDER)
    assert review_of(opened).overdue == 10
    import_files(opened, [write_items(60)], role=HOLDER)
    freeze_split(opened, role=HOLDER)
    assert review_of(opened).overdue == 0


@pytest.mark.parametrize(
    ("text", "due", "overdue"),
    [("2025-12-30", "2025-12-30", 2), ("2026-06-01", "2026-06-01", 0), ("", "None", 0)],
)
def test_a_review_date_may_be_a_day(
    make_study: MakeStudy, clock: Callable[[], object], text: str, due: str, overdue: int
) -> None:
    review = review_of(open_desk(make_study(toml=toml(text)), clock=clock))  # type: ignore[arg-type]
    assert (str(review.due), review.overdue) == (due, overdue)


def test_a_date_that_nobody_can_read_is_said(make_study: MakeStudy, clock: Callable[[], object]) -> None:
    review = review_of(open_desk(make_study(toml=toml("in spring")), clock=clock))  # type: ignore[arg-type]
    assert "review_after = 'in spring': write a date" in review.warnings[0]


def test_status_and_certify_say_that_a_set_is_stale(
    make_study: MakeStudy, write_items: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(toml=toml("2020-01-01"))
    assert main(["status", "--study", str(study)]) == 0
    assert "set: owner Olga, review due on 2020-01-01" in capsys.readouterr().out
    assert main(["status", "--study", str(study), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["review"]["days_overdue"] > 2000
    assert main(["certify", "anyone", "--study", str(study)]) == 1
    assert "Stale set" in capsys.readouterr().err
