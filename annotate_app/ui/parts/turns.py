"""A conversation as turns: tool calls and results folded with their arguments; refuses to drop a field."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from html import escape

from annotate_app.ui.parts import images, json_tree
from annotate_app.ui.parts.content import Call, Conversation, Turn
from annotate_app.ui.parts.markup import fold

ROLES = {"user": "User", "assistant": "Assistant", "system": "System", "developer": "System"}
RESULTS = frozenset(("tool", "function"))
FOLDED = frozenset(("system", "developer"))
LONGEST_BRIEF = 80


def to_html(found: Conversation, hosts: Collection[str], text: Callable[[str], str]) -> str:
    """The turns in their order, then what else the conversation carries; `text` renders a turn's text."""
    rest = json_tree.to_html(found.rest) if found.rest is not None else ""
    return "".join(_turn(turn, hosts, text) for turn in found.turns) + rest


def _turn(turn: Turn, hosts: Collection[str], text: Callable[[str], str]) -> str:
    role = turn.role.lower()
    name = escape(ROLES.get(role, turn.role))
    side = role if role in ("user", "assistant") else "other"
    body = text(turn.text) if turn.text.strip() else ""
    body += "".join(f"<p>{images.to_html(address, '', hosts)}</p>" for address in turn.images)
    body += "".join(_call(call) for call in turn.calls)
    if turn.data is not None:
        body += fold("More in this turn", json_tree.to_html(turn.data), name="cal-fold")
    if role in RESULTS:
        return fold(_result_name(turn), body, name="cal-turn cal-other", summary_name="cal-role")
    if role in FOLDED:
        return fold(name, body, name="cal-turn cal-other", summary_name="cal-role")
    return f'<div class="cal-turn cal-{side}"><div class="cal-role">{name}</div>{body}</div>'


def _call(call: Call) -> str:
    """One tool call, or one result that stands among a turn's parts."""
    kind = "Tool result" if call.result else "Tool call"
    brief = "" if isinstance(call.arguments, dict | list) and not call.arguments else _brief(call.arguments)
    summary = f"{kind}: <code>{escape(call.name)}</code> {brief}"
    return fold(summary, json_tree.to_html(call.arguments), name="cal-fold")


def _brief(arguments: object) -> str:
    """The arguments on one line, cut: enough to tell one call from another."""
    if isinstance(arguments, dict):
        words = ", ".join(f"{key}: {_word(value)}" for key, value in arguments.items())
    else:
        words = str(arguments)
    cut = " ".join(words.split())
    cut = cut if len(cut) <= LONGEST_BRIEF else f"{cut[:LONGEST_BRIEF]}…"
    return f'<span class="cal-host" dir="auto">{escape(cut)}</span>'


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _result_name(turn: Turn) -> str:
    return f"Tool result: <code>{escape(turn.name)}</code>" if turn.name else "Tool result"
