"""What a look needs beside answers: what verdicts took, failure modes that raters named, strata."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.codes import BLIND_JUDGE, PURPOSE
from annotate_app.store.sql import from_json, rows
from annotate_app.store.summaries import NEWEST_LABEL
from annotate_app.store.verdicts import NEWEST

OF_SPLIT = (
    "JOIN split_member m ON m.item_id = i.id AND m.version_id = :version AND m.split = :split "
    "WHERE i.study_id = :study"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One split of one version of a study's splits."""

    study_id: int
    version: int
    split: str

    @property
    def values(self) -> dict[str, object]:
        return {"study": self.study_id, "version": self.version, "split": self.split}


@dataclass(frozen=True, slots=True)
class VerdictTaken:
    """What one verdict took; None where it is not known. `status` as stored."""

    item_id: str
    status: int
    cost_usd: float | None
    latency_seconds: float | None


def taken(session: Session, part: Part, judge_id: int) -> list[VerdictTaken]:
    """The newest take of every verdict of an exact judge on a split, in order of item."""
    found = rows(
        session,
        "SELECT i.item_id, v.status, v.cost_usd, v.latency_seconds FROM verdict v "
        f"JOIN item i ON i.id = v.item_id {OF_SPLIT} AND v.judge_id = :judge AND {NEWEST} "
        "ORDER BY i.id, v.criterion_id, v.replicate",
        part.values | {"judge": judge_id},
    )
    return [VerdictTaken(**row) for row in found]


def failure_modes(session: Session, part: Part) -> dict[str, frozenset[str]]:
    """By item, the failure modes that its blind estimating labels name, each rater's newest."""
    found = rows(
        session,
        "SELECT i.item_id, coalesce(l.failure_modes, s.failure_modes) AS modes FROM label l "
        "JOIN item i ON i.id = l.item_id LEFT JOIN submission s ON s.id = l.submission_id "
        f"{OF_SPLIT} AND l.purpose = :estimate AND l.status < 2 AND l.flags & {BLIND_JUDGE} <> 0 "
        f"AND {NEWEST_LABEL}",
        part.values | {"estimate": PURPOSE["estimate"]},
    )
    named: dict[str, frozenset[str]] = {}
    for row in found:
        modes = from_json(row["modes"]) if row["modes"] else ()
        named[row["item_id"]] = named.get(row["item_id"], frozenset()) | frozenset(modes)
    return {item: modes for item, modes in named.items() if modes}


def strata(session: Session, part: Part) -> tuple[str, ...]:
    """The strata that a split's items have."""
    found = rows(
        session,
        f"SELECT DISTINCT i.stratum FROM item i {OF_SPLIT} AND i.stratum IS NOT NULL ORDER BY i.stratum",
        part.values,
    )
    return tuple(row["stratum"] for row in found)
