"""An export read back is the same study: splits, waves with every chance, decisions, modes, numbers."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from postgres import both_engines

from annotate_app.desk import Desk, open_desk
from annotate_app.services import deciding, disputes, failures, targeting, weighting
from annotate_app.services.estimating import OPEN_SPLITS, study_quality
from annotate_app.services.exporting import Wanted, export
from annotate_app.services.history_plan import plan_of
from annotate_app.services.history_rows import read_history
from annotate_app.services.importing import CannotRead, import_files
from annotate_app.services.ratings import ratings
from annotate_app.services.reading_back import NOT_EVIDENCE, read_back
from annotate_app.services.rights import HOLDER, NotAllowed, Role
from annotate_app.services.sampling import Intake
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.services.vault import open_vault, vault_status
from annotate_app.store import modes, pseudonyms, studies
from calibration.agreement import Options, measure
from calibration.quality import Question
from calibration.triage.design import Design

OPEN_SPLIT = "[split]\nseed = 1\n[split.shares]\ndevelopment = 0.6\nvalidation = 0.4\n"
SEALED = "[split]\nseed = 1\n[split.shares]\ndevelopment = 0.6\nvalidation = 0.2\nheld_out = 0.2\n"
STRATA = "[strata.a]\nshare = 0.8\n[strata.b]\nshare = 0.2\n"
UNEQUAL = Design("stratified", 6, stratum_min=3)


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def filled(folder: Path, some: Path) -> Desk:
    """Twenty items of two strata, in splits; a wave that draws them with unequal chances, and its labels."""
    desk = open_desk(folder)
    rows: list[dict[str, Any]] = [
        {"item_id": f"i{k}", "output": f"text {k}", "stratum": "a" if k % 5 else "b"} for k in range(20)
    ]
    import_files(desk, [write(some / "items.jsonl", rows)], role=HOLDER)
    freeze_split(desk, by="olga", role=HOLDER)
    wave = targeting.draw_wave(desk, UNEQUAL, by="lena", role=HOLDER)
    labels = [
        {
            "item_id": f"i{k}", "rater": rater, "criterion": "helpful",
            "value": 1 + (k + (rater == "bob")) % 3, "wave": wave.name, "pi": 0.5,
        }
        for k in range(20) for rater in ("ada", "bob")
    ]  # fmt: skip
    labels.append({"item_id": "i0", "rater": "ada", "criterion": "helpful", "value": 3, "sure": False})
    verdicts = [{"item_id": f"i{k}", "judge": "j", "criterion": "helpful", "value": 2} for k in range(20)]
    import_files(desk, [write(some / "answers.jsonl", labels + verdicts)], role=HOLDER)
    return desk


def fresh(desk: Desk, folder: Path) -> Desk:
    """Another study with the same rubric and settings, and nothing in it."""
    folder.mkdir()
    shutil.copy(desk.folder / "rubric.yaml", folder / "rubric.yaml")
    text = (desk.folder / "study.toml").read_text(encoding="utf-8")
    own = f'[study]\nkey = "{folder}"\n'  # where one database holds both
    (folder / "study.toml").write_text(text.replace("[study]\n", own), encoding="utf-8")
    return open_desk(folder)


def contents(folder: Path) -> dict[str, list[bytes]]:
    """The lines of every file; labels of different cells may stand in another order."""
    files = {file.name: file.read_bytes().splitlines() for file in folder.iterdir()}
    files["labels.jsonl"].sort()
    return {name: lines for name, lines in files.items() if name != "README.md"}


def numbers(desk: Desk, split: str) -> dict[str, object]:
    """What agreement and estimates are computed from: answers by name, and the weight of every item."""
    found = weighting.weighted_split(desk, split, ratings(desk, splits=(split,)))
    parts: dict[str, object] = {"remarks": found.remarks}
    for name, one in found.reweighted.criteria.items():
        pi = [1.0] * len(one.items) if one.pi is None else one.pi.tolist()
        cells = zip(one.item.tolist(), one.rater.tolist(), one.code.tolist(), strict=True)
        parts[name] = sorted((one.items[i], one.raters[r], code, repr(pi[i])) for i, r, code in cells)
        parts[f"{name}: left out"] = dict(one.left_out)
        parts[f"{name}: judges"] = [
            sorted(zip([one.items[i] for i in j.item.tolist()], j.code.tolist(), strict=True))
            for j in one.judges
        ]
    return parts


def printed(desk: Desk) -> str:
    """Agreement on all that is open, and the share of good items of development, with their intervals."""
    pooled = weighting.pooled_as_drawn(desk, ratings(desk, splits=OPEN_SPLITS), OPEN_SPLITS)
    quality = study_quality(desk, Question((2, 3)), criterion="helpful", role=HOLDER).quality
    return repr((measure(pooled, Options()).criteria["helpful"], quality.estimates))


@pytest.fixture
def study(make_study: Callable[..., Path], tmp_path: Path) -> Iterator[Desk]:
    desk = filled(make_study("study", toml=OPEN_SPLIT + STRATA), tmp_path)
    yield desk
    desk.close()


def decided(desk: Desk) -> dict[str, tuple[object, bool]]:
    with desk.store.reading() as session:
        number = studies.criterion_ids(session, desk.study_id)["helpful"]
        found = disputes.decisions(session, desk.study_id, number)
    return {item: (one.record.value, one.stale) for item, one in found.items()}


def development_item(desk: Desk) -> str:
    return next(item for item, split in split_of_items(desk).items() if split == "development")


def test_history_named_as_items_makes_no_item_without_a_text(study: Desk, tmp_path: Path) -> None:
    export(study, tmp_path / "out", Wanted(), role=HOLDER)
    write(tmp_path / "out" / "moved.jsonl", [{"number": 1, "item_id": "i0", "split": None}])
    copy = fresh(study, tmp_path / "copy")
    for name in ("splits.jsonl", "moved.jsonl", "pi.jsonl"):
        found = import_files(copy, [tmp_path / "out" / name], role=HOLDER)
        assert found.items.new == 0, name
        assert "import its folder" in found.rejects[0].reason, name
    copy.close()


def test_an_item_that_a_file_merely_names_still_comes_in(study: Desk, tmp_path: Path) -> None:
    rows = [{"item_id": "named"}, {"item_id": "told", "split": "held_out", "output": "a text"}]
    assert import_files(study, [write(tmp_path / "named.jsonl", rows)], role=HOLDER).items.new == 2


@both_engines
def test_history_and_numbers_are_the_same_afterwards(study: Desk, tmp_path: Path) -> None:
    deciding.decide(study, "i1", "helpful", 3, reason="as agreed", lead="lena", role=HOLDER)
    deciding.decide(study, "i2", "helpful", 1, reason="clear", lead="lena", role=HOLDER)
    deciding.undo(study, "i2", "helpful", reason="was not", lead="lena", role=HOLDER)
    for name in ("rude", "curt"):
        failures.define(
            study, name, description="So.", severity="major", visibility="loud", by="eva", role=HOLDER
        )
    with study.store.reading() as session:
        number = modes.steps(session, study.study_id)[-1].number
    failures.undo(study, number, by="eva", role=HOLDER)
    failures.tag_items(study, [development_item(study)], "rude", by="eva", note="shouts", role=HOLDER)
    export(study, tmp_path / "out", role=HOLDER)
    other = fresh(study, tmp_path / "other")
    summary = read_back(other, tmp_path / "out", role=HOLDER)
    assert "waves: 1 new" in summary.notes and NOT_EVIDENCE in summary.notes
    export(other, tmp_path / "again", role=HOLDER)
    assert contents(tmp_path / "again") == contents(tmp_path / "out")
    assert decided(other) == decided(study) == {"i1": (3, False)}
    for split in ("development", "validation"):
        assert numbers(other, split) == numbers(study, split)
    # unequal chances did enter: the two strata were drawn with different probabilities
    assert len({pi for *_, pi in numbers(other, "development")["helpful"]}) > 1  # type: ignore[attr-defined]
    assert printed(other) == printed(study)
    other.close()


def test_the_same_folder_again_changes_nothing(study: Desk, tmp_path: Path) -> None:
    export(study, tmp_path / "out", role=HOLDER)
    other = fresh(study, tmp_path / "other")
    read_back(other, tmp_path / "out", role=HOLDER)
    assert read_back(other, tmp_path / "out", role=HOLDER).changed_nothing
    assert read_back(study, tmp_path / "out", role=HOLDER).changed_nothing
    other.close()


def test_a_run_that_was_cut_off_is_finished_by_the_next(
    study: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annotate_app.services import reading_back

    export(study, tmp_path / "out", role=HOLDER)
    other = fresh(study, tmp_path / "other")
    for step in ("_write_draws", "_write_words"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(reading_back, step, _interrupted)
            read_back(other, tmp_path / "out", role=HOLDER)
    read_back(other, tmp_path / "out", role=HOLDER)
    export(other, tmp_path / "again", role=HOLDER)
    assert contents(tmp_path / "again") == contents(tmp_path / "out")
    other.close()


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_is_sealed_stays_and_a_wave_over_it_is_not_read_back(
    make_study: Callable[..., Path], tmp_path: Path
) -> None:
    study = filled(make_study("study", toml=SEALED), tmp_path)
    targeting.draw_wave(study, Design("random", 2), split="held_out", by="lena", role=HOLDER)
    export(study, tmp_path / "out", role=HOLDER)
    other = fresh(study, tmp_path / "other")
    notes = " ".join(read_back(other, tmp_path / "out", role=HOLDER).notes)
    assert "stayed in the study: wave-2" in notes and "waves: 1 new" in notes
    assert numbers(other, "development") == numbers(study, "development")
    assert vault_status(other, role=HOLDER).held_out == 0 and vault_status(other, role=HOLDER).looks == ()
    assert targeting.draw_wave(other, Design("random", 2), role=HOLDER).name == "wave-2"
    assert read_back(other, tmp_path / "out", role=HOLDER).changed_nothing
    other.close()
    study.close()


def test_earlier_versions_of_the_split_come_back_too(make_study: Callable[..., Path], tmp_path: Path) -> None:
    study = filled(make_study("study", toml=SEALED), tmp_path)
    import_files(
        study, [write(tmp_path / "late.jsonl", [{"item_id": "late", "output": "a newcomer"}])], role=HOLDER
    )
    open_vault(study, by="olga", reason="over", role=HOLDER)
    export(study, tmp_path / "out", role=HOLDER)
    text = (tmp_path / "out" / "split_versions.jsonl").read_text(encoding="utf-8")
    versions = [json.loads(line) for line in text.splitlines()]
    assert [one["number"] for one in versions] == [1, 2, 3] and versions[2]["reason"] == "vault opened: over"
    other = fresh(study, tmp_path / "other")
    read_back(other, tmp_path / "out", role=HOLDER)
    export(other, tmp_path / "again", role=HOLDER)
    assert contents(tmp_path / "again") == contents(tmp_path / "out")
    other.close()
    study.close()


def test_another_history_or_rubric_is_refused_and_nothing_written(study: Desk, tmp_path: Path) -> None:
    export(study, tmp_path / "out", role=HOLDER)
    other = fresh(study, tmp_path / "other")
    import_files(other, [write(tmp_path / "own.jsonl", [{"item_id": "own", "output": "mine"}])], role=HOLDER)
    freeze_split(other, role=HOLDER)
    with pytest.raises(CannotRead, match="the study has split of its own"):
        read_back(other, tmp_path / "out", role=HOLDER)
    text = (tmp_path / "out" / "rubric.yaml").read_text(encoding="utf-8")
    (tmp_path / "out" / "rubric.yaml").write_text(text.replace("Read the", "Do read the"), encoding="utf-8")
    with pytest.raises(CannotRead, match="its rubric is not this study's"):
        read_back(other, tmp_path / "out", role=HOLDER)
    other.close()


@pytest.mark.parametrize(
    ("file", "before", "after", "words"),
    [
        ("split_versions.jsonl", '"seed":1', '"seed":2', "does not fit its hash"),
        ("splits.jsonl", '"development"', '"validation"', "does not fit its hash"),
        ("pi.jsonl", '"selected":true', '"selected":false', "its places are others|their places are others"),
        ("pi.jsonl", '"pi":', '"chance":', "pi.jsonl, line 1"),
        ("waves.jsonl", '"kind":"stratified"', '"kind":"odd"', "wave wave-1: unknown design"),
        ("waves.jsonl", '"kind":', '"strange":1,"kind":', "wave wave-1"),
        ("waves.jsonl", "{", "[", "waves.jsonl, line 1"),
    ],
)
def test_a_folder_that_was_changed_is_refused(
    study: Desk, tmp_path: Path, file: str, before: str, after: str, words: str
) -> None:
    export(study, tmp_path / "out", role=HOLDER)
    path = tmp_path / "out" / file
    path.write_text(path.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")
    other = fresh(study, tmp_path / "other")
    with pytest.raises(CannotRead, match=words):
        read_back(other, tmp_path / "out", role=HOLDER)
    assert ratings(other).criteria["helpful"].items == ()
    other.close()


HISTORY = (
    "splits", "split_versions", "moved", "waves", "pi", "decisions", "mode_steps", "mode_tags", "causes",
)  # fmt: skip


@given(
    file=st.sampled_from(HISTORY), place=st.integers(0, 30), field=st.integers(0, 12),
    content=st.sampled_from(["", "i99", 0, -1, 7, 1e300, None, True, [], {}, "undone", "decided"]),
)  # fmt: skip
@settings(
    max_examples=60, deadline=None, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_a_spoilt_field_is_refused_in_words_or_changes_nothing_else(
    spoilt: tuple[Desk, Path], file: str, place: int, field: int, content: object
) -> None:
    """The plan alone is made: nothing may be written before it stands, and it fails by name or not at all."""
    desk, out = spoilt
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "out"
        shutil.copytree(out, folder)
        path = folder / f"{file}.jsonl"
        rows = (
            [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            if path.exists()
            else []
        )
        if rows:
            row = rows[place % len(rows)]
            row[sorted(row)[field % len(row)]] = content
            write(path, rows)
        try:
            plan_of(desk, read_history(folder))
        except CannotRead as fault:
            assert str(fault)


@pytest.fixture
def spoilt(study: Desk, tmp_path: Path) -> Iterator[tuple[Desk, Path]]:
    deciding.decide(study, "i1", "helpful", 3, reason="as agreed", lead="lena", role=HOLDER)
    failures.define(
        study, "rude", description="So.", severity="major", visibility="loud", by="eva", role=HOLDER
    )
    failures.tag_items(study, [development_item(study)], "rude", by="eva", role=HOLDER)
    export(study, tmp_path / "out", role=HOLDER)
    other = fresh(study, tmp_path / "other")
    yield other, tmp_path / "out"
    other.close()


@pytest.mark.parametrize("role", ["rater", "lead", "engineer"])
def test_only_who_may_bring_in_all_of_it_reads_a_folder_back(study: Desk, tmp_path: Path, role: Role) -> None:
    export(study, tmp_path / "out", role=HOLDER)
    with pytest.raises(NotAllowed):
        read_back(study, tmp_path / "out", role=role)
    assert read_back(study, tmp_path / "out", role="owner").changed_nothing


def test_a_row_that_cannot_go_in_keeps_everything_out(study: Desk, tmp_path: Path) -> None:
    export(study, tmp_path / "out", role=HOLDER)
    with (tmp_path / "out" / "labels.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"item_id": "i0", "rater": "eve", "criterion": "helpful", "value": "sevenish"}\n')
    other = fresh(study, tmp_path / "other")
    with pytest.raises(ValueError, match="1 rows cannot be imported; nothing was written"):
        read_back(other, tmp_path / "out", role=HOLDER)
    assert ratings(other).criteria["helpful"].items == ()
    other.close()


@st.composite
def a_study(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Design]:
    """A few items, answers with second thoughts, skips and withdrawals, and a wave of unequal chances."""
    size = draw(st.integers(4, 8))
    items = [
        {"item_id": f"i{k}", "output": f"text {k}", "stratum": draw(st.sampled_from(["a", "b"]))}
        for k in range(size)
    ]
    names = st.sampled_from([item["item_id"] for item in items])
    answers = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "item_id": names,
                    "rater": st.sampled_from(["ada", "bob"]),
                    "criterion": st.just("helpful"),
                    "value": st.sampled_from([1, 2, 3, None]),
                    "wave": st.sampled_from(["wave-1", None]),
                    "at": st.sampled_from(["2026-01-01T00:00:00Z", None]),
                    "purpose": st.sampled_from(["estimate", "search", "gold"]),
                }
            ),
            max_size=14,
        )
    )
    return items, answers, Design(draw(st.sampled_from(["random", "stratified"])), draw(st.integers(1, 4)))


@given(made=a_study(), sealed=st.booleans())
@settings(
    max_examples=8, deadline=None, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_any_small_study_is_the_same_afterwards(
    make_study: Callable[..., Path], made: tuple[list[Any], list[Any], Design], sealed: bool
) -> None:
    items, answers, design = made
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        template = make_study(f"t-{folder.name}", toml=SEALED if sealed else OPEN_SPLIT)
        desk = open_desk(template)
        import_files(desk, [write(folder / "items.jsonl", items)], role=HOLDER)
        freeze_split(desk, role=HOLDER)
        targeting.draw_wave(desk, design, role=HOLDER)
        import_files(desk, [write(folder / "answers.jsonl", answers)], role=HOLDER)
        export(desk, folder / "out", role=HOLDER)
        other = fresh(desk, folder / "other")
        read_back(other, folder / "out", role=HOLDER)
        export(other, folder / "again", role=HOLDER)
        theirs, ours = contents(folder / "again"), contents(folder / "out")
        if sealed:  # a version of the split that left in part is another one
            theirs.pop("split_versions.jsonl", None)
            ours.pop("split_versions.jsonl", None)
        assert theirs == ours
        assert numbers(other, "development") == numbers(desk, "development")
        other.close()
        desk.close()


def names_in(folder: Path) -> str:
    return "".join(
        file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name != "rubric.yaml"
    )


def test_under_pseudonyms_nobody_is_named_and_everything_else_is_the_same(
    study: Desk, tmp_path: Path
) -> None:
    deciding.decide(study, "i1", "helpful", 3, reason="as agreed", lead="lena", role=HOLDER)
    deciding.decide(study, "i2", "helpful", 1, reason="clear", lead="lena", role=HOLDER)
    changed = {"item_id": "i2", "rater": "ada", "criterion": "helpful", "value": 2, "rationale": "sorry"}
    import_files(study, [write(tmp_path / "late.jsonl", [changed])], role=HOLDER)
    assert decided(study) == {"i1": (3, False), "i2": (1, True)}
    wanted = Wanted(pseudonyms=True)
    export(study, tmp_path / "out", wanted, role=HOLDER)
    export(study, tmp_path / "again", wanted, role=HOLDER)
    assert contents(tmp_path / "again") == contents(tmp_path / "out")
    assert not re.search(r"\b(ada|bob|lena|olga)\b", names_in(tmp_path / "out"))
    other = fresh(study, tmp_path / "other")
    read_back(other, tmp_path / "out", role=HOLDER)
    assert decided(other) == decided(study)
    assert printed(other) == printed(study)
    other.close()


@pytest.mark.parametrize(
    "kind", ["wide", "matrix", "inspect", "label-studio", "argilla", "phoenix", "mlflow"]
)
def test_no_format_names_anybody_under_pseudonyms(study: Desk, tmp_path: Path, kind: str) -> None:
    export(study, tmp_path / kind, Wanted(kind, pseudonyms=True), role=HOLDER)
    assert "P-" in names_in(tmp_path / kind)
    assert not re.search(r"\b(ada|bob)\b", names_in(tmp_path / kind))


def test_raters_come_in_under_the_pseudonyms_that_they_leave_under(study: Desk, tmp_path: Path) -> None:
    export(study, tmp_path / "out", Wanted(pseudonyms=True), role=HOLDER)
    words = {json.loads(line)["rater"] for line in contents(tmp_path / "out")["labels.jsonl"]}
    known = sorted(words)[0]
    rows = [
        {"item_id": "i3", "rater": name, "criterion": "grounded", "value": "yes"}
        for name in ("ada", "eve", known)
    ]
    file = write(tmp_path / "more.jsonl", rows)
    dry = import_files(study, [file], intake=Intake(pseudonyms=True), dry=True, role=HOLDER)
    assert dry.labels.new + dry.labels.revisions + dry.labels.unchanged == 3
    with study.store.reading() as session:
        assert "eve" not in pseudonyms.known(session, study.study_id)
    import_files(study, [file], intake=Intake(pseudonyms=True), role=HOLDER)
    there = ratings(study, splits=OPEN_SPLITS).criteria["grounded"]
    answered = {there.raters[place] for place in there.rater.tolist()}
    with study.store.reading() as session:
        ours = pseudonyms.known(session, study.study_id)
    assert answered == {ours["ada"], ours["eve"], known}  # ada is one of those who left
