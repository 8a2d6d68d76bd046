"""`calibrant estimate`, `compare` and `plan` on files: what they print, refuse and do not import."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from annotate_app.cli import main

Row = dict[str, object]
HEAVY = {"streamlit", "litellm", "pandas", "sqlmodel", "sqlalchemy", "sklearn", "scipy.stats"}
ESTIMATORS = ["labels_only", "post_stratified", "ppi_pp", "rogan_gladen", "judge_only"]


def labels(answers: Iterable[object], rater: str = "ann", **extra: object) -> list[Row]:
    return [
        {"item_id": f"i{k}", "rater": rater, "criterion": "good", "value": value} | extra
        for k, value in enumerate(answers)
    ]


def verdicts(answers: Iterable[object], judge: str = "gpt") -> list[Row]:
    return [
        {"item_id": f"i{k}", "judge": judge, "criterion": "good", "value": value}
        for k, value in enumerate(answers)
    ]


def write(folder: Path, name: str, rows: list[Row]) -> str:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


# labelled: 40 of the 50 that the judge passes are good, 10 of the 50 that it fails; 900 more verdicts
HUMAN = ["yes"] * 40 + ["no"] * 10 + ["yes"] * 10 + ["no"] * 40
JUDGE = ["yes"] * 50 + ["no"] * 50 + ["yes"] * 720 + ["no"] * 180


@pytest.fixture
def human(tmp_path: Path) -> str:
    return write(tmp_path, "human.jsonl", labels(HUMAN))


@pytest.fixture
def judge(tmp_path: Path) -> str:
    return write(tmp_path, "judge.jsonl", verdicts(JUDGE))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main([*arguments, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert isinstance(content, dict)
    return content


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 1
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def estimate_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    return run(capsys, "estimate", *arguments)


def test_estimate_prints_exactly_the_promised_object(
    human: str, judge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = estimate_of(
        capsys, "--human", human, "--judge", judge, "--criterion", "good", "--positive", "yes"
    )
    assert list(content) == ["schema", "chosen", "why", "estimates"]
    assert content["schema"] == "calibrant/estimate/1"
    estimates = content["estimates"]
    assert isinstance(estimates, dict) and list(estimates) == ESTIMATORS
    assert content["chosen"] == "post_stratified"
    # 770 of 1000 verdicts are yes: .77 · 40/50 + .23 · 10/50
    assert estimates["post_stratified"]["value"] == pytest.approx(0.662)
    assert set(estimates["labels_only"]) >= {"value", "low", "high", "level", "n", "clusters", "method"}
    assert "1000 judged" in str(content["why"]) and "each label is worth" in str(content["why"])


def test_a_sample_that_is_not_random_is_noticed(
    human: str, judge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # the judge says yes on 50% of the labelled and 80% of the other items
    content = estimate_of(capsys, "--human", human, "--judge", judge, "--positive", "yes")
    assert "do not look like one" in str(content["why"])


def test_the_other_answer_gives_the_mirrored_rate(
    human: str, judge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = estimate_of(capsys, "--human", human, "--judge", judge, "--positive", "no")
    estimates = content["estimates"]
    assert isinstance(estimates, dict)
    assert estimates["post_stratified"]["value"] == pytest.approx(1 - 0.662)


@pytest.mark.parametrize(
    ("design", "chosen", "word"),
    [("random", "post_stratified", "are a random sample"), ("shifted", "rogan_gladen", "error rates"),
     ("unknown", "post_stratified", "Nobody knows")],
)  # fmt: skip
def test_the_choice_follows_the_design_and_says_so(
    design: str, chosen: str, word: str, human: str, judge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = estimate_of(capsys, "--human", human, "--judge", judge, "--positive", "yes", "--design", design)
    assert content["chosen"] == chosen
    assert word in str(content["why"])


@pytest.mark.parametrize("column", ["pi", "chance"])
def test_unequal_pi_weights_the_labels_whatever_its_column_is_called(
    column: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row | {column: 0.1 if k < 50 else 0.4} for k, row in enumerate(labels(HUMAN))]
    human, judge = write(tmp_path, "h.jsonl", rows), write(tmp_path, "j.jsonl", verdicts(JUDGE))
    flag = [] if column == "pi" else ["--pi", column]
    content = estimate_of(capsys, "--human", human, "--judge", judge, "--positive", "yes", *flag)
    estimates = content["estimates"]
    assert isinstance(estimates, dict)
    # (40 · 10 + 10 · 2.5) / (50 · 10 + 50 · 2.5)
    assert estimates["labels_only"]["value"] == pytest.approx(425 / 625)
    assert content["chosen"] == "post_stratified" and "weighted by 1/π" in str(content["why"])


def test_several_raters_make_a_majority_and_ties_are_counted(
    tmp_path: Path, judge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    second = [*HUMAN[:90], *["yes"] * 10]  # the last ten become ties
    human = write(tmp_path, "h.jsonl", labels(HUMAN) + labels(second, rater="bob"))
    content = estimate_of(capsys, "--human", human, "--judge", judge, "--positive", "yes")
    assert "10 with tied labels" in str(content["why"]) and "90 labelled items" in str(content["why"])


def test_a_constant_judge_leaves_the_labels_and_says_why(
    human: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = write(tmp_path, "j.jsonl", verdicts(["yes"] * 500))
    content = estimate_of(capsys, "--human", human, "--judge", judge, "--positive", "yes")
    assert content["chosen"] == "labels_only"
    assert "one answer only" in str(content["why"])
    estimates = content["estimates"]
    assert isinstance(estimates, dict)
    assert "undefined" in estimates["post_stratified"]


def test_items_on_one_side_only_and_failed_verdicts_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [*JUDGE[:90], *[None] * 5]  # five unparsed, five labelled items without a verdict
    human = write(tmp_path, "h.jsonl", labels(HUMAN))
    judge = write(tmp_path, "j.jsonl", verdicts(answers))
    content = estimate_of(capsys, "--human", human, "--judge", judge, "--positive", "yes")
    why = str(content["why"])
    assert "5 labelled without a verdict" in why and "5 judged without an answer" in why


def test_confidence_bins_use_what_the_judge_is_sure_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # of every four items the judge is sure of two and right, and unsure of two of which it has one right
    rows = [
        row | {"confidence": 0.95 if k % 4 < 2 else 0.55}
        for k, row in enumerate(verdicts(["yes", "no", "yes", "no"] * 250))
    ]
    truth = ["yes", "no", "no", "no", "yes", "no", "yes", "yes"] * 25
    human = write(tmp_path, "h.jsonl", labels(truth))
    judge = write(tmp_path, "j.jsonl", rows)
    widths = []
    for bins in ("1", "2"):
        content = estimate_of(capsys, "--human", human, "--judge", judge, "--positive", "yes", "--bins", bins)
        estimates = content["estimates"]
        assert isinstance(estimates, dict)
        found = estimates["post_stratified"]
        assert found["value"] == pytest.approx(0.5)
        widths.append(found["high"] - found["low"])
    assert widths[1] < 0.95 * widths[0]


def test_the_human_output_marks_the_choice_and_explains_it(
    human: str, judge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", "--human", human, "--judge", judge, "--positive", "yes"]) == 0
    shown = capsys.readouterr().out
    assert "→ post_stratified" in shown and "0.662" in shown
    assert "biased" in shown and "random sample" in shown


def test_estimate_refuses_what_it_cannot_do(
    human: str, judge: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ["estimate", "--human", human, "--judge", judge, "--positive"]
    assert "'maybe' is not one of" in refusal(capsys, *base, "maybe")
    assert "no row has this criterion" in refusal(capsys, *base, "yes", "--criterion", "tone")
    assert "no judge is called" in refusal(capsys, *base, "yes", "--judge-name", "claude")
    assert "--judge is missing" in refusal(capsys, "estimate", "--human", human, "--positive", "yes")
    assert "between 0 and 1" in refusal(capsys, *base, "yes", "--level", "95")
    assert "no item has a column" in refusal(capsys, *base, "yes", "--pi", "chance")
    missing = str(tmp_path / "none.jsonl")
    assert missing in refusal(capsys, "estimate", "--human", missing, "--judge", judge, "--positive", "yes")
    two = write(tmp_path, "two.jsonl", verdicts(JUDGE) + verdicts(JUDGE, judge="claude"))
    said = refusal(capsys, "estimate", "--human", human, "--judge", two, "--positive", "yes")
    assert "gpt, claude" in said and "name one" in said


def two_judges(folder: Path) -> str:
    """B is right on 9 items more and wrong on 1 that A has right."""
    first = [*HUMAN[:60], *["yes" if answer == "no" else "no" for answer in HUMAN[60:80]], *HUMAN[80:]]
    second = list(first)
    second[60:69] = HUMAN[60:69]
    second[0] = "no"
    return write(folder, "two.jsonl", verdicts(first, "A") + verdicts(second, "B"))


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    content = run(capsys, "compare", *arguments)
    assert content["schema"] == "calibrant/compare/1"
    criteria = content["criteria"]
    assert isinstance(criteria, dict)
    return dict(criteria["good"])


def test_compare_gives_differences_and_mcnemar(
    human: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = compared(capsys, "--human", human, "--judge", two_judges(tmp_path), "--judges", "A", "B")
    # b = 1, c = 9: the published example
    assert found["mcnemar_exact"] == pytest.approx(0.021484, abs=5e-7)
    assert found["mcnemar_mid_p"] == pytest.approx(0.011719, abs=5e-7)
    difference = found["difference"]
    assert isinstance(difference, dict)
    # A is right on 80 of 100, B on 88
    assert difference["percent_agreement"]["value"] == pytest.approx(-0.08)
    assert difference["cohen_kappa"]["high"] < 0
    assert found["distinguishable"] is True


def test_swapping_the_judges_turns_the_sign(
    human: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = two_judges(tmp_path)
    one = compared(capsys, "--human", human, "--judge", path, "--judges", "A", "B")["difference"]
    other = compared(capsys, "--human", human, "--judge", path, "--judges", "B", "A")["difference"]
    assert isinstance(one, dict) and isinstance(other, dict)
    assert one["cohen_kappa"]["value"] == pytest.approx(-other["cohen_kappa"]["value"])


def test_two_copies_of_one_judge_cannot_be_told_apart(
    human: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "same.jsonl", verdicts(JUDGE[:100], "A") + verdicts(JUDGE[:100], "B"))
    found = compared(capsys, "--human", human, "--judge", path, "--judges", "A", "B")
    assert (found["mcnemar_exact"], found["distinguishable"]) == (1.0, False)


def test_clusters_widen_the_difference_and_mcnemar_is_called_too_sure(
    human: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = write(
        tmp_path, "items.jsonl",
        [{"item_id": f"i{k}", "output": "text", "document": f"d{k // 2}"} for k in range(100)],
    )  # fmt: skip
    arguments = ["--human", human, "--judge", two_judges(tmp_path), "--judges", "A", "B", "--items", items]
    found = compared(capsys, *arguments, "--cluster", "document")
    difference = found["difference"]
    assert isinstance(difference, dict)
    assert difference["cohen_kappa"]["clusters"] == 50
    assert main(["compare", *arguments, "--cluster", "document"]) == 0
    assert "too sure here because items are clustered" in capsys.readouterr().out


def test_numbers_without_categories_are_compared_by_their_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    human = write(tmp_path, "h.jsonl", labels([k / 7 for k in range(30)]))
    rows = verdicts([k / 7 + 0.1 for k in range(30)], "A") + verdicts([k / 7 + 0.3 for k in range(30)], "B")
    found = compared(
        capsys, "--human", human, "--judge", write(tmp_path, "j.jsonl", rows), "--judges", "A", "B"
    )
    difference = found["difference"]
    assert isinstance(difference, dict)
    assert difference["mae"]["value"] == pytest.approx(-0.2)
    assert found["only_first_right"] == 30
    assert found["distinguishable"] is True


def test_compare_refuses_what_it_cannot_do(
    human: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ["compare", "--human", human, "--judge", two_judges(tmp_path), "--judges"]
    assert "verdicts are of: A, B" in refusal(capsys, *base, "A", "C")
    assert "the same judge" in refusal(capsys, *base, "A", "A")
    assert "no row has this criterion" in refusal(capsys, *base, "A", "B", "--criterion", "tone")
    assert "has no median" in refusal(capsys, *base, "A", "B", "--reference", "median")


def test_plan_reproduces_the_published_number_of_items(capsys: pytest.CaptureFixture[str]) -> None:
    content = run(capsys, "plan", "--floor", ".6", "--expect", ".7", "--prevalence", ".5")
    assert (content["schema"], content["items"]) == ("calibrant/plan/1", 368)
    powerful = run(capsys, "plan", "--floor", ".6", "--expect", ".7", "--prevalence", ".5", "--power", ".9")
    assert powerful["items"] == 498


@pytest.mark.parametrize(
    ("arguments", "items"),
    [
        (["--width", ".1", "--expect", ".6"], 984),
        (["--risk", ".05"], 59),
        (["--risk", ".01"], 299),
        (["--rate", ".85", "--expect", ".9"], 134),
        (["--rate", ".8", "--expect", ".9"], 44),
        (["--floor", ".6", "--expect", ".7", "--design-effect", "2"], 736),
    ],
)
def test_plan_answers_other_questions(
    arguments: list[str], items: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "plan", *arguments)["items"] == items


def test_a_first_look_needs_more_items_than_a_single_test(capsys: pytest.CaptureFixture[str]) -> None:
    base = ["plan", "--floor", ".6", "--expect", ".8"]
    single, first, third = (
        run(capsys, *base, *flag)["items"] for flag in ([], ["--look", "1"], ["--look", "3"])
    )
    assert isinstance(single, int) and isinstance(first, int) and isinstance(third, int)
    assert single < first < third


def test_plan_warns_where_a_gate_would_still_be_undecided(capsys: pytest.CaptureFixture[str]) -> None:
    # ten of a class of one in twenty need 200 items
    content = run(capsys, "plan", "--floor", ".2", "--expect", ".9", "--prevalence", ".05")
    assert isinstance(content["items"], int) and content["items"] < 200
    assert "at least 200" in str(content["warnings"])


def test_plan_reads_kappa_and_prevalence_off_a_pilot(
    human: str, judge: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # agreement .8 on two even answers: kappa .6
    content = run(capsys, "plan", "--floor", ".4", "--human", human, "--judge", judge)
    pilot = content["pilot"]
    assert isinstance(pilot, dict)
    assert pilot["kappa"]["value"] == pytest.approx(0.6)
    assert pilot["prevalence"] == {"yes": 0.5, "no": 0.5}
    stated = run(capsys, "plan", "--floor", ".4", "--expect", ".6", "--prevalence", ".5")
    assert content["items"] == stated["items"]
    assert "the pilot itself is uncertain" in str(content["warnings"])


def test_plan_refuses_what_has_no_answer(human: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "exactly one of" in refusal(capsys, "plan")
    assert "exactly one of" in refusal(capsys, "plan", "--floor", ".6", "--risk", ".1")
    assert "--expect is missing" in refusal(capsys, "plan", "--floor", ".6")
    assert "not above the floor" in refusal(capsys, "plan", "--floor", ".6", "--expect", ".5")
    assert "--power 80" in refusal(capsys, "plan", "--floor", ".6", "--expect", ".7", "--power", "80")
    assert "at least two" in refusal(capsys, "plan", "--floor", ".6", "--expect", ".7", "--prevalence", "1")
    assert "--judge is missing" in refusal(capsys, "plan", "--floor", ".6", "--human", human)


def test_plan_speaks_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--risk", ".05"]) == 0
    assert capsys.readouterr().out.startswith("label 59 items")


@pytest.mark.parametrize("command", ["estimate", "compare", "plan"])
def test_the_commands_load_no_heavy_package(command: str, human: str, tmp_path: Path) -> None:
    files = f"'--human', {human!r}, '--judge', {two_judges(tmp_path)!r}"
    arguments = {
        "estimate": f"'estimate', {files}, '--positive', 'yes', '--judge-name', 'A'",
        "compare": f"'compare', {files}, '--judges', 'A', 'B'",
        "plan": f"'plan', {files}, '--floor', '.3', '--judge-name', 'A'",
    }[command]
    code = (
        f"import sys; from annotate_app.cli import main; code = main([{arguments}, '--json']);"
        "print(code, *sorted(sys.modules), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = run.stderr.splitlines()[-1].split()
    assert found[0] == "0"
    assert not set(found) & HEAVY
