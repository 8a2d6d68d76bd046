"""Where a statement of SQL takes something in by its text and not as a bound value; runs nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

SQL = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|JOIN|VALUES|ORDER BY|GROUP BY|CREATE|DROP|ALTER|LIMIT"
    r"|PRAGMA|FROM|UNION|RETURNING|ON CONFLICT|COPY|ATTACH|AND|EXISTS)\b"
)


Scope = ast.Module | ast.FunctionDef


def taken_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and code of what stands in a text of SQL and is not certainly a text of ours."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in (*functions, tree):
        names = _local(scope)
        for node in _own(scope):
            for value in _inside(node):
                if not _is_ours(value, names):
                    yield value.lineno, ast.unparse(value)


def _own(scope: Scope) -> Iterator[ast.AST]:
    """The nodes of a scope without those of functions in it."""
    waiting: list[ast.AST] = list(scope.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def _local(scope: Scope) -> dict[str, list[ast.expr]]:
    """What is assigned to each name; a parameter is nothing that is known."""
    found: dict[str, list[ast.expr]] = {}
    for node in _own(scope):
        if isinstance(node, ast.Assign | ast.AugAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
        if isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, []).append(node.iter)
    return found


def _inside(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.JoinedStr) and SQL.search(_words(node)):
        yield from (part.value for part in node.values if isinstance(part, ast.FormattedValue))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _is_sql(node.left):
        yield node.right
    match node:
        case ast.Call(func=ast.Attribute(value=text, attr="format")) if _is_sql(text) or _is_constant(text):
            yield from (*node.args, *(one.value for one in node.keywords))


def _words(node: ast.JoinedStr) -> str:
    return " ".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))


def _is_sql(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(SQL.search(node.value))


def _is_constant(node: ast.expr) -> bool:
    """A constant of a module, or a part of one, which no outside text can be."""
    if isinstance(node, ast.Subscript):
        return _is_constant(node.value)
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.lstrip("_").isupper() or name == "__slots__"


def _is_ours(node: ast.expr, names: dict[str, list[ast.expr]], seen: frozenset[str] = frozenset()) -> bool:
    """Whether an expression is made of constants of ours, of numbers and of names of bound values alone."""

    def ours(*inner: ast.expr) -> bool:
        return all(_is_ours(one, names, seen) for one in inner)

    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name) if name in names and name not in seen:
            return all(_is_ours(one, names, seen | {name}) for one in names[name])
        case ast.Call(func=ast.Name(id="int" | "len" | "math.ceil")):
            return True
        case ast.Call(
            func=ast.Name(id="str" | "tuple" | "list" | "sorted" | "enumerate" | "next"), args=args
        ):
            return ours(*args)
        case ast.Call(
            func=ast.Attribute(value=inner, attr="join" | "lower" | "format" | "replace"), args=args
        ):
            return ours(inner, *args, *(one.value for one in node.keywords))
        case ast.JoinedStr(values=parts):
            return _all_ours(parts, ours)
        case ast.BinOp(op=ast.Mult(), left=ast.Constant()):
            return True
        case ast.BinOp(op=ast.Add() | ast.Mult(), left=left, right=right):
            return ours(left, right)
        case ast.IfExp(body=body, orelse=other):
            return ours(body, other)
        case ast.BoolOp(values=inner) | ast.Tuple(elts=inner) | ast.List(elts=inner):
            return ours(*inner)
        case ast.Starred(value=inner):
            return ours(inner)
        case ast.GeneratorExp(elt=elt) | ast.ListComp(elt=elt):
            return ours(elt)
    return _is_constant(node)


def _all_ours(parts: list[ast.expr], ours: Callable[[ast.expr], bool]) -> bool:
    """An f-string's parts; behind a colon stands the name of a bound value."""
    before = ""
    for part in parts:
        if isinstance(part, ast.FormattedValue) and not before.endswith(":") and not ours(part.value):
            return False
        before = str(part.value) if isinstance(part, ast.Constant) else ""
    return True
