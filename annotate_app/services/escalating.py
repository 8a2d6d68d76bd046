"""Splits verdicts into those that may stand and those for people, by a certificate's threshold; fails closed.

Offline and line by line. Nothing is left of a run that is refused, and a verdict in doubt goes to people.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from annotate_app.services.gating import (
    CannotGate,
    certificate_text,
    gate,
    signing_key,
    utc_now,
    verdict_lines,
)
from calibration.certificate import BadCertificate, Certificate, Threshold, read_certificate
from calibration.gate import NONE_REPORTED, UNKNOWN_JUDGE, Given, checks_alone, decided, maker

ACCEPTED, REVIEW = "accepted", "review"


class Refused(ValueError):
    """The certificate does not stand, or the verdicts are not its judge's: nothing was split."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """How many verdicts may stand, and how many go to people for which reason."""

    judge: str
    thresholds: Mapping[str, Threshold]
    accepted: int
    review: Mapping[str, int]

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "calibrant/escalate/1",
            "judge": self.judge,
            "thresholds": {name: found.model_dump() for name, found in self.thresholds.items()},
            "accepted": self.accepted,
            "review": dict(self.review),
        }


def escalate(
    certificate: Path,
    verdicts: Path,
    *,
    accepted: Path | None = None,
    review: Path | None = None,
    study: Path | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Escalation:
    """Split a file of verdicts (JSON Lines); verdicts are copied with all their fields.

    Older files at `accepted` and `review` are removed first, so that a refused run leaves none. With `study`
    the whole gate is asked before. `Refused` says what does not stand, CannotGate what cannot be read.
    """
    outputs = {name: path for name, path in ((ACCEPTED, accepted), (REVIEW, review)) if path is not None}
    _refuse_overwriting(outputs.values(), (certificate, verdicts))
    for path in outputs.values():
        _remove(path)
    rule = _Rule(_standing(certificate, study, clock))
    counts = _split(verdicts, rule, outputs)
    reasons = {reason: n for reason, n in sorted(counts.items()) if reason != ACCEPTED}
    return Escalation(rule.certificate.judge.name, rule.thresholds, counts[ACCEPTED], reasons)


def _refuse_overwriting(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    written, read = [path.resolve() for path in outputs], {path.resolve() for path in inputs}
    if len({*written}) < len(written) or {*written} & read:
        raise CannotGate("--accepted and --review must be two files, and none that is read from")


def _standing(path: Path, study: Path | None, clock: Callable[[], datetime]) -> Certificate:
    """The certificate, when it stands today: by itself, or against the study's files too."""
    text = certificate_text(path)
    if text is None:
        raise Refused(f"{path}: no such file, so there is no threshold")
    try:
        certificate = read_certificate(text)
    except BadCertificate as error:
        raise Refused(f"{path}: {error}") from error
    judge = certificate.judge.name
    if study is None:
        decision = decided(judge, list(checks_alone(certificate, now=clock(), key=signing_key())))
    else:
        asked = certificate.criteria
        (decision,) = gate(study, judge=judge, certificate=path, criteria=asked, clock=clock)
    if not decision.trusted:
        failed = (c for c in decision.checks if not c.passed)
        said = "; ".join(f"{c.name}: expected {c.expected}, found {c.found}" for c in failed)
        raise Refused(f"{path} does not stand ({decision.outcome}): {said}")
    return certificate


class _Rule:
    """What a certificate says of one verdict."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate
        self.thresholds: Mapping[str, Threshold] = certificate.threshold or {}
        self.maker: Given = maker(certificate)

    def of(self, verdict: Mapping[str, Any], where: str) -> str:
        """ACCEPTED, or why the verdict goes to people; `Refused` for one of another judge."""
        self._refuse_strangers(verdict, where)
        found = self.thresholds.get(str(verdict.get("criterion")))
        confidence: Any = verdict.get("confidence")
        if found is None:
            return "no threshold is certified for its criterion"
        if (verdict.get("spec_hash") or UNKNOWN_JUDGE) not in self.maker.spec_hashes:
            return "does not say which judge gave it (spec_hash)"
        if (verdict.get("reported_model") or NONE_REPORTED) not in self.maker.models:
            return "does not say which model gave it (reported_model)"
        if verdict.get("status", "observed") != "observed" or verdict.get("value") is None:
            return "no answer"
        if (
            not isinstance(confidence, int | float)
            or isinstance(confidence, bool)
            or not 0 <= confidence <= 1
        ):
            return "no confidence"
        return ACCEPTED if confidence >= found.confidence else "below the threshold"

    def _refuse_strangers(self, verdict: Mapping[str, Any], where: str) -> None:
        """What names another judge, specification or model than the certified ones stops everything."""
        known = {
            "judge": (self.certificate.judge.name,),
            "spec_hash": self.maker.spec_hashes,
            "reported_model": self.maker.models,
        }
        for field, allowed in known.items():
            given = verdict.get(field)
            if given and given not in allowed:
                raise Refused(f"{where}: {field} is {given!r}; certified is {', '.join(allowed)}")


def _split(verdicts: Path, rule: _Rule, outputs: Mapping[str, Path]) -> Counter[str]:
    """Write each line to its file as it is read; the files get their names when all lines are through."""
    partial = {name: path.with_name(f".{path.name}.part") for name, path in outputs.items()}
    counts: Counter[str] = Counter()
    try:
        with ExitStack() as stack:
            files = {n: stack.enter_context(_opened(path)) for n, path in partial.items()}
            for number, verdict in enumerate(verdict_lines(verdicts), start=1):
                reason = rule.of(verdict, f"{verdicts}, verdict {number}")
                counts[reason] += 1
                file = files.get(ACCEPTED if reason == ACCEPTED else REVIEW)
                if file is not None:
                    file.write(json.dumps(verdict, ensure_ascii=False) + "\n")
        for name, path in partial.items():
            path.replace(outputs[name])
    finally:
        for path in partial.values():
            path.unlink(missing_ok=True)
    return counts


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotGate(f"{path}: cannot be written: {error.strerror}") from error


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise CannotGate(f"{path}: cannot be written: {error.strerror}") from error
