"""Answer patterns counted by the database itself: one GROUP BY; no label leaves it, whatever their number."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.codes import ADJUDICATED, BLIND_JUDGE, LABEL_STATUS, PURPOSE
from annotate_app.store.labels import NEWEST
from annotate_app.store.sql import rows

OBSERVED, NOT_APPLICABLE = LABEL_STATUS["observed"], LABEL_STATUS["not_applicable"]
COUNTS = f"l.flags & {ADJUDICATED | BLIND_JUDGE} = {BLIND_JUDGE}"  # given blind to the judge, by a rater

# The newest take of the first replicate: what `calibrant agreement` counts of a judge.
VERDICTS = """
SELECT v.item_id, CASE WHEN v.status = 0 THEN v.code ELSE -v.status END AS verdict FROM verdict v
WHERE v.criterion_id = :criterion AND v.judge_id = :judge AND NOT EXISTS (
  SELECT 1 FROM verdict n WHERE n.criterion_id = v.criterion_id AND n.judge_id = v.judge_id
  AND n.item_id = v.item_id
  AND (n.replicate < v.replicate OR (n.replicate = v.replicate AND n.take > v.take)))
"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """So many items got these answers (count per stored code), refusals and this verdict.

    `verdict` is a stored code, or -k for the k-th of VERDICT_STATUSES; None where the judge gave none.
    """

    answers: tuple[int, ...]
    not_applicable: int
    verdict: int | None
    items: int


def of_criterion(
    session: Session, criterion_id: int, *, codes: int, judge_id: int | None = None
) -> tuple[Pattern, ...]:
    """The distinct patterns of a criterion's newest estimating labels, and a judge's verdicts on them."""
    names = [f"a{k}" for k in range(codes)]
    per_item = (
        f"SELECT l.item_id, {_counting(codes)} FROM label l "
        f"WHERE l.criterion_id = :criterion AND l.purpose = {PURPOSE['estimate']} AND {COUNTS} AND {NEWEST} "
        f"AND l.status IN ({OBSERVED}, {NOT_APPLICABLE}) GROUP BY l.item_id"
    )
    said = f"LEFT JOIN ({VERDICTS}) v ON v.item_id = p.item_id" if judge_id is not None else ""
    listed = ", ".join((*(f"p.{name}" for name in (*names, "refused")), "v.verdict" if said else "NULL"))
    places = ", ".join(str(k + 1) for k in range(codes + 2))
    found = rows(
        session,
        f"SELECT {listed} AS verdict, count(*) AS items FROM ({per_item}) p {said} "
        f"GROUP BY {places} ORDER BY {places}",
        {"criterion": criterion_id, "judge": judge_id},
    )
    return tuple(
        Pattern(
            tuple(int(row[name]) for name in names), int(row["refused"]),
            None if row["verdict"] is None else int(row["verdict"]), int(row["items"]),
        )
        for row in found
    )  # fmt: skip


def _counting(codes: int) -> str:
    """One sum for each stored code, and one for refusals."""
    each = [(f"l.status = {OBSERVED} AND l.code = {k}", f"a{k}") for k in range(codes)]
    each.append((f"l.status = {NOT_APPLICABLE}", "refused"))
    return ", ".join(f"sum(CASE WHEN {where} THEN 1 ELSE 0 END) AS {name}" for where, name in each)
