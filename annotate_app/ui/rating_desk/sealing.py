"""What a token stands for, sealed into the page: answers find their item when the database forgot the token.

A seal tells the page nothing: it is encrypted, as long for every purpose, and no other rater can use it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from typing import cast

from annotate_app.store.codes import PURPOSE
from rubrics.answers import Purpose

NONCE = 16
LENGTH = 512  # bytes of every seal, or a multiple where names are very long
WIDEST = max(map(len, PURPOSE))


@dataclass(frozen=True, slots=True)
class Sealed:
    """An item that a rater was asked, by names that a database set back still has."""

    item_id: str
    purpose: Purpose
    wave: str | None


def seal(key: bytes, rater: str, sealed: Sealed) -> str:
    """The seal of an item for a rater; the same for the same (a synthetic nonce is its check as well)."""
    said = [rater, sealed.item_id, sealed.purpose.ljust(WIDEST), sealed.wave]
    plain = json.dumps(said, ensure_ascii=False).encode()
    plain += b" " * (-len(plain) % LENGTH)
    nonce = _mark(key, plain)
    return base64.urlsafe_b64encode(nonce + _mixed(key, nonce, plain)).decode()


def opened(key: bytes, rater: str, text: str) -> Sealed | None:
    """What is sealed; None for another rater's seal and for whatever is none of ours."""
    try:
        content = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        return None
    nonce, plain = content[:NONCE], _mixed(key, content[:NONCE], content[NONCE:])
    if not hmac.compare_digest(nonce, _mark(key, plain)):
        return None
    of, item_id, purpose, wave = json.loads(plain)
    return Sealed(item_id, cast(Purpose, purpose.strip()), wave) if of == rater else None


def _mark(key: bytes, plain: bytes) -> bytes:
    return hmac.digest(key, b"calibrant seal mark:" + plain, "sha256")[:NONCE]


def _mixed(key: bytes, nonce: bytes, content: bytes) -> bytes:
    """The content with a stream of the key added bit by bit; doing it twice gives it back."""
    stream = b"".join(
        hmac.digest(key, b"calibrant seal stream:" + nonce + number.to_bytes(8, "big"), "sha256")
        for number in range(-(-len(content) // 32))
    )[: len(content)]
    return (int.from_bytes(content, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(content), "big")
