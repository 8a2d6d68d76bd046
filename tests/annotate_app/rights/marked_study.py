"""A study in which every label, verdict, gold and planted answer carries a mark that says whose it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling, questions
from annotate_app.services.deciding import decide
from annotate_app.services.gold import add_gold
from annotate_app.services.importing import import_files
from annotate_app.services.judge_identity import judge_identity
from annotate_app.services.labelling import Submission
from annotate_app.services.planting import add_planted
from annotate_app.services.rights import HOLDER, Role
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import draw_wave
from annotate_app.store import studies, verdicts
from calibration.splits import DEVELOPMENT, HELD_OUT, SPLITS, VALIDATION
from calibration.triage.design import Design
from rubrics.answers import Answer, Verdict

RUBRIC = """
name: support
criteria:
  - name: grounded
    question: Is every claim backed by a source?
    scale:
      kind: binary
      levels:
        - {name: "yes", description: every claim has a source}
        - {name: "no", description: some claim has none}
failure_modes:
  - {name: invented_source, description: Cites what does not exist., severity: critical, visibility: silent}
"""
STUDY = """
[study]
name = "marked"
owner = "olga"
raters_per_item = 2
[split]
shares = {development = 0.4, validation = 0.2, held_out = 0.4}
[judges.rules]
code = "judge.py:judge"
[judges.other]
code = "judge.py:judge"
parameters = {strict = 1}
[policy.criteria.grounded]
floor = 0.60
"""
ITEMS, RATERS = 60, ("ada", "bob")
MARK = re.compile(r"mark-[a-z_]+-[a-z_]+-[a-z]+-itm\d+")


@dataclass(frozen=True)
class Marked:
    """The study, and which items are in which split."""

    desk: Desk
    items: dict[str, list[str]]

    def hidden_from(self, role: Role, rater: str = "ada", *, names: bool = True) -> list[re.Pattern[str]]:
        """What must not be in anything that the role is given (CONTRACTS.md, section 3)."""
        sealed = [*self.items[VALIDATION], *self.items[HELD_OUT]]
        verdict = re.compile(r"mark-\w+-verdict-")
        if role == "lead":
            return [verdict]
        if role == "rater":
            others = [name for name in RATERS if name != rater]
            return [
                verdict,
                re.compile(rf"mark-\w+-label-({'|'.join(others)})"),
                re.compile(r"mark-\w+-(gold|plant)"),
            ]
        sealed_names = [re.compile(rf"\b({'|'.join(sealed)})\b")] if names else []
        return [*sealed_names, re.compile(r"mark-(validation|held_out)-"), re.compile(r"mark-\w+-plant")]

    def leaks(self, role: Role, said: object, rater: str = "ada", *, names: bool = True) -> list[str]:
        text = said if isinstance(said, str) else repr(said)
        hidden = self.hidden_from(role, rater, names=names)
        return [found[0] for pattern in hidden if (found := pattern.search(text))]


def mark(split: str, kind: str, who: str, item: str) -> str:
    return f"mark-{split}-{kind}-{who}-{item}"


def make_marked(folder: Path) -> Marked:
    """60 items in all splits: two raters who differ on every third, a judge who differs on every fifth."""
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    (folder / "judge.py").write_text("def judge(item):\n    return {}\n", encoding="utf-8")
    desk = open_desk(folder)
    write(folder / "items.jsonl", [{"item_id": f"itm{k:03}", "output": text(k)} for k in range(ITEMS)])
    import_files(desk, [folder / "items.jsonl"], role=HOLDER)
    freeze_split(desk, role=HOLDER)
    where = split_of_items(desk)
    _label(desk, where)
    _judge(desk, where)
    items = {split: sorted(i for i, s in where.items() if s == split) for split in SPLITS}
    study = Marked(desk, items)
    _lead(study, folder)
    return study


def text(k: int) -> str:
    words = ("alpha", "beta", "gamma", "delta", "kappa", "sigma", "omega")
    return f"{words[k % 7]} {k * 7919} {words[k % 5]} {k * k * 31} says {words[k % 3]}"


def write(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def _label(desk: Desk, where: dict[str, str]) -> None:
    for rater in RATERS:
        labelling.add_rater(desk, rater)
        for k in range(ITEMS):
            item = f"itm{k:03}"
            value = "no" if k % 2 or (rater == "bob" and k % 3 == 0) else "yes"
            why = mark(where[item], "label", rater, item)
            answers = (Answer("grounded", value, rationale=why),)
            labelling.submit(desk, Submission(f"{rater}-{item}", item, rater, answers, note=f"note {why}"))
    # Gold answers of a lead and a question of a rater; cyd has rated nothing yet.
    labelling.add_rater(desk, "cyd")
    item = next(i for i, split in where.items() if split == DEVELOPMENT)
    questions.ask(desk, "bob", item, mark(where[item], "label", "bob", item), entry_id="bob:1")


def _judge(desk: Desk, where: dict[str, str]) -> None:
    with desk.store.writing() as session:
        for name in ("rules", "other"):
            identity = judge_identity(desk.folder, desk.study_file, desk.rubric, name)
            judge = studies.register_judge(session, desk.study_id, name, identity.spec_hash, at=desk.now)
            given = [
                Verdict(
                    item, name, "grounded", "no" if k % 2 or k % 5 == 0 else "yes",
                    confidence=0.9 if k % 5 else 0.6,
                    raw_value=mark(where[item], "verdict", name, item),
                    rationale=mark(where[item], "verdict", name, item), at=desk.now,
                )
                for k, item in enumerate(f"itm{k:03}" for k in range(ITEMS))
            ]  # fmt: skip
            verdicts.add(session, desk.study_id, judge, given)


def _lead(study: Marked, folder: Path) -> None:
    desk, free = study.desk, study.items[DEVELOPMENT]
    disputed = [i for i in study.items[HELD_OUT] if int(i[3:]) % 6 == 0]
    decide(
        desk,
        disputed[0],
        "grounded",
        "yes",
        reason=mark(HELD_OUT, "label", "lea", disputed[0]),
        lead="lea",
        role=HOLDER,
    )
    gold = {
        "item_id": free[0], "rater": "lea", "criterion": "grounded", "value": "yes",
        "rationale": mark(DEVELOPMENT, "gold", "lea", free[0]),
    }  # fmt: skip
    add_gold(desk, [write(folder / "gold.jsonl", [gold])], role=HOLDER)
    planted = {
        "item_id": free[1], "output": text(int(free[1][3:])) + ", says the mayor", "span": "says the mayor",
        "failure_mode": "invented_source", "expected": {"grounded": "no"},
        "note": mark(DEVELOPMENT, "plant", "lea", free[1]), "author": "lea",
    }  # fmt: skip
    add_planted(desk, [write(folder / "planted.jsonl", [planted])], role=HOLDER)
    draw_wave(desk, Design("random", 5), split=HELD_OUT, by="lea", role=HOLDER)
    draw_wave(desk, Design("random", 5), split=VALIDATION, by="lea", role=HOLDER)
