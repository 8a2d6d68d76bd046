"""Every judge is told whether it beats a trivial baseline, in the report and on the page; never held-out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services.agreeing import agreement_page
from annotate_app.services.calibrating import build_report, open_split
from annotate_app.services.importing import import_files
from annotate_app.services.judging import run_judge
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split
from calibration.render import html, markdown

STUDY = """
[study]
name = "small"
[judges.good]
code = "check:regex"
parameters = {must_match = "please"}
[judges.blind]
code = "check:regex"
parameters = {must_match = "zzz", fail = "yes"}
[judges.learned]
baseline = "tfidf-logistic"
"""
RUBRIC = """
name: small
criteria:
  - name: polite
    question: Is the answer polite?
    scale:
      kind: binary
      levels:
        - {name: "yes", description: friendly}
        - {name: "no", description: rude}
"""
ITEMS = 240
WORDS = ["one", "two", "three", "four", "five", "six"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    opened = open_desk(tmp_path)
    rng = random.Random(3)
    rows = []
    for k in range(ITEMS):
        words = ["please"] * (rng.random() < 0.6) + rng.sample(WORDS, 3)
        rows.append({"item_id": f"i{k}", "output": " ".join(words)})
        rows.append({"item_id": f"i{k}", "rater": "ann", "criterion": "polite",
                     "value": "yes" if "please" in words else "no"})  # fmt: skip
    path = tmp_path / "all.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_files(opened, [path], strict=True, role=HOLDER)
    freeze_split(opened, role=HOLDER)
    for name in ("good", "blind"):
        run_judge(opened, name, role=HOLDER)
    yield opened
    opened.close()


def test_a_judge_that_says_one_answer_is_told_that_it_beats_nothing(desk: Desk) -> None:
    evidence = {part.split: part for part in build_report(desk, role=HOLDER).evidence}
    assert set(evidence) == {"development", "validation"}
    for part in evidence.values():
        assert part.bars["polite"]["good"].outcome == "clears the bar"
        assert part.bars["polite"]["blind"].outcome == "does not"


def test_the_missing_learned_baseline_is_named_until_it_has_verdicts(desk: Desk) -> None:
    assert "calibrant judge run baseline" in markdown.render(build_report(desk, role=HOLDER))
    run_judge(desk, "learned", role=HOLDER)
    report = build_report(desk, role=HOLDER)
    assert "calibrant judge run baseline" not in html.render(report)
    hurdles = report.evidence[0].bars["polite"]["good"].hurdles
    assert [hurdle.baseline for hurdle in hurdles] == ["the commonest answer", "learned"]


def test_the_report_as_json_holds_every_hurdle(desk: Desk) -> None:
    made = json.loads(json.dumps(build_report(desk, role=HOLDER).as_json(), allow_nan=False))
    bar = made["evidence"][0]["bars"]["polite"]["blind"]
    assert (bar["outcome"], bar["learned"]) == ("does not", False)
    assert bar["hurdles"][0]["reason"] == "it is right and wrong on the same items as the baseline"


def test_the_agreement_page_says_it_of_open_splits_alone(desk: Desk) -> None:
    shown = agreement_page(desk, role="engineer", split="validation").measured
    assert shown is not None
    assert shown.bars["polite"]["blind"][0].startswith("Does not clear the bar against the commonest answer")
    assert agreement_page(desk, role="engineer", split="held_out").measured is None
    with pytest.raises(ValueError, match="held_out: only the outcomes of looks"):
        open_split(desk, "held_out")
