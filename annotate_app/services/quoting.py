"""Evidence of a submission, checked against its item; refuses a passage that does not stand there."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services.labelling_values import Submission, UnknownItem
from annotate_app.store import items
from rubrics.evidence import fault_of
from rubrics.render import AnswerProblem


def problems_of(desk: Desk, submission: Submission) -> tuple[AnswerProblem, ...]:
    """What is wrong with the submission's evidence; the item is read only when there is some."""
    quoted = {answer.criterion: answer.evidence for answer in submission.answers if answer.evidence}
    if not quoted and not submission.evidence:
        return ()
    with desk.store.reading() as session:
        found = items.get(session, desk.study_id, submission.item_id)
    if found is None:
        raise UnknownItem(f"the study has no item {submission.item_id!r}")
    faults = {criterion: fault_of(found.item, passages) for criterion, passages in quoted.items()}
    faults[""] = _unmarked(submission) or fault_of(found.item, submission.evidence)
    return tuple(AnswerProblem(criterion, fault) for criterion, fault in faults.items() if fault)


def _unmarked(submission: Submission) -> str | None:
    """A passage for a failure mode that is not among those chosen."""
    chosen = set(submission.failure_modes)
    wrong = [passage.failure_mode for passage in submission.evidence if passage.failure_mode not in chosen]
    return (
        f"a passage is quoted for {wrong[0]!r}, which is not chosen: choose it or drop it" if wrong else None
    )
