"""A study whose judge can change behind its own back, and production outputs to follow."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split

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
# The judge reads a file that is no part of its identity: a provider that changes a model does the same.
JUDGE = """
from pathlib import Path
MOOD = Path(__file__).with_name("mood.txt")


def judge(item):
    strict = MOOD.read_text().strip() == "strict"
    rude = "silly" in item.output or (strict and "short" in item.output)
    return {"polite": "no" if rude else "yes"}
"""
STUDY = """
[study]
name = "watched"
raters_per_item = 1
review_after = "{review_after}"
[split]
shares = {{development = 0.2, validation = 0.6, held_out = 0.2}}
seed = 3
[strata.chat]
share = 0.8
[strata.mail]
share = 0.2
[judges.rules]
code = "rules.py:judge"
[monitor]
judge_share = {{routine = 0.5, sensitive = 1.0}}
review_share = {{routine = 0.2, sensitive = 0.5}}
[monitor.quality.polite]
floor = 0.8
{more}
"""


def make_study(folder: Path, *, review_after: str = "", more: str = "", clock: object = None) -> Desk:
    """A study of 200 labelled items with a frozen split; 10% are rude, and 20% of the others are short."""
    for name, text in (
        ("study.toml", STUDY.format(review_after=review_after, more=more)),
        ("rubric.yaml", RUBRIC),
        ("rules.py", JUDGE),
        ("mood.txt", "mild"),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    desk = open_desk(folder) if clock is None else open_desk(folder, clock=clock)  # type: ignore[arg-type]
    rows = [item(f"t{k}", k % 10 == 0, short=k % 5 == 1) for k in range(200)]
    write(folder / "items.jsonl", rows)
    import_files(desk, [folder / "items.jsonl"], strict=True, role=HOLDER)
    freeze_split(desk, role=HOLDER)
    labels = [
        {"item_id": f"t{k}", "rater": "ann", "criterion": "polite", "value": "no" if k % 10 == 0 else "yes"}
        for k in range(200)
    ]
    write(folder / "labels.jsonl", labels)
    import_files(desk, [folder / "labels.jsonl"], strict=True, role=HOLDER)
    return desk


def item(item_id: str, rude: bool, *, short: bool = False, **more: object) -> dict[str, object]:
    words = "A silly question." if rude else "Glad to help."
    return {"item_id": item_id, "output": f"{words} {'short' if short else 'long'} {item_id}", **more}


def outputs(
    folder: Path, name: str, n: int, *, rude: float = 0.1, first: int = 0, mail: float = 0.2, seed: int = 1
) -> Path:
    """Production outputs of which a share is rude; a fifth of all are short, and some are sensitive."""
    rng = random.Random(f"{seed}:{name}")
    rows = [
        item(
            f"p{k}", rng.random() < rude, short=rng.random() < 0.2,
            stratum="mail" if rng.random() < mail else "chat", sensitive=k % 20 == 0,
        )
        for k in range(first, first + n)
    ]  # fmt: skip
    return write(folder / name, rows)


def write(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def mood(desk: Desk, words: str) -> None:
    """Let the judge change, under the same identity."""
    (desk.folder / "mood.txt").write_text(words, encoding="utf-8")
