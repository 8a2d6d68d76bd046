"""What a report tells of judges' calls and probes; refuses whatever a replay of stored runs would change."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services.account_values import JudgeAccount
from annotate_app.services.account_words import latency_words, per_caught_words, tokens_words, usd
from annotate_app.services.accounting import judge_accounts
from annotate_app.services.judging import judge_id_of
from annotate_app.services.probe_values import ProbeResult
from annotate_app.services.rights import HOLDER
from annotate_app.store import probes as probe_store
from annotate_app.store import studies
from calibration.judges.probes.kinds import KINDS
from calibration.report import JudgeTaken, ProbeFacts

CHANGES = ("read",)  # a replay reads stored answers


def judges_taken(desk: Desk) -> tuple[JudgeTaken, ...]:
    """Of every judge of study.toml that has asked somebody."""
    return tuple(_taken(desk, one) for one in judge_accounts(desk, role=HOLDER) if one.asks and one.each)


def newest_probes(desk: Desk, name: str) -> tuple[ProbeResult, ...]:
    """The newest probe of each kind of the exact judge that study.toml asks for."""
    with desk.store.reading() as session:
        judge_id = judge_id_of(desk, studies.judges(session, desk.study_id), name)
        found = probe_store.latest(session, judge_id) if judge_id else []
    results = [ProbeResult.from_json(content) for content in found]
    return tuple(sorted(results, key=lambda result: KINDS.index(result.kind)))


def _taken(desk: Desk, found: JudgeAccount) -> JudgeTaken:
    runs = found.runs
    sentences = (
        f"{runs.calls:,} calls about {runs.items:,} items, {runs.failed:,} failed, {runs.retries:,} tries "
        f"more; {tokens_words(runs)}.",
        f"{usd(runs.cost_usd)} in all, {usd(runs.usd_per_item)} an item; latency {latency_words(runs)}.",
        f"Per caught error: {per_caught_words(found)}.",
    )
    account = {name: value for name, value in runs.as_json().items() if name not in CHANGES}
    account |= {"usd_per_caught_error": found.per_caught.as_json()}
    return JudgeTaken(found.judge, sentences, account, tuple(map(_facts, newest_probes(desk, found.judge))))


def _facts(result: ProbeResult) -> ProbeFacts:
    return ProbeFacts(
        result.kind, result.split, result.items, result.seed, result.at, result.sentences, result.published,
        result.findings,
    )  # fmt: skip
