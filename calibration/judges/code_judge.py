"""A judge that is a Python function: item in, answers by criterion out; its files' hash is its identity."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from calibration.judges.faults import BadJudge
from calibration.judges.judge import MISTAKES, JudgeFailed, Opinion, opinions_of, read_answer
from calibration.judges.sources import Source, find_source, source_files
from calibration.judges.spec import JudgeSpec
from rubrics.answers import Verdict
from rubrics.items import Item
from rubrics.rubric import Rubric

Function = Callable[[Item], object]
OWN = "__calibrant_judge__"  # marks modules of study folders: the next judge reads them anew


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
    with _importable(name, source):
        try:
            found.loader.exec_module(module)
        except ImportError as error:
            raise BadJudge(
                f"study.toml, [judges.{name}]: {source.path.name} cannot be imported: {error}"
            ) from error
    return module


@contextmanager
def _importable(name: str, source: Source) -> Iterator[None]:
    """The study's folders stand last among those that are searched, so that nothing of others is hidden.

    Modules of studies are read anew for each judge, those that a function imports later included. No bytecode
    is written: a file changed twice within a second must not be taken for the older one.
    """
    files = source_files(name, source)
    path, without = list(sys.path), sys.dont_write_bytecode
    for module in [m for m, loaded in sys.modules.items() if hasattr(loaded, OWN)]:
        del sys.modules[module]
    importlib.invalidate_caches()
    before = frozenset(sys.modules)
    sys.path += [str(root) for root in source.roots]
    sys.dont_write_bytecode = True
    try:
        _refuse_taken_names(name, files)
        yield
        for module in filter(None, files):
            with suppress(ImportError):  # the function that imports it says so when it is called
                importlib.import_module(module)
    finally:
        for module in (files.keys() - before) & sys.modules.keys():
            setattr(sys.modules[module], OWN, True)
        sys.path[:], sys.dont_write_bytecode = path, without


def _refuse_taken_names(name: str, files: Mapping[str, Path]) -> None:
    """The names of the study's modules must lead to its files, which the identity covers."""
    for module, path in files.items():
        found = importlib.util.find_spec(module) if module and "." not in module else None
        if found is not None and found.origin is not None and Path(found.origin).resolve() != path:
            raise BadJudge(
                f"study.toml, [judges.{name}]: `import {module}` finds {found.origin}, not {path.name} of "
                "the study folder: give the file another name"
            )
