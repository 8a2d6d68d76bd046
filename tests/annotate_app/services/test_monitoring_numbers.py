"""Following answers that are numbers: good from one on; what cannot be followed is refused at once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import monitored_study
from monitored_study import item, mood, outputs, write

from annotate_app.desk import Desk, open_desk
from annotate_app.services.good_answers import GoodAnswers, good_answers
from annotate_app.services.importing import import_files
from annotate_app.services.monitor_values import CannotMonitor
from annotate_app.services.monitoring import monitor
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split
from annotate_app.study_file import BadStudyFile, load_study_file
from calibration.stats.estimate import Estimate

RUBRIC = """
name: small
criteria:
  - name: polite
    question: How polite is the answer, from 0 to 1?
    scale: {kind: interval, low: 0, high: 1}
"""
JUDGE = monitored_study.JUDGE.replace('"no" if rude else "yes"', "0.15 if rude else 0.9")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """200 labelled items, 10% of them rude: people say .2 and .8 where the judge says .15 and .9."""
    study = monitored_study.STUDY.format(review_after="", more="good_from = 0.5")
    for name, text in (
        ("study.toml", study), ("rubric.yaml", RUBRIC), ("rules.py", JUDGE), ("mood.txt", "mild")
    ):  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
    opened = open_desk(tmp_path)
    items = [item(f"t{k}", k % 10 == 0, short=k % 5 == 1) for k in range(200)]
    labels = [
        {"item_id": f"t{k}", "rater": "ann", "criterion": "polite", "value": 0.2 if k % 10 == 0 else 0.8}
        for k in range(200)
    ]
    import_files(opened, [write(tmp_path / "items.jsonl", items)], strict=True, role=HOLDER)
    freeze_split(opened, role=HOLDER)
    import_files(opened, [write(tmp_path / "labels.jsonl", labels)], strict=True, role=HOLDER)
    yield opened
    opened.close()


def test_a_worse_product_is_noticed_by_numbers_and_the_judge_is_not_blamed(desk: Desk) -> None:
    quiet = monitor(desk, [outputs(desk.folder, "a.jsonl", 300)], role=HOLDER)
    assert quiet.new_alarms == ()
    (quality,) = [p for p in quiet.state.processes if p.kind == "quality"]
    assert isinstance(quality.value, Estimate)
    assert quality.value.value == pytest.approx(0.9, abs=0.06)
    (agreement,) = [p for p in quiet.state.processes if p.kind == "agreement"]
    assert agreement.floor == pytest.approx(0.95)  # judge and people are on the same side of .5 everywhere
    fallen = monitor(desk, [outputs(desk.folder, "b.jsonl", 500, rude=0.35, first=1000)], role=HOLDER)
    assert [(a.kind, a.cause) for a in fallen.new_alarms] == [("quality_fell", "product")]


def test_a_judge_that_grew_stricter_is_noticed_by_the_anchors(desk: Desk) -> None:
    monitor(desk, [], role=HOLDER)
    mood(desk, "strict")
    assert [a.kind for a in monitor(desk, [], anchors=120, role=HOLDER).new_alarms] == ["judge_changed"]


def test_numbers_agree_when_both_are_good_or_neither_is() -> None:
    good = GoodAnswers(least=0.5)
    assert (good.same(0.51, 0.99), good.same(0.49, 0.51), good.same(None, 0.2)) == (True, False, False)
    assert good.of_votes(Counter({0.2: 2, 0.8: 1})) == pytest.approx(0.4)
    assert GoodAnswers(frozenset({"yes"})).of_votes(Counter({"yes": 1, "no": 1})) is None


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("", "say from which number on one is good"),
        ("good = [0.9]", "say from which number on one is good"),
        ("good_from = 0", "some and not all"),
        ("good_from = 1.5", "some and not all"),
    ],
)
def test_a_rule_that_says_nothing_is_refused_with_what_to_write(desk: Desk, new: str, said: str) -> None:
    path = desk.folder / "study.toml"
    path.write_text(path.read_text().replace("good_from = 0.5", new))
    again = open_desk(desk.folder)
    with pytest.raises(CannotMonitor, match=said):
        good_answers(again)
    again.close()


def test_an_imported_judge_to_be_followed_is_refused_when_study_toml_is_read(tmp_path: Path) -> None:
    text = '[study]\nname = "s"\n[judges.old]\nimport = "acme 1"\n[monitor]\njudge = "old"\n'
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(BadStudyFile, match="nobody can ask it about new outputs; name one of the kind model"):
        load_study_file(tmp_path)


def test_good_and_good_from_together_are_refused(tmp_path: Path) -> None:
    text = '[study]\nname = "s"\n[monitor.quality.q]\nfloor = 0.8\ngood = [1]\ngood_from = 1\n'
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(BadStudyFile, match="not both"):
        load_study_file(tmp_path)
