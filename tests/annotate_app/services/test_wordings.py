"""What raters are told when the rubric changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling, wordings
from annotate_app.services.calibrating import open_split
from annotate_app.services.labelling import Submission
from annotate_app.services.ratings import ratings
from rubrics.answers import Answer

FULL = (Answer("grounded", "yes"), Answer("helpful", 3))


def reworded(desk: Desk, *changes: tuple[str, str]) -> Desk:
    """The same study with another wording, opened again."""
    path = desk.folder / "rubric.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return open_desk(desk.folder)


def test_a_rater_is_told_what_changed_until_they_answer_to_the_new_wording(desk: Desk) -> None:
    labelling.submit(desk, Submission("submission-0", "i0", "ada", FULL))
    assert wordings.changed_for(desk, "ada") == ()
    later = reworded(desk, ("Some of it.", "A part of it."), ("Read the sources first.", "Read all of it."))
    assert wordings.changed_for(later, "ada") == (
        "helpful: level 'some': the description changed", "instructions changed",
    )  # fmt: skip
    assert wordings.changed_for(later, "bob") == ()  # has answered nothing before
    labelling.submit(later, Submission("submission-1", "i1", "ada", FULL))
    assert wordings.changed_for(later, "ada") == ()
    later.close()


def test_a_new_level_is_told_without_the_advice_for_leads(desk: Desk) -> None:
    labelling.submit(desk, Submission("submission-0", "i0", "ada", FULL))
    level = "- {name: all, value: 3, description: All of it.}"
    more = "- {name: more, value: 4, description: More than that.}"
    later = reworded(desk, (level, f"{level}\n        {more}"))
    assert wordings.changed_for(later, "ada") == ("helpful: level 4 (more) is new",)
    later.close()


def test_every_version_is_listed_with_what_it_changed(desk: Desk) -> None:
    later = reworded(desk, ("Is every claim supported", "Is each claim supported"))
    newest, first = wordings.history(later)
    assert (newest.number, first.number) == (2, 1)
    assert first.changes == ()
    assert len(newest.changes) == 1
    assert newest.changes[0].startswith("grounded: ")
    assert newest.sha256 == later.rubric.sha256
    later.close()


def test_a_study_with_one_wording_has_changed_nothing(make_study: Callable[..., Path]) -> None:
    opened = open_desk(make_study("single"))
    (only,) = wordings.history(opened)
    assert (only.number, only.changes) == (1, ())
    opened.close()


def test_readers_learn_how_many_labels_a_change_made_invalid_or_lost(desk: Desk) -> None:
    for k, value in enumerate((1, 3, 3)):
        answers = (Answer("grounded", "yes"), Answer("helpful", value))
        labelling.submit(desk, Submission(f"submission-{k}", f"i{k}", "ada", answers))
    assert list(wordings.cautions(ratings(desk))) == []
    reworded(desk, ("Some of it.", "A part of it.")).close()
    worded = open_desk(desk.folder)
    assert list(wordings.cautions(ratings(worded))) == []  # old labels stay valid
    worded.close()
    levels = [line for line in (desk.folder / "rubric.yaml").read_text().splitlines() if "value: 1" in line]
    later = reworded(desk, (levels[0] + "\n", ""))
    read = ratings(later)
    lost, outdated = wordings.cautions(read)
    assert lost == wordings.LOST.format(name="helpful", count=1)
    assert outdated == wordings.ANEW.format(name="helpful", count=2)
    assert len(read.criteria["helpful"].item) == 0
    assert len(read.criteria["grounded"].item) == 3  # its wording is as it was
    found = open_split(later, "development")
    assert found is not None
    assert found.remarks[:2] == (lost, outdated)
    labelling.submit(later, Submission("again", "i1", "ada", FULL))
    anew = ratings(later).criteria["helpful"]
    assert (anew.items[anew.item[0]], anew.left_out[wordings.OUTDATED]) == ("i1", 1)
    later.close()
