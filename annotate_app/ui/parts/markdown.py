"""Markdown to HTML that is safe to show: raw HTML stays text, links lead only to the web.

Faithful rather than pretty: line breaks are kept, reference definitions are not swallowed, a line of dashes
does not make a heading of the text above it, a link shows its host. An image shows as its words and address,
unless it is written out in the text or lies on a host that the study names: nothing else is fetched.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping, Sequence
from functools import cache
from html import escape
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from annotate_app.ui.parts import images
from annotate_app.ui.parts.whole_tables import keep_whole

SCHEMES = frozenset(("http", "https", "mailto"))
REL = "noopener noreferrer nofollow"
BLOCKS = frozenset(("paragraph_open", "heading_open", "blockquote_open", "td_open", "th_open"))
LISTS = frozenset(("bullet_list", "ordered_list"))
WRITTEN_MARKS = {"-": "cal-dash", "+": "cal-plus"}  # in chats they say who speaks

_Env = MutableMapping[str, Any]


def to_html(text: str, image_hosts: Collection[str] = ()) -> str:
    """HTML of Markdown `text`, built from escaped text and our own tags alone."""
    return str(_parser().render(text, {"hosts": image_hosts}))


def safe_link(url: str) -> bool:
    """Whether a link may lead to `url`: web addresses and mail only."""
    return urlsplit_scheme(url) in SCHEMES


def urlsplit_scheme(url: str) -> str:
    try:
        return urlsplit(url.strip()).scheme.lower()
    except ValueError:
        return ""


def _host(address: str) -> str:
    """Where a link leads: the host without the name before an @, in the letters that browsers ask for."""
    found = urlsplit(address)
    if not found.hostname:
        return address
    try:
        name = found.hostname.encode("idna").decode()
    except UnicodeError:
        name = ascii(found.hostname)[1:-1]
    return name if found.port is None else f"{name}:{found.port}"


def _may_stand(url: str) -> bool:
    """What Markdown may make a link or an image of; a link to a written-out image stays text further down."""
    return safe_link(url) or images.is_written_out(url)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable(["table", "strikethrough"]).disable(["reference", "lheading"])
    parser.validateLink = _may_stand  # type: ignore[method-assign]
    parser.core.ruler.after("block", "calibrant_tables", keep_whole)
    parser.core.ruler.push("calibrant_blocks", _mark_blocks)
    for name, rule in (
        ("image", _image), ("link_open", _link_open), ("link_close", _link_close), ("fence", _code),
        ("code_block", _code), ("table_open", _table_open), ("table_close", _table_close),
    ):  # fmt: skip
        parser.add_render_rule(name, rule)
    return parser


def _mark_blocks(state: StateCore) -> None:
    """Each block finds its own writing direction; headings stay small; lists keep their numbers and marks."""
    inside = 0  # a list has one direction, so that its marks stand where its words begin
    for token in state.tokens:
        a_list = token.type.removesuffix("_open").removesuffix("_close") in LISTS
        if (token.type in BLOCKS and not inside) or (a_list and token.nesting == 1 and not inside):
            token.attrSet("dir", "auto")
        inside += token.nesting if a_list else 0
        if token.type == "list_item_open" and token.info:
            token.attrSet("value", token.info)
        if token.type == "bullet_list_open" and token.markup in WRITTEN_MARKS:
            token.attrSet("class", WRITTEN_MARKS[token.markup])
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 3, 6)}"


def _image(renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
    token = tokens[idx]
    words = renderer.renderInlineAsText(token.children or [], options, env)
    address = str(token.attrs.get("src", ""))
    return images.to_html(address, words, env["hosts"])


def _link_open(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env
) -> str:
    address = str(tokens[idx].attrs.get("href", ""))
    if not safe_link(address):
        env.setdefault("links", []).append(None)
        return ""
    env.setdefault("links", []).append("" if tokens[idx].info == "auto" else address)
    return f'<a href="{escape(address)}" title="{escape(address)}" rel="{REL}" target="_blank">'


def _link_close(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env
) -> str:
    address = env["links"].pop()
    if address is None:
        return ""
    shown = _host(address)
    return "</a>" + (f' <span class="cal-host">({escape(shown)})</span>' if shown else "")


def _code(renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env) -> str:
    named = tokens[idx].info.strip()
    name = f'<div class="cal-host">{escape(named)}</div>' if named else ""
    return name + code_block(tokens[idx].content)


def _table_open(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env
) -> str:
    return '<div class="cal-wide" tabindex="0"><table>'


def _table_close(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: _Env
) -> str:
    return "</table></div>"


def code_block(text: str) -> str:
    """Code as it is, in a box that scrolls by itself."""
    return f'<pre class="cal-code" dir="ltr" tabindex="0"><code>{escape(text)}</code></pre>'
