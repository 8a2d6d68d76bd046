"""Probes a judge on a random sample of open items; stores what it found, and never a verdict."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace

from annotate_app.desk import Desk
from annotate_app.services.asking_items import Manner, Watch, caller_of, end_run, start_run, watched
from annotate_app.services.calling import Caller, Client, Stopped, Tally
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.judging import judge_section, judge_spec
from annotate_app.services.keeping import Keeper, Run
from annotate_app.services.model_runs import ASKED, asked_judge, client_of, limits_of, own_examples
from annotate_app.services.probe_values import ProbeOptions, ProbeResult, ProbeRun
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import items as item_store
from annotate_app.store import probes as probe_store
from annotate_app.store import waiting
from calibration.judges.faults import BadJudge, JudgeNotAvailable
from calibration.judges.judge import JudgeFailed
from calibration.judges.model_judge import all_of
from calibration.judges.probes.findings import findings
from calibration.judges.probes.planning import Plan, Probed, Question, plan
from calibration.judges.retrying import Patience
from calibration.render.probes import published, sentence
from rubrics.answers import Verdict
from rubrics.items import Item

Answered = dict[tuple[str, str], tuple[Verdict, ...]]


def probe_judge(
    desk: Desk,
    name: str,
    options: ProbeOptions | None = None,
    watch: Watch | None = None,
    *,
    role: Role | Holder,
) -> ProbeRun:
    """Make the probes one after the other; each that is whole is stored.

    Answers are kept as those of runs are: what was asked before costs nothing, and a probe that was cut off
    goes on where it was. Raises JudgeNotAvailable for a judge that asks nobody, BadJudge or JudgeFailed.
    """
    require(role, "judges.run")
    options = options or ProbeOptions()
    judge, plans = plans_of(desk, name, options)
    section, spec = judge_section(desk, name), judge.spec
    budget = RunOptions(calls=options.calls, usd=options.usd)
    limits = limits_of(name, spec, section, budget)
    manner = Manner(section.concurrency, Patience(attempts=section.attempts), limits, section.redact)
    client = client_of(desk, name, spec, section)
    briefings = {sha: one for made in plans for sha, one in made.briefings.items()}
    run = start_run(desk, judge, briefings.values(), purpose="probe", options=_recorded(options))
    probing = _Probing(desk, judge, client, run, manner, options, Tally(items=_questions(plans)))
    _ask(probing, plans, watch)
    if probing.tally.broken:
        raise JudgeFailed(
            f"judge {name!r} cannot be probed: {probing.tally.stopped}. What was answered is stored; mend "
            "this and probe again, it goes on where it stopped"
        )
    return ProbeRun(name, spec.spec_hash, tuple(probing.results), probing.tally.stopped)


def _ask(probing: _Probing, plans: tuple[Plan, ...], watch: Watch | None) -> None:
    """Ask all, and note how it ended."""
    outcome = "cut off"
    try:
        asyncio.run(probing.all(plans, watch))
        outcome = probing.tally.stopped or "finished"
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None
    finally:
        end_run(probing.desk, probing.record, probing.tally, outcome)


def plans_of(desk: Desk, name: str, options: ProbeOptions) -> tuple[Probed, tuple[Plan, ...]]:
    """The judge, and the questions of each probe. Raises JudgeNotAvailable or BadJudge."""
    options.check()
    spec = judge_spec(desk, name)
    if spec.kind not in ASKED:
        raise JudgeNotAvailable(
            f"judge {name!r} is of the kind {spec.kind!r}: it asks nobody, so there is nothing to probe"
        )
    judge = asked_judge(desk, name, spec, judge_section(desk, name))
    sample = _sample(desk, options, own_examples(judge))
    made = (plan(kind, judge, sample, seed=options.seed, repeats=options.repeats) for kind in options.kinds)
    return judge, tuple(made)


def _sample(desk: Desk, options: ProbeOptions, without: tuple[str, ...]) -> list[Item]:
    """The first items of the split in an order drawn by the seed: a larger sample holds a smaller one."""
    with desk.store.reading() as session:
        version = item_store.split_version(session, desk.study_id)
        wanted = waiting.Wanted(0, options.split, version, without=without)
        ids = waiting.ids(session, desk.study_id, wanted)
        random.Random(options.seed).shuffle(ids)
        chosen = ids[: options.items]
        if not chosen:
            raise BadJudge(f"the split {options.split!r} has no item to probe with")
        found = waiting.page(
            session, desk.study_id, waiting.Wanted(0, ids=tuple(chosen)), after=-1, limit=len(chosen)
        )
    return [item for _, item in found]


def _questions(plans: tuple[Plan, ...]) -> int:
    return sum(len(made.questions) for made in plans)


def _recorded(options: ProbeOptions) -> Mapping[str, object]:
    return {
        "kinds": list(options.kinds), "split": options.split, "sample": options.items,
        "seed": options.seed, "repeats": options.repeats,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Probing:
    """The asynchronous part: questions side by side, one probe after the other."""

    desk: Desk
    judge: Probed
    client: Client
    record: Run
    manner: Manner
    options: ProbeOptions
    tally: Tally
    results: list[ProbeResult] = field(default_factory=list)

    async def all(self, plans: tuple[Plan, ...], watch: Watch | None) -> None:
        watching = asyncio.create_task(watched(watch, self.tally)) if watch else None
        try:
            async with Keeper(self.desk, self.record) as keeper:
                caller = caller_of(self.desk, self.client, keeper, self.manner, self.tally)
                for made in plans:
                    if self.tally.stopped is None:
                        await self._probe(made, caller)
        finally:
            await self.client.close()
            if watching and watch:
                watching.cancel()
                watch(self.tally)

    async def _probe(self, made: Plan, caller: Caller) -> None:
        before = replace(self.tally)
        room = asyncio.Semaphore(self.manner.concurrency)
        answered: Answered = {}

        async def ask(question: Question) -> None:
            async with room:
                with suppress(Stopped):
                    found = await question.judge.judge_item(
                        question.item, lambda request: caller.ask(question.asked(request))
                    )
                    answered[question.variant, question.item.item_id] = found
                    self.tally.done += 1

        await all_of([ask(question) for question in made.questions])
        if self.tally.stopped is None:
            self.results.append(self._kept(made, answered, before))

    def _kept(self, made: Plan, answered: Answered, before: Tally) -> ProbeResult:
        """What the probe found, stored."""
        result, desk = self._result(made, answered, before), self.desk
        with desk.store.writing() if made.undefined is None else nullcontext() as session:
            if session is not None:
                probe_store.add(
                    session, desk.study_id, self.record.judge_id, made.kind, result.as_json(), at=result.at
                )
        return result

    def _result(self, made: Plan, answered: Answered, before: Tally) -> ProbeResult:
        tally, options = self.tally, self.options
        found = findings(made, self.judge.rubric, answered, seed=options.seed)
        models = {v.reported_model for verdicts in answered.values() for v in verdicts if v.reported_model}
        tally.models |= models
        unpriced = tally.unpriced - before.unpriced
        return ProbeResult(
            kind=made.kind,
            judge=self.judge.name,
            spec_hash=self.judge.spec.spec_hash,
            split=options.split,
            seed=options.seed,
            sample=options.items,
            items=len(made.items),
            repeats=options.repeats,
            calls=tally.calls - before.calls,
            failed=tally.failed - before.failed,
            read=tally.cached - before.cached,
            tokens_in=tally.tokens_in - before.tokens_in,
            tokens_out=tally.tokens_out - before.tokens_out,
            cost_usd=None if unpriced else tally.paid_usd - before.paid_usd,
            models=tuple(sorted(models)),
            findings=tuple(one.as_json() | {"sentence": sentence(made.kind, one)} for one in found),
            published=published(made.kind),
            undefined=made.undefined,
            at=self.desk.now,
        )
