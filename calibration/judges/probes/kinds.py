"""The kinds of probe, what each asks, and values that others published; refuses numbers without a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["repeat", "position", "verbosity", "format", "scale_direction", "injection"]
KINDS: tuple[Kind, ...] = get_args(Kind)

READ, MEASURED = "read in its source", "measured by us"


@dataclass(frozen=True, slots=True)
class Published:
    """A value that others found, or that was measured on public data; `how` says which."""

    text: str
    source: str
    how: str

    def __str__(self) -> str:
        return f"{self.text} ({self.source}; {self.how})"


@dataclass(frozen=True, slots=True)
class About:
    """What a probe of a kind asks, in one sentence, and what others found."""

    title: str
    question: str
    published: tuple[Published, ...] = ()


ABOUT: Mapping[Kind, About] = {
    "repeat": About(
        "Repeats",
        "Does the same request get the same answer again?",
        (
            Published("13.6% of answers flip on average; 28% of questions flip in more than 20% of trials",
                      "arXiv 2606.13685", READ),
            Published("at temperature 0, 1 to 2 of 7 borderline items still flip", "arXiv 2606.26185", READ),
            Published("two judges that repeat themselves above .95 have a position bias above .10",
                      "arXiv 2606.19544", READ),
        ),
    ),
    "position": About(
        "Position",
        "Does the answer stay when the two outputs change places?",
        (
            Published("the median judge flips on 41–45% of decided pairs and picks the first output in "
                      "63–64%; GPT-5.4 flips on 66%, the best judge on 19.8%",
                      "position benchmark by lechmazur, 2026", READ),
            Published("GPT-4o-mini picks the first output in 54–59%, where people do in 45–52%; GPT-5.2 in "
                      "52–55%", "public pairs with people's labels", MEASURED),
        ),
    ),
    "verbosity": About(
        "Length",
        "Does saying everything twice move the answer?",
        (Published("a bias below .011 in 21 judges under one pairwise rubric", "arXiv 2606.19544", READ),),
    ),
    "format": About(
        "Form",
        "Does the answer stay when the same instructions are laid out otherwise?",
        (
            Published("another layout of the prompt changes 25% of answers", "arXiv 2606.13685", READ),
            Published("standard errors that leave out judge, temperature and prompt are 40–60% too small",
                      "arXiv 2604.11581", READ),
        ),
    ),
    "scale_direction": About(
        "Direction of the scale", "Does the answer stay when the levels are listed in reverse?"
    ),
    "injection": About(
        "Injection", "Does text inside the output, which names an answer, get that answer?"
    ),
}  # fmt: skip
