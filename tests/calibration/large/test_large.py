"""Counting by DuckDB gives the numbers of the ordinary path, whatever the format of the files."""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from annotate_app.cli import main
from calibration.agreement import Options, measure
from calibration.from_files import Choices, ratings_from_files
from calibration.large import NeedsDuckDB, Unsupported, measure_files
from calibration.readers import CannotRead

duckdb = pytest.importorskip("duckdb", reason="the extra big is not installed")

Row = dict[str, object]
NEEDS_NAMES = {"conger_kappa", "icc_1", "icc_a1", "icc_c1"}  # among raters
ROUNDING = 1e-12


def random_rows(seed: int) -> tuple[list[Row], list[Row]]:
    """Labels and verdicts with duplicates, refusals, answers outside the scale, and nulls."""
    rng = random.Random(seed)
    labels: list[Row] = []
    verdicts: list[Row] = []
    for item in range(150):
        truth = {"stars": rng.randint(1, 5), "best": rng.choice(["a", "b", "tie"])}
        for criterion, right in truth.items():
            pool = [1, 2, 3, 4, 5] if criterion == "stars" else ["A", "model_b", "tie"]
            odd = [*pool, None, "n/a", "purple"]
            for rater in rng.sample(["r1", "r2", "r3", "r4"], rng.randint(0, 4)):
                for _ in range(1 + (rng.random() < 0.1)):
                    value = right if rng.random() < 0.7 else rng.choice(odd)
                    labels.append(
                        {"item_id": f"i{item}", "rater": rater, "criterion": criterion, "value": value}
                    )
            for judge in ("gpt", "other"):
                if rng.random() < 0.9:
                    value = right if rng.random() < 0.6 else rng.choice(odd)
                    verdicts.append(
                        {"item_id": f"i{item}", "judge": judge, "criterion": criterion, "value": value}
                    )
    return labels, verdicts


def write(rows: list[Row], path: Path) -> Path:
    """The rows in the format that the name's ending says; values of mixed kinds are text in columns."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        table = path.with_suffix(".csv")
        with table.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        if path.suffix == ".parquet":
            duckdb.read_csv(str(table), all_varchar=True).write_parquet(str(path))
    return path


def differences(ours: object, theirs: object, place: str = "") -> list[str]:
    """Where two JSON contents differ beyond rounding."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            line
            for key in ours.keys() | theirs.keys()
            for line in differences(ours.get(key), theirs.get(key), f"{place}/{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        found = zip(ours, theirs, strict=True)
        return [line for k, (x, y) in enumerate(found) for line in differences(x, y, f"{place}[{k}]")]
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return [] if abs(ours - theirs) <= ROUNDING * max(1, abs(ours)) else [f"{place}: {ours} {theirs}"]
    return [] if ours == theirs else [f"{place}: {ours} {theirs}"]


def comparable(content: dict[str, object]) -> dict[str, object]:
    """The criteria without what needs the identity of raters."""
    criteria = content["criteria"]
    assert isinstance(criteria, Mapping)
    for criterion in criteria.values():
        humans = criterion["humans"]
        humans["pairs"] = []
        for name in NEEDS_NAMES & humans["estimates"].keys():
            del humans["estimates"][name]
    return {"criteria": criteria}


def assert_same(
    human: Path, judge: Path, like: tuple[Path, Path], choices: Choices, options: Options
) -> None:
    ratings = ratings_from_files([like[0]], [like[1]], choices=choices)
    large = measure_files([human], [judge], choices=choices, options=options)
    ours = comparable(measure(ratings.ratings, options).as_json())
    assert differences(ours, comparable(large.agreement.as_json())) == []
    assert large.rows_rejected == len(ratings.rejected)
    assert large.assumptions == ratings.assumptions


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
@pytest.mark.parametrize(
    "options", [Options(), Options(unparsed="tie", drop=("3",), reference="majority", level=0.9)]
)
def test_counting_equals_reading(tmp_path: Path, seed: int, ending: str, options: Options) -> None:
    labels, verdicts = random_rows(seed)
    human = write(labels, tmp_path / f"human{ending}")
    judge = write(verdicts, tmp_path / f"judge{ending}")
    like = tuple(path if ending == ".jsonl" else path.with_suffix(".csv") for path in (human, judge))
    choices = Choices(scales={"stars": "ordinal:1..5", "best": "pairwise"}, not_applicable=("n/a",))
    assert_same(human, judge, (like[0], like[1]), choices, options)


@pytest.mark.parametrize("name", ["mtbench", "pandalm", "llm_rubric"])
def test_counting_equals_reading_on_real_data(real_data: Path, name: str) -> None:
    human, judge = real_data / name / "human.jsonl", real_data / name / "judge.jsonl"
    assert_same(human, judge, (human, judge), Choices(), Options())


def test_files_of_a_pattern_are_one_and_the_last_duplicate_counts(tmp_path: Path) -> None:
    one = [{"item_id": f"i{k}", "rater": r, "criterion": "c", "value": v} for k, r, v in [(0, "r1", "x")]]
    two = [{"item_id": "i0", "rater": r, "criterion": "c", "value": "y"} for r in ("r1", "r2")]
    write(one, tmp_path / "part1.jsonl")
    write(two, tmp_path / "part2.jsonl")
    humans = measure_files([tmp_path / "part*.jsonl"]).agreement.criteria["c"].humans
    # r1's x of the first file gives way to its y in the second: both raters say y
    assert (humans.items, humans.ratings, humans.raters) == (1, 2, 2)
    assert humans.estimates["percent_agreement"].as_json()["value"] == 1.0


def test_the_revision_outranks_the_order_of_rows(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"item_id": "i0", "rater": "r1", "criterion": "c", "value": value, "revision": revision}
        for value, revision in (("x", 2), ("y", 1))
    ]
    rows.append({"item_id": "i0", "rater": "r2", "criterion": "c", "value": "x", "revision": 1})
    humans = measure_files([write(rows, tmp_path / "human.jsonl")]).agreement.criteria["c"].humans
    assert humans.estimates["percent_agreement"].as_json()["value"] == 1.0


def test_numbers_without_a_closed_scale_are_refused(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"item_id": f"i{k}", "rater": "r1", "criterion": "c", "value": k + 0.5} for k in range(20)
    ]
    with pytest.raises(Unsupported, match="closed scale"):
        measure_files([write(rows, tmp_path / "human.jsonl")])


def test_a_column_of_inclusion_probabilities_is_refused(tmp_path: Path) -> None:
    rows: list[Row] = [{"item_id": "i0", "rater": "r1", "criterion": "c", "value": "x", "pi": 0.5}]
    with pytest.raises(Unsupported, match="pi"):
        measure_files([write(rows, tmp_path / "human.jsonl")])


def test_answers_changed_after_others_were_known_are_refused(tmp_path: Path) -> None:
    row: Row = {"item_id": "i0", "rater": "r1", "criterion": "c", "value": "x"}
    told: Row = {**row, "value": "y", "revision": 2, "blind": {"peers": False}}
    with pytest.raises(Unsupported, match="others' answers were known"):
        measure_files([write([row, told], tmp_path / "human.jsonl")])


def test_a_missing_column_and_a_missing_file_are_named(tmp_path: Path) -> None:
    rows: list[Row] = [{"item_id": "i0", "criterion": "c", "value": "x"}]
    with pytest.raises(CannotRead, match="no column rater"):
        measure_files([write(rows, tmp_path / "human.csv")])
    with pytest.raises(CannotRead, match="no such file"):
        measure_files([tmp_path / "nothing*.parquet"])


def test_without_duckdb_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[Row] = [{"item_id": "i0", "rater": "r1", "criterion": "c", "value": "x"}]
    human = write(rows, tmp_path / "human.jsonl")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(NeedsDuckDB, match=r"calibrant\[big\]"):
        measure_files([human])


def test_the_command_reads_parquet_and_prints_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, verdicts = random_rows(3)
    human = write(labels, tmp_path / "human.parquet")
    judge = write(verdicts, tmp_path / "judge.parquet")
    scales = ["--scale", "stars=ordinal:1..5", "--scale", "best=pairwise", "--not-applicable", "n/a"]
    assert main(["agreement", "--human", str(human), "--judge", str(judge), *scales, "--json"]) == 0
    large = json.loads(capsys.readouterr().out)
    like = [str(path.with_suffix(".csv")) for path in (human, judge)]
    assert main(["agreement", "--human", like[0], "--judge", like[1], *scales, "--json"]) == 0
    ours = json.loads(capsys.readouterr().out)
    assert differences(comparable(ours), comparable(large)) == []
    assert large["schema"] == "calibrant/agreement/1"
    assert large["rejected"]["rows"] == ours["rejected"]["rows"] > 0
    assert any("engine duckdb" in line for line in large["assumptions"])


@pytest.mark.parametrize(
    ("extra", "said"),
    [(["--items", "x.jsonl"], "--items"), (["--where", "a=b"], "--where"), (["--reference", "each"], "each")],
)
def test_options_that_need_rows_stop_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str], said: str
) -> None:
    human = write(random_rows(4)[0], tmp_path / "human.jsonl")
    assert main(["agreement", "--engine", "duckdb", "--human", str(human), *extra]) == 1
    assert said in capsys.readouterr().err


def test_a_row_without_an_item_is_rejected_and_counted(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"item_id": item, "rater": "r1", "criterion": "c", "value": "x"} for item in ("i0", None)
    ]
    found = measure_files([write(rows, tmp_path / "human.jsonl")])
    assert (found.rows_rejected, found.rejected[0].reject.line) == (1, 2)


@pytest.mark.parametrize("ending", [".jsonl", ".json"])
def test_a_row_without_the_field_value_is_rejected_as_the_ordinary_path_does(
    tmp_path: Path, ending: str
) -> None:
    answered: list[Row] = [
        {"item_id": f"i{k}", "rater": "r1", "criterion": "c", "value": "xy"[k % 2]} for k in range(6)
    ]
    odd: list[Row] = [
        {"item_id": "i6", "rater": "r1", "criterion": "c", "value": None},
        {"item_id": "i7", "rater": "r1", "criterion": "c"},
        {"item_id": "i8", "rater": "r1", "criterion": "c", "status": "not_applicable"},
    ]
    path = tmp_path / f"human{ending}"
    rows = [*answered, *odd]
    path.write_text(json.dumps(rows) if ending == ".json" else "\n".join(map(json.dumps, rows)))
    counted, read = measure_files([path]), ratings_from_files([path], [])
    assert [(r.reject.line, r.reject.field, r.reject.reason) for r in counted.rejected] == [
        (r.reject.line, r.reject.field, r.reject.reason) for r in read.rejected
    ]
    assert counted.rejected[0].reject.field == "value"
    assert counted.rejected[0].reject.line == 8
    assert (
        counted.agreement.criteria["c"].humans.statuses == measure(read.ratings).criteria["c"].humans.statuses
    )


def test_a_limit_that_is_no_size_stops_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    human = write(random_rows(4)[0], tmp_path / "human.jsonl")
    assert main(["agreement", "--engine", "duckdb", "--memory", "5x", "--human", str(human)]) == 1
    assert "500MB" in capsys.readouterr().err
