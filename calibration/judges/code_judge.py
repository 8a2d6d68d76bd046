"""A judge that is a Python function: item in, answers by criterion out; its file's hash is its identity."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from calibration.judges.judge import JudgeFailed, Opinion, opinions_of, read_answer
from calibration.judges.spec import BadJudge, JudgeSpec, Source, find_source
from rubrics.answers import Verdict
from rubrics.items import Item
from rubrics.rubric import Rubric

Function = Callable[[Item], object]
# What a function's own mistake raises; anything else is not the item's fault and ends the program.
MISTAKES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class CodeJudge:
    """A function that answers the criteria it can, by rules; costs nothing and asks nobody."""

    name: str
    spec: JudgeSpec
    function: Function
    observed: str | None = None

    def judge(self, items: Sequence[Item], rubric: Rubric) -> Iterator[Verdict]:
        for item in items:
            yield from self._verdicts(item, rubric)

    def _verdicts(self, item: Item, rubric: Rubric) -> Iterator[Verdict]:
        started = time.perf_counter()
        try:
            raw = self.function(item)
        except MISTAKES as mistake:
            kind = type(mistake).__name__
            raise JudgeFailed(
                f"judge {self.name!r} broke on item {item.item_id!r}: {kind}: {mistake}"
            ) from mistake
        seconds = time.perf_counter() - started
        for name, opinion in opinions_of(raw, judge=self.name, item=item, rubric=rubric).items():
            if self.spec.answers(name):
                yield self._verdict(item, rubric, name, opinion, seconds)

    def _verdict(self, item: Item, rubric: Rubric, name: str, opinion: Opinion, seconds: float) -> Verdict:
        read = read_answer(rubric.criterion(name), opinion.value)
        observed = read.status == "observed"
        return Verdict(
            item_id=item.item_id,
            judge=self.name,
            criterion=name,
            value=read.value,
            status=read.status,
            confidence=opinion.confidence if observed else None,
            confidence_kind="rule" if observed and opinion.confidence is not None else None,
            raw_value=read.raw,
            rationale=opinion.rationale,
            spec_hash=self.spec.spec_hash,
            cost_usd=0.0,
            latency_seconds=seconds,
        )


def load_code_judge(name: str, spec: JudgeSpec, folder: Path) -> CodeJudge:
    """The judge that runs the function named in `spec.requested`; BadJudge when it cannot be loaded."""
    source = find_source(name, spec.requested, folder)
    function = getattr(_module(name, source), source.function, None)
    if not callable(function):
        raise BadJudge(f"study.toml, [judges.{name}]: {source.path.name} has no function {source.function!r}")
    return CodeJudge(name, spec, function)


def _module(name: str, source: Source) -> ModuleType:
    if source.module is not None:
        return importlib.import_module(source.module)
    own = f"calibrant_judge_{name}"
    found = importlib.util.spec_from_file_location(own, source.path)
    if found is None or found.loader is None:
        raise BadJudge(f"study.toml, [judges.{name}]: {source.path} cannot be loaded as Python")
    module = importlib.util.module_from_spec(found)
    sys.modules[own] = module
    found.loader.exec_module(module)
    return module
