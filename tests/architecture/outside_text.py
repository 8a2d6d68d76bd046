"""Where text from outside could be read as Markdown or HTML: finds it in a module's syntax; runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

# Streamlit reads the first argument (or `label`, `body`, `text`) and `help` of these as Markdown.
READ_AS_MARKDOWN = frozenset((
    "audio_input", "badge", "button", "camera_input", "caption", "chat_message", "checkbox",
    "color_picker", "date_input", "datetime_input", "dialog", "download_button", "error", "exception",
    "expander", "feedback", "file_uploader", "form_submit_button", "header", "info", "link_button",
    "markdown", "menu_button", "metric", "multiselect", "number_input", "page_link", "pills", "popover",
    "progress", "radio", "segmented_control", "select_slider", "selectbox", "slider", "spinner",
    "status", "subheader", "success", "tabs", "text_area", "text_input", "time_input", "title", "toast",
    "toggle", "warning", "write",
))  # fmt: skip
WORDS_BY_NAME = frozenset(("label", "body", "text", "help", "caption", "captions", "delta"))
# These read every option as Markdown too; `page.labels` wraps what names an option.
OPTIONS_READ = frozenset(("radio", "pills", "segmented_control"))
OPTIONS_FIRST = frozenset(("tabs",))
# A number written in one of these ways cannot be text: Python refuses.
NUMBERS = frozenset(",dfge%")


@dataclass(frozen=True, slots=True)
class Finding:
    line: int
    code: str


def read_as_markdown(tree: ast.Module) -> Iterator[Finding]:
    """Arguments that Streamlit reads as Markdown, and that are not certainly words of ours."""
    for scope in _scopes(tree):
        ours = _ours(scope)
        for call in _calls(scope):
            for words in _words(call):
                if not is_ours(words, ours):
                    yield Finding(words.lineno, ast.unparse(words))


def _scopes(tree: ast.Module) -> list[ast.AST]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [*functions, *(node for node in tree.body if not isinstance(node, ast.FunctionDef))]


def _calls(scope: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            receiver = node.func.value
            if node.func.attr in READ_AS_MARKDOWN and isinstance(receiver, ast.Name) and receiver.id == "st":
                yield node


def _words(call: ast.Call) -> Iterator[ast.expr]:
    """What the call shows; an option's name where options are read, too."""
    name = call.func.attr  # type: ignore[attr-defined]
    named = {one.arg: one.value for one in call.keywords if one.arg}
    if call.args and name != "progress":
        yield call.args[0]
    yield from (value for key, value in named.items() if key in WORDS_BY_NAME)
    if name in OPTIONS_READ:
        options = call.args[1] if len(call.args) > 1 else named["options"]
        yield named.get("format_func", options)


def is_ours(node: ast.expr, ours: frozenset[str]) -> bool:
    """Whether the expression can only be words of ours: constants, numbers, and what `page` has escaped."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name.isupper() or name in ours
        case ast.Attribute(attr=name):
            return name.isupper()
        case ast.Call(func=ast.Attribute(value=ast.Name(id="page"), attr="plain" | "labels")):
            return True
        case ast.Call(func=ast.Name(id="len")):
            return True
        case ast.Call(func=ast.Name(id="list" | "tuple"), args=[inner]):
            return is_ours(inner, ours)
        case ast.JoinedStr(values=parts):
            return all(_number_or_ours(part, ours) for part in parts)
        case ast.IfExp(body=body, orelse=other):
            return is_ours(body, ours) and is_ours(other, ours)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return is_ours(left, ours) and is_ours(right, ours)
        case ast.List(elts=inner) | ast.Tuple(elts=inner):
            return all(is_ours(one, ours) for one in inner)
        case ast.Starred(value=value):
            return is_ours(value, ours)
        case ast.Subscript(value=value):
            return is_ours(value, ours)
        case ast.Lambda(body=body):
            return is_ours(body, ours)
    return False


def _number_or_ours(part: ast.expr, ours: frozenset[str]) -> bool:
    if not isinstance(part, ast.FormattedValue):
        return True
    return is_number(part) or is_ours(part.value, ours)


def is_number(part: ast.FormattedValue) -> bool:
    """Whether the value is written as only a number can be (`{n:,}`)."""
    match part.format_spec:
        case ast.JoinedStr(values=[ast.Constant(value=str(how))]):
            return how[-1:] in NUMBERS
    return False


def into_html(tree: ast.Module) -> Iterator[Finding]:
    """Values that an f-string with a tag in it takes in without `escape(...)` and that are no numbers."""
    for text in ast.walk(tree):
        if not isinstance(text, ast.JoinedStr) or not _has_tag(text):
            continue
        for part in text.values:
            if isinstance(part, ast.FormattedValue) and not is_number(part) and not _is_escaped(part.value):
                yield Finding(part.lineno, ast.unparse(part.value))


def _has_tag(text: ast.JoinedStr) -> bool:
    words = "".join(str(part.value) for part in text.values if isinstance(part, ast.Constant))
    return "<" in words and ">" in words


def _is_escaped(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="escape" | "len")):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name.endswith("to_html") or name.endswith("text_html")  # ours, and watched themselves
    return False


def _ours(scope: ast.AST) -> frozenset[str]:
    """Local names that only ever hold words of ours."""
    given: dict[str, list[bool]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            given.setdefault(node.targets[0].id, []).append(is_ours(node.value, frozenset()))
        if isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Tuple | ast.List):
            for target in ast.walk(node.target):
                if isinstance(target, ast.Name):
                    given.setdefault(target.id, []).append(_constants(node.iter))
    return frozenset(name for name, found in given.items() if all(found))


def _constants(node: ast.expr) -> bool:
    return all(isinstance(one, ast.Constant | ast.Tuple | ast.List | ast.Load) for one in ast.walk(node))
