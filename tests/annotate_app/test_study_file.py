"""study.toml and the study folder: what is read, what is refused, and how a study is made."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import studies
from annotate_app.services.rights import HOLDER
from annotate_app.services.studies import CannotCreate, create_study
from annotate_app.store import rubrics
from annotate_app.study_file import BadStudyFile, load_study_file


def test_a_whole_study_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "s"\nowner = "o"\nraters_per_item = 3\n'
        "[strata.typical]\nshare = 0.7\n"
        '[split]\nshares = {development = 0.5, validation = 0.0, held_out = 0.5}\nseed = 4\nby = "cluster"\n'
        '[judges.rules]\ncode = "judges/rules.py:judge"\n'
        '[judges.gpt]\nmodel = "gpt-x"\nparameters = {temperature = 0}\nsamples = 5\n'
        "[policy.criteria.helpful]\nfloor = 0.6\n"
        "[monitor]\njudge_share = {routine = 0.15, sensitive = 1.0}\n",
        encoding="utf-8",
    )
    found = load_study_file(tmp_path)
    assert (found.study.raters_per_item, found.split.seed, found.strata["typical"].share) == (3, 4, 0.7)
    assert {name: judge.kind for name, judge in found.judges.items()} == {"rules": "code", "gpt": "model"}
    assert found.monitor.judge_share["sensitive"] == 1.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[study]\nname = "s"\nraters = 3\n', "study.raters"),
        ('[study]\nname = "s"\nraters_per_item = 0\n', "study.raters_per_item"),
        ("[study]\n", "study.name"),
        ('[study]\nname = "s"\n[judges.x]\n', r"judges\.x.*exactly one of"),
        ('[study]\nname = "s"\n[strata.a]\nshare = 2\n', "strata.a.share"),
        ("[study\n", "not valid TOML.*line 1"),
    ],
)
def test_a_fault_is_named_by_file_and_field(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadStudyFile, match=said) as caught:
        load_study_file(tmp_path)
    assert str(tmp_path / "study.toml") in str(caught.value)


def test_a_folder_without_a_study_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadStudyFile, match="calibrant init"):
        load_study_file(tmp_path)


def test_a_study_is_made_from_the_library_and_opens(tmp_path: Path) -> None:
    made = create_study(tmp_path / "new", name='Quote "and" back\\slash')
    desk = open_desk(made.folder)
    assert desk.study_file.study.name == 'Quote "and" back\\slash'
    assert desk.rubric.criteria
    assert [study.name for study in studies.list_studies(desk, role=HOLDER)] == ['Quote "and" back\\slash']
    desk.close()


def test_a_study_is_made_with_a_rubric_file_or_a_library_name(tmp_path: Path, desk: Desk) -> None:
    made = create_study(tmp_path / "one", rubric=str(desk.folder / "rubric.yaml"))
    assert (made.folder / "rubric.yaml").read_text() == (desk.folder / "rubric.yaml").read_text()
    assert create_study(tmp_path / "two", rubric="summarisation").rubric == "summarisation"
    with pytest.raises(CannotCreate, match="neither a rubric file nor in the library"):
        create_study(tmp_path / "three", rubric="nonsense")
    assert not (tmp_path / "three").exists()


@pytest.mark.parametrize("present", ["study.toml", "rubric.yaml"])
def test_making_a_study_overwrites_nothing(tmp_path: Path, present: str) -> None:
    (tmp_path / present).write_text("mine")
    with pytest.raises(CannotCreate, match="not overwritten"):
        create_study(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [present]
    assert (tmp_path / present).read_text() == "mine"


def test_an_unseen_wording_is_registered_as_a_new_version(desk: Desk) -> None:
    text = (desk.folder / "rubric.yaml").read_text()
    (desk.folder / "rubric.yaml").write_text(text.replace("Read the sources first.", "Read all first."))
    later = open_desk(desk.folder)
    with later.store.reading() as session:
        found = rubrics.versions(session, later.study_id)
        kept = rubrics.version(session, later.study_id, desk.rubric.sha256)
    assert [version.sha256 for version in found] == [desk.rubric.sha256, later.rubric.sha256]
    assert kept is not None
    assert kept.instructions == "Read the sources first."
    later.close()


def test_opening_again_writes_nothing(desk: Desk) -> None:
    path = desk.folder / "calibrant.db"
    watcher = sqlite3.connect(path)
    before = watcher.execute("PRAGMA data_version").fetchone()
    open_desk(desk.folder).close()
    assert watcher.execute("PRAGMA data_version").fetchone() == before
    watcher.close()


def test_a_study_keeps_its_labels_when_it_is_renamed(desk: Desk) -> None:
    text = (desk.folder / "study.toml").read_text().replace('name = "support"', 'name = "Support answers"')
    (desk.folder / "study.toml").write_text(text)
    renamed = open_desk(desk.folder)
    assert renamed.study_id == desk.study_id
    assert [study.name for study in studies.list_studies(renamed, role=HOLDER)] == ["Support answers"]
    renamed.close()


def test_the_key_keeps_a_study_whatever_its_name_and_database(
    make_study: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALIBRANT_DB", str(tmp_path / "shared.db"))
    other = open_desk(make_study("other"))
    folder = make_study("first", toml='key = "k-1"\n')
    first = open_desk(folder)
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(text.replace('"first"', '"renamed"'))
    again = open_desk(folder)
    assert (again.study_id, first.study_id != other.study_id) == (first.study_id, True)
    for desk in (other, first, again):
        desk.close()
