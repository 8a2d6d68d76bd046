"""What is remembered is given again only while nothing it depends on has changed."""

from __future__ import annotations

from pathlib import Path

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling, summing_up
from annotate_app.services.agreeing import agreement_page
from annotate_app.services.labelling import Submission
from annotate_app.services.remembering import Remembered, state_of
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split
from rubrics.answers import Answer

FULL = (Answer("grounded", "yes"), Answer("helpful", 3))


def test_a_result_is_made_once_until_a_journal_moves(desk: Desk) -> None:
    made: list[int] = []
    memory: Remembered[int] = Remembered()

    def make() -> int:
        made.append(1)
        return len(made)

    assert [memory.get(desk, "a", make), memory.get(desk, "a", make), memory.get(desk, "b", make)] == [
        1,
        1,
        2,
    ]
    labelling.submit(desk, Submission("submission-0", "i0", "ada", FULL))
    assert memory.get(desk, "a", make) == 3
    labelling.undo(desk, "ada")
    assert memory.get(desk, "a", make) == 4


def test_only_the_newest_results_are_kept(desk: Desk) -> None:
    memory: Remembered[int] = Remembered(2)
    for k in range(3):
        memory.get(desk, k, lambda k=k: k)  # type: ignore[misc]
    assert memory.get(desk, 2, lambda: 9) == 2
    assert memory.get(desk, 0, lambda: 9) == 9


def test_everything_that_numbers_depend_on_changes_the_state(desk: Desk) -> None:
    seen = {state_of(desk)}

    def changed() -> bool:
        before = len(seen)
        seen.add(state_of(desk))
        return len(seen) > before

    labelling.add_rater(desk, "zoe")
    assert changed()
    labelling.submit(desk, Submission("submission-0", "i0", "ada", FULL))
    assert changed()
    freeze_split(desk, role=HOLDER)
    assert changed()
    assert not changed()


def test_another_study_file_over_the_same_database_is_another_state(desk: Desk, tmp_path: Path) -> None:
    before = state_of(desk)
    file = desk.folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n[strata.typical]\nshare = 1.0\n", encoding="utf-8")
    later = open_desk(desk.folder)
    assert state_of(later) != before
    later.close()


def test_pages_show_a_new_label_at_once(desk: Desk) -> None:
    assert summing_up.study_summary(desk, role=HOLDER).labels == {}
    assert agreement_page(desk, role="engineer", split="development", criterion="helpful").measured is None
    for rater in ("ada", "bob"):
        labelling.submit(desk, Submission(f"{rater}-0000", "i0", rater, FULL))
    assert summing_up.study_summary(desk, role=HOLDER).labels["helpful"] == {"observed": 2}
    shown = agreement_page(desk, role="engineer", split="development", criterion="helpful")
    assert shown.measured is not None
    assert list(shown.measured.criteria) == ["helpful"]
    assert shown.measured.criteria["helpful"].humans.ratings == 2
