"""promptfoo's results, JSON and CSV: one item per test and prompt, one verdict per metric."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from calibration.readers.foreign.row import (
    UNBLINDED,
    Format,
    Hints,
    Numbered,
    Rows,
    digest,
    item,
    label,
    nested,
    objects,
    text_of,
    verdict,
)
from calibration.readers.reading import Aside, CannotRead, RawRow, Reject, Row

OUTPUT_COLUMN = re.compile(r"^\[(?P<provider>[^\]]+)\] (?P<prompt>.*)$", re.DOTALL)
SCORED = "Metric: "
OWN = ("Status", "Score", "Named Scores", "Grader Reason", "Comment")
UNANSWERED = "promptfoo components of kind `human` that neither pass nor fail: nobody answered"
FAILED = "promptfoo results without an output (the provider failed)"
PERSON = "promptfoo"
SUCCESS = "success"


def fits(row: Row) -> bool:
    return isinstance(nested(row, "results", "results"), list)


def fits_csv(row: Row) -> bool:
    return {"Status", "Score", "Grader Reason"} <= row.keys()


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """The test's number, the prompt's number and a hash of the variables name the item.

    (`id` is new in every run.) Components are verdicts by metric, else by kind of assertion; several of
    one name pass together. A component of kind `human` is a label by somebody who saw the grading.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        held = nested(row.fields, "results", "results")
        for place, one in enumerate(objects(held), start=1):
            yield from _result(place, one, hints)


def _result(place: int, one: Row, hints: Hints) -> Rows:
    variables = one.get("vars")
    inputs = _inputs(variables if isinstance(variables, dict) else {})
    name = f"test-{one.get('testIdx', place - 1)}-{one.get('promptIdx', 0)}-{inputs}"
    output = nested(one, "response", "output")
    if output is None:
        yield Aside(place, FAILED)
        return
    system = text_of(nested(one, "provider", "label")) or text_of(nested(one, "provider", "id"))
    prompt = nested(one, "prompt", "raw")
    yield item(
        place,
        name,
        {
            "input": prompt,
            "output": output,
            "system": system,
            "input_id": inputs,
            "meta": {"vars": variables},
        },
    )
    yield from _graded(place, name, one, hints)


def _inputs(variables: Mapping[str, object]) -> str:
    return digest(dict(variables))[:8]


def _graded(place: int, name: str, one: Row, hints: Hints) -> Rows:
    components = objects(nested(one, "gradingResult", "componentResults"))
    people = [c for c in components if nested(c, "assertion", "type") == "human"]
    for component in people:
        if component.get("pass") is None:
            yield Aside(place, UNANSWERED)
            continue
        rater, why = hints.rater or PERSON, text_of(component.get("reason"))
        criterion = _rated_as(component, fallback=SUCCESS)
        yield label(
            place, name, rater, criterion, component.get("pass"), {"rationale": why, "blind": UNBLINDED}
        )
    by_criterion: dict[str, list[Row]] = {}
    for component in components:
        if component not in people:
            by_criterion.setdefault(_rated_as(component, fallback="assertion"), []).append(component)
    for criterion, parts in by_criterion.items():
        passed = _together([part.get("pass") for part in parts])
        why = "; ".join(str(part["reason"]) for part in parts if part.get("reason"))
        judge = hints.judge or str(nested(parts[0], "assertion", "type") or "promptfoo")
        yield verdict(place, name, judge, criterion, passed, {"rationale": why})
    if not components and isinstance(one.get("success"), bool):
        why = text_of(nested(one, "gradingResult", "reason"))
        yield verdict(place, name, hints.judge or "promptfoo", SUCCESS, one["success"], {"rationale": why})


def _together(passes: list[object]) -> bool | None:
    """One that fails fails all; where none does and one says neither, the reply cannot be read."""
    if False in passes:
        return False
    return True if all(one is True for one in passes) else None


def _rated_as(component: Row, *, fallback: str) -> str:
    named = text_of(nested(component, "assertion", "metric"))
    kind = text_of(nested(component, "assertion", "type"))
    return named or (kind if kind and kind != "human" else None) or fallback


def csv_rows(numbered: Numbered, hints: Hints) -> Rows:
    """One provider's table: variables, the output under the provider's name, a score per metric."""
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        outputs = [name for name in row.fields if OUTPUT_COLUMN.match(name)]
        if len(outputs) != 1:
            raise CannotRead(
                f"it has {len(outputs)} output columns ([provider] prompt); "
                "export JSON where several systems answer"
            )
        yield from _table_row(row, outputs[0], hints)


def _table_row(row: RawRow, column: str, hints: Hints) -> Rows:
    line, cells = row.line, row.fields
    found = OUTPUT_COLUMN.match(column)
    scores = {n.removeprefix(SCORED): cells[n] for n in cells if n.startswith(SCORED)}
    variables = {n: v for n, v in cells.items() if n not in OWN and n != column and not n.startswith(SCORED)}
    inputs = _inputs(variables)
    name, judge = f"test-{line}-{inputs}", hints.judge or "promptfoo"
    if str(cells.get("Status")).upper() == "ERROR":
        yield Aside(line, FAILED)
        return
    words = next(iter(variables.values())) if len(variables) == 1 else msgspec.json.encode(variables).decode()
    system = found["provider"] if found else None
    yield item(
        line, name, {"input": words, "output": cells.get(column), "system": system, "input_id": inputs}
    )
    why = text_of(cells.get("Grader Reason"))
    for criterion, cell in scores.items():
        yield verdict(line, name, judge, criterion, _score(cell), {"rationale": why})
    if not scores:
        yield verdict(
            line, name, judge, SUCCESS, str(cells.get("Status")).upper() == "PASS", {"rationale": why}
        )


def _score(cell: object) -> object:
    """1 and 0 are pass and fail; anything else is a number."""
    try:
        score = float(str(cell))
    except ValueError:
        return None
    return bool(score) if score in (0.0, 1.0) else score


JSON = Format("promptfoo", fits, rows)
CSV = Format("promptfoo-csv", fits_csv, csv_rows)
