"""A panel's answer from its members': most votes or the middle, ties said, circles refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration.judges.declared import declared_spec
from calibration.judges.faults import BadJudge
from calibration.judges.panel import Decided, Panel, PanelSettings, decided
from rubrics.answers import Verdict, VerdictStatus
from rubrics.items import Item
from rubrics.rubric import Criterion, Level, Rubric, Scale, Value

BINARY = Criterion("fine", "?", Scale("binary", (Level("good"), Level("bad"))))
PAIRWISE = Criterion("fine", "?", Scale("pairwise", (Level("a"), Level("b"), Level("tie"))))
ORDINAL = Criterion("fine", "?", Scale("ordinal", tuple(Level(f"l{k}", k) for k in (1, 2, 3, 4))))
INTERVAL = Criterion("fine", "?", Scale("interval", low=0, high=1))
RUBRIC = Rubric("r", (BINARY,))
MEMBERS = {
    "majority": {"baseline": "majority"},
    "words": {"baseline": "tfidf-logistic"},
    "elsewhere": {"import": "model x"},
}


def verdict(value: Value | None, status: VerdictStatus = "observed", judge: str = "x") -> Verdict:
    return Verdict("i1", judge, "fine", value, status)


def answer(criterion: Criterion, *values: Value | None, combine: str | None = None) -> Decided:
    """None in `values` is an abstention."""
    given = [verdict(v) if v is not None else verdict(None, "abstained") for v in values]
    settings = PanelSettings.model_validate({"combine": combine})
    return decided(criterion, given, settings, members=len(values))


def test_most_votes_decide_and_confidence_is_the_share_of_members() -> None:
    # two of three members: 2/3
    assert answer(BINARY, "good", "bad", "good") == Decided("good", "observed", 0.666667)


def test_members_that_abstain_agree_with_nobody() -> None:
    assert answer(BINARY, "good", "good", None) == Decided("good", "observed", 0.666667)


def test_fewer_answers_than_the_quorum_are_no_answer() -> None:
    found = answer(BINARY, "good", None, None)
    assert (found.status, found.reason) == ("abstained", "1 of 3 members answered; at least 2 must")


def test_a_tied_vote_is_the_scales_tie_or_nothing() -> None:
    assert answer(PAIRWISE, "a", "b") == Decided("tie", "observed", None)
    assert answer(PAIRWISE, "a", "a", "b", "b", "tie") == Decided("tie", "observed", 0.2)
    found = answer(BINARY, "good", "bad")
    assert (found.status, found.reason) == ("abstained", "the vote is tied: 1 bad, 1 good")


def test_not_applicable_is_a_vote() -> None:
    given = [verdict(None, "not_applicable"), verdict(None, "not_applicable"), verdict("good")]
    assert decided(BINARY, given, PanelSettings(), members=3) == Decided(None, "not_applicable")


def test_the_median_of_levels_is_a_level_or_nothing() -> None:
    assert answer(ORDINAL, 1, 4, 3, combine="median") == Decided(3, "observed", 0.333333)
    found = answer(ORDINAL, 1, 2, combine="median")
    assert (found.status, found.reason) == ("abstained", "the median is between two answers: 1 1, 1 2")
    assert answer(ORDINAL, 1, 3, combine="median") == Decided(2, "observed", None)


def test_numbers_without_levels_take_the_median_by_themselves() -> None:
    assert answer(INTERVAL, 0.25, 0.75).value == 0.5


def panel(**given: Verdict) -> Panel:
    definitions = {"p": {"panel": ["majority", "words", "elsewhere"]}, **MEMBERS}
    spec = declared_spec("p", definitions, folder=Path(), rubric=RUBRIC)
    names = ("majority", "words", "elsewhere")
    return Panel("p", spec, PanelSettings(), names, {("i1", "fine"): given}, frozenset({"i1"}))


def test_a_panels_verdict_has_distribution_cost_and_who_said_what() -> None:
    made = panel(
        majority=Verdict("i1", "majority", "fine", "good", cost_usd=0.25, latency_seconds=1.0),
        words=Verdict("i1", "words", "fine", "bad", cost_usd=0.5, latency_seconds=2.0, reported_model="m-2"),
        elsewhere=Verdict("i1", "elsewhere", "fine", "good", cost_usd=1.0),
    )
    found = next(made.judge([Item("i1", output="x")], RUBRIC))
    assert found.probs == (("good", 0.666667), ("bad", 0.333333))
    assert (found.cost_usd, found.latency_seconds, found.confidence_kind) == (1.75, 2.0, "panel")
    assert found.rationale == "majority: good; words: bad; elsewhere: good"
    assert found.reported_model == "words=m-2"


def test_an_unknown_cost_of_a_member_is_an_unknown_cost() -> None:
    made = panel(
        majority=Verdict("i1", "majority", "fine", "good", cost_usd=0.25),
        words=Verdict("i1", "words", "fine", "good"),
    )
    assert next(made.judge([Item("i1", output="x")], RUBRIC)).cost_usd is None


def test_items_that_a_member_has_not_seen_are_left_alone() -> None:
    made = panel(majority=verdict("good"), words=verdict("good"))
    assert not list(made.judge([Item("i2", output="x")], RUBRIC))


def spec_hash(members: list[str], **changes: dict[str, object]) -> str:
    definitions: dict[str, dict[str, object]] = {"p": {"panel": members}, **MEMBERS, **changes}  # type: ignore[dict-item]
    return declared_spec("p", definitions, folder=Path(), rubric=RUBRIC).spec_hash


def test_a_change_of_a_member_is_another_panel() -> None:
    before = spec_hash(["majority", "words"])
    assert (
        spec_hash(["majority", "words"], words={"baseline": "tfidf-logistic", "parameters": {"fit": 2}})
        != before
    )
    assert spec_hash(["majority", "words"], elsewhere={"import": "model y"}) == before


def test_a_change_of_a_members_member_is_another_panel() -> None:
    inner = {"inner": {"panel": ["majority", "elsewhere"]}}
    before = spec_hash(["inner", "words"], **inner)
    assert spec_hash(["inner", "words"], **inner, elsewhere={"import": "model y"}) != before


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"panel": ["majority"]}, "at least 2 judges"),
        ({"panel": ["majority", "majority"]}, "each once"),
        ({"panel": ["majority", "nobody"]}, "no judge 'nobody'; there are majority, words, elsewhere, q"),
        ({"panel": ["majority", "p"]}, "a panel cannot ask itself: p asks p"),
        ({"panel": ["majority", "q"]}, "a panel cannot ask itself: p asks q asks p"),
        ({"panel": ["majority", "words"], "parameters": {"quorum": 3}}, r"parameters\.quorum = 3"),
        ({"panel": ["majority", "words"], "parameters": {"combine": "mean"}}, r"parameters\.combine"),
        ({"panel": ["majority", "words"], "parameters": {"combine": "median"}}, "are no numbers"),
    ],
)
def test_what_is_no_panel_is_named(definition: dict[str, object], expected: str) -> None:
    definitions = {"p": definition, **MEMBERS, "q": {"panel": ["words", "p"]}}
    with pytest.raises(BadJudge, match=expected) as error:
        declared_spec("p", definitions, folder=Path(), rubric=RUBRIC)
    assert str(error.value).startswith("study.toml, [judges.")
