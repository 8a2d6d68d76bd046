"""Asks a judge again about items that it has answered; its verdicts stay as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from annotate_app.desk import Desk
from annotate_app.services.asking_items import Manner, caller_of, end_run, start_run
from annotate_app.services.calling import Caller, Client, Stopped, Tally
from annotate_app.services.judge_identity import definitions
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.judging import judge_section, judge_spec, ready_judge
from annotate_app.services.keeping import Keeper, Run
from annotate_app.services.model_runs import ASKED, asked_judge, client_of, limits_of
from calibration.judges.declared import panel_members
from calibration.judges.faults import JudgeNotAvailable
from calibration.judges.judge import JudgeFailed
from calibration.judges.model_judge import all_of
from calibration.judges.panel import Panel, PanelSettings
from calibration.judges.probes.planning import Probed
from calibration.judges.retrying import Patience
from calibration.judges.spec import JudgeSpec
from rubrics.answers import Verdict
from rubrics.items import Item

SHIFT = 1_000  # replicates of one draw; an answer to a later draw is a new one, and the same draw's is stored


@dataclass(frozen=True, slots=True)
class Draw:
    """An item to be judged again; steps count a judge's draws, from 1."""

    step: int
    item: Item


Again = Mapping[int, tuple[Verdict, ...]]  # by step


def judge_again(desk: Desk, name: str, draws: Sequence[Draw]) -> Again:
    """The verdicts that the judge gives now, by step; fewer than asked for where a budget ended.

    Answers of models and programs are stored as those of runs are: a run that was cut off goes on where it
    was. Raises one of CANNOT_JUDGE; an imported judge cannot be asked.
    """
    spec = judge_spec(desk, name)
    if not draws:
        return {}
    if spec.kind == "import":
        raise JudgeNotAvailable(
            f"judge {name!r} is imported: it cannot be asked again, so a change of it would go unseen"
        )
    if spec.kind in ASKED:
        return _asked(desk, name, spec, draws)
    if spec.kind == "panel":
        return _panel(desk, name, spec, draws)
    judge = ready_judge(desk, name)
    return {draw.step: tuple(judge.judge([draw.item], desk.rubric)) for draw in draws}


def _panel(desk: Desk, name: str, spec: JudgeSpec, draws: Sequence[Draw]) -> Again:
    """Every member again, then their vote; a draw that one member has not answered is left for later."""
    members = panel_members(name, definitions(desk.study_file))
    given = {member: judge_again(desk, member, draws) for member in members}
    settings = PanelSettings.model_validate(dict(spec.parameters))
    found = {}
    for draw in draws:
        if all(draw.step in again for again in given.values()):
            votes: dict[tuple[str, str], dict[str, Verdict]] = {}
            for member, again in given.items():
                for verdict in again[draw.step]:
                    votes.setdefault((verdict.item_id, verdict.criterion), {})[member] = verdict
            panel = Panel(name, spec, settings, members, votes, frozenset({draw.item.item_id}))
            found[draw.step] = tuple(panel.judge([draw.item], desk.rubric))
    return found


def _asked(desk: Desk, name: str, spec: JudgeSpec, draws: Sequence[Draw]) -> Again:
    section = judge_section(desk, name)
    judge = asked_judge(desk, name, spec, section)
    limits = limits_of(name, spec, section, RunOptions())
    manner = Manner(section.concurrency, Patience(attempts=section.attempts), limits, section.redact)
    client = client_of(desk, name, spec, section)
    options = {"first": draws[0].step, "last": draws[-1].step}
    run = start_run(desk, judge, judge.all_briefings, purpose="anchor", options=options)
    asking = _Asking(desk, judge, client, run, manner, Tally(items=len(draws)))
    outcome = "cut off"
    try:
        asyncio.run(asking.all(draws))
        outcome = asking.tally.stopped or "finished"
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None
    finally:
        end_run(desk, run, asking.tally, outcome)
    if asking.tally.broken:
        raise JudgeFailed(
            f"judge {name!r} cannot be asked again: {asking.tally.stopped}. What was answered is stored"
        )
    return asking.found


@dataclass(frozen=True, slots=True)
class _Asking:
    """The asynchronous part: all draws side by side."""

    desk: Desk
    judge: Probed
    client: Client
    record: Run
    manner: Manner
    tally: Tally
    found: dict[int, tuple[Verdict, ...]] = field(default_factory=dict)

    async def all(self, draws: Sequence[Draw]) -> None:
        room = asyncio.Semaphore(self.manner.concurrency)
        try:
            async with Keeper(self.desk, self.record) as keeper:
                caller = caller_of(self.desk, self.client, keeper, self.manner, self.tally)
                await all_of([self._one(draw, caller, room) for draw in draws])
        finally:
            await self.client.close()

    async def _one(self, draw: Draw, caller: Caller, room: asyncio.Semaphore) -> None:
        async with room:
            with suppress(Stopped):
                self.found[draw.step] = await self.judge.judge_item(
                    draw.item,
                    lambda request: caller.ask(
                        replace(request, replicate=request.replicate + SHIFT * draw.step)
                    ),
                )
                self.tally.done += 1
