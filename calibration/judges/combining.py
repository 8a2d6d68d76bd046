"""From the outcomes of an item's calls to opinions: samples vote, orders must agree, failures count."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from calibration.judges.logprobs import answer_distribution
from calibration.judges.response import Failure, Outcome, Response
from rubrics.answers import VerdictStatus
from rubrics.asking import applicable
from rubrics.replies import SWAPPED_SIDES, JudgeAnswer, parse_reply
from rubrics.rubric import Criterion, Rubric, Value

READABLE: tuple[VerdictStatus, ...] = ("observed", "not_applicable", "abstained")
CHANGED = "the answer changed with the order of the two outputs"
DIGITS = 6  # of a probability


@dataclass(frozen=True, slots=True)
class Asked:
    """One call about an item: the order shown, the replicate's number, and what came back."""

    swapped: bool
    replicate: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Vote:
    """What one call says about one criterion; `probs` is its distribution over the scale, in item order."""

    replicate: int
    swapped: bool
    status: VerdictStatus
    value: Value | None = None
    probs: Mapping[Value, float] | None = None
    verbalised: float | None = None
    rationale: str | None = None
    reason: str | None = None
    raw: str | None = None

    @property
    def says(self) -> tuple[str, Value | None]:
        return self.status, self.value


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the votes come to: the vote that stands for all, and every source's confidence in it."""

    vote: Vote
    confidences: tuple[tuple[str, float], ...] = ()
    probs: Mapping[Value, float] | None = None


def votes_of(asked: Sequence[Asked], rubric: Rubric, *, logprobs: bool) -> dict[str, list[Vote]]:
    """The votes by criterion of calls that asked about all criteria of `rubric`."""
    found: dict[str, list[Vote]] = {}
    for call in asked:
        for name, vote in _votes(call, rubric, logprobs).items():
            found.setdefault(name, []).append(vote)
    return found


def _votes(call: Asked, rubric: Rubric, logprobs: bool) -> dict[str, Vote]:
    outcome = call.outcome
    if isinstance(outcome, Failure):
        return _all(call, rubric, "provider_error", outcome.words)
    if outcome.refusal:
        return _all(call, rubric, "abstained", f"the model refused: {outcome.refusal}")
    if not outcome.text:
        return _all(
            call, rubric, "parse_error", f"the reply is empty ({outcome.finish or 'no reason given'})"
        )
    cut = " (the reply was cut off: raise max_tokens)" if outcome.finish == "length" else ""
    answers = parse_reply(rubric, outcome.text, swapped=call.swapped).answers
    return {
        answer.criterion: _vote(call, outcome, answer, rubric.criterion(answer.criterion), logprobs, cut)
        for answer in answers
    }


def _all(call: Asked, rubric: Rubric, status: VerdictStatus, reason: str) -> dict[str, Vote]:
    vote = Vote(call.replicate, call.swapped, status, reason=reason)
    return {criterion.name: vote for criterion in applicable(rubric, {})}


def _vote(
    call: Asked, response: Response, answer: JudgeAnswer, criterion: Criterion, logprobs: bool, cut: str
) -> Vote:
    observed = answer.status == "observed"
    probs = None
    if logprobs and observed and response.text:
        probs = answer_distribution(response.tokens, response.text, criterion)
        if probs and call.swapped and criterion.scale.kind == "pairwise":
            probs = {SWAPPED_SIDES.get(str(value), value): share for value, share in probs.items()}
    reason = f"{answer.reason}{cut}" if answer.status == "parse_error" else answer.reason
    return Vote(
        call.replicate, call.swapped, answer.status, answer.value, probs,
        answer.confidence if observed else None, answer.rationale, reason, answer.raw,
    )  # fmt: skip


def opinion_of(votes: Sequence[Vote], criterion: Criterion, sources: Sequence[str]) -> Opinion:
    """What the votes come to.

    At least half unreadable: the commonest failure. Else what most votes say; of equals what the tokens give
    more probability, then what was said first. A pair asked in both orders is one vote a replicate: where the
    orders disagree it is the scale's tie, or no answer.
    """
    counted = votes
    if criterion.scale.kind == "pairwise" and any(vote.swapped for vote in votes):
        counted = _both_orders(votes, criterion)
    readable = [vote for vote in counted if vote.status in READABLE]
    if 2 * len(readable) <= len(counted):
        failed = [vote for vote in counted if vote.status not in READABLE]
        return Opinion(_commonest(failed))
    chosen = _commonest(readable)
    if chosen.status != "observed":
        return Opinion(chosen)
    return _with_confidence(chosen, readable, votes, sources)


def _commonest(votes: Sequence[Vote]) -> Vote:
    times = Counter(vote.says for vote in votes)

    def weight(vote: Vote) -> tuple[int, float]:
        shares = (v.probs.get(vote.value, 0.0) for v in votes if v.probs and vote.value is not None)
        return times[vote.says], math.fsum(shares)

    return max(votes, key=weight)  # the first of equals


def _both_orders(votes: Sequence[Vote], criterion: Criterion) -> list[Vote]:
    """One vote a replicate from the two orders in which its pair was shown."""
    merged = []
    for number in sorted({vote.replicate for vote in votes}):
        pair = [vote for vote in votes if vote.replicate == number]
        failed = next((vote for vote in pair if vote.status not in READABLE), None)
        if failed is not None:
            merged.append(failed)
        elif len({vote.says for vote in pair}) == 1:
            merged.append(pair[0])
        else:
            merged.append(_disagreeing(pair, criterion))
    return merged


def _disagreeing(pair: Sequence[Vote], criterion: Criterion) -> Vote:
    tie = criterion.scale.tie
    first = replace(
        pair[0], value=tie, probs=None, verbalised=None, raw=" / ".join(v.raw or "" for v in pair)
    )
    if tie is not None and all(vote.status == "observed" for vote in pair):
        return replace(first, status="observed", rationale=f"{CHANGED}: {pair[0].rationale}")
    return replace(first, status="abstained", value=None, reason=CHANGED)


def _with_confidence(
    chosen: Vote, readable: Sequence[Vote], votes: Sequence[Vote], sources: Sequence[str]
) -> Opinion:
    distributions = {"logprobs": _mean_distribution(votes), "samples": _shares(readable)}
    stated = [vote.verbalised for vote in votes if vote.verbalised is not None and vote.says == chosen.says]
    values = {
        "logprobs": _of(distributions["logprobs"], chosen.value),
        "samples": _of(distributions["samples"], chosen.value),
        "order": _agreeing_orders(votes, chosen),
        "verbalised": math.fsum(stated) / len(stated) if stated else None,
    }
    found = [(source, round(value, DIGITS)) for source in sources if (value := values[source]) is not None]
    probs = next((d for s in ("logprobs", "samples") if s in sources and (d := distributions[s])), None)
    return Opinion(chosen, tuple(found), probs)


def _of(distribution: Mapping[Value, float] | None, value: Value | None) -> float | None:
    return None if distribution is None or value is None else distribution.get(value, 0.0)


def _mean_distribution(votes: Sequence[Vote]) -> dict[Value, float] | None:
    given = [vote.probs for vote in votes if vote.probs]
    if not given:
        return None
    values = dict.fromkeys(value for probs in given for value in probs)
    return {value: math.fsum(p.get(value, 0.0) for p in given) / len(given) for value in values}


def _shares(votes: Sequence[Vote]) -> dict[Value, float]:
    """Share of the readable votes that each answer has; a vote without an answer counts below the line."""
    times = Counter(cast("Value", vote.value) for vote in votes if vote.status == "observed")
    return {value: n / len(votes) for value, n in times.items()}


def _agreeing_orders(votes: Sequence[Vote], chosen: Vote) -> float | None:
    """Share of the replicates asked in both orders that gave the chosen answer in both."""
    both = {vote.replicate for vote in votes if vote.swapped} & {v.replicate for v in votes if not v.swapped}
    if not both:
        return None
    agreeing = [k for k in both if all(v.says == chosen.says for v in votes if v.replicate == k)]
    return len(agreeing) / len(both)
