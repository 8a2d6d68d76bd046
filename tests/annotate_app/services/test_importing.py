"""Import: all that is right goes in, the rest is named; the same files again change nothing."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from postgres import both_engines

from annotate_app.cli.importing import summary_text
from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling
from annotate_app.services.importing import CannotRead, ImportRefused, ImportSummary, import_files
from annotate_app.services.labelling import NothingLeft, Submission
from annotate_app.services.ratings import ratings
from annotate_app.services.rights import HOLDER
from annotate_app.store import items, labels, raters, studies, verdicts
from calibration.readers import plain
from rubrics.answers import Answer, Label

pytestmark = both_engines


@pytest.fixture
def empty(make_study: Callable[..., Path]) -> Desk:
    return open_desk(make_study("empty"))


def write(folder: Path, name: str, *records: object) -> Path:
    path = folder / name
    lines = (record if isinstance(record, str) else json.dumps(record) for record in records)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def label(
    item: str = "i0", rater: str = "ada", criterion: str = "helpful", value: object = 2, **more: object
) -> dict[str, object]:
    return {"item_id": item, "rater": rater, "criterion": criterion, "value": value, **more}


def verdict(
    item: str = "i0", criterion: str = "helpful", value: object = 2, **more: object
) -> dict[str, object]:
    return {"item_id": item, "judge": "rules", "criterion": criterion, "value": value, **more}


def journal(desk: Desk) -> list[Label]:
    with desk.store.reading() as session:
        return list(labels.journal(session, desk.study_id))


def reasons(summary: ImportSummary) -> list[tuple[int, str | None, str]]:
    return [(reject.line, reject.field, reject.reason) for reject in summary.rejects]


def test_items_go_in_before_labels_whatever_the_order_of_files(empty: Desk, tmp_path: Path) -> None:
    human = write(tmp_path, "human.jsonl", label(), label(criterion="grounded", value="pass"))
    judged = write(tmp_path, "judge.jsonl", verdict(confidence=0.7))
    things = write(tmp_path, "items.jsonl", {"item_id": "i0", "output": "x"})
    summary = import_files(empty, [judged, human, things], role=HOLDER)
    assert (summary.items.new, summary.labels.new, summary.verdicts.new) == (1, 2, 1)
    assert summary.rejects == ()


def test_one_file_may_hold_everything(empty: Desk, tmp_path: Path) -> None:
    mixed = write(tmp_path, "all.jsonl", label(), verdict(), {"item_id": "i0", "output": "x"})
    summary = import_files(empty, [mixed], role=HOLDER)
    assert (summary.items.new, summary.labels.new, summary.verdicts.new) == (1, 1, 1)


def test_the_same_files_again_change_nothing_and_say_so(empty: Desk, tmp_path: Path) -> None:
    files = [
        write(tmp_path, "items.jsonl", {"item_id": "i0", "output": "x", "turn": 2}),
        write(tmp_path, "human.jsonl", label(value=1), label(value=3), label(value=1), label(value=1)),
        write(tmp_path, "judge.jsonl", verdict(), verdict(value=3)),
    ]
    first, before = import_files(empty, files, role=HOLDER), journal(empty)
    again = import_files(empty, files, role=HOLDER)
    assert not first.changed_nothing
    assert again.changed_nothing
    assert (again.items.unchanged, again.labels.unchanged, again.verdicts.unchanged) == (1, 4, 2)
    assert journal(empty) == before


def test_repeated_cells_become_revisions_and_conflicts_are_counted(empty: Desk, tmp_path: Path) -> None:
    path = write(
        tmp_path, "human.jsonl", {"item_id": "i0", "output": "x"},
        label(value=1), label(value=1), label(value=3), label(rater="bob"),
    )  # fmt: skip
    summary = import_files(empty, [path], role=HOLDER)
    # ada: 1, the same again (a revision), 3 (a revision that says otherwise); bob: one label
    assert (summary.labels.new, summary.labels.revisions, summary.labels.conflicts) == (2, 2, 1)
    assert [(x.rater, x.revision, x.value) for x in journal(empty)] == [
        ("ada", 1, 1), ("ada", 2, 1), ("ada", 3, 3), ("bob", 1, 2),
    ]  # fmt: skip


def test_a_later_file_adds_only_what_is_new(empty: Desk, tmp_path: Path) -> None:
    import_files(
        empty, [write(tmp_path, "1.jsonl", {"item_id": "i0", "output": "x"}, label(value=1))], role=HOLDER
    )
    summary = import_files(
        empty, [write(tmp_path, "2.jsonl", label(value=1), label(value=2), label(rater="bob"))], role=HOLDER
    )
    counts = summary.labels
    assert (counts.new, counts.revisions, counts.conflicts, counts.unchanged) == (1, 1, 1, 1)
    assert import_files(empty, [tmp_path / "2.jsonl"], role=HOLDER).changed_nothing
    assert import_files(empty, [tmp_path / "1.jsonl"], role=HOLDER).changed_nothing


def test_an_import_never_undoes_an_edit_made_at_the_desk(desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path, "human.jsonl", label(value=1), label(criterion="grounded", value="yes"))
    import_files(desk, [path], role=HOLDER)
    labelling.submit(desk, Submission("s1", "i0", "ada", (Answer("grounded", "yes"), Answer("helpful", 3))))
    assert import_files(desk, [path], role=HOLDER).changed_nothing
    with desk.store.reading() as session:
        newest = {x.criterion: x.value for x in labels.latest(session, desk.study_id)}
    assert newest["helpful"] == 3


def test_what_cannot_go_in_is_named_by_line_field_and_reason(desk: Desk, tmp_path: Path) -> None:
    path = write(
        tmp_path, "human.jsonl", label(), label(value=9), label(criterion="warmth"), label(item="i99"),
        "{not json", label(rater=None),
        label("i1", criterion="grounded", value=None, status="not_applicable"),
    )  # fmt: skip
    summary = import_files(desk, [path], role=HOLDER)
    found = reasons(summary)
    assert [(line, field) for line, field, _ in found] == [
        (2, "value"), (3, "criterion"), (4, "item_id"), (5, None), (6, "rater"), (7, "value"),
    ]  # fmt: skip
    assert "9 is not one of the scale's answers: 1, 2, 3" in found[0][2]
    assert "no criterion 'warmth'; it has: grounded, cause, helpful, tone" in found[1][2]
    assert "import the items first" in found[2][2]
    assert "does not allow 'not applicable'" in found[5][2]
    assert (summary.labels.new, len(journal(desk))) == (1, 1)


def test_strict_keeps_everything_out_when_one_row_is_wrong(empty: Desk, tmp_path: Path) -> None:
    path = write(tmp_path, "all.jsonl", {"item_id": "i0", "output": "x"}, label(), label(value=9))
    with pytest.raises(ImportRefused, match="1 rows cannot be imported; nothing was written") as refused:
        import_files(empty, [path], strict=True, role=HOLDER)
    assert reasons(refused.value.summary)[0][:2] == (3, "value")
    with empty.store.reading() as session:
        assert items.count(session, empty.study_id) == 0
        assert raters.listing(session, empty.study_id) == []


def test_a_file_that_cannot_be_read_keeps_the_others_out(empty: Desk, tmp_path: Path) -> None:
    good = write(tmp_path, "items.jsonl", {"item_id": "i0", "output": "x"})
    with pytest.raises(CannotRead, match="there is no such file"):
        import_files(empty, [good, tmp_path / "missing.jsonl"], role=HOLDER)
    with empty.store.reading() as session:
        assert items.count(session, empty.study_id) == 0


def test_a_sentinel_means_not_applicable(desk: Desk, tmp_path: Path) -> None:
    path = write(
        tmp_path, "human.jsonl", label(value=0), label(item="i1", value=1), label(item="i2", value="0.0")
    )
    summary = import_files(desk, [path], not_applicable=["0"], role=HOLDER)
    assert summary.labels.statuses["not_applicable"] == 2
    assert [x.status for x in journal(desk)] == ["not_applicable", "observed", "not_applicable"]


def test_null_is_a_skipped_label_and_an_unreadable_verdict(desk: Desk, tmp_path: Path) -> None:
    nan = '{"item_id": "i1", "rater": "ada", "criterion": "helpful", "value": NaN}'
    summary = import_files(
        desk, [write(tmp_path, "x.jsonl", label(value=None), verdict(value=None), nan)], role=HOLDER
    )
    assert summary.labels.statuses["skipped"] == 2
    assert summary.verdicts.statuses["parse_error"] == 1


def test_an_item_is_never_overwritten(desk: Desk, tmp_path: Path) -> None:
    same = {"item_id": "i0", "output": "text 0", "stratum": "typical", "cluster": "c0", "system": "v1"}
    path = write(tmp_path, "more.jsonl", same, same | {"output": "other"}, same | {"stratum": "edge"})
    summary = import_files(desk, [path], role=HOLDER)
    assert (summary.items.new, summary.items.unchanged) == (0, 1)
    assert [line for line, _, _ in reasons(summary)] == [2, 3]
    assert "an item is never changed" in reasons(summary)[0][2]
    with desk.store.reading() as session:
        kept = items.get(session, desk.study_id, "i0")
    assert kept is not None
    assert (kept.item.output, kept.item.stratum) == ("text 0", "typical")


def test_every_field_of_a_record_survives(desk: Desk, tmp_path: Path) -> None:
    full = label(
        value="3", sure=True, failure_modes=["invented_source"], evidence="line 2", active_seconds=4.5,
        submission_id="abc", at="2025-05-05T10:00:00Z", rationale="clear", reason="second look", pi=0.25,
        blind={"peers": False}, rater_type="expert", wave="spring",
    )  # fmt: skip
    judged = verdict(
        value=3, confidence=0.8, confidence_kind="logprob", probs={"3": 0.8, "2": 0.2}, expected=2.8,
        raw_value="three", replicate=1, spec_hash="h1", reported_model="m-1", tokens_in=10, tokens_out=2,
        cost_usd=0.001, latency_seconds=0.4, at="2025-05-05T10:00:00Z", rationale="because",
    )  # fmt: skip
    import_files(desk, [write(tmp_path, "x.jsonl", full, judged)], role=HOLDER)
    (kept,) = journal(desk)
    assert (kept.value, kept.sure, kept.failure_modes, kept.evidence) == (
        3,
        True,
        ("invented_source",),
        "line 2",
    )
    assert (kept.active_seconds, kept.submission_id, kept.at) == (4.5, "abc", "2025-05-05T10:00:00Z")
    assert (kept.rationale, kept.reason, kept.pi, kept.blind.peers) == ("clear", "second look", 0.25, False)
    assert (kept.wave, dict(kept.extra)) == ("spring", {"rater_type": "expert"})
    with desk.store.reading() as session:
        (judge,) = studies.judges(session, desk.study_id)
        (given,) = verdicts.latest(session, desk.study_id, judge.judge_id)
    expected = {k: v for k, v in judged.items() if k != "probs"}
    assert {name: getattr(given, name) for name in expected} == expected
    assert dict(given.probs) == {"3": 0.8, "2": 0.2}


def test_a_withdrawn_label_leaves_the_item_to_be_rated(desk: Desk, tmp_path: Path) -> None:
    rows = [label(f"i{k}", criterion="grounded", value="yes") for k in range(6)]
    import_files(desk, [write(tmp_path, "1.jsonl", *rows)], role=HOLDER)
    assert isinstance(labelling.next_item(desk, "ada"), NothingLeft)
    back = label("i4", criterion="grounded", value=None, status="withdrawn")
    import_files(desk, [write(tmp_path, "2.jsonl", back)], role=HOLDER)
    assert labelling.progress(desk, "ada").left == 1


def test_imported_raters_are_not_asked_again(desk: Desk, tmp_path: Path) -> None:
    import_files(desk, [write(tmp_path, "1.jsonl", *(label(f"i{k}") for k in range(5)))], role=HOLDER)
    found = labelling.next_item(desk, "ada")
    assert not isinstance(found, NothingLeft)
    assert found.item.item_id == "i5"


def test_csv_goes_in_like_json_lines(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "human.csv"
    path.write_text(
        "item_id,rater,criterion,value\ni0,ada,helpful,2\ni0,ada,helpful,7\n", encoding="utf-8-sig"
    )
    summary = import_files(desk, [path], role=HOLDER)
    assert (summary.labels.new, reasons(summary)[0][0]) == (1, 3)


def test_new_items_join_a_frozen_split_at_once(desk: Desk, tmp_path: Path) -> None:
    from annotate_app.services.splitting import freeze_split, split_summary

    freeze_split(desk, role=HOLDER)
    path = write(tmp_path, "more.jsonl", {"item_id": "i99", "output": "brand new words"})
    summary = import_files(desk, [path], role=HOLDER)
    found = split_summary(desk, role=HOLDER)
    assert found is not None
    assert (sum(found.sizes.values()), found.newcomers) == (7, 0)
    assert "joined the frozen split" in summary.notes[0]


def test_items_of_an_import_that_was_killed_join_the_frozen_split_with_the_same_import_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annotate_app.services import splitting

    splitting.freeze_split(desk, role=HOLDER)
    path = write(tmp_path, "more.jsonl", {"item_id": "i99", "output": "brand new words"})
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr("annotate_app.services.importing._place_newcomers", interrupted)
        import_files(desk, [path], role=HOLDER)
    again = import_files(desk, [path], role=HOLDER)
    found = splitting.split_summary(desk, role=HOLDER)
    assert found is not None
    assert (again.items.new, sum(found.sizes.values()), found.newcomers) == (0, 7, 0)
    assert import_files(desk, [path], role=HOLDER).notes == ()


def interrupted(_desk: Desk) -> tuple[str, ...]:
    raise KeyboardInterrupt


def test_progress_is_told_per_file(desk: Desk, tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    path = write(tmp_path, "human.jsonl", label(), label(item="i1"))
    import_files(desk, [path], progress=lambda file, rows: heard.append((file.name, rows)), role=HOLDER)
    assert heard == [("human.jsonl", 2)]


def test_ids_that_name_the_system_are_named_because_raters_see_ids(empty: Desk, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "items.jsonl",
        {"item_id": "7 by atlas-2", "output": "A.", "system": "Atlas-2"},
        {"item_id": "8", "output": "B.", "system": "Atlas-2"},
        {"item_id": "9-a", "output": "C.", "system": "a"},  # too short a name to be told by it
    )
    assert import_files(empty, [path], role=HOLDER).notes[0].startswith("1 items name the system")
    assert import_files(empty, [path], role=HOLDER).notes == ()


def test_another_tools_override_is_kept_out_of_agreement_and_counted(empty: Desk, tmp_path: Path) -> None:
    base = {"assessment_name": "grounded", "trace_id": "i0"}
    judged = base | {"assessment_id": "a", "valid": False, "feedback": {"value": "pass"},
                     "source": {"source_type": "LLM_JUDGE", "source_id": "rules"}}  # fmt: skip
    changed = base | {"overrides": "a", "feedback": {"value": "no"},
                      "source": {"source_type": "HUMAN", "source_id": "ada"}}  # fmt: skip
    expected = base | {"expectation": {"value": "x"}, "source": {"source_type": "HUMAN", "source_id": "ben"}}
    summary = import_files(empty, [write(tmp_path, "m.jsonl", judged, changed, expected)], role=HOLDER)
    assert (summary.items.new, summary.labels.new, summary.verdicts.new) == (1, 1, 1)
    assert list(summary.asides.values()) == [1]
    found = ratings(empty)
    assert any("not blind to the judge" in note for note in found.notes)


def test_an_item_that_a_tool_merely_names_stays_as_it_is(empty: Desk, tmp_path: Path) -> None:
    import_files(
        empty, [write(tmp_path, "items.jsonl", {"item_id": "t1", "output": "x", "stratum": "s"})], role=HOLDER
    )
    score = {"traceId": "t1", "name": "grounded", "source": "ANNOTATION", "dataType": "CATEGORICAL",
             "stringValue": "pass", "authorUserName": "ada", "userId": "END"}  # fmt: skip
    summary = import_files(empty, [write(tmp_path, "scores.jsonl", score)], role=HOLDER)
    assert summary.rejects == ()
    assert (summary.items.new, summary.labels.new) == (0, 1)


def test_a_file_without_a_row_is_said_to_be_that(empty: Desk, tmp_path: Path) -> None:
    summary = import_files(empty, [write(tmp_path, "nothing.jsonl")], role=HOLDER)
    assert summary.read_nothing
    assert summary_text(summary) == "Nothing to read: no file has a row."


def test_a_dry_run_counts_everything_and_keeps_nothing(empty: Desk, tmp_path: Path) -> None:
    things = write(tmp_path, "items.jsonl", {"item_id": "i0", "output": "x"})
    human = write(tmp_path, "human.jsonl", label())
    assert import_files(empty, [things, human], dry=True, role=HOLDER).labels.new == 1
    assert journal(empty) == []
    assert import_files(empty, [things, human], role=HOLDER).labels.new == 1


def test_answers_without_a_time_that_can_be_read_are_in_and_counted(empty: Desk, tmp_path: Path) -> None:
    things = write(tmp_path, "items.jsonl", {"item_id": "i0", "output": "x"})
    file = write(tmp_path, "l.jsonl", label(), label(rater="bob", at="1.2.26"), label(rater="eve", at="soon"))
    summary = import_files(empty, [things, file], role=HOLDER)
    (line,) = [line for line in summary_text(summary).splitlines() if "without" in line]
    assert line.startswith(
        f"labels and verdicts whose `at` cannot be read, taken without it: 2; the first: {file}, line 2: at:"
    )
    assert [one.at for one in journal(empty)] == [None, None, None]


def written(file: Path, rows: list[dict[str, object]]) -> Path:
    if file.suffix == ".jsonl":
        return write(file.parent, file.name, *rows)
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, ("item_id", "rater", "criterion", "value", "at", "rationale", "pi"))
        table.writeheader()
        table.writerows(rows)
    return file


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "item_id": st.sampled_from(["i0", "i1", "nowhere", " "]),
            "rater": st.sampled_from(["ada", "bob", "\u202e"]),
            "criterion": st.sampled_from(["grounded", "helpful", "tone", "strange"]),
            "value": st.sampled_from(["yes", "pass", "no", "purple", 1, 2, 2.0, True, "n/a", 0.5, ""]),
        },
        optional={
            "at": st.sampled_from(["2026-01-01", "2026-01-01 09:00", "x"]),
            "rationale": st.text("ab", max_size=3),
            "pi": st.sampled_from([0.25, 1, 0]),
        },
    ),
    max_size=25,
)


@given(first=LINES, second=LINES, kind=st.sampled_from(["jsonl", "csv"]))
@settings(
    max_examples=10, deadline=None, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_labels_taken_by_sight_are_the_labels_taken_one_by_one(
    make_study: Callable[..., Path],
    first: list[dict[str, object]],
    second: list[dict[str, object]],
    kind: str,
) -> None:
    """`adapt` reads row by row: both ways must give one journal and one summary, the second time as well."""
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "FEW", 1)
        folder = Path(place)
        things = write(
            folder, "items.jsonl", {"item_id": "i0", "output": "x"}, {"item_id": "i1", "output": "y"}
        )
        told = []
        for name, adapt in (("sight", None), ("single", lambda label: label)):
            desk = open_desk(make_study(f"{folder.name}-{name}"))
            import_files(desk, [things], role=HOLDER)
            for place_, rows in enumerate((first, second, first)):
                file = written(folder / f"labels-{place_}.{kind}", rows)
                summary = import_files(desk, [file], adapt=adapt, not_applicable=("n/a",), role=HOLDER)
                told.append((name, replace(summary, notes=())))
            with desk.store.reading() as session:
                told.append((name, list(labels.journal(session, desk.study_id))))
            desk.close()
        half = len(told) // 2
        assert [one for _, one in told[:half]] == [one for _, one in told[half:]]
