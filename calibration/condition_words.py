"""What each condition of a policy is about, in words, and how its numbers are written; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from calibration.policy import CEILINGS

AT_MOST = ("abstained", "unparsed", *CEILINGS)


def _number(value: float) -> str:
    """Two decimals, or three where the third says something."""
    return f"{value:.3f}".removesuffix("0")


def _count(value: float) -> str:
    return f"{value:.0f}"


def share(value: float) -> str:
    """A share as a percentage."""
    return f"{value:.3g}%" if (value := 100 * value) else "0%"


def _dollars(value: float) -> str:
    return f"${value:.3g}"


def _seconds(value: float) -> str:
    return f"{value:.3g} seconds"


# What each condition is about, in words, and how its numbers are written.
MEANINGS: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "percent_agreement": ("the share of items on which the judge and your raters answer the same", share),
    "balanced_accuracy": ("the share of right verdicts, all answers counting alike (0.5: guessing)", _number),
    "gap_to_ceiling": (
        "how much better the judge agrees with people than people with one another (below 0: worse)", _number
    ),
    "tpr": ("of the items that raters give the first answer, the share that the judge gives it too", share),
    "tnr": ("of the items that raters give the second answer, the share that the judge gives it too", share),
    "items": ("the number of labelled items compared", _count),
    "clusters": ("the number of independent items (those that belong together count once)", _count),
    "rarest_class": ("the number of items of the answer that raters give least often", _count),
    "items_per_stratum": ("the number of items compared in the stratum that has fewest", _count),
    "abstained": ("the share of items that the judge declines to answer", share),
    "unparsed": ("the share of replies that cannot be read or never came", share),
    "cost_error": ("what the judge's errors cost per item, as the policy prices them", _number),
    "repeat_flips": ("how often asking the same again gets another answer", share),
    "position_flips": ("how often the answer changes when the two outputs change places", share),
    "cost_usd": ("the mean price of judging an item", _dollars),
    "latency_p95": ("the time within which 95 of 100 items are judged", _seconds),
}  # fmt: skip


def meaning(name: str) -> str:
    """What the condition measures."""
    known = MEANINGS.get(name)
    if known is not None:
        return known[0]
    return f"agreement with your raters ({name}: 1 is always the same answer, 0 no better than guessing)"


def written(name: str, value: float) -> str:
    """A number of the condition in its unit."""
    known = MEANINGS.get(name)
    return _number(value) if known is None else known[1](value)


def limit_in_words(name: str, limit: float) -> str:
    """As in "at most 2%"."""
    return f"{'at most' if name in AT_MOST else 'at least'} {written(name, limit)}"
