"""What a report says of adjudication: how many disputes were decided, by whom, and who decided their own.

Of held-out items it says nothing: a dispute is a count of what people answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from annotate_app.desk import Desk
from annotate_app.services import disputes
from annotate_app.services.disputes import Decided
from annotate_app.services.splitting import split_of_items
from annotate_app.store import adjudication as store
from annotate_app.store import studies
from calibration.splits import HELD_OUT
from rubrics.rubric import Criterion

OWN = "{lead} decided {n} {disputes} with own answers among them: a lead who rates is no third opinion."

CHANGED = "changed after others' answers were known, where the first answer counts"
RAW = "Agreement between people and the human ceiling use the raters' own first answers."


def adjudication_notes(desk: Desk) -> tuple[str, ...]:
    """Sentences on criteria with decisions or changed answers, and on leads who decided their own."""
    own: Counter[str] = Counter()
    sealed = frozenset(item for item, split in split_of_items(desk).items() if split == HELD_OUT)
    notes = [note for c in desk.rubric.criteria if (note := _of_criterion(desk, c, own, sealed))]
    said = [
        OWN.format(lead=lead, n=n, disputes="dispute" if n == 1 else "disputes")
        for lead, n in sorted(own.items())
    ]
    return (*notes, *said)


def _of_criterion(desk: Desk, asked: Criterion, own: Counter[str], sealed: frozenset[str]) -> str:
    with desk.store.reading() as session:
        number = studies.criterion_ids(session, desk.study_id)[asked.name]
        standing = disputes.decisions(session, desk.study_id, number)
        differing = store.disputed(session, number, numbers=asked.scale.kind == "interval")
        given = disputes.by_item(store.given(session, number, differing))
    decided = {item: one for item, one in standing.items() if item not in sealed}
    answers = {item: found for item, found in given.items() if item not in sealed}
    for item_id, one in decided.items():
        if not one.stale and any(_same(given.rater, one) for given in answers.get(item_id, ())):
            own[one.record.lead] += 1
    changed = sum(given.changed for found in answers.values() for given in found)
    said = [
        _decided(tuple(decided.values()), sum(map(disputes.differ, answers.values()))) if decided else "",
        f"{changed} {'answer was' if changed == 1 else 'answers were'} {CHANGED}" if changed else "",
    ]
    kept = ". ".join(filter(None, said))
    return f"{asked.name}: {kept}. {RAW}" if kept else ""


def _same(rater: str, one: Decided) -> bool:
    return rater.casefold() == one.record.lead.casefold()


def _decided(decided: Sequence[Decided], disputed: int) -> str:
    standing = [one for one in decided if not one.stale]
    leads = ", ".join(sorted({one.record.lead for one in standing}))
    stale = len(decided) - len(standing)
    found = f"{len(standing)} of {disputed} disputed items were adjudicated"
    found += f" (by {leads}): there the decision is the reference" if standing else ""
    if stale:
        found += f"; {stale} {'decision is' if stale == 1 else 'decisions are'} stale and not used"
    return found
