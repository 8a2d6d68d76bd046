"""The outcome of a look for readers without statistics: what was asked, what was found, what to do next.

Says no more than the certificate holds, so of a failed look no more than its readers may know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calibration.certificate import Certificate, Condition
from calibration.condition_words import limit_in_words, meaning, share, written
from calibration.policy import CEILINGS, EVIDENCE

ASKED_WHERE_WRITTEN = {
    "gap_to_ceiling": "gap_floor", "tpr": "tpr_floor", "tnr": "tnr_floor",
    "items_per_stratum": "items_min_stratum", **CEILINGS,
}  # fmt: skip
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


def in_words(certificate: Certificate) -> InWords:
    """What the look asked, what it found and what to do next."""
    failed = [c for c in certificate.conditions if not c.passed]
    asked = [said for name in certificate.criteria for said in _asked(certificate, name)]
    found = [said for name in certificate.criteria for said in _agreement_found(certificate, name)]
    others = [_missed(c) for c in failed if c.name != _coefficient(certificate, c.criterion)]
    met = [_met(c) for c in certificate.conditions if c.passed and c.name in ASKED_WHERE_WRITTEN]
    return InWords(
        tuple(asked), (*found, *met, *others, *_sum(certificate)), tuple(_next(certificate, failed))
    )


def _demands(certificate: Certificate, criterion: str) -> Mapping[str, Any]:
    asked: Mapping[str, Any] = (certificate.policy or {}).get("criteria", {}).get(criterion, {})
    return asked


def _coefficient(certificate: Certificate, criterion: str) -> str:
    return str(_demands(certificate, criterion).get("coefficient", ""))


def _asked(certificate: Certificate, criterion: str) -> list[str]:
    """What agreement with the raters is asked, and whatever the policy asks beyond what it always asks."""
    demands = _demands(certificate, criterion)
    if not demands:
        return []
    asked = {str(demands["coefficient"]): demands["floor"]}
    asked |= {name: demands.get(key) for name, key in ASKED_WHERE_WRITTEN.items()}
    return [
        f"{criterion}: {meaning(name)} is to be {limit_in_words(name, float(limit))}."
        for name, limit in asked.items()
        if limit is not None
    ]


def _agreement_found(certificate: Certificate, criterion: str) -> list[str]:
    name = _coefficient(certificate, criterion)
    estimate = certificate.estimates.get(criterion, {}).get(name)
    if not isinstance(estimate, Mapping) or "value" not in estimate:
        return [f"{criterion}: no number can be given, the labels do not allow one."] if name else []
    value, low, high = (estimate.get(part) for part in ("value", "low", "high"))
    it_was = written(name, float(value or 0))
    said = f"{criterion}: it was {it_was} on items that nobody could tune the judge on."
    if low is None or high is None:
        return [f"{said} There are too few of them to say how far chance could move it."]
    reach = "With other items like these it could as well lie anywhere from "
    ends = f"{written(name, low)} to {written(name, high)}"
    floor = float(_demands(certificate, criterion)["floor"])
    return [f"{said} {reach}{ends}: {_against(low, high, written(name, floor), floor)}."]


def _against(low: float, high: float, limit: str, floor: float) -> str:
    if low >= floor:
        return f"all of that is {limit} or more"
    if high < floor:
        return f"even the best of that is below {limit}"
    return f"{limit} lies in between, so these items cannot tell"


def _met(condition: Condition) -> str:
    """A condition that passed, with the worst that chance leaves possible."""
    bound = "unknown" if condition.bound is None else written(condition.name, condition.bound)
    worst = "" if condition.name in EVIDENCE else "in the worst case that these items leave possible "
    asked = limit_in_words(condition.name, condition.floor)
    return f"{condition.criterion}: {meaning(condition.name)} is {worst}{bound}, and {asked} was asked."


def _missed(condition: Condition) -> str:
    """A condition that did not pass; its number is sealed."""
    told = "there is too little of it" if condition.name in EVIDENCE else f"not shown; {SEALED}"
    asked = limit_in_words(condition.name, condition.floor)
    return f"{condition.criterion}: {meaning(condition.name)} is to be {asked}: {told}."


def _sum(certificate: Certificate) -> list[str]:
    """The outcome, and how far it can be relied on."""
    if certificate.outcome == "trusted":
        risk, k = share(certificate.looks.alpha), certificate.looks.k
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
