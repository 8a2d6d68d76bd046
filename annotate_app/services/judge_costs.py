"""What a run would take before it is made: calls, tokens, dollars; an unknown price is never nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from annotate_app.desk import Desk
from annotate_app.services.judge_identity import definitions
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.model_runs import ASKED, asked_judge, declared_price, own_examples, selection_of
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.store import calls, studies, waiting
from annotate_app.store.calls import MeanTokens
from annotate_app.study_file import JudgeSection
from calibration.judges.declared import declared_spec, panel_members
from calibration.judges.litellm_judge import Price, count_tokens, list_price
from calibration.judges.model_judge import ModelJudge
from calibration.judges.spec import JudgeSpec
from rubrics.items import Item

SAMPLE, SEED = 100, 20_240_229
# Where nothing was answered yet: a sentence or two and the JSON around them.
TOKENS_OF_A_CRITERION = 80


@dataclass(frozen=True, slots=True)
class Estimated:
    """A run's expected size; dollars None where the price is unknown.

    Tokens are the means of `answered` stored answers of this exact judge. Where there is none, tokens in are
    counted on a random sample of `counted` items, and tokens out are assumed; without any item, dollars per
    item are None too.
    """

    judge: str
    items: int
    calls: int
    stored: int
    tokens_in: float
    tokens_out: float
    counted: int
    answered: int
    usd: float | None
    usd_per_item: float | None

    def usd_per_day(self, volume: int) -> float | None:
        """Dollars for `volume` items a day; None where the price is unknown."""
        return None if self.usd_per_item is None else self.usd_per_item * volume


def estimate_run(
    desk: Desk,
    name: str,
    spec: JudgeSpec,
    section: JudgeSection,
    options: RunOptions,
    *,
    role: Role | Holder,
) -> Estimated:
    """What `run_judge` with these options would take; nothing is asked. Raises BadJudge.

    A panel takes what its members take; a judge that answers by itself makes no call.
    """
    require(role, "judges.run")
    if spec.kind not in ASKED:
        own = Estimated(name, len(_open(desk, name, spec, options, ()).items), 0, 0, 0.0, 0.0, 0, 0, 0.0, 0.0)
        return _with_members(desk, own, options) if spec.kind == "panel" else own
    judge = asked_judge(desk, name, spec, section)
    left = _open(desk, name, spec, options, own_examples(judge))
    items, seen = left.items, left.seen
    if not isinstance(judge, ModelJudge):
        n, each = len(items) * judge.calls_per_item, section.usd_per_call
        usd, of_item = (None, None) if each is None else (n * each, judge.calls_per_item * each)
        return Estimated(name, len(items), n, 0, 0.0, 0.0, 0, 0, usd, of_item)
    return _estimated(desk, judge, items, seen, declared_price(section) or list_price(spec.requested))


@dataclass(frozen=True, slots=True)
class _Open:
    """The items that a run would ask about, and how many answers have how many tokens on average."""

    items: Sequence[Item]
    seen: MeanTokens


def _open(desk: Desk, name: str, spec: JudgeSpec, options: RunOptions, without: tuple[str, ...]) -> _Open:
    selection = selection_of(desk, options, without)
    with desk.store.reading() as session:
        known = {j.spec_hash: j.judge_id for j in studies.judges(session, desk.study_id) if j.name == name}
        judge_id = known.get(spec.spec_hash, 0)
        wanted = waiting.Wanted(
            judge_id, selection.split, selection.split_version, selection.ids, selection.without,
            failed=selection.failed,
        )  # fmt: skip
        items = [item for _, item in waiting.page(session, desk.study_id, wanted, after=-1, limit=2**31)]
        seen = calls.mean_tokens(session, judge_id)
    return _Open(items[: selection.limit], seen)


def _with_members(desk: Desk, panel: Estimated, options: RunOptions) -> Estimated:
    """The panel's items with the calls, tokens and dollars of its members; unknown where a price is."""
    known = definitions(desk.study_file)
    found = [
        estimate_run(desk, member, judge_spec, desk.study_file.judges[member], options, role=HOLDER)
        for member in panel_members(panel.judge, known)
        for judge_spec in (declared_spec(member, known, folder=desk.folder, rubric=desk.rubric),)
    ]
    dollars = [one.usd for one in found]
    of_item = [one.usd_per_item for one in found]
    return replace(
        panel,
        calls=sum(one.calls for one in found),
        stored=sum(one.stored for one in found),
        tokens_in=sum(one.tokens_in for one in found),
        tokens_out=sum(one.tokens_out for one in found),
        counted=max(one.counted for one in found),
        answered=sum(one.answered for one in found),
        usd=None if None in dollars else sum(filter(None, dollars)),
        usd_per_item=None if None in of_item else sum(filter(None, of_item)),
    )


def _estimated(
    desk: Desk, judge: ModelJudge, items: Sequence[Item], seen: MeanTokens, price: Price | None
) -> Estimated:
    keys = [one.key for item in items for unit in judge.briefings for one in judge.requests(item, unit)]
    different = list(dict.fromkeys(keys))  # items with the same texts are one question
    left = len(different) - (stored := stored_calls(desk, different))
    per_item = len(keys) / len(items) if items else float(judge.calls_per_item)
    sample = [] if seen.answers else random.Random(SEED).sample(list(items), min(SAMPLE, len(items)))
    known = seen.answers or sample
    each_in, each_out = _tokens_of_a_call(judge, sample, seen)
    return Estimated(
        judge=judge.name,
        items=len(items),
        calls=left,
        stored=stored,
        tokens_in=left * each_in,
        tokens_out=left * each_out,
        counted=len(sample),
        answered=seen.answers,
        usd=None if price is None else price.of(left * each_in, left * each_out),
        usd_per_item=price.of(per_item * each_in, per_item * each_out) if price and known else None,
    )


def _tokens_of_a_call(judge: ModelJudge, sample: Sequence[Item], seen: MeanTokens) -> tuple[float, float]:
    """Tokens in and out: the means of stored answers; before there is one, counted and assumed."""
    if seen.answers and seen.tokens_in is not None and seen.tokens_out is not None:
        return seen.tokens_in, seen.tokens_out
    counted = [
        count_tokens(judge.asking.model, one.body)
        for item in sample
        for unit in judge.briefings
        for one in judge.requests(item, unit)
    ]
    criteria = fmean([len(unit) for unit in judge.briefings])
    return (fmean(counted) if counted else 0.0), TOKENS_OF_A_CRITERION * criteria


def stored_calls(desk: Desk, keys: Sequence[str]) -> int:
    """How many of the requests have a stored answer."""
    with desk.store.reading() as session:
        return sum(
            len(calls.find(session, desk.study_id, keys[start : start + 500]))
            for start in range(0, len(keys), 500)
        )
