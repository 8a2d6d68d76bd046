"""Rubric files: YAML in and out, every fault named by file, line and field; refuses to guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from rubrics.file_checks import build_condition, build_criterion, build_failure_mode, refuse_repeated_names
from rubrics.file_models import CriterionFile, FailureModeFile, RubricFile, shaped
from rubrics.rubric import Criterion, FailureMode, Level, Rubric, Scale, plain_number
from rubrics.yaml_tree import Problem, Tree, read_tree

LIBRARY = Path(__file__).parent / "library"
# YAML folds these into blanks unless they are escaped.
ODD_LINE_BREAKS = "\r\x85\u2028\u2029"


class RubricError(ValueError):
    """A rubric file that cannot be used: every problem, one a line, with file, line and field."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(f"{source}:{problem}" for problem in self.problems))


def load_rubric(path: Path | str) -> Rubric:
    """The rubric in a file; `RubricError` when it cannot be read or used."""
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RubricError(str(path), [Problem(1, "", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RubricError(str(path), [Problem(line, "", "is not UTF-8 text: save it as UTF-8")]) from error
    return parse_rubric(text, source=str(path))


def parse_rubric(text: str, *, source: str = "rubric.yaml") -> Rubric:
    """The rubric in YAML text; `RubricError` lists every problem found."""
    tree = read_tree(text.removeprefix("\ufeff"))
    if tree.problems:
        raise RubricError(source, tree.problems)
    header = shaped(RubricFile, tree, tree.content, ())
    top = tree.content if isinstance(tree.content, dict) else {}
    criteria = _criteria(tree, top.get("criteria"))
    failure_modes = _failure_modes(tree, top.get("failure_modes"))
    if header is None or tree.problems:
        raise RubricError(source, tree.problems)
    return Rubric(
        name=header.name,
        criteria=criteria,
        purpose=header.purpose,
        instructions=header.instructions,
        failure_modes=failure_modes,
        owner=header.owner,
        review_every=header.review_every,
    )


def library_rubrics() -> dict[str, Path]:
    """The shipped rubrics: name to file."""
    return {path.stem: path for path in sorted(LIBRARY.glob("*.yaml"))}


@cache
def library_rubric(name: str) -> Rubric:
    """A shipped rubric by name; `KeyError` names those there are."""
    paths = library_rubrics()
    if name not in paths:
        raise KeyError(f"no rubric {name!r} in the library; there are: {', '.join(paths)}")
    return load_rubric(paths[name])


def _criteria(tree: Tree, given: object) -> tuple[Criterion, ...]:
    entries = given if isinstance(given, list) else []
    refuse_repeated_names(tree, ("criteria",), [_name(entry) for entry in entries])
    earlier: dict[str, Criterion | None] = {}
    for index, entry in enumerate(entries):
        criterion = _criterion(tree, index, entry, earlier)
        earlier[criterion.name if criterion else _name(entry) or f"criteria[{index}]"] = criterion
    return tuple(criterion for criterion in earlier.values() if criterion)


def _criterion(
    tree: Tree, index: int, entry: object, earlier: dict[str, Criterion | None]
) -> Criterion | None:
    path = ("criteria", index)
    shape = shaped(CriterionFile, tree, entry, path)
    if shape is None:
        return None
    criterion = build_criterion(tree, path, shape)
    if shape.applies_when is None:
        return criterion
    condition = build_condition(tree, (*path, "applies_when"), shape.applies_when, earlier)
    return replace(criterion, applies_when=condition) if criterion and condition else None


def _failure_modes(tree: Tree, given: object) -> tuple[FailureMode, ...]:
    entries = given if isinstance(given, list) else []
    refuse_repeated_names(tree, ("failure_modes",), [_name(entry) for entry in entries])
    shapes = [shaped(FailureModeFile, tree, entry, ("failure_modes", i)) for i, entry in enumerate(entries)]
    return tuple(build_failure_mode(shape) for shape in shapes if shape)


def _name(entry: object) -> str | None:
    name = entry.get("name") if isinstance(entry, dict) else None
    return name.strip() if isinstance(name, str) else None


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks, lists indented below their field."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if any(mark in text for mark in ODD_LINE_BREAKS):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _write_text)


def dump_rubric(rubric: Rubric) -> str:
    """YAML text that parses back to the same rubric."""
    content: dict[str, object] = {"name": rubric.name}
    for name in ("purpose", "owner", "review_every", "instructions"):
        if getattr(rubric, name):
            content[name] = getattr(rubric, name)
    content["criteria"] = [_criterion_content(criterion) for criterion in rubric.criteria]
    if rubric.failure_modes:
        content["failure_modes"] = [_failure_mode_content(mode) for mode in rubric.failure_modes]
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _criterion_content(criterion: Criterion) -> dict[str, object]:
    content: dict[str, object] = {"name": criterion.name, "question": criterion.question}
    if criterion.description:
        content["description"] = criterion.description
    content["dimension"] = criterion.dimension
    content["scale"] = _scale_content(criterion.scale)
    content["not_applicable"] = criterion.not_applicable
    content["required"] = criterion.required
    if criterion.applies_when:
        when = criterion.applies_when
        content["applies_when"] = {"criterion": when.criterion, "values": list(when.values)}
    if criterion.ask_sure:
        content["ask_sure"] = True
    content["weight"] = plain_number(criterion.weight)
    return content


def _scale_content(scale: Scale) -> dict[str, object]:
    content: dict[str, object] = {"kind": scale.kind}
    for name in ("low", "high", "step"):
        bound = getattr(scale, name)
        if bound is not None:
            content[name] = plain_number(bound)
    if scale.kind == "pairwise":
        content["tie"] = scale.tie is not None
    if scale.levels:
        content["levels"] = [_level_content(level) for level in scale.levels]
    return content


def _level_content(level: Level) -> dict[str, object]:
    content: dict[str, object] = {"name": level.name}
    if level.value is not None:
        content["value"] = plain_number(level.value)
    for name in ("description", "example"):
        if getattr(level, name):
            content[name] = getattr(level, name)
    if level.aliases:
        content["aliases"] = list(level.aliases)
    if level.rationale_required:
        content["rationale_required"] = True
    return content


def _failure_mode_content(mode: FailureMode) -> dict[str, object]:
    content: dict[str, object] = {
        "name": mode.name,
        "description": mode.description,
        "severity": mode.severity,
        "visibility": mode.visibility,
    }
    return content | ({"detected_by": mode.detected_by} if mode.detected_by else {})
