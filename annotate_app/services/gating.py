"""The gate over a study folder: its files and a certificate in, decisions out; opens no database."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from annotate_app.services.judge_identity import Identity, NoSuchJudge, judge_identity
from annotate_app.study_file import BadStudyFile, StudyFile, load_study_file
from calibration.certificate import certificate_name
from calibration.gate import Decision, Expected, decide
from calibration.policy import BadPolicy, Policy, read_policy
from rubrics.files import RubricError, load_rubric
from rubrics.rubric import Rubric

MOST_BYTES = 10_000_000


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
    """One decision for the judge, or for every judge of study.toml; `CannotGate` when files cannot be read.

    A certificate that is missing or unreadable is a decision (not trusted), not an error.
    """
    study_file, rubric, policy = _files(folder)
    judges = [judge] if judge is not None else list(study_file.judges)
    if not judges:
        raise CannotGate(f"{folder / 'study.toml'} declares no judge: name one in [judges.NAME]")
    if certificate is not None and len(judges) > 1:
        raise CannotGate("name the judge that the certificate is about: there are " + ", ".join(judges))
    reported = None if verdicts is None else reported_models(verdicts)
    return tuple(
        decide(
            certificate_text(certificate or _place(folder, name, criteria)),
            Expected(
                judge=name,
                spec=identity.spec,
                spec_hash=identity.spec_hash,
                study=study_file.study.name,
                rubric_sha256=rubric.sha256,
                policy=policy,
                now=clock(),
                criteria=criteria,
                key=signing_key(),
                reported=reported,
            ),
        )
        for name, identity in ((n, _identity(folder, study_file, rubric, n)) for n in judges)
    )


def signing_key() -> bytes | None:
    """The optional HMAC key, from CALIBRANT_SIGNING_KEY."""
    return os.environ.get("CALIBRANT_SIGNING_KEY", "").encode() or None


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


def reported_models(path: Path) -> tuple[str, ...]:
    """The models that a file of verdicts (JSON Lines) says it came from."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        records = [json.loads(line) for line in lines if line.strip()]
    except OSError as error:
        raise CannotGate(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CannotGate(f"{path}: not JSON Lines: {error}") from error
    named = {
        record.get("reported_model") or "none reported" for record in records if isinstance(record, dict)
    }
    return tuple(sorted(str(name) for name in named))


def _files(folder: Path) -> tuple[StudyFile, Rubric, Policy]:
    try:
        study_file = load_study_file(folder)
        rubric = load_rubric(folder / study_file.study.rubric)
        return study_file, rubric, read_policy(study_file.policy, rubric)
    except (BadStudyFile, RubricError, BadPolicy) as error:
        raise CannotGate(str(error)) from error


def _identity(folder: Path, study_file: StudyFile, rubric: Rubric, judge: str) -> Identity:
    try:
        return judge_identity(folder, study_file, rubric, judge)
    except NoSuchJudge as error:
        raise CannotGate(str(error)) from error


def _place(folder: Path, judge: str, criteria: tuple[str, ...]) -> Path:
    """The certificate for these criteria alone, where there is one; else the judge's."""
    own = folder / "certificates" / certificate_name(judge, criteria)
    return own if own.exists() else folder / "certificates" / certificate_name(judge)
