"""What is said before a look: from open splits alone, with the time of people, and by a command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from staged_study import answer_one, judge_items, make_study, pilot, rate_waves, truth

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services.certifying import CannotCertify
from annotate_app.services.declaring import declare
from annotate_app.services.labelling import Submission, submit
from annotate_app.services.looking_ahead import look_ahead, start, take
from annotate_app.services.looking_words import minutes_words, needs_words
from annotate_app.services.rights import HOLDER, NotAllowed
from annotate_app.services.splitting import split_of_items
from annotate_app.services.wave_planning import plan_wave
from calibration.triage.design import Design
from rubrics.answers import Answer


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = make_study(tmp_path)
    yield opened
    opened.close()


def test_validation_items_are_the_pilot_and_held_out_ones_change_nothing(desk: Desk) -> None:
    pilot(desk, wrong=lambda k: k % 9 == 0)
    before = look_ahead(desk, "rules", role=HOLDER)
    judge_items(desk, wrong=lambda k: k % 2 == 0)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    rate_waves(desk)
    after = look_ahead(desk, "rules", role=HOLDER)
    assert [one.split for one in before.expected] == ["validation"]
    assert after.expected == before.expected
    assert (before.labelled, after.labelled, after.k) == (0, 20, 2)


def test_development_items_stand_in_and_it_is_said_that_they_flatter(desk: Desk) -> None:
    pilot(desk, wrong=lambda k: k % 9 == 0, split="development")
    found = look_ahead(desk, "rules", role=HOLDER)
    assert [one.split for one in found.expected] == ["development"]
    assert "prompts are written" in found.warnings[0]


def test_without_any_pilot_nothing_is_planned(desk: Desk) -> None:
    with pytest.raises(CannotCertify, match="nothing can be planned: label a random wave"):
        look_ahead(desk, "rules", role=HOLDER)


def test_stages_need_more_items_at_most_and_fewer_on_average(desk: Desk) -> None:
    pilot(desk, wrong=lambda k: k % 9 == 0)
    found = look_ahead(desk, "rules", role=HOLDER)
    assert found.fixed is not None and found.planned is not None and found.average is not None
    assert found.average < found.fixed <= found.planned
    more = look_ahead(desk, "rules", power=0.95, role=HOLDER)
    assert more.fixed is not None and more.fixed > found.fixed


@pytest.mark.parametrize(("power", "wave"), [(0.4, 50), (1.0, 50), (0.8, 0)])
def test_odd_numbers_are_refused(desk: Desk, power: float, wave: int) -> None:
    with pytest.raises(CannotCertify, match="power is at least"):
        look_ahead(desk, "rules", power=power, wave=wave, role=HOLDER)


def test_minutes_follow_the_raters_pace_once_there_is_one(desk: Desk) -> None:
    pilot(desk, wrong=lambda k: k % 9 == 0)
    assert minutes_words(look_ahead(desk, "rules", role=HOLDER).steps[-1]) == "too early to say"
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    for k in range(9):
        assert answer_one(desk, seconds=20.0 + k) == "wave-1"
    held_out = look_ahead(desk, "rules", wave=60, role=HOLDER).steps
    assert minutes_words(held_out[-1]) == "too early to say"
    assert plan_wave(desk, Design("random", 5), split="development", role=HOLDER).minutes == (None, None)
    open_items = [i for i, split in split_of_items(desk).items() if split == "development"]
    for k in range(9):
        given = (Answer("grounded", truth(open_items[k])),)
        submit(desk, Submission(f"open-{k}", open_items[k], "anna", given, active_seconds=20.0 + k))
    found = look_ahead(desk, "rules", wave=60, role=HOLDER).steps
    assert minutes_words(found[0]) == "none"
    low, high = found[1].minutes or (0.0, 0.0)
    assert low < 60 * 24 / 60 < high  # 60 items at 24 s on average


def test_ceilings_that_need_more_items_than_agreement_does_are_planned_for(desk: Desk) -> None:
    pilot(desk, wrong=lambda k: k % 9 == 0)
    study = desk.folder / "study.toml"
    study.write_text(study.read_text() + "cost_max = 0.1\nmiss_cost = 5\nfalse_alarm_cost = 1\n")
    again = open_desk(desk.folder)
    found = look_ahead(again, "rules", role=HOLDER)
    # even without any error: (1 - .1/5)^n <= .0304 from n = 173 on
    assert found.fixed is not None and found.fixed >= 173
    again.close()


def test_needs_are_said_in_words(desk: Desk) -> None:
    pilot(desk, wrong=lambda k: k % 9 == 0)
    (needs,) = look_ahead(desk, "rules", role=HOLDER).needs
    assert needs_words(needs) == (
        f"{needs.fixed} items at once, or at most {needs.planned} in stages ({needs.average} on average)"
    )


def test_a_judge_below_the_floor_is_told_that_no_number_is_enough(desk: Desk) -> None:
    pilot(desk, wrong=lambda k: k % 3 == 0)
    found = look_ahead(desk, "rules", role=HOLDER)
    assert (found.fixed, found.planned) == (None, None)
    assert needs_words(found.needs[0]) == "the pilot's value does not lie above the floor"


def test_leads_and_raters_declare_and_take_nothing(desk: Desk) -> None:
    for role in ("lead", "rater"):
        with pytest.raises(NotAllowed, match="role engineer or owner"):
            start(desk, "rules", 100, role=role, by="lea")  # type: ignore[arg-type]
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    with pytest.raises(NotAllowed, match="role engineer or owner"):
        take(desk, "rules", role="lead", by="lea")


def test_the_command_prints_needs_waves_and_how_to_go_on(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    study = ["--study", str(desk.folder)]
    assert main(["look", "plan", "rules", *study]) == 1
    pilot(desk, wrong=lambda k: k % 9 == 0)
    assert main(["look", "plan", "rules", "--wave", "30", *study]) == 0
    said = capsys.readouterr().out
    assert "Look 1 at rules, alpha 0.0304" in said
    assert "0 of 120 held-out items have labels" in said
    assert "calibrant look declare rules --n " in said
    assert main(["look", "plan", "rules", "--json", *study]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["schema"] == "calibrant/look-ahead/1"
    assert content["criteria"][0]["split"] == "validation"
    assert [wave["items"] for wave in content["waves"]] == [50, 100, 150, 200, 250, 300]


def test_ceilings_that_need_many_items_are_counted_in(desk: Desk) -> None:
    study = desk.folder / "study.toml"
    study.write_text(study.read_text().replace("floor = 0.60", "floor = 0.20\nlatency_p95_max = 2.0"))
    changed = open_desk(desk.folder)
    pilot(changed, wrong=lambda k: k % 40 == 0)
    found = look_ahead(changed, "rules", role=HOLDER)
    # 0.95^n <= 0.0304: 69 verdicts without a slow one; at the last stage's level, .0206, they are 76
    assert (found.fixed, found.planned) == (69, 76)
    with pytest.raises(CannotCertify, match="fewer than 76 is undecided"):
        declare(changed, "rules", 75, by="olga", role=HOLDER)
    changed.close()
