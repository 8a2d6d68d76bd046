"""Health: alive, ready, or not ready with the reasons; nothing secret, and no load however often asked."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest
from postgres import both_engines
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from annotate_app import logs
from annotate_app.desk import Desk
from annotate_app.services import labelling
from annotate_app.services import readiness as readiness_service
from annotate_app.services.readiness import Check, readiness
from annotate_app.serving import health, requests
from annotate_app.store import failures
from annotate_app.ui import host


async def away(_request: Request) -> Response:
    raise OperationalError("SELECT secret", {}, ConnectionError(), connection_invalidated=True)


async def broken(_request: Request) -> Response:
    raise ValueError("a text that nobody should read")


async def told(_request: Request) -> Response:
    return JSONResponse({"id": logs.correlation_id()})


@dataclass(frozen=True)
class Client:
    """Asks the routes in this process, in a thread of its own."""

    app: Starlette

    def get(self, path: str, headers: Mapping[str, str] = MappingProxyType({})) -> httpx.Response:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, self._get(path, dict(headers))).result()

    async def _get(self, path: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
            return await browser.get(path, headers=headers)


@pytest.fixture
def client(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(host, "desk", lambda: desk)
    monkeypatch.setattr(health, "_ready", health.Readiness(lambda: readiness(host.desk()), fresh=0))
    app = Starlette(
        routes=[
            *health.ROUTES,
            Route("/desk/broken", broken),
            Route("/desk/away", away),
            Route("/broken", broken),
            Route("/told", told),
        ],
        middleware=[Middleware(requests.Correlated)],
        exception_handlers={Exception: requests.failed},
    )
    return Client(app)


@both_engines
def test_a_sound_study_is_alive_and_ready(client: Client) -> None:
    assert client.get("/api/health").json() == client.get("/api/health/live").json() == {"status": "ok"}
    answer = client.get("/api/health/ready")
    assert answer.status_code == 200
    passed = {name: {"ok": True} for name in ("database", "migrations", "writing", "disk")}
    assert answer.json() == {"status": "ready", "checks": passed}


def test_a_database_that_is_none_is_not_ready_and_no_path_or_name_is_told(client: Client, desk: Desk) -> None:
    desk.store.close()
    (desk.folder / "calibrant.db").write_bytes(b"not a database" * 1000)
    for other in ("-wal", "-shm"):
        (desk.folder / f"calibrant.db{other}").unlink(missing_ok=True)
    answer = client.get("/api/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == {
        "ok": False, "reason": "the database does not answer (its file is none)",
    }  # fmt: skip
    assert client.get("/api/health/live").status_code == 200
    for secret in (str(desk.folder), desk.study_file.study.name, "calibrant.db"):
        assert secret not in answer.text


def test_a_missing_migration_is_not_ready(client: Client, desk: Desk) -> None:
    with desk.store.bulk() as bulk:
        bulk.connection.execute("DELETE FROM migration WHERE version = 14")
    answer = client.get("/api/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"]["reason"] == "the database lacks migrations"


def test_a_full_disk_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness_service, "free_bytes", lambda _folder: 7 * 2**20)
    answer = client.get("/api/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"]["reason"] == "7 MB free, fewer than 100"


@pytest.mark.skipif(os.geteuid() == 0, reason="whoever is root may write everywhere")
def test_a_database_without_write_permission_is_not_ready(client: Client, desk: Desk) -> None:
    (desk.folder / "calibrant.db").chmod(0o400)
    assert client.get("/api/health/ready").json()["checks"]["writing"]["ok"] is False


def test_asking_writes_nothing(client: Client, desk: Desk) -> None:
    def size() -> int:
        return (desk.folder / "calibrant.db-wal").stat().st_size

    before = size()
    for _ in range(20):
        client.get("/api/health/ready")
    assert size() == before


def test_asking_takes_no_lock_away_so_that_another_process_deletes_no_journal_in_use(
    client: Client, desk: Desk
) -> None:
    client.get("/api/health/ready")
    before = read_elsewhere(desk)
    assert (desk.folder / "calibrant.db-wal").is_file()
    labelling.add_rater(desk, "dee")
    assert read_elsewhere(desk) == [*before, "dee"]


def read_elsewhere(desk: Desk) -> list[str]:
    """The names of raters as another process finds them, which closes the database as its last user would."""
    program = (
        "import json, sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); "
        "print(json.dumps([name for (name,) in connection.execute('SELECT name FROM rater ORDER BY id')])); "
        "connection.close()"
    )
    asked = [sys.executable, "-c", program, str(desk.folder / "calibrant.db")]
    return list(json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout))


def test_the_database_is_asked_once_in_a_second_however_often_health_is(tmp_path: Path) -> None:
    asked: list[None] = []

    def ask() -> tuple[Check, ...]:
        asked.append(None)
        return (Check("database", True),)

    async def many() -> None:
        one = health.Readiness(ask, fresh=60)
        for _ in range(50):
            assert (await one.checks())[0].passed

    asyncio.run(many())
    assert len(asked) == 1


def test_a_database_that_hangs_is_named_in_time_and_not_asked_twice() -> None:
    released, asked = threading.Event(), []

    def ask() -> tuple[Check, ...]:
        asked.append(None)
        released.wait(10)
        return (Check("database", True),)

    async def hanging() -> tuple[Check, ...]:
        one = health.Readiness(ask, bound=0.05, fresh=0)
        first, second = await one.checks(), await one.checks()
        assert first == second
        released.set()
        await asyncio.sleep(0.05)
        return first

    found = asyncio.run(hanging())
    assert found == (Check("database", False, "no answer within 0.05 seconds"),)
    assert len(asked) == 1


def test_every_answer_carries_an_id_that_is_taken_from_the_request_where_it_is_well_formed(
    client: Client,
) -> None:
    stated = client.get("/told", headers={"x-request-id": "gateway-7f3a"})
    assert stated.headers["x-request-id"] == stated.json()["id"] == "gateway-7f3a"
    made = client.get("/told", headers={"x-request-id": "<script>alert(1)</script>"})
    assert made.headers["x-request-id"] == made.json()["id"] != ""
    assert "<" not in made.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/desk/broken", "/broken"])
def test_a_request_that_fails_names_its_number_and_gives_nothing_away(client: Client, path: str) -> None:
    answer = client.get(path, headers={"x-request-id": "gateway-7f3a"})
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "gateway-7f3a"
    assert "gateway-7f3a" in answer.text
    assert "nobody should read" not in answer.text
    if path.startswith("/desk"):
        assert json.loads(answer.text)["request_id"] == "gateway-7f3a"


def test_a_database_that_cannot_work_is_said_with_503_and_no_detail(client: Client) -> None:
    answer = client.get("/desk/away")
    assert answer.status_code == 503
    assert answer.json()["error"] == failures.AWAY
    assert "secret" not in answer.text
