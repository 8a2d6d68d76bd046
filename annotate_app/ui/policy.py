"""The content security policy of every page: our own server and nobody else, no inline script, no eval."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

import streamlit

# What item text can reach, should a renderer ever err. `blob:`: Streamlit loads a component's script from the
# page's memory. `unsafe-inline` for styles alone: Streamlit and our tables set them on elements.
POLICY = (
    "default-src 'self'", "style-src 'self' 'unsafe-inline'", "font-src 'self' data:", "worker-src 'none'",
    "object-src 'none'", "frame-src 'none'", "media-src 'none'", "manifest-src 'none'",
    "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'",
)  # fmt: skip
HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:]{2,45}\](:[0-9]{1,5})?")
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def policy(image_hosts: Collection[str]) -> str:
    """Images are of this server, written out in a text, or of `image_hosts`; `connections` is added to it."""
    images = " ".join(("img-src 'self' data:", *(f"https://{host}" for host in image_hosts)))
    scripts = " ".join(("script-src 'self' blob:", *inline_scripts()))
    return "; ".join((*POLICY, images, scripts))


def connections(host: str) -> str:
    """Where a page's script may ask: the host it came from; its websocket by name for older browsers."""
    if not HOST.fullmatch(host):
        return "connect-src 'self'"
    return f"connect-src 'self' ws://{host} wss://{host}"


@cache
def inline_scripts() -> tuple[str, ...]:
    """The hashes of the scripts that Streamlit writes into its page, from the installed page itself."""
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    return tuple(_hash(script) for script in _INLINE.findall(page.read_text(encoding="utf-8")))


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
