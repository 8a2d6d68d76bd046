"""Who a judge is: everything requested of it as one hash, read from the study's files alone.

The gate recomputes the hash offline, so nothing here runs a judge, imports numpy or opens a database.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast

from calibration.judges.asking import Asking, BadAsking, read_asking
from calibration.judges.checks.table import check_identity, is_check
from calibration.judges.examples import BadExamples
from calibration.judges.faults import BadJudge, parameters_place
from calibration.judges.secrets import BadParameter, plain_parameters, says_a_key
from calibration.judges.sources import code_sha256, file_sha256, find_source, folder_files
from rubrics.canonical import sha256_of
from rubrics.replies import PARSER_VERSION
from rubrics.rubric import Rubric

Kind = Literal["model", "code", "command", "baseline", "panel", "import"]
KINDS: tuple[Kind, ...] = ("model", "code", "command", "baseline", "panel", "import")
BASELINES = ("tfidf-logistic", "majority")
VALUES_VERSION = "values/1"  # how a function's answers are read: by the scale, nothing else
PANEL_VERSION = "panel/1"  # raised when the same votes would give another answer
BASELINE_VERSION = "baseline/1"  # raised when the learned judge would answer differently
# Settings of study.toml that shape a model's requests.
MODEL_SETTINGS = ("calls", "reply", "confidence", "both_orders", "examples")


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """What was requested: kind, model or function, parameters, prompt, rubric, parser, samples, criteria.

    Two judges with one `spec_hash` were asked for the same thing; the judge's name is not part of it.
    """

    kind: Kind
    requested: str
    parameters: Mapping[str, object]
    samples: int
    source_sha256: str | None
    prompt_sha256: str | None
    rubric_sha256: str
    parser: str
    criteria: tuple[str, ...] | None = None
    members: tuple[str, ...] | None = None  # of a panel: their spec hashes
    asking: Mapping[str, object] | None = None

    def answers(self, criterion: str) -> bool:
        """Whether the judge is asked about this criterion."""
        return self.criteria is None or criterion in self.criteria

    @property
    def content(self) -> dict[str, object]:
        """The whole specification as plain JSON values."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def spec_hash(self) -> str:
        """SHA-256 of the canonical JSON of the content."""
        return sha256_of(self.content)


def read_spec(name: str, definition: Mapping[str, object], *, folder: Path, rubric: Rubric) -> JudgeSpec:
    """The specification of the judge that study.toml's [judges.NAME] describes.

    `definition` is that table (`import` under its own name, absent ways absent or None). Raises BadJudge
    for a definition that cannot be followed.
    """
    kind = _kind(name, definition)
    requested = requested_of(definition[kind])
    _check(name, kind, requested)
    parameters = _parameters(name, kind, definition)
    made = _made(name, kind, definition, folder, rubric)
    return JudgeSpec(
        kind=kind,
        requested=requested,
        parameters=parameters,
        samples=int(cast("int", definition.get("samples") or 1)),
        source_sha256=made.source_sha256,
        prompt_sha256=made.prompt_sha256,
        rubric_sha256=rubric.sha256,
        parser=made.parser,
        criteria=_criteria(name, definition.get("criteria"), rubric),
        asking=made.asking,
    )


def _parameters(name: str, kind: Kind, definition: Mapping[str, object]) -> dict[str, object]:
    try:
        return plain_parameters(cast("Mapping[str, object]", definition.get("parameters") or {}))
    except BadParameter as bad:
        raise BadJudge(f"study.toml, [judges.{name}] {bad}{_variable(kind, definition[kind])}") from bad


def _variable(kind: Kind, requested: object) -> str:
    """Where a model's provider looks for its key."""
    provider, slash, _ = str(requested).partition("/")
    word = re.sub(r"\W+", "_", provider).upper()
    return f" variable {word}_API_KEY (or as the provider calls it)" if kind == "model" and slash else ""


def requested_of(given: object) -> str:
    """What study.toml asks for, in one line; of a panel the members' names."""
    return ", ".join(map(str, given)) if isinstance(given, list | tuple) else str(given)


def asking_of(name: str, definition: Mapping[str, object], *, folder: Path, rubric: Rubric) -> Asking:
    """How the model judge that study.toml's [judges.NAME] describes is asked. Raises BadJudge."""
    criteria = _criteria(name, definition.get("criteria"), rubric)
    answered = rubric if criteria is None else rubric.only(criteria)
    try:
        return read_asking(str(definition["model"]), definition, folder=folder, rubric=answered)
    except (BadAsking, BadExamples) as bad:
        raise BadJudge(f"study.toml, [judges.{name}] {bad}") from bad


def _criteria(name: str, given: object, rubric: Rubric) -> tuple[str, ...] | None:
    """The criteria the judge answers in the rubric's order; None for all."""
    if given is None:
        return None
    wanted, known = list(cast("Iterable[str]", given)), [criterion.name for criterion in rubric.criteria]
    unknown = [criterion for criterion in wanted if criterion not in known]
    if unknown or not wanted:
        found = f"no criterion {unknown[0]!r} in the rubric" if unknown else "names none"
        raise BadJudge(f"study.toml, [judges.{name}] criteria: {found}; there are {', '.join(known)}")
    return tuple(criterion for criterion in known if criterion in wanted)


def _kind(name: str, definition: Mapping[str, object]) -> Kind:
    given = [kind for kind in KINDS if definition.get(kind) is not None]
    if len(given) != 1:
        raise BadJudge(f"study.toml, [judges.{name}]: name exactly one of {', '.join(KINDS)}")
    return given[0]


def _check(name: str, kind: Kind, requested: str) -> None:
    where = f"study.toml, [judges.{name}]"
    if kind == "baseline" and requested not in BASELINES:
        raise BadJudge(f"{where} baseline = {requested!r}: choose one of {', '.join(BASELINES)}")
    if says_a_key(requested):
        raise BadJudge(
            f"{where} {kind}: holds what looks like a key; keys never stand in a file: let the program read "
            "it from the environment"
        )
    if kind == "import" and not requested.strip():
        raise BadJudge(f"{where} import: declare who made the verdicts (model, prompt version, date)")


@dataclass(frozen=True, slots=True)
class _Made:
    """What a kind of judge is made of: how answers are read, hashes of files and prompt, how it is asked."""

    parser: str
    source_sha256: str | None = None
    prompt_sha256: str | None = None
    asking: Mapping[str, object] | None = None


def _made(name: str, kind: Kind, definition: Mapping[str, object], folder: Path, rubric: Rubric) -> _Made:
    requested = str(definition[kind])
    if kind == "model":
        asking = asking_of(name, definition, folder=folder, rubric=rubric)
        reply = f"reply/{PARSER_VERSION}"
        return _Made(reply, prompt_sha256=asking.prompt_sha256, asking=asking.content)
    _refuse_settings_of_models(name, definition)
    declared = _declared_prompt(name, definition.get("prompt"), folder)
    if kind == "command":
        return _Made(VALUES_VERSION, _command_sha256(name, requested, folder), declared)
    if kind != "code":
        parser = {"baseline": BASELINE_VERSION, "panel": PANEL_VERSION}.get(kind, f"reply/{PARSER_VERSION}")
        return _Made(parser, prompt_sha256=declared)
    parameters = cast("Mapping[str, object]", definition.get("parameters") or {})
    if is_check(requested):
        named = definition.get("criteria")
        found = check_identity(name, requested, parameters, folder=folder, rubric=rubric, named=named)
        return _Made(found.parser, found.source_sha256, declared)
    data = _declared_files(name, parameters.get("files", ()), folder)
    return _Made(VALUES_VERSION, code_sha256(name, find_source(name, requested, folder), data), declared)


def _declared_files(name: str, given: object, folder: Path) -> dict[str, Path]:
    """`files` of a code judge's parameters: what its function reads."""
    place = parameters_place(name, "files")
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise BadJudge(f"{place}: write a list of files of the study folder")
    return folder_files(given, folder, place=place)


def _refuse_settings_of_models(name: str, definition: Mapping[str, object]) -> None:
    """A setting without effect is a mistake of its writer."""
    given = [setting for setting in MODEL_SETTINGS if definition.get(setting) is not None]
    if given:
        raise BadJudge(f"study.toml, [judges.{name}] {given[0]}: only judges with `model` have it")


def _command_sha256(name: str, requested: str, folder: Path) -> str | None:
    """The hash of the study's files that a command line names; None when it names none."""
    own = [path for word in command_words(name, requested) if (path := folder / word).is_file()]
    return sha256_of([[path.name, file_sha256(path)] for path in own]) if own else None


def command_words(name: str, requested: str) -> list[str]:
    """A command line as its words, split as a shell does; BadJudge when it cannot be."""
    try:
        words = shlex.split(requested)
    except ValueError as error:
        raise BadJudge(f"study.toml, [judges.{name}] command = {requested!r}: {error}") from error
    if not words:
        raise BadJudge(f"study.toml, [judges.{name}] command: is empty")
    return words


def _declared_prompt(name: str, prompt: object, folder: Path) -> str | None:
    """The hash of the prompt file that a function, a program or whoever was imported says it was given."""
    if prompt is None:
        return None
    path = (folder / str(prompt)).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise BadJudge(f"study.toml, [judges.{name}] prompt = {str(prompt)!r}: no such file in {folder}")
    return file_sha256(path)
