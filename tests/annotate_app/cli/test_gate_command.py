"""`calibrant gate` over a study folder: 0 only for a whole certificate of today's files, 2 or 1 otherwise."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from grounded import RUBRIC

from annotate_app.cli import main
from annotate_app.services.judge_identity import judge_identity
from annotate_app.study_file import load_study_file
from calibration.certificate import Certificate
from calibration.policy import read_policy
from rubrics.files import load_rubric

STUDY = """
[study]
name = "support"
[judges.rules]
code = "judge.py:judge"
prompt = "prompt.txt"
parameters = {temperature = 0}
[policy.criteria.grounded]
floor = 0.60
unparsed_max = 0.05
"""
JUDGE = "def judge(item):\n    return {'grounded': 'yes'}\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    (tmp_path / "judge.py").write_text(JUDGE)
    (tmp_path / "prompt.txt").write_text("Is it grounded?\n")
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "rules.json").write_text(certificate(tmp_path).sealed())
    return tmp_path


def certificate(folder: Path, **changes: object) -> Certificate:
    """A trusted certificate of the folder's judge, rubric and policy, issued yesterday."""
    study_file, rubric = load_study_file(folder), load_rubric(folder / "rubric.yaml")
    policy = read_policy(study_file.policy, rubric, strata=study_file.strata_shares)
    identity = judge_identity(folder, study_file, rubric, "rules")
    bounds = {
        "cohen_kappa": 0.7,
        "items": 120,
        "clusters": 120,
        "rarest_class": 40,
        "abstained": 0,
        "unparsed": 0,
    }
    now = datetime.now(UTC)
    content: dict[str, object] = {
        "judge": {
            "name": "rules",
            "spec": identity.spec,
            "spec_hash": identity.spec_hash,
            "observed": ["acme-1"],
        },
        "study": "support",
        "rubric_sha256": rubric.sha256,
        "policy_sha256": policy.sha256,
        "evidence": {
            "labels_sha256": "a" * 64,
            "verdicts_sha256": "b" * 64,
            "n": 120,
            "clusters": 120,
            "raters": 5,
        },
        "looks": {"k": 1, "alpha": policy.alpha_of_look(1)},
        "conditions": [
            {
                "name": r.name,
                "criterion": r.criterion,
                "bound": bounds[r.name],
                "floor": r.limit,
                "passed": True,
            }
            for r in policy.criteria[0].requirements
        ],
        "estimates": {},
        "outcome": "trusted",
        "issued": now - timedelta(days=1),
        "expires": now + timedelta(days=80),
        "software": "calibrant",
    }
    return Certificate.model_validate(content | changes)


def gate(study: Path, *more: str) -> int:
    return main(["gate", "rules", "--study", str(study), *more])


def test_an_untouched_study_passes(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(study) == 0
    printed = capsys.readouterr().out
    assert "rules: trusted" in printed
    assert "FAIL" not in printed


def test_every_judge_that_may_decide_is_asked_about_when_none_is_named(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite("study.toml", "floor = 0.60", 'floor = 0.60\njudges = ["rules"]')(study)
    rewrite("study.toml", "[policy.cr", '[judges.idle]\nimport = "nobody, ever"\n[policy.cr')(study)
    (study / "certificates" / "rules.json").write_text(certificate(study).sealed())
    assert main(["gate", "--study", str(study)]) == 0
    assert "idle" not in capsys.readouterr().out  # the policy asks nothing of it, and it has no certificate
    rewrite("study.toml", '["rules"]', '["rules", "idle"]')(study)
    (study / "certificates" / "rules.json").write_text(certificate(study).sealed())
    assert main(["gate", "--study", str(study)]) == 2
    assert "idle: missing (certificate)" in capsys.readouterr().out


def test_a_certificate_of_a_judge_that_the_study_lost_closes_the_gate(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / "certificates" / "gone.json").write_text(certificate(study).sealed())
    assert main(["gate", "--study", str(study)]) == 2
    assert "no [judges.gone]" in capsys.readouterr().out


def test_a_study_that_trusts_nobody_is_no_reason_for_green(study: Path) -> None:
    rewrite("study.toml", "floor = 0.60", "floor = 0.60\njudges = []")(study)
    (study / "certificates" / "rules.json").unlink()
    assert main(["gate", "--study", str(study)]) == 1


def test_checks_are_written_in_the_form_that_the_name_asks_for(study: Path, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("gate.xml", "gate.json", "gate.md")]
    assert gate(study, *(word for path in files for word in ("--write", str(path)))) == 0
    xml, content, page = (path.read_text() for path in files)
    assert '<testsuite name="calibrant gate: rules"' in xml
    assert json.loads(content)[0]["outcome"] == "trusted"
    assert page.startswith("### Calibrant gate: rules is trusted")


def test_a_summary_is_appended_where_a_job_has_one(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert gate(study) == 0
    (study / "study.toml").unlink()
    assert gate(study) == 1
    text = summary.read_text()
    assert text.startswith("before\n### Calibrant gate: rules is trusted")
    assert "could not run" in text


def test_a_report_that_cannot_be_written_is_never_green(study: Path) -> None:
    assert gate(study, "--write", str(study / "nowhere" / "gate.xml")) == 1


def test_a_report_of_an_unknown_form_is_a_wrong_option(study: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        gate(study, "--write", "gate.pdf")
    assert ended.value.code == 1


def rewrite(name: str, old: str, new: str) -> Callable[[Path], object]:
    """A change of one of the study's files."""
    return lambda study: (study / name).write_text((study / name).read_text().replace(old, new))


TAMPERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "prompt": (rewrite("prompt.txt", "it grounded", "it  grounded"), "judge prompt_sha256"),
    "code": (rewrite("judge.py", "yes", "no"), "judge source_sha256"),
    "rubric": (rewrite("rubric.yaml", "some claim", "a claim"), "rubric"),
    "floor": (rewrite("study.toml", "0.60", "0.61"), "grounded: cohen_kappa"),
    "alpha": (
        rewrite("study.toml", "[policy.criteria", "[policy]\nalpha = 0.04\n[policy.criteria"),
        "policy",
    ),
    "parameters": (rewrite("study.toml", "temperature = 0", "temperature = 1"), "judge parameters"),
    "study": (rewrite("study.toml", '"support"', '"other"'), "study"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_one_change_is_named_and_exits_with_two(
    study: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, said = TAMPERED[name]
    change(study)
    assert gate(study) == 2
    failed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert any(said in line for line in failed)


def damaged(text: str) -> dict[str, str]:
    return {
        "empty": "",
        "truncated": text[: len(text) // 2],
        "duplicate keys": text.replace('"study"', '"outcome": "trusted",\n  "study"', 1),
        "edited": text.replace('"n": 120', '"n": 121', 1),
        "not text": "\udcff",
    }


@pytest.mark.parametrize("name", ["empty", "truncated", "duplicate keys", "edited", "not text"])
def test_a_damaged_certificate_exits_with_two(
    study: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = study / "certificates" / "rules.json"
    place.write_text(damaged(place.read_text())[name], errors="surrogateescape")
    assert gate(study) == 2
    assert "rules: unreadable" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issued": datetime(2999, 1, 1, tzinfo=UTC), "expires": datetime(2999, 2, 1, tzinfo=UTC)}, "issued"),
        ({"expires": datetime(2020, 1, 1, tzinfo=UTC)}, "rules: expired"),
        ({"outcome": "undecided"}, "rules: undecided"),
        ({"outcome": "not trusted"}, "rules: not trusted"),
    ],
)
def test_certificates_of_another_day_or_outcome_exit_with_two(
    study: Path, changes: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / "certificates" / "rules.json").write_text(certificate(study, **changes).sealed())
    assert gate(study) == 2
    assert said in capsys.readouterr().out


def test_a_missing_certificate_exits_with_two(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (study / "certificates" / "rules.json").unlink()
    assert gate(study) == 2
    assert "rules: missing" in capsys.readouterr().out
    assert gate(study, "--certificate", str(study / "nowhere.json")) == 2


def test_a_folder_in_place_of_the_certificate_could_not_run(study: Path) -> None:
    assert gate(study, "--certificate", str(study)) == 1


@pytest.mark.parametrize("name", ["study.toml", "rubric.yaml", "judge.py", "prompt.txt"])
def test_a_study_whose_files_cannot_be_read_could_not_run(
    study: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / name).unlink()
    assert gate(study) == 1
    assert name in capsys.readouterr().err


def test_a_judge_that_the_study_does_not_declare_could_not_run(study: Path) -> None:
    assert main(["gate", "stranger", "--study", str(study)]) == 1


def test_reported_models_are_compared(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts = tmp_path / "verdicts.jsonl"
    verdicts.write_text('{"item_id": "i", "reported_model": "acme-1"}\n')
    assert gate(study, "--verdicts", str(verdicts)) == 0
    verdicts.write_text('{"item_id": "i", "reported_model": "acme-2"}\n')
    assert gate(study, "--verdicts", str(verdicts)) == 2
    assert "acme-2" in capsys.readouterr().out
    verdicts.write_text("not json\n")
    assert gate(study, "--verdicts", str(verdicts)) == 1


def test_a_signature_is_demanded_where_a_key_is_set(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIBRANT_SIGNING_KEY", "secret")
    assert gate(study) == 2
    (study / "certificates" / "rules.json").write_text(certificate(study).sealed(b"secret"))
    assert gate(study) == 0


def test_json_prints_every_check(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(study, "--json") == 0
    (decision,) = json.loads(capsys.readouterr().out)
    assert decision["schema"] == "calibrant/gate/1"
    assert all(check["passed"] for check in decision["checks"])


def test_the_command_needs_no_numbers_library_and_no_database(study: Path) -> None:
    probe = (
        "import sys; from annotate_app.cli import main; code = main(sys.argv[1:]); "
        "heavy = ('numpy', 'scipy', 'pandas', 'sqlmodel', 'sqlalchemy', 'litellm', 'streamlit', 'sklearn'); "
        "print(code, [m for m in heavy if m in sys.modules])"
    )
    command = [sys.executable, "-c", probe, "gate", "rules", "--study", str(study)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "0 []"
    assert not (study / "calibrant.db").exists()
