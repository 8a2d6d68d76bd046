"""YAML text to plain values with line numbers; refuses tags, anchors, repeated fields, deep nesting.

Every scalar stays text: the models at the edge say what is a number or a truth value, so that a level may be
called `no` or `1` without quotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

MAX_CHARACTERS = 500_000
MAX_DEPTH = 16
NULLS = ("", "~", "null", "Null", "NULL")

FieldPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where it is and what to do."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.line}: {self.field}: {self.message}" if self.field else f"{self.line}: {self.message}"


@dataclass(slots=True)
class Tree:
    """Nested dicts, lists, texts and None, the line of every field, and what the grammar refused."""

    content: object = None
    lines: dict[FieldPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: FieldPath) -> int:
        """The line of a field, or of the nearest field around it that is in the file."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def refuse(self, path: FieldPath, message: str) -> None:
        self.problems.append(Problem(self.line_of(path), dotted(path), message))


class _TooDeep(Exception):
    """Nesting that no rubric has."""


def dotted(path: FieldPath) -> str:
    """`criteria[2].scale.levels[0].value` for the path of a field."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read_tree(text: str) -> Tree:
    """The tree of one YAML document; what could not be read is listed in its `problems`."""
    tree = Tree(lines={(): 1})
    if len(text) > MAX_CHARACTERS:
        tree.refuse((), f"{len(text)} characters; a rubric file has at most {MAX_CHARACTERS}: split it")
        return tree
    try:
        _read_document(tree, yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        tree.problems.append(Problem(line, "", f"not valid YAML: {error.problem or error.context}"))
    except yaml.YAMLError as error:
        tree.problems.append(Problem(1, "", f"not valid YAML: {error}".replace("\n", " ")))
    except _TooDeep:
        tree.refuse((), f"nested more than {MAX_DEPTH} levels deep; no rubric needs that")
    return tree


def _read_document(tree: Tree, events: Iterator[yaml.Event]) -> None:
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if tree.content is not None:
                tree.problems.append(Problem(_line(event), "", "a second document; keep one rubric per file"))
                return
            first = next(events)
            tree.lines[()] = _line(first)
            tree.content = _read_node(tree, events, first, ())


def _read_node(tree: Tree, events: Iterator[yaml.Event], event: yaml.Event, path: FieldPath) -> object:
    if len(path) > MAX_DEPTH:
        raise _TooDeep
    if isinstance(event, yaml.AliasEvent):
        tree.refuse(path, f"alias *{event.anchor} is not supported: write the text out")
        return None
    if isinstance(event, yaml.NodeEvent) and event.anchor:
        tree.refuse(path, f"anchor &{event.anchor} is not supported: remove it")
    tag = getattr(event, "tag", None)
    if tag:
        tree.refuse(path, f"tag {tag} is not supported: remove it")
    if isinstance(event, yaml.MappingStartEvent):
        return _read_mapping(tree, events, path)
    if isinstance(event, yaml.SequenceStartEvent):
        return _read_sequence(tree, events, path)
    return _scalar(event)


def _read_mapping(tree: Tree, events: Iterator[yaml.Event], path: FieldPath) -> dict[str, object]:
    content: dict[str, object] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        name = _read_node(tree, events, event, (*path, "?"))
        if not isinstance(name, str):
            tree.problems.append(Problem(_line(event), dotted(path), "a field name must be plain text"))
            name = f"?{len(content)}"
        inner = (*path, name)
        if name in content:
            first = tree.lines[inner]
            message = f"field given twice, first on line {first}: keep one"
            tree.problems.append(Problem(_line(event), dotted(inner), message))
        tree.lines.setdefault(inner, _line(event))
        value = _read_node(tree, events, next(events), inner)
        content.setdefault(name, value)
    return content


def _read_sequence(tree: Tree, events: Iterator[yaml.Event], path: FieldPath) -> list[object]:
    content: list[object] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        inner = (*path, len(content))
        tree.lines[inner] = _line(event)
        content.append(_read_node(tree, events, event, inner))
    return content


def _scalar(event: yaml.Event) -> str | None:
    assert isinstance(event, yaml.ScalarEvent)  # noqa: S101 - the only kind of node event that is left
    if event.style is None and event.value in NULLS:
        return None
    return str(event.value)


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return 1 if mark is None else int(mark.line) + 1
