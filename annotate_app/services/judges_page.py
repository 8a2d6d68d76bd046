"""What the Judges page may show to whom: aggregates of open splits, for engineers and owners alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from annotate_app.desk import Desk
from annotate_app.services.account_values import JudgeAccount
from annotate_app.services.accounting import judge_accounts
from annotate_app.services.calibrating import open_split, trivial_bars
from annotate_app.services.judge_facts import newest_probes
from annotate_app.services.judge_prompts import requests_about
from annotate_app.services.judge_values import JudgeLine
from annotate_app.services.judging import (
    CANNOT_JUDGE,
    judge_section,
    judge_spec,
    list_judges,
    show_judge,
)
from annotate_app.services.labelling_values import UnknownItem
from annotate_app.services.model_runs import ASKED, asked_judge
from annotate_app.services.overseeing import list_items
from annotate_app.services.probe_values import ProbeResult
from annotate_app.services.rights import AGGREGATES_OF, HOLDER, Role, allowed, refusal, require
from calibration.agreement import Options, measure
from calibration.judges.model_judge import ModelJudge
from calibration.render.words import headline_names
from calibration.splits import DEVELOPMENT
from calibration.stats.estimate import Estimate, Result


@dataclass(frozen=True, slots=True)
class Standing:
    """One judge on one criterion of the split: the headline coefficient, and whether it clears the bar."""

    judge: str
    criterion: str
    coefficient: str
    estimate: Result
    bar: str

    @property
    def no_interval(self) -> str:
        """Why the estimate has no interval; empty where it has one, or is undefined itself."""
        return (self.estimate.interval_undefined or "") if isinstance(self.estimate, Estimate) else ""


@dataclass(frozen=True, slots=True)
class Overview:
    """Every judge beside the others; `withheld` says why a role sees none of it."""

    withheld: str = ""
    judges: tuple[JudgeLine, ...] = ()
    accounts: Mapping[str, JudgeAccount] = field(default_factory=dict)
    confidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Details:
    """One judge: who it is as study.toml asks, what it is told, what moves it."""

    line: JudgeLine
    spec: tuple[tuple[str, str], ...]
    instructions: tuple[str, ...]
    probes: tuple[ProbeResult, ...]
    asks: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One request as it is sent: its messages by role, and the rest as JSON; or why there is none."""

    messages: tuple[tuple[str, str], ...] = ()
    rest: str = ""
    fault: str = ""


def overview(desk: Desk, *, role: Role) -> Overview:
    """The judges of study.toml with what they took, for a role that may see them."""
    if not allowed(role, "judges.see"):
        return Overview(withheld=refusal("judges.see"))
    lines = list_judges(desk, role=HOLDER)
    sources = {name: ", ".join(section.confidence or ()) for name, section in desk.study_file.judges.items()}
    return Overview(
        judges=lines,
        accounts={one.judge: one for one in judge_accounts(desk, role=HOLDER)},
        confidence=sources,
    )


def standings(desk: Desk, *, role: Role, split: str) -> tuple[Standing, ...]:
    """Agreement of every judge with the reference on an open split; nothing for others, or of held-out."""
    if not allowed(role, "judges.see") or split not in AGGREGATES_OF[role]:
        return ()
    if (part := open_split(desk, split)) is None:
        return ()
    bars = trivial_bars(desk, part)
    found = []
    for name, criterion in measure(part.reweighted, Options()).criteria.items():
        coefficient = headline_names(criterion.scale.kind)[0]
        for judge, agreement in criterion.judges.items():
            bar = bars.get(name, {}).get(judge)
            estimate = agreement.estimates.get(coefficient)
            if estimate is not None:
                outcome = "" if bar is None else bar.outcome
                found.append(Standing(judge, name, coefficient, estimate, outcome))
    return tuple(sorted(found, key=lambda one: one.criterion))


def former(found: Overview, shown: tuple[Standing, ...]) -> tuple[str, ...]:
    """A sentence about each judge whose verdicts are those of an earlier self."""
    silent = {line.name for line in found.judges if not line.items_judged}
    names = dict.fromkeys(one.judge for one in shown if one.judge in silent)
    return tuple(
        f"{name}: these verdicts are of the judge that had this name before; as study.toml asks for it now "
        "it has not answered anything."
        for name in names
    )


def details(desk: Desk, name: str, *, role: Role) -> Details:
    """One judge. Raises NotVisible or NoSuchJudge."""
    require(role, "judges.see")
    line, section = show_judge(desk, name, role=HOLDER), judge_section(desk, name)
    return Details(
        line=line,
        spec=_spec(desk, name) if line.fault is None else (),
        instructions=_instructions(desk, name) if line.fault is None else (),
        probes=newest_probes(desk, name),
        asks=section.kind in ASKED,
    )


def told(desk: Desk, name: str, item_id: str, *, role: Role) -> tuple[Told, ...]:
    """The exact requests about an item of development. Raises NotVisible."""
    require(role, "judges.see")
    try:
        requests = requests_about(desk, name, item_id, role=HOLDER)
    except (*CANNOT_JUDGE, UnknownItem) as fault:
        return (Told(fault=str(fault)),)
    return tuple(_told(one.body) for one in requests)


def first_item(desk: Desk, *, role: Role) -> str:
    """An item whose prompt may be shown; empty where development has none."""
    require(role, "judges.see")
    found = list_items(desk, role=role, split=DEVELOPMENT, per_page=1).items
    return found[0].item_id if found else ""


def _told(body: Mapping[str, object]) -> Told:
    messages: object = body["messages"]
    given = tuple((str(m["role"]), str(m["content"])) for m in messages)  # type: ignore[attr-defined]
    rest = {name: value for name, value in body.items() if name != "messages"}
    return Told(given, json.dumps(rest, indent=2, ensure_ascii=False))


def _spec(desk: Desk, name: str) -> tuple[tuple[str, str], ...]:
    """The identity, field by field."""
    content = judge_spec(desk, name).content
    return tuple(
        (field, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for field, value in content.items()
    )


def _instructions(desk: Desk, name: str) -> tuple[str, ...]:
    """What a model is told before any item; nothing for other judges."""
    spec = judge_spec(desk, name)
    if spec.kind != "model":
        return ()
    try:
        judge = asked_judge(desk, name, spec, judge_section(desk, name))
    except CANNOT_JUDGE:  # the fault is said where it is run
        return ()
    if not isinstance(judge, ModelJudge):
        return ()
    return tuple(briefing.messages[0]["content"] for briefing in judge.all_briefings)
