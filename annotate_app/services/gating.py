"""The gate over a study folder: its files and a certificate in, decisions out; opens no database."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotate_app.services.judge_identity import Identity, NoSuchJudge, judge_identity
from annotate_app.study_file import BadStudyFile, StudyFile, load_study_file, rubric_path
from calibration.certificate import certificate_name
from calibration.gate import (
    NONE_REPORTED,
    UNKNOWN_JUDGE,
    Check,
    Decision,
    Expected,
    Given,
    decide,
    decided,
)
from calibration.gate_choice import decide_among, later_looks
from calibration.policy import BadPolicy, Policy, read_policy
from rubrics.files import RubricError, load_rubric
from rubrics.rubric import Rubric

MOST_BYTES = 10_000_000
CERTIFICATES = "certificates"
SIGNING_KEY = "CALIBRANT_SIGNING_KEY"


class CannotGate(ValueError):
    """The question could not be answered: the study's own files cannot be read."""


def utc_now() -> datetime:
    """The clock of every gate outside tests; the desk's own would bring the store with it."""
    return datetime.now(UTC)


def gate(
    folder: Path,
    *,
    judge: str | None = None,
    certificate: Path | None = None,
    criteria: tuple[str, ...] = (),
    verdicts: Path | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> tuple[Decision, ...]:
    """One decision for the judge, or for all of `gated_judges`; `CannotGate` when files cannot be read.

    A certificate that is missing or unreadable is a decision (not trusted), not an error.
    """
    files = study_files(folder)
    judges = [judge] if judge is not None else gated_judges(files)
    if not judges:
        raise CannotGate(
            f"{folder / 'study.toml'}: the policy asks nothing of any judge: nothing can be trusted"
        )
    if certificate is not None and len(judges) > 1:
        raise CannotGate("name the judge that the certificate is about: there are " + ", ".join(judges))
    decisions = []
    for name in judges:
        if judge is None and name not in files.study_file.judges:
            decisions.append(_undeclared(files, name))
            continue
        about = expected(files, name, criteria=criteria, verdicts=verdicts, now=clock())
        decisions.append(_decide(folder, about, certificate))
    return tuple(decisions)


@dataclass(frozen=True, slots=True)
class StudyFiles:
    """What the study's files say: all that a gate needs beside a certificate."""

    folder: Path
    study_file: StudyFile
    rubric: Rubric
    policy: Policy

    @property
    def certificates(self) -> Path:
        return self.folder / CERTIFICATES


def gated_judges(files: StudyFiles) -> list[str]:
    """Judges that the policy asks something of, and those that have a certificate, declared or not.

    A judge with neither decides nothing, and cannot be trusted when asked about by name either.
    """
    held = {path.name.partition(".")[0] for path in files.certificates.glob("*.json")}
    declared = list(files.study_file.judges)
    asked = [
        name for name in declared if any(c.asks(name) for c in files.policy.criteria) or _stem(name) in held
    ]
    return [*asked, *sorted(held - {_stem(name) for name in declared})]


def expected(
    files: StudyFiles,
    judge: str,
    *,
    criteria: tuple[str, ...] = (),
    verdicts: Path | None = None,
    now: datetime,
) -> Expected:
    """What a certificate of this judge must say today; `CannotGate` for a judge that cannot be identified."""
    identity = _identity(files, judge)
    return Expected(
        judge=judge,
        spec=identity.spec,
        spec_hash=identity.spec_hash,
        study=files.study_file.study.name,
        rubric_sha256=files.rubric.sha256,
        policy=files.policy,
        now=now,
        criteria=criteria,
        key=signing_key(),
        given=None if verdicts is None else read_given(verdicts, judge),
    )


def _decide(folder: Path, about: Expected, certificate: Path | None) -> Decision:
    """By one named file and no later look that failed, or by all certificates of the judge."""
    held = certificate_files(folder / CERTIFICATES, about.judge)
    if certificate is None:
        return decide_among(held, about)
    text = certificate_text(certificate)
    found = decide(text, about)
    later = [] if text is None else later_looks(held, text, about)
    return decided(about.judge, [*found.checks, *later])


def _undeclared(files: StudyFiles, judge: str) -> Decision:
    names = ", ".join(files.study_file.judges) or "none"
    found = f"a certificate, but no [judges.{judge}] (there are: {names})"
    return decided(judge, [Check("judge", "declared in study.toml", found, False)])


def signing_key() -> bytes | None:
    """The optional HMAC key, from CALIBRANT_SIGNING_KEY; `CannotGate` where it is set and empty.

    Pipelines hand over a secret that they do not have as an empty text, and that must not mean "unsigned".
    """
    given = os.environ.get(SIGNING_KEY)
    if given is not None and not given.strip():
        raise CannotGate(
            f"{SIGNING_KEY} is set but empty: give the key, or unset it to do without signatures"
        )
    return given.encode() if given else None


def certificate_files(folder: Path, judge: str) -> dict[str, str]:
    """The texts of a judge's certificates by file name: JUDGE.json and JUDGE.CRITERION.json."""
    stem = _stem(judge)
    paths = [path for path in sorted(folder.glob("*.json")) if path.name.partition(".")[0] == stem]
    texts = ((path.name, certificate_text(path)) for path in paths)
    return {name: text for name, text in texts if text is not None}


def _stem(judge: str) -> str:
    return certificate_name(judge).removesuffix(".json")


def certificate_text(path: Path) -> str | None:
    """The file's text, None when there is no such file; what is not text becomes no certificate."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return "too large to be a certificate"
        return path.read_bytes().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotGate(f"{path}: cannot be read: {error.strerror}") from error


def read_given(path: Path, judge: str) -> Given:
    """What a file of verdicts (JSON Lines) says of who gave them; verdicts of other judges do not count."""
    models: set[str] = set()
    hashes: set[str] = set()
    for verdict in verdict_lines(path):
        if verdict.get("judge", judge) == judge:
            models.add(str(verdict.get("reported_model") or NONE_REPORTED))
            hashes.add(str(verdict.get("spec_hash") or UNKNOWN_JUDGE))
    named = hashes - {UNKNOWN_JUDGE}
    return Given(tuple(sorted(models)), tuple(sorted(hashes if named else ())))


def verdict_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file one by one; `CannotGate` names the line that is none."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _verdict(path, number, line)
    except OSError as error:
        raise CannotGate(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CannotGate(f"{path}: is not UTF-8 text: {error.reason}") from error


def _verdict(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CannotGate(f"{path}, line {number}: not JSON: {error}") from error
    if not isinstance(record, dict):
        raise CannotGate(f"{path}, line {number}: a verdict is a JSON object")
    return record


def study_files(folder: Path) -> StudyFiles:
    """study.toml, the rubric and the policy of a folder; `CannotGate` when they cannot be read."""
    try:
        study_file = load_study_file(folder)
        rubric = load_rubric(rubric_path(folder, study_file))
        return StudyFiles(
            folder,
            study_file,
            rubric,
            read_policy(study_file.policy, rubric, strata=study_file.strata_shares),
        )
    except (BadStudyFile, RubricError, BadPolicy) as error:
        raise CannotGate(str(error)) from error


def _identity(files: StudyFiles, judge: str) -> Identity:
    try:
        return judge_identity(files.folder, files.study_file, files.rubric, judge)
    except NoSuchJudge as error:
        raise CannotGate(str(error)) from error
