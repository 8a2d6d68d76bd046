"""Providers that are busy, broken, slow or cut off: what is tried again, what is stored, what stops a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from asked_study import by_item, last_run, table, verdicts

from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.judging import CANNOT_JUDGE, run_judge
from annotate_app.services.rights import HOLDER
from benchmarks.provider import Body, Provider, Reply, answers, following, item_text
from calibration.judges import retrying

MakeDesk = Callable[..., Desk]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between tries are a hundredth; what a provider asks to wait is waited in full."""
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.005)


def first_times(n: int, bad: Reply) -> Callable[[Body, int], Reply]:
    """The first `n` requests about an item get a bad reply."""
    seen: dict[str, int] = {}

    def script(body: Body, number: int) -> Reply:
        text = item_text(body)
        seen[text] = seen.get(text, 0) + 1
        return bad if seen[text] <= n else following(body, number)

    return script


@pytest.mark.parametrize(
    "bad",
    [
        Reply(status=500, error="boom"),
        Reply(status=503, error="overloaded"),
        Reply(status=429, error="slow down", headers={"Retry-After": "0"}),
        Reply(drop=True),
        Reply(cut=True),
    ],
    ids=["500", "503", "429", "dropped", "cut"],
)
def test_a_failure_that_passes_costs_a_try_and_no_verdict(
    bad: Reply, make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = first_times(1, bad)
    desk = make_desk("timeout_seconds = 20.0", items=3)
    run = run_judge(desk, "m", role=HOLDER)
    assert dict(run.statuses) == {"observed": 6}
    assert run.account is not None
    assert (run.account.calls, run.account.attempts, run.account.failed) == (3, 6, 0)
    assert table(desk, "SELECT sum(attempts), count(*) FROM call") == [(6, 3)]


def test_retry_after_is_waited(make_desk: MakeDesk, provider: Provider) -> None:
    provider.script = first_times(1, Reply(status=429, error="slow down", headers={"Retry-After": "1"}))
    run = run_judge(make_desk(items=1), "m", role=HOLDER)
    assert run.seconds >= 1.0
    assert dict(run.statuses) == {"observed": 2}


def test_a_slow_answer_is_a_timeout_that_is_stored_with_its_reason(
    make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = lambda body, n: replace(following(body, n), delay=5.0)
    desk = make_desk("timeout_seconds = 0.3\nattempts = 2", items=1)
    run = run_judge(desk, "m", role=HOLDER)
    assert dict(run.statuses) == {"provider_error": 2}
    found = by_item(desk, "grounded")["i0"]
    assert (found.status, found.value) == ("provider_error", None)
    assert (found.reason or "").startswith("timeout: ")
    assert table(desk, "SELECT kind, attempts FROM failed_call") == [("timeout", 2)]


def test_a_run_that_nobody_answered_is_a_negative_finding(
    make_desk: MakeDesk, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.script = lambda body, n: Reply(status=500, error="boom")
    desk = make_desk("attempts = 1", items=2)
    assert main(["judge", "run", "m", "--study", str(desk.folder)]) == 2
    assert "nobody answered" in capsys.readouterr().out
    provider.script = following
    assert main(["judge", "run", "m", "--retry-failed", "--study", str(desk.folder)]) == 0


def test_failed_items_are_asked_again_only_when_told_to(make_desk: MakeDesk, provider: Provider) -> None:
    provider.script = lambda body, n: (
        Reply(status=500, error="boom") if "text 1" in item_text(body) else following(body, n)
    )
    desk = make_desk("attempts = 1", items=3)
    assert dict(run_judge(desk, "m", role=HOLDER).statuses) == {"observed": 4, "provider_error": 2}
    provider.script = following
    assert run_judge(desk, "m", role=HOLDER).did_nothing
    again = run_judge(desk, "m", options=RunOptions(retry_failed=True), role=HOLDER)
    assert (again.items, dict(again.statuses)) == (1, {"observed": 2})
    assert {one.status for one in verdicts(desk)} == {"observed"}
    assert table(desk, "SELECT max(take) FROM verdict") == [(2,)]


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("I cannot help with that.", "parse_error", "not one JSON object"),
        ('{"grounded": {"rationale": "r", "answer": "ye', "parse_error", "not one JSON object"),
        ('{"grounded": {"rationale": "r", "answer": "perhaps"}}', "parse_error", "'perhaps' is not one of"),
        ('{"grounded": {"rationale": "r", "answer": "cannot tell"}}', "abstained", "cannot tell"),
        ('{"grounded": {"answer": "yes", "rationale": "r"}}', "parse_error", "before its rationale"),
        ('{"grounded": {"rationale": "r", "answer": "yes"}, "x": {}}', "parse_error", "unknown field 'x'"),
        ("", "parse_error", "the reply is empty"),
    ],
)
def test_a_reply_that_breaks_the_schema_is_a_status_with_its_reason(
    text: str, status: str, said: str, make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = lambda body, n: Reply(text)
    desk = make_desk('criteria = ["grounded"]', items=1)
    run_judge(desk, "m", role=HOLDER)
    found = by_item(desk, "grounded")["i0"]
    assert (found.status, found.value) == (status, None)
    assert said in (found.reason or "")


def test_a_cut_reply_says_what_to_raise_and_a_refusal_is_abstained(
    make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = lambda body, n: (
        Reply('{"grounded": {"ra', finish="length") if "text 0" in item_text(body) else Reply(refusal="No.")
    )
    desk = make_desk('criteria = ["grounded"]', items=2)
    run_judge(desk, "m", role=HOLDER)
    found = by_item(desk, "grounded")
    assert (found["i0"].status, "raise max_tokens" in (found["i0"].reason or "")) == ("parse_error", True)
    assert (found["i1"].status, found["i1"].reason) == ("abstained", "the model refused: No.")


def test_an_item_beyond_the_context_window_is_a_named_failure_and_is_not_sent(
    make_desk: MakeDesk, provider: Provider
) -> None:
    from annotate_app.services.importing import import_files

    desk = make_desk("context_window = 2000", items=1)
    path = desk.folder / "long.jsonl"
    path.write_text(json.dumps({"item_id": "long", "output": "many words " * 5000}) + "\n")
    import_files(desk, [path], role=HOLDER)
    run_judge(desk, "m", role=HOLDER)
    found = by_item(desk, "grounded")
    assert found["i0"].status == "observed"
    assert found["long"].status == "provider_error"
    assert "context window: the request has about" in (found["long"].reason or "")
    assert len(provider.requests) == 1


def test_a_window_that_only_the_provider_knows_is_named_too(make_desk: MakeDesk, provider: Provider) -> None:
    error = "This model's maximum context length is 10 tokens."
    provider.script = lambda body, n: Reply(status=400, error=error, code="context_length_exceeded")
    desk = make_desk(items=1)
    run_judge(desk, "m", role=HOLDER)
    assert table(desk, "SELECT kind, attempts FROM failed_call") == [("context_window", 1)]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=401, error="Incorrect API key provided"), "account"),
        (Reply(status=404, error="The model does not exist", code="model_not_found"), "not found"),
        (Reply(status=429, error="You exceeded your current quota", code="insufficient_quota"), "account"),
    ],
)
def test_what_no_call_can_survive_stops_the_run_at_once(
    reply: Reply, kind: str, make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = lambda body, n: reply
    desk = make_desk("concurrency = 1", items=40)
    with pytest.raises(CANNOT_JUDGE, match=f"stopped after 0 of 40 items: {kind}") as caught:
        run_judge(desk, "m", role=HOLDER)
    assert "sk-of-a-test" not in str(caught.value)
    assert len(provider.requests) == 1
    assert verdicts(desk) == []
    assert last_run(desk)[0].startswith(kind)


def test_a_provider_that_is_down_stops_the_run_after_some_failures_in_a_row(
    make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = lambda body, n: Reply(status=500, error="boom")
    desk = make_desk("attempts = 1\nconcurrency = 2", items=100)
    with pytest.raises(CANNOT_JUDGE, match="22 calls failed in a row"):
        run_judge(desk, "m", role=HOLDER)
    assert len(provider.requests) <= 24


def test_calls_at_once_stay_below_the_limit_and_fall_when_there_are_too_many(
    make_desk: MakeDesk, provider: Provider
) -> None:
    def script(body: Body, n: int) -> Reply:
        if provider.at_once >= 3:
            return Reply(status=429, error="slow down", headers={"Retry-After": "0"})
        return replace(following(body, n), delay=0.02)

    provider.script = script
    desk = make_desk("concurrency = 8", items=30)
    run = run_judge(desk, "m", role=HOLDER)
    assert dict(run.statuses) == {"observed": 60}
    assert provider.most_at_once <= 8


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('model = "no-such-provider-model"', "no such provider; write provider/model"),
        ('model = "anthropic/claude-sonnet-4-5"', "set ANTHROPIC_API_KEY in the environment"),
        ('model = "anthropic/claude-sonnet-4-5"\nconfidence = ["logprobs"]', "set ANTHROPIC_API_KEY"),
    ],
)
def test_an_unknown_provider_or_a_missing_key_is_named_before_any_call(
    toml: str, said: str, make_desk: MakeDesk, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    desk = make_desk(items=1, more=f"[judges.other]\n{toml}")
    with pytest.raises(CANNOT_JUDGE, match=said):
        run_judge(desk, "other", role=HOLDER)
    assert provider.requests == []


def test_the_key_is_nowhere_in_the_database(make_desk: MakeDesk, provider: Provider) -> None:
    desk = make_desk()
    run_judge(desk, "m", role=HOLDER)
    assert b"sk-of-a-test" not in b"".join(p.read_bytes() for p in desk.folder.glob("calibrant.db*"))


def test_concurrent_items_have_answers_of_their_own(make_desk: MakeDesk, provider: Provider) -> None:
    def script(body: Body, n: int) -> Reply:
        number = int(item_text(body).split("text ")[1].split("\n")[0])
        chosen = {"helpful": number % 3 + 1}
        return Reply(json.dumps(answers(body, chosen)), delay=(7 * number % 5) / 200)

    provider.script = script
    desk = make_desk("concurrency = 16", items=60)
    run_judge(desk, "m", role=HOLDER)
    wanted = {f"i{k}": k % 3 + 1 for k in range(60)}
    assert {item_id: one.value for item_id, one in by_item(desk, "helpful").items()} == wanted


def test_a_provider_that_repeats_the_key_does_not_make_us_print_or_store_it(
    make_desk: MakeDesk, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "abcd-efgh-0123456789")
    refused = "Incorrect API key provided: abcd-efgh-0123456789"
    provider.script = lambda body, n: Reply(status=401, error=refused)
    desk = make_desk(items=2)
    with pytest.raises(CANNOT_JUDGE, match="Incorrect API key provided: <OPENAI_API_KEY>"):
        run_judge(desk, "m", role=HOLDER)
    kept = b"".join(path.read_bytes() for path in desk.folder.iterdir() if path.is_file())
    assert b"Incorrect API key provided" in kept
    assert b"0123456789" not in kept
