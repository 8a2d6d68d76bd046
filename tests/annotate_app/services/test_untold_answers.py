"""What is told of held-out items before a look is the same whatever was answered: counts, plans, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from postgres import both_engines

from annotate_app.desk import Desk, open_desk
from annotate_app.services.calibrating import build_report
from annotate_app.services.certifying import CannotCertify, certify, plan_look
from annotate_app.services.exporting import export
from annotate_app.services.importing import import_files
from annotate_app.services.judge_identity import judge_identity
from annotate_app.services.labelling import Submission, add_rater, submit
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import draw_wave
from annotate_app.services.vault import vault_status
from annotate_app.store import studies, verdicts
from calibration.triage.design import Design
from rubrics.answers import Answer, Verdict

TOML = """
[split]
shares = {development = 0.3, validation = 0.2, held_out = 0.5}
[judges.rules]
code = "judge.py:judge"
[policy.criteria.grounded]
floor = 0.6
[policy.criteria.cause]
floor = 0.6
cost_usd_max = 0.1
latency_p95_max = 2
"""
SHARES = "[strata.typical]\nshare = 1.0\n"
YES = (Answer("grounded", "yes"), Answer("helpful", 3))
NO = (
    Answer("grounded", "no", rationale="none"),
    Answer("cause", "name"),
    Answer("helpful", None, "not_applicable"),
)
SKIP = tuple(
    Answer(name, None, "skipped", reason="other") for name in ("grounded", "cause", "helpful", "tone")
)
ITEMS = 24


def told(folder: Path, answers: tuple[tuple[Answer, ...], ...], unjudged: int) -> list[object]:
    """All that an engineer is told of held-out items on which these answers take turns.

    `unjudged`: on how many of them, from the first one on, the judge has no verdict.
    """
    desk = open_desk(folder)
    try:
        lines = "".join(
            f'{{"item_id": "i{k}", "stratum": "typical", "output": "text {k * 7919}"}}\n'
            for k in range(ITEMS)
        )
        (folder / "items.jsonl").write_text(lines, encoding="utf-8")
        import_files(desk, [folder / "items.jsonl"], role=HOLDER)
        freeze_split(desk, role=HOLDER)
        add_rater(desk, "ada")
        where = split_of_items(desk)
        sealed = sorted(item for item, split in where.items() if split == "held_out")
        for k, item in enumerate(sorted(where)):
            given = answers[sealed.index(item) % len(answers)] if item in sealed else (YES, NO)[k % 2]
            submit(desk, Submission(f"{folder.name}-{item}", item, "ada", given))
        judge(desk, sorted(where.keys() - set(sealed[:unjudged])))
        return [counts(desk), left(desk), *(plan(desk, name) for name in ("grounded", "cause"))]
    finally:
        desk.close()


def judge(desk: Desk, items: list[str]) -> None:
    (desk.folder / "judge.py").write_text("def judge(item):\n    return {}\n", encoding="utf-8")
    identity = judge_identity(desk.folder, desk.study_file, desk.rubric, "rules")
    said = (("grounded", "no"), ("cause", "name"))
    with desk.store.writing() as session:
        number = studies.register_judge(session, desk.study_id, "rules", identity.spec_hash, at=desk.now)
        given = [Verdict(item, "rules", name, value, at=desk.now) for item in items for name, value in said]
        verdicts.add(session, desk.study_id, number, given)


def counts(desk: Desk) -> object:
    report = build_report(desk, role="engineer")
    return [one for one in report.items if one.split == "held_out"]


def left(desk: Desk) -> object:
    return export(desk, desk.folder / "out", role="engineer").held_out


def plan(desk: Desk, criterion: str) -> object:
    try:
        return plan_look(desk, "rules", criteria=(criterion,), role="engineer")
    except CannotCertify as refused:
        return str(refused)


@pytest.mark.parametrize("unjudged", [0, 1])
@both_engines
def test_counts_plans_and_refusals_do_not_tell_one_held_out_answer_from_another(
    make_study: Callable[..., Path], unjudged: int
) -> None:
    found = [
        told(make_study(f"s{k}", toml=TOML), answers, unjudged)
        for k, answers in enumerate(((YES, NO), (NO, YES), (SKIP, NO), (NO, NO), (YES, YES), (SKIP, SKIP)))
    ]
    assert all(one == found[0] for one in found)
    *_, cause = found[0]
    if unjudged:
        assert "11 of 12" in cause
    else:
        assert cause.has == 12
        assert "the cost of 12 of 12 verdicts is not known" in cause.open[0]


@both_engines
@pytest.mark.parametrize(
    ("criterion", "toml"), [("grounded", TOML), ("cause", TOML), ("cause", TOML + SHARES)]
)
def test_a_question_that_nobody_answered_is_found_out_by_a_look_that_is_spent(
    make_study: Callable[..., Path], criterion: str, toml: str
) -> None:
    folder = make_study("s", toml=toml)
    told(folder, (SKIP, YES) if criterion == "cause" else (SKIP, SKIP), 0)
    desk = open_desk(folder)
    try:
        if toml != TOML:
            draw_wave(desk, Design("random", 9), split="held_out", role=HOLDER)
        look = certify(desk, "rules", by="olga", criteria=(criterion,), role=HOLDER)
        assert look.certificate.outcome == "undecided"
        assert [one.k for one in vault_status(desk, role=HOLDER).looks] == [1]
    finally:
        desk.close()


def refusal_after_a_level_went(folder: Path, values: tuple[str, ...]) -> str:
    """What a plan says of imported held-out answers once the scale has "maybe" in place of "no"."""
    desk = open_desk(folder)
    lines = "".join(f'{{"item_id": "i{k}", "output": "text {k * 7919}"}}\n' for k in range(ITEMS))
    (folder / "items.jsonl").write_text(lines, encoding="utf-8")
    import_files(desk, [folder / "items.jsonl"], role=HOLDER)
    freeze_split(desk, role=HOLDER)
    judge(desk, [f"i{k}" for k in range(ITEMS)])
    sealed = sorted(item for item, split in split_of_items(desk).items() if split == "held_out")
    rows = [
        {"item_id": item, "rater": "ada", "criterion": "grounded", "value": values[k % len(values)]}
        for k, item in enumerate(sealed)
    ]
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    import_files(desk, [folder / "labels.jsonl"], role=HOLDER)
    assert plan(desk, "grounded").has == len(sealed)  # type: ignore[attr-defined]
    desk.close()
    text = (folder / "rubric.yaml").read_text(encoding="utf-8")
    (folder / "rubric.yaml").write_text(text.replace('"no"', "maybe"), encoding="utf-8")
    desk = open_desk(folder)
    try:
        judge(desk, [f"i{k}" for k in range(ITEMS)])
        return str(plan(desk, "grounded"))
    finally:
        desk.close()


@both_engines
def test_no_rewording_of_the_rubric_sorts_held_out_answers_by_what_they_say(
    make_study: Callable[..., Path],
) -> None:
    given = (("yes", "no"), ("yes",), ("no",))
    said = {refusal_after_a_level_went(make_study(f"s{k}", toml=TOML), one) for k, one in enumerate(given)}
    assert len(said) == 1 and "grounded: held-out labels were given to an earlier wording" in said.pop()
