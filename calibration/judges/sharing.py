"""What each verdict carries of its calls' cost, tokens, time and models; an unknown cost stays unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from calibration.judges.combining import DIGITS, Asked, Opinion
from calibration.judges.response import Outcome, Response
from rubrics.answers import Verdict
from rubrics.rubric import Criterion, Rubric, Value


def verdicts_of(
    opinions: Mapping[str, Opinion], asked: Sequence[Asked], *, base: Verdict, rubric: Rubric
) -> tuple[Verdict, ...]:
    """The verdicts of one unit of calls, which share its cost, tokens and time; `base` has item and judge."""
    account = _account([call.outcome for call in asked])
    n = len(opinions)
    return tuple(
        _verdict(opinion, rubric.criterion(name), _part(account, k, n), base)
        for k, (name, opinion) in enumerate(opinions.items())
    )


@dataclass(frozen=True, slots=True)
class Account:
    """What a unit of calls took; None where a provider did not say, or did not answer."""

    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    latency_seconds: float | None
    observed: str | None
    at: str | None


def _account(outcomes: Sequence[Outcome]) -> Account:
    answered = [outcome for outcome in outcomes if isinstance(outcome, Response)]
    costs = [response.cost_usd for response in answered]
    models = sorted({response.observed for response in answered if response.observed})
    return Account(
        _sum([response.tokens_in for response in answered]),
        _sum([response.tokens_out for response in answered]),
        None if not costs or None in costs else math.fsum(cast("list[float]", costs)),
        max((response.latency_seconds for response in answered), default=None),
        " | ".join(models) or None,
        max((outcome.at for outcome in outcomes if outcome.at), default=None),
    )


def _sum(numbers: Sequence[int | None]) -> int | None:
    return None if not numbers or None in numbers else sum(cast("Sequence[int]", numbers))


def _part(account: Account, k: int, n: int) -> Account:
    """The k-th of n verdicts' share: tokens are whole, the first ones carry what is left over."""
    return replace(
        account,
        tokens_in=_whole(account.tokens_in, k, n),
        tokens_out=_whole(account.tokens_out, k, n),
        cost_usd=None if account.cost_usd is None else account.cost_usd / n,
    )


def _whole(total: int | None, k: int, n: int) -> int | None:
    return None if total is None else total // n + (k < total % n)


def _verdict(opinion: Opinion, criterion: Criterion, account: Account, base: Verdict) -> Verdict:
    vote, first = opinion.vote, next(iter(opinion.confidences), None)
    probs = {str(value): round(share, DIGITS) for value, share in (opinion.probs or {}).items()}
    return replace(
        base,
        criterion=criterion.name,
        value=vote.value if vote.status == "observed" else None,
        status=vote.status,
        confidence=first and first[1],
        confidence_kind=first and first[0],
        confidences=opinion.confidences,
        probs=tuple(sorted(probs.items())),
        expected=_expected(opinion.probs) if criterion.scale.is_numeric else None,
        raw_value=vote.raw,
        rationale=vote.rationale,
        reason=vote.reason,
        reported_model=account.observed,
        tokens_in=account.tokens_in,
        tokens_out=account.tokens_out,
        cost_usd=account.cost_usd,
        latency_seconds=account.latency_seconds,
        at=account.at,
    )


def _expected(probs: Mapping[Value, float] | None) -> float | None:
    """The mean answer under the distribution."""
    if not probs:
        return None
    total = math.fsum(probs.values())
    return round(math.fsum(float(value) * share for value, share in probs.items()) / total, DIGITS)
