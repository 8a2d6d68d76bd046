"""Labels and verdicts counted by DuckDB: the newest row of each rater or judge, then answer patterns."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibration.collecting import Answers, spelling
from calibration.file_rows import NothingToMeasure, Rejected
from calibration.from_files import EVERY_CRITERION, Choices
from calibration.large.counts import Counted, CountedFiles, CountedJudge, ItemPattern, Unsupported
from calibration.large.database import Database, Limits, database
from calibration.large.sources import ROWS_OF_A_FILE, expanded, missing_values, relation
from calibration.readers import Reject
from calibration.scales import assume_scale, parse_scale
from rubrics.answers import LABEL_STATUSES, VERDICT_STATUSES
from rubrics.rubric import Scale, UnknownAnswer, Value

MOST_ANSWERS = 10_000
MOST_CATEGORIES = 50
SHOWN_REJECTS = 10
MISSING = "is missing; where there is no answer write null"
UNKNOWN = "item_id, criterion or status is missing or not known"
REVISIONS = 1 << 18


@dataclass(frozen=True, slots=True)
class _Side:
    """Labels or verdicts: their view, who gives them, their statuses, what no answer counts as."""

    name: str
    who: str
    statuses: tuple[str, ...]
    no_answer: str
    order: str
    files: list[Path]

    def status(self, name: str) -> int:
        """The state of an answer that is not observed: -k for the k-th status."""
        return -self.statuses.index(name)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A different raw answer in the files: where it stands first, and what it says."""

    criterion: str
    text: str
    value: Value | None


def count_files(
    human: Sequence[Path | str], judge: Sequence[Path | str], choices: Choices, limits: Limits
) -> CountedFiles:
    """Counts of all files; raises CannotRead, NothingToMeasure, Unsupported, WrongScale, NeedsDuckDB."""
    labels = _Side("label", "rater", LABEL_STATUSES, "skipped", "coalesce(revision, 1)", expanded(human))
    verdicts = _Side(
        "verdict", "judge", VERDICT_STATUSES, "parse_error", "-coalesce(replicate, 0)", expanded(judge)
    )
    with database(limits) as found:
        sides = [side for side in (labels, verdicts) if side.files]
        for side in sides:
            found.run(f"CREATE TEMP VIEW {side.name}_row AS {_view(found, side)}")
        answers = {side.name: _answers(found, side) for side in sides}
        if not answers["label"]:
            raise NothingToMeasure(f"{', '.join(map(str, human))}: no labels to measure")
        scales = _scales([one for side in answers.values() for one in side], choices)
        rejected: list[Rejected] = []
        rows = sum(_collect(found, side, answers[side.name], scales.of, choices, rejected) for side in sides)
        criteria = {
            name: _counted(found, labels, verdicts, name, scale, k)
            for k, (name, scale) in enumerate(scales.of.items())
        }
    return CountedFiles(criteria, rows, tuple(rejected[:SHOWN_REJECTS]), scales.assumptions)


def _view(found: Database, side: _Side) -> str:
    return f"SELECT * FROM ({relation(found, side.files, side.who)}) WHERE who IS NOT NULL"


def _answers(found: Database, side: _Side) -> list[_Answer]:
    """The different raw answers of every criterion, in order of appearance."""
    rows = found.rows(
        "SELECT criterion, value, min(seq), count(pi), count(adjudicated), "
        f"count(*) FILTER (blind ->> '$.peers' = 'false' AND revision > 1) FROM {side.name}_row "
        f"WHERE criterion IS NOT NULL GROUP BY ALL ORDER BY min(seq) LIMIT {MOST_ANSWERS + 1}"
    )
    if len(rows) > MOST_ANSWERS:
        raise Unsupported(f"more than {MOST_ANSWERS} different answers: only closed scales can be counted")
    for column, place in (("pi", 3), ("adjudicated", 4)):
        if any(row[place] for row in rows):
            raise Unsupported(f"the files have a column {column}, which the DuckDB engine does not take")
    if any(row[5] for row in rows):
        raise Unsupported(
            "labels were changed after others' answers were known, which the DuckDB engine cannot tell"
        )
    return [_Answer(row[0], row[1] or "", _value(row[1])) for row in rows]


def _value(text: str | None) -> Value | None:
    value = None if text is None else json.loads(text)
    if isinstance(value, dict | list):
        return str(value)
    return None if isinstance(value, str) and not value.strip() else value


@dataclass(frozen=True, slots=True)
class _Scales:
    of: Mapping[str, Scale]
    assumptions: tuple[str, ...]


def _scales(answers: Sequence[_Answer], choices: Choices) -> _Scales:
    """Every criterion's scale: as given, else the rubric's, else assumed from the answers seen."""
    not_applicable = {spelling(value) for value in choices.not_applicable}
    seen: dict[str, list[Value]] = {}
    for one in answers:
        into = seen.setdefault(one.criterion, [])
        if one.value is not None and spelling(one.value) not in not_applicable:
            into.append(one.value)
    known = {} if choices.rubric is None else {c.name: c.scale for c in choices.rubric.criteria}
    scales, assumptions = {}, []
    for name, values in seen.items():
        given = choices.scales.get(name, choices.scales.get(EVERY_CRITERION))
        if given is not None:
            scales[name] = parse_scale(given, values)
        elif name in known:
            scales[name] = known[name]
        elif choices.rubric is None:
            assumed = assume_scale(name, values)
            scales[name] = assumed.scale
            assumptions.append(assumed.sentence)
        if name in scales and not 0 < len(scales[name].categories) <= MOST_CATEGORIES:
            raise Unsupported(
                f"{name}: the DuckDB engine counts answers of a closed scale of at most {MOST_CATEGORIES}; "
                f"give one with --scale {name}=ordinal:1..5 or nominal:x,y,z"
            )
    unknown = [name for name in choices.scales if name not in seen and name != EVERY_CRITERION]
    if unknown or not scales:
        raise NothingToMeasure(
            f"no row has the criterion {', '.join(unknown or known)}; the files have: {', '.join(seen)}"
        )
    return _Scales(scales, tuple(assumptions))


def _collect(
    found: Database,
    side: _Side,
    answers: Sequence[_Answer],
    scales: Mapping[str, Scale],
    choices: Choices,
    rejected: list[Rejected],
) -> int:
    """The table of the rows that count, per criterion, item and rater (judge); number of rejected rows."""
    not_applicable = frozenset(spelling(value) for value in choices.not_applicable)
    known = {name: Answers(scale, not_applicable) for name, scale in scales.items()}
    reasons: dict[tuple[str, str], str] = {}
    found.run(f"CREATE TEMP TABLE {side.name}_code (name VARCHAR, raw VARCHAR, place INTEGER, state INTEGER)")
    places = {name: k for k, name in enumerate(scales)}
    coded = [
        (one.criterion, one.text, places.get(one.criterion), _state(one, side, known, reasons))
        for one in answers
    ]
    found.fill(f"{side.name}_code", coded)
    _find_missing(found, side, answers)
    found.run(_kept_rows(side))
    _note_rejects(found, side, reasons, rejected)
    return int(found.rows(f"SELECT count(*) FROM {side.name}_coded WHERE state IS NULL")[0][0])


def _find_missing(found: Database, side: _Side, answers: Sequence[_Answer]) -> None:
    """The table of the rows without the field `value`; a null is none of them, and costs a second reading."""
    found.run(f"CREATE TEMP TABLE {side.name}_missing (seq HUGEINT)")
    query = missing_values(side.files) if any(one.value is None for one in answers) else None
    if query is not None:
        found.run(f"INSERT INTO {side.name}_missing {query}")


def _state(
    one: _Answer, side: _Side, known: Mapping[str, Answers], reasons: dict[tuple[str, str], str]
) -> int | None:
    """The answer's code, its status as a negative number, or None with the reason why it is rejected."""
    if one.criterion not in known:
        reasons[one.criterion, one.text] = f"{one.criterion!r} is not in the rubric"
        return None
    if one.value is None:
        return side.status(side.no_answer)
    try:
        value = known[one.criterion].canonical(one.value)
    except UnknownAnswer as fault:
        reasons[one.criterion, one.text] = f"{one.criterion}: {fault}"
        return None
    if value is None:
        return side.status("not_applicable")
    return known[one.criterion].scale.categories.index(value)


def _kept_rows(side: _Side) -> str:
    """Two statements: a view with each row's state, and the table of the rows that count.

    Of one item and rater (judge) the highest revision (lowest replicate) counts, of those the last row.
    """
    other = " ".join(f"WHEN '{name}' THEN {side.status(name)}" for name in side.statuses[1:])
    present = f"CASE WHEN seq NOT IN (SELECT seq FROM {side.name}_missing) THEN code.state END"
    read = f"CASE coalesce(row.status, 'observed') WHEN 'observed' THEN {present} {other} END"
    state = f"CASE WHEN coalesce(item, '') <> '' THEN {read} END"
    return (
        f"CREATE TEMP VIEW {side.name}_coded AS SELECT seq, item, who, row.criterion, row.value, place, "
        f"{side.order} AS version, {state} AS state "
        f"FROM {side.name}_row AS row LEFT JOIN {side.name}_code AS code "
        f"ON row.criterion = code.name AND coalesce(row.value, '') = code.raw "
        f"WHERE coalesce(purpose, 'estimate') = 'estimate' "
        f"AND coalesce(blind ->> '$.judge', 'true') = 'true'; "
        f"CREATE TEMP TABLE {side.name} AS SELECT place, item, who, "
        f"arg_max(state, version * {ROWS_OF_A_FILE * 1024}::HUGEINT + seq) AS state "
        f"FROM {side.name}_coded WHERE state IS NOT NULL GROUP BY place, item, who"
    )


def _note_rejects(
    found: Database, side: _Side, reasons: Mapping[tuple[str, str], str], rejected: list[Rejected]
) -> None:
    rows = found.rows(
        f"SELECT seq, criterion, value, seq IN (SELECT seq FROM {side.name}_missing) "
        f"FROM {side.name}_coded WHERE state IS NULL ORDER BY seq LIMIT {SHOWN_REJECTS}"
    )
    for seq, criterion, value, missing in rows:
        file, line = divmod(int(seq), ROWS_OF_A_FILE)
        reason = reasons.get((criterion, value or ""), MISSING if missing else UNKNOWN)
        rejected.append(Rejected(side.files[file], Reject(line, "value", reason)))


def _counted(found: Database, labels: _Side, verdicts: _Side, name: str, scale: Scale, place: int) -> Counted:
    columns = [f"count(*) FILTER (WHERE state = {code}) AS c{code}" for code in range(len(scale.categories))]
    refused = f"count(*) FILTER (WHERE state = {labels.status('not_applicable')}) AS refused"
    found.run(
        f"CREATE OR REPLACE TEMP TABLE answered AS SELECT item, {', '.join(columns)}, {refused} "
        f"FROM label WHERE place = {place} GROUP BY item"
    )
    shape = ", ".join([*(f"c{code}" for code in range(len(scale.categories))), "refused"])
    raters = found.rows(f"SELECT count(DISTINCT who) FROM label WHERE place = {place} AND state >= 0")[0][0]
    humans = found.rows(f"SELECT {shape}, NULL, count(*) FROM answered GROUP BY ALL ORDER BY ALL")
    return Counted(
        name, scale, int(raters), _statuses(found, labels, place)[None], tuple(map(_pattern, humans)),
        _judges(found, verdicts, place, shape) if verdicts.files else {},
    )  # fmt: skip


def _judges(found: Database, side: _Side, place: int, shape: str) -> dict[str, CountedJudge]:
    statuses = _statuses(found, side, place, each="who")
    patterns: dict[str, list[ItemPattern]] = {name: [] for name in statuses if name is not None}
    rows = found.rows(
        f"SELECT who, {shape}, state, count(*) FROM verdict LEFT JOIN answered USING (item) "
        f"WHERE place = {place} GROUP BY ALL ORDER BY ALL"
    )
    for who, *row in rows:
        patterns[who].append(_pattern(tuple(row)))
    return {name: CountedJudge(statuses[name], tuple(found)) for name, found in patterns.items()}


def _statuses(
    found: Database, side: _Side, place: int, each: str = "NULL"
) -> dict[str | None, dict[str, int]]:
    """Rows by status, of every judge or (None) of all raters."""
    rows = found.rows(
        f"SELECT {each}, least(state, 0), count(*) FROM {side.name} WHERE place = {place} GROUP BY ALL "
        f"ORDER BY ALL"
    )
    counts: dict[str | None, Counter[int]] = {} if each != "NULL" else {None: Counter()}
    for who, state, rows_of_it in rows:
        counts.setdefault(who, Counter())[-int(state)] += int(rows_of_it)
    return {who: {name: of[k] for k, name in enumerate(side.statuses)} for who, of in counts.items()}


def _pattern(row: tuple[int | None, ...]) -> ItemPattern:
    *answers, refused, verdict, items = row
    return ItemPattern(
        tuple(int(count or 0) for count in answers), int(refused or 0),
        None if verdict is None else int(verdict), int(items or 0),
    )  # fmt: skip
