"""`calibrant agreement` on files: what it prints, what it refuses, and what it does not import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from annotate_app.cli import main

Row = dict[str, object]
HEAVY = {"streamlit", "litellm", "pandas", "sqlmodel", "sqlalchemy", "sklearn", "scipy.stats"}


def labels(rater: str, answers: str, criterion: str = "tone", **extra: object) -> list[Row]:
    return [
        {"item_id": f"i{k}", "rater": rater, "criterion": criterion, "value": answer} | extra
        for k, answer in enumerate(answers)
    ]


def verdicts(judge: str, answers: str, criterion: str = "tone") -> list[Row]:
    return [
        {
            "item_id": f"i{k}",
            "judge": judge,
            "criterion": criterion,
            "value": None if answer == "?" else answer,
        }
        for k, answer in enumerate(answers)
    ]


def file(folder: Path, name: str, rows: list[Row]) -> str:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def human(tmp_path: Path) -> str:
    return file(tmp_path, "human.jsonl", labels("ann", "1233") + labels("bob", "1234"))


@pytest.fixture
def judge(tmp_path: Path) -> str:
    return file(tmp_path, "judge.jsonl", verdicts("gpt", "123?"))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """The JSON object of a run that succeeds."""
    assert main(["agreement", *arguments, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert isinstance(content, dict)
    return content


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The message of a run that could not be done, which prints nothing else."""
    assert main(["agreement", *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def test_json_is_one_object_that_says_what_was_assumed(
    capsys: pytest.CaptureFixture[str], human: str, judge: str
) -> None:
    content = run(capsys, "--human", human, "--judge", judge)
    assert content["schema"] == "calibrant/agreement/1"
    assert content["assumptions"] == [
        "tone: no scale was given; assumed ordinal (1, 2, 3, 4) from the answers seen"
    ]
    assert content["vault"] == "files: the vault does not apply"
    assert content["rejected"] == {"rows": 0, "first": []}


def test_tables_show_every_number_with_its_n_and_reasons(
    capsys: pytest.CaptureFixture[str], human: str, judge: str
) -> None:
    assert main(["agreement", "--human", human, "--judge", judge]) == 0
    printed = capsys.readouterr().out
    assert "tone · ordinal (1, 2, 3, 4)" in printed
    assert "judge gpt · reference median · n 3" in printed
    assert "parse error 1" in printed
    assert "no interval: too few" in printed
    assert "files: the vault does not apply" in printed


def test_a_terminal_without_colour_gets_answers_with_brackets_as_they_are(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows: list[Row] = [{"item_id": "i", "rater": "[bold]", "criterion": "[red]c", "value": "[/x]"}]
    assert main(["agreement", "--human", file(tmp_path, "h.jsonl", rows)]) == 0
    assert "[red]c · nominal ([/x])" in capsys.readouterr().out


def test_several_files_are_one_set_of_labels(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, judge: str
) -> None:
    one, two = file(tmp_path, "1.jsonl", labels("ann", "12")), file(tmp_path, "2.jsonl", labels("bob", "12"))
    together = run(capsys, "--human", one, two, "--judge", judge)
    apart = run(capsys, "--human", one, "--human", two, "--judge", judge)
    assert together == apart
    assert together["criteria"]["tone"]["humans"]["raters"] == 2  # type: ignore[index]


def test_csv_files_work_like_json_lines(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, human: str
) -> None:
    table = tmp_path / "human.csv"
    rows = [json.loads(line) for line in Path(human).read_text(encoding="utf-8").splitlines()]
    lines = [",".join(str(row[name]) for name in ("item_id", "rater", "criterion", "value")) for row in rows]
    table.write_text("\n".join(["item_id,rater,criterion,value", *lines]), encoding="utf-8")
    assert run(capsys, "--human", str(table))["criteria"] == run(capsys, "--human", human)["criteria"]


@pytest.mark.parametrize(
    ("scale", "kind"),
    [("tone=nominal:1,2,3,4", "nominal"), ("tone=ordinal:1..5", "ordinal"), ("*=ordinal:1..4", "ordinal")],
)
def test_a_scale_given_is_not_assumed(
    capsys: pytest.CaptureFixture[str], human: str, scale: str, kind: str
) -> None:
    content = run(capsys, "--human", human, "--scale", scale)
    assert content["criteria"]["tone"]["scale"]["kind"] == kind  # type: ignore[index]
    assert content["assumptions"] == []


def test_answers_outside_the_scale_are_rejected_counted_and_named(
    capsys: pytest.CaptureFixture[str], human: str
) -> None:
    content = run(capsys, "--human", human, "--scale", "tone=ordinal:1..3")
    assert content["rejected"] == {
        "rows": 1,
        "first": [
            {"file": human, "line": 8, "field": "value",
             "reason": "tone: '4' is not one of the scale's answers: 1, 2, 3"}
        ],
    }  # fmt: skip
    assert "1 outside the scale" in content["assumptions"][0]  # type: ignore[index]


def test_strict_turns_any_rejected_row_into_exit_one(capsys: pytest.CaptureFixture[str], human: str) -> None:
    message = failure(capsys, "--human", human, "--scale", "tone=ordinal:1..3", "--strict", "--json")
    assert f"{human}: line 8: value: tone: '4' is not one of the scale's answers" in message


def test_rows_that_cannot_be_read_are_counted_and_the_rest_is_used(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = Path(file(tmp_path, "h.jsonl", labels("ann", "12")))
    path.write_text(path.read_text(encoding="utf-8") + '{"item_id": "i2", "ra', encoding="utf-8")
    content = run(capsys, "--human", str(path))
    assert content["criteria"]["tone"]["humans"]["ratings"] == 2  # type: ignore[index]
    assert content["rejected"]["rows"] == 1  # type: ignore[index]
    assert "cut off" in failure(capsys, "--human", str(path), "--strict")


def test_a_rubric_brings_the_scales_and_rejects_other_criteria(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, human: str
) -> None:
    from rubrics.files import dump_rubric
    from rubrics.rubric import Criterion, Level, Rubric, Scale

    levels = tuple(Level(str(k), value=float(k), description="d", example="e") for k in range(1, 5))
    rubric = Rubric("r", (Criterion("tone", "How is the tone?", Scale("ordinal", levels), description="d"),))
    path = tmp_path / "rubric.yaml"
    path.write_text(dump_rubric(rubric), encoding="utf-8")
    other = file(tmp_path, "other.jsonl", labels("ann", "1", "speed"))
    content = run(capsys, "--human", human, other, "--rubric", str(path))
    assert list(content["criteria"]) == ["tone"]  # type: ignore[call-overload]
    assert content["rejected"]["first"][0]["reason"] == "'speed' is not in the rubric"  # type: ignore[index]
    assert "none of the files'" in failure(capsys, "--human", other, "--rubric", str(path))


def test_where_keeps_the_labels_of_a_column_and_several_values_mean_any(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = (
        labels("ann", "12", kind="expert")
        + labels("bob", "12", kind="author")
        + labels("cat", "12", kind="crowd")
    )
    path = file(tmp_path, "h.jsonl", rows)
    one = run(capsys, "--human", path, "--where", "kind=expert")
    two = run(capsys, "--human", path, "--where", "kind=expert", "--where", "kind=crowd")
    assert one["criteria"]["tone"]["humans"]["raters"] == 1  # type: ignore[index]
    assert two["criteria"]["tone"]["humans"]["raters"] == 2  # type: ignore[index]
    assert run(capsys, "--human", path, "--where", "kind=*r*")["criteria"] != one["criteria"]
    assert "author, crowd, expert" in failure(capsys, "--human", path, "--where", "kind=experts")


def test_where_on_a_column_of_the_items_keeps_their_labels_and_verdicts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, human: str, judge: str
) -> None:
    items: list[Row] = [{"item_id": f"i{k}", "stratum": "real" if k < 2 else "made"} for k in range(4)]
    content = run(
        capsys, "--human", human, "--judge", judge, "--items", file(tmp_path, "items.jsonl", items),
        "--where", "stratum=made",
    )  # fmt: skip
    tone = content["criteria"]["tone"]  # type: ignore[index]
    assert tone["humans"]["items"] == 2
    assert tone["judges"]["gpt"]["statuses"]["parse_error"] == 1
    assert tone["judges"]["gpt"]["statuses"]["observed"] == 1


def test_by_gives_the_criteria_of_every_stratum(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, human: str
) -> None:
    items: list[Row] = [{"item_id": f"i{k}", "turn": k % 2} for k in range(4)]
    content = run(capsys, "--human", human, "--items", file(tmp_path, "items.jsonl", items), "--by", "turn")
    strata = content["strata"]
    assert {name: part["criteria"]["tone"]["humans"]["items"] for name, part in strata.items()} == {  # type: ignore[attr-defined]
        "0": 2, "1": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--human", "none.jsonl"], "there is no such file"),
        (["--human", "."], "is a folder"),
        (["--human", "HUMAN", "--where", "kind=expert"], "neither a label nor an item has a column 'kind'"),
        (["--human", "HUMAN", "--by", "turn"], "no item has a column 'turn' (asked for with --by)"),
        (["--human", "HUMAN", "--cluster", "turn"], "no item has a column 'turn'"),
        (["--human", "HUMAN", "--pi", "share"], "'share'"),
        (["--human", "HUMAN", "--scale", "ton=ordinal:1..5"], "the files have: tone"),
        (["--human", "HUMAN", "--scale", "tone=likert"], "is not a scale; write nominal[:x,y,z]"),
        (["--human", "HUMAN", "--scale", "tone"], "write it like --scale C=ordinal:1..5"),
        (["--human", "HUMAN", "--where", "kind"], "write it like --where"),
        (["--human", "HUMAN", "--drop", "tie"], "'tie' is not an answer of any criterion"),
        (["--human", "HUMAN", "--unparsed", "tie"], "write exclude, or as:VALUE"),
        (["--human", "HUMAN", "--unparsed", "as:9"], "'9' is not an answer"),
        (["--human", "HUMAN", "--rubric", "none.yaml"], "there is no such file"),
        (["--human", "HUMAN", "--level", "95"], "between 0 and 1"),
        (["--human", "HUMAN", "--bootstrap", "-1"], "number of resamples"),
        (["--human", "HUMAN", "--alt-test", "2"], "epsilon"),
        (["--human", "HUMAN", "--judge", "HUMAN"], "holds 8 labels but no verdicts"),
        (["--human", "JUDGE"], "holds 4 verdicts but no labels"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_one(
    capsys: pytest.CaptureFixture[str], human: str, judge: str, arguments: list[str], message: str
) -> None:
    named = {"HUMAN": human, "JUDGE": judge}
    assert message in failure(capsys, *(named.get(argument, argument) for argument in arguments))


@pytest.mark.parametrize(
    "arguments", [[], ["--human"], ["--human", "x", "--reference", "mode"], ["--humans", "x"]]
)
def test_a_wrong_option_is_exit_one(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["agreement", *arguments])
    assert stopped.value.code == 1
    assert "usage: calibrant agreement" in capsys.readouterr().err


def test_an_empty_human_file_leaves_nothing_to_measure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, judge: str
) -> None:
    empty = file(tmp_path, "empty.jsonl", [])
    assert "no labels to measure" in failure(capsys, "--human", empty, "--judge", judge)


def test_an_empty_judge_file_leaves_the_humans(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, human: str
) -> None:
    content = run(capsys, "--human", human, "--judge", file(tmp_path, "empty.jsonl", []))
    assert content["criteria"]["tone"]["judges"] == {}  # type: ignore[index]


def test_a_sentinel_is_no_answer_and_shapes_no_scale(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = file(tmp_path, "h.jsonl", labels("ann", "0123") + labels("bob", "1123"))
    tone = run(capsys, "--human", path, "--not-applicable", "0")["criteria"]["tone"]  # type: ignore[index]
    assert tone["scale"]["categories"] == [1, 2, 3]
    assert tone["humans"]["statuses"]["not_applicable"] == 1


def test_it_starts_without_the_heavy_packages(human: str, judge: str) -> None:
    script = (
        "import sys; from annotate_app.cli import main; "
        f"code = main(['agreement', '--human', {human!r}, '--judge', {judge!r}, '--json']); "
        f"print(code, sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "0 []"
