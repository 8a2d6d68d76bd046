"""No key is printed or stored: not one that stands in study.toml, nor one that somebody repeats to us."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from calibration.judges.faults import BadJudge
from calibration.judges.secrets import plain_parameters, without_keys
from calibration.judges.spec import read_spec
from rubrics.files import library_rubric

KEY = "sk-live-0123456789"
ADDRESS = "http://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({"api_key": KEY}, r"parameters\.api_key"),
        ({"aws_secret_access_key": KEY}, r"parameters\.aws_secret_access_key"),
        ({"extra_headers": {"Authorization": "anything"}}, r"parameters\.extra_headers\.Authorization"),
        ({"extra_headers": {"X-Api-Key": "anything"}}, r"parameters\.extra_headers\.X-Api-Key"),
        (
            {"extra_headers": {"x-custom": f"Bearer {KEY}"}},
            r"parameters\.extra_headers\.x-custom: looks like",
        ),
        ({"api_base": "https://me:pass@host/v1"}, r"parameters\.api_base: looks like a key"),
        ({"metadata": {"list": [1, KEY]}}, r"parameters\.metadata\.list: looks like a key"),
    ],
)
@pytest.mark.parametrize("kind", [{"model": "openai/m"}, {"command": "cat"}, {"code": "check:length"}])
def test_a_key_in_the_parameters_of_any_judge_is_refused_and_not_shown(
    kind: dict[str, object], parameters: dict[str, object], place: str, tmp_path: Path
) -> None:
    definition = {**kind, "criteria": ["tone"], "parameters": parameters}
    with pytest.raises(BadJudge, match=rf"\[judges\.j\] {place}") as error:
        read_spec("j", definition, folder=tmp_path, rubric=library_rubric("support_answer"))
    assert KEY not in str(error.value)
    assert "environment" in str(error.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "nan is no number that can be sent"),
        (float("inf"), "inf is no number"),
        (dt.date(2026, 1, 1), "a date cannot be sent; write it as text, in quotes"),
        ([{"deep": dt.time(1)}], "a time cannot be sent"),
    ],
)
def test_a_parameter_that_json_does_not_have_is_named(value: object, said: str, tmp_path: Path) -> None:
    definition = {"model": "openai/m", "parameters": {"odd": value}}
    with pytest.raises(BadJudge, match=rf"\[judges\.j\] parameters\.odd.*{said}"):
        read_spec("j", definition, folder=tmp_path, rubric=library_rubric("support_answer"))


def test_parameters_that_only_look_alike_are_kept() -> None:
    kept = {
        "max_tokens": 100, "api_base": ADDRESS, "stop": ["a@b.example", "sk-"], "top_p": 0.5, "user_id": None,
        "pattern": "https?://[^ ]+", "extra_headers": {"X-Team": "quality"},
    }  # fmt: skip
    assert plain_parameters(kept) == kept


def test_a_message_that_repeats_a_key_is_kept_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "abcdef-0123456789")
    monkeypatch.setenv("SHORT_KEY", "the")
    said = without_keys(f"no such key abcdef-0123456789, nor {KEY}; use the other")
    assert said == "no such key <SOME_API_KEY>, nor <key>; use the other"
