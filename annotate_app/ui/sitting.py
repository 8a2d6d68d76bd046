"""What the Rate page's buttons do: submit, skip, undo, leave; refuses to forget what is not stored."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services import labelling
from annotate_app.services.labelling import Submission, Task
from annotate_app.ui import host, sheet, state
from annotate_app.ui.drafts import Draft, DraftKey
from rubrics.answers import Answer
from rubrics.render import Form, check_answers

# A second click within this time of an item's first showing was meant for the item before it.
DOUBLE_CLICK_SECONDS = 0.7


def draft_key(desk: Desk, rater: str, task: Task) -> DraftKey:
    return DraftKey(desk.study_id, rater, task.item.item_id, task.purpose)


def submit(desk: Desk, key: DraftKey, task: Task, submission_id: str) -> None:
    """Store the answers and go on; when something is missing, say what and keep the item."""
    draft = host.drafts.shown(key, submission_id)
    if draft is None:
        _already_stored()
        return
    if not draft.fields and draft.active_seconds < DOUBLE_CLICK_SECONDS:
        return
    answers = sheet.answers(desk.rubric, draft.fields)
    modes = sheet.failure_modes(draft.fields)
    checked = check_answers(desk.rubric, answers, failure_modes=modes)
    if checked.complete:
        _store(desk, key, task, draft, checked.answers)
    else:
        state.set_problems({problem.criterion: _sentence(problem.message) for problem in checked.problems})


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]


def skip(desk: Desk, key: DraftKey, task: Task, submission_id: str, reason: str) -> None:
    """Store that the rater could not judge the item, and why."""
    draft = host.drafts.shown(key, submission_id)
    if draft is None:
        _already_stored()
    else:
        _store(desk, key, task, draft, sheet.skip_answers(desk.rubric, reason))


def _already_stored() -> None:
    """A second click, or the same item in another tab: the first one counted."""
    state.next_item()
    state.say("That item is already stored; this is the next one.")


def _store(desk: Desk, key: DraftKey, task: Task, draft: Draft, answers: tuple[Answer, ...]) -> None:
    labelling.submit(
        desk,
        Submission(
            submission_id=draft.submission_id,
            item_id=key.item_id,
            rater=key.rater,
            answers=answers,
            failure_modes=sheet.failure_modes(draft.fields),
            note=sheet.note(draft.fields),
            active_seconds=round(draft.active_seconds, 1),
            wave=task.wave,
            purpose=task.purpose,
        ),
    )
    host.drafts.drop(key)
    state.next_item()


def undo(desk: Desk, rater: str) -> None:
    """Take the last submission back; its item is shown again with its answers."""
    undone = labelling.undo(desk, rater)
    state.next_item()
    state.say(
        "Your last answers are taken back: change them and submit again." if undone else "Nothing to undo."
    )


def leave(desk: Desk, rater: str) -> None:
    """Stop rating: the reserved item goes back to the queue."""
    labelling.release(desk, rater)
    state.set_rater(None)


def problem_summary(form: Form) -> str:
    """Which questions still need something, in one line."""
    problems = state.problems()
    if not problems:
        return ""
    named = [q.question for q in form.questions if q.name in problems]
    return "Not saved yet. " + (
        f"Look again at: {'; '.join(named)}" if named else "; ".join(problems.values())
    )
