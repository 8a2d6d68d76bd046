"""A panel runs its members first, decides what all of them answered, and is identified with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.judge_values import CallAccount, RunOptions, RunSummary
from annotate_app.services.judging import list_judges, run_judge
from annotate_app.services.panels import run_members
from annotate_app.services.rights import HOLDER
from annotate_app.store import studies, verdicts
from calibration.judges.faults import BadJudge
from rubrics.answers import Verdict

STUDY = """
[study]
name = "small"
[judges.short]
code = "check:length"
parameters = {most = 3}
[judges.kind]
code = "check:regex"
parameters = {must_match = "please"}
[judges.elsewhere]
import = "model x"
[judges.all]
panel = ["short", "kind", "elsewhere"]
[judges.two]
panel = ["short", "kind"]
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
OUTPUTS = {"i0": "please come", "i1": "please come here today now", "i2": "go"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    opened = open_desk(tmp_path)
    import_rows(opened, "items", [{"item_id": i, "output": text} for i, text in OUTPUTS.items()])
    yield opened
    opened.close()


def import_rows(desk: Desk, name: str, rows: list[dict[str, object]]) -> None:
    path = desk.folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_files(desk, [path], strict=True, role=HOLDER)


def import_verdicts(desk: Desk, **values: str) -> None:
    rows = [
        {"item_id": i, "judge": "elsewhere", "criterion": "polite", "value": v} for i, v in values.items()
    ]
    import_rows(desk, "verdicts", rows)  # type: ignore[arg-type]


def stored(desk: Desk, name: str) -> dict[str, Verdict]:
    with desk.store.reading() as session:
        judge = studies.present_judges(session, desk.study_id, {})[name]
        return {v.item_id: v for v in verdicts.latest(session, desk.study_id, judge.judge_id)}


def test_members_are_run_before_the_panel(desk: Desk) -> None:
    import_verdicts(desk, i0="yes", i1="no", i2="no")
    assert run_judge(desk, "all", role=HOLDER).items == len(OUTPUTS)
    # short: yes no yes; kind: yes yes no; elsewhere: yes no no
    assert {i: v.value for i, v in stored(desk, "all").items()} == {"i0": "yes", "i1": "no", "i2": "no"}
    assert stored(desk, "all")["i0"].confidence == 1.0
    assert run_judge(desk, "short", role=HOLDER).did_nothing


def test_a_panel_does_not_answer_twice(desk: Desk) -> None:
    run_judge(desk, "two", role=HOLDER)
    assert run_judge(desk, "two", role=HOLDER).did_nothing


def test_items_that_an_imported_member_has_not_answered_wait(desk: Desk) -> None:
    import_verdicts(desk, i0="yes")
    first = run_judge(desk, "all", role=HOLDER)
    assert (first.items, first.waiting, first.already) == (1, 2, 0)
    import_verdicts(desk, i1="no", i2="no")
    second = run_judge(desk, "all", role=HOLDER)
    assert (second.items, second.waiting, second.already) == (2, 0, 1)


def test_a_panel_that_can_decide_nothing_says_whom_it_waits_for(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadJudge, match="3 items wait until every member has answered"):
        run_judge(desk, "all", role=HOLDER)
    assert main(["judge", "run", "all", "--study", str(desk.folder)]) == 1
    assert "members: short, kind, elsewhere" in capsys.readouterr().err


def test_a_limit_is_for_the_members_too(desk: Desk) -> None:
    assert run_judge(desk, "two", options=RunOptions(limit=1), role=HOLDER).items == 1
    assert {judge.name: judge.items_judged for judge in list_judges(desk, role=HOLDER)} == {
        "short": 1, "kind": 1, "elsewhere": 0, "all": 0, "two": 1
    }  # fmt: skip


def test_members_share_the_budget_of_the_run(desk: Desk) -> None:
    asked: list[tuple[str, int | None, float | None]] = []

    def run(member: str, options: RunOptions) -> RunSummary:
        asked.append((member, options.calls, options.usd))
        account = CallAccount(calls=7, cost_usd=0.75)
        return RunSummary(member, "", None, 0, 0, 0, {}, 0.0, 0.75, account=account)

    run_members(desk, "two", (), RunOptions(calls=10, usd=1.0), run)
    assert asked == [("short", 10, 1.0), ("kind", 3, 0.25)]
    asked.clear()
    run_members(desk, "two", (), RunOptions(calls=7), run)
    assert asked == [("short", 7, None)]


def test_a_changed_member_makes_the_panel_answer_anew(desk: Desk) -> None:
    first = run_judge(desk, "two", role=HOLDER)
    path = desk.folder / "study.toml"
    path.write_text(path.read_text().replace("most = 3", "most = 9"))
    again = open_desk(desk.folder)
    second = run_judge(again, "two", role=HOLDER)
    assert second.spec_hash != first.spec_hash
    assert (second.items, stored(again, "two")["i1"].value) == (3, "yes")
    again.close()


def test_a_dry_run_of_judges_that_ask_nobody_costs_nothing(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("short", "two", "all"):
        assert main(["judge", "run", name, "--dry-run", "--study", str(desk.folder)]) == 0
        said = capsys.readouterr().out
        assert f"{name}: 3 items to answer, 0 calls" in said
        assert "about $0.00" in said
    assert {judge.items_judged for judge in list_judges(desk, role=HOLDER)} == {0}


def test_the_listing_names_the_members(desk: Desk) -> None:
    lines = {judge.name: judge for judge in list_judges(desk, role=HOLDER)}
    assert lines["two"].requested == "short, kind"
