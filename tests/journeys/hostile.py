"""Texts that try to run, load or restyle something when they are shown; every one tells if it succeeds."""

from __future__ import annotations

import json

# Each would call alert(), ask tracker.example for something, or hide the page.
TEXTS: tuple[str, ...] = (
    "<script>alert('script')</script>",
    "<img src=x onerror=\"alert('onerror')\">",
    '<img src="https://tracker.example/pixel.png">',
    "<svg onload=\"alert('svg')\"><script>alert('svg script')</script></svg>",
    "<iframe src=\"javascript:alert('iframe')\"></iframe><iframe src=\"https://tracker.example/frame\"></iframe>",
    "<style>* { display: none !important } body { background: url(https://tracker.example/style) }</style>",
    '<link rel="stylesheet" href="https://tracker.example/sheet.css">',
    "<body onload=\"alert('body')\"><details open ontoggle=\"alert('toggle')\">x</details>",
    "<a href=\"javascript:alert('link')\">click me</a> [click me](javascript:alert('markdown'))",
    "[click me](data:text/html;base64,PHNjcmlwdD5hbGVydCgnZGF0YScpPC9zY3JpcHQ+)",
    "[click me](java\tscript:alert('tab)') <javascript:alert('auto')>",
    "![pixel](https://tracker.example/markdown.png) ![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '[x](https://tracker.example/" onmouseover="alert(1)) ![" onerror="alert(2)](https://tracker.example/q.png)',
    "&lt;script&gt;alert('entity')&lt;/script&gt; &#60;img src=x onerror=alert('entity')&#62;",
    "</div></section></div></body></html><script>alert('closed')</script>",
    "```html\n</code></pre><script>alert('code')</script>\n```",
    "``` \"><img src=x onerror=alert('info')>\ncode\n```",
    "<math><mtext></table></math><img src=x onerror=\"alert('math')\">",
    "<form action=\"https://tracker.example\"><input name=x><button>Submit and next</button></form>",
    "<meta http-equiv=\"refresh\" content=\"0; url=https://tracker.example/meta\">",
    "<object data=\"https://tracker.example/object\"></object><embed src=\"https://tracker.example/embed\">",
    ":red[red] :material/home: $x^2$ $$\\href{javascript:alert(1)}{x}$$ :streamlit:",
    "@import url(https://tracker.example/import.css); <base href=\"https://tracker.example/\">",
    json.dumps(
        {"messages": [{"role": "<img src=x onerror=alert('role')>", "content": "<script>alert(1)</script>"}]}
    ),
    json.dumps({"<script>alert('key')</script>": {"value": "<img src=x onerror=alert('value')>"}}),
)  # fmt: skip


def items() -> list[dict[str, object]]:
    """Every text in every place of an item where text is shown."""
    return [
        {
            "item_id": f"hostile-{k:02}",
            "kind": "pointwise",
            "input": text,
            "output": f"item {k}: {text}" if not text.startswith("{") else text,
            "context": text,
            "sources": [text],
            "reference": text,
        }
        for k, text in enumerate(TEXTS)
    ]
