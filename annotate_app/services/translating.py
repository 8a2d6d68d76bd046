"""Records from files into rows for the store: canonical values, sentinels, what is refused and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from annotate_app.services.history_rows import is_history
from annotate_app.store.codes import LABEL_STATUS, PURPOSE, VERDICT_STATUS, flags_of
from annotate_app.store.sql import to_json
from annotate_app.store.staging import StagedRow, Staging
from calibration.collecting import Answers, is_adjudicated, spelling
from rubrics.answers import Label, Verdict
from rubrics.items import Item
from rubrics.rubric import Rubric, UnknownAnswer, Value

OBSERVED, NOT_APPLICABLE = 0, 1
OF_AN_EXPORT = "is a row of an export's history and no item: import its folder (`calibrant import FOLDER`)"


class Refused(ValueError):
    """A record that cannot go in: the field at fault and the reason."""

    def __init__(self, field_: str, reason: str) -> None:
        super().__init__(field_, reason)
        self.field, self.reason = field_, reason


@dataclass(frozen=True, slots=True)
class _Answered:
    status: int
    code: int | None
    number: float | None


@dataclass(frozen=True, slots=True)
class _Target:
    """A criterion as rows need it."""

    criterion_id: int
    answers: Answers
    codes: Mapping[Value, int]
    not_applicable: bool
    seen: dict[tuple[type, Value], _Answered] = field(default_factory=dict)


@dataclass(slots=True)
class Translator:
    """Turns records into rows of one study; remembers spellings, so that each is parsed once."""

    wording: str  # SHA-256 of the study's present rubric, under which an import is recorded
    staging: Staging
    targets: Mapping[str, _Target]
    plain: dict[tuple[str, type, Value], StagedRow] = field(default_factory=dict)  # see plain_labels
    kinds: dict[tuple[str, type, Value, str], int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        rubric: Rubric,
        staging: Staging,
        *,
        criterion_ids: Mapping[str, int],
        codes: Mapping[str, Mapping[Value, int]],
        not_applicable: tuple[str, ...] = (),
    ) -> Translator:
        """A translator for the study's present rubric; `not_applicable` are values that mean just that."""
        sentinels = frozenset(spelling(value) for value in not_applicable)
        targets = {
            c.name: _Target(
                criterion_ids[c.name], Answers(c.scale, sentinels), codes[c.name], c.not_applicable
            )
            for c in rubric.criteria
        }
        return cls(rubric.sha256, staging, targets)

    def item(self, file: int, line: int, item: Item) -> StagedRow:
        """The row of an item. Raises Refused."""
        if item.meta and is_history(item):
            raise Refused("item_id", OF_AN_EXPORT)
        return (
            file, line, item.item_id, item.kind, item.sha256, item.stratum, item.cluster, int(item.sensitive),
            item.system, item.system_a, item.system_b, item.input_id, item.correlation_id,
            to_json(dict(item.meta)) if item.meta else None,
            to_json(list(item.sources)) if item.sources else None, item.reference, item.context, item.input,
            item.output, item.output_a, item.output_b,
        )  # fmt: skip

    def label(self, file: int, line: int, label: Label) -> StagedRow:
        """The row of a label. Raises Refused."""
        target = self._target(label.criterion)
        given = _answered(target, label.value, LABEL_STATUS[label.status])
        if given.status == NOT_APPLICABLE and not target.not_applicable:
            raise Refused("value", f"criterion {label.criterion} does not allow 'not applicable'")
        flags = flags_of(label.blind, adjudicated=bool(label.extra) and is_adjudicated(label))
        return (
            file, line, target.criterion_id, self.staging.ref(label.item_id), self.staging.rater(label.rater),
            PURPOSE[label.purpose], given.status, flags, given.code, given.number,
            None if label.sure is None else int(label.sure), label.wave, label.pi, label.active_seconds,
            label.at, label.reason, label.rationale, label.evidence,
            to_json(list(label.failure_modes)) if label.failure_modes else None,
            _extra(label, self.wording),
            label.submission_id,
        )  # fmt: skip

    def verdict(self, file: int, line: int, verdict: Verdict) -> StagedRow:
        """The row of a verdict. Raises Refused."""
        target = self._target(verdict.criterion)
        given = _answered(target, verdict.value, VERDICT_STATUS[verdict.status])
        return (
            file, line, target.criterion_id, self.staging.ref(verdict.item_id),
            self.staging.judge(verdict.judge, verdict.spec_hash or ""), verdict.replicate, given.status,
            given.code, given.number, verdict.confidence, verdict.confidence_kind, verdict.expected,
            verdict.reported_model, verdict.tokens_in, verdict.tokens_out, verdict.cost_usd,
            verdict.latency_seconds, verdict.at, to_json(dict(verdict.probs)) if verdict.probs else None,
            verdict.raw_value, verdict.rationale, verdict.reason,
            to_json(dict(verdict.confidences)) if verdict.confidences else None,
        )  # fmt: skip

    def _target(self, criterion: str) -> _Target:
        target = self.targets.get(criterion)
        if target is None:
            names = ", ".join(self.targets)
            raise Refused("criterion", f"the rubric has no criterion {criterion!r}; it has: {names}")
        return target


def _answered(target: _Target, raw: Value | None, status: int) -> _Answered:
    """The stored form of a raw answer; each spelling is worked out once."""
    if status != OBSERVED or raw is None:
        return _Answered(status, None, None)
    key = (raw.__class__, raw)
    known = target.seen.get(key)
    if known is None:
        known = target.seen[key] = _canonical(target, raw)
    return known


def _canonical(target: _Target, raw: Value) -> _Answered:
    try:
        value = target.answers.canonical(raw)
    except UnknownAnswer as unknown:
        raise Refused("value", str(unknown)) from None
    if value is None:
        return _Answered(NOT_APPLICABLE, None, None)
    return _Answered(OBSERVED, target.codes.get(value), None if isinstance(value, str) else float(value))


def _extra(label: Label, wording: str) -> str | None:
    """What the journal has no column for; a submission, wave or rubric of elsewhere is kept as a remark."""
    if not label.extra and label.submission_id is label.rubric_sha256 is label.wave is None:
        return None
    rubric = label.rubric_sha256 if label.rubric_sha256 != wording else None
    elsewhere = (("submission_id", label.submission_id), ("rubric_sha256", rubric), ("wave", label.wave))
    kept = dict(label.extra) | {name: value for name, value in elsewhere if value is not None}
    return to_json(kept) if kept else None
