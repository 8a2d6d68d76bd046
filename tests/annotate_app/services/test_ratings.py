"""Ratings from the store: what counts, what is left out and said, splits, clusters, judges."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from postgres import both_engines

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import Submission
from annotate_app.services.ratings import ratings
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.store import columns
from calibration.columns import CriterionRatings
from rubrics.answers import Answer

pytestmark = both_engines


def label(
    item: str, rater: str, value: object, criterion: str = "helpful", **more: object
) -> dict[str, object]:
    return {"item_id": item, "rater": rater, "criterion": criterion, "value": value, **more}


def verdict(item: str, value: object, **more: object) -> dict[str, object]:
    return {"item_id": item, "judge": "rules", "criterion": "helpful", "value": value, **more}


def put(desk: Desk, *records: object) -> None:
    path = desk.folder / "more.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert import_files(desk, [path], role=HOLDER).rejects == ()


def values(found: CriterionRatings) -> dict[tuple[str, str], float]:
    return {
        (found.items[item], found.raters[rater]): number
        for item, rater, number in zip(found.item, found.rater, found.number.tolist(), strict=True)
    }


def test_the_last_revision_of_each_label_counts(desk: Desk) -> None:
    put(desk, label("i0", "ada", 1), label("i0", "ada", 3), label("i0", "bob", 2))
    found = ratings(desk).criteria["helpful"]
    assert values(found) == {("i0", "ada"): 3.0, ("i0", "bob"): 2.0}
    assert dict(found.left_out) == {"duplicate": 1, "conflict": 1}
    assert ratings(desk).notes == ("helpful: labels left out: 1 repeated (1 in conflict; the last counts)",)


def test_an_answer_that_was_taken_back_is_said_to_be_and_no_conflict(desk: Desk) -> None:
    answered = (Answer("grounded", "yes"), Answer("helpful", 3))
    labelling.submit(desk, Submission("first-00", "i0", "ada", answered))
    labelling.undo(desk, "ada")
    labelling.submit(desk, Submission("second-0", "i0", "ada", (answered[0], Answer("helpful", 1))))
    assert values(ratings(desk).criteria["helpful"]) == {("i0", "ada"): 1.0}
    assert ratings(desk).notes == (
        "grounded: labels left out: 1 taken back",
        "helpful: labels left out: 1 taken back",
    )


def test_only_blind_labels_given_for_estimating_enter(desk: Desk) -> None:
    put(
        desk,
        label("i0", "ada", 1),
        label("i1", "ada", 2, purpose="search"),
        label("i2", "ada", 3, blind={"judge": False}),
        label("i3", "ada", 3, blind={"peers": False}),
    )
    found = ratings(desk).criteria["helpful"]
    assert values(found) == {("i0", "ada"): 1.0, ("i3", "ada"): 3.0}
    assert dict(found.left_out) == {"purpose search": 1, "not blind to the judge": 1}


def test_a_change_made_after_seeing_the_verdict_does_not_replace_the_blind_label(desk: Desk) -> None:
    put(desk, label("i0", "ada", 1), label("i0", "ada", 3, blind={"judge": False}))
    assert values(ratings(desk).criteria["helpful"]) == {("i0", "ada"): 1.0}


def test_withdrawn_skipped_and_not_applicable_labels_are_counted_apart(desk: Desk) -> None:
    put(
        desk,
        label("i0", "ada", None, status="not_applicable"),
        label("i1", "ada", None),
        label("i2", "ada", 2),
    )
    labelling.submit(desk, Submission("s1", "i3", "bob", (Answer("grounded", "yes"), Answer("helpful", 3))))
    labelling.undo(desk, "bob")
    found = ratings(desk).criteria["helpful"]
    assert found.statuses == {"observed": 1, "not_applicable": 1, "skipped": 1, "withdrawn": 1}
    assert [found.items[k] for k in found.na_item] == ["i0"]


def test_a_number_on_a_scale_without_steps_is_kept_as_it_is(desk: Desk) -> None:
    put(desk, label("i0", "ada", 0.125, "tone"), label("i1", "ada", 1, "tone"))
    found = ratings(desk).criteria["tone"]
    assert values(found) == {("i0", "ada"): 0.125, ("i1", "ada"): 1.0}
    assert found.code.tolist() == [-1, -1]


def test_each_split_has_its_own_ratings(desk: Desk) -> None:
    put(desk, *(label(f"i{k}", "ada", 2) for k in range(6)), *(verdict(f"i{k}", 2) for k in range(6)))
    freeze_split(desk, role=HOLDER)
    where = split_of_items(desk)
    for split in ("development", "validation", "held_out"):
        found = ratings(desk, splits=(split,)).criteria["helpful"]
        assert set(found.items) == {item for item, place in where.items() if place == split}
    together = ratings(desk, splits=("development", "validation", "held_out")).criteria["helpful"]
    assert len(together.items) == 6


def test_without_a_frozen_split_nothing_is_held_out(desk: Desk) -> None:
    put(desk, label("i0", "ada", 2))
    assert ratings(desk, splits=("held_out",)).criteria["helpful"].items == ()


def test_clusters_and_strata_come_with_the_items(desk: Desk) -> None:
    put(desk, *(label(f"i{k}", "ada", 2) for k in range(4)))
    found = ratings(desk).criteria["helpful"]
    assert found.stratum == ("typical", "edge", "typical", "edge")
    assert found.cluster is not None
    assert found.cluster.tolist() == [0, 0, 1, 1]


def test_a_judges_lowest_replicate_and_newest_take_is_its_verdict(desk: Desk) -> None:
    put(desk, verdict("i0", 3, replicate=1), verdict("i0", 1), verdict("i0", 2, confidence=0.5))
    (judge,) = ratings(desk).criteria["helpful"].judges
    # replicate 0 was given twice (1, then 2); replicate 1 does not count
    assert (judge.number.tolist(), judge.confidence.tolist()) == ([2.0], [0.5])
    assert dict(judge.left_out) == {"replicate": 1, "duplicate": 1, "conflict": 1}


def test_every_source_of_confidence_is_read_of_the_verdicts_that_count(desk: Desk) -> None:
    put(
        desk,
        verdict("i0", 3, confidence=0.9, confidences={"logprobs": 0.9, "samples": 0.6}),
        verdict("i0", 1, replicate=1, confidences={"logprobs": 0.1}),
        verdict("i1", 2),
        verdict("i2", None, status="abstained", confidences={"samples": 0.2}),
    )
    (judge,) = ratings(desk).criteria["helpful"].judges
    assert judge.number.tolist() == [3.0, 2.0]
    assert judge.sources["logprobs"][0] == 0.9
    assert np.isnan(judge.sources["logprobs"][1])
    assert judge.sources["samples"][0] == 0.6
    (unread,) = ratings(desk, probs=False).criteria["helpful"].judges
    assert unread.sources == {}


def test_verdicts_without_confidence_are_read_packed_and_give_the_same(desk: Desk) -> None:
    said = [("i0", 3, 2), ("i0", 1, 0), ("i0", 2, 0), ("i1", 2, 1), ("i1", 3, 0)]  # item, answer, replicate
    put(desk, *(verdict(item, answer, replicate=number) for item, answer, number in said))
    put(desk, *(verdict(i, a, replicate=n, confidence=0.5) | {"judge": "sure"} for i, a, n in said))
    packed, by_rows = ratings(desk).criteria["helpful"].judges
    assert (packed.judge, np.isnan(packed.confidence).all()) == ("rules", True)
    assert (by_rows.judge, by_rows.confidence.tolist()) == ("sure", [0.5, 0.5])
    assert packed.number.tolist() == by_rows.number.tolist() == [2.0, 3.0]
    assert dict(packed.left_out) == dict(by_rows.left_out)


def test_of_judges_with_one_name_the_newest_exact_one_counts(desk: Desk) -> None:
    put(desk, verdict("i0", 1, spec_hash="old"), verdict("i0", 3, spec_hash="new"))
    (judge,) = ratings(desk).criteria["helpful"].judges
    assert judge.number.tolist() == [3.0]


def test_verdicts_that_are_no_answer_are_counted_by_status(desk: Desk) -> None:
    put(
        desk,
        verdict("i0", None),
        verdict("i1", None, status="abstained"),
        verdict("i2", 2, probs={"2": 0.75, "1": 0.25}),
    )
    (judge,) = ratings(desk).criteria["helpful"].judges
    assert judge.statuses == {
        "observed": 1, "not_applicable": 0, "abstained": 1, "parse_error": 1, "provider_error": 0,
    }  # fmt: skip
    assert judge.probs is not None
    assert judge.probs.tolist() == [[0.25, 0.75, 0.0]]


def test_agreed_answers_stand_beside_the_labels(desk: Desk) -> None:
    put(desk, label("i0", "ada", 1), label("i0", "lead", 2, adjudicated=True))
    found = ratings(desk).criteria["helpful"]
    assert values(found) == {("i0", "ada"): 1.0}
    assert found.adjudicated_number.tolist() == [2.0]


def test_answers_of_an_earlier_wording_that_the_scale_lost_are_left_out(desk: Desk) -> None:
    put(desk, label("i0", "ada", 1), label("i1", "ada", 2), label("i2", "ada", 3))
    rubric = desk.folder / "rubric.yaml"
    text = rubric.read_text()
    rubric.write_text(text.replace("        - {name: nothing, value: 1, description: Nothing of it.}\n", ""))
    later = open_desk(desk.folder)
    found = ratings(later).criteria["helpful"]
    assert found.scale.categories == (2, 3)
    assert values(found) == {("i1", "ada"): 2.0, ("i2", "ada"): 3.0}
    assert dict(found.left_out) == {"outside the scale": 1}
    later.close()


def test_packed_columns_and_fetched_rows_give_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    put(
        desk,
        *(label(f"i{k}", rater, 1 + k * n % 3) for k in range(6) for n, rater in enumerate(("ada", "bob"))),
        label("i0", "ada", 3), label("i1", "bob", None), label("i2", "bob", 1, purpose="gold"),
    )  # fmt: skip
    packed = ratings(desk).criteria["helpful"]
    monkeypatch.setattr(columns, "fits", lambda *_: False)
    fetched = ratings(desk).criteria["helpful"]
    assert (packed.items, packed.raters, packed.left_out) == (fetched.items, fetched.raters, fetched.left_out)
    for name in ("item", "rater", "code", "number", "missing_item", "missing_status"):
        assert np.array_equal(getattr(packed, name), getattr(fetched, name))


def test_two_studies_in_one_database_are_read_apart(
    make_study: Callable[..., Path], write_items: Callable[..., Path], tmp_path: Path
) -> None:
    desks = [open_desk(make_study(name), database=str(tmp_path / "both.db")) for name in ("one", "two")]
    for number, desk in enumerate(desks):
        import_files(desk, [write_items(2)], role=HOLDER)
        put(desk, label("i0", "ada", 1 + number), verdict("i0", 2))
    for number, desk in enumerate(desks):
        found = ratings(desk).criteria["helpful"]
        assert values(found) == {("i0", "ada"): 1.0 + number}
        assert len(found.judges) == 1
        desk.close()
