"""A panel's members: they answer first, then the panel; refuses to decide items that one has not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from annotate_app.desk import Desk
from annotate_app.services.judge_identity import asked_judges, definitions
from annotate_app.services.judge_values import RunOptions, RunSummary
from annotate_app.store import studies
from annotate_app.store import verdicts as verdict_store
from calibration.judges.declared import panel_members
from calibration.judges.faults import BadJudge
from calibration.judges.judge import Judge
from calibration.judges.panel import Panel, PanelSettings
from calibration.judges.spec import JudgeSpec
from rubrics.answers import Verdict
from rubrics.items import Item

Run = Callable[[str, RunOptions], RunSummary]


def run_members(desk: Desk, name: str, items: Sequence[Item], options: RunOptions, run: Run) -> None:
    """Let every member answer what it has not answered of the items; imported verdicts are there or not.

    The members share the run's budget: what one has spent the next ones have less of; when nothing is left
    the others are not asked.
    """
    left = options if options.limit is None else _of_items(options, items)
    for member in panel_members(name, definitions(desk.study_file)):
        if 0 in (left.calls, left.usd):
            return
        if desk.study_file.judges[member].kind != "import":
            left = _less(left, run(member, left))


def _of_items(options: RunOptions, items: Sequence[Item]) -> RunOptions:
    return replace(options, limit=None, items=tuple(item.item_id for item in items))


def _less(options: RunOptions, summary: RunSummary) -> RunOptions:
    """The options with what is left of the budget."""
    calls = 0 if summary.account is None else summary.account.calls
    return replace(
        options,
        calls=None if options.calls is None else max(options.calls - calls, 0),
        usd=None if options.usd is None else max(options.usd - _paid(summary), 0.0),
    )


def _paid(summary: RunSummary) -> float:
    """Dollars of the calls that this run made; a member's stored verdicts cost nothing again."""
    return 0.0 if summary.account is None else summary.account.cost_usd


def seated(desk: Desk, name: str, spec: JudgeSpec) -> Panel:
    """The panel with its members' present verdicts; `ready` are the items that all of them have seen."""
    members = panel_members(name, definitions(desk.study_file))
    given: dict[tuple[str, str], dict[str, Verdict]] = {}
    seen: list[set[str]] = []
    with desk.store.reading() as session:
        present = studies.present_judges(session, desk.study_id, asked_judges(desk))
        for member in members:
            record = present.get(member)
            found = [] if record is None else verdict_store.latest(session, desk.study_id, record.judge_id)
            items = set()
            for verdict in found:
                items.add(verdict.item_id)
                given.setdefault((verdict.item_id, verdict.criterion), {}).setdefault(member, verdict)
            seen.append(items)
    settings = PanelSettings.model_validate(dict(spec.parameters))
    return Panel(name, spec, settings, members, given, frozenset(set.intersection(*seen)))


def decidable(judge: Judge, items: list[Item]) -> list[Item]:
    """The items that the judge can answer now; BadJudge for a panel that has none of them."""
    if not isinstance(judge, Panel):
        return items
    ready = [item for item in items if item.item_id in judge.ready]
    if not ready:
        raise BadJudge(
            f"panel {judge.name!r}: {len(items)} items wait until every member has answered them; imported "
            f"members answer with `calibrant import FILE` (members: {', '.join(judge.members)})"
        )
    return ready
