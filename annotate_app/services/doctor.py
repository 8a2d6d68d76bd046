"""Looks at everything that a study needs to run and says what to do; works where the study is broken."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from annotate_app.desk import DATABASE_FILE, DATABASE_VARIABLE
from annotate_app.services import examining_machine as machine
from annotate_app.services import examining_study as study
from annotate_app.services.examining_study import Files
from annotate_app.services.findings import Finding, isolated, ok
from annotate_app.store.examining import database_file

BROWSER = "to serve none is needed here; `make test` looks for one by itself"


def examine(folder: Path, *, port: int) -> Iterator[Finding]:
    """Every check, one after another; a check that runs into something says so, and the next one follows."""
    found = Files(folder.resolve())
    address = os.environ.get(DATABASE_VARIABLE) or str(found.folder / DATABASE_FILE)
    for name, check in _checks(found, address, port):
        yield from isolated(name, check)


def _checks(found: Files, address: str, port: int) -> Iterator[tuple[str, Callable[[], Iterable[Finding]]]]:
    yield "python", machine.python
    yield "packages", machine.core_packages
    yield "releases", machine.bad_releases
    yield "extra", lambda: machine.optional_packages(postgres=address.startswith("postgres"))
    yield "time zones", machine.time_zones
    yield "disk", lambda: machine.disk(found.folder)
    yield "writing", lambda: machine.permissions(found.folder, database_file(address))
    yield "study.toml", lambda: study.files(found)
    yield "database", lambda: study.database(address)
    yield "judges", lambda: study.judges(found)
    yield "certificates", lambda: study.certificates(found)
    yield "port", lambda: machine.port(port)
    yield "browser", lambda: (ok("browser", BROWSER),)
