"""What the Rate page's buttons do: submit, skip, undo, leave; refuses to forget what is not stored."""

from __future__ import annotations

from dataclasses import replace

from annotate_app.desk import Desk
from annotate_app.services import labelling, training
from annotate_app.services.labelling import NextItem, Submission
from annotate_app.ui import host, present, sheet, state
from annotate_app.ui.drafts import Draft, DraftKey
from annotate_app.ui.sheet import FAILURE_MODES, NOTE, Field
from rubrics.answers import Answer
from rubrics.render import Form, check_answers

# A second click within this time of an item's first showing was meant for the item before it.
DOUBLE_CLICK_SECONDS = 0.7
NO_ANSWER = "Not saved yet. Answer at least one question, or skip the item."


def known_rater(desk: Desk) -> str | None:
    """The person's own rater, or the chosen one if the list has the name: an address may carry any."""
    if not present.is_alone() and (state.has_left() or not present.may_rate()):
        return None
    name = state.rater()
    return name if any(rater.name == name for rater in labelling.raters(desk)) else None


def draft_key(desk: Desk, rater: str, upcoming: NextItem) -> DraftKey:
    """Under what a half-answered item is kept: study, rater, item, purpose."""
    return DraftKey(desk.study_id, rater, upcoming.item.item_id, upcoming.purpose)


def draft_of(desk: Desk, key: DraftKey, upcoming: NextItem) -> Draft:
    """The draft of the item; for answers taken back, a new one that starts from them."""
    return host.drafts.open(key, lambda: _given_before(desk, upcoming))


def _given_before(desk: Desk, upcoming: NextItem) -> dict[Field, object]:
    fields = sheet.fields_of(desk.rubric, upcoming.previous or ())
    if upcoming.previous_failure_modes:
        fields[FAILURE_MODES] = list(upcoming.previous_failure_modes)
    if upcoming.previous_note:
        fields[NOTE] = upcoming.previous_note
    return fields


def submit(desk: Desk, key: DraftKey, upcoming: NextItem, submission_id: str) -> None:
    """Store the answers and go on; when something is missing, say what and keep the item."""
    draft = _shown(key, submission_id)
    if draft is None:
        _already_stored()
        return
    if not draft.fields and draft.active_seconds < DOUBLE_CLICK_SECONDS:
        return
    answers = sheet.answers(desk.rubric, draft.fields)
    modes = sheet.failure_modes(draft.fields)
    checked = check_answers(desk.rubric, answers, failure_modes=modes)
    if checked.complete and not checked.answers:
        state.set_problems({"": NO_ANSWER})
    elif checked.complete:
        _store(desk, key, upcoming, draft, checked.answers)
    else:
        state.set_problems({problem.criterion: _sentence(problem.message) for problem in checked.problems})


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]


def skip(desk: Desk, key: DraftKey, upcoming: NextItem, submission_id: str) -> None:
    """Store that the rater could not judge the item, and why."""
    draft = _shown(key, submission_id)
    if draft is None:
        _already_stored()
        return
    reason, words = (state.value_of(name) for name in skip_fields(submission_id))
    if reason is None:
        state.set_problems({"": "Choose why the item is skipped, then skip it."})
        return
    answers = sheet.skip_answers(desk.rubric, f"{reason}: {words}" if words else str(reason))
    _store(desk, key, upcoming, draft, answers)


def skip_fields(submission_id: str) -> tuple[str, str]:
    """Keys of the two widgets that say why an item is skipped: the choice, and the rater's words."""
    return f"cal-skip-{submission_id}", f"cal-skip-words-{submission_id}"


def _shown(key: DraftKey, submission_id: str) -> Draft | None:
    """The draft as it is on the screen; None when it is stored already."""
    draft = host.drafts.shown(key, submission_id)
    return draft and replace(draft, fields={**draft.fields, **state.on_screen(draft)})


def _already_stored() -> None:
    """A second click, or the same item in another tab: the first one counted."""
    state.forget_item()
    state.say("That item is already stored; this is the next one.")


def _store(desk: Desk, key: DraftKey, upcoming: NextItem, draft: Draft, answers: tuple[Answer, ...]) -> None:
    modes = sheet.failure_modes(draft.fields)
    quoted = {answer.criterion: answer.evidence for answer in upcoming.previous or ()}
    labelling.submit(
        desk,
        Submission(
            submission_id=draft.submission_id,
            item_id=upcoming.token or key.item_id,
            rater=key.rater,
            answers=sheet.with_evidence(answers, quoted),
            failure_modes=modes,
            evidence=tuple(p for p in upcoming.previous_evidence if p.failure_mode in modes),
            note=sheet.note(draft.fields),
            active_seconds=round(draft.active_seconds, 1),
            wave=upcoming.wave,
            purpose=upcoming.purpose,
            rubric_sha256=desk.rubric.sha256,
        ),
    )
    host.drafts.drop(key)
    state.forget_item()
    if upcoming.purpose == "training":
        state.explain(draft.submission_id)


def train_again(desk: Desk, rater: str) -> None:
    """Begin another training round."""
    training.start(desk, rater)
    state.forget_item()


def undo(desk: Desk, rater: str) -> None:
    """Take the last submission back; its item is shown again with its answers."""
    undone = labelling.undo(desk, rater)
    if undone is not None:
        host.drafts.drop_item(desk.study_id, rater, undone.item_id)
    state.forget_item()
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
