"""From the outcomes of calls to a verdict: votes, orders, failures, confidence, and who pays."""

from __future__ import annotations

import json
import math

import pytest

from calibration.judges.combining import Asked, opinion_of, votes_of
from calibration.judges.response import Failure, Outcome, Response
from calibration.judges.sharing import verdicts_of
from rubrics.answers import Verdict
from rubrics.files import parse_rubric
from rubrics.rubric import Rubric

RUBRIC = parse_rubric("""
name: r
criteria:
  - name: grounded
    question: Is it?
    scale: {kind: binary, levels: [{name: "yes", description: d}, {name: "no", description: d}]}
  - name: helpful
    question: How much?
    scale:
      kind: ordinal
      levels: [{name: low, value: 1}, {name: mid, value: 2}, {name: high, value: 3}]
""")
PAIR = parse_rubric("""
name: p
criteria:
  - name: better
    question: Which?
    scale: {kind: pairwise, levels: [{name: a}, {name: b}, {name: tie}]}
""")
NO_TIE = parse_rubric("""
name: p
criteria:
  - name: better
    question: Which?
    scale: {kind: pairwise, levels: [{name: a}, {name: b}]}
""")


def reply(confidence: float | None = None, **answers: object) -> Response:
    stated = {} if confidence is None else {"confidence": confidence}
    parts = {name: {"rationale": f"for {a}", "answer": a, **stated} for name, a in answers.items()}
    return Response(text=json.dumps(parts), raw={}, cost_usd=0.03, tokens_in=101, tokens_out=11)


def verdicts(
    outcomes: list[Outcome], *, rubric: Rubric = RUBRIC, sources: tuple[str, ...] = (), orders: bool = False
) -> dict[str, Verdict]:
    """The verdicts of outcomes: samples, or, with `orders`, an unswapped and a swapped one in turn."""
    asked = [
        Asked(orders and k % 2 == 1, k // 2 if orders else k, outcome) for k, outcome in enumerate(outcomes)
    ]
    votes = votes_of(asked, rubric, logprobs=False)
    opinions = {name: opinion_of(given, rubric.criterion(name), sources) for name, given in votes.items()}
    found = verdicts_of(opinions, asked, base=Verdict("i", "j", "", None), rubric=rubric)
    return {verdict.criterion: verdict for verdict in found}


def test_one_reply_is_the_verdict_with_its_words() -> None:
    found = verdicts([reply(grounded="yes", helpful=2)])
    assert [(v.value, v.status, v.rationale) for v in found.values()] == [
        ("yes", "observed", "for yes"), (2, "observed", "for 2"),
    ]  # fmt: skip


def test_samples_vote_and_their_share_is_the_confidence() -> None:
    given: list[Outcome] = [reply(grounded="no", helpful=k) for k in (3, 3, 1)]
    found = verdicts(given, sources=("samples",))["helpful"]
    assert (found.value, found.confidence_kind) == (3, "samples")
    assert found.confidence == pytest.approx(2 / 3, abs=1e-6)
    assert dict(found.probs) == pytest.approx({"1": 1 / 3, "3": 2 / 3}, abs=1e-6)
    assert found.expected == pytest.approx(7 / 3, abs=1e-6)  # (3 + 3 + 1) / 3


def test_a_vote_that_cannot_tell_lowers_the_share() -> None:
    given: list[Outcome] = [reply(grounded="yes", helpful=a) for a in (2, 2, "cannot tell")]
    assert verdicts(given, sources=("samples",))["helpful"].confidence == pytest.approx(2 / 3, abs=1e-6)


def test_of_equal_votes_the_first_counts() -> None:
    given: list[Outcome] = [reply(grounded=a, helpful=1) for a in ("no", "yes")]
    assert verdicts(given)["grounded"].value == "no"


def test_what_a_judge_says_of_its_confidence_is_the_mean_of_those_who_agree() -> None:
    given: list[Outcome] = [
        reply(0.9, grounded="yes", helpful=1), reply(0.7, grounded="yes", helpful=1),
        reply(0.1, grounded="no", helpful=1),
    ]  # fmt: skip
    found = verdicts(given, sources=("verbalised", "samples"))["grounded"]
    assert dict(found.confidences) == pytest.approx({"verbalised": 0.8, "samples": 2 / 3}, abs=1e-6)
    assert (found.confidence, found.confidence_kind) == (pytest.approx(0.8), "verbalised")


def test_a_provider_that_fails_is_a_status_with_its_reason() -> None:
    found = verdicts([Failure("timeout", "no answer in 5 s")])
    assert {v.status for v in found.values()} == {"provider_error"}
    assert {v.reason for v in found.values()} == {"timeout: no answer in 5 s"}
    assert {v.cost_usd for v in found.values()} == {None}


def test_half_unreadable_is_a_failure_less_is_not() -> None:
    good, bad = reply(grounded="yes", helpful=1), Response(text="{", raw={})
    assert verdicts([good, bad])["grounded"].status == "parse_error"
    assert verdicts([good, good, bad])["grounded"].value == "yes"


def test_a_refusal_is_abstained_and_a_cut_reply_says_so() -> None:
    refused = Response(text=None, raw={}, refusal="I will not judge this.")
    assert verdicts([refused])["grounded"].status == "abstained"
    assert "I will not judge this." in (verdicts([refused])["grounded"].reason or "")
    cut = Response(text='{"grounded": {"ration', raw={}, finish="length")
    found = verdicts([cut])["grounded"]
    assert (found.status, "raise max_tokens" in (found.reason or "")) == ("parse_error", True)
    assert (
        verdicts([Response(text="", raw={}, finish="stop")])["helpful"].reason == "the reply is empty (stop)"
    )


def test_orders_that_agree_give_the_winner_in_the_items_own_order() -> None:
    # shown as it is the judge says a; shown swapped it says b, which is a again
    found = verdicts([reply(better="a"), reply(better="b")], rubric=PAIR, sources=("order",), orders=True)
    assert (found["better"].value, found["better"].confidence) == ("a", 1.0)


def test_orders_that_disagree_are_a_tie_without_confidence_or_no_answer() -> None:
    always_first: list[Outcome] = [reply(better="a"), reply(better="a")]
    tied = verdicts(always_first, rubric=PAIR, sources=("order",), orders=True)["better"]
    assert (tied.value, tied.confidence) == ("tie", 0.0)
    untied = verdicts(always_first, rubric=NO_TIE, sources=("order",), orders=True)["better"]
    assert (untied.status, untied.value) == ("abstained", None)
    assert untied.reason == "the answer changed with the order of the two outputs"


def test_one_order_that_fails_leaves_no_answer() -> None:
    found = verdicts([reply(better="a"), Failure("server", "500")], rubric=PAIR, orders=True)
    assert found["better"].status == "provider_error"


def test_cost_and_tokens_are_shared_out_and_add_up() -> None:
    given: list[Outcome] = [reply(grounded="yes", helpful=1), reply(grounded="yes", helpful=1)]
    found = list(verdicts(given).values())
    assert math.fsum(v.cost_usd or 0 for v in found) == pytest.approx(0.06)
    assert [v.tokens_in for v in found] == [101, 101]  # 202 over two criteria
    assert sum(v.tokens_out or 0 for v in found) == 22


def test_one_unknown_cost_makes_the_cost_unknown() -> None:
    unpriced = Response(text=reply(grounded="yes", helpful=1).text, raw={})
    found = verdicts([reply(grounded="yes", helpful=1), unpriced])
    assert {v.cost_usd for v in found.values()} == {None}
