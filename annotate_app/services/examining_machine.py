"""Checks of the machine: Python, packages, disk, permissions, clocks, time zones, a port; reads alone."""

from __future__ import annotations

import errno
import os
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from annotate_app.services import packages
from annotate_app.services.findings import Finding, fail, ok, warn
from annotate_app.services.readiness import ROOM_BYTES
from annotate_app.store.standing import free_bytes, may_write

LEAST_PYTHON = (3, 11)
PLENTY_BYTES = 1 << 30
SKEW_SECONDS = 0.05
OVER_THE_NET = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "davfs", "virtiofs",
    "fuse.sshfs", "fuse.s3fs", "fuse.glusterfs", "fuse.rclone",
})  # fmt: skip
WITHOUT = {
    "verify": "`calibrant verify` cannot compute reports a second time",
    "postgres": "studies in PostgreSQL cannot be opened",
    "login": "login by a company's provider (OIDC) is not there; local accounts are",
    "big": "files of millions of rows and Parquet are not counted out of memory",
    "overlap": "the checks rouge and bleu are not there",
}
KEYS = (".calibrant-key",)


def python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= LEAST_PYTHON:
        yield ok("python", version)
    else:
        yield fail("python", f"{version} is too old", f"install {'.'.join(map(str, LEAST_PYTHON))} or newer")


def core_packages() -> Iterator[Finding]:
    """Every requirement of the core, installed in a release that fits."""
    core = [one for one in packages.needed() if not one.extra]
    wrong = [one for one in core if not one.fits]
    for one in wrong:
        have = f"{one.installed} is installed" if one.installed else "it is not installed"
        yield fail("packages", f"{one.name} {one.wanted}: {have}", "install from requirements.lock")
    if not wrong:
        yield ok("packages", f"{len(core)} requirements installed, each in a release that fits")


def bad_releases() -> Iterator[Finding]:
    found = packages.known_bad()
    for one in found:
        todo = "remove it now, install another release, and change every key that this machine held"
        yield fail("releases", f"{one.name} {one.installed}: {one.wanted}", todo)
    if not found:
        names = ", ".join(f"{name} {v}" for name, vs in packages.KNOWN_BAD.items() for v in vs)
        yield ok("releases", f"none of those known to be bad ({names})")


def optional_packages(*, postgres: bool) -> Iterator[Finding]:
    """Each extra: all of it there, or what is missing without it; `postgres`: the study needs that one."""
    for extra in packages.extras():
        lacking = [one.name for one in packages.needed() if one.extra == extra and not one.fits]
        if not lacking:
            yield ok("extra", f"{extra} is installed")
            continue
        said = f"{extra} lacks {', '.join(lacking)}: {WITHOUT.get(extra, 'part of it is not there')}"
        todo = f'pip install "calibrant[{extra}]"'
        yield (
            fail("extra", said, todo) if postgres and extra == "postgres" else ok("extra", f"{said} ({todo})")
        )


def disk(folder: Path) -> Iterator[Finding]:
    free = free_bytes(folder)
    if free is None:
        yield warn("disk", "does not say how much room it has", "look at it by hand")
    elif free < ROOM_BYTES:
        yield fail(
            "disk", f"{free // 2**20} MB free", "make room before anybody rates: labels would be refused"
        )
    elif free < PLENTY_BYTES:
        yield warn("disk", f"{free // 2**20} MB free", "make room soon")
    else:
        yield ok("disk", f"{free / 2**30:.0f} GB free")


def permissions(folder: Path, database: Path | None) -> Iterator[Finding]:
    """Whether this person may write where labels go, and whether keys are this person's alone."""
    places = [folder] if database is None else [folder, database.parent, database]
    closed = [path for path in dict.fromkeys(places) if path.exists() and not may_write(path)]
    for path in closed:
        yield fail(
            "writing", f"{path} cannot be written to", "give it to whoever runs the server (chown, chmod u+w)"
        )
    if not closed:
        yield ok("writing", "the study folder and its database can be written to")
    if os.geteuid() == 0:
        yield warn(
            "writing", "this is root, who may write everywhere", "run it as the person who runs the server"
        )
    for name in KEYS:
        path = folder / name
        if path.is_file():
            yield from _secret(path)
    if database is not None and database.is_file() and database.stat().st_mode & 0o007:
        todo = f"chmod o-rwx {database.name}"
        yield warn("files", "everybody on this machine may read the database", todo)


def _secret(path: Path) -> Iterator[Finding]:
    if path.stat().st_mode & 0o077:
        yield fail(
            "keys",
            f"{path.name} can be read by others",
            f"chmod 600 {path.name}; remove it to make a new one",
        )
    else:
        yield ok("keys", f"{path.name} is readable by its owner alone")


def file_system(path: Path) -> Iterator[Finding]:
    """SQLite's write-ahead log needs shared memory: it is not safe over the net."""
    kind = _mounted(path)
    if kind is None:
        yield warn(
            "file system", "cannot be told here", "keep SQLite on a disk of this machine, not on the net"
        )
    elif kind in OVER_THE_NET:
        todo = "move the database to a disk of this machine, or use PostgreSQL (`calibrant db copy`)"
        yield fail("file system", f"the database is on {kind}: labels can be lost there", todo)
    else:
        yield ok("file system", f"the database is on {kind}")


def _mounted(path: Path) -> str | None:
    """The kind of file system that holds a path, from the system's list; None without one."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    best, kind = "", None
    whole = str(path.resolve())
    for line in lines:
        _, mount, found, *_ = line.split(" ")
        mount = mount.replace("\\040", " ")
        inside = whole == mount or whole.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, found
    return kind


def clocks(newest: str) -> Iterator[Finding]:
    """Whether the clock runs like time does, and behind nothing that is stored."""
    wall, steady = time.time(), time.monotonic()
    time.sleep(0.2)
    drift = abs((time.time() - wall) - (time.monotonic() - steady))
    if drift > SKEW_SECONDS:
        yield warn(
            "clock", f"it jumped by {drift:.2f} seconds while it was watched", "look at time synchronisation"
        )
    now = datetime.now(UTC)
    if newest and _moment(newest) > now:
        said = f"the last entry is of {newest}, and this machine says {now.isoformat(timespec='seconds')}"
        yield fail("clock", said, "set the clock right: entries and certificates are ordered by it")
    elif drift <= SKEW_SECONDS:
        yield ok("clock", f"{now.isoformat(timespec='seconds')}, runs evenly, behind no entry")


def against_server(clock: datetime | None) -> Iterator[Finding]:
    """How far this machine's clock is from the database server's."""
    if clock is None:
        return
    skew = (datetime.now(UTC) - clock.astimezone(UTC)).total_seconds()
    if abs(skew) > 2:
        yield warn("clock", f"{skew:+.1f} seconds from the database server's", "synchronise both (NTP)")
    else:
        yield ok("clock", f"{skew:+.2f} seconds from the database server's")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def time_zones() -> Iterator[Finding]:
    try:
        ZoneInfo("Europe/Berlin")
    except (ZoneInfoNotFoundError, OSError):
        yield warn(
            "time zones", "the system has no time zone data", "pip install tzdata, or the system's tzdata"
        )
    else:
        yield ok("time zones", "there")


def port(number: int) -> Iterator[Finding]:
    """Whether the server could listen."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            yield warn(
                "port", f"{number} is in use", "fine if that is this server; else `calibrant serve --port`"
            )
        else:
            yield ok("port", f"{number} is free")
