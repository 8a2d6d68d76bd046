"""Quotes, semicolons and wildcards in every text: kept as they are, found by themselves, and never SQL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services import failures, overseeing, own_work, questions
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import add_rater
from annotate_app.services.own_work import Filter
from annotate_app.services.rights import HOLDER

TRICKS = (
    "'; DROP TABLE label; --", '" OR 1=1 --', "\\'; SELECT 1; \\", "%' OR '%'='", "a_b%c!d",
    ":name ?1 $1 @x {0} %s",
    "1) UNION SELECT 1,2,3 --", "[x] ESCAPE '\\'", "x' || (SELECT sql FROM sqlite_master) || '",
)  # fmt: skip
RUBRIC = """
name: quoted
criteria:
  - name: tone
    question: "How is it; '?"
    scale: {kind: binary, levels: [{name: "yes'; --"}, {name: 'no" OR 1=1'}]}
failure_modes: [{name: slip, description: "'; --", severity: minor, visibility: silent}]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "study.toml").write_text(f"[study]\nname = {json.dumps(TRICKS[0])}\n", encoding="utf-8")
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    rows: list[dict[str, object]] = []
    for trick in TRICKS:
        texts = dict.fromkeys(
            ("input", "output", "context", "reference", "stratum", "cluster", "system"), trick
        )
        rows.append({"item_id": trick, **texts, "meta": {trick: trick}})
        about = {"item_id": trick, "criterion": "tone", "value": "yes'; --", "rationale": trick, trick: trick}
        rows.append({**about, "rater": trick, "reason": trick})
        rows.append({**about, "judge": trick, "reported_model": trick, "value": 'no" OR 1=1'})
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    opened = open_desk(tmp_path)
    summary = import_files(opened, [tmp_path / "rows.jsonl"], role=HOLDER)
    assert summary.rejects == ()
    return opened


@pytest.mark.parametrize("trick", TRICKS)
def test_a_text_is_searched_for_as_it_is(desk: Desk, trick: str) -> None:
    seen = overseeing.list_items(desk, role="owner", rater=None, text=trick)
    assert [line.item_id for line in seen.items] == [trick]
    own = own_work.page(desk, trick, Filter(trick), number=0, role=HOLDER)
    assert [one.item_id for one in own.items] == [trick]
    detail = overseeing.item_detail(desk, trick, role="owner", rater=None)
    assert {label.rationale for label in detail.labels} == {trick}
    assert {(one.judge, one.reported_model) for one in detail.verdicts} == {(trick, trick)}
    assert overseeing.list_items(desk, role="owner", rater=None, stratum=trick).total == 1
    desk.close()


def test_what_people_write_on_pages_is_kept_as_it_is(desk: Desk) -> None:
    for k, trick in enumerate(TRICKS):
        asked = questions.ask(desk, trick, TRICKS[0], trick, entry_id=f"entry-{k}")
        assert (
            questions.answer(desk, asked.thread_id, trick, lead=trick, role=HOLDER).entries[-1].text == trick
        )
        failures.define(
            desk, f"mode{k}", description=trick, severity="minor", visibility="loud", by=trick, role=HOLDER
        )
        assert failures.tag_items(desk, [trick], f"mode{k}", by=trick, note=trick, role=HOLDER) == 1
        assert add_rater(desk, trick).name == trick
    assert len(failures.failure_page(desk, role="owner").steps) == len(TRICKS)
    desk.close()


def test_commands_take_such_names_and_no_table_is_lost(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(desk.folder)
    desk.close()
    for trick in TRICKS:
        main(["triage", "list", "--study", folder, "--judge", trick, "--criterion", trick])
        main(["judge", "run", trick, "--study", folder, "--items", trick])
        main(["wave", "show", trick, "--study", folder])
    capsys.readouterr()
    assert main(["export", str(desk.folder / "out"), "--study", folder]) == 0
    labels = (desk.folder / "out" / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["rater"] for line in labels} == set(TRICKS)
