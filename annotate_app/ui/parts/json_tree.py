"""JSON as a tree that folds; built from escaped text alone, and shown as plain text when it is too big."""

from __future__ import annotations

import json
from html import escape

from annotate_app.ui.parts.markdown import code_block
from annotate_app.ui.parts.markup import fold

DEEPEST, MOST_VALUES, OPEN_LEVELS = 12, 2_000, 2


def to_html(value: object) -> str:
    """The tree of `value`, or its indented text when it is deeper or bigger than a tree stays readable."""
    if _too_big(value):
        return code_block(json.dumps(value, indent=1, ensure_ascii=False))
    return f'<div class="cal-tree">{_node(value, 0)}</div>'


def _node(value: object, depth: int) -> str:
    if isinstance(value, dict):
        return "".join(_entry(str(key), inner, depth) for key, inner in value.items()) or _leaf("{}")
    if isinstance(value, list):
        return "".join(_entry(str(k), inner, depth) for k, inner in enumerate(value, start=1)) or _leaf("[]")
    return _leaf(value if isinstance(value, str) else json.dumps(value))


def _entry(key: str, value: object, depth: int) -> str:
    name = f'<span class="cal-key">{escape(key)}</span>'
    if not isinstance(value, dict | list) or not value:
        return f'<div class="cal-entry">{name} {_node(value, depth)}</div>'
    count = f'<span class="cal-count">{len(value)}</span>'
    inner = _node(value, depth + 1)
    return fold(f"{name} {count}", inner, name="cal-entry", opened=depth < OPEN_LEVELS)


def _leaf(text: str) -> str:
    return f'<span class="cal-value" dir="auto">{escape(text)}</span>'


def _too_big(value: object) -> bool:
    """Whether a tree of `value` would have too many values or levels; walks no further than needed."""
    seen, stack = 0, [(value, 0)]
    while stack:
        current, depth = stack.pop()
        seen += 1
        if seen > MOST_VALUES or depth > DEEPEST:
            return True
        if isinstance(current, dict | list):
            inner = current.values() if isinstance(current, dict) else current
            stack.extend((value, depth + 1) for value in inner)
    return False
