"""What is judged: one output with its context, or two outputs, identified by the hash of what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rubrics.canonical import sha256_of

ItemKind = Literal["pointwise", "pairwise"]


@dataclass(frozen=True, slots=True)
class Item:
    """One output under judgement with its context (pointwise), or two outputs (pairwise)."""

    item_id: str
    kind: ItemKind = "pointwise"
    input: str | None = None
    output: str | None = None
    output_a: str | None = None
    output_b: str | None = None
    context: str | None = None
    sources: tuple[str, ...] = ()
    reference: str | None = None
    stratum: str | None = None
    cluster: str | None = None
    sensitive: bool = False
    system: str | None = None
    system_a: str | None = None
    system_b: str | None = None
    input_id: str | None = None
    correlation_id: str | None = None
    meta: tuple[tuple[str, object], ...] = ()

    @property
    def sha256(self) -> str:
        """Content hash of what raters and judges are shown; not of ids, strata or bookkeeping."""
        return sha256_of(
            {
                "kind": self.kind,
                "input": self.input,
                "output": self.output,
                "output_a": self.output_a,
                "output_b": self.output_b,
                "context": self.context,
                "sources": list(self.sources),
                "reference": self.reference,
            }
        )
