"""A pilot says which signal to follow only from labels of known probability; without one a wave warns."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from targeted_study import ITEMS, MIXED, confidence, label, load, selected, targeted_desk, wrong

from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.services.doubting import doubts_of_items
from annotate_app.services.pilots import FIRST_RANDOM, UNKNOWN, best_pilot, caution, pilot
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import draw_wave
from calibration.stats.estimate import Estimate
from calibration.triage.design import BadDesign, Design
from calibration.triage.signals import SIGNALS


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = targeted_desk(tmp_path)
    yield opened
    opened.close()


def test_before_there_is_a_label_the_first_wave_should_be_random(desk: Desk) -> None:
    found = pilot(desk, role=HOLDER)
    assert not found.ready and found.remarks == (FIRST_RANDOM,)
    assert FIRST_RANDOM in str(caution(desk, MIXED, role=HOLDER))


def test_labels_that_nobody_drew_are_no_pilot(desk: Desk) -> None:
    label(desk, [f"i{k}" for k in range(100)])
    found = pilot(desk, role=HOLDER)
    assert not found.ready and found.remarks == (UNKNOWN,)
    assert found.advice("robot", "grounded", "low_confidence") == "ignore"


def test_a_random_wave_is_a_pilot_and_its_signal_may_be_followed(desk: Desk) -> None:
    draw_wave(desk, Design("random", 120), role=HOLDER)
    label(desk, selected(desk, "wave-1"))
    found = pilot(desk, role=HOLDER)
    assert (found.ready, found.weighted, found.labelled) == (True, False, 120)
    assert found.advice("robot", "grounded", "low_confidence") == "follow"
    assert found.advice("robot", "grounded", "order_flip") == "ignore"
    assert caution(desk, MIXED, role=HOLDER) is None


def test_labels_from_outside_the_wave_do_not_enter_the_pilot(desk: Desk) -> None:
    draw_wave(desk, Design("random", 120), role=HOLDER)
    drawn = selected(desk, "wave-1")
    label(desk, [*drawn, *(f"i{k}" for k in range(60))])
    assert pilot(desk, role=HOLDER).labelled == 120


def test_labels_of_a_mixed_wave_are_weighted(desk: Desk) -> None:
    draw_wave(desk, MIXED, role=HOLDER)
    label(desk, selected(desk, "wave-1"))
    found = pilot(desk, role=HOLDER)
    assert (found.ready, found.weighted) == (True, True)
    rate = found.criteria["grounded"]["robot"].error_rate
    assert isinstance(rate, Estimate) and "weighted" in rate.method
    naive = sum(wrong(int(item[1:])) for item in selected(desk, "wave-1")) / 80
    # a third of all verdicts is wrong, and more of those that were drawn
    assert naive > 0.4
    assert rate.value == pytest.approx(1 / 3, abs=0.12)


def test_labels_of_a_search_wave_are_no_pilot(desk: Desk) -> None:
    draw_wave(desk, Design("search", 100, signal="low_confidence", judge="robot"), role=HOLDER)
    label(desk, selected(desk, "wave-1"), purpose="search")
    found = pilot(desk, role=HOLDER)
    assert not found.ready and found.criteria == {}


def test_a_signal_that_the_pilot_does_not_support_warns(desk: Desk) -> None:
    draw_wave(desk, Design("random", 20), role=HOLDER)
    label(desk, selected(desk, "wave-1"))
    said = str(caution(desk, MIXED, role=HOLDER))
    assert "does not say to follow low_confidence of robot" in said and "pilot too small" in said
    assert caution(desk, Design("random", 20), role=HOLDER) is None


def test_without_a_pilot_of_its_own_a_split_uses_the_other_open_one(desk: Desk) -> None:
    freeze_split(desk, role=HOLDER)
    where = split_of_items(desk)
    label(desk, [item for item, split in where.items() if split == "validation"])
    assert best_pilot(desk, role=HOLDER).split == "validation"
    assert best_pilot(desk, role=HOLDER).ready


def test_held_out_labels_say_nothing(desk: Desk) -> None:
    with pytest.raises(BadDesign, match="held_out"):
        pilot(desk, "held_out", role=HOLDER)


def test_the_command_prints_the_pilot_of_a_study(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    draw_wave(desk, Design("random", 120), role=HOLDER)
    label(desk, selected(desk, "wave-1"))
    assert main(["signals", "--study", str(desk.folder), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["pilot"] == {
        "split": "development", "ready": True, "weighted": False, "labelled": 120, "remarks": [],
    }  # fmt: skip
    assert content["criteria"]["grounded"]["robot"]["follow"] in ("low_confidence", "judge_disagreement")
    assert main(["signals", "--study", str(desk.folder)]) == 0
    assert "120 labelled items of development" in capsys.readouterr().out


def test_validation_labels_are_told_in_sums_alone(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    freeze_split(desk, role=HOLDER)
    inside = [item for item, split in split_of_items(desk).items() if split == "validation"]
    label(desk, inside)
    assert main(["signals", "--study", str(desk.folder), "--split", "validation", "--json"]) == 0
    printed = capsys.readouterr().out
    assert not [item for item in inside if f'"{item}"' in printed]


def test_a_wave_that_follows_a_signal_without_a_pilot_is_drawn_and_warned_of(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "wave",
        "draw",
        "--design",
        "mixed",
        "--n",
        "20",
        "--judge",
        "robot",
        "--study",
        str(desk.folder),
    ]
    assert main(words) == 0
    assert "followed without a pilot. The first wave should be random" in capsys.readouterr().err


def test_the_page_on_targeting_names_every_signal_and_its_commands_run(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "targeting.md").read_text(encoding="utf-8")
    assert not [name for name in SIGNALS if f"| `{name}` |" not in page]
    monkeypatch.chdir(desk.folder)
    label(desk, [f"i{k}" for k in range(ITEMS)])
    (desk.folder / f"labels-{ITEMS}.jsonl").rename(desk.folder / "labels.jsonl")
    for block in re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL):
        for line in block.splitlines():
            words = line.replace("--study review", "--study .").split()
            assert words[0] == "calibrant"
            assert main(words[1:]) == 0
    assert "grounded: robot is wrong in 0.333" in capsys.readouterr().out


def doubted_of(desk: Desk, signal: str) -> dict[str, float]:
    return doubts_of_items(desk, Design("search", 5, signal=signal, judge="robot"), "development")


def test_waves_follow_every_signal_that_the_split_shows(desk: Desk) -> None:
    # robot errs in every third, other in every seventh: they differ where exactly one does
    found = doubted_of(desk, "judge_disagreement")
    assert {item for item, doubt in found.items() if doubt == 1} == {
        f"i{k}" for k in range(ITEMS) if wrong(k) != (k % 7 == 0)
    }
    label(desk, [f"i{k}" for k in range(20)], ("ada", "bob"))
    # bob slips on even items of which the judge is unsure
    assert doubted_of(desk, "rater_disagreement") == {
        f"i{k}": float(confidence(k) < 0.9 and k % 2 == 0) for k in range(20)
    }
    with pytest.raises(BadDesign, match="no pair was asked in both orders"):
        doubted_of(desk, "order_flip")


def test_nothing_is_followed_on_held_out_items(desk: Desk) -> None:
    with pytest.raises(BadDesign, match="held_out"):
        doubts_of_items(desk, MIXED, "held_out")


@pytest.mark.parametrize("stated", [{"confidence_kind": "order_consistency"}, {"confidences": "order"}])
def test_order_flips_of_imported_verdicts_and_of_our_judges_are_followed(
    desk: Desk, stated: dict[str, object]
) -> None:
    rows: list[dict[str, object]] = []
    for k in range(10):
        shares = {"logprobs": 0.7, "order": 0.5} if k == 3 else {"order": 1.0}
        own = {"confidences": shares} if "confidences" in stated else stated
        rows.append(
            {"item_id": f"i{k}", "judge": "pairs", "criterion": "grounded", "value": "yes",
             "confidence": 0.5 if k == 3 else 1.0} | own
        )  # fmt: skip
    load(desk, rows, "pairs")
    found = doubts_of_items(desk, Design("search", 5, signal="order_flip", judge="pairs"), "development")
    assert found == {f"i{k}": 0.5 if k == 3 else 0.0 for k in range(10)}
