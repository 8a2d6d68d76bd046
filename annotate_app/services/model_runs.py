"""Makes the judges that are asked call by call ready, and runs them; refuses what would leak or overspend."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

from annotate_app.desk import Desk
from annotate_app.services.asking_items import AskedJudge, Manner, Selection, Watch, ask_items
from annotate_app.services.calling import Client, Limits, Tally
from annotate_app.services.judge_values import CallAccount, RunOptions, RunSummary
from annotate_app.store import items as item_store
from annotate_app.store import waiting
from annotate_app.study_file import JudgeSection
from calibration.judges.command_judge import CommandClient, CommandJudge
from calibration.judges.examples import WorkedExample
from calibration.judges.faults import BadJudge
from calibration.judges.litellm_judge import LitellmClient, Price, check_model, context_window, list_price
from calibration.judges.model_judge import ModelJudge
from calibration.judges.retrying import Patience
from calibration.judges.spec import JudgeSpec, asking_of
from calibration.splits import DEVELOPMENT, SPLITS

ASKED = ("model", "command")


def asked_judge(desk: Desk, name: str, spec: JudgeSpec, section: JudgeSection) -> ModelJudge | CommandJudge:
    """The judge of study.toml with its prompt read; examples from outside development are refused."""
    if spec.kind == "command":
        return CommandJudge.of(name, spec, desk.rubric)
    asking = asking_of(name, section.model_dump(by_alias=True), folder=desk.folder, rubric=desk.rubric)
    _refuse_leaks(desk, name, asking.examples)
    return ModelJudge.of(name, spec, asking)


def _refuse_leaks(desk: Desk, name: str, examples: tuple[WorkedExample, ...]) -> None:
    """Examples are made up or of development; an item of another split would give its answer away."""
    if not examples:
        return
    with desk.store.reading() as session:
        version = item_store.split_version(session, desk.study_id)
        known = item_store.splits_of(
            session, desk.study_id, version,
            ids=[one.item.item_id for one in examples], hashes=[one.item.sha256 for one in examples],
        )  # fmt: skip
    leaked = sorted(item_id for item_id, split in known.items() if split != DEVELOPMENT)
    if leaked:
        raise BadJudge(
            f"study.toml, [judges.{name}] examples: item {leaked[0]!r} is in {known[leaked[0]]!r}; only "
            "items of development may be shown to a judge"
        )


def client_of(desk: Desk, name: str, spec: JudgeSpec, section: JudgeSection, *, check: bool = True) -> Client:
    """Who answers the judge's requests; with `check`, BadJudge for what could not work at all."""
    if spec.kind == "command":
        return CommandClient(desk.folder, section.timeout_seconds, section.usd_per_call)
    if check:
        settings = section.model_dump()
        check_model(
            spec.requested,
            name=name,
            reply=settings["reply"] or "schema",
            logprobs="logprobs" in (settings["confidence"] or ()),
            elsewhere=any(key in spec.parameters for key in ("api_base", "base_url")),
        )
    return LitellmClient(
        spec.requested,
        section.timeout_seconds,
        declared_price(section),
        section.context_window or (context_window(spec.requested) if check else None),
    )


def declared_price(section: JudgeSection) -> Price | None:
    """The price that study.toml declares; None leaves it to the price list."""
    price = section.price
    if price is None:
        return None
    return Price(price.input_per_million / 1e6, price.output_per_million / 1e6)


def run_asked(
    desk: Desk,
    name: str,
    spec: JudgeSpec,
    section: JudgeSection,
    options: RunOptions,
    watch: Watch | None = None,
) -> RunSummary:
    """Let the judge answer, call by call. Raises BadJudge or JudgeFailed."""
    started = perf_counter()
    judge = asked_judge(desk, name, spec, section)
    limits = limits_of(name, spec, section, options)
    client = client_of(desk, name, spec, section, check=not options.replay)
    own = own_examples(judge)
    selection = selection_of(desk, options, own)
    patience = Patience(attempts=section.attempts)
    manner = Manner(section.concurrency, patience, limits, section.redact)
    tally = ask_items(desk, judge, client, selection=selection, manner=manner, watch=watch)
    return _summary(judge, tally, perf_counter() - started, len(own))


def limits_of(name: str, spec: JudgeSpec, section: JudgeSection, options: RunOptions) -> Limits:
    """The budgets of study.toml and of the options, the smaller of each. BadJudge where no price is known."""
    budget = section.budget
    calls = [most for most in (budget.calls, options.calls) if most is not None]
    usd = [most for most in (budget.usd, options.usd) if most is not None]
    if usd and not options.replay and not _price_known(spec, section):
        where = "[judges.NAME.price]" if spec.kind == "model" else "usd_per_call"
        raise BadJudge(
            f"judge {name!r} has a budget in dollars, and the price of {spec.requested} is unknown: give "
            f"it in {where.replace('NAME', name)}, or a budget in calls"
        )
    return Limits(min(calls, default=None), min(usd, default=None), replay=options.replay)


def _price_known(spec: JudgeSpec, section: JudgeSection) -> bool:
    if spec.kind == "command":
        return section.usd_per_call is not None
    return (declared_price(section) or list_price(spec.requested)) is not None


def own_examples(judge: AskedJudge) -> tuple[str, ...]:
    """Items whose answers the judge is shown: it is not asked about them."""
    return tuple(e.item.item_id for e in judge.asking.examples) if isinstance(judge, ModelJudge) else ()


def selection_of(desk: Desk, options: RunOptions, without: tuple[str, ...]) -> Selection:
    """The items that the options name. Raises BadJudge for a split or an item that is not there."""
    if options.split is not None and options.split not in SPLITS:
        raise BadJudge(f"unknown split {options.split!r}; there are {', '.join(SPLITS)}")
    with desk.store.reading() as session:
        version = item_store.split_version(session, desk.study_id)
        unknown = waiting.unknown_ids(session, desk.study_id, options.items)
    if unknown:
        raise BadJudge(f"the study has no item {unknown[0]!r}" + _more(len(unknown) - 1))
    return Selection(
        options.split, version, options.items, options.limit, failed=options.retry_failed, without=without
    )


def _more(n: int) -> str:
    return f" (and {n} more)" if n else ""


def _summary(judge: AskedJudge, tally: Tally, seconds: float, own: int) -> RunSummary:
    account = CallAccount(
        tally.calls, tally.failed, tally.cached, tally.attempts, tally.tokens_in, tally.tokens_out,
        tally.paid_usd, tally.unpriced, tally.not_stored,
    )  # fmt: skip
    statuses: Mapping[str, int] = dict(sorted(tally.statuses.items()))
    return RunSummary(
        judge=judge.name,
        spec_hash=judge.spec.spec_hash,
        observed=", ".join(sorted(tally.models)) or None,
        items=tally.done,
        already=tally.already,
        verdicts=tally.verdicts,
        statuses=statuses,
        seconds=seconds,
        cost_usd=tally.paid_usd,
        account=account,
        stopped=tally.stopped or _missing(tally),
        own_examples=own,
        elsewhere=tally.elsewhere,
    )


def _missing(tally: Tally) -> str | None:
    if not tally.not_stored:
        return None
    return f"{tally.items - tally.done} items need calls that are not stored, and a replay makes none"
