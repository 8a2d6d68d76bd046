"""Answer patterns: SQLite, PostgreSQL and DuckDB over files count the same, for labels of every kind."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from postgres import both_engines

from annotate_app.desk import Desk
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER
from annotate_app.store import patterns, rubrics, studies
from calibration.from_files import Choices
from calibration.large.counting import count_files
from calibration.large.database import Limits
from rubrics.answers import LABEL_STATUSES, VERDICT_STATUSES

VALUES = (1, 2, 3)


def written(folder: Path, seed: int, items: int = 6) -> tuple[Path, Path]:
    """Labels with changes, refusals, skips and withdrawals; verdicts of every status, some judged twice."""
    rng = random.Random(seed)
    labels: list[dict[str, Any]] = []
    verdicts: list[dict[str, Any]] = []
    for number in range(items):
        item = {"item_id": f"i{number}", "criterion": "helpful"}
        for rater in ("ada", "bob", "cyd"):
            for revision in range(rng.choice((0, 1, 1, 2))):
                status = rng.choice(("observed", "observed", *LABEL_STATUSES))
                value = rng.choice(VALUES) if status == "observed" else None
                labels.append(
                    item | {"rater": rater, "value": value, "status": status, "revision": revision + 1}
                )
        for replicate in range(rng.choice((0, 1, 2))):
            status = rng.choice(("observed", "observed", *VERDICT_STATUSES))
            value = rng.choice(VALUES) if status == "observed" else None
            verdicts.append(item | {"judge": "j", "value": value, "status": status, "replicate": replicate})
    labels.append({"item_id": "i0", "criterion": "helpful", "rater": "dan", "value": 1, "status": "observed",
                   "revision": 1})  # fmt: skip
    verdicts.append({"item_id": "i0", "criterion": "helpful", "judge": "j", "value": 2, "status": "observed",
                     "replicate": 0})  # fmt: skip
    paths = folder / f"labels-{seed}.jsonl", folder / f"verdicts-{seed}.jsonl"
    for path, lines in zip(paths, (labels, verdicts), strict=True):
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return paths


Counts = Counter[tuple[tuple[int, ...], int, int | None]]


def of_database(desk: Desk) -> Counts:
    """Items with an answer or a refusal, by pattern."""
    with desk.store.reading() as session:
        criterion = studies.criterion_ids(session, desk.study_id)["helpful"]
        codes = rubrics.answer_codes(session, desk.study_id)["helpful"]
        judge = studies.judges(session, desk.study_id)[0].judge_id
        found = patterns.of_criterion(session, criterion, codes=len(codes), judge_id=judge)
    order = [codes[value] for value in VALUES]
    return Counter(
        {
            (tuple(p.answers[k] for k in order), p.not_applicable, said(p.verdict, order)): p.items
            for p in found
        }
    )


def said(verdict: int | None, order: list[int]) -> int | None:
    return verdict if verdict is None or verdict < 0 else order.index(verdict)


def of_files(human: Path, judge: Path) -> Counts:
    """The same by DuckDB: patterns with the judge's verdict, and the items that have none."""
    chosen = Choices(scales={"helpful": "ordinal:1..3"})
    found = count_files([human], [judge], chosen, Limits()).criteria["helpful"]
    judged = found.judges["j"].patterns
    with_judge: Counts = Counter({(p.answers, p.not_applicable, p.verdict): p.items for p in judged})
    every = Counter({(p.answers, p.not_applicable): p.items for p in found.patterns})
    for (answers, refused, _), items in with_judge.items():
        every[answers, refused] -= items
    found_all = with_judge + Counter({(*key, None): items for key, items in every.items() if items})
    # DuckDB also lists items whose labels are all skipped or withdrawn; they have no answer to count.
    return Counter({key: items for key, items in found_all.items() if any(key[0]) or key[1]})


@both_engines
@pytest.mark.parametrize("seed", range(3))
def test_databases_and_duckdb_count_the_same_patterns(
    seed: int, desk: Desk, database: str | None, tmp_path: Path
) -> None:
    human, judge = written(tmp_path, seed)
    import_files(desk, [human, judge], role=HOLDER)
    assert of_database(desk) == of_files(human, judge)
