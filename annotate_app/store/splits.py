"""Frozen splits: one row per version, with the split of every item that it covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.sql import from_json, number, one, rows, run, to_json
from calibration.splits import SplitItem, SplitVersion

# Production outputs that are monitored are in no split: they are followed over time, beside all evidence.
MONITORED = (
    "EXISTS (SELECT 1 FROM monitor_item m WHERE m.study_id = item.study_id AND m.item_id = item.item_id)"
)
SHOWN = ("input", "output", "output_a", "output_b")  # the parts in which near duplicates are looked for


@dataclass(frozen=True, slots=True)
class StoredSplit:
    """The latest version of a study's split: its row, its number, when and why it was made."""

    version: SplitVersion
    version_id: int
    number: int
    at: str
    reason: str | None = None


def split_items(session: Session, study_id: int) -> list[SplitItem]:
    """Every item of the study as splitting sees it, in order of import.

    An item without any content (ids alone were imported) equals no other, though their hashes are equal.
    """
    statement = (
        "SELECT item_id, sha256, cluster, stratum, input, output, output_a, output_b, "
        "COALESCE(input, output, output_a, output_b, context, sources, reference) IS NULL AS bare "
        f"FROM item WHERE study_id = :study AND NOT {MONITORED} ORDER BY position"
    )
    return [
        SplitItem(
            r["item_id"],
            f"no content: {r['item_id']}" if r["bare"] else r["sha256"],
            r["cluster"],
            r["stratum"],
            "\n".join(r[part] for part in SHOWN if r[part]),
        )
        for r in rows(session, statement, {"study": study_id})
    ]


def strata(session: Session, study_id: int) -> dict[str, str | None]:
    """The stratum of every item of the study, in order of import."""
    statement = "SELECT item_id, stratum FROM item WHERE study_id = :study ORDER BY position"
    return {r["item_id"]: r["stratum"] for r in rows(session, statement, {"study": study_id})}


def latest(session: Session, study_id: int) -> StoredSplit | None:
    """The latest frozen version; None when nothing was frozen."""
    statement = "SELECT * FROM split_version WHERE study_id = :study ORDER BY number DESC LIMIT 1"
    return _stored(session, one(session, statement, {"study": study_id}))


def numbered(session: Session, study_id: int, number: int) -> StoredSplit | None:
    """The version of this number; None when there is none."""
    statement = "SELECT * FROM split_version WHERE study_id = :study AND number = :number"
    return _stored(session, one(session, statement, {"study": study_id, "number": number}))


def latest_growth(session: Session, study_id: int) -> str | None:
    """When items last joined: the newest version that was not made by opening the vault."""
    statement = "SELECT MAX(at) AS at FROM split_version WHERE study_id = :study AND reason IS NULL"
    found = one(session, statement, {"study": study_id})
    return None if found is None else found["at"]


def _stored(session: Session, found: Mapping[str, Any] | None) -> StoredSplit | None:
    if found is None:
        return None
    together = tuple(tuple(group) for group in from_json(found["together"]))
    members = _members(session, found["id"])
    version = SplitVersion(members, from_json(found["shares"]), found["seed"], found["parent"], together)
    return StoredSplit(version, found["id"], found["number"], found["at"], found["reason"])


def save(
    session: Session,
    study_id: int,
    version: SplitVersion,
    *,
    at: str,
    actor: str | None = None,
    reason: str | None = None,
) -> None:
    """Store a version as the study's latest, with all its members."""
    run(
        session,
        "INSERT INTO split_version "
        "(study_id, number, sha256, seed, shares, parent, together, reason, actor, at) "
        "SELECT :study, COALESCE(MAX(number), 0) + 1, :sha256, :seed, :shares, :parent, :together, :reason, "
        ":actor, :at FROM split_version WHERE study_id = :study",
        {
            "study": study_id,
            "sha256": version.sha256,
            "seed": version.seed,
            "shares": to_json(dict(version.shares)),
            "parent": version.parent,
            "together": to_json([list(group) for group in version.together]),
            "reason": reason,
            "actor": actor,
            "at": at,
        },
    )
    row = number(session, "SELECT MAX(id) FROM split_version WHERE study_id = :study", {"study": study_id})
    run(
        session,
        "INSERT INTO split_member (version_id, item_id, split) "
        "SELECT :version, id, :split FROM item WHERE study_id = :study AND item_id = :item",
        [{"version": row, "study": study_id, "item": i, "split": s} for i, s in version.members.items()],
    )


def _members(session: Session, version_id: int) -> dict[str, str]:
    statement = (
        "SELECT item.item_id, split_member.split FROM split_member "
        "JOIN item ON item.id = split_member.item_id WHERE split_member.version_id = :version "
        "ORDER BY item.id"
    )
    return {r["item_id"]: r["split"] for r in rows(session, statement, {"version": version_id})}
