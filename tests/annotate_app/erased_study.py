"""A study in which a person stands in every place: rater, lead, in a question, in a report, in a look."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from annotate_app.desk import Desk, open_desk
from annotate_app.services import adjudicating, audit, deciding, periodic, questions
from annotate_app.services.certifying import LookResult, certify
from annotate_app.services.importing import import_files
from annotate_app.services.judging import run_judge
from annotate_app.services.labelling import Submission, submit
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from rubrics.answers import Answer

PERSON = "Élodie Quince"
RATERS = ("Aaron Birch", "Mika Sorrel", PERSON, "Zoe Tansy")
NOTE = "I was tired when I answered this one."
NOW = datetime.now(UTC) - timedelta(days=120)  # certificates of then have expired
ITEMS = 180
ANSWERS = (Answer("grounded", "yes", rationale=NOTE), Answer("helpful", 2))

STUDY = """
[study]
name = "support"
raters_per_item = 9
[split]
shares = {development = 0.5, validation = 0.1, held_out = 0.4}
[judges.rules]
code = "judge.py:judge"
[policy.criteria.grounded]
floor = 0.10
"""
RUBRIC = """
name: answers
criteria:
  - name: grounded
    question: Is every claim supported?
    scale:
      kind: binary
      levels:
        - {name: "yes", description: Every claim is.}
        - {name: "no", description: At least one is not.}
  - name: helpful
    question: How much of the task is done?
    required: false
    scale:
      kind: ordinal
      levels:
        - {name: nothing, value: 1, description: Nothing of it.}
        - {name: some, value: 2, description: Some of it.}
        - {name: all, value: 3, description: All of it.}
"""


JUDGE = """
def judge(item):
    return {"grounded": item.output.split()[-1]}
"""


def write_lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def records() -> list[dict[str, object]]:
    """Labels, of which some differ from the truth, and items that tell the judge what to say."""
    rng = random.Random(11)
    made: list[dict[str, object]] = []
    for k in range(ITEMS):
        truth = "yes" if rng.random() < 0.6 else "no"
        for rater in RATERS:
            wrong = rng.random() < 0.12 + 0.03 * RATERS.index(rater)
            value = truth if not wrong else ("no" if truth == "yes" else "yes")
            about = {"item_id": f"i{k}", "rater": rater}
            made.append({**about, "criterion": "grounded", "value": value, "remark": f"by {rater.lower()}"})
            if rng.random() < 0.8:
                made.append({**about, "criterion": "helpful", "value": rng.choice((1, 2, 2, 3))})
        given = truth if rng.random() < 0.85 else "no"
        made.append({"item_id": f"i{k}", "output": f"answer {k} {given}"})
    return made


def make(folder: Path, *, database: str | None = None) -> Desk:
    """The study with its split frozen, every item labelled by four raters."""
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "judge.py").write_text(JUDGE, encoding="utf-8")
    (folder / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    desk = open_desk(folder, database=database, clock=lambda: NOW)
    path = write_lines(folder / "records.jsonl", records())
    assert import_files(desk, [path], role=HOLDER).rejects == ()
    path.unlink()
    freeze_split(desk, role=HOLDER)
    run_judge(desk, "rules", role=HOLDER)
    return desk


def fill(desk: Desk) -> LookResult:
    """The person asks, decides, looks, is reported; the study takes a look at held-out labels."""
    item = next(name for name, split in split_of_items(desk).items() if split == "development")
    disputes = adjudicating.disputed(desk, role="lead")
    some = [one for name in ("grounded", "helpful") for one in disputes if one.criterion == name][:300]
    for place, dispute in enumerate(some[:4] + some[-4:]):
        lead, value = PERSON if place % 2 else "Lea Rowan", "no" if dispute.criterion == "grounded" else 2
        deciding.decide(desk, dispute.item_id, dispute.criterion, value, reason=NOTE, lead=lead, role=HOLDER)
    submit(desk, Submission("s-1", item, PERSON, ANSWERS, note=NOTE, reason=NOTE))
    questions.ask(desk, PERSON, item, NOTE, entry_id="e-1")
    with desk.store.writing() as session:
        detail = {"item": item}
        audit.record(session, desk, actor=PERSON, kind="saw answers", detail=detail)
        audit.record(session, desk, actor="Lea Rowan", kind="account.added", detail={"rater": PERSON})
    periodic.make_report(desk, role="owner")
    return certify(desk, "rules", by=PERSON, role=HOLDER)
