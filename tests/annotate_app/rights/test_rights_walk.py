"""Role by role through every guarded service: what is allowed works, the rest is refused and says nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import cast

import pytest
from doors_used import GUARDED, action_of
from marked_study import Marked, make_marked, mark, write

from annotate_app.services import (
    accounting,
    adjudicating,
    agreeing,
    audit,
    calibrating,
    certifying,
    comparing,
    comparing_systems,
    deciding,
    declaring,
    describing,
    erasing,
    estimating,
    exporting,
    failures,
    gold,
    importing,
    inviting,
    judge_costs,
    judge_jobs,
    judge_prompts,
    judges_page,
    judging,
    labelling,
    looking_ahead,
    monitoring,
    overseeing,
    own_work,
    people,
    periodic,
    pilots,
    planting,
    probe_costs,
    probing,
    questions,
    rater_quality,
    reading_back,
    recomputing,
    relabelling,
    replaying,
    restoring,
    retaining,
    splitting,
    staging,
    studies,
    summing_up,
    targeting,
    training,
    triaging,
    uploading,
    vault,
    verifying,
    wave_planning,
    wave_progress,
    waves_page,
)  # fmt: skip
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.labelling import Submission
from annotate_app.services.period_facts import spent
from annotate_app.services.probe_values import ProbeOptions
from annotate_app.services.rights import HOLDER, RIGHTS, ROLES, NotAllowed, NotVisible, Role
from annotate_app.store import studies as study_store
from annotate_app.store import verdicts as verdict_store
from calibration.quality import Question
from calibration.readers import Mapping as Renames
from calibration.splits import DEVELOPMENT, HELD_OUT, SPLITS, VALIDATION
from calibration.triage.design import Design
from rubrics.answers import Answer, Verdict, VerdictStatus

Act = Callable[[Marked, Role], object]
_fresh = itertools.count()
CAUSE = triaging.CAUSES[0]


def dev(study: Marked) -> str:
    return study.items[DEVELOPMENT][2]


def disputed(study: Marked, split: str) -> str:
    """An item on which ada and bob differ."""
    return [item for item in study.items[split] if int(item[3:]) % 6 == 0][-1]


def new_folder(study: Marked) -> Path:
    return study.desk.folder / f"out-{next(_fresh)}"


def exported(study: Marked, role: Role, form: str = "native") -> str:
    """All that an export wrote, in one text."""
    folder = new_folder(study)
    exporting.export(study.desk, folder, exporting.Wanted(form), role=role)
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*")) if file.is_file())


def of_every_split(study: Marked, act: Callable[[str], object]) -> list[object]:
    """What is given for an item of each split; what is refused of it, as words."""
    found: list[object] = []
    for split in SPLITS:
        try:
            found.append(act(study.items[split][3]))
        except NotAllowed:
            raise
        except (NotVisible, ValueError, LookupError) as refusal:
            found.append(str(refusal))
    return found


def labels_file(study: Marked, split: str) -> Path:
    item = study.items[split][0]
    row: dict[str, object] = {"item_id": item, "rater": "ada", "criterion": "grounded", "value": "yes"}
    return write(study.desk.folder / "more-labels.jsonl", [row])


def mine(study: Marked) -> uploading.Upload:
    return uploading.Upload("more.jsonl", labels_file(study, HELD_OUT).read_bytes())


def told_requests(study: Marked, role: Role) -> object:
    return of_every_split(
        study, lambda item: judge_prompts.requests_about(study.desk, "rules", item, role=role)
    )


def examples(study: Marked, role: Role) -> str:
    path = study.desk.folder / f"examples-{next(_fresh)}.jsonl"
    judge_prompts.write_examples(study.desk, "rules", path, count=20, seed=1, role=role)
    return path.read_text(encoding="utf-8")


def replayed(study: Marked, role: Role) -> object:
    desk = study.desk
    spec, section = judging.judge_spec(desk, "rules"), judging.judge_section(desk, "rules")
    return replaying.replay(desk, "rules", spec, section, RunOptions(), role=role)


def costs(study: Marked, role: Role) -> object:
    desk = study.desk
    spec, section = judging.judge_spec(desk, "rules"), judging.judge_section(desk, "rules")
    return judge_costs.estimate_run(desk, "rules", spec, section, RunOptions(), role=role)


def report_texts(study: Marked, role: Role) -> object:
    number = periodic.make_report(study.desk, role=role)
    return asdict(periodic.stored_texts(study.desk, number, role=role))


def kept_report(study: Marked, role: Role) -> object:
    period = periodic.build_period(study.desk, role=HOLDER)
    return periodic.keep(study.desk, period, periodic.texts(period), role=role)


def own_answers(study: Marked) -> labelling.Submission:
    item, key = study.items[HELD_OUT][1], f"changed-{next(_fresh)}"
    return labelling.Submission(key, item, "ada", (Answer("grounded", "yes"),), reason="seen anew")


def mode(study: Marked) -> str:
    name = f"mode_{next(_fresh)}"
    failures.define(
        study.desk, name, description="d", severity="major", visibility="loud", by="eva", role=HOLDER
    )
    return name


def closed_wave(study: Marked) -> str:
    return targeting.draw_wave(study.desk, Design("random", 3), split=DEVELOPMENT, role=HOLDER).name


# Of every guarded service one use; what it returns is searched for marks.
WALK: Mapping[str, Act] = {
    "accounting.judge_account": lambda s, r: accounting.judge_account(s.desk, "rules", role=r),
    "accounting.judge_accounts": lambda s, r: accounting.judge_accounts(s.desk, role=r),
    "adjudicating.detail": lambda s, r: adjudicating.detail(
        s.desk, disputed(s, HELD_OUT), "grounded", role=r, lead="lea"
    ),
    "adjudicating.disputed": lambda s, r: adjudicating.disputed(s.desk, role=r),
    "agreeing.agreement_page": lambda s, r: [
        agreeing.agreement_page(s.desk, role=r, split=split) for split in SPLITS
    ],
    "agreeing.criteria_shown": lambda s, r: [
        agreeing.criteria_shown(s.desk, role=r, split=split) for split in SPLITS
    ],
    "audit.entries": lambda s, r: audit.entries(s.desk, role=r),
    "audit.every": lambda s, r: audit.every(s.desk, role=r),
    "audit.kinds": lambda s, r: audit.kinds(s.desk, role=r),
    "audit.verify": lambda s, r: audit.verify(s.desk, role=r),
    "calibrating.build_report": lambda s, r: calibrating.build_report(s.desk, role=r).as_json(),
    "certifying.certify": lambda s, r: certifying.certify(s.desk, "rules", by="eva", role=r),
    "certifying.plan_look": lambda s, r: certifying.plan_look(s.desk, "rules", role=r),
    "comparing.compare_judges": lambda s, r: [
        comparing.compare_judges(s.desk, "rules", "other", split=split, role=r).as_json()
        for split in (None, DEVELOPMENT, VALIDATION)
    ],
    "comparing_systems.compare_systems": lambda s, r: comparing_systems.compare_systems(
        s.desk, "v1", "v2", role=r
    ),
    "deciding.decide": lambda s, r: deciding.decide(
        s.desk, disputed(s, VALIDATION), "grounded", "yes", reason="seen", lead="lea", role=r
    ),
    "deciding.send_back": lambda s, r: deciding.send_back(
        s.desk, disputed(s, HELD_OUT), "grounded", note="look again", lead="lea", role=r
    ),
    "deciding.show_names": lambda s, r: deciding.show_names(
        s.desk, disputed(s, HELD_OUT), lead="lea", role=r
    ),
    "deciding.undo": lambda s, r: deciding.undo(
        s.desk, disputed(s, VALIDATION), "grounded", reason="mistaken", lead="lea", role=r
    ),
    "declaring.declare": lambda s, r: declaring.declare(s.desk, "other", 20, by="eva", role=r),
    "declaring.plan_status": lambda s, r: declaring.plan_status(s.desk, "other", role=r),
    "declaring.plan_statuses": lambda s, r: declaring.plan_statuses(s.desk, role=r),
    "describing.describe": lambda s, r: [
        describing.describe(s.desk, "grounded", role=r, split=split) for split in SPLITS
    ],
    "estimating.study_quality": lambda s, r: estimating.study_quality(
        s.desk, Question(("yes",), "rules"), split=VALIDATION, role=r
    ).quality.as_json(),
    "exporting.export": lambda s, r: [
        exported(s, r, form) for form in ("native", "wide", "inspect", "argilla")
    ],
    "failures.define": lambda s, r: failures.define(
        s.desk, f"mode_{next(_fresh)}", description="d", severity="major", visibility="loud", by="eva", role=r
    ),
    "failures.failure_page": lambda s, r: failures.failure_page(s.desk, role=r),
    "failures.merge": lambda s, r: failures.merge(s.desk, mode(s), "invented_source", by="eva", role=r),
    "failures.rename": lambda s, r: failures.rename(
        s.desk, mode(s), f"mode_{next(_fresh)}", by="eva", role=r
    ),
    "failures.tag_items": lambda s, r: of_every_split(
        s, lambda item: failures.tag_items(s.desk, [item], "invented_source", by="e", role=r)
    ),
    "failures.undo": lambda s, r: failures.undo(s.desk, 1, by="eva", role=r),
    "gold.add_gold": lambda s, r: gold.add_gold(s.desk, [s.desk.folder / "gold.jsonl"], role=r),
    "importing.import_files": lambda s, r: importing.import_files(
        s.desk, [s.desk.folder / "items.jsonl"], dry=True, role=r
    ),
    "judge_costs.estimate_run": costs,
    "judge_jobs.begin": lambda s, r: judge_jobs.begin(
        s.desk, "rules", RunOptions(limit=1), estimate=True, role=r
    ),
    "judge_jobs.job_of": lambda s, r: judge_jobs.job_of(s.desk, "rules", role=r),
    "judge_prompts.requests_about": told_requests,
    "judge_prompts.stored_answers": lambda s, r: judge_prompts.stored_answers(s.desk, (), role=r),
    "judge_prompts.write_examples": examples,
    "judges_page.details": lambda s, r: judges_page.details(s.desk, "rules", role=r),
    "judges_page.first_item": lambda s, r: judges_page.first_item(s.desk, role=r),
    "judges_page.overview": lambda s, r: judges_page.overview(s.desk, role=r),
    "judges_page.standings": lambda s, r: [
        judges_page.standings(s.desk, role=r, split=split) for split in SPLITS
    ],
    "judges_page.told": lambda s, r: of_every_split(
        s, lambda item: judges_page.told(s.desk, "rules", item, role=r)
    ),
    "judging.list_judges": lambda s, r: judging.list_judges(s.desk, role=r),
    "judging.run_judge": lambda s, r: judging.run_judge(
        s.desk, "rules", options=RunOptions(items=(s.items[HELD_OUT][0],)), role=r
    ),
    "judging.show_judge": lambda s, r: judging.show_judge(s.desk, "rules", role=r),
    "looking_ahead.look_ahead": lambda s, r: looking_ahead.look_ahead(s.desk, "rules", role=r),
    "looking_ahead.plan_page": lambda s, r: looking_ahead.plan_page(s.desk, role=r),
    "looking_ahead.start": lambda s, r: looking_ahead.start(s.desk, "other", 20, role=r, by="eva"),
    "looking_ahead.take": lambda s, r: looking_ahead.take(s.desk, "other", role=r, by="eva"),
    "monitoring.monitor": lambda s, r: monitoring.monitor(s.desk, (), judge="rules", role=r),
    "monitoring.monitor_status": lambda s, r: monitoring.monitor_status(s.desk, role=r),
    "monitoring.restart": lambda s, r: monitoring.restart(s.desk, by="eva", reason="anew", role=r),
    "own_work.change": lambda s, r: own_work.change(s.desk, own_answers(s), role=r),
    "own_work.of_item": lambda s, r: own_work.of_item(s.desk, "ada", s.items[HELD_OUT][0], role=r),
    "own_work.page": lambda s, r: own_work.page(s.desk, "ada", role=r),
    "overseeing.item_detail": lambda s, r: of_every_split(
        s, lambda item: overseeing.item_detail(s.desk, item, role=r, rater="ada" if r == "rater" else None)
    ),
    "overseeing.list_items": lambda s, r: [
        overseeing.list_items(s.desk, role=r, rater="ada", text=found, per_page=100)
        for found in (None, "mark-")
    ],
    "summing_up.study_summary": lambda s, r: summing_up.study_summary(s.desk, role=r).as_json(),
    "periodic.build_period": lambda s, r: asdict(periodic.texts(periodic.build_period(s.desk, role=r))),
    "periodic.keep": kept_report,
    "periodic.make_report": report_texts,
    "periodic.report_page": lambda s, r: periodic.report_page(s.desk, role=r),
    "periodic.stored_texts": report_texts,
    "pilots.best_pilot": lambda s, r: pilots.best_pilot(s.desk, role=r),
    "pilots.caution": lambda s, r: pilots.caution(s.desk, Design("random", 5), DEVELOPMENT, role=r),
    "pilots.pilot": lambda s, r: pilots.pilot(s.desk, VALIDATION, role=r),
    "planting.add_planted": lambda s, r: planting.add_planted(
        s.desk, [s.desk.folder / "planted.jsonl"], role=r
    ),
    "planting.list_planted": lambda s, r: planting.list_planted(s.desk, role=r),
    "planting.retire": lambda s, r: planting.retire(
        s.desk, planting.list_planted(s.desk, role=HOLDER)[0].item_id, actor="lea", reason="known", role=r
    ),
    "probe_costs.estimate_probes": lambda s, r: probe_costs.estimate_probes(
        s.desk, "rules", ProbeOptions(), role=r
    ),
    "probing.probe_judge": lambda s, r: probing.probe_judge(s.desk, "rules", ProbeOptions(items=1), role=r),
    "questions.answer": lambda s, r: questions.answer(s.desk, 1, "yes", lead="lea", role=r),
    "questions.close": lambda s, r: questions.close(s.desk, 1, lead="lea", role=r),
    "questions.publish": lambda s, r: questions.publish(s.desk, 1, "read so", lead="lea", role=r),
    "questions.threads": lambda s, r: questions.threads(s.desk, role=r),
    "rater_quality.raters_page": lambda s, r: rater_quality.raters_page(s.desk, role=r),
    "recomputing.check_certificate": lambda s, r: recomputing.check_certificate(
        s.desk, s.desk.folder / "certificates" / "rules.json", role=r
    ),
    "relabelling.draw_relabel_wave": lambda s, r: relabelling.draw_relabel_wave(
        s.desk, judge="rules", criterion="grounded", n=4, role=r
    ),
    "relabelling.relabelled": lambda s, r: relabelling.relabelled(s.desk, role=r),
    "replaying.replay": replayed,
    "restoring.restore": lambda s, r: restoring.restore(s.desk, "rules", role=r),
    "splitting.freeze_split": lambda s, r: splitting.freeze_split(s.desk, role=r),
    "splitting.split_diff": lambda s, r: splitting.split_diff(s.desk, 1, 1, role=r),
    "splitting.split_summary": lambda s, r: splitting.split_summary(s.desk, role=r),
    "staging.abandon": lambda s, r: staging.abandon(s.desk, "other", by="eva", reason="enough", role=r),
    "staging.advance": lambda s, r: staging.advance(s.desk, "other", by="eva", role=r),
    "staging.open_plan": lambda s, r: staging.open_plan(s.desk, "rules", role=r),
    "studies.list_studies": lambda s, r: studies.list_studies(s.desk, role=r),
    "targeting.draw_wave": lambda s, r: targeting.draw_wave(
        s.desk, Design("random", 3), split=HELD_OUT, role=r
    ),
    "targeting.list_waves": lambda s, r: targeting.list_waves(s.desk, role=r),
    "training.items_with_gold": lambda s, r: training.items_with_gold(s.desk, role=r),
    "training.overview": lambda s, r: training.overview(s.desk, role=r),
    "triaging.cause_table": lambda s, r: triaging.cause_table(s.desk, role=r),
    "triaging.disagreements": lambda s, r: triaging.disagreements(s.desk, role=r),
    "triaging.tag": lambda s, r: of_every_split(
        s,
        lambda item: triaging.tag(s.desk, item, "grounded", "rules", CAUSE, note="", by="eva", role=r),
    ),
    "uploading.bring_in": lambda s, r: uploading.bring_in(s.desk, mine(s), Renames(), dry=True, role=r),
    "vault.open_vault": lambda s, r: vault.open_vault(s.desk, by="olga", reason="", role=r),
    "vault.vault_status": lambda s, r: vault.vault_status(s.desk, role=r),
    "verifying.verify_study": lambda s, r: verifying.verify_study(s.desk, role=r),
    "wave_planning.plan_wave": lambda s, r: wave_planning.plan_wave(
        s.desk, Design("random", 5), split=HELD_OUT, role=r
    ),
    "wave_progress.close_wave": lambda s, r: wave_progress.close_wave(s.desk, closed_wave(s), role=r),
    "wave_progress.standing": lambda s, r: wave_progress.standing(s.desk, "wave-1", role=r),
    "wave_progress.totals": lambda s, r: wave_progress.totals(s.desk, role=r),
    "waves_page.close": lambda s, r: waves_page.close(s.desk, closed_wave(s), role=r),
    "waves_page.draw": lambda s, r: waves_page.draw(s.desk, Design("random", 3), split=DEVELOPMENT, role=r),
    "waves_page.plan": lambda s, r: waves_page.plan(
        s.desk, Design("random", 5), split=HELD_OUT, judge=None, role=r
    ),
    "waves_page.standing": lambda s, r: waves_page.standing(s.desk, "wave-1", role=r),
    "waves_page.waves_page": lambda s, r: waves_page.waves_page(s.desk, role=r),
}
# They change people, or the whole study: here only their refusals are walked, their own tests do the rest.
WALK_REFUSED: Mapping[str, Act] = {
    "erasing.erase": lambda s, r: erasing.erase(s.desk, "ada", by="eva", role=r, reason="asked"),
    "erasing.finish": lambda s, r: erasing.finish(s.desk, role=r),
    "erasing.named_at": lambda s, r: erasing.named_at(s.desk, "ada", role=r),
    "inviting.invite": lambda s, r: inviting.invite(s.desk, ["owner"], by="eva", role=r),
    "inviting.listing": lambda s, r: inviting.listing(s.desk, role=r),
    "inviting.reset": lambda s, r: inviting.reset(s.desk, "olga", by="eva", role=r),
    "inviting.revoke": lambda s, r: inviting.revoke(s.desk, 1, by="eva", role=r),
    "people.end_sessions": lambda s, r: people.end_sessions(s.desk, "olga", by="eva", role=r),
    "retaining.apply": lambda s, r: retaining.apply(s.desk, by="eva", role=r),
    "retaining.overdue": lambda s, r: retaining.overdue(s.desk, role=r),
    "people.add_account": lambda s, r: people.add_account(
        s.desk, "eva", name="Eva", password=None, roles=["owner"], by="eva", role=r
    ),
    "people.disable": lambda s, r: people.disable(s.desk, "olga", by="eva", role=r),
    "people.enable": lambda s, r: people.enable(s.desk, "olga", by="eva", role=r),
    "people.members": lambda s, r: people.members(s.desk, role=r),
    "reading_back.read_back": lambda s, r: reading_back.read_back(
        s.desk, s.desk.folder / "no-export", role=r
    ),
    "people.set_roles": lambda s, r: people.set_roles(s.desk, "eva", ["owner"], by="eva", role=r),
}
# Pages that say why they show nothing, instead of refusing.
SAYS_WHY = {
    "agreeing.agreement_page", "agreeing.criteria_shown", "describing.describe", "judges_page.overview",
    "judges_page.standings", "looking_ahead.plan_page", "periodic.report_page", "uploading.bring_in",
}  # fmt: skip

# What names the items that it was asked about, or (the owner's log) that something was done to; no answer.
NAMES_ITEMS = {"audit.entries", "audit.every", "failures.tag_items", "triaging.tag"}

# What an allowed use may end in all the same: the study is not ready for it, and it says so.
NOT_READY = (ValueError, LookupError, RuntimeError)


def said(act: Callable[[], object]) -> str:
    """All that a use gave: what it returned, or how it failed; a refusal for the role is raised."""
    try:
        found = act()
    except NotAllowed:
        raise
    except (*NOT_READY, NotVisible) as fault:
        return f"{type(fault).__name__}: {fault}"
    return repr(found)


def test_the_walk_goes_through_every_guarded_service() -> None:
    assert sorted([*WALK, *WALK_REFUSED]) == GUARDED


def test_marks_are_there_to_be_found(marked: Marked) -> None:
    """What the lead may see has the marks of every split: a search that finds nothing would prove nothing."""
    lead = repr([adjudicating.detail(marked.desk, disputed(marked, split), "grounded", role="lead", lead="l")
                 for split in SPLITS])  # fmt: skip
    assert all(f"mark-{split}-label-bob" in lead for split in SPLITS)
    engineer = repr(overseeing.item_detail(marked.desk, dev(marked), role="engineer"))
    assert mark(DEVELOPMENT, "verdict", "rules", dev(marked)) in engineer
    assert marked.leaks("engineer", lead) and marked.leaks("lead", engineer) and marked.leaks("rater", lead)


@pytest.mark.parametrize("name", [name for name in WALK if name != "vault.open_vault"])
def test_a_role_gets_what_it_may_and_not_a_mark_more(name: str, marked: Marked) -> None:
    may = RIGHTS.get(action_of(name), frozenset(ROLES))
    for role in ROLES:
        if role not in may and name not in SAYS_WHY:
            with pytest.raises(NotAllowed, match="needs the role") as refused:
                WALK[name](marked, role)
            assert not marked.leaks(role, str(refused.value))
            continue
        words = said(lambda role=role: WALK[name](marked, role))  # type: ignore[misc]
        if name == "exporting.export" and role == "owner":  # takes validation out too, see EXPORTS_OF
            assert not re.search(r"mark-held_out|mark-\w+-plant", words)
            continue
        assert not marked.leaks(role, words, names=name not in NAMES_ITEMS), f"{role}: {name}"


@pytest.mark.parametrize("name", list(WALK_REFUSED))
def test_nobody_but_the_owner_changes_people_or_the_whole_study(name: str, marked: Marked) -> None:
    for role in ROLES[:3]:
        with pytest.raises(NotAllowed, match=r"needs the role .*owner"):
            WALK_REFUSED[name](marked, role)


def test_only_the_owner_opens_the_vault(marked: Marked) -> None:
    for role in ROLES[:3]:
        with pytest.raises(NotAllowed, match="role owner"):
            vault.open_vault(marked.desk, by="eva", reason="to see", role=role)
        with pytest.raises(NotAllowed, match="role owner" if role != "rater" else "needs the role"):
            exporting.export(marked.desk, new_folder(marked), opening=("eva", "to see"), role=role)
    with pytest.raises(certifying.CannotCertify, match="reason"):
        vault.open_vault(marked.desk, by="olga", reason=" ", role="owner")
    assert splitting.split_summary(marked.desk, role=HOLDER).sizes[HELD_OUT]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("role", "kind"), [("engineer", "labels"), ("lead", "verdicts"), ("rater", "labels")]
)
@pytest.mark.parametrize("dry", [True, False])
def test_an_import_is_no_way_to_ask_what_is_stored(role: Role, kind: str, dry: bool, marked: Marked) -> None:
    """Whether a row is new or known says what the stored answer is: refused before it is compared."""
    item = marked.items[HELD_OUT][0]
    rows: dict[str, dict[str, object]] = {
        "labels": {"item_id": item, "rater": "bob", "criterion": "grounded", "value": "no"},
        "verdicts": {"item_id": item, "judge": "rules", "criterion": "grounded", "value": "no"},
    }
    path = write(marked.desk.folder / "guess.jsonl", [rows[kind]])
    with pytest.raises(NotAllowed, match="needs the role") as refused:
        importing.import_files(marked.desk, [path], dry=dry, role=role)
    assert "known" not in str(refused.value) and item not in str(refused.value)


def test_an_export_gives_engineers_development_alone_and_leads_no_verdict(marked: Marked) -> None:
    engineer, lead = exported(marked, "engineer"), exported(marked, "lead")
    assert "mark-development-label-bob" in engineer and "mark-development-verdict" in engineer
    assert "mark-validation" not in engineer and "mark-held_out" not in engineer
    assert "mark-validation-label-bob" in lead and "-verdict-" not in lead and "mark-held_out" not in lead
    with pytest.raises(NotAllowed):
        exported(marked, "rater")


def test_what_engineers_noted_and_how_much_a_verdict_was_doubted_leave_with_no_lead(tmp_path: Path) -> None:
    study = make_marked(tmp_path)
    targeting.draw_wave(
        study.desk, Design("mixed", 5, signal="low_confidence", judge="rules"), by="eva", role=HOLDER
    )
    noted = mark(DEVELOPMENT, "verdict", "eva", dev(study))
    failures.define(
        study.desk, "missed", description="Misses it.", severity="major", visibility="silent", by="eva",
        role="engineer",
    )  # fmt: skip
    failures.tag_items(study.desk, [dev(study)], "missed", note=noted, by="eva", role="engineer")
    engineer, lead = exported(study, "engineer"), exported(study, "lead")
    assert noted in engineer and '"doubt":' in engineer and "Misses it." in engineer
    study.desk.close()
    assert '"pi":' in lead and noted not in lead and '"doubt":' not in lead and "Misses it." not in lead


@pytest.mark.parametrize("role", ["engineer", "owner", "rater"])
def test_no_count_tells_what_was_answered_to_a_held_out_item(role: Role, tmp_path: Path) -> None:
    study, counts = make_marked(tmp_path), []
    for answer in (Answer("grounded", "yes"), Answer("grounded", None, "skipped", reason="unclear")):
        sent = Submission(f"cyd-{answer.status}", study.items[HELD_OUT][0], "cyd", (answer,))
        labelling.submit(study.desk, sent)
        counts.append(_counts(study, role))
    study.desk.close()
    assert counts[0] == counts[1]


def test_no_count_tells_how_a_judge_answered_a_held_out_item(tmp_path: Path) -> None:
    study, counts = make_marked(tmp_path), []
    for take, status in enumerate(("abstained", "parse_error")):
        _judge_held_out(study, status)
        summaries = [summing_up.study_summary(study.desk, role=r).as_json() for r in ("lead", "engineer")]
        shown = judging.show_judge(study.desk, "rules", role="engineer")
        counts.append(([one["judges"] for one in summaries], shown.statuses))
        everything = summing_up.study_summary(study.desk, role=HOLDER).as_json()["judges"]
        assert cast("dict[str, dict[str, int]]", everything)["rules"][status] == 1, take
    study.desk.close()
    assert counts[0] == counts[1]
    assert shown.open_statuses


def _judge_held_out(study: Marked, status: VerdictStatus) -> None:
    """Another take of a verdict that counts on a held-out item."""
    spec = judging.judge_spec(study.desk, "rules")
    with study.desk.store.writing() as session:
        judge = study_store.register_judge(
            session, study.desk.study_id, "rules", spec.spec_hash, at=study.desk.now
        )
        given = Verdict(study.items[HELD_OUT][0], "rules", "grounded", None, status=status)
        verdict_store.add(session, study.desk.study_id, judge, [given])


def _counts(study: Marked, role: Role) -> tuple[object, ...]:
    """All that pages and commands count of labels for a role."""
    summary = summing_up.study_summary(study.desk, role=role).as_json()
    if role == "rater":
        return (summary,)
    report = calibrating.build_report(study.desk, role=role)
    made = spent(study.desk, "", "9999")
    return summary, report.items, report.raters, made.labels, made.items, made.raters
