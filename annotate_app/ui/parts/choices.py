"""How answers are named and ordered on the screen; refuses to let the screen's order into what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from annotate_app.ui.parts.markup import fold
from rubrics.render import Choice, Question
from rubrics.rubric import Value

SIDES = ("a", "b")


@dataclass(frozen=True, slots=True)
class Screen:
    """What is particular to one showing of an item: which side stands first, whether levels are open."""

    first_side: str = "a"
    levels_open: bool = False

    def letter(self, side: str) -> str:
        """The letter on the screen for an output of the item: the first one shown is A."""
        return "A" if side == self.first_side else "B"


def choice_name(question: Question, choice: Choice, screen: Screen) -> str:
    """An answer's name on the screen; the sides of a pair by where they stand, not by the item's order."""
    if question.kind == "pairwise":
        return f"{screen.letter(str(choice.value))} is better" if choice.value in SIDES else "Tie"
    if question.kind == "ordinal" and choice.label != str(choice.value):
        return f"{choice.value} · {choice.label.replace('_', ' ')}"
    return choice.label.replace("_", " ")


def in_screen_order(question: Question, options: list[Value], screen: Screen) -> list[Value]:
    """The options, with the output that stands first on the screen first."""
    if question.kind != "pairwise":
        return options
    return sorted(options, key=lambda value: screen.letter(str(value)) if value in SIDES else "C")


def level_list(question: Question, screen: Screen) -> str:
    """Each answer with what it means and an example, folded; empty when the rubric says nothing of them."""
    described = [c for c in (*question.choices, *question.anchors) if c.description or c.example]
    if not described:
        return ""
    lines = "".join(_level(question, choice, screen) for choice in described)
    return fold("What the answers mean", f"<dl>{lines}</dl>", name="cal-levels", opened=screen.levels_open)


def _level(question: Question, choice: Choice, screen: Screen) -> str:
    name = f"{choice.value:g}" if question.kind == "interval" else choice_name(question, choice, screen)
    shown = _as_shown(question, choice, screen)
    example = f'<dd class="cal-example" dir="auto">{escape(shown.example)}</dd>' if shown.example else ""
    return f'<dt>{escape(name)}</dt><dd dir="auto">{escape(shown.description)}</dd>{example}'


def _as_shown(question: Question, choice: Choice, screen: Screen) -> Choice:
    """In a pair, the words about "Output A" belong to the output that is A on the screen."""
    if question.kind != "pairwise" or choice.value not in SIDES:
        return choice
    letter = screen.letter(str(choice.value)).lower()
    return next((c for c in question.choices if c.value == letter), choice)


def range_words(question: Question) -> str:
    """The numbers that may be typed: "0 to 100", "1 to 5, in steps of 0.5"."""
    low, high = (None if bound is None else f"{bound:g}" for bound in (question.low, question.high))
    words = "a number"
    if low and high:
        words = f"{low} to {high}"
    elif low or high:
        words = f"from {low}" if low else f"up to {high}"
    return f"{words}, in steps of {question.step:g}" if question.step and question.step != 1 else words
