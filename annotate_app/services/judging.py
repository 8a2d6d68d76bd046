"""Running judges over a study's items; refuses to answer twice, or to fit on anything but development."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import perf_counter

from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.asking_items import Watch
from annotate_app.services.judge_identity import NoSuchJudge, asked_judges, definitions
from annotate_app.services.judge_values import JudgeLine, RunOptions, RunSummary, together
from annotate_app.services.model_runs import ASKED, run_asked
from annotate_app.services.panels import decidable, run_members, seated
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.splitting import split_of_items
from annotate_app.store import items as item_store
from annotate_app.store import studies, summaries
from annotate_app.store import verdicts as verdict_store
from annotate_app.store.sql import to_json
from annotate_app.store.studies import JudgeRecord
from annotate_app.study_file import JudgeSection
from calibration.judges.baseline import Example, fit_baseline
from calibration.judges.check_judge import load_check_judge
from calibration.judges.checks.table import is_check
from calibration.judges.code_judge import load_code_judge
from calibration.judges.declared import declared_spec
from calibration.judges.faults import BadJudge, JudgeNotAvailable
from calibration.judges.judge import Judge, JudgeFailed
from calibration.judges.spec import JudgeSpec, requested_of
from calibration.reference import reference
from calibration.splits import DEVELOPMENT, MONITOR, SPLITS
from rubrics.answers import Verdict
from rubrics.items import Item

CANNOT_JUDGE = (BadJudge, JudgeNotAvailable, JudgeFailed, NoSuchJudge)


def judge_spec(desk: Desk, name: str) -> JudgeSpec:
    """The identity of a judge as study.toml and its files ask for it now; one of CANNOT_JUDGE if none."""
    judge_section(desk, name)
    return declared_spec(name, definitions(desk.study_file), folder=desk.folder, rubric=desk.rubric)


def list_judges(desk: Desk, *, role: Role | Holder) -> tuple[JudgeLine, ...]:
    """Every judge of study.toml in its order."""
    require(role, "judges.see")
    return tuple(show_judge(desk, name, role=role) for name in desk.study_file.judges)


def show_judge(desk: Desk, name: str, *, role: Role | Holder) -> JudgeLine:
    """One judge of study.toml with what it has answered so far; `NoSuchJudge` names those there are.

    No role is told the statuses of its verdicts on held-out items.
    """
    require(role, "judges.see")
    section = judge_section(desk, name)
    requested = requested_of(section.ways[section.kind])
    try:
        spec = judge_spec(desk, name)
    except (BadJudge, JudgeNotAvailable) as fault:
        return JudgeLine(name, section.kind, requested, None, 0, (), {}, str(fault))
    with desk.store.reading() as session:
        judge_id = judge_id_of(desk, studies.judges(session, desk.study_id), name)
        if judge_id is None:
            return JudgeLine(name, section.kind, requested, spec.spec_hash, 0, (), {})
        judged = verdict_store.judged_items(session, desk.study_id, judge_id)
        without = None if role is HOLDER else item_store.split_version(session, desk.study_id)
        account = summaries.verdicts(session, judge_id, without)
    return JudgeLine(
        name, section.kind, requested, spec.spec_hash, len(judged), account.models, account.statuses,
        open_statuses=without is not None,
    )  # fmt: skip


def run_judge(
    desk: Desk,
    name: str,
    *,
    split: str | None = None,
    options: RunOptions | None = None,
    watch: Watch | None = None,
    by: str | None = None,
    role: Role | Holder,
) -> RunSummary:
    """Let a judge answer the items (of one split, or as `options` say) that it has not answered yet.

    A model or a program is asked call by call (`model_runs`), and `watch` is told of its progress; all
    verdicts of another judge's run are stored in one transaction. A second run finds nothing to do. Raises
    one of CANNOT_JUDGE.
    """
    require(role, "judges.run")
    options = options or RunOptions(split=split)
    spec = judge_spec(desk, name)
    _enter_run(desk, name, spec, options, by)
    if spec.kind in ASKED:
        return run_asked(desk, name, spec, judge_section(desk, name), options, watch)
    return _run_at_once(desk, name, spec, options)


def _enter_run(desk: Desk, name: str, spec: JudgeSpec, options: RunOptions, by: str | None) -> None:
    """In the log that somebody let the judge answer, before anything is asked."""
    about = {"judge": name, "spec_hash": spec.spec_hash, "split": options.split, "replay": options.replay}
    with desk.store.writing() as session:
        audit.record(session, desk, actor=by, kind="judge.run", detail=about)


def _run_at_once(desk: Desk, name: str, spec: JudgeSpec, options: RunOptions) -> RunSummary:
    """A judge that answers by itself: nothing is asked of anyone, so nothing is worth keeping half done."""
    started = perf_counter()
    splits = split_of_items(desk)
    items = _chosen(_items(desk, options.split), options, splits)
    known = _judged(desk, name, spec)
    todo = [item for item in items if item.item_id not in known][: options.limit]
    if not todo:
        return RunSummary(name, spec.spec_hash, None, 0, len(items), 0, {}, perf_counter() - started, 0.0)
    if spec.kind == "panel":
        run_members(
            desk, name, todo, options, lambda member, left: run_judge(desk, member, options=left, role=HOLDER)
        )
    judge = _judge(desk, name, spec, splits)
    waiting, todo = len(todo), decidable(judge, todo)
    waiting -= len(todo)
    given = [replace(verdict, at=desk.now) for verdict in judge.judge(todo, desk.rubric)]
    new, verdicts = _store(desk, judge, todo, given)
    return RunSummary(
        judge=name,
        spec_hash=spec.spec_hash,
        observed=judge.observed,
        items=new,
        already=sum(item.item_id in known for item in items),
        verdicts=len(verdicts),
        statuses=dict(Counter(verdict.status for verdict in verdicts)),
        seconds=perf_counter() - started,
        cost_usd=together([verdict.cost_usd for verdict in verdicts]),
        waiting=waiting,
        elsewhere=len(todo) - new,
    )


def judge_section(desk: Desk, name: str) -> JudgeSection:
    section = desk.study_file.judges.get(name)
    if section is None:
        names = ", ".join(desk.study_file.judges) or "none"
        raise NoSuchJudge(f"study.toml has no [judges.{name}]; it declares: {names}")
    return section


def _items(desk: Desk, split: str | None) -> list[Item]:
    if split is not None and split not in SPLITS:
        raise BadJudge(f"unknown split {split!r}; there are {', '.join(SPLITS)}")
    with desk.store.reading() as session:
        items = item_store.all_items(session, desk.study_id)
    if split is None:
        return items
    splits = split_of_items(desk)
    return [item for item in items if splits[item.item_id] == split]


def _chosen(items: list[Item], options: RunOptions, splits: Mapping[str, str]) -> list[Item]:
    """The items that are named, or all; production outputs that are monitored are asked by name alone."""
    if not options.items:
        return [item for item in items if splits[item.item_id] != MONITOR]
    known = {item.item_id for item in items}
    unknown = [item_id for item_id in options.items if item_id not in known]
    if unknown:
        where = f"the split {options.split!r}" if options.split else "the study"
        raise BadJudge(f"{where} has no item {unknown[0]!r}")
    return [item for item in items if item.item_id in options.items]


def _judged(desk: Desk, name: str, spec: JudgeSpec) -> frozenset[str]:
    """Ids of the items that this exact judge has answered."""
    with desk.store.reading() as session:
        judge_id = judge_id_of(desk, studies.judges(session, desk.study_id), name)
        if judge_id is None:
            return frozenset()
        return verdict_store.judged_items(session, desk.study_id, judge_id)


def judge_id_of(desk: Desk, known: Sequence[JudgeRecord], name: str) -> int | None:
    """The store's number of the judge that study.toml asks for; None when it has no verdicts."""
    asked = asked_judges(desk).get(name, ())
    return next((j.judge_id for j in reversed(known) if j.name == name and j.spec_hash in asked), None)


def ready_judge(desk: Desk, name: str) -> Judge:
    """A judge that answers by itself, ready to answer items again. Raises one of CANNOT_JUDGE."""
    return _judge(desk, name, judge_spec(desk, name), split_of_items(desk))


# How a judge of each kind that answers by itself is made ready.
Make = Callable[[Desk, str, JudgeSpec, Mapping[str, str]], Judge]


def _judge(desk: Desk, name: str, spec: JudgeSpec, splits: Mapping[str, str]) -> Judge:
    make = _MAKERS.get(spec.kind)
    if make is None:
        raise JudgeNotAvailable(
            f"judge {name!r} is of the kind {spec.kind!r}: its verdicts come from files, "
            "`calibrant import FILE`"
        )
    return make(desk, name, spec, splits)


def _code(desk: Desk, name: str, spec: JudgeSpec, splits: Mapping[str, str]) -> Judge:
    if is_check(spec.requested):
        return load_check_judge(name, spec, desk.folder)
    return load_code_judge(name, spec, desk.folder)


def _baseline(desk: Desk, name: str, spec: JudgeSpec, splits: Mapping[str, str]) -> Judge:
    examples = training_examples(desk, splits)
    if not examples:
        raise BadJudge(f"judge {name!r} learns from development labels, and there is none yet: label some")
    return fit_baseline(name, spec, desk.rubric, examples)


def _panel(desk: Desk, name: str, spec: JudgeSpec, splits: Mapping[str, str]) -> Judge:
    return seated(desk, name, spec)


_MAKERS: Mapping[str, Make] = {"code": _code, "baseline": _baseline, "panel": _panel}


def training_examples(desk: Desk, splits: Mapping[str, str]) -> tuple[Example, ...]:
    """Development items with the raters' reference answers; no other label is read."""
    found = read_ratings(desk, splits=(DEVELOPMENT,), judges=(), probs=False)
    with desk.store.reading() as session:
        items = {item.item_id: item for item in item_store.all_items(session, desk.study_id)}
    examples = []
    for name, criterion in found.criteria.items():
        agreed = reference(criterion)
        categories = criterion.scale.categories
        for k, code in zip(agreed.item.tolist(), agreed.code.tolist(), strict=True):
            item_id = criterion.items[k]
            if code >= 0 and categories and splits[item_id] == DEVELOPMENT:
                examples.append(Example(items[item_id], name, categories[code]))
    return tuple(examples)


def _store(
    desk: Desk, judge: Judge, items: Sequence[Item], verdicts: Sequence[Verdict]
) -> tuple[int, list[Verdict]]:
    """Store the verdicts on items that no run beside this one has answered: how many items, and which."""
    spec = judge.spec
    with desk.store.writing() as session:
        judge_id = studies.register_judge(
            session, desk.study_id, judge.name, spec.spec_hash, at=desk.now, spec=to_json(spec.content)
        )
        before = verdict_store.judged_items(session, desk.study_id, judge_id)
        _refuse_another_fit(judge, summaries.verdicts(session, judge_id).models)
        new = [verdict for verdict in verdicts if verdict.item_id not in before]
        verdict_store.add(session, desk.study_id, judge_id, new)
    return sum(item.item_id not in before for item in items), new


def _refuse_another_fit(judge: Judge, before: tuple[str, ...]) -> None:
    """One spec_hash stands for one judge: a fit on other labels may not add verdicts under it."""
    if judge.observed is not None and before and before != (judge.observed,):
        raise BadJudge(
            f"judge {judge.name!r} was fitted on other labels before ({before[0]}); now it is "
            f"{judge.observed}. To fit it anew as a new judge, raise `fit` in study.toml, "
            f"[judges.{judge.name}.parameters]"
        )
