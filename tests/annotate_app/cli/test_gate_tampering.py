"""One character changed anywhere: the gate names exactly what changed, with both values, and exits with 2."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from grounded import RUBRIC

from annotate_app.cli import main
from annotate_app.services.gating import gate
from annotate_app.services.judge_identity import judge_identity
from annotate_app.study_file import load_study_file
from calibration.certificate import Certificate, certificate_name
from calibration.judges import spec
from calibration.judges.checks.patterns import Regex
from calibration.policy import read_policy
from rubrics.canonical import sha256_of
from rubrics.files import load_rubric

STUDY = """
[study]
name = "support"
[judges.asked]
model = "acme/judge-1"
parameters = {temperature = 0, stop = ["END", "STOP"]}
prompt = "prompts/outline.md"
examples = "prompts/examples.jsonl"
[judges.written]
code = "judges/judge.py:judge"
[judges.program]
command = "python judges/program.py"
[judges.pattern]
code = "check:regex"
parameters = {must_match = ["[0-9]+"]}
[judges.bought]
import = "Acme, prompt 3"
prompt = "prompts/theirs.txt"
[judges.both]
panel = ["written", "pattern"]
[policy.criteria.grounded]
floor = 0.60
[strata.typical]
share = 0.75
[strata.odd]
share = 0.25
"""
EXAMPLE = {
    "item_id": "x1",
    "output": "It is 3.",
    "answers": {"grounded": {"answer": "yes", "rationale": "Said."}},
}
FILES = {
    "study.toml": STUDY,
    "rubric.yaml": RUBRIC,
    "prompts/outline.md": "Be strict.\n\n{{criteria}}\n\n{{data_rules}}\n\n{{reply_rules}}\n",
    "prompts/examples.jsonl": json.dumps(EXAMPLE) + "\n",
    "prompts/theirs.txt": "Is it grounded?\n",
    "judges/judge.py": "from rules import LIMIT\n\n\ndef judge(item):\n    return {'grounded': 'yes'}\n",
    "judges/rules.py": "LIMIT = 3\n",
    "judges/program.py": "print('{}')\n",
}
JUDGES = ("asked", "written", "program", "pattern", "bought", "both")
BOUNDS = {
    "cohen_kappa": 0.7,
    "items": 120,
    "clusters": 120,
    "rarest_class": 40,
    "abstained": 0,
    "unparsed": 0,
}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study with a judge of every kind, each with a trusted certificate of yesterday."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "certificates").mkdir()
    for judge in JUDGES:
        write(tmp_path, judge)
    return tmp_path


def write(folder: Path, name: str, *, file: str = "", key: bytes | None = None, **changes: object) -> None:
    path = folder / "certificates" / (file or certificate_name(name))
    path.write_text(certificate(folder, name, **changes).sealed(key), encoding="utf-8")


def certificate(folder: Path, name: str, **changes: object) -> Certificate:
    study_file, rubric = load_study_file(folder), load_rubric(folder / "rubric.yaml")
    policy = read_policy(study_file.policy, rubric, strata=study_file.strata_shares)
    identity = judge_identity(folder, study_file, rubric, name)
    now = datetime.now(UTC)
    named = {"name": name, "spec": identity.spec, "spec_hash": identity.spec_hash, "observed": ["acme-1"]}
    hashes = {"labels_sha256": "a" * 64, "verdicts_sha256": "b" * 64}
    conditions = [
        {"name": r.name, "criterion": r.criterion, "bound": BOUNDS[r.name], "floor": r.limit, "passed": True}
        for r in policy.criteria[0].requirements
    ]
    content: dict[str, object] = {
        "judge": named,
        "study": "support",
        "rubric_sha256": rubric.sha256,
        "policy_sha256": policy.sha256,
        "policy": policy.content,
        "evidence": {**hashes, "n": 120, "clusters": 120, "raters": 5},
        "looks": {"k": 1, "alpha": policy.alpha_of_look(1)},
        "conditions": conditions,
        "estimates": {"grounded": {"cohen_kappa": {"value": 0.8, "low": 0.7, "high": 0.9, "level": 0.94}}},
        "outcome": "trusted",
        "issued": now - timedelta(days=1),
        "expires": now + timedelta(days=80),
        "software": "calibrant",
    }
    return Certificate.model_validate(content | changes)


def gated(
    study: Path, judge: str, capsys: pytest.CaptureFixture[str], *more: str
) -> dict[str, tuple[str, str]]:
    """The failed checks by name with both values; the exit code says the same as they do."""
    code = main(["gate", judge, "--study", str(study), "--json", *more])
    (decision,) = json.loads(capsys.readouterr().out)
    failed = {c["name"]: (c["expected"], c["found"]) for c in decision["checks"] if not c["passed"]}
    assert code == (2 if failed else 0)
    assert decision["trusted"] is (code == 0)
    return failed


@pytest.mark.parametrize("judge", JUDGES)
def test_untouched_judges_of_every_kind_pass(
    study: Path, judge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gated(study, judge, capsys) == {}


def edit(name: str, old: str, new: str) -> Callable[[Path, pytest.MonkeyPatch], None]:
    """A change of one file of the study."""

    def change(study: Path, patch: pytest.MonkeyPatch) -> None:
        text = (study / name).read_text(encoding="utf-8")
        assert old in text
        (study / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def version(place: object, name: str) -> Callable[[Path, pytest.MonkeyPatch], None]:
    """The software has another version of a parser or a check."""
    return lambda study, patch: patch.setattr(place, name, "99")


# Which judge, what changes, and the names of all checks that fail.
SPEC = "judge spec_hash"
RUBRIC_TOO = ["judge rubric_sha256", SPEC, "rubric"]
Change = Callable[[Path, pytest.MonkeyPatch], None]
TAMPERED: dict[str, tuple[str, Change, list[str]]] = {
    "model": ("asked", edit("study.toml", "judge-1", "judge-2"), ["judge requested", SPEC]),
    "strata shares": ("written", edit("study.toml", "share = 0.25", "share = 0.20"),
                      ["policy", "policy strata.odd"]),
    "parameter": ("asked", edit("study.toml", "temperature = 0", "temperature = 1"),
                  ["judge parameters.temperature", SPEC]),
    "parameter's type": ("asked", edit("study.toml", "temperature = 0", "temperature = 0.0"),
                         ["judge parameters.temperature", SPEC]),
    "one of a list": ("asked", edit("study.toml", '"STOP"', '"STOP."'), ["judge parameters.stop.2", SPEC]),
    "samples": ("asked", edit("study.toml", "[judges.written]", "samples = 3\n[judges.written]"),
                ["judge samples", SPEC]),
    "form of the reply": ("asked", edit("study.toml", "[judges.written]", 'reply = "text"\n[judges.written]'),
                          ["judge asking.reply", "judge prompt_sha256", SPEC]),
    "outline": ("asked", edit("prompts/outline.md", "strict.", "strict!"), ["judge prompt_sha256", SPEC]),
    "examples": ("asked", edit("prompts/examples.jsonl", "Said.", "Said!"), ["judge prompt_sha256", SPEC]),
    "parser": ("asked", version(spec, "PARSER_VERSION"), ["judge parser", SPEC]),
    "rubric": ("written", edit("rubric.yaml", "some claim", "a claim"), RUBRIC_TOO),
    "rubric of a model": ("asked", edit("rubric.yaml", "some claim", "a claim"),
                          ["judge prompt_sha256", *RUBRIC_TOO]),
    "code": ("written", edit("judges/judge.py", "'yes'", "'no'"), ["judge source_sha256", SPEC]),
    "code it imports": ("written", edit("judges/rules.py", "3", "4"), ["judge source_sha256", SPEC]),
    "values": ("written", version(spec, "VALUES_VERSION"), ["judge parser", SPEC]),
    "program": ("program", edit("judges/program.py", "{}", "{ }"), ["judge source_sha256", SPEC]),
    "pattern": ("pattern", edit("study.toml", "[0-9]+", "[0-9]*"), ["judge parameters.must_match.1", SPEC]),
    "check version": ("pattern", version(Regex, "version"), ["judge parser", SPEC]),
    "declared maker": ("bought", edit("study.toml", "prompt 3", "prompt 4"), ["judge requested", SPEC]),
    "declared prompt": ("bought", edit("prompts/theirs.txt", "it", "It"), ["judge prompt_sha256", SPEC]),
    "a panel's member": ("both", edit("judges/judge.py", "'yes'", "'no'"), ["judge member.written", SPEC]),
    "a panel's other member": ("both", edit("study.toml", "[0-9]+", "[0-9]*"),
                               ["judge member.pattern", SPEC]),
    "a panel's way": ("both", edit("study.toml", '"pattern"]', '"pattern"]\nparameters = {quorum = 2}'),
                      ["judge parameters", "judge parameters.quorum", SPEC]),
    "another member": ("both", edit("study.toml", '["written", "pattern"]', '["written", "bought"]'),
                       ["judge member.bought", "judge member.pattern", "judge requested", SPEC]),
    "floor": ("written", edit("study.toml", "0.60", "0.61"),
              ["policy criteria.grounded.floor", "policy", "grounded: cohen_kappa"]),
    "alpha": ("written", edit("study.toml", "[policy.criteria", "[policy]\nalpha = 0.04\n[policy.criteria"),
              ["policy alpha", "policy", "error budget of look 1"]),
    "evidence_days": ("written", edit("study.toml", "[policy.cr", "[policy]\nevidence_days = 91\n[policy.cr"),
                      ["policy evidence_days", "policy"]),
    "reference": ("written", edit("study.toml", "floor = 0.60", 'floor = 0.60\nreference = "each"'),
                  ["policy criteria.grounded.reference", "policy"]),
    "study": ("written", edit("study.toml", '"support"', '"other"'), ["study"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_what_changed_is_named_with_both_values(
    study: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, change, names = TAMPERED[name]
    change(study, monkeypatch)
    failed = gated(study, judge, capsys)
    assert sorted(failed) == sorted(names)
    assert all(expected != found for expected, found in failed.values())


def test_a_changed_value_is_shown_as_it_is_and_as_it_was(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit("study.toml", "judge-1", "judge-2")(study, pytest.MonkeyPatch())
    assert gated(study, "asked", capsys)["judge requested"] == ("acme/judge-2", "acme/judge-1")


def test_no_character_of_a_certificate_can_be_changed(study: Path) -> None:
    path = study / "certificates" / "written.json"
    text = path.read_text(encoding="utf-8")
    places = [place for place in range(0, len(text), 11) if text[place].isalnum()]
    for place in places:
        path.write_text(text[:place] + ("7" if text[place] != "7" else "3") + text[place + 1 :])
        (decision,) = gate(study, judge="written")
        assert not decision.trusted, text[place - 20 : place + 20]
    assert len(places) > 100


def raw(study: Path, **changes: object) -> dict[str, object]:
    content: dict[str, object] = json.loads(certificate(study, "written").sealed())
    return {**content, **changes}


def sealed(content: dict[str, object]) -> str:
    """As somebody writes it who knows how the content is sealed."""
    inside = {k: v for k, v in content.items() if k not in ("sha256", "signature")}
    return json.dumps({**inside, "sha256": sha256_of(inside)})


BAD_VALUES: dict[str, tuple[str, object]] = {
    "a text for a number": ("looks", {"k": "1", "alpha": 0.03, "labels_needed": None}),
    "a truth value for a number": ("looks", {"k": True, "alpha": 0.03, "labels_needed": None}),
    "a fraction for a count": ("evidence", {"labels_sha256": "a" * 64, "verdicts_sha256": "b" * 64, "n": 1.5,
                                            "clusters": 1, "raters": 1}),
    "a number for a date": ("issued", 1_900_000_000),
    "no time zone": ("issued", "2026-01-01T00:00:00"),
    "a list for the judge": ("judge", []),
    "null for the outcome": ("outcome", None),
    "another outcome": ("outcome", "TRUSTED"),
    "a short hash": ("rubric_sha256", "abc"),
    "no look": ("looks", {"k": 0, "alpha": 0.03, "labels_needed": None}),
    "a text for passed": ("conditions", [{"name": "items", "criterion": "grounded", "bound": 120, "floor": 40,
                                          "passed": "yes"}]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_VALUES)
def test_values_of_another_type_are_refused_by_name(
    study: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    field, value = BAD_VALUES[name]
    (study / "certificates" / "written.json").write_text(sealed(raw(study, **{field: value})))
    ((name_of_check, (_, found)),) = gated(study, "written", capsys).items()
    assert name_of_check == "certificate"
    assert f"field {field}" in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("\n", "empty"),
        ("null", "JSON object"),
        ("{", "not valid JSON"),
        ("\ufeff{}", "not valid JSON"),
        (
            '{"schema": "calibrant/certificate/1", "schema": "calibrant/certificate/1"}',
            "duplicate key 'schema'",
        ),
        ('{"schema": "calibrant/certificate/1", "looks": {"k": 1, "k": 2}}', "duplicate key 'k'"),
        ('{"schema": "calibrant/certificate/1", "looks": NaN}', "NaN"),
        ('{"schema": "calibrant/certificate/1", "looks": -Infinity}', "-Infinity"),
        ('{"schema": "calibrant/certificate/1", "looks": 1e999}', "cannot carry"),
    ],
)
def test_what_is_no_certificate_says_why(
    study: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / "certificates" / "written.json").write_text(text, encoding="utf-8")
    assert said in gated(study, "written", capsys)["certificate"][1]


def test_every_truncation_of_a_certificate_closes_the_gate(study: Path) -> None:
    path = study / "certificates" / "written.json"
    text = path.read_text(encoding="utf-8")
    for length in range(0, len(text) - 2, 97):
        path.write_text(text[:length])
        assert not gate(study, judge="written")[0].trusted


def test_a_certificate_of_tomorrow_is_refused(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(study, "written", issued=datetime.now(UTC) + timedelta(days=1))
    assert list(gated(study, "written", capsys)) == ["issued"]


def test_a_certificate_of_another_judge_under_this_name_is_refused(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = study / "certificates"
    (folder / "written.json").write_bytes((folder / "program.json").read_bytes())
    assert gated(study, "written", capsys)["judge"] == ("written", "program")


def test_a_certificate_without_the_policy_in_it_still_compares_its_hash(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(study, "written", policy=None)
    assert gated(study, "written", capsys) == {}
    edit("study.toml", "0.60", "0.61")(study, pytest.MonkeyPatch())
    assert sorted(gated(study, "written", capsys)) == ["grounded: cohen_kappa", "policy"]


def test_an_empty_signing_key_is_no_reason_to_do_without(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALIBRANT_SIGNING_KEY", "")
    assert main(["gate", "written", "--study", str(study)]) == 1
    assert "set but empty" in capsys.readouterr().err


def test_a_signature_that_nobody_can_verify_is_said(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(study, "written", key=b"secret")
    assert main(["gate", "written", "--study", str(study)]) == 0
    assert re.search(r"signature .*signed, not verified", capsys.readouterr().out)
    monkeypatch.setenv("CALIBRANT_SIGNING_KEY", "other")
    assert gated(study, "written", capsys) == {
        "signature": ("signed with CALIBRANT_SIGNING_KEY", "wrong signature")
    }


VERDICT = {"item_id": "i1", "judge": "asked", "criterion": "grounded", "value": "yes"}


@pytest.mark.parametrize(
    ("judge", "more", "failed"),
    [
        ("asked", {"reported_model": "acme-1"}, []),
        ("asked", {"reported_model": "acme-2"}, ["reported models"]),
        ("asked", {}, ["reported models"]),  # a model that does not say which one it is
        ("written", {"judge": "written"}, ["reported models"]),  # it did at the look
        (
            "asked",
            {"judge": "written", "reported_model": "acme-1"},
            ["reported models"],
        ),  # none of its verdicts
        ("asked", {"reported_model": "acme-1", "spec_hash": "f" * 64}, ["verdicts' spec_hash"]),
    ],
)
def test_verdicts_in_use_must_come_from_the_certified_judge(
    study: Path, judge: str, more: dict[str, str], failed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = study / "verdicts.jsonl"
    path.write_text(json.dumps(VERDICT | more) + "\n")
    assert list(gated(study, judge, capsys, "--verdicts", str(path))) == failed


def test_a_judge_without_models_need_not_report_any(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study_file, rubric = load_study_file(study), load_rubric(study / "rubric.yaml")
    identity = judge_identity(study, study_file, rubric, "written")
    named = {"name": "written", "spec": identity.spec, "spec_hash": identity.spec_hash, "observed": []}
    write(study, "written", judge=named)
    path = study / "verdicts.jsonl"
    path.write_text(json.dumps(VERDICT | {"judge": "written", "spec_hash": identity.spec_hash}) + "\n")
    assert gated(study, "written", capsys, "--verdicts", str(path)) == {}
