"""Removes what a study says it keeps for so many days and no longer; labels, verdicts and numbers stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from annotate_app.desk import Desk, timestamp
from annotate_app.services import audit
from annotate_app.services.erasing import NoLonger, erase, rewritten
from annotate_app.services.retention_words import reasons_that_stay
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import erasures, free_texts, retention
from annotate_app.store.engine import Session
from annotate_app.store.free_texts import Whose

KIND = "retention.applied"
REASON = "kept for as long as study.toml says"


class NothingToRetain(ValueError):
    """study.toml sets no time for anything."""


@dataclass(frozen=True, slots=True)
class Retained:
    """What is, or was, older than it is kept: free texts, ways in (rows by table), names of raters.

    `pseudonyms` are those that stand in place of the names, once that is done.
    """

    applied: bool
    texts: Mapping[str, int] = field(default_factory=dict)
    ended: Mapping[str, int] = field(default_factory=dict)
    names: int = 0
    pseudonyms: tuple[str, ...] = ()
    rewritten: str = ""

    @property
    def any(self) -> bool:
        return bool(self.texts or self.ended or self.names)

    def as_json(self) -> dict[str, object]:
        return {"schema": "calibrant/retention/1", **asdict(self)}


def overdue(desk: Desk, *, role: Role | Holder) -> Retained:
    """What would be removed now; changes nothing. Raises NotAllowed, NothingToRetain."""
    require(role, "raters.erase")
    days = _days(desk)
    with desk.store.reading() as session:
        texts = free_texts.count(session, desk.study_id, Whose(before=days["texts"]))
        ended = retention.count_ended(session, desk.study_id, days["sessions"])
        names = retention.idle_raters(session, desk.study_id, days["names"])
    return Retained(False, texts, ended, len(names))


def apply(desk: Desk, *, by: str, role: Role | Holder) -> Retained:
    """Remove what is overdue, and enter how much. Raises NotAllowed, NothingToRetain, CannotErase."""
    require(role, "raters.erase")
    days = _days(desk)
    words = tuple(_erased(desk, days["names"], by=by, role=role))
    texts: Mapping[str, int] = {}
    with desk.store.writing() as session, erasures.changeable(session):
        if days["texts"]:
            whose, reasons = Whose(before=days["texts"]), reasons_that_stay()
            texts = free_texts.remove(session, desk.study_id, whose, reasons=reasons)
        ended = retention.remove_ended(session, desk.study_id, days["sessions"])
        if texts or ended or words:
            detail = {"texts": sum(texts.values()), "ended": sum(ended.values()), "pseudonyms": list(words)}
            audit.record(session, desk, actor=by, kind=KIND, detail=detail)
    tables = {place.partition(".")[0] for place in texts} | set(ended)
    return Retained(True, texts, ended, len(words), words, rewritten(desk, tables) if tables else "")


def _erased(desk: Desk, before: str, *, by: str, role: Role | Holder) -> Iterator[str]:
    """Pseudonyms of raters who are idle; whoever answers again before their turn keeps the name."""

    def idle(session: Session) -> list[str]:
        return retention.idle_raters(session, desk.study_id, before)

    with desk.store.reading() as session:
        names = idle(session)
    for name in names:
        with suppress(NoLonger):
            done = erase(
                desk, name, by=by, role=role, reason=REASON,
                while_=lambda session, name=name: name in idle(session),  # type: ignore[misc]
            )  # fmt: skip
            yield done.pseudonym


def _days(desk: Desk) -> Mapping[str, str]:
    """By kind, the moment before which nothing of it is kept; "", before all, where study.toml sets none."""
    section = desk.study_file.retention
    days = {"texts": section.texts_days, "sessions": section.sessions_days, "names": section.names_days}
    if not any(days.values()):
        raise NothingToRetain(
            "study.toml has no [retention]: set texts_days, sessions_days or names_days, else all is kept"
        )
    now = desk.clock()
    return {kind: timestamp(now - timedelta(days=n)) if n else "" for kind, n in days.items()}
