"""A judge that is a deterministic check: one look at an item, its finding as an answer and in words."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from calibration.judges.checks.check import Check, Finding, Look
from calibration.judges.checks.table import find_check
from calibration.judges.faults import BadFile, BadJudge
from calibration.judges.judge import MISTAKES, JudgeFailed, read_answer
from calibration.judges.spec import JudgeSpec
from rubrics.answers import Verdict
from rubrics.items import Item
from rubrics.rubric import Criterion, Rubric


@dataclass(frozen=True, slots=True)
class CheckJudge:
    """A check that answers its criteria; it costs nothing, states no confidence and asks nobody."""

    name: str
    spec: JudgeSpec
    check: Check
    look: Look
    observed: str

    def judge(self, items: Sequence[Item], rubric: Rubric) -> Iterator[Verdict]:
        asked = [criterion for criterion in rubric.criteria if self.spec.answers(criterion.name)]
        for item in items:
            started = time.perf_counter()
            finding = self._found(item)
            seconds = time.perf_counter() - started
            for criterion in asked:
                yield self._verdict(item, criterion, finding, seconds)

    def _found(self, item: Item) -> Finding:
        try:
            return self.look(item)
        except MISTAKES as mistake:
            raise JudgeFailed(
                f"judge {self.name!r} broke on item {item.item_id!r}: {type(mistake).__name__}: {mistake}"
            ) from mistake

    def _verdict(self, item: Item, criterion: Criterion, finding: Finding, seconds: float) -> Verdict:
        read = read_answer(criterion, self.check.answer_for(criterion, finding))
        return Verdict(
            item_id=item.item_id,
            judge=self.name,
            criterion=criterion.name,
            value=read.value,
            status=read.status,
            raw_value=_raw(finding),
            rationale=None if finding.passed is None else finding.said,
            reason=finding.said if finding.passed is None else None,
            spec_hash=self.spec.spec_hash,
            reported_model=self.observed,
            cost_usd=0.0,
            latency_seconds=seconds,
        )


def load_check_judge(name: str, spec: JudgeSpec, folder: Path) -> CheckJudge:
    """The judge that runs the check of `spec.requested`; BadJudge when a file of it cannot be used."""
    check = find_check(name, spec.requested, spec.parameters)
    try:
        look = check.ready(folder)
    except BadFile as error:
        raise BadJudge(f"study.toml, [judges.{name}] parameters: {error}") from error
    package = "" if check.package is None else f", {check.package} {version(check.package)}"
    return CheckJudge(name, spec, check, look, f"{spec.parser}{package}")


def _raw(finding: Finding) -> str | None:
    """What was found before it became an answer."""
    if finding.passed is None:
        return None
    outcome = "pass" if finding.passed else "fail"
    return outcome if finding.score is None else f"{outcome} {finding.score:.6g}"
