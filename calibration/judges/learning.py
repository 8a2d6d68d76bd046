"""From texts and answers to probabilities of answers: all that a judge needs of scikit-learn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calibration.judges.spec import BadJudge
from rubrics.items import Item
from rubrics.rubric import Criterion, Value

TOKEN = re.compile(r"(?u)\b\w+\b")
FEWEST = 10  # examples below which nothing is learned: the majority class stands in
TEXT_FIELDS = ("input", "context", "sources", "output", "output_a", "output_b", "reference")


class Settings(BaseModel):
    """[judges.NAME.parameters] of a baseline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: tuple[str, ...] = ("input", "output", "output_a", "output_b")
    words: int = Field(default=2, ge=1, le=4)  # longest run of words that is one feature
    strength: float = Field(default=10.0, gt=0)  # C of the regression: greater trusts the labels more
    balanced: bool = True
    seed: int = 0
    fit: int = 1  # raise it to fit anew on more labels: a new fit is a new judge

    @classmethod
    def read(cls, judge: str, parameters: Mapping[str, object]) -> Settings:
        try:
            found = cls.model_validate(dict(parameters))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise BadJudge(
                f"study.toml, [judges.{judge}] parameters.{place}: {first['msg']}; "
                f"a baseline has {', '.join(cls.model_fields)}"
            ) from error
        unknown = [name for name in found.fields if name not in TEXT_FIELDS]
        if unknown or not found.fields:
            raise BadJudge(
                f"study.toml, [judges.{judge}] parameters.fields: {unknown or 'is empty'}; "
                f"choose among {', '.join(TEXT_FIELDS)}"
            )
        return found


class Answerer(Protocol):
    """Gives every known answer its probability."""

    def probabilities(self, item: Item) -> Mapping[Value, float]: ...


@dataclass(frozen=True, slots=True)
class Majority:
    """The same answer for every item, with its share as confidence (one pseudo-answer per category)."""

    shares: Mapping[Value, float]

    def probabilities(self, item: Item) -> Mapping[Value, float]:
        return self.shares


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted regression over one vocabulary per text field."""

    vocabularies: Mapping[str, Any]
    regression: Any
    answers: tuple[Value, ...]

    def probabilities(self, item: Item) -> Mapping[Value, float]:
        row = _features(self.vocabularies, [item])
        shares = self.regression.predict_proba(row)[0]
        return {
            self.answers[int(code)]: float(p)
            for code, p in zip(self.regression.classes_, shares, strict=True)
        }


def fit_answerer(
    items: Sequence[Item], answers: Sequence[Value], criterion: Criterion, settings: Settings, *, learn: bool
) -> Answerer:
    """An answerer fitted on items and their answers; the majority class where too little can be learned."""
    counts = Counter(answers)
    used = _fields_with_words(items, settings)
    if not learn or not used or len(items) < FEWEST or len(counts) < 2:
        known = criterion.scale.categories or tuple(counts)
        total = len(answers) + len(known)
        return Majority({value: (counts[value] + 1) / total for value in known})
    return _learn(items, answers, settings, used)


def _fields_with_words(items: Sequence[Item], settings: Settings) -> tuple[str, ...]:
    return tuple(name for name in settings.fields if any(TOKEN.search(_text(item, name)) for item in items))


def _learn(
    items: Sequence[Item], answers: Sequence[Value], settings: Settings, used: Sequence[str]
) -> Learned:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vocabularies = {
        name: TfidfVectorizer(
            ngram_range=(1, settings.words), sublinear_tf=True, token_pattern=TOKEN.pattern
        ).fit([_text(item, name) for item in items])
        for name in used
    }
    known = tuple(sorted(set(answers), key=str))
    regression = LogisticRegression(
        C=settings.strength,
        class_weight="balanced" if settings.balanced else None,
        max_iter=2000,
        random_state=settings.seed,
    ).fit(_features(vocabularies, items), [known.index(value) for value in answers])
    return Learned(vocabularies, regression, known)


def _features(vocabularies: Mapping[str, Any], items: Sequence[Item]) -> Any:
    from scipy.sparse import hstack

    return hstack([v.transform([_text(item, name) for item in items]) for name, v in vocabularies.items()])


def _text(item: Item, name: str) -> str:
    found = getattr(item, name)
    return "\n".join(found) if isinstance(found, tuple) else found or ""
