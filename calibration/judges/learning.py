"""From texts and answers to probabilities of answers: all that a judge needs of scikit-learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from calibration.judges.faults import BadJudge, read_parameters
from rubrics.items import Item
from rubrics.rubric import Criterion, Value

FEWEST = 10  # examples below which nothing is learned: the majority class stands in
TEXT_FIELDS = ("input", "context", "sources", "output", "output_a", "output_b", "reference")


class Settings(BaseModel):
    """[judges.NAME.parameters] of a baseline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: tuple[str, ...] = ("input", "output", "output_a", "output_b")
    units: Literal["words", "characters"] = "characters"  # runs of 1-2 words, or of 3-5 characters
    seen_in: int = Field(default=2, ge=1)  # items that a run must be in to count
    strength: float = Field(default=10.0, gt=0)  # C of the regression: greater trusts the labels more
    balanced: bool = True
    seed: int = 0
    fit: int = 1  # raise it to fit anew on more labels: a new fit is a new judge

    @classmethod
    def read(cls, judge: str, parameters: Mapping[str, object]) -> Settings:
        found = read_parameters(cls, judge, parameters, what="a baseline")
        unknown = [name for name in found.fields if name not in TEXT_FIELDS]
        if unknown or not found.fields:
            raise BadJudge(
                f"study.toml, [judges.{judge}] parameters.fields: {unknown or 'is empty'}; "
                f"choose among {', '.join(TEXT_FIELDS)}"
            )
        return found


class Answerer(Protocol):
    """Gives every known answer its probability, row by row of the features."""

    def probabilities(self, features: Any, rows: int) -> list[Mapping[Value, float]]: ...


@dataclass(frozen=True, slots=True)
class Majority:
    """The same answer for every item, with its share as confidence (one pseudo-answer per category)."""

    shares: Mapping[Value, float]

    def probabilities(self, features: Any, rows: int) -> list[Mapping[Value, float]]:
        return [self.shares] * rows


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted regression over the features of a reader."""

    regression: Any
    answers: tuple[Value, ...]

    def probabilities(self, features: Any, rows: int) -> list[Mapping[Value, float]]:
        known = [self.answers[int(code)] for code in self.regression.classes_]
        found = self.regression.predict_proba(features)
        return [{value: float(p) for value, p in zip(known, row, strict=True)} for row in found]


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns items into features: one TF-IDF vocabulary per text field that has one."""

    vocabularies: Mapping[str, Any]

    def features(self, items: Sequence[Item]) -> Any:
        """A sparse matrix, one row per item; None where there is nothing to read."""
        from scipy.sparse import hstack

        parts = [v.transform([_text(i, name) for i in items]) for name, v in self.vocabularies.items()]
        return hstack(parts, format="csr") if parts else None


def fit_reader(items: Sequence[Item], settings: Settings) -> Reader:
    """The vocabularies of these items; fields whose texts share nothing have none."""
    found = {name: _vocabulary([_text(item, name) for item in items], settings) for name in settings.fields}
    return Reader({name: vocabulary for name, vocabulary in found.items() if vocabulary is not None})


def fit_answerer(
    features: Any, answers: Sequence[Value], criterion: Criterion, settings: Settings, *, learn: bool
) -> Answerer:
    """An answerer fitted on rows of features; the majority class where too little can be learned."""
    counts = Counter(answers)
    if learn and features is not None and len(answers) >= FEWEST and len(counts) > 1:
        return _learn(features, answers, settings)
    known = criterion.scale.categories or tuple(counts)
    total = len(answers) + len(known)
    return Majority({value: (counts[value] + 1) / total for value in known})


def _vocabulary(texts: Sequence[str], settings: Settings) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = settings.units == "words"
    vectorizer = TfidfVectorizer(
        analyzer="word" if words else "char_wb",
        ngram_range=(1, 2) if words else (3, 5),
        min_df=settings.seen_in,
        sublinear_tf=True,
    )
    if sum(bool(text.strip()) for text in texts) < settings.seen_in:
        return None
    try:
        return vectorizer.fit(texts)
    except ValueError:  # no run of characters or words is in `seen_in` items
        return None


def _learn(features: Any, answers: Sequence[Value], settings: Settings) -> Learned:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    known = tuple(sorted(set(answers), key=str))
    regression = LogisticRegression(
        C=settings.strength,
        class_weight="balanced" if settings.balanced else None,
        max_iter=2000,
        random_state=settings.seed,
    )
    with threadpool_limits(limits=1):  # problems this small only wait for each other on several threads
        regression.fit(features, [known.index(value) for value in answers])
    return Learned(regression, known)


def _text(item: Item, name: str) -> str:
    found = getattr(item, name)
    return "\n".join(found) if isinstance(found, tuple) else found or ""
