"""Running judges over a study: once per exact judge, on development labels alone where one learns."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from postgres import both_engines

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.judge_identity import NoSuchJudge
from annotate_app.services.judge_values import RunSummary
from annotate_app.services.judging import list_judges, run_judge, training_examples
from annotate_app.services.ratings import ratings
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.store import studies, verdicts
from annotate_app.store.sql import number
from calibration.judges.faults import BadJudge, JudgeNotAvailable
from rubrics.answers import Verdict

STUDY = """
[study]
name = "small"
[split]
seed = 3
[judges.rules]
code = "rules.py:judge"
[judges.learned]
baseline = "tfidf-logistic"
[judges.elsewhere]
import = "model x, prompt 3, May"
[judges.later]
model = "some/model"
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
RULES = "def judge(item):\n    return {'polite': 'no' if 'silly' in item.output else 'yes'}\n"
ITEMS = 60
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]


# Answers when two runs have begun, so that none of them finds the other's verdicts when it looks for work.
WAITING = """
import pathlib, time, uuid
HERE = pathlib.Path(__file__).parent
(HERE / f"{uuid.uuid4()}.run").touch()
def judge(item):
    until = time.monotonic() + 20
    while len(list(HERE.glob("*.run"))) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    return {'polite': 'no' if 'silly' in item.output else 'yes'}
"""


@pytest.fixture
def desk(tmp_path: Path, database: str | None) -> Iterator[Desk]:
    for name, text in (("study.toml", STUDY), ("rubric.yaml", RUBRIC), ("rules.py", RULES)):
        (tmp_path / name).write_text(text)
    opened = open_desk(tmp_path)
    import_rows(opened, "items", [item(k) for k in range(ITEMS)])
    freeze_split(opened, role=HOLDER)
    import_rows(opened, "labels", [label(k) for k in range(ITEMS)])
    yield opened
    opened.close()


def item(k: int) -> dict[str, object]:
    words = random.Random(k).sample(
        ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"], 6
    )
    return {
        "item_id": f"i{k}",
        "output": f"{'A silly question.' if k % 2 else 'Glad to help.'} {' '.join(words)}",
    }


def label(k: int) -> dict[str, object]:
    return {"item_id": f"i{k}", "rater": "ann", "criterion": "polite", "value": "no" if k % 2 else "yes"}


def import_rows(desk: Desk, name: str, rows: list[dict[str, object]]) -> None:
    path = desk.folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_files(desk, [path], strict=True, role=HOLDER)


def stored(desk: Desk, name: str) -> list[Verdict]:
    with desk.store.reading() as session:
        judge = studies.present_judges(session, desk.study_id, {})[name]
        return list(verdicts.latest(session, desk.study_id, judge.judge_id))


def reopened(desk: Desk, old: str, new: str) -> Desk:
    path = desk.folder / "study.toml"
    path.write_text(path.read_text().replace(old, new))
    return open_desk(desk.folder)


def test_a_run_stores_a_verdict_for_every_item_with_its_identity_and_cost(desk: Desk) -> None:
    summary = run_judge(desk, "rules", role=HOLDER)
    found = stored(desk, "rules")
    assert (summary.items, summary.verdicts, summary.statuses) == (ITEMS, ITEMS, {"observed": ITEMS})
    assert {v.spec_hash for v in found} == {summary.spec_hash}
    assert {(v.cost_usd, v.replicate) for v in found} == {(0.0, 0)}
    assert {v.item_id: v.value for v in found}["i1"] == "no"


def test_the_same_judge_is_not_asked_twice(desk: Desk) -> None:
    run_judge(desk, "rules", role=HOLDER)
    again = run_judge(desk, "rules", role=HOLDER)
    assert again.did_nothing
    assert again.already == ITEMS
    assert len(stored(desk, "rules")) == ITEMS


@both_engines
def test_runs_side_by_side_store_each_item_once_and_their_counts_add_up(
    desk: Desk, database: str | None
) -> None:
    (desk.folder / "rules.py").write_text(WAITING)
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda _: run_beside(desk.folder), range(2)))
    assert takes(desk, "rules") == ITEMS
    assert sorted(run.items for run in runs) == [0, ITEMS]
    assert sorted(run.verdicts for run in runs) == [0, ITEMS]
    assert [run.items + run.elsewhere + run.already for run in runs] == [ITEMS, ITEMS]


def takes(desk: Desk, name: str) -> int:
    """Verdicts of the present judge, those judged again included."""
    with desk.store.reading() as session:
        judge = studies.present_judges(session, desk.study_id, {})[name]
        return number(
            session, "SELECT count(*) FROM verdict WHERE judge_id = :judge", {"judge": judge.judge_id}
        )


def run_beside(folder: Path) -> RunSummary:
    beside = open_desk(folder)
    try:
        return run_judge(beside, "rules", role=HOLDER)
    finally:
        beside.close()


def test_a_run_on_one_split_leaves_the_rest_for_later(desk: Desk) -> None:
    inside = {i for i, split in split_of_items(desk).items() if split == "validation"}
    assert run_judge(desk, "rules", split="validation", role=HOLDER).items == len(inside) > 0
    assert {v.item_id for v in stored(desk, "rules")} == inside
    assert run_judge(desk, "rules", role=HOLDER).items == ITEMS - len(inside)


def test_a_changed_function_is_another_judge_and_answers_everything_anew(desk: Desk) -> None:
    first = run_judge(desk, "rules", role=HOLDER)
    (desk.folder / "rules.py").write_text(RULES.replace("silly", "help"))
    second = run_judge(desk, "rules", role=HOLDER)
    assert second.spec_hash != first.spec_hash
    assert second.items == ITEMS
    assert {v.item_id: v.value for v in stored(desk, "rules")}["i0"] == "no"


def test_a_function_that_breaks_stores_nothing(desk: Desk) -> None:
    (desk.folder / "rules.py").write_text("def judge(item):\n    return {'polite': {}[item.item_id]}\n")
    with pytest.raises(RuntimeError, match="'rules' broke on item 'i0'"):
        run_judge(desk, "rules", role=HOLDER)
    assert list_judges(desk, role=HOLDER)[0].items_judged == 0


def test_the_learned_judge_is_trained_on_development_items_alone(desk: Desk) -> None:
    splits = split_of_items(desk)
    seen = {example.item.item_id for example in training_examples(desk, splits)}
    assert seen == {i for i, split in splits.items() if split == "development"}


def test_labels_of_other_splits_cannot_move_the_learned_judge(desk: Desk) -> None:
    run_judge(desk, "learned", role=HOLDER)
    before = {v.item_id: v.probs for v in stored(desk, "learned")}
    splits = split_of_items(desk)
    others = [k for k in range(ITEMS) if splits[f"i{k}"] != "development"]
    lies = [label(k) | {"rater": who, "value": "yes"} for k in others for who in ("ben", "cleo", "dora")]
    import_rows(desk, "lies", lies)
    again = reopened(desk, "[judges.learned]", "[judges.learned]\nparameters = {fit = 2}")
    assert run_judge(again, "learned", role=HOLDER).items == ITEMS
    assert {v.item_id: v.probs for v in stored(again, "learned")} == before


def test_a_fit_on_other_labels_may_not_answer_under_the_same_identity(desk: Desk) -> None:
    run_judge(desk, "learned", role=HOLDER)
    splits = split_of_items(desk)
    first = next(k for k in range(ITEMS) if splits[f"i{k}"] == "development")
    import_rows(desk, "more", [label(first) | {"value": "yes" if first % 2 else "no"}, item(ITEMS)])
    with pytest.raises(BadJudge, match="raise `fit`"):
        run_judge(desk, "learned", role=HOLDER)


def test_going_back_to_an_earlier_judge_makes_its_verdicts_count_again(desk: Desk) -> None:
    def present() -> str:
        column = ratings(desk, splits=("development",)).criteria["polite"].judges[0]
        return "answers yes and no" if len(set(column.code.tolist())) == 2 else "answers yes alone"

    rules = desk.folder / "rules.py"
    run_judge(desk, "rules", role=HOLDER)
    first = rules.read_text()
    rules.write_text("def judge(item):\n    return {'polite': 'yes'}\n")
    run_judge(desk, "rules", role=HOLDER)
    assert present() == "answers yes alone"
    rules.write_text(first)
    assert run_judge(desk, "rules", role=HOLDER).did_nothing
    assert present() == "answers yes and no"


def test_imported_verdicts_without_a_hash_are_counted_for_their_judge(desk: Desk) -> None:
    verdict = {"item_id": "i0", "judge": "elsewhere", "criterion": "polite", "value": "yes"}
    import_rows(desk, "verdicts", [verdict])
    line = next(judge for judge in list_judges(desk, role=HOLDER) if judge.name == "elsewhere")
    assert line.items_judged == 1


def test_imported_judges_and_unknown_names_say_what_to_do(desk: Desk) -> None:
    with pytest.raises(JudgeNotAvailable, match="calibrant import FILE"):
        run_judge(desk, "elsewhere", role=HOLDER)
    with pytest.raises(NoSuchJudge, match="rules, learned, elsewhere, later"):
        run_judge(desk, "nobody", role=HOLDER)


def test_a_learned_judge_without_labels_says_what_is_missing(tmp_path: Path) -> None:
    for name, text in (("study.toml", STUDY), ("rubric.yaml", RUBRIC), ("rules.py", RULES)):
        (tmp_path / name).write_text(text)
    empty = open_desk(tmp_path)
    import_rows(empty, "items", [item(0)])
    with pytest.raises(BadJudge, match="learns from development labels"):
        run_judge(empty, "learned", role=HOLDER)
    empty.close()


def test_the_commands_list_run_and_show(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    study = ["--study", str(desk.folder)]
    assert main(["judge", "run", "rules", "--split", "validation", "--json", *study]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["statuses"] == {"observed": told["items"]}
    assert main(["judge", "run", "rules", *study]) == 0
    assert f"{ITEMS - told['items']} items" in capsys.readouterr().out
    assert main(["judge", "run", "rules", *study]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert main(["judge", "show", "rules", "--json", *study]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["spec"]["requested"] == "rules.py:judge"
    assert shown["items_judged"] == ITEMS
    assert main(["judge", "list", *study]) == 0
    assert "later  model  " in capsys.readouterr().out
    assert main(["judge", "run", "later", *study]) == 1
    assert "no such provider; write provider/model" in capsys.readouterr().err
