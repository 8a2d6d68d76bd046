"""Production traffic and observations over time: everything is added and nothing changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import VERDICT_STATUS_NAMED
from annotate_app.store.labels import stored_value
from annotate_app.store.sql import number, one, rows, run, to_json
from rubrics.answers import Verdict

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """One production output as it was drawn: probabilities of being judged, and of being judged and reviewed.

    `weight` is c / π with c the least share of any stratum.
    """

    item_id: str
    sha256: str
    stratum: str | None
    sensitive: bool
    pi_judged: float
    pi_reviewed: float
    weight: float
    judged: bool
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Pending:
    """A verdict on a drawn output that no process has taken yet; `step` is the output's number."""

    step: int
    weight: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Taken:
    """One observation of a process; None where there was no answer to look at."""

    item_id: str
    criterion: str
    kind: str
    step: int
    value: str | None
    good: bool | None
    passes: bool | None
    passed_before: bool | None
    weight: float
    reported_model: str | None
    cost_usd: float | None
    at: str


def start_run(
    session: Session, study_id: int, judge: str, *, files: Sequence[str], software: str, at: str
) -> int:
    """Note that a run begins; its number."""
    values = {
        "study": study_id,
        "judge": judge,
        "files": to_json(list(files)),
        "software": software,
        "at": at,
    }
    run(
        session,
        "INSERT INTO monitor_run (study_id, judge_name, files, software, at) "
        "VALUES (:study, :judge, :files, :software, :at)",
        values,
    )
    return number(session, "SELECT max(id) FROM monitor_run WHERE study_id = :study", values)


def add_seen(session: Session, study_id: int, run_id: int, seen: Iterable[Seen], *, at: str) -> int:
    """Keep outputs as they were drawn; one that is known is passed over. How many were new."""
    names = tuple(Seen.__slots__)
    columns, places = ", ".join(names), ", ".join(f":{name}" for name in names)
    return run(
        session,
        f"INSERT INTO monitor_item (study_id, run_id, at, {columns}) VALUES (:study, :run, :at, {places}) "
        "ON CONFLICT (study_id, item_id) DO NOTHING",
        [{"study": study_id, "run": run_id, "at": at, **asdict(one)} for one in seen],
    )


def known(session: Session, study_id: int, item_ids: Sequence[str]) -> dict[str, str]:
    """Content hashes of those of the outputs that were seen before."""
    found = _among(
        session,
        "SELECT item_id, sha256 FROM monitor_item WHERE study_id = :study AND item_id IN ({ids})",
        study_id,
        item_ids,
    )
    return {row["item_id"]: row["sha256"] for row in found}


def in_study(session: Session, study_id: int, item_ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that are items of the study."""
    statement = "SELECT item_id FROM item WHERE study_id = :study AND item_id IN ({ids})"
    return frozenset(row["item_id"] for row in _among(session, statement, study_id, item_ids))


def monitored(session: Session, study_id: int) -> frozenset[str]:
    """Ids of all production outputs that were drawn to be judged: they belong to no split."""
    found = rows(
        session, "SELECT item_id FROM monitor_item WHERE study_id = :study AND judged", {"study": study_id}
    )
    return frozenset(row["item_id"] for row in found)


def unjudged(session: Session, study_id: int, judge_id: int | None, after: int) -> list[str]:
    """Drawn outputs behind number `after` on which the exact judge has no verdict, in order of arrival."""
    found = rows(
        session,
        "SELECT m.item_id FROM monitor_item m JOIN item i ON i.study_id = m.study_id "
        "AND i.item_id = m.item_id WHERE m.study_id = :study AND m.judged AND m.id > :after AND NOT EXISTS "
        "(SELECT 1 FROM criterion c JOIN verdict v ON v.criterion_id = c.id AND v.judge_id = :judge "
        "AND v.item_id = i.id WHERE c.study_id = :study) ORDER BY m.id",
        {"study": study_id, "judge": judge_id or 0, "after": after},
    )
    return [row["item_id"] for row in found]


def pending(session: Session, study_id: int, judge_id: int, after: int) -> list[Pending]:
    """Verdicts of the exact judge on drawn outputs that no process has taken, in order of arrival."""
    found = rows(
        session,
        "SELECT m.id AS step, m.weight, m.item_id, c.name AS criterion, a.value, v.number, v.status, "
        "v.reported_model, v.cost_usd, j.name AS judge FROM monitor_item m "
        "JOIN item i ON i.study_id = m.study_id AND i.item_id = m.item_id "
        "JOIN criterion c ON c.study_id = m.study_id JOIN verdict v ON v.criterion_id = c.id "
        "AND v.judge_id = :judge AND v.item_id = i.id AND v.replicate = 0 JOIN judge j ON j.id = v.judge_id "
        "LEFT JOIN answer a ON a.criterion_id = v.criterion_id AND a.code = v.code "
        "WHERE m.study_id = :study AND m.judged AND m.id > :after AND NOT EXISTS (SELECT 1 FROM verdict n "
        "WHERE n.criterion_id = v.criterion_id AND n.judge_id = v.judge_id AND n.item_id = v.item_id "
        "AND n.replicate = 0 AND n.take > v.take) AND NOT EXISTS (SELECT 1 FROM monitor_observation o "
        "WHERE o.judge_id = :judge AND o.criterion_id = c.id AND o.kind = 'quality' AND o.step = m.id) "
        "ORDER BY m.id, c.id",
        {"study": study_id, "judge": judge_id, "after": after},
    )
    return [Pending(row["step"], row["weight"], _verdict(row)) for row in found]


def _verdict(row: Mapping[str, Any]) -> Verdict:
    return Verdict(
        row["item_id"], row["judge"], row["criterion"], stored_value(row),
        status=VERDICT_STATUS_NAMED[row["status"]], reported_model=row["reported_model"],
        cost_usd=row["cost_usd"],
    )  # fmt: skip


def take(session: Session, study_id: int, run_id: int, judge_id: int, taken: Iterable[Taken]) -> int:
    """Add observations; one whose step is taken is passed over."""
    return run(
        session,
        "INSERT INTO monitor_observation (run_id, judge_id, criterion_id, kind, step, item_id, value, good, "
        "passes, passed_before, weight, reported_model, cost_usd, at) "
        "SELECT :run, :judge, c.id, :kind, :step, i.id, :value, :good, :passes, :passed_before, :weight, "
        ":reported_model, :cost_usd, :at FROM criterion c JOIN item i ON i.study_id = c.study_id "
        "WHERE c.study_id = :study AND c.name = :criterion AND i.item_id = :item_id "
        "ON CONFLICT (judge_id, criterion_id, kind, step) DO NOTHING",
        [{"run": run_id, "judge": judge_id, "study": study_id, **asdict(one)} for one in taken],
    )


def observed(session: Session, judge_id: int, *, after: int = 0) -> list[tuple[int, Taken]]:
    """Observations behind number `after`, each with the number of its run; a process takes them as they come.

    Outputs in order of arrival, anchor items in order of being drawn.
    """
    found = rows(
        session,
        "SELECT o.run_id, i.item_id, c.name AS criterion, o.kind, o.step, o.value, o.good, o.passes, "
        "o.passed_before, o.weight, o.reported_model, o.cost_usd, o.at FROM monitor_observation o "
        "JOIN item i ON i.id = o.item_id JOIN criterion c ON c.id = o.criterion_id "
        "WHERE o.judge_id = :judge AND o.id > :after ORDER BY o.id",
        {"judge": judge_id, "after": after},
    )
    return [(row["run_id"], Taken(**{name: row[name] for name in Taken.__slots__})) for row in found]


def last_step(session: Session, judge_id: int) -> int:
    """The last anchor draw of the exact judge; 0 before the first."""
    statement = "SELECT max(step) FROM monitor_observation WHERE judge_id = :judge AND kind = 'agreement'"
    return number(session, statement, {"judge": judge_id})


def last_numbers(session: Session, study_id: int) -> dict[str, int]:
    """Where the tables end now: numbers of the last output and the last observation."""
    values = {"study": study_id}
    output = number(session, "SELECT max(id) FROM monitor_item WHERE study_id = :study", values)
    observation = number(
        session,
        "SELECT max(o.id) FROM monitor_observation o JOIN judge j ON j.id = o.judge_id "
        "WHERE j.study_id = :study",
        values,
    )
    alarm = number(session, "SELECT max(id) FROM alarm WHERE study_id = :study", values)
    return {"item": output, "observation": observation, "alarm": alarm}


def traffic(session: Session, study_id: int, *, after: int = 0) -> dict[str, tuple[int, int, int]]:
    """Outputs seen, judged and put up for review, by stratum."""
    found = rows(
        session,
        "SELECT coalesce(stratum, '(none)') AS stratum, count(*) AS seen, "
        "count(*) FILTER (WHERE judged) AS judged, "
        "count(*) FILTER (WHERE judged AND reviewed) AS reviewed "
        "FROM monitor_item WHERE study_id = :study AND id > :after "
        "GROUP BY 1 ORDER BY 1",
        {"study": study_id, "after": after},
    )
    return {row["stratum"]: (row["seen"], row["judged"], row["reviewed"]) for row in found}


def not_in_wave(session: Session, study_id: int) -> list[tuple[str, float, bool]]:
    """Judged outputs that are in no wave's frame yet: id, probability of a review, whether it was drawn."""
    found = rows(
        session,
        "SELECT m.item_id, m.pi_reviewed, m.reviewed FROM monitor_item m JOIN item i "
        "ON i.study_id = m.study_id AND i.item_id = m.item_id WHERE m.study_id = :study AND m.judged "
        "AND NOT EXISTS (SELECT 1 FROM wave_item w WHERE w.item_id = i.id) ORDER BY m.id",
        {"study": study_id},
    )
    return [(row["item_id"], row["pi_reviewed"], bool(row["reviewed"])) for row in found]


def has_traffic(session: Session, study_id: int) -> bool:
    """Whether any production output was ever seen."""
    return one(session, "SELECT 1 FROM monitor_item WHERE study_id = :s LIMIT 1", {"s": study_id}) is not None


def _among(session: Session, statement: str, study_id: int, item_ids: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(item_ids), AT_ONCE):
        names = {f"i{k}": item_id for k, item_id in enumerate(item_ids[start : start + AT_ONCE])}
        marks = ", ".join(f":{name}" for name in names)
        found += rows(session, statement.replace("{ids}", marks), {"study": study_id, **names})
    return found


def review_chances(session: Session, study_id: int, *, after: int = 0) -> list[tuple[str, float]]:
    """Outputs that were drawn for review, each with the probability of that."""
    found = rows(
        session,
        "SELECT item_id, pi_reviewed FROM monitor_item WHERE study_id = :study AND judged AND reviewed "
        "AND id > :after ORDER BY id",
        {"study": study_id, "after": after},
    )
    return [(row["item_id"], row["pi_reviewed"]) for row in found]
