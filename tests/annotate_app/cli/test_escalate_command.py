"""`calibrant escalate` accepts what a standing certificate covers, and sends everything else to people."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from annotate_app.cli import main
from calibration.certificate import Certificate
from rubrics.canonical import sha256_of

SPEC: dict[str, object] = {"kind": "model", "requested": "acme/judge-1"}
HASH = sha256_of(SPEC)
LIMIT = {"confidence": 0.8, "agreement": 0.85, "delta": 0.0304, "coverage": 0.7, "accepted": 80, "errors": 4,
         "n": 120}  # fmt: skip
VERDICT = {
    "item_id": "i1", "judge": "asked", "criterion": "grounded", "value": "yes", "status": "observed",
    "confidence": 0.9, "spec_hash": HASH, "reported_model": "acme-1", "rationale": "Weil es stimmt: ü",
}  # fmt: skip


def certificate(**changes: object) -> Certificate:
    now = datetime.now(UTC)
    content: dict[str, object] = {
        "judge": {"name": "asked", "spec": SPEC, "spec_hash": HASH, "observed": ["acme-1"]},
        "study": "support",
        "rubric_sha256": "c" * 64,
        "policy_sha256": "d" * 64,
        "evidence": {"labels_sha256": "a" * 64, "verdicts_sha256": "b" * 64, "n": 120, "clusters": 120,
                     "raters": 5},
        "looks": {"k": 1, "alpha": 0.0304},
        "conditions": [],
        "estimates": {"grounded": {}},
        "threshold": {"grounded": LIMIT},
        "outcome": "trusted",
        "issued": now - timedelta(days=1),
        "expires": now + timedelta(days=80),
        "software": "calibrant",
    }  # fmt: skip
    return Certificate.model_validate(content | changes)


class Bench:
    """A folder with a certificate, verdicts, and the two files that a run writes."""

    def __init__(self, folder: Path) -> None:
        self.certificate, self.verdicts = folder / "certificate.json", folder / "verdicts.jsonl"
        self.accepted, self.review = folder / "accepted.jsonl", folder / "review.jsonl"
        self.certificate.write_text(certificate().sealed())

    def run(self, *verdicts: dict[str, Any], more: tuple[str, ...] = ()) -> int:
        self.verdicts.write_text("".join(json.dumps(v) + "\n" for v in verdicts), encoding="utf-8")
        files = ["--certificate", str(self.certificate), "--verdicts", str(self.verdicts)]
        written = ["--accepted", str(self.accepted), "--review", str(self.review)]
        return main(["escalate", *files, *written, *more])

    def written(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        accepted, review = (
            [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            for path in (self.accepted, self.review)
        )
        return accepted, review

    def left_nothing(self) -> bool:
        names = {path.name for path in self.certificate.parent.iterdir()}
        return names <= {"certificate.json", "verdicts.jsonl"}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def without(*fields: str) -> dict[str, Any]:
    return {name: value for name, value in VERDICT.items() if name not in fields}


def test_verdicts_at_or_above_the_threshold_are_accepted_whole(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    at, below = VERDICT | {"confidence": 0.8}, VERDICT | {"confidence": 0.7999}
    assert bench.run(VERDICT, below, at) == 0
    assert bench.written() == ([VERDICT, at], [below])
    printed = capsys.readouterr().out
    assert "at least 85% of the time, with probability 97.0%; 70% of verdicts" in printed
    assert "accepted  2 of 3" in printed


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (without("confidence"), "no confidence"),
        (VERDICT | {"confidence": True}, "no confidence"),
        (VERDICT | {"confidence": "0.9"}, "no confidence"),
        (VERDICT | {"confidence": 1.2}, "no confidence"),
        (VERDICT | {"confidence": float("nan")}, "no confidence"),
        (VERDICT | {"value": None, "status": "parse_error"}, "no answer"),
        (VERDICT | {"status": "abstained"}, "no answer"),
        (VERDICT | {"criterion": "polite"}, "no threshold is certified for its criterion"),
        (without("criterion"), "no threshold is certified for its criterion"),
        (without("spec_hash"), "does not say which judge gave it (spec_hash)"),
        (without("reported_model"), "does not say which model gave it (reported_model)"),
    ],
)
def test_a_verdict_in_doubt_goes_to_people_and_says_why(
    bench: Bench, verdict: dict[str, Any], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.run(verdict, more=("--json",)) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["accepted"], found["review"]) == (0, {reason: 1})
    assert bench.accepted.read_text() == ""


@pytest.mark.parametrize(
    "stranger",
    [{"judge": "other"}, {"spec_hash": "f" * 64}, {"reported_model": "acme-2"}],
    ids=["judge", "spec_hash", "model"],
)
def test_one_verdict_of_another_judge_stops_everything(
    bench: Bench, stranger: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    bench.accepted.write_text("of yesterday")
    assert bench.run(VERDICT, VERDICT | stranger) == 2
    assert bench.left_nothing()
    said = capsys.readouterr().err
    assert next(iter(stranger)) in said
    assert "verdict 2" in said


def test_without_a_threshold_everything_goes_to_people(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.certificate.write_text(certificate(threshold=None).sealed())
    assert bench.run(VERDICT, VERDICT) == 0
    assert bench.written() == ([], [VERDICT, VERDICT])
    assert "has no threshold" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcome": "undecided"}, "outcome"),
        ({"expires": datetime(2020, 1, 1, tzinfo=UTC)}, "expires"),
        ({"issued": datetime(2999, 1, 1, tzinfo=UTC)}, "issued"),
    ],
)
def test_a_certificate_that_does_not_stand_is_refused(
    bench: Bench, changes: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.certificate.write_text(certificate(**changes).sealed())
    assert bench.run(VERDICT) == 2
    assert bench.left_nothing()
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{}", "not json"])
def test_a_damaged_certificate_is_refused(bench: Bench, text: str) -> None:
    bench.certificate.write_text(text)
    assert bench.run(VERDICT) == 2
    assert bench.left_nothing()


def test_a_missing_certificate_is_refused(bench: Bench) -> None:
    bench.certificate.unlink()
    assert bench.run(VERDICT) == 2


def test_a_signature_is_asked_for_where_a_key_is_set(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIBRANT_SIGNING_KEY", "secret")
    assert bench.run(VERDICT) == 2
    bench.certificate.write_text(certificate().sealed(b"secret"))
    assert bench.run(VERDICT) == 0


def test_with_a_study_the_whole_gate_is_asked(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    assert bench.run(VERDICT, more=("--study", str(tmp_path / "study"))) == 1  # no study.toml


def test_a_line_that_is_no_verdict_could_not_run_and_leaves_nothing(bench: Bench) -> None:
    bench.verdicts.write_text(json.dumps(VERDICT) + "\n[1]\n")
    files = ["--certificate", str(bench.certificate), "--verdicts", str(bench.verdicts)]
    assert main(["escalate", *files, "--accepted", str(bench.accepted)]) == 1
    assert bench.left_nothing()


def test_the_files_written_are_never_those_read(bench: Bench) -> None:
    bench.verdicts.write_text(json.dumps(VERDICT) + "\n")
    files = ["--certificate", str(bench.certificate), "--verdicts", str(bench.verdicts)]
    assert main(["escalate", *files, "--review", str(bench.verdicts)]) == 1
    assert main(["escalate", *files, "--review", str(bench.review), "--accepted", str(bench.review)]) == 1
    assert bench.verdicts.read_text()


def test_a_place_that_cannot_be_written_could_not_run(bench: Bench, tmp_path: Path) -> None:
    bench.accepted.mkdir()
    assert bench.run(VERDICT) == 1
    bench.accepted.rmdir()
    bench.review = tmp_path / "nowhere" / "review.jsonl"
    assert bench.run(VERDICT) == 1
    assert bench.left_nothing()


def test_imported_verdicts_need_not_repeat_who_the_judge_is(bench: Bench) -> None:
    spec = {"kind": "import", "requested": "Acme, prompt 3"}
    judge = {"name": "asked", "spec": spec, "spec_hash": sha256_of(spec), "observed": []}
    bench.certificate.write_text(certificate(judge=judge).sealed())
    plain = without("spec_hash", "reported_model")
    assert bench.run(plain, plain | {"spec_hash": "Acme, prompt 3"}) == 0
    assert len(bench.written()[0]) == 2
