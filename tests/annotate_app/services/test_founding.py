"""A study made in one go: all of it or nothing, and every fault named by its field."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from annotate_app.desk import open_desk
from annotate_app.services import acting, audit, founding, inviting
from annotate_app.services.founding_values import (
    CannotFound,
    Founding,
    RubricChoice,
    faults,
    guests,
    library_choice,
    names_in,
    uploaded_rubric,
)
from annotate_app.services.labelling import raters
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import split_summary
from annotate_app.services.uploading import Upload
from annotate_app.store import items, labels
from calibration.readers import Mapping

ITEMS = Upload(
    "items.jsonl", b"".join(b'{"item_id": "q%d", "output": "Answer %d."}\n' % (k, k) for k in range(10))
)
ANSWERS = Upload("answers.json", json.dumps([
    {"item_id": "q0", "rater": "a.k.", "criterion": "useful", "value": "good"},
    {"item_id": "q1", "judge": "gpt", "criterion": "useful", "value": "bad"},
]).encode())  # fmt: skip
RUBRIC = """
name: short
criteria:
  - name: fine
    question: Is it fine?
    scale:
      kind: binary
      levels:
        - {name: "yes", description: It is.}
        - {name: "no", description: It is not.}
"""
WANTED = Founding(
    "First look",
    RubricChoice("mine.yaml", RUBRIC),
    3,
    {"development": 0.5, "validation": 0.0, "held_out": 0.5},
    ("Ann", "Ben"),
    (ITEMS, ANSWERS),
    Mapping({"useful": "fine"}, {"fine": {"good": "yes", "bad": "no"}}, {"a.k.": "Ann"}),
)


def test_everything_that_was_asked_for_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    made = founding.found_study(folder, WANTED)
    assert made.frozen == {"development": 5, "validation": 0, "held_out": 5}
    assert sorted(path.name for path in folder.iterdir()) == [
        ".gitignore", "calibrant.db", "rubric.yaml", "study.toml",
    ]  # fmt: skip
    desk = open_desk(folder)
    settings = desk.study_file.study
    assert (settings.name, settings.raters_per_item) == ("First look", 3)
    assert [one.name for one in raters(desk)] == ["Ann", "Ben"]
    with desk.store.reading() as session:
        assert items.count(session, desk.study_id) == 10
        assert [one.value for one in labels.latest(session, desk.study_id)] == ["yes"]
    frozen = split_summary(desk, role=HOLDER)
    assert frozen is not None and frozen.sizes["held_out"] == 5
    desk.close()


def test_people_are_invited_by_links_that_work(tmp_path: Path) -> None:
    people = guests({"rater": ("Ann", "Ben"), "owner": ("Olga",), "lead": ("Ann",)})
    assert [(one.name, one.roles) for one in people] == [
        ("Olga", ("owner",)), ("Ann", ("lead", "rater")), ("Ben", ("rater",)),
    ]  # fmt: skip
    made = founding.found_study(tmp_path, replace(WANTED, invited=people))
    links = {guest.name: link for guest, link in made.links}
    desk = open_desk(tmp_path)
    log = audit.entries(desk, role="owner").entries
    assert ("study.made", "Olga") in {(entry.kind, entry.actor) for entry in log}
    assert inviting.open_link(desk, links["Ann"].token).rater == "Ann"
    secret = "a long line of words"
    inviting.accept(
        desk, links["Olga"].token, login="o@example.org", name="Olga", password=secret, client="x"
    )
    assert acting.locked(desk)
    assert [row.state for row in inviting.listing(desk, role="owner")].count("open") == 2
    database = (tmp_path / "calibrant.db").read_bytes()
    assert not any(link.token.encode() in database for link in links.values())
    desk.close()


def test_links_without_one_for_an_owner_are_refused() -> None:
    wanted = replace(WANTED, invited=guests({"rater": ("Ann",)}))
    assert "name an owner" in faults(wanted)["Links"]


def test_each_fault_is_named_by_its_field() -> None:
    broken = Founding(
        " ", RubricChoice("r.yaml", "name: x\ncriteria: []\n"), 0, {"development": 0.4}, ("Ann", "Ann")
    )
    found = faults(broken)
    assert set(found) == {"Name", "Rubric", "Raters per item", "Shares", "Raters", "Files"}
    assert (
        "r.yaml:" in found["Rubric"] and "100 percent, not 40" in found["Shares"] and "Ann" in found["Raters"]
    )
    assert faults(Founding())["Rubric"] == "choose one of the library, or a file of yours"
    assert faults(replace(WANTED, raters=("x" * 81,)))["Raters"].endswith("has more than 80 characters")
    assert not faults(WANTED) and not faults(replace(WANTED, uploads=(), freeze=False))


@pytest.mark.parametrize("there", ["study.toml", "rubric.yaml", "calibrant.db"])
def test_nothing_that_is_there_is_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine", encoding="utf-8")
    assert str(tmp_path / there) in founding.taken(tmp_path) and not founding.taken(tmp_path / "elsewhere")
    with pytest.raises(CannotFound, match="is there already and is not overwritten"):
        founding.found_study(tmp_path, WANTED)
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("fails_at", range(4))
def test_a_failure_on_the_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    real, done = os.link, []

    def link(source: Path, target: Path) -> None:
        if len(done) == fails_at:
            raise OSError(28, "No space left on device")
        done.append(target)
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(CannotFound, match="No space left on device"):
        founding.found_study(tmp_path, WANTED)
    assert not list(tmp_path.iterdir())


def test_what_a_killed_attempt_left_is_taken_away_by_the_next(tmp_path: Path) -> None:
    """As after a kill between two links: the study file is not there yet, so there is no study."""
    beside = tmp_path / f"{founding.BESIDE}dead"
    beside.mkdir()
    for name in ("rubric.yaml", "study.toml", "calibrant.db"):
        (beside / name).write_text(name, encoding="utf-8")
    os.link(beside / "rubric.yaml", tmp_path / "rubric.yaml")
    os.link(beside / "calibrant.db", tmp_path / "calibrant.db")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    founding.found_study(tmp_path, WANTED)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert not list(tmp_path.glob(f"{founding.BESIDE}*"))
    open_desk(tmp_path).close()


def test_files_without_an_item_make_no_study(tmp_path: Path) -> None:
    lost = Upload("lost.jsonl", b'{"item_id": "q0", "rater": "ann", "criterion": "fine", "value": "yes"}\n')
    with pytest.raises(CannotFound, match="no item can go in"):
        founding.found_study(tmp_path, replace(WANTED, uploads=(lost,)))
    with pytest.raises(CannotFound, match=r"odd\.json: begins like a JSON array"):
        founding.found_study(tmp_path, replace(WANTED, uploads=(Upload("odd.json", b"[{"),)))
    assert not list(tmp_path.iterdir())


def test_a_study_without_items_says_what_comes_first(tmp_path: Path) -> None:
    bare = replace(WANTED, uploads=(), raters=(), freeze=False)
    made = founding.found_study(tmp_path, bare)
    assert made.next_steps[0].startswith("Bring items in")
    assert any("split freeze" in step for step in made.next_steps)


def test_the_database_may_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIBRANT_DB", str(tmp_path / "shared.db"))
    folder = tmp_path / "new"
    founding.found_study(folder, WANTED)
    assert not (folder / "calibrant.db").exists()
    desk = open_desk(folder)
    with desk.store.reading() as session:
        assert items.count(session, desk.study_id) == 10
    desk.close()


def test_a_trial_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIBRANT_DB", str(tmp_path / "shared.db"))
    with founding.trial(library_choice("support_answer")) as desk:
        place = desk.folder
    assert not place.exists() and not list(tmp_path.iterdir())


def test_names_and_rubric_files_are_read_as_people_write_them() -> None:
    assert names_in(" Ann  K \n\n Ben\n") == ("Ann K", "Ben")
    with pytest.raises(CannotFound, match="is not UTF-8 text"):
        uploaded_rubric("r.yaml", b"\xff\xfe")
