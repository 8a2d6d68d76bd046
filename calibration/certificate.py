"""The evidence that one exact judge passed one policy (schema calibrant/certificate/1); does no file I/O."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rubrics.canonical import canonical_json, sha256_of

SCHEMA = "calibrant/certificate/1"
SEALS = ("sha256", "signature")
Outcome = Literal["trusted", "not trusted", "undecided"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BadCertificate(ValueError):
    """The file is not a certificate that can be relied on, and why."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class JudgeIdentity(_Part):
    """The judge as requested (`spec`, `spec_hash`) and as observed: models its providers reported."""

    name: Annotated[str, Field(min_length=1)]
    spec: dict[str, Any]
    spec_hash: Sha256
    observed: tuple[str, ...] = ()


class Evidence(_Part):
    """Which held-out labels and verdicts were compared; `facts_sha256` of what else conditions rested on.

    `key`: what the hashes were made with, in the ledger's sealed copy alone.
    """

    labels_sha256: Sha256
    verdicts_sha256: Sha256
    n: Annotated[int, Field(ge=0)]
    clusters: Annotated[int, Field(ge=0)]
    raters: Annotated[int, Field(ge=0)]
    facts_sha256: Sha256 | None = None
    key: Sha256 | None = None


class Looks(_Part):
    """The how-manieth look this was, and the error it was allowed; `labels_needed` where it is undecided."""

    k: Annotated[int, Field(ge=1)]
    alpha: Annotated[float, Field(gt=0, lt=1)]
    labels_needed: int | None = None


class Staged(_Part):
    """The declared plan of a look in stages, and the stage at which it ended.

    sizes: cumulative items at each stage's end; alpha: one-sided, of the stage that ended it, at which the
    conditions were tested. `saved`: planned items that were not read; `expected_saved`: the same on average
    for a judge that the plan trusts with power .8.
    """

    plan_sha256: Sha256
    declared: str
    items: Annotated[int, Field(ge=1)]
    sizes: tuple[int, ...]
    stage: Annotated[int, Field(ge=1)]
    alpha: Annotated[float, Field(gt=0, lt=1)]
    used: Annotated[int, Field(ge=1)]
    saved: Annotated[int, Field(ge=0)]
    expected_saved: Annotated[float, Field(ge=0)]


class Condition(_Part):
    """One condition of the policy; `bound` is null where a failed look may not show it."""

    name: str
    criterion: str
    bound: float | None
    floor: float
    passed: bool


class Threshold(_Part):
    """From which confidence on a verdict may stand without a person, as certified by the look.

    `agreement`: the least share of accepted verdicts that equal the raters' reference, which holds with
    probability 1 - `delta`. `coverage`: share of all verdicts accepted, `accepted` of `n` in the look.
    """

    confidence: Annotated[float, Field(ge=0, le=1)]
    agreement: Annotated[float, Field(gt=0, lt=1)]
    delta: Annotated[float, Field(gt=0, lt=1)]
    coverage: Annotated[float, Field(ge=0, le=1)]
    accepted: Annotated[int, Field(ge=1)]
    errors: Annotated[int, Field(ge=0)]
    n: Annotated[int, Field(ge=1)]


class Certificate(_Part):
    """A certificate as in the file; `sha256` seals the content, `signature` is an optional HMAC over it.

    `policy` are the demands it was tested against, `threshold` those certified, by criterion; `stages` is
    there where the look was a plan in stages; `reasons` say what has to be done, beside labelling, where a
    look is undecided.
    """

    schema_: Literal["calibrant/certificate/1"] = Field(default="calibrant/certificate/1", alias="schema")
    judge: JudgeIdentity
    study: str
    rubric_sha256: Sha256
    policy_sha256: Sha256
    policy: dict[str, Any] | None = None
    evidence: Evidence
    looks: Looks
    stages: Staged | None = None
    conditions: tuple[Condition, ...]
    estimates: dict[str, dict[str, Any]]
    threshold: dict[str, Threshold] | None = None
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    issued: datetime
    expires: datetime
    software: str
    sha256: Sha256 | None = None
    signature: Sha256 | None = None

    @field_validator("issued", "expires")
    @classmethod
    def _in_utc(cls, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise ValueError("needs a time zone (UTC, as in 2026-01-31T12:00:00Z)")
        return moment.astimezone(UTC)

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria that the look was about."""
        return tuple(dict.fromkeys((*self.estimates, *(c.criterion for c in self.conditions))))

    def content(self) -> dict[str, Any]:
        """All but the seals, as plain JSON values; what is not held, as in older ones, is left out."""
        names = [name for name in ("policy", "stages") if getattr(self, name) is None]
        absent: dict[str, Any] = dict.fromkeys((*SEALS, *names), True)
        absent["evidence"] = {n for n in ("facts_sha256", "key") if getattr(self.evidence, n) is None}
        return self.model_dump(mode="json", by_alias=True, exclude=absent)

    @property
    def content_sha256(self) -> str:
        """SHA-256 of the content: what `sha256` must say."""
        return sha256_of(self.content())

    def sealed(self, key: bytes | None = None) -> str:
        """The file's text: content, its SHA-256 and, with a key, its HMAC-SHA256."""
        content = self.content()
        sealed: dict[str, object] = {**content, "sha256": sha256_of(content)}
        if key:
            sealed["signature"] = _signature(content, key)
        return json.dumps(sealed, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def certificate_name(judge: str, criteria: tuple[str, ...] = ()) -> str:
    """File name of a judge's certificate; one that covers named criteria only says so in its name."""
    parts = (judge, *sorted(criteria))
    return ".".join(re.sub(r"[^\w-]+", "_", part) for part in parts) + ".json"


def read_certificate(text: str) -> Certificate:
    """Parse and check a certificate file; `BadCertificate` names what is wrong with it.

    Refused: empty or truncated text, duplicate keys, NaN, another schema, unknown or missing fields, values
    of another type (a text for a number is not read as one), and content that does not match its own SHA-256.
    """
    raw = _parsed(text)
    if raw.get("schema") != SCHEMA:
        raise BadCertificate(f"wrong schema: {raw.get('schema')!r}, expected {SCHEMA!r}")
    found = _content_hash(raw)
    try:
        certificate = Certificate.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadCertificate(f"field {where}: {first['msg']}") from error
    sealed = raw.get("sha256")
    if sealed != found:
        raise BadCertificate(f"the content was changed: sha256 says {sealed}, the content has {found}")
    return certificate


def signed_with(certificate: Certificate, key: bytes) -> bool:
    """Whether the signature is the HMAC-SHA256 of the content under `key`."""
    signature = certificate.signature or ""
    return hmac.compare_digest(signature, _signature(certificate.content(), key))


def _signature(content: Mapping[str, object], key: bytes) -> str:
    return hmac.new(key, canonical_json(content).encode(), hashlib.sha256).hexdigest()


def _content_hash(raw: Mapping[str, object]) -> str:
    try:
        return sha256_of({k: v for k, v in raw.items() if k not in SEALS})
    except ValueError as error:  # lone surrogates, numbers beyond the range of a float
        raise BadCertificate(f"holds a value that JSON cannot carry: {error}") from error


def _parsed(text: str) -> dict[str, Any]:
    if not text.strip():
        raise BadCertificate("the file is empty")
    try:
        raw = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadCertificate(f"not valid JSON (truncated?): {error.msg} at {where}") from error
    except BadCertificate:
        raise
    except (RecursionError, ValueError) as error:
        raise BadCertificate(f"not a certificate: {error}") from error
    if not isinstance(raw, dict):
        raise BadCertificate(f"a certificate is a JSON object, not a {type(raw).__name__}")
    return raw


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadCertificate(f"duplicate key {key!r}")
        found[key] = value
    return found


def _no_constant(name: str) -> None:
    raise BadCertificate(f"{name} is not a number")
