"""Which labels and verdicts a look compared, as hashes and counts; holds no answer itself.

The hashes are under a key: there are few answers, so anybody could try all of them against a bare hash.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.ratings import CriterionRatings, JudgeColumn
from calibration.stats.estimate import FloatArray, IntArray
from rubrics.canonical import canonical_json, sha256_of


@dataclass(frozen=True, slots=True)
class EvidenceHashes:
    """Identity of the compared labels and verdicts; how many items, clusters and raters stand behind them.

    `key`: what the hashes were made with; whoever has it and them can find out the answers.
    """

    labels_sha256: str
    verdicts_sha256: str
    n: int
    clusters: int
    raters: int
    facts_sha256: str | None = None
    key: str | None = None


def keyed_sha256(content: object, key: str | None) -> str:
    """HMAC-SHA256 of the canonical JSON of `content`; its bare SHA-256 without a key, as in older looks."""
    if key is None:
        return sha256_of(content)
    return hmac.new(key.encode(), canonical_json(content).encode(), hashlib.sha256).hexdigest()


def evidence_of(ratings: Sequence[CriterionRatings], judge: str, *, key: str | None = None) -> EvidenceHashes:
    """Hashes of every label and of the judge's verdicts, in an order that does not depend on the store's.

    n: items with an observed label and an observed verdict on some criterion; clusters and raters of those.
    """
    labels, verdicts = [], []
    items: set[str] = set()
    clusters: set[object] = set()
    raters: set[str] = set()
    for found in ratings:
        labels += _labels(found)
        column = next((c for c in found.judges if c.judge == judge), None)
        if column is None:
            continue
        verdicts += _verdicts(found, column)
        both = np.intersect1d(found.item, column.item)
        items |= {found.items[k] for k in both}
        clusters |= {found.items[k] if found.cluster is None else int(found.cluster[k]) for k in both}
        raters |= {found.raters[k] for k in np.unique(found.rater)}
    return EvidenceHashes(
        keyed_sha256(sorted(labels), key),
        keyed_sha256(sorted(verdicts), key),
        len(items),
        len(clusters),
        len(raters),
        key=key,
    )


def _labels(found: CriterionRatings) -> list[list[str]]:
    answers = _answers(found.code, found.number)
    observed = [
        [found.criterion, found.items[i], found.raters[r], answer]
        for i, r, answer in zip(found.item, found.rater, answers, strict=True)
    ]
    absent = [
        [found.criterion, found.items[i], found.raters[r], "not_applicable"]
        for i, r in zip(found.na_item, found.na_rater, strict=True)
    ]
    return observed + absent + _decided(found)


def _decided(found: CriterionRatings) -> list[list[str]]:
    """The agreed answers, where they are what the judge is held against."""
    if not found.adjudicates:
        return []
    answers = _answers(found.adjudicated_code, found.adjudicated_number)
    pairs = [*zip(found.adjudicated_item, answers, strict=True)]
    pairs += [(item, "not_applicable") for item in found.adjudicated_na]
    return [[found.criterion, found.items[item], "(adjudicated)", answer] for item, answer in pairs]


def _verdicts(found: CriterionRatings, column: JudgeColumn) -> list[list[str]]:
    answers = _answers(column.code, column.number)
    observed = [[found.criterion, found.items[i], a] for i, a in zip(column.item, answers, strict=True)]
    unparsed = [[found.criterion, found.items[i], "parse_error"] for i in column.unparsed_item]
    absent = [[found.criterion, found.items[i], "not_applicable"] for i in column.na_item]
    counts = [[found.criterion, status, str(n)] for status, n in sorted(column.statuses.items())]
    return observed + unparsed + absent + counts


def _answers(code: IntArray, number: FloatArray) -> list[str]:
    """Category numbers, or the numbers themselves on a scale without categories."""
    return [
        f"#{c}" if c >= 0 else repr(float(x)) for c, x in zip(code.tolist(), number.tolist(), strict=True)
    ]
