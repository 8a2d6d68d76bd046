"""The lead's page of disputes, through Streamlit's own test driver; and the commands beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from one_page import opened, press, shown

from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.services import adjudicating
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER
from annotate_app.ui import host


@pytest.fixture
def disputed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A study in which ada and bob differ on i0 and i1, and a judge has verdicts on both."""
    rows = [
        {
            "item_id": item,
            "rater": rater,
            "criterion": "helpful",
            "value": value,
            "rationale": f"because {rater}",
        }
        for item in ("i0", "i1")
        for rater, value in (("ada", 1), ("bob", 3))
    ]
    rows += [
        {"item_id": item, "judge": "oracle", "criterion": "helpful", "value": 2} for item in ("i0", "i1")
    ]
    path = desk.folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert import_files(desk, [path], role=HOLDER).rejects == ()
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    yield desk
    host.close()


def test_the_lead_sees_answers_under_letters_no_names_and_no_sign_of_a_judge(disputed: Desk) -> None:
    text = shown(opened("adjudication", "lead"))
    assert "Rater A" in text
    assert "because ada" not in text.replace("because ada", "", 1)  # once: under a letter
    assert ", ada" not in text
    assert "oracle" not in text


def test_other_roles_are_told_whose_page_this_is(disputed: Desk) -> None:
    text = shown(opened("adjudication", "engineer"))
    assert "lead" in text
    assert "because" not in text


def test_showing_names_is_a_switch_and_on_record(disputed: Desk) -> None:
    app = opened("adjudication", "lead")
    app.toggle[0].set_value(True)
    assert ", ada" in shown(app.run())
    assert "names shown" in shown(app)
    app.toggle[0].set_value(False)
    assert ", ada" not in shown(app.run())
    found = adjudicating.detail(disputed, "i0", "helpful", role="lead", lead="lead")
    assert [record.kind for record in found.records] == ["names shown"]


def test_a_decision_needs_an_answer_and_a_reason_and_leads_to_the_next_dispute(disputed: Desk) -> None:
    app = press(opened("adjudication", "lead"), "Decide")
    assert "choose an answer first" in app.info[0].value
    app.radio[0].set_value(2)
    app = press(app, "Decide")
    assert "Say why" in app.info[0].value
    app.radio[0].set_value(2)
    app.text_area[0].set_value("Half of the task is done.")
    app = press(app, "Decide")
    assert "Decided: i0" in app.info[0].value
    assert "i1" in shown(app)
    assert [one.state for one in adjudicating.disputed(disputed, role="lead")] == ["open", "decided"]


def test_a_decision_is_taken_back_from_its_own_list(disputed: Desk) -> None:
    assert main([*decide(disputed), "--reason", "Half."]) == 0
    app = opened("adjudication", "lead")
    app.get("button_group")[0].set_value("Decided")
    app = app.run()
    next(area for area in app.text_area if area.label == "Why").set_value("Too fast.")
    app = press(app, "Take back")
    assert "waits again" in app.info[0].value
    assert {one.state for one in adjudicating.disputed(disputed, role="lead")} == {"open"}


def test_sending_back_tells_the_raters(disputed: Desk) -> None:
    app = opened("adjudication", "lead")
    next(area for area in app.text_area if area.label == "Your note to them").set_value("Count both steps.")
    app = press(app, "Send back")
    assert "next thing" in app.info[0].value
    assert [one.awaited for one in adjudicating.disputed(disputed, role="lead")] == [0, 2]


def decide(desk: Desk, value: str = "2") -> list[str]:
    return [
        "adjudicate",
        "decide",
        "i0",
        "helpful",
        "--value",
        value,
        "--by",
        "lea",
        "--study",
        str(desk.folder),
    ]


def test_the_commands_list_show_decide_and_undo(disputed: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--study", str(disputed.folder)]
    assert main(["adjudicate", "list", *place]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "i0 helpful: 1 ×1, 3 ×1 (open)", "i1 helpful: 1 ×1, 3 ×1 (open)", "2 disputed",
    ]  # fmt: skip
    assert main(["adjudicate", "show", "i0", "helpful", "--by", "lea", "--json", *place]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "calibrant/adjudication/1"
    assert {one["value"] for one in found["given"]} == {1, 3}
    assert "rater" not in found["given"][0]
    assert main([*decide(disputed), "--reason", "Half.", "--labels", "0" * 64]) == 1
    assert "look again" in capsys.readouterr().err
    assert main([*decide(disputed), "--reason", "Half.", "--labels", found["labels_sha256"]]) == 0
    assert "decided 2 by lea" in capsys.readouterr().out
    assert main(["adjudicate", "list", "--state", "decided", "--json", *place]) == 0
    assert json.loads(capsys.readouterr().out)["disputes"][0]["decided"] == "2"
    undo = ["adjudicate", "undo", "i0", "helpful", "--reason", "Too fast.", "--by", "lea", *place]
    assert (main(undo), main(undo)) == (0, 1)


def test_the_command_shows_names_on_record_and_sends_back(
    disputed: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--by", "lea", "--study", str(disputed.folder)]
    assert main(["adjudicate", "show", "i0", "helpful", "--names", *place]) == 0
    text = capsys.readouterr().out
    assert "ada: 1" in text
    assert "names shown by lea" in text
    assert main(["adjudicate", "send-back", "i0", "helpful", "--note", "Look again.", *place]) == 0
    assert "sent back by lea" in capsys.readouterr().out
    assert main([*decide(disputed, "7"), "--reason", "r"]) == 1
    assert main(["adjudicate", "show", "nothing", "helpful", *place]) == 1
