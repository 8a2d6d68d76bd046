"""A study whose every text and name is hostile: items, rubric, raters, judges, rationales, notes, threads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import hostile
import small_study

from annotate_app.desk import Desk, open_desk
from annotate_app.services import failures, questions, triaging
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import add_rater
from annotate_app.services.periodic import make_report
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split

ITEMS = 14
YES, NO = "<b>yes</b> :red[x]", "no $x$ [l](javascript:alert(1))"
MODE = "wrong_price"

STUDY = """
[study]
name = {name}
note = {text}
rubric = "rubric.yaml"
raters_per_item = 3
show_why = true

[split]
shares = {{development = 1.0}}

[strata.{stratum}]
share = 0.5

[judges.{judge}]
import = {text}

[judges.{other}]
model = {other}
prompt = "prompt.md"
"""


def write(folder: Path) -> Path:
    """study.toml and rubric.yaml with hostile words wherever words may stand; returns the items file."""
    folder.mkdir(parents=True, exist_ok=True)
    names = hostile.named()
    quoted = {key: json.dumps(text) for key, text in (
        ("name", names[0]), ("text", words()), ("stratum", names[1]), ("judge", judge()), ("other", names[5]),
    )}  # fmt: skip
    (folder / "study.toml").write_text(STUDY.format(**quoted), encoding="utf-8")
    (folder / "prompt.md").write_text("\n\n".join(hostile.TEXTS), encoding="utf-8")
    (folder / "rubric.yaml").write_text(json.dumps(rubric()), encoding="utf-8")  # JSON is YAML
    return small_study.write_lines(folder / "items.jsonl", items())


def words() -> str:
    """All one-line payloads in one text."""
    return " ~ ".join(text for text in hostile.TEXTS if text.isprintable() and len(text) < 1000)


def rubric() -> dict[str, object]:
    text = words()
    binary = [
        {"name": YES, "description": text, "example": text},
        {"name": NO, "description": text, "rationale_required": True},
    ]
    levels = [{"name": name, "value": k + 1, "description": text} for k, name in enumerate(short_names())]
    asked = {"question": text, "description": text}
    mode = {
        "name": MODE,
        "description": text,
        "severity": "major",
        "visibility": "silent",
        "detected_by": text,
    }
    return {
        "name": "hostile",
        "purpose": text,
        "instructions": "\n\n".join(t for t in hostile.TEXTS if "\x00" not in t and len(t) < 1000),
        "criteria": [
            {**asked, "name": "grounded", "scale": {"kind": "binary", "levels": binary}},
            {**asked, "name": "tone", "not_applicable": True, "scale": {"kind": "ordinal", "levels": levels}},
        ],
        "failure_modes": [mode],
    }


def short_names() -> list[str]:
    return [text for text in hostile.named(60) if not text.startswith("{")]


def items() -> Iterator[dict[str, object]]:
    """Ordinary items whose ids, strata and systems are hostile, then those with hostile texts."""
    names = hostile.named(120)
    for k in range(ITEMS):
        yield {
            "item_id": f"{k:02} {names[k % len(names)]}",
            "input": hostile.TEXTS[k],
            "output": words() if k == 0 else hostile.TEXTS[-k],
            "stratum": names[1] if k % 2 else names[2],
            "cluster": names[k],
            "system": names[-k],
            "correlation_id": names[k],
            "meta": {names[k]: words(), "__proto__": {"polluted": names[k]}},
        }
    yield from hostile.items()


def raters() -> list[str]:
    return ["Ada", *(text for text in hostile.named(80) if " ".join(text.split()) == text)]


def judge() -> str:
    return hostile.named(120)[3]


def answers() -> Iterator[dict[str, object]]:
    """Three raters with hostile names answer every ordinary item, differently, with reasons and modes."""
    for place, rater in enumerate(raters()[:4]):
        for k, item in zip(range(ITEMS), items(), strict=False):
            said = NO if (k + place) % 3 == 0 else YES
            common = {"item_id": item["item_id"], "rater": rater, "rationale": hostile.TEXTS[k + place]}
            yield {**common, "criterion": "grounded", "value": said}
            yield {**common, "criterion": "tone", "value": 1 + (k + place) % 3, "rationale": words()}


def verdicts() -> Iterator[dict[str, object]]:
    for k, item in zip(range(ITEMS), items(), strict=False):
        yield {
            "item_id": item["item_id"], "judge": judge(), "criterion": "grounded", "confidence": 0.9,
            "value": YES if k % 3 == 0 else NO, "raw_value": words(), "reported_model": words(),
        }  # fmt: skip


def fill(folder: Path) -> list[str]:
    """Everything into the study by the ways people use; returns the ids of its items."""
    files = [write(folder)]
    files.append(small_study.write_lines(folder / "labels.jsonl", answers()))
    files.append(small_study.write_lines(folder / "verdicts.jsonl", verdicts()))
    desk = open_desk(folder)
    import_files(desk, files, role=HOLDER)
    for name in raters():
        add_rater(desk, name)
    freeze_split(desk, role=HOLDER)
    ids = [str(item["item_id"]) for item in items()]
    _talk(desk, ids)
    desk.close()
    return ids


def _talk(desk: Desk, ids: list[str]) -> None:
    """Questions, answers and a ruling; a mode with a hostile description; a cause; a report."""
    for k, item_id in enumerate(ids[:6]):
        asked = questions.ask(desk, raters()[1], item_id, words()[:4_000], entry_id=f"entry-{k}")
        questions.answer(desk, asked.thread_id, hostile.TEXTS[k], lead=hostile.named()[k], role=HOLDER)
        questions.ask(desk, "Ada", item_id, hostile.TEXTS[-k], entry_id=f"other-{k}")
    questions.publish(desk, asked.thread_id, words()[:4_000], lead=hostile.named()[0], role=HOLDER)
    failures.tag_items(desk, ids[:2], MODE, by=hostile.named()[0], note=words()[:2_000], role=HOLDER)
    one = triaging.disagreements(desk, role="owner")[0]
    about = (one.item_id, one.criterion, one.judge, "judge error")
    triaging.tag(desk, *about, note=words()[:2_000], by=hostile.named()[1], role="owner")
    make_report(desk, role="owner")
