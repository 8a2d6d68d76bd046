"""The log: one line per event, JSON or text, with the correlation id; nothing that somebody wrote."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from annotate_app import logs
from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.labelling import Submission, submit
from rubrics.answers import Answer

SECRET = "the patient is Ms Otterbein"


def test_handlers_that_a_library_gives_its_loggers_are_taken_from_them() -> None:
    stream, own = started(), io.StringIO()
    logger = logging.getLogger("uvicorn.error.test")
    logger.addHandler(logging.StreamHandler(own))
    logger.propagate = False
    logs.take_over()
    logger.error("failed on %s", SECRET)
    assert own.getvalue() == ""
    assert json.loads(stream.getvalue())["from"] == "uvicorn.error.test"
    assert SECRET not in stream.getvalue()


def test_what_fills_in_a_message_is_not_told() -> None:
    stream = started()
    logging.getLogger("calibrant").warning("somebody was refused: %s", SECRET)
    assert json.loads(stream.getvalue())["event"] == "somebody was refused: %s"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Loggers are the process's own: what a test changed is put back."""
    kept = [
        (logger, logger.handlers, logger.propagate, logger.level)
        for logger in map(logging.getLogger, ("calibrant", *logs.LIBRARIES))
    ]
    yield
    for logger, handlers, propagate, level in kept:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def started(form: logs.Format = "json", level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    logs.start(form, level, stream=stream)
    return stream


def test_a_line_is_one_json_object_with_time_level_event_and_correlation_id() -> None:
    stream = started()
    with logs.correlated("abcdefgh"):
        logs.event("label.saved", {"rater": 3, "ms": 1.5})
    line = json.loads(stream.getvalue())
    assert {name: line[name] for name in ("level", "event", "correlation_id", "rater", "ms")} == {
        "level": "info", "event": "label.saved", "correlation_id": "abcdefgh", "rater": 3, "ms": 1.5,
    }  # fmt: skip
    assert line["at"].endswith("Z")


def test_a_text_line_keeps_to_one_line_whatever_a_field_holds() -> None:
    stream = started("text")
    logs.event("request", {"path": "/a\nevent=forged level=error"})
    assert stream.getvalue().count("\n") == 1
    assert '"/a\\nevent=forged level=error"' in stream.getvalue()


def test_an_error_is_told_by_kind_and_place_and_never_by_its_message() -> None:
    stream = started()
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise ValueError(SECRET) from cause
    except ValueError as error:
        logs.event("page.failed", level=logging.ERROR, error=error)
    line = json.loads(stream.getvalue())
    assert (line["error"], line["cause"]) == ("ValueError", "KeyError")
    assert line["place"].startswith("test_logs.py:")
    assert SECRET not in stream.getvalue()


def test_the_words_of_a_library_are_not_passed_on() -> None:
    stream = started()
    logging.getLogger("streamlit.something").error("failed on %s", SECRET, exc_info=ValueError(SECRET))
    line = json.loads(stream.getvalue())
    assert (line["event"], line["from"], line["error"]) == (
        "library.message",
        "streamlit.something",
        "ValueError",
    )
    assert SECRET not in stream.getvalue()


def test_a_scrubber_sees_every_finished_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "SCRUBBERS", [lambda line: line.replace("sk-12345678", "…")])
    stream = started()
    logs.event("request", {"path": "/sk-12345678"})
    assert "sk-12345678" not in stream.getvalue()


@pytest.mark.parametrize(
    "stated", ["", "short", "x" * 65, "has blank in it", "line\nbreak-123", "<b>12345678"]
)
def test_an_id_that_is_not_well_formed_is_replaced(stated: str) -> None:
    assert logs.taken_or_new(stated) != stated
    assert logs.taken_or_new("gateway-7f3a.1") == "gateway-7f3a.1"


def test_the_id_goes_where_the_context_goes() -> None:
    with logs.correlated("abcdefgh"), ThreadPoolExecutor(1) as pool:
        inside = pool.submit(copy_context().run, logs.correlation_id).result()
        outside = pool.submit(logs.correlation_id).result()
    assert (inside, outside, logs.correlation_id()) == ("abcdefgh", "", "")


def test_a_saved_label_is_told_by_numbers_and_without_name_or_answer(desk: Desk) -> None:
    stream = started()
    answers = (Answer("grounded", "no", rationale=SECRET), Answer("cause", "name"), Answer("helpful", 2))
    with logs.correlated("abcdefgh"):
        submit(desk, Submission("s-1", "i0", "ada", answers, note=SECRET))
        submit(desk, Submission("s-1", "i0", "ada", answers, note=SECRET))
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["submission"], first["labels"]) == ("label.saved", "s-1", 3)
    assert (first["duplicate"], second["duplicate"]) == (False, True)
    assert first["correlation_id"] == "abcdefgh"
    assert isinstance(first["rater"], int)
    assert second["rater"] == first["rater"]
    for word in ("ada", "i0", SECRET, "grounded"):
        assert word not in stream.getvalue()


def test_an_entry_of_the_audit_log_has_the_id_of_its_request(desk: Desk) -> None:
    with logs.correlated("abcdefgh"), desk.store.writing() as session:
        audit.record(session, desk, actor="ada", kind="look.made", detail={"n": 1})
    with desk.store.writing() as session:
        audit.record(session, desk, actor="ada", kind="look.made", detail={"n": 2})
    second, first = (dict(one.detail) for one in audit.entries(desk, role="owner").entries[:2])
    assert (first, second) == ({"n": 1, "request": "abcdefgh"}, {"n": 2})


def test_a_format_that_the_environment_misspells_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALIBRANT_LOG_FORMAT", "yaml")
    assert main(["judge", "run", "nobody"]) == 1
    assert "CALIBRANT_LOG_FORMAT='yaml': it is json or text" in capsys.readouterr().err
