"""What notebooks call: ratings read from files or frames, agreement, and a policy held against both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from calibration.agreement import Agreement, CriterionAgreement, Options, ReferenceKind, measure
from calibration.certificate import Outcome
from calibration.conditions import Tested, check_conditions, look_at
from calibration.file_rows import FileRows, NothingToMeasure, Rejected
from calibration.frames import columns_of, rows_of
from calibration.from_files import EVERY_CRITERION, Choices, FileRatings, ratings_from_rows
from calibration.policy import CriterionPolicy, read_policy
from calibration.ratings import Columns, Ratings
from calibration.readers import Aside, Hints, How, Read, Reject, read_mapping, read_records, records_of_rows
from rubrics.answers import Label, Verdict
from rubrics.files import load_rubric
from rubrics.items import Item
from rubrics.rubric import Rubric, Value

AUTO = "auto"
UNNAMED = "answer"  # the criterion of a table that names none
FRAME = Path("(data frame)")
NO_VAULT = "files and frames: the vault does not apply"


@dataclass(frozen=True, slots=True)
class Records:
    """What was read: records in order, the rows that were not taken, and what was passed over, by reason."""

    items: tuple[Item, ...] = ()
    labels: tuple[Label, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    asides: Mapping[str, int] = field(default_factory=dict)

    def columns(self, kind: str = "labels") -> dict[str, list[object]]:
        """`items`, `labels` or `verdicts` as columns of lists, which every data frame library takes."""
        rows = [asdict(one) for one in getattr(self, kind)]
        return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def read_ratings(
    path: str | Path | Sequence[str | Path],
    format: str = AUTO,  # noqa: A002 (what the command calls it)
    *,
    criteria: Sequence[str] = (),
    criterion: str | None = None,
    rater: str | None = None,
    judge: str | None = None,
    mapping: str | Path | None = None,
) -> Records:
    """The items, labels and verdicts in one file or several, of ours or of another tool.

    `criteria`, `criterion`, `rater`, `judge` and `mapping` say what files of other tools leave open, as the
    options of `calibrant import` do. Raises CannotRead for a file that cannot be read as a whole.
    """
    how = How(format, Hints(tuple(criteria), criterion, rater, judge))
    if mapping is not None:
        how = How(how.format, how.hints, read_mapping(Path(mapping)))
    files = [path] if isinstance(path, str | Path) else path
    return _records((Path(file), read) for file in files for read in read_records(file, how))


def agreement(
    ratings: Any,
    *,
    items: Any = None,
    rubric: Rubric | str | Path | None = None,
    scale: str | Mapping[str, str] | None = None,
    reference: ReferenceKind | None = None,
    by: str | None = None,
    cluster: str | None = None,
    pi: str | None = None,
    drop: Sequence[Value] = (),
    not_applicable: Sequence[Value] = (),
    level: float = 0.95,
    bootstrap: int = 0,
    seed: int = 0,
) -> Agreement:
    """How far raters agree with one another, and every judge with them, with an interval on each number.

    `ratings`: what `read_ratings` gave, a data frame, or columns: rows with item_id, criterion, value and
    rater or judge, or a table with a column of people's answers and one of a judge's. `items`: a frame with
    clusters, strata and pi by item_id. Further words mean what the options of `calibrant agreement` mean.
    """
    found = _ratings(ratings, items, _choices(rubric, scale, not_applicable, Columns(cluster, by, pi)))
    options = Options(
        reference=reference, drop=tuple(drop), by=by, level=level, bootstrap=bootstrap, seed=seed
    )
    measured = measure(found.ratings, options)
    return Agreement(measured.criteria, measured.strata, (*found.assumptions, *measured.assumptions))


@dataclass(frozen=True, slots=True)
class Calibration:
    """A judge held against a policy: the outcome, every condition with its bound, and the agreement."""

    judge: str
    outcome: Outcome
    tested: tuple[Tested, ...]
    needed: int | None
    agreement: Agreement
    rejected: tuple[Rejected, ...] = ()
    note: str = NO_VAULT

    def __str__(self) -> str:
        more = f": label {self.needed:,} more items" if self.needed else ""
        lines = [f"{self.judge}: {self.outcome}{more} ({self.note})"]
        for one in self.tested:
            word = "at most" if one.requirement.at_most else "at least"
            bound = one.measured.reason if one.bound is None else f"{one.bound:.3f}"
            lines.append(f"  {one.name}: {bound}, {word} {one.requirement.limit:g}: {one.outcome}")
        return "\n".join(lines)


def calibrate(
    ratings: Any,
    rubric: Rubric | str | Path,
    *,
    judge: str,
    items: Any = None,
    policy: Mapping[str, object] | None = None,
    look: int = 1,
    cluster: str | None = None,
    pi: str | None = None,
) -> Calibration:
    """Whether a judge meets a policy on these ratings, each condition on the bound that it must clear.

    `policy`: what stands in [policy] of study.toml; None takes the defaults. `look`: the how-manieth time
    you ask of these items, for every look spends error budget; nobody but you counts here. A certificate
    comes from a study, whose held-out items are sealed.

    What needs more than labels and verdicts can be tested in a study alone: costs of errors, flips, dollars,
    latency, items in every stratum. A policy that asks for one of them is refused by name, never passed.
    Production shares of strata are not applied. Raises NothingToMeasure, BadPolicy.
    """
    chosen = _choices(rubric, None, (), Columns(cluster, None, pi))
    wanted = read_policy(policy, cast(Rubric, chosen.rubric))
    found = _ratings(ratings, items, chosen)
    taken = look_at(wanted, look)
    asked = [one for one in wanted.criteria if one.asks(judge)]
    _refuse_unmeasurable(found.ratings, asked, judge)
    pairs = [(one, _measured(found.ratings, one, taken.level)) for one in asked]
    finding = check_conditions(pairs, judge, taken)
    together = Agreement({one.criterion: part for one, part in pairs}, assumptions=found.assumptions)
    return Calibration(judge, finding.outcome, finding.tested, finding.needed, together, found.rejected)


def _measured(ratings: Ratings, asked: CriterionPolicy, level: float) -> CriterionAgreement:
    options = Options(reference=cast(ReferenceKind | None, asked.reference), level=level)
    one = Ratings({asked.criterion: ratings.criteria[asked.criterion]})
    return measure(one, options).criteria[asked.criterion]


def _refuse_unmeasurable(ratings: Ratings, asked: Sequence[CriterionPolicy], judge: str) -> None:
    """What the policy asks must be here to be measured: nothing that is missing counts as met."""
    if not asked:
        raise NothingToMeasure(f"the policy asks nothing of judge {judge!r}")
    for one in asked:
        found = ratings.criteria.get(one.criterion)
        if found is None:
            raise NothingToMeasure(f"{one.criterion}: there is no label, and the policy asks for it")
        if judge not in (known := [column.judge for column in found.judges]):
            there = ", ".join(known) or "none"
            raise NothingToMeasure(f"{one.criterion}: no verdict of {judge!r}; there are judges: {there}")
        if one.demands:
            raise NothingToMeasure(
                f"{one.criterion}: {', '.join(one.demands)} can be measured in a study alone; run "
                "`calibrant certify`, or leave them out of the policy"
            )


def _choices(
    rubric: Rubric | str | Path | None,
    scale: str | Mapping[str, str] | None,
    not_applicable: Sequence[Value],
    columns: Columns,
) -> Choices:
    scales = {EVERY_CRITERION: scale} if isinstance(scale, str) else dict(scale or {})
    known = load_rubric(Path(rubric)) if isinstance(rubric, str | Path) else rubric
    return Choices(known, scales, not_applicable=tuple(not_applicable), columns=columns)


def _ratings(ratings: Any, items: Any, choices: Choices) -> FileRatings:
    found, more = _read(ratings, choices), _read(items, choices)
    rows = FileRows(
        items=[*found.items, *more.items], labels=list(found.labels), verdicts=list(found.verdicts)
    )
    rows.label_places = [(FRAME, k) for k in range(1, len(rows.labels) + 1)]
    rows.verdict_places = [(FRAME, k) for k in range(1, len(rows.verdicts) + 1)]
    rows.rejected = [*found.rejected, *more.rejected]
    return ratings_from_rows(rows, str(FRAME), choices)


def _read(source: Any, choices: Choices) -> Records:
    """Records as they are; a frame's rows as if they stood in a file."""
    if source is None:
        return Records()
    if isinstance(source, Records):
        return source
    how = How(AUTO, Hints(choices.criteria, None if choices.criteria else UNNAMED))
    return _records((FRAME, read) for read in records_of_rows(rows_of(columns_of(source)), how))


def _records(found: Iterable[tuple[Path, Read]]) -> Records:
    items: list[Item] = []
    labels: list[Label] = []
    verdicts: list[Verdict] = []
    rejected: list[Rejected] = []
    asides: Counter[str] = Counter()
    for path, read in found:
        one = read.record
        if read.lost is not None:
            asides[f"rows without `{read.lost.field}`, which cannot be read"] += 1
        if isinstance(one, Label):
            labels.append(one)
        elif isinstance(one, Verdict):
            verdicts.append(one)
        elif isinstance(one, Item):
            items.append(one)
        elif isinstance(one, Reject):
            rejected.append(Rejected(path, one))
        elif isinstance(one, Aside):
            asides[one.reason] += 1
    return Records(tuple(items), tuple(labels), tuple(verdicts), tuple(rejected), dict(asides))
