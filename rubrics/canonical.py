"""One spelling for content: canonical JSON and its SHA-256, the identity of everything that is versioned."""

from __future__ import annotations

import hashlib
import json


def canonical_json(content: object) -> str:
    """JSON with sorted keys, no blanks, text as is; NaN and infinities are refused."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_of(content: object) -> str:
    """SHA-256 (64 hex digits) of the canonical JSON of `content`."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
