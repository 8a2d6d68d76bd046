"""One item with its answers in the shape that another tool takes; refuses what the shape would bend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from annotate_app.exporters.native import Row, shown
from calibration.readers.foreign.row import OWN_ID
from rubrics.answers import Label, Verdict
from rubrics.items import Item
from rubrics.rubric import Criterion


@dataclass(frozen=True, slots=True)
class Rated:
    """An item with the labels of its raters and the verdicts of its judges, newest each, all observed."""

    item: Item
    split: str
    labels: tuple[Label, ...]
    verdicts: tuple[Verdict, ...]


One = TypeVar("One", Label, Verdict)
Criteria = Mapping[str, Criterion]
Shape = Callable[[Rated, Criteria], Iterator[Row]]


def label_studio(rated: Rated, criteria: Criteria) -> Iterator[Row]:
    """The item as imported data (tasks get other ids there), one entry per rater, one per judge."""
    people = [
        {
            "completed_by": {"email": rater},
            "created_at": labels[0].at,
            "lead_time": labels[0].active_seconds,
            "was_cancelled": False,
            "result": [*(_result(one, criteria) for one in labels), *_remarks(labels)],
        }
        for rater, labels in _by(rated.labels, lambda one: one.rater).items()
    ]
    models = [
        {"model_version": judge, "result": [_result(one, criteria) for one in verdicts]}
        for judge, verdicts in _by(rated.verdicts, lambda one: one.judge).items()
    ]
    yield {
        "id": rated.item.item_id,
        "data": {**shown(rated.item), OWN_ID: rated.item.item_id},
        "annotations": people,
        "predictions": models,
    }


def _result(one: Label | Verdict, criteria: Criteria) -> Row:
    """A choice, or a number where the criterion asks for one."""
    numeric = criteria[one.criterion].scale.is_numeric
    value = {"number": one.value} if numeric else {"choices": [one.value]}
    kind = "number" if numeric else "choices"
    return {"from_name": one.criterion, "to_name": "output", "type": kind, "value": value}


def _remarks(labels: list[Label]) -> Iterator[Row]:
    """What a rater wrote, once, criterion by criterion."""
    said = [f"{one.criterion}: {one.rationale}" for one in labels if one.rationale]
    if len(labels) == 1 and labels[0].rationale:
        said = [labels[0].rationale]
    if said:
        about = {"from_name": "rationale", "to_name": "output", "type": "textarea"}
        yield {**about, "value": {"text": said}}


def argilla(rated: Rated, criteria: Criteria) -> Iterator[Row]:
    """A flat record: per question the responses with their raters, and the first judge as the suggestion."""
    row: Row = {"id": rated.item.item_id, **shown(rated.item)}
    for name, labels in _by(rated.labels, lambda one: one.criterion).items():
        row[f"{name}.responses"] = [one.value for one in labels]
        row[f"{name}.responses.users"] = [one.rater for one in labels]
        row[f"{name}.responses.status"] = ["submitted"] * len(labels)
    for name, verdicts in _by(rated.verdicts, lambda one: one.criterion).items():
        row[f"{name}.suggestion"] = verdicts[0].value
        row[f"{name}.suggestion.agent"] = verdicts[0].judge
        row[f"{name}.suggestion.score"] = verdicts[0].confidence
    yield row


def langfuse(rated: Rated, criteria: Criteria) -> Iterator[Row]:
    """One row per label, as scores are sent: `value` is a number, or the text of a category.

    Langfuse asks for the `configId` of its own before it takes them as ANNOTATION.
    """
    for one in rated.labels:
        numeric = criteria[one.criterion].scale.is_numeric
        about: Row = {"dataType": "NUMERIC" if numeric else "CATEGORICAL", "source": "ANNOTATION"}
        yield {
            **_place(rated.item, "traceId"), "name": one.criterion, **about, "value": one.value,
            "comment": one.rationale, "authorUserName": one.rater, "timestamp": one.at,
            "metadata": _about(one, rated.item),
        }  # fmt: skip


def phoenix(rated: Rated, criteria: Criteria) -> Iterator[Row]:
    """One row per label and verdict, the rater or judge as the identifier that keeps them apart."""
    for one in _answers(rated):
        numeric = criteria[one.criterion].scale.is_numeric
        result: Row = {"score": one.value} if numeric else {"label": one.value}
        human = isinstance(one, Label)
        yield {
            **_place(rated.item, "span_id"), "name": one.criterion,
            "annotator_kind": "HUMAN" if human else "LLM", "identifier": _who(one),
            "result": {**result, "explanation": one.rationale}, "created_at": one.at,
            "metadata": _about(one, rated.item),
        }  # fmt: skip


def mlflow(rated: Rated, criteria: Criteria) -> Iterator[Row]:
    """One assessment per label and verdict, on the trace, or on the span that the item is."""
    for one in _answers(rated):
        kind = "HUMAN" if isinstance(one, Label) else "LLM_JUDGE"
        yield {
            **_place(rated.item, "trace_id"), **_span(rated.item), "assessment_name": one.criterion,
            "source": {"source_type": kind, "source_id": _who(one)}, "create_time": one.at,
            "feedback": {"value": one.value}, "rationale": one.rationale, "metadata": _about(one, rated.item),
            "valid": True,
        }  # fmt: skip


def fine_tuning(rated: Rated, criteria: Criteria) -> Iterator[Row]:
    """What was shown, what was asked, why, and the answer; of development items alone."""
    for one in rated.labels if rated.split == "development" else ():
        yield {
            "item": shown(rated.item), "criterion": one.criterion,
            "question": criteria[one.criterion].question, "rationale": one.rationale, "answer": one.value,
        }  # fmt: skip


def _answers(rated: Rated) -> list[Label | Verdict]:
    return [*rated.labels, *rated.verdicts]


def _place(item: Item, name: str) -> Row:
    """The id under which the tool knows the output: the correlation id where there is one."""
    return {name: item.correlation_id or item.item_id}


def _span(item: Item) -> Row:
    """Where an item is a span of its trace, as imported assessments name one."""
    trace, _, span = item.item_id.partition("/")
    return {"span_id": span} if span and trace == item.correlation_id else {}


def _about(one: Label | Verdict, item: Item) -> Row:
    """The version of what was asked, and our id of the item where the tool knows it by another."""
    by_another = item.correlation_id is not None and item.correlation_id != item.item_id
    found: Row = {OWN_ID: item.item_id} if by_another else {}
    if isinstance(one, Label):
        return found | ({"rubric_sha256": one.rubric_sha256} if one.rubric_sha256 else {})
    return found | ({"spec_hash": one.spec_hash} if one.spec_hash else {})


def _who(one: Label | Verdict) -> str:
    return one.rater if isinstance(one, Label) else one.judge


def _by(entries: tuple[One, ...], key: Callable[[One], str]) -> dict[str, list[One]]:
    found: dict[str, list[One]] = {}
    for one in entries:
        found.setdefault(key(one), []).append(one)
    return found


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "label-studio": label_studio,
        "argilla": argilla,
        "langfuse": langfuse,
        "phoenix": phoenix,
        "mlflow": mlflow,
        "fine-tuning": fine_tuning,
    }
)
