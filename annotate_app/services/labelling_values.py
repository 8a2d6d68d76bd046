"""The values of rating: the next item, submissions, receipts, and what can be wrong with a submission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rubrics.answers import Answer, Purpose
from rubrics.evidence import Passage
from rubrics.items import Item
from rubrics.render import AnswerProblem

Side = Literal["a", "b"]


class UnknownRater(LookupError):
    """A name that is not on the study's list."""


class UnknownItem(LookupError):
    """An item that the study does not have."""


class SubmissionConflict(ValueError):
    """A submission id that already stands for other answers."""


class InvalidSubmission(ValueError):
    """Answers that the rubric does not allow; `problems` names each."""

    def __init__(self, problems: tuple[AnswerProblem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class RaterInfo:
    """A name on the study's list of raters."""

    name: str
    added_at: str


@dataclass(frozen=True, slots=True)
class NextItem:
    """One item to answer; `previous` are the answers taken back with undo, to start from.

    `item` holds what raters may see: no system, no bookkeeping. `first_side` is the output of a pair that
    stands first on this rater's screen. `token` is what the page calls the item: neither `item.item_id` nor
    `purpose` nor `wave` go to a browser, because they would tell planted and repeated items from others.
    A `Submission` may name the item by it.
    """

    item: Item
    purpose: Purpose
    wave: str | None = None
    first_side: Side = "a"
    previous: tuple[Answer, ...] | None = None
    previous_failure_modes: tuple[str, ...] = ()
    previous_note: str | None = None
    previous_evidence: tuple[Passage, ...] = ()
    expires_at: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class NothingLeft:
    """No item for this rater now, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Submission:
    """One rater's answers to one item, under an id that the client made.

    `evidence` are passages quoted for failure modes (those of an answer stand in the answer). `reason` says
    why answers that stand are changed; `rubric_sha256` is the wording the rater saw
    (None: the present one).
    """

    submission_id: str
    item_id: str
    rater: str
    answers: tuple[Answer, ...]
    failure_modes: tuple[str, ...] = ()
    note: str | None = None
    active_seconds: float | None = None
    wave: str | None = None
    purpose: Purpose = "estimate"
    reason: str | None = None
    rubric_sha256: str | None = None
    evidence: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a submission is on disk; `duplicate`: it was there before, nothing was written.

    `rater_id` is the rater's number: what a log may say of whose it is.
    """

    submission_id: str
    item_id: str
    labels: int
    revision: int
    at: str
    duplicate: bool = False
    rater_id: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """A rater's items done and left; `skipped` are among the done."""

    done: int
    left: int
    skipped: int = 0
