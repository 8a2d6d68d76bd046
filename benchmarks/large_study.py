"""A study of a million labels, built through the product's own bulk path, for measuring pages; no statistics.

`python -m benchmarks.large_study FOLDER [labels]` leaves it in FOLDER.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotate_app.services.rights import HOLDER

LABELS = 1_000_000
RATERS = ("Ada", "Grace", "Edith", "Mary", "Rosa")
CRITERIA = ("grounded", "helpful", "tone", "complete")
STRATA = ("typical", "edge", "adversarial", "long")
LEVELS = ("bad", "poor", "fair", "good", "excellent")
SHARES = (0.1, 0.15, 0.2, 0.25, 0.3)
JUDGE = "checker"
SUBMITTED = 400  # items that one rater answers through the same service as the page
PROSE = (
    "the answer says that a return is free within thirty days when the parcel is whole and the receipt is "
    "there while customs and postage are not paid back and a refund takes five working days after arrival"
)

STUDY = """
[study]
name = "A million labels"
key = "large"
raters_per_item = 6

[split]
shares = {development = 0.4, validation = 0.2, held_out = 0.4}
seed = 7
"""


def build(folder: Path, labels: int = LABELS) -> float:
    """Write the study, import it, freeze its split, and let one rater submit; seconds that it took."""
    from annotate_app.desk import open_desk
    from annotate_app.services.importing import import_files
    from annotate_app.services.labelling import add_rater
    from annotate_app.services.splitting import freeze_split

    start = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "rubric.yaml").write_text(rubric(), encoding="utf-8")
    rows = folder / "rows.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        file.writelines(records(labels // (len(RATERS) * len(CRITERIA))))
    desk = open_desk(folder)
    import_files(desk, [rows], strict=True, role=HOLDER)
    rows.unlink()
    freeze_split(desk, role=HOLDER)
    add_rater(desk, "Ines")
    submit(desk)
    desk.close()
    return time.perf_counter() - start


def rubric() -> str:
    """Four criteria on one five-level scale."""
    levels = "".join(
        f"        - {{name: {name}, value: {k}, description: Is {name}., example: So {name}.}}\n"
        for k, name in enumerate(LEVELS, start=1)
    )
    scale = f"    scale:\n      kind: ordinal\n      levels:\n{levels}"
    criteria = "".join(f"  - name: {name}\n    question: How {name} is it?\n{scale}" for name in CRITERIA)
    return f"name: large\npurpose: Measures how soon pages are there.\ncriteria:\n{criteria}"


def records(items: int) -> Iterator[str]:
    """Items with texts of some hundred characters, then all labels, then one judge's verdicts."""
    rng = np.random.default_rng(7)
    words = PROSE.split()
    for item in range(items):
        text = " ".join(words[k] for k in rng.integers(0, len(words), size=90))
        stratum = STRATA[item % len(STRATA)]
        yield f'{{"item_id": "i{item}", "input": "Question {item}: {text[:80]}?", "output": "{text}.", '
        yield f'"stratum": "{stratum}"}}\n'
    for criterion in CRITERIA:
        truth = rng.choice(len(LEVELS), size=items, p=SHARES)
        for place, rater in enumerate(RATERS):
            yield from _said(f'"rater": "{rater}"', criterion, truth, 0.75 + 0.03 * place, rng)
        yield from _said(f'"judge": "{JUDGE}", "confidence": 0.8', criterion, truth, 0.7, rng)


def _said(
    who: str, criterion: str, truth: NDArray[np.int64], skill: float, rng: np.random.Generator
) -> Iterator[str]:
    blind = rng.choice(len(LEVELS), size=len(truth), p=SHARES)
    codes = np.where(rng.random(len(truth)) < skill, truth, blind)
    for item, code in enumerate(codes.tolist()):
        yield f'{{"item_id": "i{item}", {who}, "criterion": "{criterion}", "value": "{LEVELS[code]}"}}\n'


def submit(desk: object) -> None:
    """One rater answers some items of the queue, as the desk's route stores them."""
    from annotate_app.desk import Desk
    from annotate_app.services.labelling import NextItem, Submission, next_item, release
    from annotate_app.services.labelling import submit as save
    from rubrics.answers import Answer

    assert isinstance(desk, Desk)
    for k in range(SUBMITTED):
        upcoming = next_item(desk, "Ines")
        assert isinstance(upcoming, NextItem)
        given = tuple(Answer(name, 1 + (k + place) % 5) for place, name in enumerate(CRITERIA))
        item_id = upcoming.item.item_id
        save(desk, Submission(f"bench-{k:06}", item_id, "Ines", given, active_seconds=20.0 + k % 30))
    release(desk, "Ines")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    taken = build(target, int(sys.argv[2]) if len(sys.argv) > 2 else LABELS)
    size = sum(path.stat().st_size for path in target.glob("calibrant.db*")) / 1e6
    print(f"{target}: {size:,.0f} MB in {taken:.0f} s")
