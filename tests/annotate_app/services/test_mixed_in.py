"""Repeats, gold and planted items inside a wave: in their shares, unrecognisable, and never data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling, own_work
from annotate_app.services.checking import rater_checks
from annotate_app.services.gold import add_gold
from annotate_app.services.importing import import_files
from annotate_app.services.interleaving import due, steps_for
from annotate_app.services.labelling import Held, NextItem, Submission
from annotate_app.services.overseeing import list_items
from annotate_app.services.planting import CannotPlant, add_planted, list_planted, retire
from annotate_app.services.ratings import ratings
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import split_of_items
from annotate_app.services.studies import list_studies
from annotate_app.services.summing_up import study_summary
from annotate_app.services.targeting import draw_wave
from annotate_app.services.wave_progress import standing
from annotate_app.store import labels, planted
from annotate_app.ui.rating_desk import messages
from calibration.triage.design import Design
from rubrics.answers import Answer

ANSWERS = (Answer("grounded", "yes"), Answer("helpful", 3))
BOTH = ("item_id", "output", "span", "failure_mode", "expected")


@pytest.fixture
def tested(make_study: Callable[..., Path], tmp_path: Path, clock: Callable[..., object]) -> Iterator[Desk]:
    """Sixty items, raters ada and bob, one rater per item; gold answers on i50 … i59, ten planted errors."""
    desk = open_desk(make_study("tested", raters_per_item=1), clock=clock)  # type: ignore[arg-type]
    items = [{"item_id": f"i{k}", "output": f"the shop opens at {k} o'clock"} for k in range(60)]
    gold = [
        {"item_id": f"i{k}", "criterion": "grounded", "value": "yes", "rater": "lea", "rationale": "It does."}
        for k in range(50, 60)
    ]
    errors = [
        {
            "item_id": f"i{k}", "output": f"the shop opens at {k} o'clock, says the mayor",
            "span": "says the mayor", "failure_mode": "invented_source", "expected": {"grounded": "no"},
        }
        for k in range(10)
    ]  # fmt: skip
    import_files(desk, [write(tmp_path / "items.jsonl", items)], role=HOLDER)
    add_gold(desk, [write(tmp_path / "gold.jsonl", gold)], role=HOLDER)
    add_planted(desk, [write(tmp_path / "planted.jsonl", errors)], author="lea", role=HOLDER)
    for rater in ("ada", "bob"):
        labelling.add_rater(desk, rater)
    yield desk
    desk.close()


def write(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def rate(desk: Desk, upcoming: NextItem, rater: str) -> None:
    """As the page does it: by the token alone."""
    labelling.submit(desk, Submission(f"{rater}-{upcoming.token}", upcoming.token, rater, ANSWERS))


def rate_all(desk: Desk, rater: str, clock: object = None) -> list[NextItem]:
    asked = []
    while isinstance(upcoming := labelling.next_item(desk, rater), NextItem):
        rate(desk, upcoming, rater)
        asked.append(upcoming)
        if clock is not None:
            clock.forward(minutes=1)  # type: ignore[attr-defined]
    return asked


def test_what_is_added_comes_in_its_share_and_at_places_that_cannot_be_told() -> None:
    for seed in range(30):
        hits = [step for step in range(400) if due(seed, step, 0.1) is not None]
        # one in each stretch of ten
        assert [hit // 10 for hit in hits] == list(range(40))
        assert len({hit % 10 for hit in hits}) > 4
    assert [due(1, step, 0.0) for step in range(9)] == [None] * 9


def test_the_steps_that_are_left_are_counted_with_what_will_be_added() -> None:
    for seed, start, own, share in ((1, 0, 40, 0.1), (2, 7, 33, 0.25), (3, 12, 5, 0.5), (4, 3, 1, 0.05)):
        step, left = start, own
        while left:
            left -= due(seed, step, share) is None
            step += 1
        assert steps_for(seed, start, own, share) == step - start


def test_gold_planted_and_repeated_items_are_mixed_into_a_wave(tested: Desk, clock: object) -> None:
    wave = draw_wave(tested, Design("random", 40, repeats=0.1, gold=0.1, planted=0.1), seed=3, role=HOLDER)
    asked = [one for one in rate_all(tested, "ada", clock) if one.wave == wave.name]
    counts = Counter(one.purpose for one in asked)
    assert counts["estimate"] == 40
    # 40 are .7 of what is shown: about six of each kind; ten answers must lie between an item and its repeat
    assert all(2 <= counts[kind] <= 10 for kind in ("repeat", "gold", "planted"))
    for place, one in enumerate(asked):
        if one.purpose == "repeat":
            first = next(k for k, o in enumerate(asked) if o.item.item_id == one.item.item_id)
            assert place - first >= 10
    ids = Counter((one.item.item_id, one.purpose) for one in asked)
    assert max(ids.values()) == 1


def test_nothing_that_goes_to_the_page_tells_them_apart(tested: Desk, clock: object) -> None:
    draw_wave(tested, Design("random", 40, repeats=0.1, gold=0.1, planted=0.1), seed=3, role=HOLDER)
    sent: dict[str, list[dict[str, object]]] = {}
    origins = {one.origin: one for one in list_planted(tested, role=HOLDER)}
    while isinstance(upcoming := labelling.next_item(tested, "ada"), NextItem) and upcoming.wave:
        sent.setdefault(upcoming.purpose, []).append(messages.next_item(upcoming))
        rate(tested, upcoming, "ada")
        clock.forward(minutes=1)  # type: ignore[attr-defined]
    assert set(sent) == {"estimate", "repeat", "gold", "planted"}
    everything = [one for found in sent.values() for one in found]
    shapes = {
        (*(key for key in one), one["purpose"], one["wave"], len(str(one["item_id"]))) for one in everything
    }
    assert len(shapes) == 1
    text = json.dumps(everything)
    assert not any(word in text for word in ("planted", "repeat", "gold", "wave-1"))
    assert not any(f'"{one.item_id}"' in text or f'"{name}"' in text for name, one in origins.items())


def test_progress_does_not_tell_an_added_item(tested: Desk) -> None:
    draw_wave(tested, Design("random", 30, planted=0.1, gold=0.1), seed=3, role=HOLDER)
    while isinstance(upcoming := labelling.next_item(tested, "ada"), NextItem) and upcoming.wave:
        before = labelling.progress(tested, "ada")
        rate(tested, upcoming, "ada")
        after = labelling.progress(tested, "ada")
        assert after.done - before.done == 1
        # an own item may also stand for one that could not be mixed in before the wave ends
        assert before.left - after.left in ((1, 2) if upcoming.purpose == "estimate" else (1,))


def test_their_labels_never_enter_numbers_or_exports(tested: Desk, clock: object) -> None:
    draw_wave(tested, Design("random", 40, repeats=0.1, gold=0.1, planted=0.1), seed=3, role=HOLDER)
    asked = [one for one in rate_all(tested, "ada", clock) if one.wave]
    rate_all(tested, "ada", clock)
    found = ratings(tested).criteria["grounded"]
    estimates = sum(one.purpose == "estimate" for one in asked)
    assert estimates == 40
    hidden = {one.item_id for one in list_planted(tested, role=HOLDER)}
    with tested.store.reading() as session:
        latest = list(labels.latest(session, tested.study_id))
        journal = list(labels.journal(session, tested.study_id))
        known = planted.answers(session, tested.study_id)
    assert not hidden & {label.item_id for label in (*latest, *journal)}
    assert not {"repeat", "gold", "planted"} & {
        label.purpose for label in latest if label.counts_for_agreement
    }
    assert len(found.item) == sum(
        label.criterion == "grounded" and label.purpose == "estimate" for label in latest
    )
    assert len(known) == sum(one.purpose == "planted" for one in asked)
    assert all(label.pi is None for given in known.values() for label in given)
    repeated = [label for label in latest if label.purpose in ("repeat", "gold")]
    assert {label.pi for label in repeated} == {None}


def test_leads_see_how_many_planted_errors_each_rater_finds(tested: Desk) -> None:
    draw_wave(tested, Design("random", 40, planted=0.2), seed=3, role=HOLDER)
    rated = 0
    while isinstance(upcoming := labelling.next_item(tested, "ada"), NextItem) and upcoming.wave:
        if upcoming.purpose == "planted" and not rated:
            finds = (
                Answer("grounded", "no", rationale="who?"),
                Answer("cause", "name"),
                Answer("helpful", 1),
            )
            labelling.submit(tested, Submission("found-1", upcoming.token, "ada", finds))
        else:
            rate(tested, upcoming, "ada")
        rated += upcoming.purpose == "planted"
    found = rater_checks(tested, ("development",))["grounded"]["ada"]
    # the first was found, the others were said to be grounded
    assert (found.planted_found, found.planted_n) == (1, rated)
    assert rated > 3


def test_planted_items_are_no_items_of_the_study(tested: Desk) -> None:
    assert study_summary(tested, role=HOLDER).items == 60
    assert len(split_of_items(tested)) == 60
    assert [study.name for study in list_studies(tested, role=HOLDER)] == ["tested"]
    ids = {one.item_id for one in list_planted(tested, role=HOLDER)}
    assert len(ids) == 10
    assert not ids & set(split_of_items(tested))
    assert all(item.startswith("i") and item[1:].isdigit() for item in ids)


def test_a_planted_answer_can_be_taken_back_changed_and_found_in_my_work(tested: Desk) -> None:
    draw_wave(tested, Design("random", 30, planted=0.3), seed=3, role=HOLDER)
    while isinstance(upcoming := labelling.next_item(tested, "ada"), NextItem):
        rate(tested, upcoming, "ada")
        if upcoming.purpose == "planted":
            break
    item_id = upcoming.item.item_id  # type: ignore[union-attr]
    assert item_id in {one.item_id for one in own_work.page(tested, "ada", role=HOLDER).items}
    undone = labelling.undo(tested, "ada")
    assert undone is not None
    again = labelling.next_item(tested, "ada")
    assert isinstance(again, NextItem)
    assert (again.item.item_id, again.purpose) == (item_id, "planted")
    changed = (Answer("grounded", "no", rationale="mayor"), Answer("cause", "name"), Answer("helpful", 1))
    assert labelling.submit(tested, Submission("again-1", again.token, "ada", changed)).revision == 3


def test_an_imported_item_with_the_id_of_a_planted_one_leaves_each_its_own(tested: Desk) -> None:
    draw_wave(tested, Design("random", 30, planted=0.3), seed=3, role=HOLDER)
    while isinstance(upcoming := labelling.next_item(tested, "ada"), NextItem):
        rate(tested, upcoming, "ada")
        if upcoming.purpose == "planted":
            break
    name = upcoming.item.item_id  # type: ignore[union-attr]
    import_files(
        tested,
        [write(tested.folder / "more.jsonl", [{"item_id": name, "output": "a real answer"}])],
        role=HOLDER,
    )
    ids = {one.item_id for one in list_planted(tested, role=HOLDER)}
    assert len(ids) == 10
    assert not ids & set(split_of_items(tested))
    (own,) = (one for one in own_work.page(tested, "ada", role=HOLDER).items if one.purpose == "planted")
    item, answers = own_work.of_item(tested, "ada", own.item_id, role=HOLDER)
    assert "says the mayor" in (item.output or "")
    assert [one.purpose for one in answers] == ["planted"]


def test_what_raters_see_elsewhere_does_not_tell_them_apart_either(tested: Desk, clock: object) -> None:
    draw_wave(tested, Design("random", 40, repeats=0.1, gold=0.1, planted=0.1), seed=3, role=HOLDER)
    asked = rate_all(tested, "ada", clock)
    listed = list_items(tested, role="rater", rater="ada", per_page=100)
    assert {line.item_id for line in listed.items} == {one.item.item_id for one in asked}
    counted = {one.name: one.items for one in study_summary(tested, role=HOLDER).raters}
    assert counted["ada"] == labelling.progress(tested, "ada").done == len(asked)
    assert len(list_items(tested, role="lead", per_page=100).items) == 60


def test_a_token_means_nothing_to_another_rater(tested: Desk) -> None:
    draw_wave(tested, Design("random", 30), seed=3, role=HOLDER)
    upcoming = labelling.next_item(tested, "ada")
    assert isinstance(upcoming, NextItem)
    with pytest.raises(labelling.UnknownItem):
        labelling.submit(tested, Submission("x-1", upcoming.token, "bob", ANSWERS))


def test_a_page_that_holds_tokens_gets_other_items(tested: Desk) -> None:
    draw_wave(tested, Design("random", 30, planted=0.3, gold=0.2), seed=3, role=HOLDER)
    held: list[Held] = []
    for _ in range(6):
        found = labelling.next_items(tested, "ada", count=3, held=held)
        assert len(found) == 3
        held += [Held(one.token) for one in found]
    assert len({one.item_id for one in held}) == 18
    assert labelling.release(tested, "ada") == 18


def test_retired_items_and_those_answered_are_not_asked_again(tested: Desk) -> None:
    for one in list_planted(tested, role=HOLDER)[:8]:
        retire(tested, one.item_id, actor="lea", reason="too easy", role=HOLDER)
    for name in ("first", "second"):
        draw_wave(tested, Design("random", 20, planted=0.5), seed=hash(name) % 97, role=HOLDER)
    asked = [one for one in rate_all(tested, "ada") if one.purpose == "planted"]
    assert len(asked) == len({one.item.item_id for one in asked}) <= 2


def test_what_was_answered_in_a_search_stands_for_an_estimating_wave_that_draws_it(
    tested: Desk, tmp_path: Path
) -> None:
    verdicts = [
        {"item_id": f"i{k}", "judge": "rules", "criterion": "grounded", "value": "yes", "confidence": k / 60}
        for k in range(60)
    ]
    import_files(tested, [write(tmp_path / "verdicts.jsonl", verdicts)], role=HOLDER)
    draw_wave(tested, Design("search", 5, signal="low_confidence", judge="rules"), role=HOLDER)
    for _ in range(5):
        upcoming = labelling.next_item(tested, "ada")
        assert isinstance(upcoming, NextItem)
        rate(tested, upcoming, "ada")
    draw_wave(tested, Design("random", 60), role=HOLDER)
    # one rater an item: neither ada nor bob is asked the five again
    asked = {o.item.item_id for who in ("bob", "ada") for o in rate_all(tested, who) if o.wave == "wave-2"}
    assert asked == {f"i{k}" for k in range(5, 60)}
    found = standing(tested, "wave-2", role=HOLDER)
    assert (found.totals.given, found.totals.wanted, found.wave.labelled) == (60, 60, 60)
    # and the numbers have them: without the doubtful items the estimate would be too good
    assert len(set(ratings(tested).criteria["grounded"].item)) == 60


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"item_id": "nowhere"}, "no item 'nowhere'"), ({"span": "not there"}, "exactly once"),
        ({"failure_mode": "other"}, "invented_source"),
        ({"expected": {"grounded": "perhaps"}}, "expected.grounded"),
        ({"expected": {"colour": "red"}}, "no criterion 'colour'"),
        ({"output": "the shop opens at 3 o'clock"}, "the original's"),
        ({"output": None, "output_a": "x mayor y"}, "output"), ({"surprise": 1}, "surprise"),
    ],
)  # fmt: skip
def test_a_variant_that_cannot_be_planted_is_refused_by_file_and_line(
    tested: Desk, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    good = {
        "item_id": "i3", "output": "the shop opens at 3 o'clock, says my aunt", "span": "says my aunt",
        "failure_mode": "invented_source", "expected": {"grounded": "no"},
    }  # fmt: skip
    bad = {key: value for key, value in (good | change).items() if value is not None}
    path = write(tmp_path / "more.jsonl", [good, bad])
    with pytest.raises(CannotPlant, match="line 2") as caught:
        add_planted(tested, [path], role=HOLDER)
    assert said in str(caught.value)
    assert len(list_planted(tested, role=HOLDER)) == 10


def test_the_same_file_again_plants_nothing(tested: Desk, tmp_path: Path) -> None:
    again = add_planted(tested, [tmp_path / "planted.jsonl"], role=HOLDER)
    assert (again.new, again.known) == ((), 10)
