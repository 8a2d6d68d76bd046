"""From token probabilities to a distribution over a scale's answers; gives none where tokens do not say.

A reply is read along its own tokens. Where a token of the answer might have been another one, the probability
of the other goes to the answer that it would have begun. What begins no answer, or several, is left out, and
the rest is scaled to one.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

from calibration.judges.response import Token
from rubrics.rubric import Criterion, Value

LEAST_MASS = 0.5  # below it the tokens say too little about the scale's answers
LONGEST = 200  # characters of an answer that are read
_ENDS = re.compile(r"[\s,}\]].*", re.DOTALL)


def answer_distribution(
    tokens: Sequence[Token], text: str, criterion: Criterion
) -> Mapping[Value, float] | None:
    """The probability of each answer to the criterion as the tokens of a JSON reply give it.

    tokens: those of `text`, in order. None where the provider gave none, they are not the text's, the reply
    has no answer to the criterion, or less than half of the probability belongs to answers of the scale.
    """
    start = _answer_start(text, criterion.name)
    if start is None or not criterion.scale.categories or "".join(t.text for t in tokens) != text:
        return None
    found = _walk(tokens, text, start, _spellings(criterion))
    mass = math.fsum(found.values())
    return {value: share / mass for value, share in found.items()} if mass >= LEAST_MASS else None


def _answer_start(text: str, criterion: str) -> int | None:
    """Where the answer's JSON value begins inside the reply's object of the criterion."""
    try:
        reply = json.loads(text[text.index("{") : text.rindex("}") + 1])
        answer = json.dumps(reply[criterion]["answer"], ensure_ascii=False)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    name = re.escape(json.dumps(criterion, ensure_ascii=False))
    field = re.compile(rf'{name}\s*:\s*\{{.*?"answer"\s*:\s*(?={re.escape(answer)})', re.DOTALL)
    found = field.search(text)
    return found.end() if found else None


def _spellings(criterion: Criterion) -> dict[str, Value]:
    """How each answer may be written as JSON: canonical, or the level's name."""
    scale = criterion.scale
    spelled: dict[str, Value] = {}
    for k, category in enumerate(scale.categories):
        spelled[json.dumps(category, ensure_ascii=False)] = category
        if scale.kind == "ordinal":
            spelled[json.dumps(scale.levels[k].name, ensure_ascii=False)] = category
            spelled[json.dumps(str(category))] = category
    return spelled


def _walk(tokens: Sequence[Token], text: str, start: int, spelled: Mapping[str, Value]) -> dict[Value, float]:
    """Share of each answer: at every token of the answer its alternatives part from the way taken."""
    ends = list(accumulate(len(token.text) for token in tokens))
    place = next(k for k, end in enumerate(ends) if end > start)
    begun = ends[place] - len(tokens[place].text)
    before = text[begun:start]  # what stands in the first token ahead of the answer
    way, path, found = "", 1.0, dict.fromkeys(spelled.values(), 0.0)
    while True:
        token = tokens[place]
        for other, logprob in token.instead:
            if other != token.text:
                _add(found, _meant(way + other, before, spelled), path * math.exp(logprob))
        way, path = way + token.text, path * math.exp(token.logprob)
        settled = _meant(way, before, spelled)
        if settled is not None or place + 1 == len(tokens) or ends[place] > start + LONGEST:
            _add(found, settled, path)
            return found
        place += 1


def _add(found: dict[Value, float], value: Value | None, share: float) -> None:
    if value is not None:
        found[value] += share


def _meant(way: str, before: str, spelled: Mapping[str, Value]) -> Value | None:
    """The one answer that a beginning can still become; None while it may be several, or when it is none."""
    ahead = before.rstrip()  # blanks between colon and answer may differ
    if not way.startswith(ahead):
        return None
    begun = way[len(ahead) :].lstrip()
    if not begun or begun == '"':
        return None
    fits = {value for word, value in spelled.items() if word.startswith(begun) or _complete(begun, word)}
    exact = {value for word, value in spelled.items() if _complete(begun, word)}
    if exact:
        return next(iter(exact)) if len(exact) == 1 else None
    return next(iter(fits)) if len(fits) == 1 else None


def _complete(begun: str, word: str) -> bool:
    """Whether the beginning holds the whole word; after a number something else must stand."""
    if not begun.startswith(word):
        return False
    rest = begun[len(word) :]
    return word.endswith('"') or bool(_ENDS.fullmatch(rest))
