"""Rubric files: what is read, what is refused and how that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from rubrics.files import RubricError, dump_rubric, library_rubric, load_rubric, parse_rubric
from rubrics.rubric import AppliesWhen

MINIMAL = """\
name: tiny
criteria:
  - name: correct
    question: Is it right?
    scale:
      kind: binary
      levels:
        - name: yes
        - name: no
"""


def with_scale(*lines: str) -> str:
    """A rubric of one criterion whose scale begins on line 5."""
    scale = "\n".join(f"      {line}" for line in lines)
    return f"name: tiny\ncriteria:\n  - name: c\n    question: Is it?\n    scale:\n{scale}\n"


def refused(text: str) -> str:
    with pytest.raises(RubricError) as caught:
        parse_rubric(text, source="rubric.yaml")
    return str(caught.value)


def test_a_minimal_rubric_gets_the_defaults() -> None:
    criterion = parse_rubric(MINIMAL).criterion("correct")
    assert (criterion.required, criterion.not_applicable, criterion.ask_sure) == (True, False, False)
    assert (criterion.weight, criterion.dimension, criterion.applies_when) == (1.0, "output quality", None)


@pytest.mark.parametrize("names", [("yes", "no"), ("on", "off"), ("True", "False"), ("1", "0"), ("y", "n")])
def test_level_names_that_yaml_takes_for_truth_values_stay_names(names: tuple[str, str]) -> None:
    text = MINIMAL.replace("name: yes", f"name: {names[0]}").replace("name: no", f"name: {names[1]}")
    scale = parse_rubric(text).criterion("correct").scale
    assert scale.categories == names
    assert [scale.parse(name) for name in names] == list(names)


def test_a_date_and_a_number_stay_text_where_text_is_asked() -> None:
    rubric = parse_rubric(MINIMAL + "purpose: 2024-01-31\nowner: 007\n")
    assert (rubric.purpose, rubric.owner) == ("2024-01-31", "007")


def test_truth_values_of_switches_may_be_written_as_yes_and_no() -> None:
    text = MINIMAL.replace("    scale:", "    not_applicable: yes\n    required: no\n    scale:", 1)
    criterion = parse_rubric(text).criterion("correct")
    assert (criterion.not_applicable, criterion.required) == (True, False)


def test_a_pairwise_scale_without_levels_has_a_b_and_tie() -> None:
    assert parse_rubric(with_scale("kind: pairwise")).criteria[0].scale.categories == ("a", "b", "tie")


def test_a_pairwise_scale_may_refuse_ties() -> None:
    scale = parse_rubric(with_scale("kind: pairwise", "tie: false")).criteria[0].scale
    assert scale.categories == ("a", "b")
    assert scale.tie is None


def test_pairwise_levels_are_put_in_the_order_a_b_tie() -> None:
    text = with_scale("kind: pairwise", "levels: [{name: tie}, {name: B, description: second}, {name: a}]")
    scale = parse_rubric(text).criteria[0].scale
    assert scale.categories == ("a", "b", "tie")
    assert scale.levels[1].description == "second"


def test_an_interval_scale_reads_its_range_step_and_anchors() -> None:
    text = with_scale(
        "kind: interval", "low: 0", "high: 1", "step: 0.5", "levels: [{name: half, value: 0.5}]"
    )
    scale = parse_rubric(text).criteria[0].scale
    assert scale.categories == (0, 0.5, 1)
    anchor = scale.level_of(0.5)
    assert anchor is not None
    assert anchor.name == "half"


def test_the_values_of_a_condition_become_canonical_answers() -> None:
    text = MINIMAL + (
        "  - name: why\n    question: Why?\n    applies_when: {criterion: correct, values: [NO]}\n"
        "    scale: {kind: interval, low: 0, high: 10}\n"
    )
    assert parse_rubric(text).criterion("why").applies_when == AppliesWhen("correct", ("no",))


def test_a_condition_on_an_ordinal_level_may_name_it_or_number_it() -> None:
    text = with_scale("kind: ordinal", "levels: [{name: low, value: 1}, {name: high, value: 2}]") + (
        "  - name: why\n    question: Why?\n    applies_when: {criterion: c, values: [low, 2]}\n"
        "    scale: {kind: pairwise}\n"
    )
    assert parse_rubric(text).criterion("why").applies_when == AppliesWhen("c", (1, 2))


ORDINAL = "kind: ordinal"
FAULTS = {
    "unknown kind": (with_scale("kind: stars"), ":6: criteria[0].scale.kind: stars is not one of"),
    "binary of three": (
        with_scale("kind: binary", "levels: [{name: x}, {name: y}, {name: z}]"),
        ":7: criteria[0].scale.levels: a binary scale has exactly two levels, positive first; found 3",
    ),
    "binary without levels": (with_scale("kind: binary"), ":5: criteria[0].scale.levels: a binary scale has"),
    "nominal of one": (with_scale("kind: nominal", "levels: [{name: x}]"), "at least two levels; found 1"),
    "nominal with value": (
        with_scale("kind: nominal", "levels:", "  - name: x", "    value: 1", "  - name: y"),
        ":9: criteria[0].scale.levels[0].value: levels of a nominal scale have no value",
    ),
    "ordinal without value": (
        with_scale(ORDINAL, "levels:", "  - {name: x, value: 1}", "  - name: y"),
        ":9: criteria[0].scale.levels[1].value: is missing",
    ),
    "ordinal value is text": (
        with_scale(ORDINAL, "levels:", "  - {name: x, value: one}", "  - {name: y, value: 2}"),
        ":8: criteria[0].scale.levels[0].value: must be a number, not 'one'",
    ),
    "ordinal value is not finite": (
        with_scale(ORDINAL, "levels:", "  - {name: x, value: 1}", "  - {name: y, value: inf}"),
        ":9: criteria[0].scale.levels[1].value: must be a finite number",
    ),
    "ordinal values fall": (
        with_scale(ORDINAL, "levels:", "  - {name: x, value: 2}", "  - {name: y, value: 1}"),
        ":9: criteria[0].scale.levels[1].value: 1 does not rise above 2",
    ),
    "ordinal values repeat": (
        with_scale(ORDINAL, "levels:", "  - {name: x, value: 2}", "  - {name: y, value: 2}"),
        "2 does not rise above 2",
    ),
    "ordinal name is another's number": (
        with_scale(ORDINAL, "levels:", "  - {name: two, value: 1}", "  - {name: '1', value: 2}"),
        ":9: criteria[0].scale.levels[1].name: '1' also stands for level 'two'",
    ),
    "names differ in case alone": (
        with_scale("kind: nominal", "levels:", "  - name: Good", "  - name: good"),
        ":9: criteria[0].scale.levels[1].name: 'good' also stands for level 'Good'",
    ),
    "alias of two levels": (
        with_scale("kind: nominal", "levels:", "  - {name: x, aliases: [z]}", "  - {name: y, aliases: [Z]}"),
        ":9: criteria[0].scale.levels[1].aliases[0]: 'Z' also stands for level 'x'",
    ),
    "reserved word": (
        with_scale("kind: nominal", "levels:", "  - name: x", "  - name: Not applicable"),
        ":9: criteria[0].scale.levels[1].name: 'Not applicable' is kept for answers outside the scale",
    ),
    "interval without high": (
        with_scale("kind: interval", "low: 1"),
        ":5: criteria[0].scale.high: is missing",
    ),
    "interval upside down": (
        with_scale("kind: interval", "low: 5", "high: 1"),
        ":8: criteria[0].scale.high: 1 is not above low (5)",
    ),
    "step does not fit": (
        with_scale("kind: interval", "low: 0", "high: 1", "step: 0.3"),
        ":9: criteria[0].scale.step: 0.3 does not divide 0..1",
    ),
    "step of nothing": (with_scale("kind: interval", "low: 0", "high: 1", "step: 0"), "must be above 0"),
    "step too fine": (with_scale("kind: interval", "low: 0", "high: 1", "step: 0.0001"), "more than 1001"),
    "anchor outside": (
        with_scale("kind: interval", "low: 0", "high: 1", "levels: [{name: far, value: 2}]"),
        "criteria[0].scale.levels[0].value: 2 is outside 0..1",
    ),
    "low on a nominal scale": (
        with_scale("kind: nominal", "low: 1", "levels: [{name: x}, {name: y}]"),
        ":7: criteria[0].scale.low: only an interval scale has low",
    ),
    "pairwise with c": (
        with_scale("kind: pairwise", "levels: [{name: a}, {name: b}, {name: c}]"),
        "criteria[0].scale.levels[2].name: 'c' is not one of: a, b, tie",
    ),
    "pairwise without b": (with_scale("kind: pairwise", "levels: [{name: a}]"), "lists both a and b"),
    "tie refused and listed": (
        with_scale("kind: pairwise", "tie: false", "levels: [{name: a}, {name: b}, {name: tie}]"),
        ":7: criteria[0].scale.tie: is false, but a level tie is listed",
    ),
    "tie promised and missing": (
        with_scale("kind: pairwise", "tie: true", "levels: [{name: a}, {name: b}]"),
        ":7: criteria[0].scale.tie: is true, but no level tie is listed",
    ),
    "tie elsewhere": (
        with_scale("kind: binary", "tie: true", "levels: [{name: x}, {name: y}]"),
        "only a pairwise scale has tie",
    ),
    "misspelled field": (
        MINIMAL.replace("name: yes", "name: yes\n          descripton: x"),
        ":9: criteria[0].scale.levels[0].descripton: unknown field; did you mean description?",
    ),
    "unknown field": (MINIMAL + "colour: red\n", ":10: colour: unknown field; known fields are: name,"),
    "missing question": (
        MINIMAL.replace("    question: Is it right?\n", ""),
        ":3: criteria[0].question: is missing",
    ),
    "empty question": (MINIMAL.replace("Is it right?", "' '"), ":4: criteria[0].question: is empty"),
    "null name": (MINIMAL.replace("tiny", "~"), ":1: name: must be text"),
    "name with a blank": (MINIMAL.replace("tiny", "my rubric"), ":1: name: 'my rubric' is not a usable name"),
    "no criteria": ("name: tiny\ncriteria: []\n", ":2: criteria: is empty: list at least one"),
    "criteria not a list": ("name: tiny\ncriteria: {}\n", ":2: criteria: must be a list"),
    "criterion is text": ("name: tiny\ncriteria: [x]\n", ":2: criteria[0]: must be a mapping of fields"),
    "negative weight": (
        MINIMAL.replace("    scale:", "    weight: -1\n    scale:"),
        ":5: criteria[0].weight: must not be negative",
    ),
    "switch is not a truth value": (
        MINIMAL.replace("    scale:", "    required: maybe\n    scale:"),
        ":5: criteria[0].required: must be true or false, not 'maybe'",
    ),
    "cadence": (MINIMAL + "review_every: often\n", ":10: review_every: 'often' is not a cadence"),
    "condition on a later criterion": (
        MINIMAL.replace("    scale:", "    applies_when: {criterion: later, values: [x]}\n    scale:"),
        ":5: criteria[0].applies_when.criterion: 'later' is not an earlier criterion",
    ),
    "condition on itself": (
        MINIMAL.replace("    scale:", "    applies_when: {criterion: correct, values: [yes]}\n    scale:"),
        "'correct' is not an earlier criterion",
    ),
    "severity": (
        MINIMAL + "failure_modes:\n  - {name: m, description: d, severity: awful, visibility: loud}\n",
        ":11: failure_modes[0].severity: awful is not one of: critical, major or minor",
    ),
    "failure mode without visibility": (
        MINIMAL + "failure_modes:\n  - {name: m, description: d, severity: minor}\n",
        ":11: failure_modes[0].visibility: is missing",
    ),
    "two failure modes of one name": (
        MINIMAL
        + "failure_modes:\n  - {name: m, description: d, severity: minor, visibility: loud}\n"
        + "  - {name: M, description: e, severity: minor, visibility: loud}\n",
        ":12: failure_modes[1].name: 'M' is already the name of failure_modes[0]",
    ),
    "empty file": ("", ":1: is empty"),
    "a list": ("- 1\n", ":1: must be a mapping of fields"),
    "broken YAML": ("name: [1,\n", "not valid YAML"),
    "tab": ("name: x\ncriteria:\n\t- 1\n", ":3: not valid YAML"),
    "control character": ("name: x\x07\n", "not valid YAML"),
    "field given twice": ("name: x\nname: y\n", ":2: name: field given twice, first on line 1"),
    "anchor and alias": ("name: &n x\nowner: *n\n", ":2: owner: alias *n is not supported"),
    "tag": ("name: !!python/object:os.system x\n", ":1: name: tag"),
    "two documents": ("name: x\n---\nname: y\n", ":2: a second document"),
    "deep nesting": ("[" * 5000, "nested more than"),
    "list as a field name": ("? [a]\n: b\n", "a field name must be plain text"),
    "too long": ("#" * 500_001, "500001 characters"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_line_and_field(fault: str) -> None:
    text, expected = FAULTS[fault]
    assert expected in refused(text)


def test_the_values_of_a_condition_are_checked_against_the_other_scale() -> None:
    text = MINIMAL + (
        "  - name: why\n    question: Why?\n    applies_when:\n      criterion: correct\n"
        "      values:\n        - maybe\n    scale: {kind: pairwise}\n"
    )
    message = refused(text)
    assert message.startswith("rubric.yaml:15: criteria[1].applies_when.values[0]: 'maybe' is not one of")
    assert message.endswith("answers: yes, no (scale of correct)")


def test_faults_of_several_criteria_are_listed_together_in_the_order_of_lines() -> None:
    text = (
        MINIMAL
        + "  - {name: x, question: why, scale: {kind: stars}}\n"
        + "  - {name: y, scale: {kind: pairwise}}\n"
        + "owner: []\n"
    )
    lines = refused(text).splitlines()
    assert [line.split(":")[1] for line in lines] == ["10", "11", "12"]


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"a{k}: &a{k} [*a, *a]\n" for k in range(50))
    assert "is not supported" in refused(bomb)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rubric.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert load_rubric(path).name == "tiny"


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rubric.yaml"
    path.write_bytes(b"name: x\npurpose: caf\xe9\n")
    with pytest.raises(RubricError, match=r"rubric\.yaml:2: is not UTF-8"):
        load_rubric(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RubricError, match=r"none\.yaml:1: cannot be read"):
        load_rubric(tmp_path / "none.yaml")


def test_a_name_outside_the_library_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(KeyError, match="support_answer"):
        library_rubric("nothing")


def test_dumping_keeps_names_that_look_like_other_types() -> None:
    rubric = parse_rubric(MINIMAL)
    assert parse_rubric(dump_rubric(rubric)) == rubric
