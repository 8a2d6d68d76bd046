"""Calls of judges: answers by the hash of their request, never asked twice; runs; what failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.sql import from_json, number, one, rows, run, to_json

INSERT = """
INSERT INTO call (study_id, key, run_id, briefing_id, item_id, replicate, request, response, reported_model,
  fingerprint, tokens_in, tokens_out, cost_usd, latency_seconds, attempts, at)
SELECT :study, :key, :run, :briefing, i.id, :replicate, :request, :response, :reported_model, :fingerprint,
  :tokens_in, :tokens_out, :cost_usd, :latency_seconds, :attempts, :at
FROM item i WHERE i.study_id = :study AND i.item_id = :item ON CONFLICT (study_id, key) DO NOTHING
"""
INSERT_FAILED = """
INSERT INTO failed_call (run_id, item_id, key, kind, message, attempts, at)
SELECT :run, i.id, :key, :kind, :message, :attempts, :at
FROM item i WHERE i.study_id = :study AND i.item_id = :item
"""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """An answered request as it is kept; `request` and `response` are JSON text."""

    key: str
    item_id: str
    replicate: int
    request: str
    response: str
    reported_model: str | None
    fingerprint: str | None
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    latency_seconds: float
    attempts: int
    at: str


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A request that was given up."""

    key: str
    item_id: str
    kind: str
    message: str
    attempts: int
    at: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run of a judge with how it ended; without an end it is under way or was cut off."""

    run_id: int
    purpose: str
    options: Mapping[str, Any]
    at: str
    ended_at: str | None
    outcome: str | None
    counts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MeanTokens:
    """Mean tokens of requests and answers, over the answers that say so."""

    answers: int
    tokens_in: float | None
    tokens_out: float | None


def find(session: Session, study_id: int, keys: Sequence[str]) -> dict[str, CallRecord]:
    """The stored answers to these requests, by key."""
    if not keys:
        return {}
    names = {f"k{n}": key for n, key in enumerate(keys)}
    found = rows(
        session,
        "SELECT c.key, i.item_id, c.replicate, c.request, c.response, c.reported_model, c.fingerprint, "
        "c.tokens_in, c.tokens_out, c.cost_usd, c.latency_seconds, c.attempts, c.at "
        "FROM call c JOIN item i ON i.id = c.item_id "
        f"WHERE c.study_id = :study AND c.key IN ({', '.join(f':{name}' for name in names)})",
        {"study": study_id, **names},
    )
    return {row["key"]: CallRecord(**row) for row in found}


def add(session: Session, study_id: int, run_id: int, briefing: int, calls: Iterable[CallRecord]) -> int:
    """Keep answers; one whose key is there already is passed over. How many were new."""
    common = {"study": study_id, "run": run_id, "briefing": briefing}
    return run(session, INSERT, [common | _values(call) for call in calls])


def _values(call: CallRecord) -> dict[str, Any]:
    values = {name: getattr(call, name) for name in CallRecord.__slots__}
    return values | {"item": values.pop("item_id")}


def add_failed(session: Session, study_id: int, run_id: int, failed: Iterable[FailedCall]) -> int:
    """Keep what was given up, and why."""
    return run(
        session,
        INSERT_FAILED,
        [
            {
                "study": study_id, "run": run_id, "item": call.item_id, "key": call.key, "kind": call.kind,
                "message": call.message, "attempts": call.attempts, "at": call.at,
            }
            for call in failed
        ],
    )  # fmt: skip


def last_failure(session: Session, study_id: int, key: str) -> FailedCall | None:
    """The newest failure of this request."""
    found = one(
        session,
        "SELECT f.key, i.item_id, f.kind, f.message, f.attempts, f.at FROM failed_call f "
        "JOIN item i ON i.id = f.item_id WHERE i.study_id = :study AND f.key = :key "
        "ORDER BY f.id DESC LIMIT 1",
        {"study": study_id, "key": key},
    )
    return None if found is None else FailedCall(**found)


def briefing(session: Session, study_id: int, sha256: str, content: str) -> int:
    """The number of a briefing, kept once."""
    values = {"study": study_id, "sha": sha256, "content": content}
    run(
        session,
        "INSERT INTO briefing (study_id, sha256, content) VALUES (:study, :sha, :content) "
        "ON CONFLICT (study_id, sha256) DO NOTHING",
        values,
    )
    return number(session, "SELECT id FROM briefing WHERE study_id = :study AND sha256 = :sha", values)


def start_run(
    session: Session, study_id: int, judge_id: int, *, purpose: str, options: object, software: str, at: str
) -> int:
    """Note that a run begins; its number."""
    values = {
        "study": study_id, "judge": judge_id, "purpose": purpose, "options": to_json(options),
        "software": software, "at": at,
    }  # fmt: skip
    run(
        session,
        "INSERT INTO judge_run (study_id, judge_id, purpose, options, software, at) "
        "VALUES (:study, :judge, :purpose, :options, :software, :at)",
        values,
    )
    return number(session, "SELECT max(id) FROM judge_run WHERE judge_id = :judge", values)


def end_run(session: Session, run_id: int, *, outcome: str, counts: object, at: str) -> None:
    """Note how a run ended."""
    run(
        session,
        "INSERT INTO judge_run_end (run_id, outcome, counts, at) VALUES (:run, :outcome, :counts, :at)",
        {"run": run_id, "outcome": outcome, "counts": to_json(counts), "at": at},
    )


def runs(session: Session, judge_id: int) -> list[RunRecord]:
    """The runs of an exact judge, newest first."""
    found = rows(
        session,
        "SELECT r.id, r.purpose, r.options, r.at, e.at AS ended_at, e.outcome, e.counts FROM judge_run r "
        "LEFT JOIN judge_run_end e ON e.run_id = r.id WHERE r.judge_id = :judge ORDER BY r.id DESC",
        {"judge": judge_id},
    )
    return [
        RunRecord(
            row["id"], row["purpose"], from_json(row["options"]), row["at"], row["ended_at"], row["outcome"],
            from_json(row["counts"]) if row["counts"] else {},
        )
        for row in found
    ]  # fmt: skip


def mean_tokens(session: Session, judge_id: int) -> MeanTokens:
    """How long the stored answers of an exact judge's runs and their requests are; of no probe."""
    found = one(
        session,
        "SELECT count(c.tokens_out) AS answers, avg(c.tokens_in) AS tokens_in, "
        "avg(c.tokens_out) AS tokens_out FROM call c JOIN judge_run r ON r.id = c.run_id "
        "WHERE r.judge_id = :judge AND r.purpose = 'run'",
        {"judge": judge_id},
    )
    return MeanTokens(0, None, None) if found is None else MeanTokens(**found)
