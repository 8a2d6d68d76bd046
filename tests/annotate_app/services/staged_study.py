"""A study with half its items held out, a judge that is wrong where it is told to be, and a quick rater."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path

from grounded import RUBRIC

from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.judge_identity import judge_identity
from annotate_app.services.labelling import NextItem, Submission, add_rater, next_item, release, submit
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.store import studies, verdicts
from annotate_app.store.codes import LABEL_STATUS, flags_of
from annotate_app.store.sql import rows, run
from rubrics.answers import Answer, Blind, Verdict

STUDY = """
[study]
name = "staged"
raters_per_item = 1
[split]
shares = {development = 0.2, validation = 0.2, held_out = 0.6}
[judges.rules]
code = "judge.py:judge"
[policy.criteria.grounded]
floor = 0.60
"""
ITEMS = 200


def make_study(folder: Path, *, clock: Callable[[], object] | None = None) -> Desk:
    """200 items, 120 of them held out; every other one is good. Anna rates."""
    (folder / "study.toml").write_text(STUDY)
    (folder / "rubric.yaml").write_text(RUBRIC)
    (folder / "judge.py").write_text("def judge(item):\n    return {}\n")
    rows = (json.dumps({"item_id": f"i{k}", "output": f"answer {k}"}) for k in range(ITEMS))
    (folder / "items.jsonl").write_text("\n".join(rows))
    desk = open_desk(folder) if clock is None else open_desk(folder, clock=clock)  # type: ignore[arg-type]
    import_files(desk, [folder / "items.jsonl"], role=HOLDER)
    freeze_split(desk, role=HOLDER)
    add_rater(desk, "anna")
    return desk


def held_out_items(desk: Desk) -> list[str]:
    return items_of(desk, "held_out")


def items_of(desk: Desk, wanted: str) -> list[str]:
    return sorted(item for item, split in split_of_items(desk).items() if split == wanted)


def truth(item: str) -> str:
    return "yes" if int(item[1:]) % 2 else "no"


def judge_items(
    desk: Desk, *, wrong: Callable[[int], bool] = lambda k: False, split: str = "held_out"
) -> None:
    """Verdicts on every item of the split, wrong on those whose place among them says so."""
    identity = judge_identity(desk.folder, desk.study_file, desk.rubric, "rules")
    other = {"yes": "no", "no": "yes"}
    given = [
        Verdict(item, "rules", "grounded", other[truth(item)] if wrong(k) else truth(item))
        for k, item in enumerate(items_of(desk, split))
    ]
    with desk.store.writing() as session:
        judge = studies.register_judge(session, desk.study_id, "rules", identity.spec_hash, at=desk.now)
        verdicts.add(session, desk.study_id, judge, given)


def answer_one(desk: Desk, *, rater: str = "anna", seconds: float | None = None) -> str | None:
    """The rater answers the next item that a wave asks; the wave's name, None when no wave asks any."""
    upcoming = next_item(desk, rater)
    if not isinstance(upcoming, NextItem) or upcoming.wave is None:
        release(desk, rater)
        return None
    given = (Answer("grounded", truth(upcoming.item.item_id)),)
    item = upcoming.item.item_id
    submit(
        desk,
        Submission(str(uuid.uuid4()), item, rater, given, wave=upcoming.wave, active_seconds=seconds),
    )
    return upcoming.wave


ASKED = """SELECT i.item_id FROM wave_item w JOIN item i ON i.id = w.item_id WHERE w.selected AND NOT EXISTS
  (SELECT 1 FROM rated d WHERE d.item_id = i.id) AND NOT EXISTS
  (SELECT 1 FROM wave_closed x WHERE x.wave_id = w.wave_id) ORDER BY w.wave_id, w.position"""
LABEL = """INSERT INTO label (criterion_id, item_id, rater_id, purpose, revision, status, flags, code, at)
  SELECT c.id, i.id, r.id, 0, 1, :status, :flags, a.code, :at
  FROM criterion c CROSS JOIN item i CROSS JOIN rater r
  LEFT JOIN answer a ON a.criterion_id = c.id AND a.value = :value WHERE i.item_id = :item"""
RATED = """INSERT INTO rated (item_id, rater_id, purpose, study_id)
  SELECT i.id, r.id, 0, i.study_id FROM item i, rater r WHERE i.item_id = :item"""


def pilot(desk: Desk, *, wrong: Callable[[int], bool], split: str = "validation") -> None:
    """Labels and verdicts on every item of an open split."""
    judge_items(desk, wrong=wrong, split=split)
    _answer(desk, items_of(desk, split), lambda k: False)


def rate_waves(
    desk: Desk, *, most: int = 1000, skip: Callable[[int], bool] = lambda k: False, blind: bool = True
) -> int:
    """Anna answers what open waves ask, at most so many items, all at once; how many it was."""
    with desk.store.reading() as session:
        items = [row["item_id"] for row in rows(session, ASKED)][:most]
    _answer(desk, items, skip, blind)
    return len(items)


def _answer(desk: Desk, items: list[str], skip: Callable[[int], bool], blind: bool = True) -> None:
    given = [
        {
            "item": item,
            "value": None if skip(k) else json.dumps(truth(item)),
            "status": LABEL_STATUS["skipped" if skip(k) else "observed"],
            "flags": flags_of(Blind(judge=blind)),
            "at": desk.now,
        }
        for k, item in enumerate(items)
    ]
    with desk.store.writing() as session:
        run(session, LABEL, given)
        run(session, RATED, [{"item": item} for item in items])
