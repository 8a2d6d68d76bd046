"""Export: everything that may leave does, whole, and comes back equal; what is sealed or planted stays."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from annotate_app.desk import Desk, open_desk
from annotate_app.exporters.cells import cell
from annotate_app.exporters.native import item_row, label_row, verdict_row
from annotate_app.services import leaving_files
from annotate_app.services.exporting import CannotExport, Wanted, export
from annotate_app.services.importing import import_files, recognising
from annotate_app.services.planting import add_planted
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.targeting import draw_wave
from annotate_app.services.vault import vault_status
from annotate_app.store import items, labels, leaving
from calibration.readers import Hints
from calibration.triage.design import Design
from rubrics.answers import PURPOSES, Blind, Label, Verdict
from rubrics.items import Item

ANSWERS: dict[str, list[Any]] = {
    "grounded": ["yes", "no"], "cause": ["number", "name"], "helpful": [1, 2, 3], "tone": [0, 0.25, 1],
}  # fmt: skip
SPLIT = "[split]\nseed = 1\n[split.shares]\ndevelopment = 0.4\nvalidation = 0.2\nheld_out = 0.4\n"


@pytest.fixture
def study(make_study: Callable[..., Path], tmp_path: Path) -> Iterator[Desk]:
    """Thirty items by two raters and a judge; ada changed her mind on i0; half of the split is sealed."""
    desk = open_desk(make_study("study", toml=SPLIT))
    rows: list[dict[str, Any]] = []
    for k in range(30):
        rows.append({"item_id": f"i{k}", "output": f"text {k}", "input": "=HYPERLINK(1)"})
        if k % 2:
            rows[-1]["correlation_id"] = f"tr-{k % 4}"  # two traces of several outputs each
        for rater in ("ada", "-bob"):
            agrees = rater == "ada" or k % 3
            answer = {
                "item_id": f"i{k}",
                "rater": rater,
                "rationale": f"because {k}",
                "at": "2026-01-02T00:00:00Z",
            }
            rows.append({**answer, "criterion": "helpful", "value": 1 + (k if agrees else k + 1) % 3})
            rows.append(
                {**answer, "criterion": "grounded", "value": "yes" if (k + bool(agrees)) % 2 else "no"}
            )
        rows.append(
            {"item_id": f"i{k}", "judge": "rules", "criterion": "helpful", "value": 2, "confidence": 0.5}
        )
    rows.append({"item_id": "i0", "rater": "ada", "criterion": "helpful", "value": 3, "sure": False})
    rows.append(
        {"item_id": "i1", "rater": "eve", "criterion": "helpful", "value": 1, "blind": {"judge": False}}
    )
    rows.append({"item_id": "i2", "rater": "eve", "criterion": "helpful", "value": None, "reason": "unclear"})
    import_files(desk, [write(tmp_path / "rows.jsonl", rows)], role=HOLDER)
    yield desk
    desk.close()


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def journal(desk: Desk) -> list[Label]:
    with desk.store.reading() as session:
        return list(labels.journal(session, desk.study_id))


def verdicts(desk: Desk) -> list[Verdict]:
    with desk.store.reading() as session:
        return list(leaving.takes(session, leaving.Scope(desk.study_id, None)))


def study_items(desk: Desk) -> list[Item]:
    with desk.store.reading() as session:
        return items.all_items(session, desk.study_id)


def reopened(desk: Desk, folder: Path, files: list[Path], hints: Hints | None = None) -> Desk:
    """Another study with the same rubric that has read these files."""
    folder.mkdir()
    for name in ("study.toml", "rubric.yaml"):
        (folder / name).write_text((desk.folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    other = open_desk(folder)
    summary = import_files(other, files, how=recognising(other, hints), role=HOLDER)
    assert summary.rejects == ()
    return other


def test_everything_comes_back_revision_for_revision(study: Desk, tmp_path: Path) -> None:
    summary = export(study, tmp_path / "out", role=HOLDER)
    # 30 items by 2 raters on 2 criteria, a second opinion, one who saw a verdict, one skip
    assert (summary.files["items.jsonl"], summary.files["labels.jsonl"]) == (30, 30 * 4 + 3)
    files = [tmp_path / "out" / f"{name}.jsonl" for name in ("items", "labels", "verdicts")]
    other = reopened(study, tmp_path / "other", files)
    assert study_items(other) == study_items(study)
    assert journal(other) == journal(study)
    assert verdicts(other) == verdicts(study)
    assert not export(other, tmp_path / "again", role=HOLDER).held_out
    for file in files:
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


ONE_RUBRIC = (HealthCheck.function_scoped_fixture,)  # it is only read
UNSHRUNK = (Phase.generate,)  # an example builds two studies: shrinking one would take minutes
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=6
)
SOME = st.one_of(st.none(), TEXT)
ITEMS = st.sampled_from(["i0", "i1", "i2"])
WHEN = st.one_of(st.none(), st.datetimes().map(lambda at: f"{at.isoformat()}Z"), st.just("2026-01-01"))
SHARE = st.one_of(st.none(), st.floats(0.001, 1))


@st.composite
def a_label(draw: st.DrawFn) -> Label:
    criterion = draw(st.sampled_from(sorted(ANSWERS)))
    status = draw(st.sampled_from(["observed", "skipped", "withdrawn"]))
    value = draw(st.sampled_from(ANSWERS[criterion])) if status == "observed" else None
    return Label(
        draw(st.sampled_from(["i0", "i1", "i2"])),
        draw(st.sampled_from(["ada", "=bob", "7"])),
        criterion,
        value,
        status=status,
        reason=draw(SOME),
        rationale=draw(SOME),
        sure=draw(st.sampled_from([None, True, False])),
        failure_modes=tuple(draw(st.lists(NAMES, max_size=2))),
        evidence=draw(SOME),
        active_seconds=draw(st.one_of(st.none(), st.floats(0, 1e6))),
        submission_id=draw(st.one_of(st.none(), NAMES)),
        at=draw(WHEN),
        rubric_sha256=draw(SOME),
        wave=draw(st.one_of(st.none(), NAMES)),
        pi=draw(SHARE),
        purpose=draw(st.sampled_from([one for one in PURPOSES if one != "planted"])),
        blind=Blind(draw(st.booleans()), draw(st.booleans())),
        extra=tuple(sorted(draw(st.dictionaries(st.sampled_from(["x", "y"]), st.integers(0, 9))).items())),
    )


@st.composite
def a_verdict(draw: st.DrawFn) -> Verdict:
    criterion = draw(st.sampled_from(sorted(ANSWERS)))
    status = draw(st.sampled_from(["observed", "abstained", "parse_error", "provider_error"]))
    value = draw(st.sampled_from(ANSWERS[criterion])) if status == "observed" else None
    return Verdict(
        draw(st.sampled_from(["i0", "i1", "i2"])),
        draw(st.sampled_from(["rules", "model"])),
        criterion,
        value,
        status=status,
        confidence=draw(SHARE),
        confidence_kind=draw(SOME),
        raw_value=draw(SOME),
        replicate=draw(st.integers(0, 2)),
        spec_hash=draw(st.sampled_from([None, "a" * 64, "b" * 64])),
        tokens_in=draw(st.one_of(st.none(), st.integers(0, 10**6))),
        cost_usd=draw(SHARE),
        at=draw(WHEN),
        rationale=draw(SOME),
        probs=tuple(draw(st.dictionaries(NAMES, st.floats(0, 1), max_size=2)).items()),
    )


@st.composite
def an_item(draw: st.DrawFn, name: str) -> Item:
    meta = draw(
        st.dictionaries(NAMES, st.one_of(TEXT, st.integers(-9, 9), st.lists(TEXT, max_size=2)), max_size=2)
    )
    return Item(
        name,
        output=draw(SOME),
        input=draw(SOME),
        context=draw(SOME),
        reference=draw(SOME),
        sources=tuple(draw(st.lists(TEXT, max_size=2))),
        stratum=draw(st.one_of(st.none(), NAMES)),
        sensitive=draw(st.booleans()),
        correlation_id=draw(st.one_of(st.none(), NAMES)),
        meta=tuple(meta.items()),
    )


@settings(
    max_examples=20,
    deadline=None,
    phases=UNSHRUNK,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.tuples(an_item("i0"), an_item("i1"), an_item("i2")),
    st.lists(a_label(), max_size=8),
    st.lists(a_verdict(), max_size=6),
)
def test_any_study_goes_out_and_comes_back(
    rubric_folder: Path, some: tuple[Item, ...], given_labels: list[Label], given_verdicts: list[Verdict]
) -> None:
    rows = [*map(item_row, some), *map(label_row, given_labels), *map(verdict_row, given_verdicts)]
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        source = write(home / "rows.jsonl", rows)
        first = fresh(rubric_folder, home / "first", [source])
        export(first, home / "out", role=HOLDER)
        second = fresh(rubric_folder, home / "second", sorted((home / "out").glob("[ilv]*.jsonl")))
        try:
            assert histories(first) == histories_of(
                [replace(one, rubric_sha256=one.rubric_sha256 or first.rubric.sha256) for one in given_labels]
            )
            assert study_items(second) == study_items(first)
            assert histories(second) == histories(first)
            assert Counter(verdicts(second)) == Counter(verdicts(first))
        finally:
            first.close()
            second.close()


Histories = dict[tuple[str, ...], list[Label]]


def histories(desk: Desk) -> Histories:
    """The revisions of every cell in order; their numbers are as the store counts them."""
    found = histories_of(journal(desk))
    for cell_ in found.values():
        assert [one.revision for one in cell_] == list(range(1, len(cell_) + 1))
    return found


def histories_of(some: list[Label]) -> Histories:
    found: Histories = {}
    for one in some:
        history = found.setdefault((one.criterion, one.item_id, one.rater, one.purpose), [])
        history.append(replace(one, revision=len(history) + 1))
    return found


@pytest.fixture
def rubric_folder(make_study: Callable[..., Path]) -> Path:
    return make_study("rubric")


def fresh(like: Path, folder: Path, files: list[Path]) -> Desk:
    folder.mkdir()
    for name in ("study.toml", "rubric.yaml"):
        (folder / name).write_text((like / name).read_text(encoding="utf-8"), encoding="utf-8")
    desk = open_desk(folder)
    assert import_files(desk, files, role=HOLDER).rejects == ()
    return desk


def test_what_is_held_out_stays_and_is_counted(study: Desk, tmp_path: Path) -> None:
    freeze_split(study, role=HOLDER)
    sealed = {item for item, split in split_of_items(study).items() if split == "held_out"}
    mine = [one for one in journal(study) if one.item_id in sealed]
    for name in ("native", "wide", "matrix", "inspect", "label-studio", "mlflow", "fine-tuning"):
        summary = export(study, tmp_path / name, Wanted(name), role=HOLDER)
        assert summary.held_out == {
            "items": 12,
            "items with labels": len({one.item_id for one in mine}),
            "verdicts": 12,
        }
        text = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / name).iterdir())
        assert not [item for item in sealed if f'"{item}"' in text or f"\n{item}," in text], name
        assert "12 items, 12 items with labels, 12 verdicts" in text
    developed = {item for item, split in split_of_items(study).items() if split == "development"}
    taught = lines(tmp_path / "fine-tuning" / "fine-tuning.jsonl")
    assert {row["item"]["output"] for row in taught} == {f"text {item[1:]}" for item in developed}


def test_opening_the_vault_for_an_export_is_in_the_ledger_and_exports_all(
    study: Desk, tmp_path: Path
) -> None:
    freeze_split(study, role=HOLDER)
    with pytest.raises(CannotExport, match="needs a reason"):
        export(study, tmp_path / "no", opening=("lea", " "), role=HOLDER)
    assert vault_status(study, role=HOLDER).held_out == 12 and not (tmp_path / "no").exists()
    summary = export(study, tmp_path / "all", opening=("lea", "the study ends"), role=HOLDER)
    assert summary.files["items.jsonl"] == 30 and not any(summary.held_out.values())
    assert [(one.by, one.reason) for one in vault_status(study, role=HOLDER).openings] == [
        ("lea", "export: the study ends")
    ]


def test_the_vault_stays_closed_when_the_files_cannot_be_written(
    study: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze_split(study, role=HOLDER)
    with monkeypatch.context() as patch, pytest.raises(CannotExport, match="cannot be written: no room"):
        patch.setattr(leaving_files.Files, "text", _full)
        export(study, tmp_path / "out", opening=("lea", "over"), role=HOLDER)
    with monkeypatch.context() as patch, pytest.raises(CannotExport, match="the vault stays closed"):
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
        export(study, tmp_path / "out", opening=("lea", "over"), role=HOLDER)
    assert vault_status(study, role=HOLDER).openings == () and not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".calibrant-export-*"))


def test_no_file_has_a_sealed_row_before_the_ledger_has_the_opening(
    study: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze_split(study, role=HOLDER)
    sealed = {item for item, split in split_of_items(study).items() if split == "held_out"}
    real = leaving_files.Files.json

    def watched(files: leaving_files.Files, name: str, row: Any) -> None:
        if isinstance(row, dict) and row.get("item_id") in sealed:
            assert vault_status(study, role=HOLDER).openings
        real(files, name, row)

    monkeypatch.setattr(leaving_files.Files, "json", watched)
    assert export(study, tmp_path / "out", opening=("lea", "over"), role=HOLDER).files["items.jsonl"] == 30


def _full(*_: object) -> None:
    raise OSError(28, "no room")


def test_newcomers_without_a_split_may_still_be_held_out_and_stay(study: Desk, tmp_path: Path) -> None:
    freeze_split(study, role=HOLDER)
    with study.store.bulk() as bulk:  # an item that no freezing has placed
        bulk.connection.execute(
            "INSERT INTO item (study_id, item_id, position, kind, sha256, sensitive) "
            "VALUES (?, 'late', 30, 'pointwise', 'x', FALSE)",
            (study.study_id,),
        )
    summary = export(study, tmp_path / "out", role=HOLDER)
    assert "late" not in {row["item_id"] for row in lines(tmp_path / "out" / "items.jsonl")}
    assert summary.left_out == {"items in no split yet": 1}


def test_planted_items_and_their_labels_never_leave(study: Desk, tmp_path: Path) -> None:
    error = {
        "item_id": "i4", "output": "text 4 says the mayor", "span": "says the mayor",
        "failure_mode": "invented_source", "expected": {"grounded": "no"},
    }  # fmt: skip
    add_planted(study, [write(tmp_path / "planted.jsonl", [error])], author="lea", role=HOLDER)
    for name in ("native", "wide", "label-studio"):
        export(study, tmp_path / name, Wanted(name), role=HOLDER)
        for path in (tmp_path / name).iterdir():
            assert path.name == "rubric.yaml" or "mayor" not in path.read_text(encoding="utf-8")


def test_waves_leave_with_every_items_chance(study: Desk, tmp_path: Path) -> None:
    draw_wave(study, Design("random", 6), seed=3, role=HOLDER)
    export(study, tmp_path / "out", role=HOLDER)
    assert [wave["design"]["kind"] for wave in lines(tmp_path / "out" / "waves.jsonl")] == ["random"]
    chances = lines(tmp_path / "out" / "pi.jsonl")
    # six of thirty items, every one with the same chance
    assert len(chances) == 30 and sum(one["selected"] for one in chances) == 6
    assert {one["pi"] for one in chances} == {0.2}


def test_the_matrix_gives_the_alpha_of_the_labels(study: Desk, tmp_path: Path) -> None:
    summary = export(study, tmp_path / "out", Wanted("matrix", ("helpful",)), role=HOLDER)
    assert summary.holds == {"matrix-1.csv": "criterion helpful: raters × items"}
    with (tmp_path / "out" / "matrix-1.csv").open(encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert [row[0] for row in rows] == ["'-bob", "ada"] and len(head) == 31
    numbers = np.array([[float(one) if one else np.nan for one in row[1:]] for row in rows])
    last = {(one.rater, one.item_id): one.value for one in journal(study)
            if one.criterion == "helpful" and one.rater != "eve"}  # fmt: skip
    ours = np.array([[last[who, item] for item in head[1:]] for who in ("-bob", "ada")], dtype=float)
    assert np.array_equal(numbers, ours)
    assert krippendorff.alpha(numbers, level_of_measurement="ordinal") == pytest.approx(
        krippendorff.alpha(ours, level_of_measurement="ordinal")
    )


def test_the_wide_table_has_a_row_per_item_and_runs_nothing(study: Desk, tmp_path: Path) -> None:
    export(study, tmp_path / "out", Wanted("wide"), role=HOLDER)
    with (tmp_path / "out" / "wide.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert rows[0]["input"] == "'=HYPERLINK(1)"
    assert (rows[0]["helpful: ada"], rows[0]["helpful: judge rules"]) == ("3", "2")
    assert not [key for key in rows[0] if "eve" in key]  # she saw a verdict, or skipped


@pytest.mark.parametrize(
    ("content", "shown"),
    [("=1+1", "'=1+1"), ("+cmd", "'+cmd"), ("-x", "'-x"), ("@SUM", "'@SUM"), ("\tx", "'\tx"), ("\rx", "'\rx"),
     ("-1.5", "-1.5"), (-2, -2), ("plain", "plain"), (None, "")],
)  # fmt: skip
def test_a_cell_is_never_a_formula(content: object, shown: object) -> None:
    assert cell(content) == shown


@pytest.mark.parametrize("name", ["label-studio", "argilla", "langfuse", "phoenix", "mlflow"])
def test_other_tools_shapes_come_back_through_their_importers(study: Desk, tmp_path: Path, name: str) -> None:
    summary = export(study, tmp_path / "out", Wanted(name), role=HOLDER)
    assert summary.left_out == {
        "labels of raters who had seen a verdict": 1,
        "labels without an answer (skipped, withdrawn, not applicable)": 1,
    }
    other = reopened(study, tmp_path / "other", [tmp_path / "out" / f"{name}.jsonl"])
    newest = {
        (one.item_id, one.rater, one.criterion): one.value for one in journal(study) if one.rater != "eve"
    }
    assert {(one.item_id, one.rater, one.criterion): one.value for one in journal(other)} == newest
    if name != "langfuse":
        assert {(one.item_id, one.judge, one.value) for one in verdicts(other)} == {
            (f"i{k}", "rules", 2) for k in range(30)
        }


def test_scores_for_inspect_have_one_row_per_item_and_come_back(study: Desk, tmp_path: Path) -> None:
    summary = export(study, tmp_path / "out", Wanted("inspect"), role=HOLDER)
    assert {what for what in summary.holds.values() if "reference" in what} == {
        "criterion grounded, reference: majority", "criterion cause, reference: majority",
        "criterion helpful, reference: median", "criterion tone, reference: mean",
    }  # fmt: skip
    for name in summary.files:
        ids = [(row["id"], row.get("epoch")) for row in lines(tmp_path / "out" / name)]
        assert len(ids) == len(set(ids))
    mine = [name for name, what in summary.holds.items() if what == "criterion helpful, rater ada"]
    other = reopened(study, tmp_path / "other", [tmp_path / "out" / mine[0]])
    given_by_ada = {one.item_id: one.value for one in journal(study)
                    if (one.rater, one.criterion) == ("ada", "helpful")}  # fmt: skip
    assert {one.item_id: one.value for one in journal(other)} == given_by_ada


def test_a_failure_leaves_nothing_behind(study: Desk, tmp_path: Path) -> None:
    (study.folder / "rubric.yaml").unlink()  # read last of all
    with pytest.raises(CannotExport):
        export(study, tmp_path / "place" / "out", role=HOLDER)
    assert list((tmp_path / "place").iterdir()) == []


def test_a_folder_in_use_and_unknown_names_are_refused(study: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert export(study, tmp_path / "empty", role=HOLDER).files["items.jsonl"] == 30
    with pytest.raises(CannotExport, match="not empty"):
        export(study, tmp_path / "empty", role=HOLDER)
    with pytest.raises(
        CannotExport, match="no criterion 'warmth'; there are: grounded, cause, helpful, tone"
    ):
        export(study, tmp_path / "x", Wanted(criteria=("warmth",)), role=HOLDER)
    with pytest.raises(CannotExport, match="no judge 'x'; there are: rules"):
        export(study, tmp_path / "x", Wanted(judges=("x",)), role=HOLDER)
    assert not (tmp_path / "x").exists()


def test_parquet_has_the_rows_of_the_lines(study: Desk, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    export(study, tmp_path / "out", Wanted(parquet=True), role=HOLDER)
    for name, rows in (("items", 30), ("labels", 123), ("verdicts", 30)):
        file = tmp_path / "out" / f"{name}.parquet"
        found = duckdb.read_parquet(str(file))
        assert len(found.fetchall()) == rows
        assert "TIMESTAMP" not in str(found.types)  # times are texts, as they came


def test_an_export_is_never_whole_in_memory(make_study: Callable[..., Path], tmp_path: Path) -> None:
    desk, size = open_desk(make_study()), 6_000
    rows: list[dict[str, Any]] = [{"item_id": f"i{k}", "output": "x" * 400} for k in range(size)]
    said = {"rater": "ada", "criterion": "helpful", "value": 2, "rationale": "y" * 400}
    rows += [{"item_id": f"i{k}", **said} for k in range(size)]
    import_files(desk, [write(tmp_path / "rows.jsonl", rows)], role=HOLDER)
    del rows
    tracemalloc.start()
    export(desk, tmp_path / "out", role=HOLDER)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    desk.close()
    written = sum(path.stat().st_size for path in (tmp_path / "out").iterdir())
    assert most < written / 3
