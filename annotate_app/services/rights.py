"""Who may do what in a study: one table of role × action; refuses in the same words at every door."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, Literal, get_args

from annotate_app.services.rights_words import WHY
from calibration.splits import DEVELOPMENT, SPLITS, VALIDATION

Role = Literal["rater", "lead", "engineer", "owner"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


class Holder(Enum):
    """In place of a role: whoever holds the database; and a step of what has asked for the right already."""

    HOLDER = "holder"


HOLDER: Final = Holder.HOLDER

Action = Literal[
    "study.see", "rubric.read", "items.browse", "labels.give", "labels.own", "training.do",
    "questions.ask", "questions.answer", "training.manage", "planted.manage", "adjudication.see",
    "adjudication.decide", "raters.quality", "raters.compare", "waves.see", "waves.draw", "split.see",
    "split.freeze", "agreement.see", "reports.make", "judges.see", "judges.run", "signals.see",
    "triage.see", "triage.tag", "modes.define", "monitor.see", "monitor.run", "looks.see", "looks.take",
    "vault.open", "import.items", "import.labels", "import.verdicts", "export.data", "policy.change",
    "roles.change", "raters.erase", "audit.see",
]  # fmt: skip
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

RATER: Final[frozenset[Role]] = frozenset({"rater", "lead"})
LEAD: Final[frozenset[Role]] = frozenset({"lead"})
TEAM: Final[frozenset[Role]] = frozenset({"lead", "engineer", "owner"})
JUDGING: Final[frozenset[Role]] = frozenset({"engineer", "owner"})
OWNER: Final[frozenset[Role]] = frozenset({"owner"})
ALL: Final[frozenset[Role]] = frozenset(ROLES)

RIGHTS: Final[Mapping[Action, frozenset[Role]]] = {
    "study.see": ALL,
    "rubric.read": ALL,
    "items.browse": ALL,
    "labels.give": RATER,
    "labels.own": RATER,
    "training.do": RATER,
    "questions.ask": RATER,
    "questions.answer": LEAD,
    "training.manage": LEAD,
    "planted.manage": LEAD,
    "adjudication.see": LEAD,
    "adjudication.decide": LEAD,
    "raters.quality": LEAD,
    "raters.compare": frozenset({"lead", "owner"}),
    "waves.see": TEAM,
    "waves.draw": TEAM,
    "split.see": TEAM,
    "split.freeze": JUDGING,
    "agreement.see": TEAM,
    "reports.make": TEAM,
    "judges.see": JUDGING,
    "judges.run": JUDGING,
    "signals.see": JUDGING,
    "triage.see": JUDGING,
    "triage.tag": JUDGING,
    "modes.define": JUDGING,
    "monitor.see": JUDGING,
    "monitor.run": JUDGING,
    "looks.see": TEAM,
    "looks.take": JUDGING,
    "vault.open": OWNER,
    "import.items": TEAM,
    "import.labels": frozenset({"lead", "owner"}),
    "import.verdicts": JUDGING,
    "export.data": TEAM,
    "policy.change": OWNER,
    "roles.change": OWNER,
    "raters.erase": OWNER,
    "audit.see": OWNER,
}

# Item by item, and per split (CONTRACTS.md section 3). Raters see their own work alone, whatever its split,
# and are never told the split.
ITEMS_OF: Final[Mapping[Role, tuple[str, ...]]] = {
    "rater": SPLITS, "lead": SPLITS, "engineer": (DEVELOPMENT,), "owner": (DEVELOPMENT,),
}  # fmt: skip
LABELS_OF: Final[Mapping[Role, tuple[str, ...]]] = {
    "rater": (), "lead": SPLITS, "engineer": (DEVELOPMENT,), "owner": (DEVELOPMENT,),
}  # fmt: skip
VERDICTS_OF: Final[Mapping[Role, tuple[str, ...]]] = {
    "rater": (), "lead": (), "engineer": (DEVELOPMENT,), "owner": (DEVELOPMENT,),
}  # fmt: skip
# In numbers over many items; of held-out items there are outcomes of looks, and nothing else.
AGGREGATES_OF: Final[Mapping[Role, tuple[str, ...]]] = {
    "rater": (), "lead": (DEVELOPMENT, VALIDATION), "engineer": (DEVELOPMENT, VALIDATION),
    "owner": (DEVELOPMENT, VALIDATION),
}  # fmt: skip
# Whole records in a file. Held-out items leave with nobody while they are held out.
EXPORTS_OF: Final[Mapping[Role, tuple[str, ...]]] = {
    "rater": (), "lead": (DEVELOPMENT, VALIDATION), "engineer": (DEVELOPMENT,),
    "owner": (DEVELOPMENT, VALIDATION),
}  # fmt: skip


class NotVisible(PermissionError):
    """The role may not see this: which, why, what it may see instead."""


class NotAllowed(NotVisible):
    """The role may not do this: the message says why and which role may."""


def allowed(role: Role | Holder, action: Action) -> bool:
    """Whether the role may do it; to whoever holds the database nothing is closed."""
    return role is HOLDER or role in RIGHTS[action]


def require(role: Role | Holder, action: Action) -> None:
    """Raises NotAllowed where the role may not do it."""
    if not allowed(role, action):
        raise NotAllowed(refusal(action))


def refusal(action: Action) -> str:
    """Why an action is not everybody's, and whose it is; says nothing of the study."""
    return f"{WHY[action]} {needs(action)} Who has several roles chooses one in the side bar."


def needs(action: Action) -> str:
    """Which roles an action needs, in words."""
    names = [role for role in ROLES if role in RIGHTS[action]]
    return f"This needs the role {' or '.join(filter(None, (', '.join(names[:-1]), names[-1])))}."
