"""The Import page, through Streamlit's own test driver: look, map, count, then import."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import uploading
from annotate_app.services.uploading import CannotUpload, Upload
from annotate_app.store import items, labels
from annotate_app.ui import host
from calibration.readers import read_mapping

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


def stored(desk: Desk) -> tuple[int, list[object]]:
    with desk.store.reading() as session:
        found = [one.value for one in labels.latest(session, desk.study_id)]
        return items.count(session, desk.study_id), found


def test_a_tools_words_are_mapped_and_counted_before_anything_is_written(desk: Desk, tmp_path: Path) -> None:
    app = upload(opened(), "export.json", FOREIGN)
    assert "tr-0" in shown(app) and "The first records of 6" in shown(app)
    app.selectbox[0].select("grounded")
    app.run()
    assert [one.label.replace("\\", "") for one in app.selectbox][1:] == [
        "grounded: their answer “bad” is our", "grounded: their answer “good” is our",
    ]  # fmt: skip
    assert app.selectbox[1].options == ["(as it is)", "yes", "no"]
    assert "3 rows cannot go in and would be left out" in shown(app)
    app.selectbox[1].select("no")
    app.selectbox[2].select("yes")
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
    assert not app.selectbox and "labels: 1 read, 1 new" in shown(app)


def test_words_of_our_own_format_can_be_mapped_too(desk: Desk) -> None:
    table = b"item_id,rater,criterion,value\ni,ann,useful,2\n"
    with_item = upload(opened(), "items.jsonl", {"item_id": "i", "output": "x"})
    with_item.button[0].click()
    with_item.run()
    app = upload(opened(), "labels.csv", table)
    app.selectbox[0].select("helpful")
    app.run()
    assert "labels: 1 read, 1 new" in shown(app)
    app.button[0].click()
    app.run()
    assert stored(desk) == (1, [2])


def test_what_cannot_be_read_is_said_as_on_the_command_line(desk: Desk) -> None:
    app = upload(opened(), "rows.json", b"[{]")
    assert "rows.json: begins like a JSON array but is not one" in shown(app)
    assert not app.button


def test_raters_bring_nothing_in(desk: Desk) -> None:
    app = opened("rater")
    assert uploading.FOR_RATERS in shown(app) and not app.file_uploader


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
    from calibration.readers import Mapping

    made = Mapping({"ok": "grounded", "tone [1-5]": ""}, {"grounded": {"good": "yes", "1": "no"}})
    (tmp_path / "mapping.toml").write_text(made.as_toml(), encoding="utf-8")
    assert read_mapping(tmp_path / "mapping.toml") == made
