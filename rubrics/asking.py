"""Which criteria are asked after which answers, and whether a rater's answers to one item are complete."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rubrics.answers import LABEL_STATUSES, Answer, LabelStatus
from rubrics.evidence import Passage
from rubrics.rubric import Criterion, Rubric, UnknownAnswer, Value


class GivenAnswer(Protocol):
    """What a form sends for one criterion; `Answer` is one."""

    @property
    def criterion(self) -> str: ...
    @property
    def value(self) -> Value | None: ...
    @property
    def status(self) -> LabelStatus: ...
    @property
    def rationale(self) -> str | None: ...
    @property
    def sure(self) -> bool | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def evidence(self) -> tuple[Passage, ...]: ...


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """One thing that keeps a submission from being saved; `criterion` is empty when it is about the whole."""

    criterion: str
    message: str

    def __str__(self) -> str:
        return f"{self.criterion}: {self.message}" if self.criterion else self.message


@dataclass(frozen=True, slots=True)
class CheckedAnswers:
    """Answers with canonical values in the rubric's order, and what is wrong with them."""

    answers: tuple[Answer, ...]
    problems: tuple[AnswerProblem, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.problems

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of required criteria without an answer."""
        return tuple(p.criterion for p in self.problems if p.message.startswith("needs an answer"))


def applicable(rubric: Rubric, answers: Mapping[str, Value | None]) -> list[Criterion]:
    """The criteria asked, given the observed answers so far (canonical values; None or absent: no answer).

    A criterion with a condition is asked once the criterion it names is itself asked and answered with one
    of the condition's values.
    """
    asked: dict[str, Criterion] = {}
    for criterion in rubric.criteria:
        when = criterion.applies_when
        if when is None or (when.criterion in asked and answers.get(when.criterion) in when.values):
            asked[criterion.name] = criterion
    return list(asked.values())


def check_answers(
    rubric: Rubric, answers: Sequence[GivenAnswer], *, failure_modes: Collection[str] = ()
) -> CheckedAnswers:
    """Whether one rater's answers to one item may be saved, with values in canonical form.

    Every required criterion that is asked needs an answer (observed or, where allowed, not applicable), or
    the item is skipped: every required criterion skipped, each with the same reason.
    """
    problems: list[AnswerProblem] = []
    given: dict[str, Answer] = {}
    known = {criterion.name: criterion for criterion in rubric.criteria}
    for answer in answers:
        if answer.criterion not in known:
            message = f"is not a criterion of {rubric.name}; it has: {', '.join(known)}"
            problems.append(AnswerProblem(answer.criterion, message))
        elif answer.criterion in given:
            problems.append(AnswerProblem(answer.criterion, "is answered twice: send one answer"))
        else:
            given[answer.criterion] = _canonical(known[answer.criterion], answer, problems)
    problems += _missing_or_uncalled(rubric, given)
    problems += _skip_problems(rubric, given)
    problems += _unknown_failure_modes(rubric, failure_modes)
    ordered = tuple(given[name] for name in known if name in given)
    return CheckedAnswers(ordered, tuple(problems))


def _canonical(criterion: Criterion, given: GivenAnswer, problems: list[AnswerProblem]) -> Answer:
    """The answer with its value as the scale spells it; what is wrong with it is added to `problems`."""
    rationale = (given.rationale or "").strip() or None
    answer = Answer(
        criterion.name, given.value, given.status, rationale, given.sure, given.reason, given.evidence
    )
    message = _fault(criterion, answer)
    if message:
        problems.append(AnswerProblem(criterion.name, message))
        return answer
    if answer.status != "observed":
        return replace(answer, value=None)
    value = criterion.scale.parse(answer.value)
    level = criterion.scale.level_of(value)
    if level and level.rationale_required and not rationale:
        problems.append(AnswerProblem(criterion.name, f"level {level.name!r} needs a rationale: say why"))
    return replace(answer, value=value)


def _fault(criterion: Criterion, answer: Answer) -> str | None:
    if answer.status not in LABEL_STATUSES:
        return f"status {answer.status!r} is not one of: {', '.join(LABEL_STATUSES)}"
    if answer.status == "withdrawn":
        return "a new answer cannot be withdrawn: undo the submission instead"
    if answer.status == "not_applicable" and not criterion.not_applicable:
        return "'not applicable' is not allowed here: choose a level, or skip the item with a reason"
    if answer.status == "skipped" and not (answer.reason or "").strip():
        return "is skipped without a reason: give one"
    if answer.status != "observed":
        return None
    if answer.value is None:
        return "needs an answer: choose a level, or skip the item with a reason"
    try:
        criterion.scale.parse(answer.value)
    except UnknownAnswer as unknown:
        return str(unknown)
    return None


def _missing_or_uncalled(rubric: Rubric, given: Mapping[str, Answer]) -> list[AnswerProblem]:
    observed = {name: a.value for name, a in given.items() if a.status == "observed"}
    asked = applicable(rubric, observed)
    names = {criterion.name for criterion in asked}
    missing = [
        AnswerProblem(c.name, "needs an answer: choose a level, or skip the item with a reason")
        for c in asked
        if c.required and c.name not in given
    ]
    uncalled = [
        AnswerProblem(name, "is answered but not asked after these answers: leave it out")
        for name, answer in given.items()
        if name not in names and answer.status != "skipped"
    ]
    return missing + uncalled


def _skip_problems(rubric: Rubric, given: Mapping[str, Answer]) -> list[AnswerProblem]:
    """A required criterion is skipped only together with all the others, for one reason."""
    required = [given[c.name] for c in rubric.criteria if c.required and c.name in given]
    skipped = [answer for answer in required if answer.status == "skipped"]
    if not skipped:
        return []
    if len(skipped) < len(required):
        message = "is skipped while others are answered: answer it, or skip the whole item"
        return [AnswerProblem(answer.criterion, message) for answer in skipped]
    reasons = {(answer.reason or "").strip() for answer in skipped} - {""}
    if len(reasons) > 1:
        return [AnswerProblem("", "the item is skipped for several reasons: give one for all criteria")]
    return []


def _unknown_failure_modes(rubric: Rubric, named: Collection[str]) -> list[AnswerProblem]:
    known = [mode.name for mode in rubric.failure_modes]
    allowed = ", ".join(known) or "none"
    return [
        AnswerProblem("", f"failure mode {name!r} is not in the rubric; it has: {allowed}")
        for name in sorted(set(named) - set(known))
    ]
