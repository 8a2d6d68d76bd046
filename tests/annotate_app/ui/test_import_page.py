"""The Import page, through Streamlit's own test driver: look, map, count, then import."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import audit, uploading
from annotate_app.services.rights import HOLDER
from annotate_app.services.uploading import CannotUpload, Upload
from annotate_app.store import items, labels, studies
from annotate_app.ui import host
from calibration.readers import Mapping, read_mapping

sys.path.insert(0, str(Path(__file__).parents[1]))

FOREIGN = [
    {"assessment_name": "ok", "trace_id": f"tr-{k}", "source": {"source_type": "HUMAN", "source_id": "ann"},
     "feedback": {"value": "good" if k else "bad"}} for k in range(3)
]  # fmt: skip


@pytest.fixture
def desk(make_study: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    folder = make_study("empty")  # type: ignore[operator]
    monkeypatch.setenv(host.STUDY_VARIABLE, str(folder))
    opened = open_desk(folder)
    yield opened
    opened.close()
    host.close()


def one_page() -> None:
    from annotate_app.ui import host, state
    from annotate_app.ui.views import importing

    state.restore()
    importing.view(host.desk())


def opened(role: str = "engineer") -> AppTest:
    app = AppTest.from_function(one_page, default_timeout=60)
    app.query_params["role"] = role
    return app.run()


def upload(app: AppTest, name: str, content: object) -> AppTest:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    app.file_uploader[0].set_value((name, data, "application/json"))
    return app.run()


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join([*(element.proto.body for element in app.get("html")), *(one.value for one in app.info)])


def box(app: AppTest, words: str) -> Any:
    """The select box or text field whose label has these words."""
    return next(one for one in (*app.selectbox, *app.text_input) if words in one.label.replace("\\", ""))


def stored(desk: Desk) -> tuple[int, list[object]]:
    with desk.store.reading() as session:
        found = [one.value for one in labels.latest(session, desk.study_id)]
        return items.count(session, desk.study_id), found


def test_a_tools_words_are_mapped_and_counted_before_anything_is_written(desk: Desk, tmp_path: Path) -> None:
    app = upload(opened(), "export.json", FOREIGN)
    assert "tr-0" in shown(app) and "The first records of each kind, of 6" in shown(app)
    box(app, "Their criterion “ok” is our").select("grounded")
    app.run()
    assert box(app, "grounded: their answer “good” is our").options == ["(as it is)", "yes", "no"]
    assert "3 rows cannot go in and would be left out" in shown(app)
    box(app, "grounded: their answer “bad” is our").select("no")
    box(app, "grounded: their answer “good” is our").select("yes")
    app.run()
    assert "labels: 3 read, 3 new" in shown(app)
    assert stored(desk) == (0, [])
    app.button[0].click()
    app.run()
    assert "Imported" in shown(app) and "Nothing would change: all of it is known." in shown(app)
    assert stored(desk) == (3, ["no", "yes", "yes"])


def test_our_own_files_need_no_mapping(desk: Desk) -> None:
    rows = [
        {"item_id": "i", "output": "x"},
        {"item_id": "i", "rater": "ann", "criterion": "helpful", "value": 2},
    ]
    app = upload(opened("lead"), "rows.json", rows)
    assert not [one for one in app.selectbox if "criterion" in one.label and "column" not in one.label]
    assert "labels: 1 read, 1 new" in shown(app)


def test_words_of_our_own_format_can_be_mapped_too(desk: Desk) -> None:
    table = b"item_id,rater,criterion,value\ni,ann,useful,2\n"
    with_item = upload(opened(), "items.jsonl", {"item_id": "i", "output": "x"})
    with_item.button[0].click()
    with_item.run()
    app = upload(opened(), "labels.csv", table)
    box(app, "Their criterion “useful” is our").select("helpful")
    app.run()
    assert "labels: 1 read, 1 new" in shown(app)
    app.button[0].click()
    app.run()
    assert stored(desk) == (1, [2])


NAMED = [
    {"item_id": "i", "output": "x"},
    {"item_id": "i", "rater": "a.k.", "criterion": "helpful", "value": 2},
    {"item_id": "i", "rater": "Ann K", "criterion": "grounded", "value": "yes"},
    {"item_id": "i", "judge": "gpt", "criterion": "grounded", "value": "no"},
]


def by_rater(desk: Desk) -> set[tuple[str, str]]:
    with desk.store.reading() as session:
        return {(one.rater, one.criterion) for one in labels.latest(session, desk.study_id)}


def test_two_spellings_of_a_rater_become_one_and_a_judge_gets_its_name(desk: Desk) -> None:
    app = upload(opened(), "rows.json", NAMED)
    box(app, "Their rater “a.k.” is our").set_value("Ann")
    box(app, "Their rater “Ann K” is our").set_value("Ann")
    box(app, "Their judge “gpt” is our").set_value("house judge")
    app.run()
    app.button[0].click()
    app.run()
    assert by_rater(desk) == {("Ann", "helpful"), ("Ann", "grounded")}
    with desk.store.reading() as session:
        assert [one.name for one in studies.judges(session, desk.study_id)] == ["house judge"]


def test_a_table_of_other_columns_and_of_one_rater_is_told_what_they_are(desk: Desk) -> None:
    app = upload(opened(), "rows.csv", b"key,text,verdict\ni,hello,yes\n")
    assert "a CSV begins with a line of column names" in shown(app)
    box(app, "Their column “key” is our").select("item_id")
    box(app, "Their column “text” is our").select("(leave out)")
    box(app, "Their column “verdict” is our").select("value")
    box(app, "Criterion").set_value("grounded")
    box(app, "Rater").set_value("Ann")
    app.run()
    assert "the study has no such item" in shown(app)
    with_item = upload(opened(), "items.jsonl", {"item_id": "i", "output": "x"})
    with_item.button[0].click()
    with_item.run()
    app.run()
    assert "labels: 1 read, 1 new" in shown(app)
    app.button[0].click()
    app.run()
    assert by_rater(desk) == {("Ann", "grounded")}


def test_a_mapping_that_was_kept_fills_the_fields(desk: Desk) -> None:
    kept = Mapping(
        {"ok": "grounded"}, {"grounded": {"good": "yes", "bad": "no"}}, {"ann": "Ann"}, names={"judge": "j"}
    )
    app = upload(opened(), "export.json", FOREIGN)
    app.file_uploader[1].set_value(("mapping.toml", kept.as_toml().encode(), "application/toml"))
    app.run()
    assert box(app, "Their criterion “ok” is our").value == "grounded"
    assert box(app, "Their rater “ann” is our").value == "Ann" and box(app, "Judge").value == "j"
    assert "labels: 3 read, 3 new" in shown(app)
    app.file_uploader[1].set_value(("mapping.toml", b"[critera]\nok = 'x'\n", "application/toml"))
    app.run()
    assert "mapping.toml: critera: there is no such entry" in shown(app) and not app.button


def test_what_cannot_be_read_is_said_as_on_the_command_line(desk: Desk) -> None:
    app = upload(opened(), "rows.json", b"[{]")
    assert "rows.json: begins like a JSON array but is not one" in shown(app)
    assert not app.button


def test_raters_bring_nothing_in(desk: Desk) -> None:
    app = opened("rater")
    assert "Raters bring nothing in" in shown(app) and not app.file_uploader


def test_big_files_and_strange_names_are_sent_to_the_command_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = b"".join(b'{"item_id": "i%d", "output": "x"}\n' % k for k in range(4))
    monkeypatch.setattr(uploading, "MOST_ROWS", 3)
    with pytest.raises(CannotUpload, match="more than 3 rows: use `calibrant import FILE`"):
        uploading.preview(desk, Upload("rows.jsonl", rows))
    monkeypatch.setattr(uploading, "MOST_MEGABYTES", 0)
    with pytest.raises(CannotUpload, match="larger than 0 MB"):
        uploading.preview(desk, Upload("rows.jsonl", rows))
    with pytest.raises(CannotUpload, match=r"is none of \.jsonl"):
        uploading.preview(desk, Upload("../../etc/passwd", rows))


def test_the_mapping_that_is_downloaded_is_one_that_the_command_reads(tmp_path: Path) -> None:
    made = Mapping(
        {"ok": "grounded", "tone [1-5]": ""},
        {"grounded": {"good": "yes", "1": "no"}},
        {"a. “b”": "ann"},
        {"gpt": "judge"},
        {"key": "item_id", "secret": ""},
        {"rater": "ann"},
    )
    (tmp_path / "mapping.toml").write_text(made.as_toml(), encoding="utf-8")
    assert read_mapping(tmp_path / "mapping.toml") == made


def test_what_is_to_be_masked_is_masked_in_the_preview_and_in_the_store(desk: Desk) -> None:
    app = upload(opened(), "items.json", [{"item_id": "i", "output": "Write to ann@example.org, IBAN none"}])
    assert "ann@example.org" in shown(app)
    app.multiselect[0].set_value(["email", "iban"])
    app.run()
    assert "Write to [email]" in shown(app) and "ann@example.org" not in shown(app)
    app.button[0].click()
    app.run()
    with desk.store.reading() as session:
        assert [one.output for one in items.all_items(session, desk.study_id)] == [
            "Write to [email], IBAN none"
        ]


def test_with_every_criterion_left_out_no_item_without_a_text_is_added(desk: Desk) -> None:
    app = upload(opened(), "export.json", FOREIGN)
    assert "merely named, and not added because no answer goes in: 3" in shown(app) and app.button[0].disabled
    box(app, "Their criterion “ok” is our").select("grounded")
    app.run()
    box(app, "grounded: their answer “good” is our").select("yes")
    app.run()
    assert "new items without a text: 3" in shown(app) and not app.button[0].disabled


def test_a_file_that_a_mapping_leaves_out_is_not_called_known(desk: Desk) -> None:
    item = Upload("items.json", b'[{"item_id": "i", "output": "x"}]')
    uploading.bring_in(desk, item, Mapping(), dry=False, role=HOLDER)
    rows = [{"item_id": "i", "rater": name, "criterion": "odd", "value": "yes"} for name in ("ann", "ben")]
    app = upload(opened("lead"), "rows.json", rows)
    assert "Nothing would change: 2 passed over." in shown(app)
    assert "is known" not in shown(app)


def test_the_log_calls_a_file_as_it_was_sent(desk: Desk) -> None:
    content = b'[{"item_id": "i", "output": "x"}]'
    sent = Upload("of monday.json", content)
    uploading.bring_in(desk, sent, Mapping(), dry=False, role="owner", by="Olga")
    (made,) = [one for one in audit.every(desk, role="owner") if one.kind == "import.made"]
    assert made.detail["files"] == ["of monday.json"]
