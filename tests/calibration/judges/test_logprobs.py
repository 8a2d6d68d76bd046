"""A distribution over a scale's answers from the tokens of a reply."""

from __future__ import annotations

import math

import pytest

from calibration.judges.logprobs import answer_distribution
from calibration.judges.response import Token
from rubrics.rubric import Criterion, Level, Scale

YES_NO = Criterion("ok", "?", Scale("binary", (Level("yes"), Level("no"))))
FIVE = Criterion("score", "?", Scale("ordinal", tuple(Level(f"l{k}", float(k)) for k in range(1, 6))))
TEN = Criterion("score", "?", Scale("ordinal", tuple(Level(f"l{k}", float(k)) for k in range(1, 11))))


def token(text: str, p: float = 1.0, **instead: float) -> Token:
    """A token of probability p; `instead` are other tokens and their probabilities."""
    given = {text: p} | instead
    return Token(text, math.log(p), tuple((word, math.log(share)) for word, share in given.items()))


def tokens(*parts: Token) -> tuple[tuple[Token, ...], str]:
    return parts, "".join(part.text for part in parts)


def test_the_first_token_of_the_answer_tells_the_distribution() -> None:
    # the answer's first token is "yes" with .7 and might have been "no" (.2) or "maybe" (.1): 7/9 and 2/9
    given, text = tokens(
        token('{"ok": {"rationale": "r", "answer": "'), token("yes", 0.7, no=0.2, maybe=0.1), token('"}}')
    )
    found = answer_distribution(given, text, YES_NO)
    assert found == pytest.approx({"yes": 7 / 9, "no": 2 / 9})


def test_quotes_and_blanks_may_belong_to_the_tokens() -> None:
    given, text = tokens(
        token('{"ok":{"rationale":"r","answer":'), Token(' "yes', math.log(0.6), ((' "no', math.log(0.4)),)),
        token('"}}'),
    )  # fmt: skip
    assert answer_distribution(given, text, YES_NO) == pytest.approx({"yes": 0.6, "no": 0.4})


def test_numbers_are_read_as_numbers() -> None:
    given, text = tokens(
        token('{"score": {"rationale": "r", "answer": '), token("4", 0.5, **{"3": 0.3, "5": 0.2}), token("}}")
    )
    found = answer_distribution(given, text, FIVE)
    assert found == pytest.approx({1: 0, 2: 0, 3: 0.3, 4: 0.5, 5: 0.2})


def test_an_answer_that_may_go_on_is_followed_to_where_it_ends() -> None:
    # "1" (.8) may become "1" or "10": then comes "}}" with .75 and "0" with .25: .6 and .2, beside "2": .2
    given, text = tokens(
        token('{"score": {"rationale": "r", "answer": '), token("1", 0.8, **{"2": 0.2}),
        token("}}", 0.75, **{"0": 0.25}),
    )  # fmt: skip
    found = answer_distribution(given, text, TEN)
    assert found is not None
    assert (found[1], found[10], found[2]) == pytest.approx((0.6, 0.2, 0.2))


def test_the_answer_of_another_criterion_or_in_a_rationale_is_not_taken() -> None:
    told = (
        r'{"other": {"rationale": "\"answer\": \"no\"", "answer": "no"}, "ok": {"rationale": "r", "answer": "'
    )
    given, text = tokens(token(told), token("yes", 0.9, no=0.1), token('"}}'))
    assert answer_distribution(given, text, YES_NO) == pytest.approx({"yes": 0.9, "no": 0.1})


@pytest.mark.parametrize(
    "case",
    [
        ("no tokens", (), '{"ok": {"rationale": "r", "answer": "yes"}}'),
        ("tokens of another text", (token("yes"),), '{"ok": {"rationale": "r", "answer": "yes"}}'),
        ("no JSON", (token("yes"),), "yes"),
        ("no answer", (token('{"ok": {"rationale": "r"}}'),), '{"ok": {"rationale": "r"}}'),
    ],
)
def test_where_tokens_say_nothing_there_is_no_distribution(case: tuple[str, tuple[Token, ...], str]) -> None:
    _, given, text = case
    assert answer_distribution(given, text, YES_NO) is None


def test_little_probability_on_the_scale_is_no_distribution() -> None:
    given, text = tokens(
        token('{"ok": {"rationale": "r", "answer": "'), token("yes", 0.3, cannot=0.7), token('"}}')
    )
    assert answer_distribution(given, text, YES_NO) is None


def test_a_scale_without_answers_to_count_has_no_distribution() -> None:
    share = Criterion("ok", "?", Scale("interval", low=0, high=1))
    given, text = tokens(token('{"ok": {"rationale": "r", "answer": '), token("0.5"), token("}}"))
    assert answer_distribution(given, text, share) is None
