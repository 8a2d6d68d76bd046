"""Images in an item: those written out in the text itself, or on hosts the study names; others stay words."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import escape
from urllib.parse import urlsplit

# Pixels only: an SVG is a document of its own.
WRITTEN_OUT = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+", re.ASCII)


def is_written_out(address: str) -> bool:
    """Whether the address holds the image itself."""
    return WRITTEN_OUT.fullmatch(address) is not None


def may_show(address: str, hosts: Collection[str]) -> bool:
    """Whether showing it tells nobody anything: no request, or one to a host that the study trusts."""
    if is_written_out(address):
        return True
    try:
        found = urlsplit(address)
    except ValueError:
        return False
    return found.scheme == "https" and found.netloc in hosts


def to_html(address: str, words: str, hosts: Collection[str]) -> str:
    """The image, or its words and its address."""
    if not may_show(address, hosts):
        shown = address if len(address) <= 200 else f"{address[:200]}…"
        return f'<span class="cal-image">[image: {escape(words)}] <code>{escape(shown)}</code></span>'
    return (
        f'<img class="cal-picture" src="{escape(address)}" alt="{escape(words or "image")}" loading="lazy" '
        'referrerpolicy="no-referrer">'
    )
