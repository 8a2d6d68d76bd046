"""Monitoring production: draws by hash, waves with π, alarms that say whose change it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from monitored_study import item, make_study, mood, outputs, write

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services.calibrating import build_report
from annotate_app.services.importing import import_files
from annotate_app.services.judging import run_judge
from annotate_app.services.labelling import add_rater
from annotate_app.services.labelling_values import NextItem, Submission
from annotate_app.services.monitor_values import CannotMonitor
from annotate_app.services.monitoring import monitor, monitor_status, restart
from annotate_app.services.reserving import next_item
from annotate_app.services.rights import HOLDER
from annotate_app.services.saving import submit
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import list_waves
from calibration.stats.estimate import Estimate
from rubrics.answers import Answer


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = make_study(tmp_path)
    yield opened
    opened.close()


def rows(desk: Desk, statement: str) -> list[tuple[Any, ...]]:
    with desk.store.bulk() as bulk:
        return bulk.connection.execute(statement).fetchall()


def test_a_quiet_run_judges_a_share_and_puts_a_share_of_that_into_the_queue(desk: Desk) -> None:
    done = monitor(desk, [outputs(desk.folder, "a.jsonl", 400)], role=HOLDER)
    assert (done.seen, done.known, done.state.quiet) == (400, 0, True)
    assert 170 < done.judged < 240  # half of 380 routine ones and all of 20 sensitive ones: 210
    wave = next(w for w in list_waves(desk, role=HOLDER) if w.name == done.wave)
    assert (wave.split, wave.purpose, wave.selected, wave.frame) == (
        "monitor",
        "estimate",
        done.reviews,
        done.judged,
    )
    assert (wave.pi_low, wave.pi_high) == (pytest.approx(0.5 * 0.2), 0.5)  # sensitive: 1 · .5


def test_all_outputs_of_a_stratum_that_study_toml_calls_sensitive_are_judged(tmp_path: Path) -> None:
    make_study(tmp_path).close()
    file = tmp_path / "study.toml"
    file.write_text(file.read_text().replace("[strata.mail]", "[strata.mail]\nsensitive = true"))
    desk = open_desk(tmp_path)
    done = monitor(desk, [outputs(tmp_path, "a.jsonl", 400)], role=HOLDER)
    chances = dict(rows(desk, "SELECT stratum, max(pi_judged) FROM monitor_item GROUP BY stratum"))
    least = dict(rows(desk, "SELECT stratum, min(pi_judged) FROM monitor_item GROUP BY stratum"))
    assert (least["mail"], least["chat"], chances["mail"]) == (1.0, 0.5, 1.0)
    assert done.judged > 240
    desk.close()


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    path = outputs(desk.folder, "a.jsonl", 300)
    monitor(desk, [path], role=HOLDER)
    before = rows(desk, "SELECT * FROM monitor_item"), rows(desk, "SELECT * FROM monitor_observation")
    again = monitor(desk, [path], role=HOLDER)
    assert (again.seen, again.known, again.judged, again.anchors, again.wave) == (0, 300, 0, 0, None)
    after = rows(desk, "SELECT * FROM monitor_item"), rows(desk, "SELECT * FROM monitor_observation")
    assert after == before


def test_another_study_with_the_same_seed_draws_the_same_outputs(desk: Desk, tmp_path: Path) -> None:
    path = outputs(desk.folder, "a.jsonl", 200)
    monitor(desk, [path], role=HOLDER)
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    other = make_study(other_folder)
    halves = path.read_text().splitlines(keepends=True)
    for name, part in (("one.jsonl", halves[120:]), ("two.jsonl", halves[:120])):
        (other_folder / name).write_text("".join(part))
        monitor(other, [other_folder / name], role=HOLDER)
    drawn = "SELECT item_id, judged, reviewed, pi_judged, pi_reviewed FROM monitor_item ORDER BY item_id"
    assert rows(desk, drawn) == rows(other, drawn)
    other.close()


def test_monitored_outputs_are_in_no_split_and_in_no_other_number(desk: Desk) -> None:
    run_judge(desk, "rules", role=HOLDER)
    before = build_report(desk, role=HOLDER)
    monitor(desk, [outputs(desk.folder, "a.jsonl", 300)], role=HOLDER)
    freeze_split(desk, role=HOLDER)
    after = build_report(desk, role=HOLDER)
    assert [e.as_json() for e in after.evidence] == [e.as_json() for e in before.evidence]
    assert {c.split for c in after.items} - {c.split for c in before.items} == {"monitor"}
    write(desk.folder / "late.jsonl", [item("late", False)])
    import_files(desk, [desk.folder / "late.jsonl"], strict=True, role=HOLDER)
    splits = split_of_items(desk)
    assert {splits[i] for i in splits if i.startswith("p")} == {"monitor"}
    assert splits["late"] in ("development", "validation", "held_out")


def test_a_worse_product_is_told_from_a_changed_judge(desk: Desk) -> None:
    monitor(desk, [outputs(desk.folder, "a.jsonl", 300)], role=HOLDER)
    done = monitor(desk, [outputs(desk.folder, "b.jsonl", 500, rude=0.35, first=1000)], role=HOLDER)
    (alarm,) = done.new_alarms
    assert (alarm.kind, alarm.subject, alarm.cause) == ("quality_fell", "polite", "product")
    assert "The product got worse" in alarm.text
    looked_at = alarm.evidence["outputs"]
    assert isinstance(looked_at, list) and len(looked_at) == 20 and looked_at[0] in alarm.text
    assert done.anchors >= 150  # asked again before it said who changed


def test_a_changed_judge_is_not_called_a_worse_product(desk: Desk) -> None:
    monitor(desk, [outputs(desk.folder, "a.jsonl", 300)], role=HOLDER)
    mood(desk, "strict")
    done = monitor(desk, [outputs(desk.folder, "b.jsonl", 700, first=1000)], role=HOLDER)
    causes = {alarm.kind: alarm.cause for alarm in done.new_alarms}
    assert causes and set(causes.values()) == {"judge"}
    assert all("The product got worse" not in alarm.text for alarm in done.new_alarms)


def test_a_judge_that_changed_is_noticed_by_the_anchors_alone(desk: Desk) -> None:
    monitor(desk, [], role=HOLDER)
    mood(desk, "strict")
    done = monitor(desk, [], anchors=120, role=HOLDER)
    assert [a.kind for a in done.new_alarms] == ["judge_changed"]
    assert (done.judged, done.anchors) == (0, 120)


def test_an_alarm_is_stored_once_and_stands_until_a_restart_with_a_reason(desk: Desk) -> None:
    monitor(desk, [outputs(desk.folder, "b.jsonl", 700, rude=0.4)], role=HOLDER)
    again = monitor(desk, [], role=HOLDER)
    assert (again.new_alarms, [a.kind for a in again.state.alarms]) == ((), ["quality_fell"])
    lines = (desk.folder / "monitor" / "alarms.jsonl").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["quality_fell"]
    with pytest.raises(CannotMonitor, match="reason"):
        restart(desk, by="ann", reason=" ", role=HOLDER)
    restart(desk, by="ann", reason="the product was mended", role=HOLDER)
    state = monitor_status(desk, role=HOLDER)
    assert state.quiet and not state.traffic
    assert monitor(desk, [outputs(desk.folder, "c.jsonl", 300, first=5000)], role=HOLDER).state.quiet


def test_the_store_refuses_to_change_what_was_observed(desk: Desk) -> None:
    monitor(desk, [outputs(desk.folder, "b.jsonl", 700, rude=0.4)], role=HOLDER)
    for table in ("monitor_item", "monitor_observation", "alarm", "monitor_state", "monitor_run"):
        assert rows(desk, f"SELECT count(*) FROM {table}")[0][0] > 0  # noqa: S608
        with pytest.raises(Exception, match="never changed"):
            rows(desk, f"DELETE FROM {table}")  # noqa: S608


def test_a_changed_prompt_is_another_judge_and_is_followed_from_nothing(desk: Desk) -> None:
    monitor(desk, [outputs(desk.folder, "a.jsonl", 300)], role=HOLDER)
    rules = desk.folder / "rules.py"
    rules.write_text(rules.read_text() + "\n# another judge\n")
    done = monitor(desk, [outputs(desk.folder, "b.jsonl", 200, first=1000)], role=HOLDER)
    assert sum(s.seen for s in done.state.traffic) == 200
    assert {p.n for p in done.state.processes if p.kind == "quality"} == {done.judged}


def test_a_rater_is_asked_about_the_wave_and_the_label_keeps_its_chance(desk: Desk) -> None:
    monitor(desk, [outputs(desk.folder, "a.jsonl", 200)], role=HOLDER)
    add_rater(desk, "bob")
    upcoming = next_item(desk, "bob")
    assert isinstance(upcoming, NextItem) and upcoming.item.item_id.startswith("p")
    answers = (Answer("polite", "yes"),)
    submit(desk, Submission("s1", upcoming.item.item_id, "bob", answers, wave=upcoming.wave))
    (found,) = rows(
        desk,
        "SELECT l.pi, m.pi_reviewed, w.split FROM label l JOIN item i ON i.id = l.item_id "
        "JOIN monitor_item m ON m.item_id = i.item_id JOIN wave w ON w.id = l.wave_id",
    )
    assert found[0] == found[1] and found[2] == "monitor"


def test_a_run_of_a_judge_passes_monitored_outputs_over(desk: Desk) -> None:
    monitor(desk, [outputs(desk.folder, "a.jsonl", 200)], role=HOLDER)
    (desk.folder / "rules.py").write_text((desk.folder / "rules.py").read_text() + "# other\n")
    again = open_desk(desk.folder)
    assert run_judge(again, "rules", role=HOLDER).items == 200  # the study's items alone
    again.close()


def test_peoples_reviews_are_counted_by_their_chance(desk: Desk) -> None:
    monitor(desk, [outputs(desk.folder, "a.jsonl", 400)], role=HOLDER)
    drawn = rows(desk, "SELECT item_id FROM monitor_item WHERE judged AND reviewed")
    labels = [{"item_id": i, "rater": "ann", "criterion": "polite", "value": "yes"} for (i,) in drawn]
    import_files(desk, [write(desk.folder / "reviews.jsonl", labels)], strict=True, role=HOLDER)
    (review,) = monitor_status(desk, role=HOLDER).reviews
    assert isinstance(review.good, Estimate) and review.good.value == pytest.approx(1.0)
    assert isinstance(review.agreement, Estimate) and 0.7 < review.agreement.value < 1.0


def test_moved_traffic_and_an_old_test_set_raise_alarms_that_pass(tmp_path: Path) -> None:
    desk = make_study(tmp_path, review_after="90 days")
    assert monitor(desk, [outputs(desk.folder, "a.jsonl", 600, mail=0.6)], role=HOLDER).state.quiet is False
    assert {(a.kind, a.subject) for a in monitor_status(desk, role=HOLDER).alarms} == {
        ("mix_moved", "chat"), ("mix_moved", "mail"),
    }  # fmt: skip
    later = open_desk(desk.folder, clock=lambda: desk.clock() + timedelta(days=91))
    assert "test_set_due" in {a.kind for a in monitor(later, [], role=HOLDER).new_alarms}
    assert "test_set_due" not in {a.kind for a in monitor_status(desk, role=HOLDER).alarms}
    later.close()
    desk.close()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("floor = 0.8", "floor = 0.8\ngood = ['maybe']", "maybe"),
        ("quality.polite", "quality.kind", "no such criterion"),
        ("routine = 0.5", "routine = 0.0", "no chance"),
        (", sensitive = 0.5}", "}", "declare `sensitive`"),
    ],
)
def test_what_cannot_be_followed_is_said(desk: Desk, old: str, new: str, said: str) -> None:
    path = desk.folder / "study.toml"
    path.write_text(path.read_text().replace(old, new))
    again = open_desk(desk.folder)
    with pytest.raises(CannotMonitor, match=said):
        monitor(again, [outputs(desk.folder, "a.jsonl", 50)], role=HOLDER)
    assert rows(desk, "SELECT count(*) FROM monitor_item") == [(0,)]
    again.close()


def test_an_item_of_the_study_is_no_production_output(desk: Desk) -> None:
    path = write(desk.folder / "x.jsonl", [item("t3", False), item("p1", False)])
    done = monitor(desk, [path], role=HOLDER)
    assert done.seen == 1
    assert done.rejected == ("t3: is an item of the study already, no production output",)


def test_the_command_prints_and_exits_by_what_it_found(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    study = ["--study", str(desk.folder)]
    assert main(["monitor", "status", *study]) == 1
    assert "calibrant monitor OUTPUTS.jsonl" in capsys.readouterr().err
    assert main(["monitor", str(outputs(desk.folder, "a.jsonl", 300)), *study]) == 0
    assert "quiet: no alarm stands" in capsys.readouterr().out
    assert main(["monitor", str(outputs(desk.folder, "b.jsonl", 600, rude=0.4, first=900)), *study]) == 2
    assert "ALARM quality_fell: polite" in capsys.readouterr().out
    assert main(["monitor", "status", "--json", *study]) == 2
    shown = json.loads(capsys.readouterr().out)
    assert (shown["schema"], shown["alarms"][0]["cause"]) == ("calibrant/monitor/1", "product")
    assert main(["monitor", "--restart", "mended", "--by", "ann", *study]) == 0
    assert main(["monitor", str(desk.folder / "nowhere.jsonl"), *study]) == 1
    assert main(["monitor", "--anchors", "-1", *study]) == 1


def test_a_study_without_a_frozen_split_cannot_be_followed(tmp_path: Path) -> None:
    desk = make_study(tmp_path)
    desk.close()
    (tmp_path / "calibrant.db").unlink()
    again = open_desk(tmp_path)
    with pytest.raises(CannotMonitor, match="no anchor set"):
        monitor(again, [], role=HOLDER)
    again.close()
