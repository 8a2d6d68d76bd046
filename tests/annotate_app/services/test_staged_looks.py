"""A look in stages: declared first, taken as labels come, silent until it ends, void on a change."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from staged_study import answer_one, held_out_items, judge_items, make_study, rate_waves

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services import staging
from annotate_app.services.calibrating import decisions
from annotate_app.services.certifying import CannotCertify, certify, plan_look
from annotate_app.services.declaring import declare, plan_status
from annotate_app.services.erasing import erase
from annotate_app.services.gating import gate
from annotate_app.services.importing import import_files
from annotate_app.services.recomputing import check_certificate
from annotate_app.services.restoring import restore
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split
from annotate_app.services.staging import StageResult, advance
from annotate_app.services.targeting import list_waves
from annotate_app.services.vault import open_vault, vault_status
from annotate_app.store import look_plans, looks
from annotate_app.store.sql import one, run
from calibration.certificate import Certificate, read_certificate
from calibration.staging import DeclaredPlan

CERTIFICATE = "certificates/rules.json"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = make_study(tmp_path)
    yield opened
    opened.close()


def take_all(desk: Desk, *, wrong: Callable[[int], bool], items: int = 100) -> StageResult:
    """A plan from its declaration to its end: rate what is asked, run, and again."""
    judge_items(desk, wrong=wrong)
    declare(desk, "rules", items, by="olga", role=HOLDER)
    for _ in range(5):
        rate_waves(desk)
        result = advance(desk, "rules", by="olga", role=HOLDER)
        if result.look is not None:
            return result
    raise AssertionError("the last stage decides")


def plan_of(desk: Desk) -> look_plans.StoredPlan:
    with desk.store.reading() as session:
        return look_plans.listing(session, desk.study_id)[-1]


def certificate(desk: Desk) -> Certificate:
    return read_certificate((desk.folder / CERTIFICATE).read_text())


def test_a_very_good_judge_is_trusted_before_all_planned_items_are_labelled(desk: Desk) -> None:
    result = take_all(desk, wrong=lambda k: k % 40 == 0)
    assert result.trusted
    assert result.status.stage in (3, 4)  # 1 and 2 are out of reach: 40 items at z = 3.4
    used = plan_of(desk).declared.sizes[result.status.stage - 1]
    stages = certificate(desk).stages
    assert stages is not None
    assert (stages.used, stages.saved, stages.items) == (used, 100 - used, 100)
    assert certificate(desk).evidence.n == used
    (decision,) = gate(desk.folder, judge="rules", clock=desk.clock)
    assert decision.trusted


def test_a_hopeless_judge_is_stopped_early_and_its_certificate_shows_no_class(desk: Desk) -> None:
    result = take_all(desk, wrong=lambda k: k % 2 == 0)
    assert result.look is not None
    assert (result.look.certificate.outcome, result.status.stage) == ("not trusted", 2)
    assert set(certificate(desk).estimates["grounded"]) == {"cohen_kappa"}


def test_a_judge_near_the_floor_is_undecided_after_the_last_stage(desk: Desk) -> None:
    result = take_all(desk, wrong=lambda k: k % 7 == 0)
    assert (result.status.outcome, result.status.stage) == ("undecided", 5)
    assert (certificate(desk).looks.labels_needed or 0) > 20


def test_a_stage_that_goes_on_shows_nothing_that_depends_on_agreement(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    judge_items(desk, wrong=lambda k: k % 7 == 0)
    study = ["--study", str(desk.folder), "--json"]
    assert main(["look", "declare", "rules", "--n", "100", "--by", "olga", *study]) == 0
    declared = json.loads(capsys.readouterr().out)
    rate_waves(desk)
    assert main(["certify", "rules", "--by", "olga", *study]) == 2
    after = json.loads(capsys.readouterr().out)
    assert {name for name in after if after[name] != declared[name]} == {"stage", "wave"}
    assert (after["stage"], after["missing"], after["outcome"]) == (2, 20, None)
    assert not (desk.folder / "certificates").exists()


def test_the_raters_are_asked_for_one_stage_at_a_time(desk: Desk) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    asked = [answer_one(desk) for _ in range(21)]
    assert asked == [*["wave-1"] * 20, None]
    assert plan_status(desk, "rules", role=HOLDER).missing == 0
    advance(desk, "rules", by="olga", role=HOLDER)
    assert [wave.selected for wave in list_waves(desk, role=HOLDER)] == [20, 20]
    assert answer_one(desk) == "wave-2"


def test_a_stage_with_missing_labels_is_not_taken(desk: Desk) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    rate_waves(desk, most=19)
    result = advance(desk, "rules", by="olga", role=HOLDER)
    assert (result.taken, result.status.stage, result.status.missing) == (0, 1, 1)


def test_skipped_items_complete_a_stage_and_are_no_evidence(desk: Desk) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    for _ in range(4):
        rate_waves(desk, skip=lambda done: done % 4 == 0)
        result = advance(desk, "rules", by="olga", role=HOLDER)
    # three stages of 15 answers: 45 agreements without an error are not enough at z = 2.7, 60 are at 2.3
    assert result.trusted
    assert (certificate(desk).stages.used, certificate(desk).evidence.n) == (80, 60)  # type: ignore[union-attr]


def test_labels_that_are_there_already_are_used_in_one_run(desk: Desk) -> None:
    judge_items(desk, wrong=lambda k: k % 7 == 0)
    declare(desk, "rules", 120, by="olga", role=HOLDER)
    for _ in range(5):
        rate_waves(desk)
        advance(desk, "rules", by="olga", role=HOLDER)
    judge_items(desk, wrong=lambda k: k % 40 == 0)
    declare(desk, "rules", 120, by="olga", role=HOLDER)
    result = advance(desk, "rules", by="olga", role=HOLDER)
    assert result.trusted
    assert result.taken == result.status.stage > 1


def test_a_plan_is_a_look_from_its_declaration_on(desk: Desk) -> None:
    judge_items(desk)
    assert plan_look_k(desk) == 1
    status = declare(desk, "rules", 100, by="olga", role=HOLDER)
    assert (status.k, status.number) == (1, 1)
    assert status.alpha == pytest.approx(0.05 * 6 / 3.14159265**2)
    vault = vault_status(desk, role=HOLDER)
    assert vault.next_k == 2
    assert [(look.judge, look.by, look.outcome) for look in vault.looks] == [
        ("rules", "olga", "under way, stage 1 of 5")
    ]


def plan_look_k(desk: Desk) -> int:
    return vault_status(desk, role=HOLDER).next_k


def test_the_levels_of_all_stages_spend_four_fifths_of_the_look_s_alpha(desk: Desk) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    declared = plan_of(desk).declared
    assert declared.sizes == (20, 40, 60, 80, 100)
    assert list(declared.alphas) == sorted(declared.alphas)
    # stages share items, so their levels sum to more than they spend together, and the last is below it all
    assert declared.alphas[-1] < 0.8 * declared.alpha < sum(declared.alphas)


def test_one_plan_at_a_time_and_no_look_beside_it(desk: Desk) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    with pytest.raises(CannotCertify, match="under way in stages already"):
        declare(desk, "rules", 100, by="olga", role=HOLDER)
    with pytest.raises(CannotCertify, match="under way in stages, and a look beside it"):
        certify(desk, "rules", by="ben", role=HOLDER)
    assert vault_status(desk, role=HOLDER).next_k == 2


def test_after_a_plan_has_ended_an_ordinary_look_is_possible_again(desk: Desk) -> None:
    take_all(desk, wrong=lambda k: k % 40 == 0)
    assert plan_look(desk, "rules", role=HOLDER).k == 2
    assert certify(desk, "rules", by="olga", role=HOLDER).plan.k == 2
    assert [(look.number, look.k) for look in vault_status(desk, role=HOLDER).looks] == [(1, 1), (2, 2)]


@pytest.mark.parametrize(("items", "said"), [(39, "never be enough"), (121, "120 are held out")])
def test_numbers_that_cannot_be_are_refused_before_anything_is_spent(
    desk: Desk, items: int, said: str
) -> None:
    with pytest.raises(CannotCertify, match=said):
        declare(desk, "rules", items, by="olga", role=HOLDER)
    assert vault_status(desk, role=HOLDER).next_k == 1
    assert list_waves(desk, role=HOLDER) == ()


def test_without_verdicts_a_stage_is_not_taken_and_the_plan_stays(desk: Desk) -> None:
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    rate_waves(desk)
    with pytest.raises(CannotCertify, match="no verdict on held-out items"):
        advance(desk, "rules", by="olga", role=HOLDER)
    assert plan_of(desk).is_open


CHANGES: dict[str, Callable[[Path], object]] = {
    "judge": lambda folder: (folder / "judge.py").write_text("def judge(item):\n    return {'a': 1}\n"),
    "policy": lambda folder: edit(folder / "study.toml", "floor = 0.60", "floor = 0.55"),
    "rubric": lambda folder: edit(folder / "rubric.yaml", "some claim has none", "a claim has none"),
    "strata shares": lambda folder: edit(
        folder / "study.toml", "[judges.rules]", "[strata.mail]\nshare = 1.0\n[judges.rules]"
    ),
}


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


@pytest.mark.parametrize("name", CHANGES)
def test_a_plan_whose_terms_have_changed_is_void_and_says_which(desk: Desk, name: str) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    then = plan_of(desk).declared.terms()[name]
    CHANGES[name](desk.folder)
    changed = open_desk(desk.folder)
    result = advance(changed, "rules", by="ben", role=HOLDER)
    assert (result.look, result.status.outcome, result.trusted) == (None, "void", False)
    assert f"{name}: declared with {then[:12]}, now " in (result.status.reason or "")
    assert not list_waves(changed, role=HOLDER)[0].is_open
    assert vault_status(changed, role=HOLDER).next_k == 2  # its error is spent
    with pytest.raises(CannotCertify, match="no look in stages"):
        advance(changed, "rules", by="ben", role=HOLDER)
    changed.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"alpha": 0.2}, "the stored plan was changed"),
        ({"alphas": [0.01, 0.01, 0.02, 0.02, 0.03]}, "do not follow from its alpha"),
    ],
)
def test_a_plan_that_somebody_changed_in_the_database_is_void(
    desk: Desk, change: dict[str, object], said: str
) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    content = {**plan_of(desk).declared.content(), **change}
    sha = DeclaredPlan.of(content).sha256 if "alphas" in change else plan_of(desk).sha256
    with desk.store.writing() as session:
        session.connection().exec_driver_sql("DROP TRIGGER look_plan_no_update")
        run(
            session,
            "UPDATE look_plan SET content = :content, sha256 = :sha",
            {"content": json.dumps(content), "sha": sha},
        )
    rate_waves(desk)
    result = advance(desk, "rules", by="olga", role=HOLDER)
    assert (result.look, result.status.outcome) == (None, "void")
    assert said in (result.status.reason or "")


def test_a_split_that_grew_makes_the_plan_void(desk: Desk) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    more = desk.folder / "more.jsonl"
    more.write_text('{"item_id": "i900", "output": "another"}\n')
    import_files(desk, [more], role=HOLDER)
    freeze_split(desk, role=HOLDER)
    assert (advance(desk, "rules", by="olga", role=HOLDER).status.reason or "").startswith(
        "split: declared with "
    )


def test_opening_the_vault_makes_the_plan_void(desk: Desk) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    open_vault(desk, by="owen", reason="the rubric was wrong", role=HOLDER)
    status = plan_status(desk, "rules", role=HOLDER)
    assert (status.outcome, status.reason) == ("void", "owen opened the vault: the rubric was wrong")
    assert not list_waves(desk, role=HOLDER)[0].is_open
    assert vault_status(desk, role=HOLDER).next_k == 1


def test_a_plan_can_be_given_up_with_a_reason_and_its_error_stays_spent(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    judge_items(desk)
    study = ["--study", str(desk.folder)]
    assert main(["look", "abandon", "rules", "--reason", "no raters", *study]) == 1
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    assert main(["look", "abandon", "rules", "--reason", " ", *study]) == 1
    assert main(["look", "abandon", "rules", "--by", "owen", "--reason", "no raters", *study]) == 0
    assert "void, its error is spent. owen gave it up: no raters" in capsys.readouterr().out
    assert not list_waves(desk, role=HOLDER)[0].is_open
    assert vault_status(desk, role=HOLDER).next_k == 2


def test_after_void_stages_a_look_without_stages_is_taken_only_when_asked_for(desk: Desk) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    rate_waves(desk)
    staging.abandon(desk, "rules", by="owen", reason="the prompt is wrong", role=HOLDER)
    with pytest.raises(CannotCertify, match=r"look 1 at 'rules' are void \(owen gave it up"):
        certify(desk, "rules", by="olga", role=HOLDER)
    assert vault_status(desk, role=HOLDER).next_k == 2  # nothing was spent by asking
    assert certify(desk, "rules", by="olga", unstaged=True, role=HOLDER).plan.k == 2
    assert (
        certify(desk, "rules", by="olga", role=HOLDER).plan.k == 3
    )  # its stages are no longer the last that was done


def test_a_report_says_at_which_stage_a_look_ended(desk: Desk) -> None:
    used = plan_used(take_all(desk, wrong=lambda k: k % 40 == 0))
    (decision,) = decisions(desk)
    assert f"after {used} of 100 items." in decision.sentences[-1]


def plan_used(result: StageResult) -> int:
    return result.status.sizes[result.status.stage - 1]


def test_the_certificate_of_a_plan_is_recomputed_to_the_last_digit(desk: Desk) -> None:
    take_all(desk, wrong=lambda k: k % 40 == 0)
    rate_everything_else(desk)
    decision = check_certificate(desk, desk.folder / CERTIFICATE, role=HOLDER)
    assert decision.trusted, [check for check in decision.checks if not check.passed]
    assert decision.checks[-1].name == "every estimate, bound and hash"
    assert "plan" in {check.name for check in decision.checks}


def rate_everything_else(desk: Desk) -> None:
    """Labels that came after the plan are no part of its evidence."""
    judge_items(desk, wrong=lambda k: k % 40 == 0)


def test_the_certificate_of_a_plan_holds_when_who_declared_it_and_who_rated_are_erased(desk: Desk) -> None:
    take_all(desk, wrong=lambda k: False)
    declared = plan_of(desk)
    for name in ("olga", "anna"):
        done = erase(desk, name, by="owner", role="owner", reason="asked for it")
        assert not [place for place in done.mentions if place.table != "item"]
    assert plan_of(desk).sha256 == plan_of(desk).declared.sha256 != declared.sha256
    checked = check_certificate(desk, desk.folder / CERTIFICATE, role=HOLDER)
    assert checked.trusted, [check for check in checked.checks if not check.passed]


def test_a_certificate_that_names_another_stage_is_not_recomputed(desk: Desk) -> None:
    take_all(desk, wrong=lambda k: k % 40 == 0)
    made = certificate(desk)
    assert made.stages is not None
    forged = made.model_copy(update={"stages": made.stages.model_copy(update={"stage": 1})})
    with desk.store.reading() as session:
        (row,) = looks.listing(session, desk.study_id)
    (desk.folder / CERTIFICATE).write_text(forged.sealed())
    assert row.plan == made.stages.plan_sha256
    assert [
        c.name for c in check_certificate(desk, desk.folder / CERTIFICATE, role=HOLDER).checks if not c.passed
    ] == ["ledger"]


class Killed(BaseException):
    """The process ends here."""


def kill(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize("moment", ["ledger_row", "write_certificate"])
def test_a_kill_while_a_plan_ends_leaves_ledger_and_certificate_consistent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    judge_items(desk, wrong=lambda k: k % 40 == 0)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(staging, moment, kill)
        for _ in range(5):
            rate_waves(desk)
            advance(desk, "rules", by="olga", role=HOLDER)
    assert not (desk.folder / CERTIFICATE).exists()
    ended = not plan_of(desk).is_open
    assert ended == (moment == "write_certificate")
    assert one_look(desk) == ended
    result = (
        restore(desk, "rules", role=HOLDER) if ended else advance(desk, "rules", by="olga", role=HOLDER).look
    )
    assert result is not None
    assert result.trusted
    assert vault_status(desk, role=HOLDER).next_k == 2
    assert check_certificate(desk, desk.folder / CERTIFICATE, role=HOLDER).trusted
    assert restore(desk, "rules", role=HOLDER) is None


def one_look(desk: Desk) -> bool:
    with desk.store.reading() as session:
        found = one(session, "SELECT count(*) AS n FROM look")
    return found == {"n": 1}


def test_a_kill_while_a_stage_opens_leaves_the_stage_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    rate_waves(desk)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(look_plans, "open_stage", kill)
        advance(desk, "rules", by="olga", role=HOLDER)
    assert (plan_status(desk, "rules", role=HOLDER).stage, len(list_waves(desk, role=HOLDER))) == (1, 1)
    assert advance(desk, "rules", by="olga", role=HOLDER).status.stage == 2


def test_of_two_runs_at_once_one_takes_the_stage(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    rate_waves(desk)
    decide = staging.decide

    def other_first(*args: object, **options: object) -> object:
        monkeypatch.setattr(staging, "decide", decide)
        advance(desk, "rules", by="ben", role=HOLDER)
        return decide(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(staging, "decide", other_first)
    with pytest.raises(CannotCertify, match="somebody else took this stage"):
        advance(desk, "rules", by="olga", role=HOLDER)
    assert plan_status(desk, "rules", role=HOLDER).stage == 2
    assert len(list_waves(desk, role=HOLDER)) == 2


def test_a_certificate_that_its_reader_lost_is_given_back_without_a_look(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    take_all(desk, wrong=lambda k: k % 40 == 0)
    (desk.folder / CERTIFICATE).unlink()
    study = ["--study", str(desk.folder)]
    assert main(["certify", "rules", *study]) == 0
    assert "had not been written" in capsys.readouterr().err
    assert vault_status(desk, role=HOLDER).next_k == 2


STALE = {
    "policy": lambda folder: edit(folder / "study.toml", "floor = 0.60", "floor = 0.95"),
    "rubric": lambda folder: edit(folder / "rubric.yaml", "Is every claim", "Is each claim"),
    "judge": lambda folder: edit(folder / "judge.py", "return {}", "return dict()"),
}


@pytest.mark.parametrize("name", STALE)
def test_a_lost_certificate_about_another_judge_rubric_or_policy_is_not_given_back(
    desk: Desk, name: str
) -> None:
    take_all(desk, wrong=lambda k: k % 40 == 0)
    (desk.folder / CERTIFICATE).unlink()
    STALE[name](desk.folder)
    changed = open_desk(desk.folder)
    assert restore(changed, "rules", role=HOLDER) is None
    assert not (desk.folder / CERTIFICATE).exists()
    changed.close()


def test_a_lost_certificate_that_has_expired_is_not_given_back(desk: Desk) -> None:
    take_all(desk, wrong=lambda k: k % 40 == 0)
    (desk.folder / CERTIFICATE).unlink()
    later = open_desk(desk.folder, clock=lambda: certificate_in_ledger(desk).expires)
    assert restore(later, "rules", role=HOLDER) is None
    later.close()


def test_no_look_is_dated_before_the_last_one(desk: Desk) -> None:
    take_all(desk, wrong=lambda k: k % 40 == 0)
    earlier = open_desk(desk.folder, clock=lambda: desk.clock() - timedelta(hours=1))
    with pytest.raises(CannotCertify, match="clock says"):
        certify(earlier, "rules", by="olga", role=HOLDER)
    declare(earlier, "rules", 100, by="olga", role=HOLDER)
    with pytest.raises(CannotCertify, match="clock says"):
        advance(earlier, "rules", by="olga", role=HOLDER)
    earlier.close()


def certificate_in_ledger(desk: Desk) -> Certificate:
    with desk.store.reading() as session:
        return read_certificate(looks.listing(session, desk.study_id)[-1].certificate)


def test_answers_given_after_a_verdict_was_seen_complete_no_stage(desk: Desk) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    rate_waves(desk, blind=False)
    assert plan_status(desk, "rules", role=HOLDER).missing == 20
    assert advance(desk, "rules", by="olga", role=HOLDER).taken == 0


def test_answers_of_the_judge_replaced_between_stages_make_the_plan_void(desk: Desk) -> None:
    judge_items(desk, wrong=lambda k: k % 7 == 0)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    rate_waves(desk)
    assert advance(desk, "rules", by="olga", role=HOLDER).taken == 1
    judge_items(desk, wrong=lambda k: k % 7 == 0)  # the same answers once more
    rate_waves(desk)
    assert advance(desk, "rules", by="olga", role=HOLDER).taken == 1
    judge_items(desk)
    rate_waves(desk)
    result = advance(desk, "rules", by="olga", role=HOLDER)
    assert (result.taken, result.status.outcome, result.look) == (0, "void", None)
    assert "that earlier stages compared are others now" in (result.status.reason or "")


def test_a_plan_is_followed_from_the_command_line(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    judge_items(desk, wrong=lambda k: k % 40 == 0)
    study = ["--study", str(desk.folder)]
    assert main(["look", "status", *study]) == 0
    assert "no look in stages was declared" in capsys.readouterr().out
    assert main(["look", "declare", "rules", "--n", "20", *study]) == 1
    assert main(["look", "declare", "rules", "--n", "100", *study]) == 0
    said = capsys.readouterr().out
    assert "after 20, 40, 60, 80 and 100 items" in said
    assert "stage 1 of 5 waits for 20 more items (1 rater each), asked in wave-1" in said
    rate_waves(desk)
    for command in (["look", "status", "rules"], ["certify", "rules", "--plan"]):
        assert main([*command, *study]) == 0
        assert "stage 1 of 5 is complete" in capsys.readouterr().out
    codes = []
    while not codes or codes[-1] == 2:
        codes.append(main(["certify", "rules", *study]))
        rate_waves(desk)
    said = capsys.readouterr().out
    assert "rules: go on\nlook 1  rules: stage 2 of 5 waits for 20 more items" in said
    assert codes[-1] == 0
    assert "items were needed" in said
    assert main(["certify", "--check", str(desk.folder / CERTIFICATE), *study]) == 0
    assert main(["vault", "status", *study]) == 0
    assert main(["look", "status", *study]) == 0
    assert "trusted at stage" in capsys.readouterr().out


def test_planned_items_are_held_out_ones_in_an_order_of_the_plan_s_own(desk: Desk) -> None:
    judge_items(desk)
    declare(desk, "rules", 100, by="olga", role=HOLDER)
    order = plan_of(desk).declared.order
    assert set(order) < set(held_out_items(desk))
    assert len(set(order)) == 100
    assert list(order) != sorted(order)
