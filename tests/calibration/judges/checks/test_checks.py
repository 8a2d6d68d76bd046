"""Each check finds what it says, says where it found it, and abstains where it does not apply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from calibration.judges.check_judge import load_check_judge
from calibration.judges.checks.form import normalised
from calibration.judges.checks.shares import entities
from calibration.judges.checks.table import CHECKS
from calibration.judges.faults import BadJudge
from calibration.judges.spec import JudgeSpec, read_spec
from rubrics.answers import Verdict
from rubrics.items import Item
from rubrics.rubric import Criterion, Level, Rubric, Scale

BINARY = Scale("binary", (Level("good"), Level("bad")))
RUBRIC = Rubric("r", (Criterion("fine", "?", BINARY),))
DOCS = Path(__file__).parents[4] / "docs" / "judges" / "checks.md"
DEEP = "[" * 100_000


def spec_of(
    check: str, parameters: Mapping[str, object], *, rubric: Rubric = RUBRIC, folder: Path = Path()
) -> JudgeSpec:
    definition = {"code": f"check:{check}", "parameters": parameters}
    return read_spec("mine", definition, folder=folder, rubric=rubric)


def verdict(
    check: str, item: Item, *, rubric: Rubric = RUBRIC, folder: Path = Path(), **parameters: object
) -> Verdict:
    spec = spec_of(check, parameters, rubric=rubric, folder=folder)
    return next(load_check_judge("mine", spec, folder).judge([item], rubric))


def item(
    output: str | None = "Yes.", reference: str | None = None, sources: tuple[str, ...] = (), **more: str
) -> Item:
    return Item("i1", output=output, reference=reference, sources=sources, **more)  # type: ignore[arg-type]


def said(found: Verdict) -> str:
    return found.rationale or found.reason or ""


def test_a_pattern_that_must_be_found_is_quoted_with_its_place() -> None:
    found = verdict("regex", item("Order 12345 is late."), must_match=r"\d{5}")
    assert (found.value, found.raw_value) == ("good", "pass")
    assert "'12345' at character 7 of output" in said(found)


def test_a_pattern_that_must_not_be_found_fails_with_its_place() -> None:
    found = verdict("regex", item("As an AI model"), must_not_match=["as an ai"], ignore_case=True)
    assert found.value == "bad"
    assert "'As an AI' at character 1 of output matches 'as an ai'" in said(found)


def test_every_missing_pattern_is_named() -> None:
    found = verdict("regex", item("nothing"), must_match=["A", "B"])
    assert said(found) == "nothing in output matches 'A'; nothing in output matches 'B'"


def test_an_item_without_the_text_is_abstained_with_the_reason() -> None:
    found = verdict("regex", item(None), must_match="a")
    assert (found.value, found.status, found.raw_value) == (None, "abstained", None)
    assert said(found) == "does not apply: the item has no output"


@pytest.mark.parametrize("check", ["exact_match", "rouge", "bleu", "token_f1", "entity_f1"])
def test_without_a_reference_nothing_is_compared(check: str) -> None:
    bounds = {} if check == "exact_match" else {"least": 0.5}
    found = verdict(check, item("x"), **bounds)
    assert (found.status, said(found)) == ("abstained", "does not apply: the item has no reference")


def test_exact_match_ignores_blanks_and_says_where_texts_part() -> None:
    assert verdict("exact_match", item(" 4  eggs\n", "4 eggs")).value == "good"
    found = verdict("exact_match", item("4 Eggs", "4 eggs"))
    assert found.value == "bad"
    assert "character 3: output has 'Eggs', the reference 'eggs'" in said(found)


def test_normalisation_follows_its_steps() -> None:
    steps = ("unicode", "case", "punctuation", "articles", "blanks")
    assert normalised("The  ﬁrst “answer”, an A!", steps) == "first answer"  # type: ignore[arg-type]
    assert normalised("The  end.", ()) == "The  end."


def test_length_counts_words_or_characters() -> None:
    assert verdict("length", item("one two three"), most=3).value == "good"
    short = verdict("length", item("ab"), unit="characters", least=3)
    assert (short.value, said(short)) == ("bad", "output has 2 characters, fewer than 3")
    assert "more than 1" in said(verdict("length", item("a b"), most=1))
    assert verdict("length", item(""), least=1).value == "bad"


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    content = {
        "type": "object",
        "required": ["steps"],
        "properties": {"steps": {"items": {"type": "string"}}},
    }
    (tmp_path / "answer.json").write_text(json.dumps(content))
    return tmp_path


def test_json_obeys_its_schema_also_inside_a_fence(schema: Path) -> None:
    for text in ('{"steps": ["a"]}', '```json\n{"steps": []}\n```\n'):
        assert verdict("json_schema", item(text), folder=schema, schema="answer.json").value == "good"
    fenced = item("```\n{}\n```")
    assert verdict("json_schema", fenced, folder=schema, schema="answer.json", fences=False).value == "bad"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"steps": ["a", 5]}', "at $.steps[1]: 5 is not of type 'string'"),
        ('{"steps": [', "is not JSON"),
        ('{"steps": [NaN]}', "NaN is no JSON number"),
        ("", "is not JSON"),
        (DEEP, "nested too deep"),
    ],
)
def test_json_that_breaks_is_named_with_its_place(text: str, expected: str, schema: Path) -> None:
    found = verdict("json_schema", item(text), folder=schema, schema="answer.json")
    assert found.value == "bad"
    assert expected in said(found)


def test_a_number_beyond_all_bounds_fails_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text('{"multipleOf": 0.5}')
    found = verdict("json_schema", item("1e400"), folder=tmp_path, schema="answer.json")
    assert (found.value, "too large" in said(found)) == ("bad", True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "is not JSON"),
        ('{"type": 3}', "is no JSON schema"),
        ('{"$ref": "http://localhost:1/x.json"}', "leads out of the file"),
    ],
)
def test_a_schema_that_cannot_be_used_is_named(content: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text(content)
    with pytest.raises(BadJudge, match=expected) as error:
        verdict("json_schema", item("{}"), folder=tmp_path, schema="answer.json")
    assert str(error.value).startswith("study.toml, [judges.mine] parameters: answer.json")


def test_citations_by_number_must_be_numbers_of_sources() -> None:
    two = ("first", "second")
    found = verdict("citation_present", item("So [2], and [1].", sources=two), least=2)
    assert (found.value, said(found)) == ("good", "cites 1, 2")
    assert said(verdict("citation_present", item("So [3].", sources=two))) == (
        "cites 3, and the item has 2 sources"
    )
    assert said(verdict("citation_present", item("So.", sources=two))) == "cites none of 2 sources"
    assert verdict("citation_present", item("So [1].")).status == "abstained"


def test_citations_by_quote_need_a_run_of_words() -> None:
    source = ("A parcel may be returned within thirty days of delivery.",)
    text = "You can: it may be  returned WITHIN thirty days, they say."
    found = verdict("citation_present", item(text, sources=source), by="quote", words=4)
    assert found.value == "good"
    assert "source 1: 'may be returned within'" in said(found)
    assert verdict("citation_present", item(text, sources=source), by="quote", words=6).value == "bad"


def test_citations_by_pattern_need_no_sources() -> None:
    found = verdict("citation_present", item("See §4 and §5."), by="pattern", pattern="§\\d", least=2)
    assert (found.value, said(found)) == ("good", "2 citations in output, the first '§4'")


def test_rouge_is_what_the_package_gives() -> None:
    # "the cat sat" and "the cat ate": two of three words in common, so P = R = F1 = 2/3
    found = verdict("rouge", item("the cat sat", "the cat ate"), variant="rouge1", least=0.66)
    assert (found.value, found.raw_value) == ("good", "pass 0.666667")
    assert found.reported_model is not None
    assert "rouge-score" in found.reported_model


def test_rouge_says_when_its_words_cannot_be_seen() -> None:
    russian = item("кот спит", "кот спит")
    assert verdict("rouge", russian, least=0.5).status == "abstained"
    assert verdict("rouge", russian, least=0.5, tokens="unicode").value == "good"


def test_bleu_is_on_the_scale_from_zero_to_one() -> None:
    same = item("a parcel may be returned", "a parcel may be returned")
    assert verdict("bleu", same, least=0.99).value == "good"
    assert verdict("bleu", item("", "a parcel"), least=0.1).raw_value == "fail 0"


def test_token_f1_keeps_precision_and_recall_apart() -> None:
    # text: paris france, reference: in paris -> common 1, P = 1/2, R = 1/2, F1 = 1/2
    both = item("Paris, France", "in Paris")
    found = verdict("token_f1", both, least_precision=0.5, least_recall=0.6)
    assert (found.value, found.raw_value) == ("bad", "fail 0.5")
    assert "recall below 0.6" in said(found)
    assert "only in output: france" in said(found)
    assert "missing in output: in" in said(found)


def test_entities_are_names_numbers_and_addresses() -> None:
    text = (
        "Ask Marie Curie at marie@lab.org by 12:30. The hub costs 4,50 or 10%. McCoy agrees: https://a.b/c."
    )
    assert entities(text) == {"marie curie", "marie@lab.org", "12:30", "4,50", "10%",
                              "mccoy", "https://a.b/c"}  # fmt: skip


def test_a_name_that_opens_a_sentence_counts_when_it_is_a_name_elsewhere() -> None:
    found = verdict("entity_f1", item("Paris is large.", "It is in Paris."), least=1.0)
    assert found.value == "good"


def test_entity_recall_names_what_is_missing() -> None:
    found = verdict("entity_f1", item("It was in 1912.", "It was in 1912 in Lyon."), least_recall=0.9)
    assert "missing in output: lyon" in said(found)


def test_precision_of_nothing_is_no_answer_and_recall_of_nothing_is_none() -> None:
    empty = item("it was there", "It was in Lyon.")
    assert verdict("entity_f1", empty, least_precision=0.5).status == "abstained"
    assert verdict("entity_f1", empty, least_recall=0.5).value == "bad"
    assert verdict("entity_f1", item("In Lyon.", "it was there"), least_recall=0.5).status == "abstained"


def test_the_text_can_be_held_against_sources() -> None:
    found = verdict(
        "entity_f1", item("It takes 9 days.", sources=("7 days",)), against="sources", least_precision=1.0
    )
    assert (found.value, "only in output: 9" in said(found)) == ("bad", True)


def scaled(scale: Scale) -> Rubric:
    return Rubric("r", (Criterion("fine", "?", scale, not_applicable=True),))


def test_outcomes_stand_for_the_answers_that_are_named() -> None:
    rubric = scaled(Scale("ordinal", (Level("low", 1), Level("high", 2))))
    given = {"must_match": "a", "pass": 2, "fail": "cannot tell"}
    assert verdict("regex", item("a"), rubric=rubric, **given).value == 2
    assert verdict("regex", item("b"), rubric=rubric, **given).status == "abstained"


def test_a_score_goes_onto_an_interval_scale_at_its_nearest_step() -> None:
    rubric = scaled(Scale("interval", low=0, high=1, step=0.25))
    half = item("Paris, France", "in Paris")
    assert verdict("token_f1", half, rubric=rubric, answer="score").value == 0.5
    plain = scaled(Scale("interval", low=0, high=10))
    assert verdict("length", item("a b c"), rubric=plain, answer="score").value == 3
    assert verdict("length", item("a " * 11), rubric=plain, answer="score").status == "parse_error"


@pytest.mark.parametrize(
    ("check", "parameters", "expected"),
    [
        ("nonsense", {}, "there is no such check"),
        ("regex", {}, "give must_match"),
        ("regex", {"must_match": "("}, r"parameters\.must_match: .* is no regular expression"),
        ("regex", {"must_match": "a", "colour": 1}, r"parameters\.colour: .*the check regex has .*pass"),
        ("regex", {"must_match": "a", "answer": "score"}, "has no score"),
        ("regex", {"must_match": "a", "pass": "great"}, r"parameters\.pass = 'great': criterion 'fine' has"),
        ("length", {"least": 3, "most": 2}, "is more than most"),
        ("length", {}, "give least, most or both"),
        ("exact_match", {"normalise": ["magic"]}, r"parameters\.normalise\.0"),
        ("citation_present", {"by": "pattern"}, "needs a pattern"),
        ("citation_present", {"pattern": "a"}, "with one group"),
        ("bleu", {"least": 27}, r"parameters\.least: .*less than or equal to 1"),
        ("rouge", {}, "give least"),
        ("rouge", {"least": 0.5, "answer": "score"}, "interval scale alone"),
        ("json_schema", {}, r"parameters\.schema: Field required"),
        ("json_schema", {"schema": "../x.json"}, "there is no file"),
    ],
)
def test_parameters_that_do_not_fit_are_named(
    check: str, parameters: dict[str, object], expected: str
) -> None:
    with pytest.raises(BadJudge, match=expected) as error:
        spec_of(check, parameters)
    assert str(error.value).startswith("study.toml, [judges.mine]")


def test_answers_must_be_named_where_the_scale_is_not_binary() -> None:
    rubric = scaled(Scale("nominal", (Level("x"), Level("y"), Level("z"))))
    with pytest.raises(BadJudge, match=r"parameters\.fail: name the answer"):
        spec_of("regex", {"must_match": "a", "pass": "x"}, rubric=rubric)


def test_criteria_must_be_named_where_there_are_several() -> None:
    rubric = Rubric("r", (Criterion("fine", "?", BINARY), Criterion("short", "?", BINARY)))
    with pytest.raises(BadJudge, match="criteria: a check answers what you name"):
        spec_of("regex", {"must_match": "a"}, rubric=rubric)


def test_identity_is_check_version_parameters_and_files(schema: Path) -> None:
    def of_schema() -> str:
        return spec_of("json_schema", {"schema": "answer.json"}, folder=schema).spec_hash

    first = of_schema()
    assert spec_of("regex", {"must_match": "a"}).parser == "check:regex/1"
    assert spec_of("regex", {"must_match": "a"}).spec_hash != spec_of("regex", {"must_match": "b"}).spec_hash
    (schema / "answer.json").write_text('{"type": "array"}')
    assert of_schema() != first


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_has_an_entry_with_its_parameters(name: str) -> None:
    entries = {part.split("\n")[0].strip(): part for part in DOCS.read_text(encoding="utf-8").split("\n## ")}
    entry = entries[f"`check:{name}`"]
    own = set(CHECKS[name].model_fields) - {"field", "passing", "failing", "answer"}
    shown = {CHECKS[name].model_fields[key].alias or key for key in own}
    assert not [key for key in shown if f"`{key}`" not in entry]
