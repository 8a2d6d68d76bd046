"""Checks of a study: its files, its database, its judges, its certificates; changes nothing."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from annotate_app.services import examining_machine as machine
from annotate_app.services.findings import Finding, fail, ok, warn
from annotate_app.services.judge_identity import NoSuchJudge, judge_identity
from annotate_app.store.examining import Examined, database_file, examine
from annotate_app.store.schema import UnusableDatabase
from annotate_app.study_file import BadStudyFile, JudgeSection, StudyFile, load_study_file
from calibration.certificate import BadCertificate, read_certificate
from calibration.judges.faults import BadJudge, JudgeNotAvailable
from calibration.policy import BadPolicy, read_policy
from rubrics.files import RubricError, load_rubric
from rubrics.rubric import Rubric

SOON = timedelta(days=14)
SYNCHRONOUS = {"0": "off", "1": "normal", "2": "full", "3": "extra"}


@dataclass(slots=True)
class Files:
    """What could be read of the study's files; None where one could not."""

    folder: Path
    study: StudyFile | None = None
    rubric: Rubric | None = None


def files(found: Files) -> Iterator[Finding]:
    """study.toml, the rubric and the policy; keeps what can be read for the checks after."""
    try:
        found.study = load_study_file(found.folder)
    except BadStudyFile as error:
        yield fail("study.toml", " ".join(str(error).split()), "mend study.toml")
        return
    yield ok("study.toml", "reads")
    try:
        found.rubric = load_rubric(found.folder / found.study.study.rubric)
    except (RubricError, OSError) as error:
        yield fail("rubric", " ".join(str(error).split()), "mend the rubric (`calibrant rubric check`)")
        return
    yield ok("rubric", f"reads; {len(found.rubric.criteria)} criteria")
    yield from _policy(found.study, found.rubric)


def _policy(study: StudyFile, rubric: Rubric) -> Iterator[Finding]:
    try:
        read_policy(study.policy, rubric, strata=study.strata_shares)
    except BadPolicy as error:
        yield fail("policy", " ".join(str(error).split()), "mend [policy] in study.toml")
    else:
        yield ok("policy", "reads")


def database(address: str) -> Iterator[Finding]:
    """The database: reachable, whole, at the present version, safe where it lies."""
    path = database_file(address)
    if path is not None:
        yield from machine.file_system(path.parent)
    if path is not None and not path.is_file():
        yield warn("database", f"there is none yet at {path}", "`calibrant import` makes it")
        return
    try:
        found = examine(address)
    except UnusableDatabase as error:
        todo = "restore a backup beside it (`calibrant db restore`); keep the broken file"
        yield fail(
            "database", str(error), todo if path is not None else "look at the address, the server, the login"
        )
        return
    yield ok("database", f"{found.engine} {found.version} answers")
    yield from _schema(found)
    if found.engine == "sqlite":
        yield from _file(found)
    elif not found.writable:
        yield fail(
            "database", "it is a copy that cannot be written to", "name the primary server in CALIBRANT_DB"
        )
    yield from machine.clocks(found.newest)
    yield from machine.against_server(found.clock)


def _schema(found: Examined) -> Iterator[Finding]:
    if not found.ours:
        yield fail("migrations", "its tables are not Calibrant's", "name another database in CALIBRANT_DB")
    elif found.newer:
        yield fail(
            "migrations", "a newer Calibrant wrote it", "install that version; nothing is changed until then"
        )
    elif found.missing:
        numbers = ", ".join(map(str, found.missing))
        yield warn(
            "migrations", f"lacks {numbers}", "back it up, then `calibrant db migrate` (or open it: the same)"
        )
    else:
        yield ok("migrations", "current")


def _file(found: Examined) -> Iterator[Finding]:
    for fault in found.faults:
        yield fail("integrity", fault, "restore a backup beside it; keep the broken file")
    if not found.faults:
        yield ok("integrity", "SQLite's quick check finds nothing")
    mode, synchronous = found.mode, SYNCHRONOUS.get(found.synchronous, found.synchronous)
    if mode != "wal" and not found.empty:
        yield warn("journal", f"mode is {mode}", "open it once with `calibrant status`: it is set to wal")
    elif synchronous in ("off", "normal"):
        yield fail(
            "journal", f"synchronous is {synchronous}", "report this: it is set to full on every connection"
        )
    else:
        yield ok("journal", f"mode {mode}, synchronous {synchronous}: what is acknowledged is durable")


def judges(found: Files) -> Iterator[Finding]:
    """Each judge of study.toml: its files there, its key named in the environment (never its value)."""
    if found.study is None or found.rubric is None:
        yield warn("judges", "not looked at: study.toml or the rubric does not read", "mend those first")
        return
    if not found.study.judges:
        yield ok("judges", "study.toml has none")
    for name, section in found.study.judges.items():
        yield from _judge(found, found.study, found.rubric, name, section)


def _judge(
    found: Files, study: StudyFile, rubric: Rubric, name: str, section: JudgeSection
) -> Iterator[Finding]:
    subject = f"judge {name}"
    try:
        judge_identity(found.folder, study, rubric, name)
        if section.kind == "model":
            _reachable(name, section)
    except (NoSuchJudge, BadJudge, JudgeNotAvailable) as error:
        yield fail(subject, " ".join(str(error).split()), "mend what is named")
        return
    program = shlex.split(section.command)[0] if section.command else ""
    if program and shutil.which(program) is None and not (found.folder / program).is_file():
        yield fail(subject, f"there is no program {program}", "install it, or change `command`")
        return
    yield ok(subject, f"{section.kind}: its definition and files are there" + _of_keys(section))


def _of_keys(section: JudgeSection) -> str:
    return ", and the keys that it needs are in the environment" if section.kind == "model" else ""


def _reachable(name: str, section: JudgeSection) -> None:
    """BadJudge names the variables that the provider needs and the environment lacks; asks nobody."""
    from calibration.judges.litellm_judge import check_model

    settings = section.model_dump()
    check_model(
        section.model or "",
        name=name,
        reply=settings["reply"] or "schema",
        logprobs="logprobs" in (settings["confidence"] or ()),
        elsewhere=any(key in section.parameters for key in ("api_base", "base_url")),
    )


def certificates(found: Files) -> Iterator[Finding]:
    """Each certificate file: readable, and until when it holds."""
    paths = sorted((found.folder / "certificates").glob("*.json"))
    if not paths:
        yield ok("certificates", "there is none")
    now = datetime.now(UTC)
    for path in paths:
        subject = f"certificate {path.stem}"
        try:
            read = read_certificate(path.read_text(encoding="utf-8"))
        except (BadCertificate, UnicodeDecodeError) as error:
            yield fail(subject, str(error), "take it from version control again, or certify anew")
            continue
        until = f"{read.outcome}, until {read.expires.date().isoformat()}"
        if read.expires < now:
            yield warn(
                subject,
                f"{until}: it has expired, the gate refuses it",
                "take another look (`calibrant certify`)",
            )
        elif read.expires < now + SOON:
            yield warn(subject, until, "plan the next look (`calibrant look plan`)")
        else:
            yield ok(subject, until)
