"""What probes would take before they are made: calls, tokens, dollars; asks nobody."""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import fmean

from annotate_app.desk import Desk
from annotate_app.services.judge_costs import SAMPLE, TOKENS_OF_A_CRITERION, stored_calls
from annotate_app.services.judging import judge_section
from annotate_app.services.model_runs import declared_price
from annotate_app.services.probe_values import ProbeCost, ProbeEstimate, ProbeOptions
from annotate_app.services.probing import plans_of
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import calls, studies
from calibration.judges.briefing import Request
from calibration.judges.litellm_judge import count_tokens, list_price
from calibration.judges.model_judge import ModelJudge
from calibration.judges.probes.planning import Probed


def estimate_probes(desk: Desk, name: str, options: ProbeOptions, *, role: Role | Holder) -> ProbeEstimate:
    """What `probe_judge` with these options would take at most. Raises JudgeNotAvailable or BadJudge."""
    require(role, "judges.run")
    judge, plans = plans_of(desk, name, options)
    known: set[str] = set()
    costs, open_requests = [], []
    for made in plans:
        new = {one.key: one for q in made.questions for one in q.requests() if one.key not in known}
        known |= set(new)
        stored = stored_calls(desk, list(new))
        costs.append(ProbeCost(made.kind, len(made.items), len(new) - stored, stored, made.undefined))
        open_requests += list(new.values())
    total = sum(cost.calls for cost in costs)
    if not isinstance(judge, ModelJudge):
        return ProbeEstimate(name, tuple(costs), total, 0.0, 0.0, 0.0)
    tokens_in, tokens_out = _tokens(desk, judge, open_requests, options.seed)
    price = declared_price(judge_section(desk, name)) or list_price(judge.asking.model)
    usd = None if price is None else price.of(tokens_in * total, tokens_out * total)
    return ProbeEstimate(name, tuple(costs), total, tokens_in * total, tokens_out * total, usd)


def _tokens(desk: Desk, judge: Probed, requests: Sequence[Request], seed: int) -> tuple[float, float]:
    """Mean tokens of a request, counted on a random sample, and of an answer, as answers so far were."""
    if not requests:
        return 0.0, 0.0
    drawn = random.Random(seed).sample(list(requests), min(SAMPLE, len(requests)))
    asked = fmean([count_tokens(judge.spec.requested, one.body) for one in drawn])
    criteria = fmean([len(one.criteria) for one in judge.all_briefings])
    with desk.store.reading() as session:
        known = {j.spec_hash: j.judge_id for j in studies.judges(session, desk.study_id)}
        told = calls.mean_tokens(session, known.get(judge.spec.spec_hash, 0)).tokens_out
    return asked, TOKENS_OF_A_CRITERION * criteria if told is None else told
