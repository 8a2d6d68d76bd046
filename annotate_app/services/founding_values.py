"""What a new study is asked for in the browser, and which of it cannot be; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from annotate_app.services.import_values import ImportSummary
from annotate_app.services.inviting import Link
from annotate_app.services.labelling import LONGEST_NAME
from annotate_app.services.rights import Role
from annotate_app.services.uploading import Upload
from calibration.readers import Mapping as Renames
from calibration.splits import DEFAULT_SHARES, BadShares, checked_shares
from rubrics.files import RubricError, library_rubrics, parse_rubric
from rubrics.rubric import Rubric

LONGEST_TITLE, MOST_RATERS_PER_ITEM, LARGEST_RUBRIC = 200, 100, 1_000_000
SHARES: Mapping[str, float] = MappingProxyType(dict(DEFAULT_SHARES))


class CannotFound(ValueError):
    """The study cannot be made: what is in the way, and what to do; nothing was written."""


@dataclass(frozen=True, slots=True)
class RubricChoice:
    """The text of a rubric file, and where it comes from."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Founding:
    """A study as it is wished for. `freeze`: divide the items at once, before anybody looks at them."""

    name: str = ""
    rubric: RubricChoice | None = None
    raters_per_item: int = 2
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    raters: tuple[str, ...] = ()
    uploads: tuple[Upload, ...] = ()
    renames: Renames = field(default_factory=Renames)
    masks: tuple[str, ...] = ()
    freeze: bool = True
    invited: tuple[Guest, ...] = ()


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who joins by a link, with these roles; whoever rates does it under this name."""

    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Founded:
    """A study that was made: what is in it, whose links there are (shown once), and what comes next."""

    folder: Path
    name: str
    summary: ImportSummary | None
    frozen: Mapping[str, int]
    raters: tuple[str, ...]
    next_steps: tuple[str, ...]
    links: tuple[tuple[Guest, Link], ...] = ()


def faults(wanted: Founding) -> dict[str, str]:
    """What keeps the study from being made, by field; empty when nothing does. Files are looked at apart."""
    found = {
        "Name": _of_name(wanted.name),
        "Rubric": _of_rubric(wanted.rubric),
        "Raters per item": ""
        if 1 <= wanted.raters_per_item <= MOST_RATERS_PER_ITEM
        else f"must be from 1 to {MOST_RATERS_PER_ITEM}",
        "Shares": _of_shares(wanted.shares),
        "Raters": _of_raters(wanted.raters),
        "Links": _of_guests(wanted.invited),
        "Files": "" if wanted.uploads or not wanted.freeze else "choose a file, or freeze the split later",
    }
    return {name: words for name, words in found.items() if words}


def library_choice(name: str) -> RubricChoice:
    """A rubric of the library, as its file."""
    return RubricChoice(f"{name}.yaml", library_rubrics()[name].read_text(encoding="utf-8-sig"))


def uploaded_rubric(name: str, content: bytes) -> RubricChoice:
    """A rubric file as the browser sent it. Raises CannotFound for what is no text."""
    if len(content) > LARGEST_RUBRIC:
        raise CannotFound(f"{name}: is larger than a rubric can be ({LARGEST_RUBRIC:,} bytes)")
    try:
        return RubricChoice(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise CannotFound(f"{name}: is not UTF-8 text: save it as UTF-8") from fault


def rubric_of(choice: RubricChoice) -> Rubric:
    """The rubric that is meant. Raises CannotFound with every problem of its file."""
    try:
        return parse_rubric(choice.text, source=choice.source)
    except RubricError as fault:
        raise CannotFound(str(fault)) from fault


def names_in(text: str) -> tuple[str, ...]:
    """Names written one a line; blank lines do not count."""
    return tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())


def guests(named: Mapping[Role, tuple[str, ...]]) -> tuple[Guest, ...]:
    """Everybody once, owners first, with all roles under which the name stands."""
    order: tuple[Role, ...] = ("owner", "lead", "engineer", "rater")
    names = dict.fromkeys(name for role in order for name in named.get(role, ()))
    return tuple(Guest(n, tuple(role for role in order if n in named.get(role, ()))) for n in names)


def _of_guests(invited: tuple[Guest, ...]) -> str:
    """Once the first person has joined, nobody gets in without an account: an owner must be among them."""
    if invited and not any("owner" in guest.roles for guest in invited):
        return "name an owner, you probably: once somebody has joined, nobody gets in without an account"
    return _of_raters(tuple(guest.name for guest in invited))


def _of_name(name: str) -> str:
    if not name.strip():
        return "give the study a name"
    return "" if len(name.strip()) <= LONGEST_TITLE else f"must have at most {LONGEST_TITLE} characters"


def _of_rubric(choice: RubricChoice | None) -> str:
    if choice is None:
        return "choose one of the library, or a file of yours"
    try:
        rubric_of(choice)
    except CannotFound as fault:
        return str(fault)
    return ""


def _of_shares(shares: Mapping[str, float]) -> str:
    together = 100 * sum(shares.values())
    if abs(together - 100) > 0.5:
        return f"must add up to 100 percent, not {together:.0f}"
    try:
        checked_shares(shares)
    except BadShares as fault:
        return str(fault)
    return ""


def _of_raters(names: tuple[str, ...]) -> str:
    long = next((name for name in names if len(name) > LONGEST_NAME), None)
    if long is not None:
        return f"“{long[:20]}…” has more than {LONGEST_NAME} characters"
    twice = sorted({name for name in names if names.count(name) > 1})
    return f"named twice: {', '.join(twice)}" if twice else ""
