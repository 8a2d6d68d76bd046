"""What each action is, and why it is not everybody's, in words for refusals and the page of roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from annotate_app.services.rights import Action

DOES: Final[Mapping[Action, str]] = {
    "study.see": "read the study's counts",
    "rubric.read": "read the rubric and its rulings",
    "items.browse": "browse items, as far as the table of splits says",
    "labels.give": "rate items",
    "labels.own": "look at one's own work, change it, take it back",
    "training.do": "do the training, and read what gold answers say about it afterwards",
    "questions.ask": "ask the lead about an item",
    "questions.answer": "read and answer raters' questions, publish rulings",
    "training.manage": "store gold answers and training items, see how far raters are",
    "planted.manage": "store, list and retire planted items",
    "adjudication.see": "see all raters' answers to an item that they dispute",
    "adjudication.decide": "decide a dispute, take a decision back, ask raters again, show names",
    "raters.quality": "see raters one by one: agreement, pace, slips",
    "raters.compare": "see raters beside each other on one criterion",
    "waves.see": "see waves and how far they are",
    "waves.draw": "plan, draw and close waves",
    "split.see": "see how many items each split has",
    "split.freeze": "freeze the split, let new items join",
    "agreement.see": "see agreement of open splits in aggregate",
    "reports.make": "make and read calibration reports",
    "judges.see": "see judges, their prompts, answers and costs",
    "judges.run": "run and probe judges, write their examples",
    "signals.see": "see which signals find a judge's errors",
    "triage.see": "see where judges and people differ, item by item, in development",
    "triage.tag": "say why they differ, draw a wave that asks again",
    "modes.define": "see, define and tag failure modes",
    "monitor.see": "see how production is followed",
    "monitor.run": "follow production, start again after an alarm",
    "looks.see": "see plans and outcomes of looks",
    "looks.take": "declare, take and give up looks at held-out evidence",
    "vault.open": "open the vault: held-out items become development, for good",
    "import.items": "bring in items",
    "import.labels": "bring in labels",
    "import.verdicts": "bring in verdicts",
    "export.data": "export data, as far as the table of splits says",
    "policy.change": "change the policy in study.toml (a file: whoever may write it)",
    "roles.change": "invite people, give and take roles",
    "raters.erase": "erase a rater's personal data",
    "audit.see": "read the audit log",
}

_CHANGES = "not shown to raters: knowing how others answer, or what a judge says, changes answers."
_PEOPLE = f"It is {_CHANGES}"
_JUDGE = "Judges are not shown to raters and leads, so that answers and adjudication stay blind to them."
_RATING = "Labels are of raters, and of leads who rate."
_LEADING = "Gold and planted answers, adjudication and the quality of raters are the lead's."
_OWNING = "The vault, roles, policy, personal data and the audit log are the owner's."

WHY: Final[Mapping[Action, str]] = {
    "study.see": _PEOPLE,
    "rubric.read": _PEOPLE,
    "items.browse": _PEOPLE,
    "labels.give": _RATING,
    "labels.own": _RATING,
    "training.do": _RATING,
    "questions.ask": _RATING,
    "questions.answer": "Questions are between a rater and the lead.",
    "training.manage": _LEADING,
    "planted.manage": _LEADING,
    "adjudication.see": _LEADING,
    "adjudication.decide": _LEADING,
    "raters.quality": _LEADING,
    "raters.compare": _LEADING,
    "waves.see": f"Waves are {_CHANGES}",
    "waves.draw": f"Waves are {_CHANGES}",
    "split.see": "Raters are not told the split of an item.",
    "split.freeze": "Raters are not told the split of an item, and leads do not choose it.",
    "agreement.see": f"Agreement is {_CHANGES}",
    "reports.make": f"Reports are {_CHANGES}",
    "judges.see": _JUDGE,
    "judges.run": _JUDGE,
    "signals.see": _JUDGE,
    "triage.see": _JUDGE,
    "triage.tag": _JUDGE,
    "modes.define": _JUDGE,
    "monitor.see": _JUDGE,
    "monitor.run": _JUDGE,
    "looks.see": f"Looks and their plans are {_CHANGES}",
    "looks.take": _JUDGE,
    "vault.open": _OWNING,
    "import.items": "Raters bring nothing in.",
    "import.labels": "An import says which labels are there already: leads and owners bring labels in.",
    "import.verdicts": _JUDGE,
    "export.data": "Raters take nothing out.",
    "policy.change": _OWNING,
    "roles.change": _OWNING,
    "raters.erase": _OWNING,
    "audit.see": _OWNING,
}  # fmt: skip
