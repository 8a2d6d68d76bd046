"""Whole columns of labels and verdicts at once, by the covering index, for statistics; no row objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from annotate_app.store.codes import PURPOSE
from annotate_app.store.engines.dialect import Raw
from annotate_app.store.studies import Asked, JudgeRecord, present_last
from calibration.triage.signals import ORDER_SOURCES

# A label as one integer, high bits first. Where a number does not fit, rows are fetched instead.
ITEM_BITS, RATER_BITS, REVISION_BITS, PURPOSE_BITS, STATUS_BITS, FLAG_BITS, CODE_BITS = 28, 13, 5, 3, 2, 3, 9
REPLICATE_BITS, VERDICT_STATUS_BITS = 8, 3
PLANTED = PURPOSE["planted"]  # never data: such labels are on items that the study does not have
LAST_REVISION = (1 << REVISION_BITS) - 1
NO_CODE = (1 << CODE_BITS) - 1

PACKED = f"""
SELECT group_concat(p, ' ') FROM (
  SELECT ((((((item_id << {RATER_BITS} | rater_id) << {REVISION_BITS}
    | CASE WHEN revision < {LAST_REVISION} THEN revision ELSE {LAST_REVISION} END) << {PURPOSE_BITS}
    | purpose) << {STATUS_BITS} | status) << {FLAG_BITS}
    | flags) << {CODE_BITS} | coalesce(code, {NO_CODE})) AS p
  FROM label WHERE criterion_id = ? AND purpose <> {PLANTED}
  ORDER BY item_id, rater_id, purpose, revision) AS x
"""
PACKED_VERDICTS = f"""
SELECT group_concat(p, ' ') FROM (
  SELECT (((item_id << {REPLICATE_BITS} | replicate) << {VERDICT_STATUS_BITS} | status) << {CODE_BITS}
    | coalesce(code, {NO_CODE})) AS p
  FROM verdict WHERE criterion_id = ? AND judge_id = ? ORDER BY item_id, replicate, take) AS x
"""
OF_ORDERS = f"CASE WHEN confidence_kind IN {ORDER_SOURCES} THEN confidence END"


@dataclass(frozen=True, slots=True)
class VerdictContent:
    """What a judge's verdicts on a criterion hold: codes that can be packed and nothing else; or JSON."""

    codes_alone: bool
    probs: bool
    confidences: bool
    orders: bool = False


def fits(connection: Raw, study_id: int) -> bool:
    """Whether every label of the study can be packed."""
    most = connection.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM item WHERE study_id = :study), "
        "(SELECT coalesce(max(id), 0) FROM rater WHERE study_id = :study), "
        "(SELECT coalesce(max(a.code), 0) FROM criterion c JOIN answer a ON a.criterion_id = c.id "
        "WHERE c.study_id = :study)",
        {"study": study_id},
    ).fetchone()
    return bool(most[0] < 1 << ITEM_BITS and most[1] < 1 << RATER_BITS and most[2] < NO_CODE)


def packed_labels(connection: Raw, criterion_id: int) -> str:
    """All labels of a criterion as packed integers in order of item, rater, revision, joined by blanks."""
    found = connection.execute(PACKED, (criterion_id,)).fetchone()[0]
    return found or ""


def label_rows(connection: Raw, criterion_id: int) -> list[tuple[float | None, ...]]:
    """(item, rater, purpose, status, flags, code, number) of all labels by item, rater, revision."""
    return connection.execute(
        "SELECT item_id, rater_id, purpose, status, flags, code, number FROM label "
        f"WHERE criterion_id = ? AND purpose <> {PLANTED} ORDER BY item_id, rater_id, purpose, revision",
        (criterion_id,),
    ).fetchall()


def verdict_content(connection: Raw, criterion_id: int, judge_id: int) -> VerdictContent:
    """Which columns have to be read, by one pass that fetches nothing."""
    most, stated, probs, confidences, orders = connection.execute(
        "SELECT max(replicate), count(confidence) + count(expected), count(probs), count(confidences), "
        f"count({OF_ORDERS}) FROM verdict WHERE criterion_id = ? AND judge_id = ?",
        (criterion_id, judge_id),
    ).fetchone()
    packable = not stated and (most or 0) < 1 << REPLICATE_BITS
    return VerdictContent(
        codes_alone=packable, probs=bool(probs), confidences=bool(confidences), orders=bool(orders)
    )


def packed_verdicts(connection: Raw, criterion_id: int, judge_id: int) -> str:
    """The verdicts of a judge as packed integers in order of item, replicate, take, joined by blanks."""
    found = connection.execute(PACKED_VERDICTS, (criterion_id, judge_id)).fetchone()[0]
    return found or ""


def verdict_rows(connection: Raw, criterion_id: int, judge_id: int) -> list[tuple[float | None, ...]]:
    """(item, replicate, status, code, number, confidence, expected), newest take of an item last."""
    return connection.execute(
        "SELECT item_id, replicate, status, code, number, confidence, expected FROM verdict "
        "WHERE criterion_id = ? AND judge_id = ? ORDER BY item_id, replicate DESC, take",
        (criterion_id, judge_id),
    ).fetchall()


def verdict_probs(connection: Raw, criterion_id: int, judge_id: int) -> Mapping[int, str]:
    """Probabilities, as JSON, of the verdicts that count, by item; those without any are absent."""
    return _json_of(connection, "probs", criterion_id, judge_id)


def verdict_confidences(connection: Raw, criterion_id: int, judge_id: int) -> Mapping[int, str]:
    """Every source's confidence, as JSON, of the verdicts that count, by item; absent where there is none."""
    return _json_of(connection, "confidences", criterion_id, judge_id)


def verdict_orders(connection: Raw, criterion_id: int, judge_id: int) -> Mapping[int, float]:
    """Confidence of the verdicts that count, by item, where it is the share of a pair's orders that agree."""
    found = connection.execute(
        f"SELECT item_id, {OF_ORDERS} FROM verdict WHERE criterion_id = ? AND judge_id = ? "
        "ORDER BY item_id, replicate DESC, take",
        (criterion_id, judge_id),
    )
    return {item: share for item, share in dict(found.fetchall()).items() if share is not None}


def _json_of(connection: Raw, column: str, criterion_id: int, judge_id: int) -> Mapping[int, str]:
    found = connection.execute(
        f"SELECT item_id, {column} FROM verdict WHERE criterion_id = ? AND judge_id = ? "
        "ORDER BY item_id, replicate DESC, take",
        (criterion_id, judge_id),
    )
    return MappingProxyType({item: text for item, text in dict(found.fetchall()).items() if text is not None})


def drawn_for_estimates(connection: Raw, study_id: int) -> list[int]:
    """Items that an estimating wave of the study selected."""
    found = connection.execute(
        "SELECT DISTINCT i.item_id FROM wave_item i JOIN wave w ON w.id = i.wave_id "
        "WHERE w.study_id = ? AND w.purpose = ? AND i.selected",
        (study_id, PURPOSE["estimate"]),
    )
    return [row[0] for row in found]


def judges_of(connection: Raw, study_id: int, criterion_id: int, asked: Asked) -> list[tuple[int, str]]:
    """(number, name) of judges with verdicts on the criterion; of one name the exact judge asked for, else
    the newest."""
    found = connection.execute(
        "SELECT j.id, j.name, j.spec_hash FROM judge j WHERE j.study_id = ? AND EXISTS "
        "(SELECT 1 FROM verdict v WHERE v.criterion_id = ? AND v.judge_id = j.id)",
        (study_id, criterion_id),
    ).fetchall()
    known = [JudgeRecord(number, name, spec_hash, None, "") for number, name, spec_hash in found]
    present = {judge.name: judge.judge_id for judge in present_last(known, asked)}
    return sorted((number, name) for name, number in present.items())


def item_rows(connection: Raw, study_id: int) -> list[tuple[int, str, str | None, str | None]]:
    """(number, id, cluster, stratum) of every item, in order of number."""
    return connection.execute(
        "SELECT id, item_id, cluster, stratum FROM item WHERE study_id = ? ORDER BY id", (study_id,)
    ).fetchall()


def rater_rows(connection: Raw, study_id: int) -> list[tuple[int, str]]:
    """(number, name) of every rater."""
    return connection.execute(
        "SELECT id, name FROM rater WHERE study_id = ? ORDER BY id", (study_id,)
    ).fetchall()


def items_in(connection: Raw, study_id: int, splits: tuple[str, ...]) -> list[int] | None:
    """Numbers of the items in these splits; None when no split is frozen (all is development)."""
    version = connection.execute(
        "SELECT max(id) FROM split_version WHERE study_id = ?", (study_id,)
    ).fetchone()[0]
    if version is None:
        return None
    marks = ", ".join("?" * len(splits))
    found = connection.execute(
        f"SELECT item_id FROM split_member WHERE version_id = ? AND split IN ({marks})", (version, *splits)
    )
    return [item for (item,) in found]


def stated_pi(connection: Raw, study_id: int) -> Mapping[int, float]:
    """Inclusion probabilities that came with imported labels, by item."""
    found = connection.execute(
        "SELECT l.item_id, max(l.pi) FROM criterion c JOIN label l ON l.criterion_id = c.id "
        "WHERE c.study_id = ? AND l.pi IS NOT NULL AND l.wave_id IS NULL GROUP BY l.item_id",
        (study_id,),
    )
    return MappingProxyType({item: float(pi) for item, pi in found})
