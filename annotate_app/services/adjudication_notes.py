"""What a report says of adjudication: how many disputes were decided, by whom, and who decided their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from annotate_app.desk import Desk
from annotate_app.services import disputes
from annotate_app.services.disputes import Decided
from annotate_app.store import adjudication as store
from annotate_app.store import studies
from rubrics.rubric import Criterion

OWN = "{lead} decided {n} {disputes} with own answers among them: a lead who rates is no third opinion."


def adjudication_notes(desk: Desk) -> tuple[str, ...]:
    """Sentences about every criterion with a decision, and about leads who decided where they had rated."""
    own: Counter[str] = Counter()
    notes = [note for c in desk.rubric.criteria if (note := _of_criterion(desk, c, own))]
    said = [
        OWN.format(lead=lead, n=n, disputes="dispute" if n == 1 else "disputes")
        for lead, n in sorted(own.items())
    ]
    return (*notes, *said)


def _of_criterion(desk: Desk, asked: Criterion, own: Counter[str]) -> str:
    with desk.store.reading() as session:
        number = studies.criterion_ids(session, desk.study_id)[asked.name]
        decided = disputes.decisions(session, desk.study_id, number)
        if not decided:
            return ""
        differing = store.disputed(session, number, numbers=asked.scale.kind == "interval")
        answers = disputes.by_item(store.given(session, number, differing))
    for item_id, one in decided.items():
        if not one.stale and any(_same(given.rater, one) for given in answers.get(item_id, ())):
            own[one.record.lead] += 1
    return _sentence(asked.name, tuple(decided.values()), sum(map(disputes.differ, answers.values())))


def _same(rater: str, one: Decided) -> bool:
    return rater.casefold() == one.record.lead.casefold()


def _sentence(criterion: str, decided: Sequence[Decided], disputed: int) -> str:
    standing = [one for one in decided if not one.stale]
    leads = ", ".join(sorted({one.record.lead for one in standing}))
    stale = len(decided) - len(standing)
    found = f"{criterion}: {len(standing)} of {disputed} disputed items were adjudicated"
    found += f" (by {leads}): there the decision is the reference" if standing else ""
    if stale:
        found += f"; {stale} {'decision is' if stale == 1 else 'decisions are'} stale and not used"
    return f"{found}. Agreement between people and the human ceiling use the raters' own answers."
