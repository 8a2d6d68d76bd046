"""Whether a database is what it should be: each question answered in words and a count; changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from annotate_app.desk import Clock, timestamp, utc_now
from annotate_app.services.audit_chain import follow
from annotate_app.services.databases import PRESENT, Damaged, opened, shown, version_of
from annotate_app.store import events, integrity, schema
from annotate_app.store.engine import Session
from calibration.certificate import BadCertificate, read_certificate
from rubrics.files import RubricError, parse_rubric

LONG_GONE = timedelta(
    days=1
)  # an expired reservation is taken by the next who asks; so old, nobody has asked


@dataclass(frozen=True, slots=True)
class Finding:
    """One question: what was looked at, how much of it is wrong, and what that is in words."""

    name: str
    wrong: int
    words: str

    @property
    def fine(self) -> bool:
        return self.wrong == 0


@dataclass(frozen=True, slots=True)
class Inspected:
    """All findings of a database; `notes` say what is no fault."""

    database: str
    version: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def fine(self) -> bool:
        return all(finding.fine for finding in self.findings)

    def as_json(self) -> Mapping[str, Any]:
        return {"schema": "calibrant/db-check/1", "fine": self.fine, **asdict(self)}


def inspect_database(address: str, *, clock: Clock = utc_now) -> Inspected:
    """Ask everything of a database, in one snapshot where its schema is the present one.

    A database of another version is asked what does not depend on it. Raises CannotDo or UnusableDatabase.
    """
    try:
        return _inspected(address, clock)
    except Damaged as damaged:
        return Inspected(shown(address), 0, (Finding("file", 1, str(damaged)),), ())


def _inspected(address: str, clock: Clock) -> Inspected:
    with opened(address) as store, store.reading() as session:
        faults = integrity.file_faults(session)
        if faults:
            damaged = Finding("file", len(faults), f"SQLite finds it damaged: {faults[0]}")
            return Inspected(store.address, 0, (damaged,), ())
        version = version_of(session, store)
        lacking = schema.lacking(session.connection())
        findings = [_file(session), _schema(version, len(lacking)), _triggers(session)]
        if not lacking and version == PRESENT:
            findings += [ask(session) for ask in QUESTIONS]
        notes = _notes(session, timestamp(clock() - LONG_GONE)) if not lacking else ()
        return Inspected(store.address, version, tuple(findings), notes)


def _file(session: Session) -> Finding:
    """Reached only where no fault was found: a damaged file is asked nothing else."""
    engine = session.connection().dialect.name
    words = "pages and indexes are whole" if engine == "sqlite" else "the server answers"
    return Finding("file", 0, words)


def _schema(version: int, lacking: int) -> Finding:
    if version > PRESENT:
        return Finding("schema", 1, f"version {version} is of a newer Calibrant, this one knows {PRESENT}")
    if lacking:
        return Finding("schema", lacking, f"version {version} lacks {lacking} steps: `calibrant db migrate`")
    return Finding("schema", 0, f"version {version}, the present one")


def _triggers(session: Session) -> Finding:
    """The triggers that keep rows from being changed: a missing one, or one that says something else."""
    done = frozenset(schema.applied(session.connection()))
    asked, there = integrity.triggers_asked(session, done), integrity.triggers(session)
    missing = sorted(name for name in asked if name not in there)
    other = sorted(name for name in asked if there.get(name, asked[name]) != asked[name])
    wrong = [f"{name} is missing" for name in missing] + [f"{name} says something else" for name in other]
    words = f"{len(asked)} triggers guard what is never changed"
    return Finding("triggers", len(wrong), "; ".join(wrong) if wrong else words)


def _references(session: Session) -> Finding:
    lost = integrity.lost_references(session)
    words = ", ".join(f"{n:,} rows of {table}" for table, n in lost.items())
    fine = "every row that is referred to is there"
    return Finding(
        "references", sum(lost.values()), f"{words} refer to rows that are not there" if lost else fine
    )


def _counting(name: str, fine: str, wrong: str, *statements: str) -> Callable[[Session], Finding]:
    """A question that is one or more counts of what is wrong."""

    def ask(session: Session) -> Finding:
        found = sum(integrity.count(session, statement) for statement in statements)
        return Finding(name, found, f"{found:,} {wrong}" if found else fine)

    return ask


def _item_hashes(session: Session) -> Finding:
    looked, wrong, first = 0, 0, ""
    for item, sha256 in integrity.items(session):
        looked += 1
        if item.sha256 != sha256:
            wrong += 1
            first = first or item.item_id
    words = f"{wrong:,} of {looked:,} items are not what their hash says, the first is {first!r}"
    return Finding("items", wrong, words if wrong else f"{looked:,} items have the content of their hash")


def _rubric_hashes(session: Session) -> Finding:
    found = integrity.rubrics(session)
    wrong = [one.what for one in found if _rubric_sha256(one.content, one.what) != one.sha256]
    words = f"{', '.join(wrong)}: not the wording of its hash"
    fine = f"{len(found):,} rubric versions have the wording of their hash"
    return Finding("rubrics", len(wrong), words if wrong else fine)


def _rubric_sha256(content: str, what: str) -> str:
    try:
        return parse_rubric(content, source=what).sha256
    except RubricError:
        return "unreadable"


def _certificates(session: Session) -> Finding:
    found = integrity.certificates(session)
    wrong = [one.what for one in found if _certificate_sha256(one.content) != one.sha256]
    words = f"{', '.join(wrong)}: not the certificate of its hash"
    fine = f"{len(found):,} certificates of looks have the content of their hash"
    return Finding("looks", len(wrong), words if wrong else fine)


def _certificate_sha256(content: str) -> str:
    try:
        return read_certificate(content).content_sha256
    except BadCertificate:
        return "unreadable"


def _notes(session: Session, before: str) -> tuple[str, ...]:
    old = integrity.count(session, integrity.OLD_CLAIMS, {"before": before})
    return (f"{old:,} reservations expired over a day ago; whoever asks next takes them",) if old else ()


def _audit_log(session: Session) -> Finding:
    """Whether every study's journal of events is as it was entered."""
    chains = [follow(session, study) for study in events.studies_with_entries(session)]
    faults = [fault for chain in chains for fault in chain.faults]
    fine = f"{sum(chain.entries for chain in chains):,} entries follow one another"
    return Finding("audit log", len(faults), "; ".join(faults[:3]) if faults else fine)


QUESTIONS: tuple[Callable[[Session], Finding], ...] = (
    _references,
    _counting("revisions", "every label's revisions are 1, 2, 3 … without a gap",
              "labels have gaps in their revisions", integrity.REVISION_GAPS),
    _counting("takes", "every verdict's takes are 1, 2, 3 … without a gap",
              "verdicts have gaps in their takes", integrity.TAKE_GAPS),
    _counting("rated", "what counts as rated is what labels stand for",
              "items and raters are counted as rated without a label, or not counted with one",
              integrity.RATED_WITHOUT_LABEL, integrity.LABEL_WITHOUT_RATED),
    _counting("submissions", "every submission has its labels, and every label its own submission",
              "submissions have no label, or labels of another item or rater",
              integrity.LABEL_OF_ANOTHER_SUBMISSION, integrity.SUBMISSION_WITHOUT_LABEL,
              integrity.RATED_BY_ANOTHER_SUBMISSION),
    _counting("positions", "items are numbered without a gap", "studies have gaps in their items",
              integrity.POSITION_GAPS),
    _item_hashes, _rubric_hashes, _certificates, _audit_log,
)  # fmt: skip
