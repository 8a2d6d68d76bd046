"""A look at held-out labels: tested at its alpha, in the ledger before it is seen, redacted if it fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grounded
import pytest

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services.certifying import CannotCertify, LookResult, certify, plan_look
from annotate_app.services.declaring import declare
from annotate_app.services.gating import gate
from annotate_app.services.judge_identity import judge_identity
from annotate_app.services.labelling import Submission, add_rater, submit
from annotate_app.services.recomputing import check_certificate
from annotate_app.services.restoring import restore
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import draw_wave
from annotate_app.services.vault import open_vault, vault_status
from annotate_app.store import looks, studies, verdicts
from annotate_app.store.sql import rows, run
from calibration.certificate import Certificate, read_certificate
from calibration.triage.design import Design
from rubrics.answers import Answer, Verdict, VerdictStatus

RUBRIC = (
    grounded.RUBRIC
    + """  - name: polite
    question: Is it polite?
    scale:
      kind: binary
      levels:
        - {name: "yes", description: friendly}
        - {name: "no", description: rude}
"""
)
STUDY = """
[study]
name = "support"
[split]
shares = {development = 0.3, validation = 0.2, held_out = 0.5}
[judges.rules]
code = "judge.py:judge"
[policy]
unparsed_max = 0.05
[policy.criteria.grounded]
floor = 0.60
tpr_floor = 0.6
"""
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ITEMS = 240


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    (tmp_path / "judge.py").write_text("def judge(item):\n    return {}\n")
    opened = open_desk(tmp_path, clock=lambda: NOW)
    add_items(opened)
    freeze_split(opened, role=HOLDER)
    yield opened
    opened.close()


def add_items(desk: Desk) -> None:
    item = {"study": desk.study_id}
    with desk.store.writing() as session:
        run(
            session,
            "INSERT INTO item (study_id, item_id, position, kind, sha256, sensitive, output) "
            "VALUES (:study, :item, :position, 'pointwise', :item, FALSE, :output)",
            [item | {"item": f"i{k}", "position": k, "output": f"answer {k}"} for k in range(ITEMS)],
        )


def held_out_items(desk: Desk) -> list[str]:
    return [item for item, split in split_of_items(desk).items() if split == "held_out"]


def drawn_items(desk: Desk) -> list[str]:
    """The items that the study's only wave drew."""
    statement = "SELECT i.item_id FROM wave_item w JOIN item i ON i.id = w.item_id WHERE w.selected"
    with desk.store.reading() as session:
        return [row["item_id"] for row in rows(session, statement)]


def truth(k: int) -> str:
    return "yes" if k % 2 else "no"


def label_all(desk: Desk, items: list[str], *, criterion: str = "grounded") -> None:
    """One rater answers: yes and no in turn."""
    with desk.store.writing() as session:
        run(
            session,
            "INSERT INTO rater (study_id, name, added_at) VALUES (:study, 'anna', :at) "
            "ON CONFLICT DO NOTHING",
            {"study": desk.study_id, "at": desk.now},
        )
        run(
            session,
            "INSERT INTO label (criterion_id, item_id, rater_id, purpose, revision, status, flags, code, at) "
            "SELECT c.id, i.id, r.id, 0, 1, 0, 3, a.code, :at FROM criterion c, item i, rater r, answer a "
            "WHERE c.name = :criterion AND i.item_id = :item AND r.name = 'anna' AND a.criterion_id = c.id "
            "AND a.value = :value",
            [
                {"item": item, "criterion": criterion, "value": json.dumps(truth(k)), "at": desk.now}
                for k, item in enumerate(items)
            ],
        )


def judge_all(
    desk: Desk,
    items: list[str],
    *,
    wrong: Callable[[int], bool],
    status: Callable[[int], VerdictStatus] = lambda k: "observed",
    criterion: str = "grounded",
) -> None:
    """The judge answers as the rater does, but for the items where it is wrong."""
    identity = judge_identity(desk.folder, desk.study_file, desk.rubric, "rules")
    other = {"yes": "no", "no": "yes"}
    given = []
    for k, item in enumerate(items):
        value = other[truth(k)] if wrong(k) else truth(k)
        observed = status(k) == "observed"
        given.append(Verdict(item, "rules", criterion, value if observed else None, status=status(k)))
    with desk.store.writing() as session:
        judge = studies.register_judge(session, desk.study_id, "rules", identity.spec_hash, at=desk.now)
        verdicts.add(session, desk.study_id, judge, given)


def look(desk: Desk, *, every: int, **options: object) -> LookResult:
    """A whole look: all held-out items labelled, the judge wrong on every `every`-th."""
    items = held_out_items(desk)
    label_all(desk, items)
    judge_all(desk, items, wrong=lambda k: k % every == 0)
    return certify(desk, "rules", by="olga", role=HOLDER, **options)  # type: ignore[arg-type]


def test_a_good_judge_is_trusted_and_the_gate_opens(desk: Desk) -> None:
    result = look(desk, every=17)
    assert (result.certificate.outcome, result.failed) == ("trusted", ())
    assert result.path == desk.folder / "certificates" / "rules.json"
    (decision,) = gate(desk.folder, judge="rules", clock=lambda: NOW + timedelta(days=1))
    assert decision.trusted
    assert result.certificate.evidence.n == 120


def test_the_gate_closes_when_the_evidence_is_old(desk: Desk) -> None:
    look(desk, every=17)
    (decision,) = gate(desk.folder, judge="rules", clock=lambda: NOW + timedelta(days=91))
    assert decision.outcome == "expired"


def test_a_poor_judge_is_not_trusted_and_no_class_is_shown(desk: Desk) -> None:
    result = look(desk, every=3)
    assert result.certificate.outcome == "not trusted"
    assert "grounded: cohen_kappa" in result.failed
    assert {c.bound for c in result.certificate.conditions} == {None}
    assert set(result.certificate.estimates["grounded"]) == {"cohen_kappa"}
    (decision,) = gate(desk.folder, judge="rules", clock=lambda: NOW)
    assert decision.outcome == "not trusted"


def test_a_judge_near_the_floor_is_undecided_with_labels_needed(desk: Desk) -> None:
    result = look(desk, every=7)
    # 18 of 120 wrong: kappa about .7
    assert result.certificate.outcome == "undecided"
    assert (result.certificate.looks.labels_needed or 0) > 50


def test_every_look_is_in_the_ledger_and_spends_budget(desk: Desk) -> None:
    assert plan_look(desk_with_labels(desk), "rules", role=HOLDER).k == 1
    first = certify(desk, "rules", by="olga", role=HOLDER)
    second = certify(desk, "rules", by="omar", role=HOLDER)
    assert (first.plan.k, second.plan.k) == (1, 2)
    assert second.plan.alpha == pytest.approx(first.plan.alpha / 4)
    status = vault_status(desk, role=HOLDER)
    assert [(row.judge, row.by, row.k) for row in status.looks] == [
        ("rules", "olga", 1),
        ("rules", "omar", 2),
    ]
    assert status.next_k == 3


def desk_with_labels(desk: Desk) -> Desk:
    items = held_out_items(desk)
    label_all(desk, items)
    judge_all(desk, items, wrong=lambda k: k % 17 == 0)
    return desk


def test_the_plan_is_heard_before_anything_is_compared(desk: Desk) -> None:
    heard: list[int] = []

    def listen(plan: object) -> None:
        heard.append(len(vault_status(desk, role=HOLDER).looks))

    desk_with_labels(desk)
    certify(desk, "rules", by="olga", announce=listen, role=HOLDER)
    assert heard == [0]


def test_planning_spends_nothing(desk: Desk) -> None:
    plan = plan_look(desk_with_labels(desk), "rules", role=HOLDER)
    assert (plan.has, plan.criteria) == (120, ("grounded",))
    # kappa .8 against .6 at alpha .0304: ((1.875 * .8 + .842 * .6) / .2)^2 = 101
    assert plan.needs == pytest.approx(101, abs=2)
    assert vault_status(desk, role=HOLDER).looks == ()


def test_the_ledger_seals_what_the_certificate_leaves_out(desk: Desk) -> None:
    look(desk, every=3)
    with desk.store.reading() as session:
        (row,) = looks.listing(session, desk.study_id)
    assert "tpr" in [c.name for c in read_certificate(row.sealed).conditions if c.bound is not None]
    assert read_certificate(row.certificate).conditions[0].bound is None


def test_the_key_of_the_labels_hash_is_sealed_and_new_for_each_look(desk: Desk) -> None:
    one, two = look(desk, every=9), certify(desk, "rules", by="olga", role=HOLDER)
    with desk.store.reading() as session:
        keys = [read_certificate(row.sealed).evidence.key for row in looks.listing(session, desk.study_id)]
    assert len({*keys, None}) == 3
    assert not any(str(key) in one.path.read_text() for key in keys)
    assert one.certificate.evidence.labels_sha256 != two.certificate.evidence.labels_sha256


def test_a_look_from_before_there_were_keys_is_recomputed_by_its_bare_hashes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotate_app.services.certifying.fresh_key", lambda: None)
    found = look(desk, every=9)
    assert check_certificate(desk, found.path, role=HOLDER).trusted


def test_a_look_that_the_ledger_forgot_is_missed_before_another_is_taken(desk: Desk) -> None:
    result = look(desk, every=17)
    forgotten = result.certificate.model_copy(update={"software": "calibrant 9.9"})
    other = result.path.with_name("other.json")
    other.write_text(forgotten.sealed())
    said = r"^certificates/other\.json is of a look of 2026-05-04 12:00 UTC that this database does not have"
    with pytest.raises(CannotCertify, match=said):
        certify(desk, "rules", by="olga", role=HOLDER)
    with pytest.raises(CannotCertify, match=said):
        declare(desk, "rules", 60, by="olga", role=HOLDER)
    assert len(vault_status(desk, role=HOLDER).looks) == 1
    other.write_text(forgotten.model_copy(update={"study": "another"}).sealed())
    assert certify(desk, "rules", by="olga", role=HOLDER).plan.k == 2


@pytest.mark.parametrize("status", ["parse_error", "abstained"])
def test_a_judge_that_does_not_answer_is_never_trusted(desk: Desk, status: VerdictStatus) -> None:
    items = held_out_items(desk)
    label_all(desk, items)
    judge_all(desk, items, wrong=lambda k: False, status=lambda k: status if k % 4 == 0 else "observed")
    assert certify(desk, "rules", by="olga", role=HOLDER).certificate.outcome == "not trusted"


def refused(desk: Desk, said: str, judge: str = "rules", criteria: tuple[str, ...] = ()) -> None:
    with pytest.raises(CannotCertify, match=said):
        certify(desk, judge, by="olga", criteria=criteria, role=HOLDER)
    assert vault_status(desk, role=HOLDER).looks == ()
    assert not (desk.folder / "certificates").exists()


def test_without_labels_nothing_is_compared(desk: Desk) -> None:
    judge_all(desk, held_out_items(desk), wrong=lambda k: False)
    refused(desk, "no held-out item has a label")


def test_without_verdicts_nothing_is_compared(desk: Desk) -> None:
    label_all(desk, held_out_items(desk))
    refused(desk, "no verdict on held-out items")


def test_a_judge_run_on_some_of_the_items_is_refused(desk: Desk) -> None:
    items = held_out_items(desk)
    label_all(desk, items)
    judge_all(desk, items[:100], wrong=lambda k: False)
    refused(desk, "100 of 120 labelled")


def test_verdicts_on_other_items_do_not_stand_in_for_missing_ones(desk: Desk) -> None:
    draw_wave(desk, Design("random", 60), split="held_out", role=HOLDER)
    items = drawn_items(desk)
    label_all(desk, items)
    judge_all(desk, [i for i in held_out_items(desk) if i not in items], wrong=lambda k: False)
    refused(desk, "0 of 60 labelled")


def test_labels_outside_the_wave_do_not_count(desk: Desk) -> None:
    draw_wave(desk, Design("random", 60), split="held_out", role=HOLDER)
    items = drawn_items(desk)
    chosen = [item for item in held_out_items(desk) if item not in items][:30]
    label_all(desk, items + chosen)
    judge_all(desk, items + chosen, wrong=lambda k: False)
    assert plan_look(desk, "rules", role=HOLDER).has == 60


def test_verdicts_of_another_version_of_the_judge_are_refused(desk: Desk) -> None:
    desk_with_labels(desk)
    (desk.folder / "judge.py").write_text("def judge(item):\n    return {'grounded': 'yes'}\n")
    refused(desk, "come from another judge")


def test_labels_that_nobody_drew_are_refused(desk: Desk) -> None:
    items = held_out_items(desk)
    label_all(desk, items[:60])
    judge_all(desk, items, wrong=lambda k: False)
    refused(desk, "60 of 120 held-out items have no label")


def test_a_random_wave_makes_a_part_of_the_items_enough(desk: Desk) -> None:
    draw_wave(desk, Design("random", 90), split="held_out", role=HOLDER)
    items = drawn_items(desk)
    label_all(desk, items)
    judge_all(desk, items, wrong=lambda k: k % 30 == 0)
    assert certify(desk, "rules", by="olga", role=HOLDER).certificate.evidence.n == 90


def test_a_wave_of_unequal_chances_is_a_look_at_what_it_drew(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY.replace("tpr_floor = 0.6", ""))
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    (tmp_path / "judge.py").write_text("def judge(item):\n    return {}\n")
    opened = open_desk(tmp_path, clock=lambda: NOW)
    statement = (
        "INSERT INTO item (study_id, item_id, position, kind, sha256, sensitive, output, stratum) "
        "VALUES (:study, :item, :position, 'pointwise', :item, FALSE, :item, :stratum)"
    )
    with opened.store.writing() as session:
        for k in range(ITEMS):
            about = {"study": opened.study_id, "item": f"i{k}", "position": k}
            run(session, statement, about | {"stratum": "common" if k % 8 else "rare"})
    freeze_split(opened, role=HOLDER)
    draw_wave(opened, Design("stratified", 60), split="held_out", role=HOLDER)
    drawn = drawn_items(opened)
    judge_all(opened, held_out_items(opened), wrong=lambda k: False)
    judge_all(opened, drawn, wrong=lambda k: k % 15 == 0)
    label_all(opened, drawn)
    found = certify(opened, "rules", by="olga", role=HOLDER)
    assert found.certificate.evidence.n == len(drawn) < len(held_out_items(opened))
    assert "weighted" in read_certificate(sealed(opened)).estimates["grounded"]["cohen_kappa"]["method"]
    assert check_certificate(opened, found.path, role=HOLDER).trusted
    opened.close()


def sealed(desk: Desk) -> str:
    with desk.store.reading() as session:
        return looks.listing(session, desk.study_id)[-1].sealed


def test_without_a_frozen_split_there_is_no_held_out_evidence(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    (tmp_path / "judge.py").write_text("def judge(item):\n    return {}\n")
    refused(open_desk(tmp_path), "no frozen split")


def test_what_the_policy_does_not_ask_cannot_be_certified(desk: Desk) -> None:
    refused(desk, "asks nothing of judge 'rules' on: polite", criteria=("polite",))
    refused(desk, "no \\[judges.stranger\\]", judge="stranger")


def test_a_lost_certificate_is_not_given_back_after_a_later_look_at_one_of_its_criteria(desk: Desk) -> None:
    (desk.folder / "study.toml").write_text(STUDY + "[policy.criteria.polite]\n")
    both, items = open_desk(desk.folder, clock=lambda: NOW), held_out_items(desk)
    for criterion in ("grounded", "polite"):
        label_all(both, items, criterion=criterion)
        judge_all(both, items, wrong=lambda k: k % 17 == 0, criterion=criterion)
    whole = certify(both, "rules", by="olga", role=HOLDER)
    assert whole.trusted
    whole.path.unlink()
    assert restore(both, "rules", role=HOLDER) is not None
    whole.path.unlink()
    judge_all(both, items, wrong=lambda k: k % 2 == 0, criterion="polite")
    assert not certify(both, "rules", by="olga", criteria=("polite",), role=HOLDER).trusted
    assert restore(both, "rules", role=HOLDER) is None
    both.close()


def test_a_certificate_is_recomputed_from_the_store(desk: Desk) -> None:
    result = look(desk, every=17)
    assert check_certificate(desk, result.path, role=HOLDER).trusted
    judge_all(desk, held_out_items(desk)[:1], wrong=lambda k: False)  # it was wrong there
    failed = [
        check.name for check in check_certificate(desk, result.path, role=HOLDER).checks if not check.passed
    ]
    assert failed == ["verdicts"]


def test_an_older_certificate_that_was_put_back_over_a_failed_look_is_found_out(desk: Desk) -> None:
    result, items = look(desk, every=17), held_out_items(desk)
    before = result.path.read_text()
    judge_all(desk, items, wrong=lambda k: k % 2 == 0)
    assert not certify(desk, "rules", by="olga", role=HOLDER).trusted
    judge_all(desk, items, wrong=lambda k: k % 17 == 0)
    result.path.write_text(before)
    assert failed(desk, result.path) == ["later look"]


def test_only_certificates_of_the_ledger_are_recomputed(desk: Desk) -> None:
    result = look(desk, every=17)
    forged = result.certificate.model_copy(update={"study": "other"})
    result.path.write_text(forged.sealed())
    assert failed(desk, result.path) == ["ledger"]


def failed(desk: Desk, path: Path) -> list[str]:
    return [check.name for check in check_certificate(desk, path, role=HOLDER).checks if not check.passed]


@pytest.mark.parametrize("every", [17, 7, 3])
def test_a_certificate_of_any_outcome_is_recomputed_to_the_last_digit(desk: Desk, every: int) -> None:
    result = look(desk, every=every)
    decision = check_certificate(desk, result.path, role=HOLDER)
    assert decision.trusted
    assert decision.checks[-1].name == "every estimate, bound and hash"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (
            lambda c: c["estimates"]["grounded"]["gwet_ac1"].update(value=0.87),
            "estimates.grounded.gwet_ac1.value",
        ),
        (
            lambda c: c["estimates"]["grounded"]["cohen_kappa"].update(n=121),
            "estimates.grounded.cohen_kappa.n",
        ),
        (lambda c: c["conditions"][0].update(bound=0.81), "conditions.1.bound"),
        (lambda c: c["evidence"].update(raters=2), "evidence.raters"),
        (lambda c: c.update(expires="2026-08-03T12:00:00Z"), "expires"),
        (lambda c: c["looks"].update(labels_needed=3), "looks.labels_needed"),
        (lambda c: c["policy"].update(alpha=0.1), "policy.alpha"),
    ],
)
def test_a_forged_figure_is_named_although_the_ledger_was_forged_too(
    desk: Desk, change: Callable[[dict[str, Any]], object], name: str
) -> None:
    """Somebody who can write the database enters a sealed certificate; the labels do not bear it out."""
    result = look(desk, every=17)
    content = result.certificate.content()
    change(content)
    forged = Certificate.model_validate(content)
    result.path.write_text(forged.sealed())
    with desk.store.reading() as session:
        (row,) = looks.listing(session, desk.study_id)
    with desk.store.writing() as session:
        entry = replace(
            row, number=2, k=2, certificate_sha256=forged.content_sha256, certificate=forged.sealed()
        )
        looks.save(session, desk.study_id, entry)
    assert failed(desk, result.path) == [name]


def test_a_recomputation_on_other_evidence_shows_no_estimate(desk: Desk) -> None:
    result = look(desk, every=7)
    judge_all(desk, held_out_items(desk), wrong=lambda k: False)
    decision = check_certificate(desk, result.path, role=HOLDER)
    assert [check.name for check in decision.checks] == [
        "certificate", "ledger", "labels", "verdicts", "rubric", "policy", "judge",
    ]  # fmt: skip


def test_a_signed_certificate_is_checked_with_its_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIBRANT_SIGNING_KEY", "secret")
    result = look(desk, every=17)
    assert failed(desk, result.path) == []
    monkeypatch.setenv("CALIBRANT_SIGNING_KEY", "another")
    assert failed(desk, result.path) == ["signature"]


def test_an_empty_signing_key_stops_a_look_before_it_is_spent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk_with_labels(desk)
    monkeypatch.setenv("CALIBRANT_SIGNING_KEY", " ")
    refused(desk, "set but empty")


def test_of_two_looks_at_once_one_is_refused_and_leaves_nothing(desk: Desk) -> None:
    other: list[LookResult] = []
    with pytest.raises(CannotCertify, match="somebody else took a look"):
        look(desk, every=3, announce=lambda plan: other.append(certify(desk, "rules", by="ben", role=HOLDER)))
    assert [entry.by for entry in vault_status(desk, role=HOLDER).looks] == ["ben"]
    kept = read_certificate(other[0].path.read_text())
    assert kept.content_sha256 == other[0].certificate.content_sha256


def test_opening_the_vault_starts_the_count_anew(desk: Desk) -> None:
    look(desk, every=3)
    status = open_vault(desk, by="olga", reason="the rubric was wrong", role=HOLDER)
    assert (status.held_out, status.next_k) == (0, 1)
    assert [(o.by, o.reason, o.looks) for o in status.openings] == [("olga", "the rubric was wrong", 1)]
    with pytest.raises(
        CannotCertify, match=r"since olga opened the vault on 2026-05-04 \(the rubric was wrong\)"
    ):
        certify(desk, "rules", by="olga", role=HOLDER)


def test_opening_the_vault_needs_a_reason(desk: Desk) -> None:
    with pytest.raises(CannotCertify, match="reason"):
        open_vault(desk, by="olga", reason=" ", role=HOLDER)


def test_the_commands_end_with_the_contract_s_exit_codes(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    study = ["--study", str(desk.folder)]
    assert main(["certify", "rules", *study]) == 1
    desk_with_labels(desk)
    assert main(["certify", "rules", "--plan", *study]) == 0
    assert main(["certify", "rules", "--by", "olga", *study]) == 0
    printed = capsys.readouterr().out
    assert "Look 1 at the held-out labels" in printed
    assert "rules: trusted" in printed
    assert main(["certify", "--check", str(desk.folder / "certificates" / "rules.json"), *study]) == 0
    assert main(["vault", "status", *study]) == 0
    assert "by olga" in capsys.readouterr().out
    assert main(["split", "show", *study]) == 0
    assert main(["wave", "draw", "--n", "5", *study]) == 0
    assert main(["wave", "draw", "--design", "search", "--n", "5", "--split", "held_out", *study]) == 1
    assert main(["wave", "list", *study]) == 0
    assert main(["wave", "show", "wave-1", *study]) == 0
    assert main(["vault", "open", "--reason", "test", *study]) == 0
    assert main(["certify", "rules", *study]) == 1


def test_a_look_prints_as_json(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    items = held_out_items(desk)
    label_all(desk, items)
    judge_all(desk, items, wrong=lambda k: k % 3 == 0)
    assert main(["certify", "rules", "--json", "--study", str(desk.folder)]) == 2
    content = json.loads(capsys.readouterr().out)
    assert content["outcome"] == "not trusted"
    assert content["look"]["k"] == 1


def test_labels_to_a_wording_that_is_not_valid_any_more_certify_nothing(desk: Desk) -> None:
    items = held_out_items(desk)
    draw_wave(desk, Design("random", len(items)), split="held_out", role=HOLDER)
    label_all(desk, items[1:])
    judge_all(desk, items, wrong=lambda k: False)
    path = desk.folder / "rubric.yaml"
    path.write_text(RUBRIC.replace("- name: grounded\n", "- name: grounded\n    not_applicable: true\n"))
    other = open_desk(desk.folder, clock=lambda: NOW)
    add_rater(other, "bob")
    answers = (Answer("grounded", "yes"), Answer("polite", "yes"))
    submit(other, Submission("one", items[0], "bob", answers))
    other.close()
    path.write_text(RUBRIC)
    with pytest.raises(CannotCertify, match="grounded: held-out labels were given to an earlier wording"):
        certify(desk, "rules", by="olga", role=HOLDER)
    assert vault_status(desk, role=HOLDER).looks == ()
