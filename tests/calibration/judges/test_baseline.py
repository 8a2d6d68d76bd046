"""The learned judge: sees its examples alone, answers its own items out of fold, and repeats itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration.judges.baseline import Baseline, Example, fit_baseline
from calibration.judges.faults import BadJudge
from calibration.judges.spec import read_spec
from rubrics.answers import Verdict
from rubrics.files import library_rubric
from rubrics.items import Item
from rubrics.rubric import Value

RUBRIC = library_rubric("support_answer")
RUDE, KIND = "You should have read the manual, obviously.", "I am sorry to hear that, poor you."


def item(name: str, text: str, cluster: str | None = None) -> Item:
    return Item(name, output=f"{text} Answer number {name}.", cluster=cluster)


def examples(count: int = 40) -> list[Example]:
    texts = [(RUDE, 1) if k % 2 else (KIND, 3) for k in range(count)]
    return [Example(item(f"t{k}", text, f"c{k // 2}"), "tone", tone) for k, (text, tone) in enumerate(texts)]


def fitted(given: list[Example], baseline: str = "tfidf-logistic", **parameters: object) -> Baseline:
    definition = {"baseline": baseline, "parameters": parameters}
    spec = read_spec("base", definition, folder=Path(), rubric=RUBRIC)
    return fit_baseline("base", spec, RUBRIC, given)


def answers(judge: Baseline, items: list[Item]) -> dict[str, Verdict]:
    return {verdict.item_id: verdict for verdict in judge.judge(items, RUBRIC)}


def test_it_learns_a_word_that_tells_the_classes_apart() -> None:
    found = answers(fitted(examples()), [item("n1", RUDE), item("n2", KIND)])
    assert (found["n1"].value, found["n2"].value) == (1, 3)


def test_its_probabilities_sum_to_one_and_the_greatest_is_the_confidence() -> None:
    verdict = answers(fitted(examples()), [item("n1", RUDE)])["n1"]
    shares = dict(verdict.probs)
    assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
    assert verdict.confidence == max(shares.values()) == shares["1"]
    # the mean answer under the probabilities: 1 p + 3 (1 - p)
    assert verdict.expected == pytest.approx(1 * shares["1"] + 3 * shares["3"], abs=1e-5)


def test_the_same_examples_in_any_order_give_the_same_verdicts() -> None:
    items = [item("n1", RUDE), item("n2", KIND), *(e.item for e in examples())]
    first, second = (fitted(given) for given in (examples(), examples()[::-1]))
    assert first.observed == second.observed
    probabilities = [[v.probs for v in answers(judge, items).values()] for judge in (first, second)]
    assert probabilities[0] == probabilities[1]


def test_an_example_is_answered_by_a_fit_that_has_not_seen_its_cluster() -> None:
    odd = Example(item("odd", "Zyzzyva quartz sphinx.", "alone"), "tone", 1)
    twin = item("twin", "Zyzzyva quartz sphinx.")
    given = [*(e for e in examples() if e.value == 3), *examples(20), odd]
    found = answers(fitted(given, seen_in=1, balanced=False), [odd.item, twin])
    own, other = (dict(found[name].probs)["1"] for name in ("odd", "twin"))
    assert other > own  # the twin is outside the training set: its answer uses the odd example


def test_what_was_fitted_is_named_and_changes_with_the_labels() -> None:
    changed = [*examples()[:-1], Example(examples()[-1].item, "tone", 2)]
    assert "40 answers" in fitted(examples()).observed
    assert fitted(examples()).observed != fitted(changed).observed


def test_with_few_examples_the_majority_class_answers_with_its_share() -> None:
    given = examples(9)[:9]
    verdict = answers(fitted(given), [item("n1", RUDE)])["n1"]
    # tones 3 1 3 1 3 1 3 1 3: five of nine are 3; one pseudo-answer for each of three levels: (5 + 1) / 12
    assert (verdict.value, verdict.confidence) == (3, 0.5)


def test_the_majority_baseline_learns_nothing_else() -> None:
    given: list[Value] = [3] * 30 + [1] * 10
    found = [
        Example(item(f"t{k}", RUDE if tone == 1 else KIND), "tone", tone) for k, tone in enumerate(given)
    ]
    assert answers(fitted(found, "majority"), [item("n1", RUDE)])["n1"].value == 3


def test_a_criterion_without_examples_gets_no_verdict() -> None:
    assert {v.criterion for v in fitted(examples()).judge([item("n1", RUDE)], RUBRIC)} == {"tone"}


def test_texts_that_share_nothing_fall_back_to_the_majority() -> None:
    letters = "abcdefghijklmnop"
    given = [Example(Item(c, output=c * 6), "tone", 1 + (k % 2)) for k, c in enumerate(letters)]
    verdict = answers(fitted(given, units="words"), [item("n1", RUDE)])["n1"]
    # eight ones, eight twos: (8 + 1) / (16 + 3) each; the first level wins the tie
    assert (verdict.value, verdict.confidence) == (1, pytest.approx(9 / 19, abs=1e-6))


@pytest.mark.parametrize("wrong", [{"strength": -1}, {"fields": ["nonsense"]}, {"fields": []}, {"depth": 3}])
def test_wrong_parameters_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(BadJudge, match=next(iter(wrong))):
        fitted(examples(), **wrong)
