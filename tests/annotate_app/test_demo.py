"""The demo: the same example every time, and one look of each outcome, computed and not written down."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.example.content import made
from annotate_app.example.simulate import NOTE, RATERS, simulate
from annotate_app.services.calibrating import build_report, decisions
from annotate_app.services.demo import FIRST_WAVE, DemoRefused, build_demo
from annotate_app.services.labelling import add_rater, next_item
from annotate_app.services.labelling_values import NextItem
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import split_of_items, split_summary
from annotate_app.services.targeting import list_waves
from annotate_app.store import items as item_store
from annotate_app.store import labels as label_store
from rubrics.files import library_rubric

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HIDDEN = ("truth", "by_hand", "resolution", "grounded", "escalation", "failure_modes")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    built = build_demo(tmp_path_factory.mktemp("demo") / "study", clock=lambda: NOW)
    yield built
    built.close()


def test_the_example_has_240_items_of_three_strata() -> None:
    strata = Counter(one.item.stratum for one in made())
    assert strata == {"typical": 144, "edge": 54, "adversarial": 42}
    assert sum(one.by_hand for one in made()) >= 60
    assert len({one.item.cluster for one in made()}) >= 80


def test_items_differ_in_text_and_have_sources() -> None:
    assert len({(one.item.input, one.item.output) for one in made()}) == 240
    assert all(one.item.sources and one.item.input and one.item.output for one in made())
    assert sum(one.item.sensitive for one in made()) >= 20


def test_hand_written_truths_are_answers_of_the_rubric() -> None:
    rubric = library_rubric("support_answer")
    modes = {mode.name for mode in rubric.failure_modes}
    for one in made():
        for criterion in rubric.criteria:
            true = getattr(one.truth, criterion.name)
            assert true is None or criterion.scale.parse(true) == true
        assert set(one.truth.failure_modes) <= modes


def test_the_split_gives_120_held_out_items_over_more_than_40_families(desk: Desk) -> None:
    summary = split_summary(desk, role=HOLDER)
    assert summary is not None
    assert summary.sizes == {"development": 72, "validation": 48, "held_out": 120}
    splits = split_of_items(desk)
    families = {one.item.cluster for one in made() if splits[one.item.item_id] == "held_out"}
    assert len(families) > 40


def test_development_items_that_no_first_wave_drew_are_left_for_people(desk: Desk) -> None:
    splits = split_of_items(desk)
    with desk.store.reading() as session:
        labelled = {label.item_id for label in label_store.latest(session, desk.study_id)}
    unlabelled = [item for item in splits if item not in labelled]
    assert {splits[item] for item in unlabelled} == {"development"}
    assert len(unlabelled) == 72 - FIRST_WAVE.n >= 10


def test_a_newcomer_finds_items_to_rate_those_of_the_doubt_wave_first(desk: Desk) -> None:
    add_rater(desk, "newcomer")
    upcoming = next_item(desk, "newcomer")
    assert isinstance(upcoming, NextItem)
    assert upcoming.wave == "wave-2"


def test_the_simulation_is_seeded_and_said_to_be_one(desk: Desk) -> None:
    rubric, asked = library_rubric("support_answer"), {one.item.item_id: None for one in made()[:40]}
    first = simulate(made(), asked, rubric)
    assert len(first) == 40 * 3 * 4  # three raters, four criteria
    assert simulate(made(), asked, rubric) == first
    assert simulate(made(), asked, rubric, seed=1) != first
    assert "simulated" in desk.study_file.study.note
    assert "simulated" in build_report(desk, role=HOLDER).study.note
    assert "simulated" in NOTE


def test_the_truth_reaches_neither_the_files_nor_the_store(desk: Desk) -> None:
    rows = [json.loads(line) for line in (desk.folder / "items.jsonl").read_text().splitlines()]
    assert len(rows) == 240
    assert not [name for row in rows for name in row if name in HIDDEN]
    with desk.store.reading() as session:
        assert not any(item.meta for item in item_store.all_items(session, desk.study_id))


def certified(folder: Path) -> dict[str, object]:
    """What the certificates say, without the hashes under the key that each look makes for itself."""
    found = {}
    for path in sorted((folder / "certificates").iterdir()):
        content = json.loads(path.read_text(encoding="utf-8"))
        del content["sha256"], content["evidence"]["labels_sha256"], content["evidence"]["verdicts_sha256"]
        found[path.name] = content
    return found


def test_two_builds_give_the_same_bytes_and_the_same_certificates(desk: Desk, tmp_path: Path) -> None:
    other = build_demo(tmp_path / "study", clock=lambda: NOW)
    files = ("study.toml", "rubric.yaml", "items.jsonl", "labels.jsonl")
    assert [n for n in files if (desk.folder / n).read_bytes() != (other.folder / n).read_bytes()] == []
    assert len(certified(desk.folder)) == 3
    assert certified(desk.folder) == certified(other.folder)
    other.close()


def test_one_look_ends_in_each_outcome(desk: Desk) -> None:
    found = {(d.judge, d.criteria): d for d in decisions(desk)}
    assert {key: d.outcome for key, d in found.items()} == {
        ("rules", ("grounded",)): "trusted",
        ("baseline", ("tone",)): "undecided",
        ("baseline", ("resolution",)): "not trusted",
    }
    assert {d.n for d in found.values()} == {120}
    assert any("Label " in sentence for sentence in found["baseline", ("tone",)].sentences)


def test_no_outcome_hangs_by_a_thread(desk: Desk) -> None:
    def bounds(judge: str, criterion: str, name: str) -> tuple[float, float, float]:
        look = next(d for d in decisions(desk) if (d.judge, d.criteria) == (judge, (criterion,)))
        stated = look.estimates[criterion][name]
        assert isinstance(stated, dict)
        return stated["low"], stated["value"], stated["high"]

    low, _, _ = bounds("rules", "grounded", "cohen_kappa")
    assert low > 0.60 + 0.05
    low, value, _ = bounds("baseline", "tone", "cohen_kappa_quadratic")
    assert low < 0.50 - 0.02
    assert value > 0.50 + 0.05
    _, _, high = bounds("baseline", "resolution", "cohen_kappa_quadratic")
    assert high < 0.60 - 0.05


def test_one_wave_is_random_and_one_follows_doubt_with_known_probabilities(desk: Desk) -> None:
    first, second = list_waves(desk, role=HOLDER)
    assert (first.design.kind, first.labelled, first.pi_low) == ("random", 58, first.pi_high)
    assert (second.design.kind, second.split, second.purpose) == ("mixed", "development", "estimate")
    assert second.selected == 24
    assert 0 < second.pi_low < second.pi_high <= 1


def test_a_second_build_changes_nothing(desk: Desk) -> None:
    said: list[str] = []
    before = len(decisions(desk)), len(list_waves(desk, role=HOLDER))
    build_demo(desk.folder, say=said.append, clock=lambda: NOW).close()
    assert (len(decisions(desk)), len(list_waves(desk, role=HOLDER))) == before
    assert sum("all known before" in line for line in said) == 2
    with desk.store.reading() as session:
        # 120 + 48 labelled items and 58 of development, three raters, four criteria
        assert label_store.count(session, desk.study_id) == (120 + 48 + 58) * 3 * 4


def test_another_study_is_left_alone(tmp_path: Path) -> None:
    toml = '[study]\nname = "mine"\n'
    (tmp_path / "study.toml").write_text(toml)
    with pytest.raises(DemoRefused, match="'mine'"):
        build_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


def test_a_database_that_has_the_example_gives_no_second_folder_half_of_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALIBRANT_DB", str(desk.folder / "calibrant.db"))
    assert main(["demo", "--no-serve", "--folder", str(tmp_path / "second")]) == 1
    assert "has the example already" in capsys.readouterr().err
    assert not (tmp_path / "second").exists()


def test_the_command_prints_the_report_and_names_the_html(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "study"
    assert main(["demo", "--no-serve", "--folder", str(folder)]) == 0
    out = capsys.readouterr().out
    for expected in ("trusted", "undecided", "not trusted", "What to do next", "simulated"):
        assert expected in out
    assert all(rater.name in out for rater in RATERS)
    html = folder / "reports" / "report.html"
    assert str(html) in out
    assert "simulated" in html.read_text(encoding="utf-8")
    assert main(["gate", "rules", "--criterion", "grounded", "--study", str(folder)]) == 0
    assert main(["gate", "baseline", "--criterion", "tone", "--study", str(folder)]) == 2


def test_the_command_refuses_a_folder_of_another_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study.toml").write_text('[study]\nname = "mine"\n')
    assert main(["demo", "--no-serve", "--folder", str(tmp_path)]) == 1
    assert "--folder" in capsys.readouterr().err
