"""The outcome of a look for readers without statistics: what was asked, what was found, what to do next.

Says no more than the certificate holds, so of a failed look no more than its readers may know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from calibration.certificate import Certificate, Condition
from calibration.policy import CEILINGS, EVIDENCE

AT_MOST = ("abstained", "unparsed", *CEILINGS)
MANY_TIMES = 20  # more labels than this many times those there are: nobody will give them
SEALED = "by how much stays sealed, so that no later judge is fitted to it"


@dataclass(frozen=True, slots=True)
class InWords:
    """Sentences under three headings."""

    asked: tuple[str, ...]
    found: tuple[str, ...]
    next: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {"asked": list(self.asked), "found": list(self.found), "next": list(self.next)}


def _number(value: float) -> str:
    """Two decimals, or three where the third says something."""
    return f"{value:.3f}".removesuffix("0")


def _count(value: float) -> str:
    return f"{value:.0f}"


def _share(value: float) -> str:
    return f"{value:.3g}%" if (value := 100 * value) else "0%"


def _dollars(value: float) -> str:
    return f"${value:.3g}"


def _seconds(value: float) -> str:
    return f"{value:.3g} seconds"


# What each condition is about, in words, and how its numbers are written.
MEANINGS: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "percent_agreement": ("the share of items on which the judge and your raters answer the same", _share),
    "balanced_accuracy": ("the share of right verdicts, all answers counting alike (0.5: guessing)", _number),
    "gap_to_ceiling": (
        "how much better the judge agrees with people than people with one another (below 0: worse)", _number
    ),
    "tpr": ("of the items that raters give the first answer, the share that the judge gives it too", _share),
    "tnr": ("of the items that raters give the second answer, the share that the judge gives it too", _share),
    "items": ("the number of labelled items compared", _count),
    "clusters": ("the number of independent items (those that belong together count once)", _count),
    "rarest_class": ("the number of items of the answer that raters give least often", _count),
    "items_per_stratum": ("the number of items compared in the stratum that has fewest", _count),
    "abstained": ("the share of items that the judge declines to answer", _share),
    "unparsed": ("the share of replies that cannot be read or never came", _share),
    "cost_error": ("what the judge's errors cost per item, as the policy prices them", _number),
    "repeat_flips": ("how often asking the same again gets another answer", _share),
    "position_flips": ("how often the answer changes when the two outputs change places", _share),
    "cost_usd": ("the mean price of judging an item", _dollars),
    "latency_p95": ("the time within which 95 of 100 items are judged", _seconds),
}  # fmt: skip


def in_words(certificate: Certificate) -> InWords:
    """What the look asked, what it found and what to do next."""
    failed = [c for c in certificate.conditions if not c.passed]
    asked = [_agreement_asked(certificate, name) for name in certificate.criteria]
    found = [s for name in certificate.criteria for s in _agreement_found(certificate, name)]
    others = [_missed(c) for c in failed if c.name != _coefficient(certificate, c.criterion)]
    return InWords(
        tuple(s for s in asked if s), (*found, *others, *_sum(certificate)), tuple(_next(certificate, failed))
    )


def _demands(certificate: Certificate, criterion: str) -> Mapping[str, Any]:
    asked: Mapping[str, Any] = (certificate.policy or {}).get("criteria", {}).get(criterion, {})
    return asked


def _coefficient(certificate: Certificate, criterion: str) -> str:
    return str(_demands(certificate, criterion).get("coefficient", ""))


def _agreement_asked(certificate: Certificate, criterion: str) -> str:
    """What agreement with the raters is asked, and that there is more."""
    demands = _demands(certificate, criterion)
    if not demands:
        return ""
    name = str(demands["coefficient"])
    return f"{criterion}: {_meaning(name)} is to be at least {_form(name)(float(demands['floor']))}."


def _meaning(name: str) -> str:
    known = MEANINGS.get(name)
    if known is not None:
        return known[0]
    return f"agreement with your raters ({name}: 1 is always the same answer, 0 no better than guessing)"


def _form(name: str) -> Callable[[float], str]:
    known = MEANINGS.get(name)
    return _number if known is None else known[1]


def _agreement_found(certificate: Certificate, criterion: str) -> list[str]:
    name = _coefficient(certificate, criterion)
    estimate = certificate.estimates.get(criterion, {}).get(name)
    if not isinstance(estimate, Mapping) or "value" not in estimate:
        return [f"{criterion}: no number can be given, the labels do not allow one."] if name else []
    form, floor = _form(name), float(_demands(certificate, criterion)["floor"])
    said = f"{criterion}: it was {form(estimate['value'])} on items that nobody could tune the judge on."
    low, high = estimate.get("low"), estimate.get("high")
    if low is None or high is None:
        return [f"{said} There are too few of them to say how far chance could move it."]
    reach = f"With other items like these it could as well lie anywhere from {form(low)} to {form(high)}"
    return [f"{said} {reach}: {_against(low, high, form(floor), floor)}."]


def _against(low: float, high: float, written: str, floor: float) -> str:
    if low >= floor:
        return f"all of that is {written} or more"
    if high < floor:
        return f"even the best of that is below {written}"
    return f"{written} lies in between, so these items cannot tell"


def _missed(condition: Condition) -> str:
    """A condition that did not pass; its number is sealed."""
    kind = "at most" if condition.name in AT_MOST else "at least"
    limit = _form(condition.name)(condition.floor)
    verb = "there is too little of it" if condition.name in EVIDENCE else "not shown"
    told = "" if condition.name in EVIDENCE else f"; {SEALED}"
    return f"{condition.criterion}: {_meaning(condition.name)} is to be {kind} {limit}: {verb}{told}."


def _sum(certificate: Certificate) -> list[str]:
    """The outcome, and how far it can be relied on."""
    if certificate.outcome == "trusted":
        risk, k = _share(certificate.looks.alpha), certificate.looks.k
        which = "" if k == 1 else f", at look {k}, which is tested more strictly than those before it"
        said = f"A judge that does not deserve it gets this far in {risk} of cases at most{which}."
        return [f"Everything that was asked holds. {said}"]
    if certificate.outcome == "not trusted":
        return ["So the judge misses what was asked, and more labels will not change that."]
    return ["So nobody can say yet whether the judge is good enough. It is not trusted until somebody can."]


def _next(certificate: Certificate, failed: list[Condition]) -> list[str]:
    judge = certificate.judge.name
    if certificate.outcome == "trusted":
        until = f"{certificate.expires:%Y-%m-%d}"
        return [
            f"Let the judge decide this in CI: commit the certificate, and run `calibrant gate {judge}`.",
            f"It holds until {until}, or until the model, the prompt, the rubric or the policy changes.",
        ]
    if certificate.outcome == "not trusted":
        return [
            "Let people go on deciding this.",
            "See on development items where judge and raters differ (`calibrant serve`, page Items), change "
            f"prompt or rubric, or try another judge; then `calibrant certify {judge}` again.",
        ]
    return [*_settling(certificate, failed), "Until then let people decide this."]


def _settling(certificate: Certificate, failed: list[Condition]) -> list[str]:
    """What would settle an undecided look."""
    judge, more = certificate.judge.name, certificate.looks.labels_needed
    steps = list(certificate.reasons)
    if more is not None and more > MANY_TIMES * certificate.evidence.n:
        steps.append(
            f"It would take {more:,} more labelled items or so to tell, because what was found is that near "
            "to what was asked: a better judge is the shorter way."
        )
    elif more is not None:
        steps.append(
            f"Label about {more} more held-out items (`calibrant wave draw --split held_out --n {more}`; "
            f"import new ones where none are left), then `calibrant certify {judge}` again."
        )
    elif len(certificate.reasons) < len(failed):
        steps.append(
            "Make the judge better on development items first: what was found is not above what was asked, "
            "so more labels alone would hardly show that it is good enough."
        )
    return steps
