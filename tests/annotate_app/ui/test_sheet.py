"""Between the fields of the form and the answers of the rubric."""

from __future__ import annotations

from dataclasses import replace

from annotate_app.ui import sheet
from annotate_app.ui.drafts import DraftKey, Drafts
from annotate_app.ui.parts.choices import Screen, choice_name, in_screen_order, level_list, range_words
from annotate_app.ui.sheet import Field
from rubrics.answers import Answer
from rubrics.render import check_answers, render_form
from rubrics.rubric import NOT_APPLICABLE, AppliesWhen, Criterion, Level, Rubric, Scale

YES_NO = Scale("binary", (Level("yes"), Level("no", rationale_required=True)))
RUBRIC = Rubric(
    "r",
    (
        Criterion("right", "Is it right?", YES_NO),
        Criterion("why", "What is wrong?", YES_NO, applies_when=AppliesWhen("right", ("no",))),
        Criterion("score", "How good?", Scale("interval", low=0, high=10, step=1), not_applicable=True),
    ),
)
KEY = DraftKey(1, "Ada", "i", "estimate")


def value(criterion: str) -> Field:
    return Field(criterion, "value")


def test_a_criterion_is_asked_once_the_answer_it_waits_for_is_given() -> None:
    assert [c.name for c in sheet.asked(RUBRIC, {value("right"): "yes"})] == ["right", "score"]
    assert [c.name for c in sheet.asked(RUBRIC, {value("right"): "no"})] == ["right", "why", "score"]


def test_an_answer_to_a_criterion_that_is_hidden_again_is_not_sent() -> None:
    fields = {value("right"): "yes", value("why"): "no"}
    assert sheet.answers(RUBRIC, fields) == (Answer("right", "yes"),)


def test_the_box_beside_a_number_says_not_applicable() -> None:
    fields = {value("right"): "yes", value("score"): 3, Field("score", "not_applicable"): True}
    assert sheet.answers(RUBRIC, fields)[1] == Answer("score", None, "not_applicable")


def test_fields_show_given_answers_again() -> None:
    given = (
        Answer("right", "no", rationale="wrong year", sure=False),
        Answer("score", None, "not_applicable"),
    )
    assert sheet.answers(RUBRIC, sheet.fields_of(RUBRIC, given)) == given


def test_not_applicable_among_choices_survives_the_round_trip() -> None:
    rubric = Rubric("r", (Criterion("right", "?", YES_NO, not_applicable=True),))
    given = (Answer("right", None, "not_applicable"),)
    assert sheet.fields_of(rubric, given) == {value("right"): NOT_APPLICABLE}
    assert sheet.answers(rubric, sheet.fields_of(rubric, given)) == given


def test_a_level_that_needs_a_reason_says_so() -> None:
    criterion = RUBRIC.criterion("right")
    assert sheet.needs_rationale(criterion, {value("right"): "no"})
    assert not sheet.needs_rationale(criterion, {value("right"): "yes"})


def test_skipping_skips_every_required_criterion_that_is_always_asked() -> None:
    skipped = sheet.skip_answers(RUBRIC, "not my field")
    assert [(a.criterion, a.status, a.reason) for a in skipped] == [
        ("right", "skipped", "not my field"), ("score", "skipped", "not my field"),
    ]  # fmt: skip


def test_a_draft_keeps_its_submission_id_until_it_is_dropped() -> None:
    drafts = Drafts()
    first = drafts.open(KEY)
    drafts.put(KEY, value("right"), "yes")
    assert drafts.open(KEY).submission_id == first.submission_id
    assert drafts.open(KEY).fields == {value("right"): "yes"}
    drafts.drop(KEY)
    assert drafts.shown(KEY, first.submission_id) is None
    assert drafts.open(KEY).submission_id != first.submission_id


def test_pauses_do_not_count_as_work() -> None:
    # 5 s to the first answer, then a pause of an hour, of which 60 s count, then 2 s: 5 + 60 + 2
    times = iter((0.0, 5.0, 3605.0, 3607.0))
    drafts = Drafts(clock=lambda: next(times))
    opened = drafts.open(KEY)
    drafts.put(KEY, value("right"), "no")
    drafts.put(KEY, value("right"), "yes")
    shown = drafts.shown(KEY, opened.submission_id)
    assert shown is not None
    assert shown.active_seconds == 67.0


def test_the_output_that_stands_first_is_called_a() -> None:
    levels = (Level("a", description="Output A wins"), Level("b", description="Output B wins"), Level("tie"))
    question = render_form(Rubric("r", (Criterion("p", "?", Scale("pairwise", levels)),))).questions[0]
    swapped = Screen(first_side="b")
    assert in_screen_order(question, ["a", "b", "tie"], swapped) == ["b", "a", "tie"]
    names = {choice.value: choice_name(question, choice, swapped) for choice in question.choices}
    assert names == {"a": "B is better", "b": "A is better", "tie": "Tie"}
    # the words stay with the letter on the screen: "B is better" means "Output B wins"
    assert '<dt>B is better</dt><dd dir="auto">Output B wins</dd>' in level_list(question, swapped)


def test_the_numbers_that_may_be_typed_are_named() -> None:
    question = render_form(RUBRIC).questions[2]
    assert range_words(question) == "0 to 10"


def test_where_no_question_is_required_a_skip_skips_them_all() -> None:
    free = Rubric("free", tuple(replace(c, required=False) for c in RUBRIC.criteria))
    skipped = sheet.skip_answers(free, "not my field")
    assert [a.criterion for a in skipped] == ["right", "score"]
    assert not check_answers(free, skipped).problems
