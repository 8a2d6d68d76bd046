"""A training item's gold answers beside the rater's, and how a rater compares; counts nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotate_app.services.training import Compared, Explanation, Training
from annotate_app.ui.parts import page, tables
from annotate_app.ui.parts.choices import Screen, choice_name
from annotate_app.ui.parts.tables import Cell
from calibration.stats.estimate import Estimate
from rubrics.answers import LabelStatus
from rubrics.render import Form, Question
from rubrics.rubric import Value

HEADER = ("question", "your answer", "gold answer", "", "why")
SHARES = ("criterion", "right", "interval", "n")


@dataclass(frozen=True, slots=True)
class Line:
    """One question in words: what was answered, the gold answer, and why it is that."""

    question: str
    given: str
    gold: str
    right: bool
    why: str


def lines(form: Form, found: Explanation) -> tuple[Line, ...]:
    """Every gold answer of a training item beside the rater's, named as on the rater's screen."""
    known = {question.name: question for question in form.questions}
    return tuple(_line(known[one.criterion], one, found) for one in found.compared if one.criterion in known)


def right_words(found: tuple[Line, ...]) -> str:
    """How many of the answers are the gold ones, in a sentence."""
    right = sum(line.right for line in found)
    return f"{right} of {len(found)} answers are the gold ones."


def draw_explanation(form: Form, found: Explanation) -> None:
    """The gold answers of one training item with their explanations."""
    shown = lines(form, found)
    page.note(right_words(shown))
    rows = [
        (line.question, line.given, line.gold, Cell("right" if line.right else "not the same"), line.why)
        for line in shown
    ]
    tables.draw(HEADER, rows, caption="Your answers beside the gold answers")


def draw_comparison(found: Training, shares: Mapping[str, Estimate]) -> None:
    """How a rater's training ended, and by criterion how often the first answer was the gold one."""
    page.note(state_words(found))
    rows = [
        (name.replace("_", " "), f"{share.value:.0%}", interval_words(share), share.n)
        for name, share in shares.items()
    ]
    caption = "How often your first answer was the gold one, before its explanation was shown (95% interval)"
    tables.draw(SHARES, rows, caption=caption, narrow=True)


def state_words(found: Training) -> str:
    """Where a rater stands with training, in a sentence."""
    if found.phase == "passed":
        return f"Training passed in round {found.number}."
    if found.phase == "failed":
        asked = f"at least {found.pass_share:.0%} are asked for"
        return f"Training round {found.number} not passed: {found.right} of {found.answers} right, {asked}."
    if found.phase == "open":
        return f"Training round {max(found.number, 1)}: {found.done} of {found.of} items done."
    return found.reason


def interval_words(share: Estimate) -> str:
    """The two ends of an interval as percentages."""
    if share.low is None or share.high is None:
        return "none"
    return f"{share.low:.0%} to {share.high:.0%}"


def _line(question: Question, one: Compared, found: Explanation) -> Line:
    screen = Screen(found.first_side)
    return Line(
        question=question.question,
        given=_named(question, one.given, one.given_status, screen),
        gold=_named(question, one.gold, one.gold_status, screen),
        right=one.right,
        why=one.why,
    )


def _named(question: Question, value: Value | None, status: LabelStatus, screen: Screen) -> str:
    if value is None:
        return status.replace("_", " ")
    choice = next((c for c in question.choices if c.value == value), None)
    if choice is None:
        return f"{value:g}" if isinstance(value, int | float) else str(value)
    return choice_name(question, choice, screen)
