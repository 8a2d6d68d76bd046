"""The Judges page: who may see what, and runs that go on in the background."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asked_study import by_item, table
from streamlit.testing.v1 import AppTest

from annotate_app.desk import Desk
from annotate_app.services import judge_jobs, judges_page
from annotate_app.services.importing import import_files
from annotate_app.services.judge_jobs import Job, JobRefused, begin, job_of
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.judging import run_judge
from annotate_app.services.probe_values import ProbeOptions
from annotate_app.services.rights import HOLDER, NotVisible, Role
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.ui import host
from benchmarks.provider import Body, Provider, Reply, answers
from calibration.splits import DEVELOPMENT, HELD_OUT, VALIDATION
from calibration.stats.estimate import Estimate

MakeDesk = Callable[..., Desk]
HIDDEN_FROM: tuple[Role, ...] = ("rater", "lead")


def ended(desk: Desk, name: str = "m") -> Job:
    """The judge's job once it has ended."""
    for _ in range(600):
        job = job_of(desk, name, role=HOLDER)
        if job is not None and job.ended:
            return job
        time.sleep(0.05)
    raise TimeoutError(f"the job of {name} does not end")


def slowly(seconds: float) -> Callable[[Body, int], Reply]:
    return lambda body, _: Reply(json.dumps(answers(body)), delay=seconds)


@pytest.mark.parametrize("role", HIDDEN_FROM)
def test_raters_and_leads_see_nothing_of_judges(make_desk: MakeDesk, role: Role) -> None:
    desk = make_desk()
    run_judge(desk, "m", role=HOLDER)
    found = judges_page.overview(desk, role=role)
    assert found.withheld and not found.judges and not found.accounts
    assert judges_page.standings(desk, role=role, split=DEVELOPMENT) == ()
    for asked in (
        lambda: judges_page.details(desk, "m", role=role),
        lambda: judges_page.told(desk, "m", "i0", role=role),
        lambda: judges_page.first_item(desk, role=role),
        lambda: begin(desk, "m", RunOptions(), estimate=True, role=role),
    ):
        with pytest.raises(NotVisible):
            asked()
    assert job_of(desk, "m", role=HOLDER) is None


def test_agreement_is_of_open_splits_and_prompts_are_of_development(
    make_desk: MakeDesk, tmp_path: Path
) -> None:
    desk = make_desk(items=60)
    freeze_split(desk, role=HOLDER)
    run_judge(desk, "m", role=HOLDER)
    rows = (
        json.dumps(
            {"item_id": f"i{k}", "rater": "ada", "criterion": "grounded", "value": ["yes", "no"][k % 2]}
        )
        for k in range(60)
    )
    (tmp_path / "labels.jsonl").write_text("\n".join(rows))
    import_files(desk, [tmp_path / "labels.jsonl"], role=HOLDER)
    for split in (DEVELOPMENT, VALIDATION):
        standing = judges_page.standings(desk, role="engineer", split=split)
        assert [one.judge for one in standing if isinstance(one.estimate, Estimate)] == ["m"]
    assert judges_page.standings(desk, role="engineer", split=HELD_OUT) == ()
    splits = split_of_items(desk)
    assert splits[judges_page.first_item(desk, role="engineer")] == DEVELOPMENT
    sealed = next(item for item, split in splits.items() if split != DEVELOPMENT)
    (found,) = judges_page.told(desk, "m", sealed, role="owner")
    assert "items of development" in found.fault and not found.messages


def test_verdicts_of_an_earlier_self_are_said_to_be_that(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(items=6)
    run_judge(desk, "m", role=HOLDER)
    row = {"item_id": "i1", "rater": "ada", "criterion": "grounded", "value": "yes"}
    (tmp_path / "labels.jsonl").write_text(json.dumps(row))
    import_files(desk, [tmp_path / "labels.jsonl"], role=HOLDER)

    def said(desk: Desk) -> tuple[str, ...]:
        found = judges_page.overview(desk, role="engineer")
        return judges_page.former(found, judges_page.standings(desk, role="engineer", split=DEVELOPMENT))

    assert said(desk) == ()
    assert "had this name before" in said(make_desk(items=0, parameters="temperature = 1"))[0]


def test_details_are_the_identity_the_instructions_and_the_newest_probes(
    make_desk: MakeDesk, provider: Provider
) -> None:
    desk = make_desk(items=6)
    begin(desk, "m", ProbeOptions(kinds=("verbosity", "repeat")), estimate=False, role="engineer")
    assert ended(desk).failed is None
    found = judges_page.details(desk, "m", role="engineer")
    assert dict(found.spec)["requested"] == "openai/some-model"
    assert found.line.observed == ()  # no verdict yet: a probe stores none
    assert "Criterion grounded" in found.instructions[0]
    assert [result.kind for result in found.probes] == ["repeat", "verbosity"]
    (one,) = judges_page.told(desk, "m", "i3", role="engineer")
    assert "text 3" in one.messages[1][1] and "some-model" in one.rest


def test_a_run_is_estimated_then_begun_and_watched_to_its_end(
    make_desk: MakeDesk, provider: Provider
) -> None:
    desk = make_desk(items=6)
    begin(desk, "m", RunOptions(limit=4), estimate=True, role="engineer")
    assert "4 items to answer, 4 calls" in ended(desk).said[0]
    assert provider.requests == []
    provider.script = slowly(0.3)
    job = begin(desk, "m", RunOptions(limit=4), estimate=False, role="engineer")
    with pytest.raises(JobRefused, match="its run is under way"):
        begin(desk, "m", RunOptions(), estimate=False, role="owner")
    assert ended(desk) is job
    assert "4 items answered in" in job.said[0] and job.failed is None
    assert job.tally is not None and (job.tally.done, job.tally.items) == (4, 4)
    assert len(by_item(desk, "grounded")) == 4


def test_what_cannot_run_says_why_and_names_a_missing_key(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(more='[judges.past]\nimport = "another"\n')
    monkeypatch.delenv("OPENAI_API_KEY")
    begin(desk, "m", RunOptions(), estimate=False, role="engineer")
    assert "set OPENAI_API_KEY in the environment" in str(ended(desk).failed)
    begin(desk, "past", RunOptions(), estimate=False, role="engineer")
    assert "come from files" in str(ended(desk, "past").failed)
    assert table(desk, "SELECT count(*) FROM call") == [(0,)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_breaks_in_an_unforeseen_way_is_not_said_to_run_for_ever(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> tuple[str, ...]:
        raise SystemExit

    monkeypatch.setitem(judge_jobs._WORK, "run", breaks)
    desk = make_desk()
    begin(desk, "m", RunOptions(), estimate=False, role="engineer")
    assert ended(desk).failed == judge_jobs.CUT_SHORT


def one_page() -> None:
    """A script that draws the page alone."""
    from annotate_app.ui import host, state
    from annotate_app.ui.views import judges

    state.restore()
    judges.view(host.desk())


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    def open_page(desk: Desk, role: str) -> AppTest:
        monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
        app = AppTest.from_function(one_page, default_timeout=60)
        app.query_params["role"] = role
        return app.run()

    yield open_page
    host.close()


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def test_the_page_draws_a_judge_with_its_probes_and_runs_one(
    make_desk: MakeDesk, provider: Provider, opened: Callable[..., AppTest]
) -> None:
    desk = make_desk(items=24, more='[judges.common]\nbaseline = "majority"\n')
    run_judge(desk, "m", role=HOLDER)
    begin(desk, "m", ProbeOptions(kinds=("repeat",)), estimate=False, role="engineer")
    ended(desk)
    app = opened(desk, "engineer")
    text = shown(app)
    assert "did not get one same answer" in text and "arXiv 2606.13685" in text
    assert "What they take" in text and "some-model-2026-01-01 fp_1" in text
    assert any("text" in block.value and "FENCE-" in block.value for block in app.code)
    next(button for button in app.button if button.label == "What would it take?").click().run()
    ended(desk)
    text = shown(app.run())
    assert "0 items to answer, 0 calls" in text
    next(button for button in app.button if button.label == "Begin the run").click().run()
    ended(desk)
    assert "Nothing to do" in shown(app.run())


def test_the_page_says_why_a_number_has_no_interval(
    make_desk: MakeDesk, tmp_path: Path, opened: Callable[..., AppTest]
) -> None:
    desk = make_desk(items=60)
    freeze_split(desk, role=HOLDER)
    run_judge(desk, "m", role=HOLDER)
    items = [name for name, split in split_of_items(desk).items() if split == VALIDATION]
    given = [
        {"item_id": name, "criterion": "grounded", "value": "no" if k < 2 else "yes"}
        for k, name in enumerate(items)
    ]
    rows = (json.dumps(one | {"rater": "ada"}) + "\n" for one in given)
    (tmp_path / "labels.jsonl").write_text("".join(rows))
    import_files(desk, [tmp_path / "labels.jsonl"], role=HOLDER)
    standing = judges_page.standings(desk, role="engineer", split=VALIDATION)
    found = next(one for one in standing if one.criterion == "grounded")
    assert "rarest" in found.no_interval or "few" in found.no_interval
    assert f"grounded: m: no interval, {found.no_interval}." in shown(opened(desk, "engineer"))


def test_the_page_draws_no_number_for_a_rater(make_desk: MakeDesk, opened: Callable[..., AppTest]) -> None:
    desk = make_desk()
    run_judge(desk, "m", role=HOLDER)
    app = opened(desk, "rater")
    assert "not shown to raters" in shown(app)
    assert not app.button and not app.code and not app.selectbox


def test_the_page_imports_no_client_of_models() -> None:
    import subprocess
    import sys

    code = "import annotate_app.ui.views.judges, sys; print('litellm' in sys.modules)"
    run: Any = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
