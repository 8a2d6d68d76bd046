"""The training round: a new rater meets gold answers before the real queue; they count nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from annotate_app.desk import Desk
from annotate_app.services.labelling_values import NextItem, Side
from annotate_app.services.order import shuffled
from annotate_app.services.prefetching import Held
from annotate_app.services.reserving import first_side, next_item_of, rater_number
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import items as item_store
from annotate_app.store import raters, submissions
from annotate_app.store import training as store
from annotate_app.store.claims import Claim
from annotate_app.store.engine import Session
from annotate_app.store.training import Given, Round
from calibration.stats.estimate import Estimate
from calibration.stats.proportions import wilson
from rubrics.answers import Label, LabelStatus
from rubrics.rubric import Rubric, Value

Phase = Literal["none", "open", "failed", "passed", "waiting"]

WAITING = (
    "Before the real items there is a training round of {wanted} items, and so far {there} have gold answers "
    "that explain themselves. Ask the lead to add more: `calibrant training add FILE`."
)
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Training:
    """Where a rater stands: no training is asked, a round is open, it was failed or passed.

    `waiting`: the study asks for training and has too few items with gold answers. `done` and `of` count
    items of the round; `right` and `answers` are those of a round that ended.
    """

    phase: Phase
    number: int = 0
    done: int = 0
    of: int = 0
    right: int = 0
    answers: int = 0
    pass_share: float = 0.0
    reason: str = ""

    @property
    def asked(self) -> bool:
        """Whether real items wait until a round is passed."""
        return self.phase in ("open", "failed", "waiting")


@dataclass(frozen=True, slots=True)
class Compared:
    """One answer of the rater beside the gold answer, and why the gold answer is so."""

    criterion: str
    given: Value | None
    given_status: LabelStatus
    gold: Value | None
    gold_status: LabelStatus
    right: bool
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One training item that was answered: every gold answer beside the rater's."""

    item_id: str
    first_side: Side
    compared: tuple[Compared, ...]


def state(desk: Desk, rater: str) -> Training:
    """Where the rater stands; a round whose last item was answered ends here. Raises UnknownRater."""
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        found, complete = _state(session, desk, rater_id)
    if not complete:
        return found
    with desk.store.writing() as session:
        current = store.latest(session, rater_id)
        if current is not None and not current.ended:
            _end(session, desk, rater_id, current)
        return _state(session, desk, rater_id)[0]


def start(desk: Desk, rater: str) -> Training:
    """Begin a round, the first or, after a failed one, the next: other items as long as there are any."""
    before = state(desk, rater)
    if before.phase == "failed" or (before.phase == "open" and before.number == 0):
        with desk.store.writing() as session:
            rater_id = rater_number(session, desk, rater)
            current = store.latest(session, rater_id)
            if current is None or (current.ended and not current.passed):
                _start(session, desk, rater_id)
    return state(desk, rater)


def next_items(desk: Desk, rater: str, *, count: int, held: Collection[Held] = ()) -> tuple[NextItem, ...]:
    """The next training items of the open round that the page does not hold; begins the first round."""
    if start_first(desk, rater).phase != "open":
        return ()
    skip = {one.item_id for one in held if one.purpose == "training"}
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        current = store.latest(session, rater_id)
        if current is None:
            return ()
        answered = store.first_answers(session, rater_id, after=current.after_submission)
        upcoming = (_shown(session, desk, rater_id, item) for item in current.items if item not in answered)
        return tuple([one for one in upcoming if one.item.item_id not in skip][:count])


def start_first(desk: Desk, rater: str) -> Training:
    """Where the rater stands, with the first round begun; a failed one is begun again by `start` alone."""
    found = state(desk, rater)
    return start(desk, rater) if found.phase == "open" and found.number == 0 else found


def explain(desk: Desk, rater: str, submission_id: str) -> Explanation | None:
    """The gold answers of a training item beside what the rater just sent; None for all other submissions."""
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        sent = submissions.find(session, submission_id)
        if sent is None or sent.rater_id != rater_id or sent.purpose != "training":
            return None
        if not any(sent.item in one.items for one in store.rounds(session, rater_id)):
            return None  # asked for by its id: gold answers are explained after training alone
        gold = store.gold_of(session, sent.item)
        given = [
            one
            for one in store.first_answers(session, rater_id, after=sent.number - 1).get(sent.item, [])
            if one.submission == sent.number
        ]
        item_id = item_store.by_number(session, sent.item).item_id
        side: Side = "b" if sent.first_side == "b" else "a"
    return Explanation(item_id, side, _compared(desk.rubric, given, gold))


def comparison(desk: Desk, rater: str) -> Mapping[str, Estimate]:
    """By criterion the share of a rater's training answers that are the gold ones, with Wilson's interval.

    The first answer to each item counts, before its explanation was shown.
    """
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        counts = _counted(session, desk.rubric, store.first_answers(session, rater_id))
    return {name: _share(right, n) for name, (right, n) in counts.items()}


def overview(desk: Desk, *, role: Role | Holder) -> Mapping[str, Training]:
    """Every rater's training, by name, for the lead."""
    require(role, "training.manage")
    with desk.store.reading() as session:
        names = [rater.name for rater in raters.listing(session, desk.study_id)]
    return {name: state(desk, name) for name in names}


def items_with_gold(desk: Desk, *, role: Role | Holder) -> tuple[str, ...]:
    """The ids of the development items that can be trained on."""
    require(role, "training.manage")
    with desk.store.reading() as session:
        found = _gold_items(session, desk)
        return tuple(item_store.by_number(session, item).item_id for item in found)


def _state(session: Session, desk: Desk, rater_id: int) -> tuple[Training, bool]:
    """Where the rater stands as far as it is stored, and whether a round waits to be ended."""
    wanted = desk.study_file.training
    current = store.latest(session, rater_id)
    if store.passed(session, rater_id) and current is not None:
        return _training("passed", current, len(current.items)), False
    if wanted is None or store.wrote_gold(session, rater_id):
        return Training("none"), False
    if current is None:
        there = len(_gold_items(session, desk))
        if there < wanted.items:
            return Training("waiting", reason=WAITING.format(wanted=wanted.items, there=there)), False
        return Training("open", of=wanted.items, pass_share=wanted.pass_share), False
    if current.ended:
        return _training("failed", current, len(current.items)), False
    done = len(store.first_answers(session, rater_id, after=current.after_submission))
    return _training("open", current, done), done >= len(current.items)


def _training(phase: Phase, current: Round, done: int) -> Training:
    return Training(
        phase, current.number, done, len(current.items), current.right or 0, current.answers or 0,
        current.pass_share,
    )  # fmt: skip


def _start(session: Session, desk: Desk, rater_id: int) -> None:
    """The next round: items that the rater was not yet trained on, in the rater's own order, then others."""
    wanted = desk.study_file.training
    gold = _gold_items(session, desk)
    if wanted is None or len(gold) < wanted.items:
        return
    before = [item for earlier in store.rounds(session, rater_id) for item in earlier.items]
    seed = f"training:{desk.study_id}:{rater_id}"
    order = [gold[position] for _, position in shuffled(seed, len(gold))]
    chosen = sorted(order, key=before.count)[: wanted.items]
    store.start(session, desk.study_id, rater_id, chosen, pass_share=wanted.pass_share, at=desk.now)


def _end(session: Session, desk: Desk, rater_id: int, current: Round) -> None:
    given = store.first_answers(session, rater_id, after=current.after_submission)
    asked = {item: given[item] for item in current.items if item in given}
    if len(asked) < len(current.items):
        return
    counts = _counted(session, desk.rubric, asked)
    right, answers = (sum(count[part] for count in counts.values()) for part in (0, 1))
    passed = answers > 0 and right >= current.pass_share * answers - 1e-9
    store.end(session, current.round_id, right=right, answers=answers, passed=passed, at=desk.now)


def _counted(
    session: Session, rubric: Rubric, given: Mapping[int, Sequence[Given]]
) -> dict[str, tuple[int, int]]:
    """By criterion: right answers, and answers that have a gold one."""
    counts: dict[str, tuple[int, int]] = {}
    for item, answers in given.items():
        for one in _compared(rubric, answers, store.gold_of(session, item)):
            right, n = counts.get(one.criterion, (0, 0))
            counts[one.criterion] = right + one.right, n + 1
    return counts


def _compared(rubric: Rubric, given: Sequence[Given], gold: Mapping[str, Label]) -> tuple[Compared, ...]:
    """What was answered and has a gold answer; a question that was not asked is not held against anybody."""
    answers = {one.label.criterion: one.label for one in given}
    return tuple(
        Compared(
            criterion=c.name,
            given=answers[c.name].value,
            given_status=answers[c.name].status,
            gold=gold[c.name].value,
            gold_status=gold[c.name].status,
            right=_right(rubric, answers[c.name], gold[c.name]),
            why=gold[c.name].rationale or "",
        )
        for c in rubric.criteria
        if c.name in answers and c.name in gold
    )


def _right(rubric: Rubric, given: Label, gold: Label) -> bool:
    """The same answer; on interval scales at most one step away."""
    if given.status != gold.status:
        return False
    scale = rubric.criterion(given.criterion).scale
    if scale.kind == "interval" and given.value is not None and gold.value is not None:
        return abs(float(given.value) - float(gold.value)) <= (scale.step or 0.0) + 1e-9
    return given.value == gold.value


def _share(right: int, n: int) -> Estimate:
    bounds = wilson(right, n, level=LEVEL)
    return Estimate(right / n, bounds.low, bounds.high, LEVEL, n, n, "Wilson")


def _gold_items(session: Session, desk: Desk) -> list[int]:
    version = item_store.split_version(session, desk.study_id)
    return store.gold_items(session, desk.study_id, version)


def _shown(session: Session, desk: Desk, rater_id: int, item: int) -> NextItem:
    """A training item as the rater is shown it; it is nobody's to reserve, everybody is asked it."""
    return next_item_of(
        session,
        Claim(item, rater_id, "training", desk.study_id, None, first_side(desk, rater_id, item), "", ""),
    )
