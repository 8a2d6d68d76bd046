"""What probing takes and gives; refuses a split that is sealed and numbers below the least."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from calibration.judges.faults import BadJudge
from calibration.judges.probes.kinds import KINDS, Kind
from calibration.splits import DEVELOPMENT, VALIDATION

SCHEMA = "calibrant/probe/1"
OPEN = (DEVELOPMENT, VALIDATION)
LEAST_REPEATS = 3


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """Which probes of how many items, drawn by `seed`; `calls` and `usd` are budgets beside study.toml's."""

    kinds: tuple[Kind, ...] = KINDS
    items: int = 50
    repeats: int = LEAST_REPEATS
    seed: int = 0
    split: str = DEVELOPMENT
    calls: int | None = None
    usd: float | None = None

    def check(self) -> None:
        """BadJudge for what cannot be asked."""
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds:
            named = repr(unknown[0]) if unknown else "none"
            raise BadJudge(f"kinds of probe: {named}; there are {', '.join(KINDS)}")
        if self.split not in OPEN:
            raise BadJudge(f"split {self.split!r}: probes ask about {' or '.join(OPEN)} items, never others")
        if self.items < 1:
            raise BadJudge(f"items = {self.items}: probe at least one")
        if self.repeats < LEAST_REPEATS:
            raise BadJudge(f"repeats = {self.repeats}: ask at least {LEAST_REPEATS} times")


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One probe: what it asked of whom, what it took, what it found; `undefined` says why it found nothing.

    `read` counts stored answers that were used; `cost_usd` is None where the price of a call is unknown.
    `findings` are as JSON, each with its `sentence`; `models` are those that answered.
    """

    kind: Kind
    judge: str
    spec_hash: str
    split: str
    seed: int
    sample: int
    items: int
    repeats: int
    calls: int = 0
    failed: int = 0
    read: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0
    models: tuple[str, ...] = ()
    findings: tuple[Mapping[str, object], ...] = ()
    published: tuple[str, ...] = ()
    undefined: str | None = None
    at: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, in words."""
        return tuple(str(found["sentence"]) for found in self.findings)

    def as_json(self) -> dict[str, object]:
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_json(cls, content: Mapping[str, object]) -> ProbeResult:
        known = {field.name: content[field.name] for field in fields(cls) if field.name in content}
        for name in ("models", "findings", "published"):
            known[name] = tuple(known.get(name, ()))  # type: ignore[arg-type]
        return cls(**known)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class ProbeRun:
    """The probes of one call; `stopped` says why it ended before all were made."""

    judge: str
    spec_hash: str
    results: tuple[ProbeResult, ...]
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class ProbeCost:
    """What one probe would take: calls to make at most, answers that are stored; or why it asks nothing."""

    kind: Kind
    items: int
    calls: int
    stored: int
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class ProbeEstimate:
    """What probes would take together: what two of them share is counted with the first.

    `usd` is None where the price is unknown.
    """

    judge: str
    probes: tuple[ProbeCost, ...]
    calls: int
    tokens_in: float
    tokens_out: float
    usd: float | None
