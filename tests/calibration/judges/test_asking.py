"""How a model is asked: what settings do to its requests and to its identity, and which are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calibration.judges.asking import Asking
from calibration.judges.briefing import request
from calibration.judges.faults import BadJudge
from calibration.judges.spec import asking_of, read_spec
from rubrics.files import library_rubric
from rubrics.items import Item
from rubrics.rubric import Rubric

MODEL: dict[str, object] = {"model": "openai/some-model", "parameters": {"temperature": 0}}
OUTLINE = "Be strict.\n{{criteria}}\n{{data_rules}}\n{{reply_rules}}\n"
EXAMPLE = {
    "item_id": "e1", "input": "Where is my parcel?", "output": "It is in Bonn.",
    "answers": {"tone": {"answer": 2, "rationale": "Plain and polite."}},
}  # fmt: skip
OFF_SCALE = '{"item_id": "x", "answers": {"tone": {"answer": 9, "rationale": "r"}}}'


@pytest.fixture
def rubric() -> Rubric:
    return library_rubric("support_answer")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prompt.md").write_text(OUTLINE)
    (tmp_path / "examples.jsonl").write_text(json.dumps(EXAMPLE) + "\n")
    return tmp_path


def asking(folder: Path, rubric: Rubric, **settings: object) -> Asking:
    return asking_of("j", MODEL | settings, folder=folder, rubric=rubric)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "openai/other"},
        {"parameters": {"temperature": 1}},
        {"samples": 3},
        {"calls": "criterion"},
        {"reply": "text"},
        {"confidence": ("logprobs",)},
        {"prompt": "prompt.md"},
        {"examples": "examples.jsonl", "criteria": ["tone"]},
    ],
)
def test_whatever_is_asked_otherwise_is_another_judge(
    change: dict[str, object], folder: Path, rubric: Rubric
) -> None:
    assert spec_hash(MODEL | change, folder, rubric) != spec_hash(MODEL, folder, rubric)


def spec_hash(definition: dict[str, object], folder: Path, rubric: Rubric) -> str:
    return read_spec("j", definition, folder=folder, rubric=rubric).spec_hash


def test_a_word_of_the_template_or_an_example_is_part_of_the_prompt(folder: Path, rubric: Rubric) -> None:
    definition = MODEL | {"prompt": "prompt.md", "examples": "examples.jsonl", "criteria": ["tone"]}
    before = read_spec("j", definition, folder=folder, rubric=rubric)
    (folder / "examples.jsonl").write_text(json.dumps(EXAMPLE).replace("polite", "cold"))
    other_example = read_spec("j", definition, folder=folder, rubric=rubric)
    (folder / "prompt.md").write_text(OUTLINE.replace("strict", "kind"))
    other_outline = read_spec("j", definition, folder=folder, rubric=rubric)
    assert len({before.prompt_sha256, other_example.prompt_sha256, other_outline.prompt_sha256}) == 3


def test_how_a_run_is_made_is_no_part_of_the_judge(folder: Path, rubric: Rubric) -> None:
    how = {"timeout_seconds": 5.0, "concurrency": 64, "budget": {"calls": 9}, "attempts": 2, "redact": True}
    assert spec_hash(MODEL | how, folder, rubric) == spec_hash(MODEL, folder, rubric)


def test_a_schema_a_tool_or_text_is_what_the_model_is_held_to(folder: Path, rubric: Rubric) -> None:
    unit = asking(folder, rubric).units[0]
    schema = asking(folder, rubric).briefing(unit).body
    tool = asking(folder, rubric, reply="tool").briefing(unit).body
    text = asking(folder, rubric, reply="text").briefing(unit).body
    assert schema["response_format"]["json_schema"]["strict"] is True  # type: ignore[index]
    assert tool["tools"][0]["function"]["parameters"]["required"] == list(unit)  # type: ignore[index]
    assert not {"response_format", "tools"} & set(text)
    assert list(schema)[:2] == ["model", "messages"]


def test_one_call_a_criterion_tells_of_that_criterion_alone(folder: Path, rubric: Rubric) -> None:
    single = asking(folder, rubric, calls="criterion")
    assert single.units == tuple((criterion.name,) for criterion in rubric.criteria)
    told = single.briefing(("tone",)).messages[0]["content"]
    assert "## Criterion tone" in told
    assert "## Criterion grounded" not in told


def test_examples_come_before_the_item_as_question_and_reply(folder: Path, rubric: Rubric) -> None:
    shown = asking(folder, rubric, examples="examples.jsonl", criteria=["tone"])
    body = request(shown.briefing(shown.units[0]), Item("i", input="q", output="a")).body
    roles = [message["role"] for message in body["messages"]]  # type: ignore[attr-defined]
    assert roles == ["system", "user", "assistant", "user"]
    reply = json.loads(body["messages"][2]["content"])  # type: ignore[index]
    assert reply == {"tone": {"rationale": "Plain and polite.", "answer": 2}}


def test_an_example_that_lacks_an_asked_criterion_is_not_shown(folder: Path, rubric: Rubric) -> None:
    shown = asking(folder, rubric, examples="examples.jsonl")
    assert len(shown.briefing(shown.units[0]).messages) == 1


def test_the_key_is_of_the_whole_request_and_its_replicate(folder: Path, rubric: Rubric) -> None:
    pair = Item("p", "pairwise", output_a="one", output_b="two")
    briefing = asking(folder, rubric).briefing(asking(folder, rubric).units[0])
    other = asking(folder, rubric, parameters={"temperature": 1}).briefing(briefing.criteria)
    asked = [
        request(briefing, pair),
        request(briefing, pair, swapped=True),
        request(briefing, pair, replicate=1),
        request(other, pair),
    ]
    assert len({one.key for one in asked}) == 4
    assert request(briefing, pair).key == asked[0].key


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"parameters": {"messages": []}}, r"parameters\.messages: is set by the judge itself"),
        ({"parameters": {"mock_response": "yes"}}, r"parameters\.mock_response"),
        ({"confidence": ("samples",)}, "set samples = 2 or more"),
        ({"confidence": ("order",)}, "set both_orders = true"),
        ({"confidence": ("guess",)}, "confidence"),
        ({"both_orders": True}, "no criterion that compares a pair"),
        ({"samples": 3, "parameters": {"seed": 1}}, r"parameters\.seed: makes all samples one answer"),
        ({"prompt": "none.md"}, "no such file"),
        ({"prompt": "../prompt.md"}, "no such file"),
        ({"examples": "none.jsonl"}, "no such file"),
        ({"examples": "examples.jsonl", "confidence": ("verbalised",)}, "made-up confidence"),
    ],
)
def test_settings_that_contradict_are_refused(
    settings: dict[str, object], said: str, folder: Path, rubric: Rubric
) -> None:
    with pytest.raises(BadJudge, match=said) as error:
        asking(folder, rubric, **settings)
    assert "[judges.j]" in str(error.value)


@pytest.mark.parametrize("field", ["prompt", "examples"])
def test_a_file_that_is_no_text_is_named(field: str, folder: Path, rubric: Rubric) -> None:
    (folder / "odd.txt").write_bytes(b"ok \xff\xfe")
    with pytest.raises(BadJudge, match=rf"\[judges\.j\] {field} = 'odd.txt': is not UTF-8 text \(byte 3\)"):
        asking(folder, rubric, **{field: "odd.txt"})


def test_an_example_may_hold_any_separator_of_lines(folder: Path, rubric: Rubric) -> None:
    text = json.dumps(EXAMPLE | {"output": "one\u2028two\x85three"}, ensure_ascii=False)
    (folder / "examples.jsonl").write_text(text + "\n", encoding="utf-8")
    found = asking(folder, rubric, examples="examples.jsonl", criteria=["tone"]).examples
    assert [one.item.output for one in found] == ["one\u2028two\x85three"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "examples.jsonl, line 1: not JSON"),
        ('{"item_id": "x"}', "line 1: needs item_id, the item's texts, and answers"),
        (
            '{"item_id": "x", "answers": {"tone": {"answer": 2}}}',
            r"answers\.tone: needs an answer and a rationale",
        ),
        (
            '{"item_id": "x", "answers": {"tone": {"answer": 9, "rationale": "r"}}}',
            r"answers\.tone: 9 is not one",
        ),
        ("", "has 0 examples"),
    ],
)
def test_a_file_of_examples_says_where_it_is_wrong(
    line: str, said: str, folder: Path, rubric: Rubric
) -> None:
    (folder / "examples.jsonl").write_text(line)
    with pytest.raises(BadJudge, match=said):
        asking(folder, rubric, examples="examples.jsonl")


def test_a_template_without_the_rules_is_refused(folder: Path, rubric: Rubric) -> None:
    (folder / "prompt.md").write_text("{{criteria}} {{reply_rules}}")
    with pytest.raises(BadJudge, match=r"prompt = 'prompt.md': the place \{\{data_rules\}\} must stand"):
        asking(folder, rubric, prompt="prompt.md")
