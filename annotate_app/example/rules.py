"""The example's rule-based judge: checks an answer against its sources without any model.

study.toml names it as `annotate_app.example.rules:judge`; the hash of this file is part of its identity.
"""

from __future__ import annotations

import re

from calibration.judges.judge import Opinion
from rubrics.items import Item

NUMBER = re.compile(r"\d+(?:[.:]\d+)?")
PATH = re.compile(r"[A-Z][\w-]*(?: [a-z]+)? > (?:[A-Z][\w-]*(?: [a-z]+){0,2} > )*[A-Z][\w-]*")
MAIL = re.compile(r"[\w.]+@[\w.]+")
ABSOLUTE = re.compile(
    r"\b(?:every make|for everybody|everything|automatically|no limit|for free|pay nothing|not charged|"
    r"not possible|deposit|by letter|all countries|all common kinds|covered once)\b",
    re.IGNORECASE,
)
DONE_FOR_YOU = re.compile(
    r"\b(?:I have (?:changed|sent you|made)|I've made|have been deleted|has been started|I can confirm)\b",
    re.IGNORECASE,
)
NEEDS_A_PERSON = re.compile(
    r"\b(?:gas(?! combi)|rotten eggs|carbon|burnt|burned|smok\w+|scorch\w*|brown mark|shock|zapped|"
    r"hot(?! water)|bulging|crust|swollen|lawyer|solicitor|court|regulator|sign-in from|got into|by itself|"
    r"jump around|changed, not by me|delete|forgotten|human|complain\w*|compensation|oxygen|ill|baby|fever|"
    r"police|tenant|owner of this hub|who lives|twice|two times|two completed|two payments|lost|a week late|"
    r"delayed|promised)\b",
    re.IGNORECASE,
)
HANDED_OVER = re.compile(
    r"\b(?:pass|passed|hand|handed|handing|forwarded|transferred|escalated|put you)\b.*"
    r"\b(?:desk|team|colleague|specialists|line|them|on)\b|\bsafety desk (?:has|now)\b",
    re.IGNORECASE | re.DOTALL,
)
RUDE = re.compile(
    r"\b(?:bothers?|so difficult|before you write|thought of that earlier|every single day|"
    r"anybody who reads|manage this alone|shouting|get over it|rocket science)\b",
    re.IGNORECASE,
)
WARM = re.compile(
    r"\b(?:sorry|afraid|annoy\w*|frustrating|frightening|I understand|I see|I know|worry|pity|unpleasant|"
    r"glad|lovely|kind of you|poor|maddening|well done|good that|of course|bad luck|hurts)\b",
    re.IGNORECASE,
)


def judge(item: Item) -> dict[str, Opinion]:
    """Groundedness, escalation and tone by rules; resolution is left to those who can read."""
    message, answer = item.input or "", item.output or ""
    return {
        "grounded": _grounded(answer, "\n".join((*item.sources, message))),
        "tone": _tone(answer),
        "escalation": _escalation(message, answer),
    }


def _grounded(answer: str, known: str) -> Opinion:
    """Numbers, menu paths and addresses must be in the sources; sweeping promises must not be made."""
    missing = [n for n in NUMBER.findall(answer) if n not in NUMBER.findall(known)]
    missing += [p for p in PATH.findall(answer) + MAIL.findall(answer) if p not in known]
    missing += [
        m
        for m in ABSOLUTE.findall(answer) + DONE_FOR_YOU.findall(answer)
        if m.casefold() not in known.casefold()
    ]
    if missing:
        return Opinion("not_grounded", 0.95, f"not in the sources: {', '.join(dict.fromkeys(missing))}")
    checked = bool(NUMBER.search(answer) or PATH.search(answer))
    return Opinion("grounded", 0.9 if checked else 0.75)


def _tone(answer: str) -> Opinion:
    if RUDE.search(answer):
        return Opinion(1, 0.9)
    return Opinion(3, 0.8) if WARM.search(answer) else Opinion(2, 0.7)


def _escalation(message: str, answer: str) -> Opinion:
    needed, over = NEEDS_A_PERSON.search(message), HANDED_OVER.search(answer)
    if needed and not over:
        return Opinion("missed", 0.8, f"the message says {needed.group()!r}")
    if over and not needed:
        return Opinion("unneeded", 0.8, f"the answer says {over.group()[:40]!r}")
    return Opinion("correct", 0.85)
