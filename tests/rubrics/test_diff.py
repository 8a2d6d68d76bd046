"""Which old labels stay valid when a rubric changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rubrics.diff import diff
from rubrics.files import parse_rubric
from rubrics.rubric import AppliesWhen, Criterion, Level, Rubric, Scale

OLD = """\
name: r
criteria:
  - name: right
    question: Is it right?
    not_applicable: true
    scale: {kind: binary, levels: [{name: right}, {name: wrong}]}
  - name: kind
    question: What kind is it?
    applies_when: {criterion: right, values: [wrong]}
    scale: {kind: nominal, levels: [{name: x, description: one}, {name: y}]}
  - name: grade
    question: How good is it?
    scale: {kind: ordinal, levels: [{name: low, value: 1}, {name: high, value: 3}]}
  - name: amount
    question: How much?
    scale: {kind: interval, low: 0, high: 10, step: 2}
  - name: better
    question: Which one?
    scale: {kind: pairwise, tie: false}
"""

# What is replaced in the file, the criterion asked about, whether its labels stay valid, and what is said.
TABLE = {
    "question reworded": ("Is it right?", "Is it true?", "right", True, "wording changed"),
    "level description": ("description: one", "description: two", "kind", True, "wording changed"),
    "description added": (
        "question: How good",
        "description: d\n    question: How good",
        "grade",
        True,
        "wording",
    ),
    "weight": ("question: How good", "weight: 2\n    question: How good", "grade", True, "stay valid"),
    "nominal level added": ("{name: y}", "{name: y}, {name: z}", "kind", True, "with a warning"),
    "nominal level removed": ("{name: x, description: one}, ", "{name: z}, ", "kind", False, "not valid"),
    "nominal level renamed": ("{name: y}", "{name: why}", "kind", False, "not valid"),
    "nominal order": (
        "{name: x, description: one}, {name: y}",
        "{name: y}, {name: x, description: one}",
        "kind",
        True,
        "wording changed",
    ),
    "binary sides exchanged": (
        "{name: right}, {name: wrong}",
        "{name: wrong}, {name: right}",
        "right",
        True,
        "warning",
    ),
    "ordinal level added": (
        "{name: high, value: 3}",
        "{name: mid, value: 2}, {name: high, value: 3}",
        "grade",
        True,
        "with a warning",
    ),
    "ordinal level renamed": ("{name: high, value: 3}", "{name: top, value: 3}", "grade", False, "not valid"),
    "ordinal level renumbered": (
        "{name: high, value: 3}",
        "{name: high, value: 4}",
        "grade",
        False,
        "not valid",
    ),
    "kind changed": (
        "{kind: interval, low: 0, high: 10, step: 2}",
        "{kind: pairwise}",
        "amount",
        False,
        "not valid",
    ),
    "range changed": ("high: 10", "high: 12", "amount", False, "not valid"),
    "step finer": ("step: 2", "step: 1", "amount", True, "with a warning"),
    "step dropped": (", step: 2", "", "amount", True, "with a warning"),
    "step coarser": ("step: 2", "step: 5", "amount", False, "not valid"),
    "tie allowed": ("tie: false", "tie: true", "better", True, "with a warning"),
    "not applicable refused": ("    not_applicable: true\n", "", "right", False, "not valid"),
    "not applicable allowed": (
        "question: Which",
        "not_applicable: true\n    question: Which",
        "better",
        True,
        "with a warning",
    ),
    "condition added": (
        "    question: How good",
        "    applies_when: {criterion: right, values: [right]}\n    question: How good",
        "grade",
        False,
        "not valid",
    ),
    "condition widened": ("values: [wrong]", "values: [wrong, right]", "kind", True, "with a warning"),
    "condition moved": ("values: [wrong]", "values: [right]", "kind", False, "not valid"),
    "condition dropped": (
        "    applies_when: {criterion: right, values: [wrong]}\n",
        "",
        "kind",
        True,
        "with a warning",
    ),
    "no longer required": (
        "question: How good",
        "required: false\n    question: How good",
        "grade",
        True,
        "warning",
    ),
    "criterion renamed": ("name: better", "name: preferred", "better", False, "not valid"),
    "criterion added": ("name: better", "name: preferred", "preferred", True, "no old labels"),
    "owner": ("name: r\n", "name: r\nowner: me\n", "grade", True, "unchanged"),
}


@pytest.mark.parametrize("case", TABLE)
def test_old_labels_are_judged_by_what_changed(case: str) -> None:
    before, after, criterion, valid, said = TABLE[case]
    assert OLD.count(before) == 1
    found = diff(parse_rubric(OLD), parse_rubric(OLD.replace(before, after)))
    assert found.labels_valid(criterion) is valid
    assert said in found.of(criterion).verdict


@pytest.mark.parametrize(
    "case", [case for case, row in TABLE.items() if row[2] not in ("right", "preferred")]
)
def test_a_change_in_one_criterion_leaves_the_others_unchanged(case: str) -> None:
    before, after, criterion, _, _ = TABLE[case]
    found = diff(parse_rubric(OLD), parse_rubric(OLD.replace(before, after)))
    changed = [c.criterion for c in found.criteria if c.changes and c.criterion != "preferred"]
    assert changed in ([criterion], [])


def test_a_rubric_does_not_differ_from_itself() -> None:
    rubric = parse_rubric(OLD)
    found = diff(rubric, rubric)
    assert found.same_wording
    assert found.all_valid
    assert {c.verdict for c in found.criteria} == {"unchanged"}
    assert found.notes == ()


def test_a_condition_on_a_changed_criterion_makes_its_labels_invalid_too() -> None:
    new = parse_rubric(OLD.replace("    not_applicable: true\n", ""))
    found = diff(parse_rubric(OLD), new)
    assert not found.labels_valid("kind")
    assert "depends on right" in found.reason("kind")


def test_a_renamed_criterion_is_pointed_out_but_not_guessed() -> None:
    found = diff(parse_rubric(OLD), parse_rubric(OLD.replace("name: better", "name: preferred")))
    assert "preferred asks the same question" in found.reason("better")
    assert not found.all_valid


def test_changes_outside_the_criteria_are_notes() -> None:
    mode = "failure_modes: [{name: m, description: d, severity: %s, visibility: loud}]\n"
    old = parse_rubric(OLD + mode % "minor")
    new = parse_rubric(OLD + mode % "major" + "instructions: Read twice.\nreview_every: 1 day\n")
    assert diff(old, new).notes == (
        "instructions changed: raters and judges are shown it",
        "review cadence: none becomes 1 day",
        "failure mode m: severity minor becomes major",
    )


def test_anchors_of_an_interval_scale_are_wording() -> None:
    old, new = (
        Rubric("r", (Criterion("c", "Q?", Scale("interval", levels, 0, 1)),))
        for levels in ((Level("low", 0),), (Level("low", 0, "nothing"), Level("high", 1)))
    )
    found = diff(old, new)
    assert found.labels_valid("c")
    assert [change.kind for change in found.of("c").changes] == ["wording", "wording"]


def test_a_criterion_in_neither_version_is_an_error() -> None:
    with pytest.raises(KeyError, match="neither version"):
        diff(parse_rubric(OLD), parse_rubric(OLD)).labels_valid("style")


def test_the_json_says_for_each_criterion_whether_labels_stay_valid() -> None:
    found = diff(parse_rubric(OLD), parse_rubric(OLD.replace("high: 10", "high: 12"))).as_json()
    assert found["all_valid"] is False
    criteria = found["criteria"]
    assert isinstance(criteria, list)
    assert {c["criterion"]: c["labels_valid"] for c in criteria} == {
        "right": True, "kind": True, "grade": True, "amount": False, "better": True,
    }  # fmt: skip


def test_a_condition_that_names_nothing_known_is_compared_as_text() -> None:
    plain = Criterion("c", "Q?", Scale("pairwise", (Level("a"), Level("b"))))
    old = Rubric("r", (replace(plain, applies_when=AppliesWhen("gone", ("x",))),))
    assert diff(old, old).labels_valid("c")
