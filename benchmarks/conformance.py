"""Ours and other packages on the same inputs: where they agree, where they differ, and why."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from operator import add

import numpy as np
from numpy.typing import NDArray

from benchmarks.blocks import DOCS, fill, table
from benchmarks.peers import PEERS, Peer, fleiss_statsmodels, kappa_sklearn, kappa_statsmodels, mcc_sklearn
from calibration.stats.agreement import count_estimate, named_estimate, pair_estimate
from calibration.stats.estimate import Result, Undefined
from calibration.stats.number_alpha import number_alpha_estimate
from calibration.stats.patterns import count_table_from_matrix, named_table, number_table, table_of

Codes = NDArray[np.int64]
FAILURES = (ValueError, AssertionError, ArithmeticError, TypeError, LookupError, AttributeError, RuntimeError)
Call = Callable[[], float | str]

# Krippendorff (2011), "Computing Krippendorff's alpha-reliability", section C: 12 units, 4 raters, 0 missing
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
).T - 1  # fmt: skip
# Gwet, four raters, 12 units, 0 missing
GWET = np.array(
    [
        [1, 1, 0, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
        [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [0, 5, 5, 5], [0, 0, 1, 1], [0, 0, 3, 0],
    ]
) - 1  # fmt: skip
SKIN = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]


@dataclass(frozen=True)
class Case:
    """One input with what everybody says about it; `note` names where and why they differ."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: Sequence[Sequence[object]]

    def __str__(self) -> str:
        return f"## {self.title}\n\n{table(self.head, self.rows)}\n\n{self.note}"


def block() -> str:
    """All cases, after the versions that were compared."""
    cases = (alphas, kappas, many_raters, unused_level, perfect, one_class, constant_judge, numbers)
    return "\n\n".join([versions(), *(str(case()) for case in cases)])


def versions() -> str:
    """One line: everything that was importable."""
    names = ["scikit-learn", "statsmodels", *(peer.distribution for peer in peers())]
    return "Compared: " + ", ".join(f"{name} {version(name)}" for name in sorted(names)) + "."


def alphas() -> Case:
    """Krippendorff's own example with missing answers."""
    printed = {"nominal": ".743", "ordinal": ".815", "interval": ".849", "ratio": ".797"}
    answers = count_table_from_matrix(KRIPPENDORFF.astype(np.int8), 5)
    rows = []
    for level, published in printed.items():
        ours = shown(count_estimate(f"krippendorff_alpha_{level}", answers))
        rows.append(
            [level, published, ours, *(attempt(partial(p.alpha, KRIPPENDORFF, level)) for p in peers())]
        )
    note = (
        "All agree to the printed digits; irrCAC's ordinal, where it is listed, uses Gwet's weights and "
        "so is another coefficient. Ours alone has intervals. They are wide, because 11 units are few; "
        "nominal alpha has none, because a class has under 5 items."
    )
    head = ("alpha", "published", "ours", *(peer.distribution for peer in peers()))
    return Case("Krippendorff's alpha with missing answers", note, head, rows)


def kappas() -> Case:
    """SAS's skin condition example: weights, standard errors."""
    counts = np.array(SKIN)
    a, b = spread(counts)
    rows = []
    for weights, published in ((None, ".3449, SE .0724"), ("linear", ".5082, SE .0655"), ("quadratic", "–")):
        name = "cohen_kappa" + (f"_{weights}" if weights else "")
        others: tuple[Call, ...] = (
            partial(kappa_sklearn, a, b, weights=weights),
            partial(kappa_statsmodels, counts, weights),
        )
        rows.append([name, published, ours_of(name, counts), *map(attempt, others)])
    note = (
        "The same values. statsmodels prints the plain interval, value ± 1.96 SE; ours reaches further down "
        "([why](why/plain-interval.md)); scikit-learn has none."
    )
    head = ("coefficient", "published", "ours", "scikit-learn", "statsmodels")
    return Case("Cohen's kappa of a 4 × 4 table (SAS, skin condition)", note, head, rows)


def many_raters() -> Case:
    """Gwet's four raters with missing answers."""
    codes = GWET.astype(np.int8)
    answers = count_table_from_matrix(codes, 5)
    rows = [
        ["fleiss_kappa", ".76117", shown(count_estimate("fleiss_kappa", answers))],
        ["gwet_ac1", ".77544", shown(count_estimate("gwet_ac1", answers))],
        ["conger_kappa", ".76282", shown(named_estimate("conger_kappa", named_table(codes, 5)))],
        ["brennan_prediger", ".77273", shown(count_estimate("brennan_prediger", answers))],
    ]
    others = [attempt(partial(fleiss_statsmodels, GWET)), "–", "–", "–"]
    note = (
        "statsmodels takes a table of counts and needs equally many answers to every item, else it stops "
        "with a bare AssertionError. No interval of ours: 12 items, and a class with under 5."
    )
    head = ("coefficient", "published", "ours", "statsmodels")
    return Case(
        "Several raters, answers missing (Gwet)", note, head, list(map(add, rows, [[o] for o in others]))
    )


def unused_level() -> Case:
    """A five-level scale of which nobody used level 3."""
    levels = np.array([1, 2, 4, 5])
    counts = np.array([[12, 4, 1, 0], [3, 10, 3, 1], [1, 4, 11, 5], [0, 1, 3, 14]])
    a, b = (levels[codes] for codes in spread(counts))
    whole = np.zeros((5, 5), dtype=np.int64)
    whole[np.ix_(levels - 1, levels - 1)] = counts
    rows = []
    for weights in ("linear", "quadratic"):
        name = f"cohen_kappa_{weights}"
        usual = partial(kappa_sklearn, a, b, weights=weights)
        rows.append([name, ours_of(name, whole), attempt(usual), attempt(partial(usual, labels=range(1, 6)))])
    note = (
        "scikit-learn takes the levels that it sees: 2 and 4 become neighbours, and the weights change. With "
        "`labels=` it agrees with us. Ours uses the scale that the rubric declares, whoever used it."
    )
    head = ("coefficient", "ours", "scikit-learn as usually called", "scikit-learn with labels=")
    return Case("A level that nobody used", note, head, rows)


def perfect() -> Case:
    """30 + 20 items on which judge and human agree every time."""
    note = (
        "The value is 1 for everybody. statsmodels' standard error is 0, so that 50 items, or 5, prove "
        "complete agreement for ever. Ours asks how many disagreements might have been missed."
    )
    rows = [row("cohen_kappa", [[30, 0], [0, 20]]), row("krippendorff_alpha_nominal", [[30, 0], [0, 20]])]
    return Case("Complete agreement on 50 items", note, PAIR_HEAD, rows)


def one_class() -> Case:
    """40 items, all of them called good by both sides."""
    note = (
        "Agreement by chance is complete, so there is nothing to correct for: 0 / 0. A number would be a "
        "guess; 0.0 reads as “no better than chance”. Ours says why there is none, and a gate is undecided."
    )
    names = ("cohen_kappa", "mcc", "krippendorff_alpha_nominal")
    return Case("One class only", note, PAIR_HEAD, [row(name, [[40, 0], [0, 0]]) for name in names])


def constant_judge() -> Case:
    """A judge that says good to everything."""
    note = (
        "Kappa is 0, no better than chance. A correlation with a constant does not exist; scikit-learn "
        "returns 0."
    )
    rows = [row(name, [[30, 10], [0, 0]]) for name in ("cohen_kappa", "mcc")]
    return Case("A judge that never varies", note, PAIR_HEAD, rows)


def numbers() -> Case:
    """Scores that are hardly ever equal."""
    rng = np.random.default_rng(5)
    scores = np.round(rng.normal(5, 1, (60, 1)) + rng.normal(0, 0.7, (60, 3)), 3)
    found = number_table(np.repeat(np.arange(60), 3), scores.ravel(), units=60)
    rows = []
    for name in ("interval", "ratio"):
        theirs = partial(PEERS[0].alpha, scores, name)
        rows.append([name, shown(number_alpha_estimate(name, found)), attempt(theirs)])
    note = (
        "The same values. krippendorff builds a table of values × values for every unit, so time and memory "
        "grow with the square of the number of distinct scores; ours needs one pass "
        "([benchmarks](benchmarks.md))."
    )
    return Case("Alpha of continuous scores", note, ("alpha", "ours", "krippendorff"), rows)


PAIR_HEAD = ("coefficient", "ours", "scikit-learn", "statsmodels", "krippendorff")


def row(name: str, counts: list[list[int]]) -> list[str]:
    """One coefficient of two coders by everybody who has it."""
    cells = np.array(counts)
    a, b = spread(cells)
    calls: dict[str, tuple[Call | None, ...]] = {
        "cohen_kappa": (partial(kappa_sklearn, a, b), partial(kappa_statsmodels, cells, None), None),
        "mcc": (partial(mcc_sklearn, a, b), None, None),
        "krippendorff_alpha_nominal": (
            None, None, partial(PEERS[0].alpha, np.column_stack([a, b]), "nominal"),
        ),
    }  # fmt: skip
    return [name, ours_of(name, cells), *("–" if call is None else attempt(call) for call in calls[name])]


def ours_of(name: str, counts: Codes) -> str:
    return shown(pair_estimate(name, table_of(counts)))


def peers() -> list[Peer]:
    return [peer for peer in PEERS if peer.importable]


def spread(counts: Codes) -> tuple[Codes, Codes]:
    """The codes of two coders behind a table."""
    first, second = np.indices(counts.shape)
    return np.repeat(first.ravel(), counts.ravel()), np.repeat(second.ravel(), counts.ravel())


def shown(found: Result) -> str:
    if isinstance(found, Undefined):
        return str(found)
    if found.low is None or found.high is None:
        return f"{found.value:.4f}, no interval"
    return f"{found.value:.4f} [{found.low:.3f}, {found.high:.3f}]"


def attempt(call: Call) -> str:
    """What a package returns, or raises; warnings are swallowed, as most users never see them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = call()
        except FAILURES as error:
            text = str(error).split("\n")[0]
            return f"{type(error).__name__}" + (f": {text[:60]}" if text else "")
    if isinstance(found, str):
        return found
    return "NaN" if math.isnan(found) else f"{found:.4f}"


def main() -> None:
    changed = fill(DOCS / "conformance.md", block())
    print(f"conformance.md: {'changed' if changed else 'unchanged'}")


if __name__ == "__main__":
    main()
