"""The checks by name, and a check's identity; refuses parameters, files and answers that do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibration.judges.checks.check import Check
from calibration.judges.checks.form import ExactMatch, JsonSchema, Length
from calibration.judges.checks.overlap import Bleu, Rouge
from calibration.judges.checks.patterns import CitationPresent, Regex
from calibration.judges.checks.shares import EntityF1, TokenF1
from calibration.judges.faults import BadJudge, parameters_place, read_parameters
from calibration.judges.sources import files_sha256, folder_files
from rubrics.rubric import CANNOT_TELL, NOT_APPLICABLE, Criterion, Rubric, UnknownAnswer, spelling

PREFIX = "check:"
CHECKS: Mapping[str, type[Check]] = {
    "regex": Regex,
    "exact_match": ExactMatch,
    "length": Length,
    "json_schema": JsonSchema,
    "citation_present": CitationPresent,
    "rouge": Rouge,
    "bleu": Bleu,
    "token_f1": TokenF1,
    "entity_f1": EntityF1,
}


@dataclass(frozen=True, slots=True)
class CheckIdentity:
    """Which version of which check a judge is, and the hash of the files it uses."""

    parser: str
    source_sha256: str | None


def is_check(requested: str) -> bool:
    return requested.startswith(PREFIX)


def find_check(judge: str, requested: str, parameters: Mapping[str, object]) -> Check:
    """The check that `code = "check:NAME"` asks for, with its parameters; BadJudge names what is wrong."""
    name = requested.removeprefix(PREFIX)
    if name not in CHECKS:
        known = ", ".join(CHECKS)
        raise BadJudge(
            f"study.toml, [judges.{judge}] code = {requested!r}: there is no such check; there are {known}"
        )
    return read_parameters(CHECKS[name], judge, parameters, what=f"the check {name}")


def check_identity(
    judge: str,
    requested: str,
    parameters: Mapping[str, object],
    *,
    folder: Path,
    rubric: Rubric,
    named: object,
) -> CheckIdentity:
    """The identity, once the check fits the criteria: `named` in study.toml, or the rubric's only one."""
    check = find_check(judge, requested, parameters)
    criteria = [c for c in rubric.criteria if named is None or c.name in set(_names(named))]
    if named is None and len(criteria) > 1:
        known = ", ".join(criterion.name for criterion in criteria)
        raise BadJudge(
            f"study.toml, [judges.{judge}] criteria: a check answers what you name; the rubric has {known}"
        )
    for criterion in criteria:
        _refuse_misfit(judge, check, criterion)
    place = parameters_place(judge, "schema")
    files = folder_files(check.files(), folder, place=place)
    return CheckIdentity(f"{requested}/{check.version}", files_sha256(files) if files else None)


def _names(named: object) -> Sequence[str]:
    return [str(name) for name in named] if isinstance(named, list | tuple) else []


def _refuse_misfit(judge: str, check: Check, criterion: Criterion) -> None:
    """Outcomes must be answers of the criterion's scale, a score needs an interval scale."""
    kind = criterion.scale.kind
    if check.answer == "score":
        if kind != "interval":
            raise BadJudge(
                f'{parameters_place(judge, "answer")} = "score": criterion {criterion.name!r} has a {kind} '
                "scale, and a score goes onto an interval scale alone"
            )
        return
    for field, given in (("pass", check.passing), ("fail", check.failing)):
        if given is None and kind != "binary":
            raise BadJudge(
                f"{parameters_place(judge, field)}: name the answer; only a binary scale has a default, and "
                f"criterion {criterion.name!r} has a {kind} scale"
            )
        if given is not None and not _allowed(criterion, given):
            answers = ", ".join(str(c) for c in criterion.scale.categories) or "numbers"
            raise BadJudge(
                f"{parameters_place(judge, field)} = {given!r}: criterion {criterion.name!r} has {answers}"
            )


def _allowed(criterion: Criterion, given: object) -> bool:
    """An answer of the scale, "cannot tell", or where the criterion has it "not applicable"."""
    word = spelling(given)
    if word == CANNOT_TELL or (criterion.not_applicable and word == NOT_APPLICABLE):
        return True
    try:
        criterion.scale.parse(given)
    except UnknownAnswer:
        return False
    return True
