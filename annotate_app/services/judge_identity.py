"""Which judge study.toml asks for today, as a look and the gate compare it; opens no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.study_file import StudyFile
from calibration.judges.declared import declared_spec
from calibration.judges.faults import BadJudge, JudgeNotAvailable
from rubrics.rubric import Rubric

if TYPE_CHECKING:
    from annotate_app.desk import Desk


class NoSuchJudge(ValueError):
    """study.toml does not declare the judge, or not so that it can be identified."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A judge as requested; `accepted` are the hashes that its stored verdicts may carry."""

    spec: Mapping[str, object]
    spec_hash: str
    accepted: tuple[str, ...]


def definitions(study_file: StudyFile) -> dict[str, dict[str, object]]:
    """The tables [judges.NAME] by name."""
    return {name: section.model_dump(by_alias=True) for name, section in study_file.judges.items()}


def asked_judges(desk: Desk) -> dict[str, tuple[str, ...]]:
    """By name, the hashes that verdicts of study.toml's judges may carry today."""
    asked = {}
    for name in desk.study_file.judges:
        try:
            asked[name] = judge_identity(desk.folder, desk.study_file, desk.rubric, name).accepted
        except NoSuchJudge:  # one that cannot be identified has no present identity
            continue
    return asked


def judge_identity(folder: Path, study_file: StudyFile, rubric: Rubric, judge: str) -> Identity:
    """The identity of [judges.NAME] in study.toml; `NoSuchJudge` when it declares none.

    Imported verdicts may carry no hash of their own, or the one that study.toml declares.
    """
    section = study_file.judges.get(judge)
    if section is None:
        names = ", ".join(study_file.judges) or "none"
        raise NoSuchJudge(
            f"study.toml has no [judges.{judge}] (there are: {names}): declare the judge's identity"
        )
    try:
        spec = declared_spec(judge, definitions(study_file), folder=folder, rubric=rubric)
    except (BadJudge, JudgeNotAvailable) as error:
        raise NoSuchJudge(str(error)) from error
    imported = ("", spec.requested) if spec.kind == "import" else ()
    return Identity(spec.content, spec.spec_hash, (spec.spec_hash, *imported))
