"""An export under way: what leaves, item by item, and where it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from annotate_app.desk import Desk
from annotate_app.exporters.tools import Rated
from annotate_app.services import disputes
from annotate_app.services.judge_identity import asked_judges
from annotate_app.services.leaving_files import Files
from annotate_app.services.outside_names import PERSONS
from annotate_app.store import leaving as store
from annotate_app.store import studies
from annotate_app.store.engine import Session
from annotate_app.store.sql import Row
from calibration.collecting import is_adjudicated
from rubrics.answers import Label

UNBLINDED = "labels of raters who had seen a verdict"
NO_ESTIMATES = "labels for other purposes than estimating"
UNANSWERED = "labels without an answer (skipped, withdrawn, not applicable)"
AGREED = "agreed answers that came as labels"
NO_VERDICT = "verdicts without an answer"
OF_OTHER_ANSWERS = ""  # no answers have this hash


@dataclass(slots=True)
class Leaving:
    """One export: the study, what of it is wanted, the files, and what does not fit them."""

    desk: Desk
    session: Session
    scope: store.Scope
    files: Files
    criteria: tuple[str, ...]
    judges: tuple[str, ...] | None
    names: Mapping[str, str] = field(default_factory=dict)
    stale: frozenset[tuple[str, str]] = frozenset()  # items and criteria decided about answers that changed
    splits: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    holds: dict[str, str] = field(default_factory=dict)

    def says(self, file: str, what: str) -> None:
        """What a file holds, where its name cannot say it."""
        self.holds[file] = what

    def called(self, name: str) -> str:
        """What somebody is called in the files."""
        return self.names.get(name, name)

    def label(self, label: Label) -> Label:
        """A label under the name that its rater has in the files."""
        return replace(label, rater=self.called(label.rater)) if self.names else label

    def told(self, row: Row) -> Row:
        """A row of the study's history under the names that people have in the files."""
        if not self.names:
            return row
        named = {name: self.called(row[name]) for name in PERSONS if row.get(name)}
        # the hash of a decision's answers is over names, which could be found by trying them
        hashed: Row = {}
        if "labels_sha256" in row:
            cell = (row["item_id"], row["criterion"])
            hashed = {"labels_sha256": OF_OTHER_ANSWERS if cell in self.stale else None}
        return {**row, **named, **hashed}

    def items(self) -> Iterator[store.Found]:
        """Every item that leaves, once; counted by split."""
        self.splits.clear()
        for found in store.items(self.session, self.scope):
            self.splits[found.split] += 1
            yield found

    def rated(self) -> Iterator[Rated]:
        """Every item that leaves with the answers that stand: blind labels for estimating, and verdicts."""
        found = self.items()
        judges = self._judge_numbers()
        while some := list(islice(found, store.AT_ONCE)):
            numbers = [one.number for one in some]
            labels = store.newest_labels(self.session, self.scope.study, numbers)
            verdicts = store.newest_verdicts(self.session, self.scope.study, judges, numbers)
            for one in some:
                given = [v for v in verdicts.get(one.number, ()) if v.criterion in self.criteria]
                answered = tuple(v for v in given if v.status == "observed" and v.value is not None)
                self.left_out[NO_VERDICT] += len(given) - len(answered)
                kept = tuple(self.label(one) for one in labels.get(one.number, ()) if self._counts(one))
                yield Rated(one.item, one.split, kept, answered)

    def _judge_numbers(self) -> list[int]:
        present = studies.present_judges(self.session, self.scope.study, asked_judges(self.desk))
        return [
            judge.judge_id for name, judge in present.items() if self.judges is None or name in self.judges
        ]

    def _counts(self, label: Label) -> bool:
        """Whether a label can leave in a shape that has no place for its circumstances; counted where not."""
        if label.criterion not in self.criteria:
            return False
        why = _why_not(label)
        if why is not None:
            self.left_out[why] += 1
        return why is None


def stale_decisions(desk: Desk, session: Session) -> frozenset[tuple[str, str]]:
    """Items and criteria whose decision is about answers that have changed since."""
    found: set[tuple[str, str]] = set()
    for criterion, number in studies.criterion_ids(session, desk.study_id).items():
        decided = disputes.decisions(session, desk.study_id, number)
        found |= {(item, criterion) for item, one in decided.items() if one.stale}
    return frozenset(found)


def _why_not(label: Label) -> str | None:
    if label.purpose != "estimate":
        return NO_ESTIMATES
    if not label.blind.judge:
        return UNBLINDED
    if is_adjudicated(label):
        return AGREED
    return None if label.status == "observed" and label.value is not None else UNANSWERED
