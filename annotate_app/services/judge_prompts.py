"""What a judge is told: the exact requests about an item, and worked examples taken from development."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from annotate_app.desk import Desk
from annotate_app.services.judging import judge_section, judge_spec, training_examples
from annotate_app.services.labelling_values import UnknownItem
from annotate_app.services.model_runs import ASKED, asked_judge
from annotate_app.services.rights import Holder, Role, require
from annotate_app.services.splitting import split_of_items
from annotate_app.store import calls
from annotate_app.store import items as item_store
from annotate_app.store import labels as label_store
from calibration.judges.baseline import Example
from calibration.judges.briefing import Request
from calibration.judges.command_judge import CommandJudge
from calibration.judges.examples import TEXTS
from calibration.judges.faults import BadJudge, JudgeNotAvailable
from calibration.splits import DEVELOPMENT
from rubrics.items import Item
from rubrics.rubric import Criterion, Value

NO_REASON = "An expert answered so."


def requests_about(desk: Desk, name: str, item_id: str, *, role: Role | Holder) -> tuple[Request, ...]:
    """Every request that the judge would make about an item of development, first samples alone.

    Who writes prompts reads no item of another split. Raises `UnknownItem`, JudgeNotAvailable for a judge
    that asks nobody, or BadJudge.
    """
    require(role, "judges.see")
    spec = judge_spec(desk, name)
    if spec.kind not in ASKED:
        raise JudgeNotAvailable(f"judge {name!r} is of the kind {spec.kind!r}: it has no prompt")
    with desk.store.reading() as session:
        found = item_store.get(session, desk.study_id, item_id)
    if found is None:
        raise UnknownItem(f"the study has no item {item_id!r}")
    if (split := split_of_items(desk)[item_id]) != DEVELOPMENT:
        raise BadJudge(f"item {item_id!r} is in {split!r}: prompts are shown with items of development")
    judge = asked_judge(desk, name, spec, judge_section(desk, name))
    if isinstance(judge, CommandJudge):
        return (judge.request(found.item),)
    units = judge.briefings
    return tuple(one for unit in units for one in judge.requests(found.item, unit) if one.replicate == 0)


def stored_answers(desk: Desk, requests: Sequence[Request], *, role: Role | Holder) -> dict[str, str]:
    """What came back of these requests, as JSON text by key; those that were never answered are absent."""
    require(role, "judges.see")
    with desk.store.reading() as session:
        found = calls.find(session, desk.study_id, [one.key for one in requests])
    return {key: record.response for key, record in found.items()}


def write_examples(desk: Desk, name: str, path: Path, *, count: int, seed: int, role: Role | Holder) -> int:
    """Write worked examples for a judge: development items with a reference for every criterion it answers.

    Answers are spread as evenly as the items allow; the rationale is a rater's own where one gave it, else
    what the rubric says of the answer. How many were written. Raises BadJudge where there is none, or the
    file is there already.
    """
    require(role, "judges.run")
    if path.exists():
        raise BadJudge(f"{path} is there already: name another file; examples are part of who a judge is")
    spec = judge_spec(desk, name)
    criteria = [c for c in desk.rubric.criteria if spec.answers(c.name)]
    known = _by_item(training_examples(desk, split_of_items(desk)))
    unconditional = [c for c in criteria if c.applies_when is None]
    complete = {i: e for i, e in known.items() if all(c.name in e for c in unconditional)}
    chosen = _spread(complete, criteria, count, random.Random(seed))
    if not chosen:
        raise BadJudge(f"judge {name!r}: no development item has a reference for all that it answers yet")
    lines = [_line(desk, complete[item_id], criteria) for item_id in chosen]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return len(lines)


def _by_item(examples: Sequence[Example]) -> dict[str, dict[str, Example]]:
    found: dict[str, dict[str, Example]] = {}
    for example in examples:
        found.setdefault(example.item.item_id, {})[example.criterion] = example
    return found


def _spread(
    items: Mapping[str, Mapping[str, Example]], criteria: Sequence[Criterion], count: int, rng: random.Random
) -> list[str]:
    """Items in random order, each time one whose answers have been shown least."""
    left = sorted(items)
    rng.shuffle(left)
    shown: dict[tuple[str, Value], int] = {}
    chosen: list[str] = []
    while left and len(chosen) < count:
        best = min(left, key=lambda i: sum(shown.get((c, e.value), 0) for c, e in items[i].items()))
        left.remove(best)
        chosen.append(best)
        for criterion, example in items[best].items():
            shown[criterion, example.value] = shown.get((criterion, example.value), 0) + 1
    return chosen


def _line(desk: Desk, examples: Mapping[str, Example], criteria: Sequence[Criterion]) -> dict[str, object]:
    item: Item = next(iter(examples.values())).item
    texts = {name: getattr(item, name) for name in TEXTS if getattr(item, name) is not None}
    given = {c: examples[c.name].value for c in criteria if c.name in examples}
    answers = {
        c.name: {"answer": value, "rationale": _rationale(desk, item, c, value)} for c, value in given.items()
    }
    sources = {"sources": list(item.sources)} if item.sources else {}
    return {"item_id": item.item_id, **texts, **sources, "answers": answers}


def _rationale(desk: Desk, item: Item, criterion: Criterion, value: Value) -> str:
    """Why: in a rater's words, else in the rubric's."""
    with desk.store.reading() as session:
        stored = item_store.get(session, desk.study_id, item.item_id)
        given = label_store.of_item(session, desk.study_id, stored.number) if stored else []
    own = [label.rationale for label in given if label.criterion == criterion.name and label.value == value]
    level = criterion.scale.level_of(value)
    return next(filter(None, reversed(own)), None) or (level.description if level else "") or NO_REASON
