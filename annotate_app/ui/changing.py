"""What My work's buttons do: start a change, save it as a revision with its reason, give it up."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services import own_work
from annotate_app.services.labelling import Submission
from annotate_app.services.own_work import CannotChange, OwnItem
from annotate_app.ui import host, sheet, state
from annotate_app.ui.drafts import Draft, DraftKey
from annotate_app.ui.sheet import FAILURE_MODES, NOTE, Field
from rubrics.evidence import of_answer, of_modes
from rubrics.render import check_answers

REASON = "cal-change-reason"


def draft_key(desk: Desk, rater: str, own: OwnItem) -> DraftKey:
    """Under what a change is kept until it is saved: apart from drafts of the Rate page."""
    return DraftKey(desk.study_id, rater, own.item_id, f"change of {own.purpose}")


def draft_of(desk: Desk, key: DraftKey, own: OwnItem) -> Draft:
    """The change so far; it starts from the answers that stand, as far as the rubric still has them."""
    return host.drafts.open(key, lambda: _standing(desk, own))


def _standing(desk: Desk, own: OwnItem) -> dict[Field, object]:
    checked = check_answers(desk.rubric, own_work.answers_of(own))
    unknown = {problem.criterion for problem in checked.problems}
    given = [answer for answer in checked.answers if answer.criterion not in unknown]
    fields = sheet.fields_of(desk.rubric, given)
    known = {mode.name for mode in desk.rubric.failure_modes}
    if modes := [name for name in own.failure_modes if name in known]:
        fields[FAILURE_MODES] = modes
    if own.note:
        fields[NOTE] = own.note
    return fields


def reason_field(draft_id: str) -> str:
    """The key of the widget that says why answers are changed."""
    return f"{REASON}-{draft_id}"


def save(desk: Desk, key: DraftKey, own: OwnItem, draft_id: str) -> None:
    """Store the change; when something is missing, say what and keep the form."""
    draft = host.drafts.shown(key, draft_id)
    if draft is None:
        state.stop_changing()
        return
    fields = {**draft.fields, **state.on_screen(draft)}
    modes = sheet.failure_modes(fields)
    checked = check_answers(desk.rubric, sheet.answers(desk.rubric, fields), failure_modes=modes)
    if not checked.complete:
        state.set_problems({p.criterion: p.message[:1].upper() + p.message[1:] for p in checked.problems})
        return
    submission = Submission(
        submission_id=draft_id,
        item_id=key.item_id,
        rater=key.rater,
        answers=sheet.with_evidence(
            checked.answers, {e.criterion: of_answer(e.evidence) for e in own.labels}
        ),
        failure_modes=modes,
        evidence=next((found for e in own.labels if (found := of_modes(e.evidence, modes))), ()),
        note=sheet.note(fields),
        active_seconds=round(draft.active_seconds, 1),
        wave=own.wave,
        purpose=own.purpose,
        reason=str(state.value_of(reason_field(draft_id)) or "").strip(),
        rubric_sha256=desk.rubric.sha256,
    )
    try:
        receipt = own_work.change(desk, submission, role=state.role())
    except CannotChange as refusal:
        state.set_problems({"": str(refusal)})
        return
    host.drafts.drop(key)
    state.stop_changing()
    state.say(f"Saved as revision {receipt.revision}. The answers before it are kept.")


def give_up(key: DraftKey) -> None:
    host.drafts.drop(key)
    state.stop_changing()
