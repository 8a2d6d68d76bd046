"""Erases a person: a random pseudonym stands wherever the name stood, and every number stays what it was.

Labels are a journal that refuses changes. This is the one exception: names, and free texts where that is
asked for, are replaced in one transaction with the triggers put aside; no answer, time or number is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass

from annotate_app.desk import Desk
from annotate_app.services import audit, erased_evidence
from annotate_app.services.erased_names import files_that_name, rename_in_reports, unread_databases
from annotate_app.services.naming import login_key
from annotate_app.services.pseudonyms import pseudonyms_of
from annotate_app.services.retention_words import reasons_that_stay
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import account_erasure, erasures, events, free_texts, renaming
from annotate_app.store import pseudonyms as pseudonym_store
from annotate_app.store.account_erasure import Person
from annotate_app.store.compacting import NotRewritten, compact
from annotate_app.store.engine import Session
from annotate_app.store.free_texts import Whose
from annotate_app.store.renaming import Place

LONGEST_REASON = 500


class CannotErase(ValueError):
    """Nothing was erased: the message says why and what to do."""


class NoLonger(CannotErase):
    """The reason for the erasure has gone meanwhile."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was replaced and removed (rows by "table.column"), and where the owner has to look.

    `mentions`: texts, of others too, in which the name stands as a word. `files`: of the study folder.
    `databases`: others in the study folder, which were not looked into.
    `unchecked`: certificates that could not be recomputed before, so their evidence was not carried over.
    `rewritten` is empty where old bytes are gone from the database's files, else what to do.
    """

    pseudonym: str
    replaced: Mapping[str, int]
    removed: Mapping[str, int]
    certificates: int
    mentions: tuple[Place, ...]
    files: tuple[str, ...]
    unchecked: tuple[str, ...]
    elsewhere: int
    databases: tuple[str, ...] = ()
    rewritten: str = ""

    def as_json(self) -> dict[str, object]:
        return {"schema": "calibrant/erasure/1", **asdict(self)}


@dataclass(frozen=True, slots=True)
class Named:
    """What a person is called, and where in the database and in the study folder."""

    names: tuple[str, ...]
    places: tuple[Place, ...]
    files: tuple[str, ...]
    databases: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {"schema": "calibrant/named/1", **asdict(self)}


def erase(
    desk: Desk,
    name: str,
    *,
    by: str,
    role: Role | Holder,
    reason: str,
    texts: bool = False,
    while_: Callable[[Session], bool] = lambda session: True,
) -> Erased:
    """Put a pseudonym in place of a person, everywhere in the study. Raises NotAllowed, CannotErase.

    With `texts` the free texts that the person wrote go too. Exported files and backups are not touched.
    `while_` is asked in the transaction, in which nobody else writes: NoLonger where it is so no more.
    """
    require(role, "raters.erase")
    person = _person(desk, name)
    reason = _reason(reason, person)
    word = pseudonyms_of(desk, [name])[name]
    evidence = erased_evidence.NONE
    if person.rater is not None:
        evidence = erased_evidence.of_certificates(desk, person.rater, word)
    by = word if by in person.names else by
    with desk.store.writing() as session, erasures.changeable(session):
        if not while_(session):
            raise NoLonger(f"{name} has answered meanwhile, or can sign in: nothing was erased")
        erasure = _enter(session, desk, person, word, by=by, reason=reason, texts=texts)
        plans = erased_evidence.rename_plans(session, desk, person.names, word)
        erasures.add_moved(session, erasure, (*evidence.moved, *plans))
        replaced = _replace(session, desk, person, word)
        whose = Whose(person.rater_id, word)
        reasons = reasons_that_stay()
        removed = free_texts.remove(session, desk.study_id, whose, reasons=reasons) if texts else {}
        _bind(session, desk, by, word, texts=texts)
    return Erased(
        word, replaced, removed, len(evidence.moved), _places(desk, person),
        tuple(files_that_name(desk, person.names)), evidence.unchecked, person.elsewhere,
        tuple(unread_databases(desk)),
        rewritten(desk, {place.partition(".")[0] for place in (*replaced, *removed)}),
    )  # fmt: skip


def named_at(desk: Desk, name: str, *, role: Role | Holder) -> Named:
    """Where a person is named now, before anything is erased. Raises NotAllowed, CannotErase."""
    require(role, "raters.erase")
    person = _person(desk, name)
    files = tuple(files_that_name(desk, person.names))
    return Named(person.names, _places(desk, person), files, tuple(unread_databases(desk)))


def finish(desk: Desk, *, role: Role | Holder) -> str:
    """Rewrite the database where that was not possible when somebody was erased; empty, or what to do."""
    require(role, "raters.erase")
    with desk.store.reading() as session:
        named = [table.name for table in renaming.tables(session)]
    return rewritten(desk, named)


def rewritten(desk: Desk, tables: Collection[str]) -> str:
    """Rewrite the database, so that old bytes are gone; empty, or what to do where that was not possible."""
    try:
        compact(desk.store, tables)
    except NotRewritten as left:
        return str(left)
    return ""


def _person(desk: Desk, name: str) -> Person:
    with desk.store.reading() as session:
        found = account_erasure.find(session, desk.study_id, name, login_key(name))
        known = pseudonym_store.known(session, desk.study_id)
        if found is not None and found.account_id is not None:
            last = account_erasure.last_owner(session, desk.study_id, found.account_id)
            if last:
                raise CannotErase(f"{name} is the only owner who can sign in: make somebody else owner first")
    if found is None:
        raise CannotErase(f"nobody in this study is called {name!r}: `calibrant raters` lists the raters")
    if known.get(name) == name:
        raise CannotErase(f"{name} is the pseudonym of a person who was erased already")
    return found


def _reason(reason: str, person: Person) -> str:
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise CannotErase(f"say why, in 1 to {LONGEST_REASON} characters: the reason is kept")
    if any(renaming.whole_word(name).search(reason) for name in person.names):
        raise CannotErase("the reason is kept, so it must not name the person: say it without the name")
    return reason


def _enter(
    session: Session, desk: Desk, person: Person, word: str, *, by: str, reason: str, texts: bool
) -> int:
    """The erasure itself, entered while the rater still has the place that the name gives."""
    after = None if person.rater_id is None else erasures.before(session, desk.study_id, person.rater_id)
    return erasures.add(
        session, desk.study_id, pseudonym=word, rater_id=person.rater_id, after=after, texts=texts, by=by,
        reason=reason, at=desk.now,
    )  # fmt: skip


def _replace(session: Session, desk: Desk, person: Person, word: str) -> Mapping[str, int]:
    """Every place that names the person; decisions keep standing, or stay stale."""
    study = desk.study_id
    decided: Mapping[int, str] = {}
    if person.rater is not None:
        decided = erased_evidence.of_decisions(session, desk, person.rater, word)
    changed = dict(renaming.replace_person(session, study, person.names, word))
    if person.rater_id is not None and person.rater is not None:
        extra = renaming.replace_word_of_rater(session, study, person.rater_id, person.rater, word)
        changed["label.extra"] = extra
    changed["report.content"] = rename_in_reports(session, desk, person.names, word)
    for number, sha256 in decided.items():
        erasures.set_decided_on(session, number, sha256)
    if person.account_id is not None:
        account_erasure.remove(session, study, person, word, at=desk.now)
        changed["account.name"] = 0 if person.elsewhere else 1
    for name in person.names:
        pseudonym_store.forget_name(session, study, name)
    return {place: count for place, count in changed.items() if count}


def _bind(session: Session, desk: Desk, by: str, word: str, *, texts: bool) -> None:
    """Bind the journal of events anew, and enter the erasure with the hash at the chain's end before it."""
    head = events.head(session, desk.study_id)
    before = "" if head is None else head.sha256
    moved = events.bind_anew(session, desk.study_id)
    detail = {"pseudonym": word, "texts": texts, "chain_before": before if moved else None}
    audit.record(session, desk, actor=by, kind=events.ERASED, detail=detail)


def _places(desk: Desk, person: Person) -> tuple[Place, ...]:
    with desk.store.reading() as session:
        found = [place for name in person.names for place in renaming.places(session, desk.study_id, name)]
    return tuple(dict.fromkeys(found))
