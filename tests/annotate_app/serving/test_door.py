"""The door: what strangers get of every route, what a session opens, and what ends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from door_client import HTML, SITE, Client
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import Runtime
from streamlit.web.server.server_util import is_url_from_allowed_origins

from annotate_app import server
from annotate_app.desk import Desk
from annotate_app.services import acting, inviting, passwords, people, personal_tokens, secret_tokens
from annotate_app.services.acting import Person
from annotate_app.services.rights import HOLDER
from annotate_app.serving import door, door_routes, fresh_run, handed_out
from annotate_app.store import failures
from annotate_app.store.failures import NoConnection
from annotate_app.store.sql import rows
from annotate_app.ui import host, reach, signed
from annotate_app.ui.rating_desk import routes as desk_routes
from annotate_app.ui.rating_desk.identity import KEY_VARIABLE, Signer, UnusableKey, signer_of

SECRET = "correct horse battery"
# What a stranger may ask for. A new route is not in here: it has to refuse, or be argued for in this list.
STRANGERS = {
    "/login", "/logout", "/invite", "/login/start", "/login/provider", "/door/style.css", "/auth/login",
    "/oauth2callback", "/api/health", "/api/health/live", "/api/health/ready",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()
    reach.use(reach.Reach())


@pytest.fixture
def owned(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A study with an owner, served by this process."""
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    monkeypatch.setattr(host, "desk", lambda: desk)
    people.add_account(desk, "olga", name="Olga", password=SECRET, roles=["owner"], by="-", role=HOLDER)
    return desk


def ours() -> Starlette:
    """Our own routes behind the door; Streamlit's are behind it too, and one process has those once."""
    guards = [Middleware(door.OnlyKnownNames), Middleware(door.OnlyKnownPeople)]
    return Starlette(routes=list(server.OURS), middleware=guards)


@pytest.fixture
def client(owned: Desk) -> Client:
    """A stranger before the study."""
    del owned
    return Client(ours)


class Echo:
    """An app behind the door that says who came in."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        person: Person = scope[signed.PERSON]
        await PlainTextResponse(f"{person.name} {sorted(person.roles)}")(scope, receive, send)


def doored() -> door.OnlyKnownNames:
    return door.OnlyKnownNames(door.OnlyKnownPeople(Echo()))


@pytest.fixture
def echo(owned: Desk) -> Client:
    del owned
    return Client(doored)


def sign_in(client: Client, login: str = "olga", password: str = SECRET, **form: str) -> httpx.Response:
    through = Client(ours, client.address, client.site, client.cookies)
    answer = through.post("/login", {"login": login, "password": password, **form})
    client.cookies = through.cookies
    return answer


def joined(
    desk: Desk, *roles: str, login: str = "nora", name: str = "Nora", rater: str | None = None
) -> None:
    link = inviting.invite(desk, roles, by="Olga", rater=rater, role=HOLDER)  # type: ignore[arg-type]
    inviting.accept(desk, link.token, login="nora", name="Nora", password=SECRET, client="x")


def every_route(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, WebSocketRoute):
            yield "WEBSOCKET", route.path
        elif isinstance(route, Mount):
            yield "GET", f"{route.path}/some/file"
        elif isinstance(route, Route):
            for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
                yield method, route.path.replace("{", "").replace("}", "").replace(":path", "")
        else:
            yield "GET", getattr(route, "path", "/unknown")


def test_every_route_of_the_app_refuses_a_stranger_unless_it_is_listed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Runtime, "_instance", None)
    app = server.build_app()
    app._starlette_app = app._build_starlette_app()
    asked = set(every_route(app._starlette_app.routes)) | {("GET", "/"), ("GET", "/rate"), ("GET", "/people")}
    assert len(asked) > 25
    assert door.OPEN == STRANGERS
    client.app = lambda: app
    let_in = set()
    for method, path in sorted(asked):
        if method == "WEBSOCKET":
            answered = client.socket(path=path)
            assert [message["type"] for message in answered] == ["websocket.close"], path
            continue
        if path in STRANGERS:
            let_in.add(path)
            continue
        machine = client.send(method, path, headers={"accept": "*/*", "origin": SITE})
        assert machine.status_code == 401, (method, path)
        assert json.loads(machine.content) == {"error": door.SIGNED_OUT}
        if method == "GET":
            person = client.get(path)
            assert (person.status_code, person.headers["location"].split("?")[0]) == (303, "/login"), path
    assert let_in >= STRANGERS - {"/auth/login"}


@pytest.mark.parametrize("path", ["//login", "/login/", "/Login", "/login/../rate", "/%2e/login", "/login;x"])
def test_a_path_that_only_looks_open_is_closed(echo: Client, path: str) -> None:
    assert echo.send("GET", path).status_code in (303, 401)


def test_a_session_opens_the_door_and_says_who_came(echo: Client) -> None:
    answer = sign_in(echo)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert echo.get("/anything").text == "Olga ['owner']"


def test_the_token_in_the_cookie_is_not_in_the_database(echo: Client, owned: Desk) -> None:
    sign_in(echo)
    token = next(iter(echo.cookies.jar)).value
    assert token
    with owned.store.reading() as session:
        kept = [row["token_sha256"] for row in rows(session, "SELECT token_sha256 FROM web_session")]
    assert kept == [secret_tokens.digest(token)]


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "x", str.swapcase, lambda _: ""])
def test_a_changed_cookie_opens_nothing(echo: Client, change: object) -> None:
    sign_in(echo)
    cookie = next(iter(echo.cookies.jar))
    cookie.value = change(cookie.value)  # type: ignore[operator]
    assert echo.get("/").status_code == 303


def test_a_session_that_was_there_before_the_login_is_not_the_one_after(echo: Client, owned: Desk) -> None:
    name = signed.cookie_name(owned)
    echo.cookies.set(name, "chosen-by-somebody-else", domain="localhost.local", path="/")
    sign_in(echo)
    tokens = [cookie.value for cookie in echo.cookies.jar if cookie.name == name]
    assert tokens
    stranger = Client(doored)
    stranger.cookies.set(name, "chosen-by-somebody-else", domain="localhost.local", path="/")
    assert stranger.get("/").status_code == 303


def test_signing_in_again_ends_the_session_that_the_browser_had(echo: Client) -> None:
    sign_in(echo)
    first = Client(doored, cookies=httpx.Cookies(echo.cookies))
    assert first.get("/").status_code == 200
    sign_in(echo)
    assert echo.get("/").status_code == 200
    assert first.get("/").status_code == 303


def test_signing_out_ends_the_session_and_not_only_the_cookie(client: Client, echo: Client) -> None:
    sign_in(echo)
    kept = Client(doored, cookies=httpx.Cookies(echo.cookies))
    client.cookies = echo.cookies
    assert client.get("/logout").status_code == 200  # a link alone signs nobody out
    assert kept.get("/").status_code == 200
    assert client.post("/logout", {}).status_code == 200
    assert kept.get("/").status_code == 303


@pytest.mark.parametrize("path", ["/login", "/logout", "/invite"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "null", "sec_fetch_site": "cross-site"},
        {"origin": "http://localhost:9999"},
        {"origin": SITE, "sec_fetch_site": "cross-site"},
        {"origin": "http://localhost:8501.evil.example"},
    ],
)
def test_a_form_of_another_site_is_refused(client: Client, path: str, headers: dict[str, str]) -> None:
    answer = client.post(path, {"login": "olga", "password": SECRET}, **headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_form_without_a_referrer_is_taken_where_the_browser_says_that_it_is_ours(client: Client) -> None:
    form = {"login": "olga", "password": SECRET}
    assert client.post("/login", form, origin="null", sec_fetch_site="same-origin").status_code == 303


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "/\t/evil.example", "http:evil.example", "/a\nb", "evil", "", "///evil.example", "/x\\..\\y"],
)  # fmt: skip
def test_after_the_login_nobody_is_sent_elsewhere(client: Client, wanted: str) -> None:
    assert sign_in(client, next=wanted).headers["location"] == "/"
    assert door_routes.own_path(wanted) == "/"


def test_after_the_login_people_are_where_they_wanted_to_be(client: Client) -> None:
    before = client.get("/items?item=i1&role=owner").headers["location"]
    assert before == "/login?next=%2Fitems%3Fitem%3Di1%26role%3Downer"
    assert (
        sign_in(client, next="/items?item=i1&role=owner").headers["location"] == "/items?item=i1&role=owner"
    )


def test_a_wrong_password_is_said_where_a_screen_reader_finds_it(client: Client) -> None:
    answer = sign_in(client, password="wrong")
    assert answer.status_code == 403
    assert 'role="alert" id="error">The login or the password is not right.' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert "<title>Error: " in answer.text


def test_what_was_typed_comes_back_as_text(client: Client) -> None:
    answer = sign_in(client, login='"><script>alert(1)</script>', password="wrong", next='"><img src=x>')
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_after_too_many_failures_the_page_says_how_long_to_wait(client: Client) -> None:
    for _ in range(5):
        sign_in(client, password="wrong")
    answer = sign_in(client)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("path", ["/login", "/logout", "/invite?token=x", "/login/provider"])
def test_our_pages_run_no_script_and_tell_no_other_site_where_people_came_from(
    client: Client, path: str
) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_a_person_without_a_role_sees_whom_to_ask_and_nothing_else(
    owned: Desk, client: Client, echo: Client
) -> None:
    joined(owned, "lead")
    sign_in(echo, "nora")
    people.set_roles(owned, "nora", [], by="-", role="owner")
    page = echo.get("/items")
    assert page.status_code == 403
    assert "Olga" in page.text
    assert echo.send("GET", "/desk/items").status_code == 403
    client.cookies = echo.cookies
    assert [m["type"] for m in client.socket()] == ["websocket.close"]


def test_a_disabled_account_is_out_at_the_next_request(owned: Desk, echo: Client) -> None:
    joined(owned, "rater")
    sign_in(echo, "nora")
    assert echo.get("/").status_code == 200
    people.disable(owned, "nora", by="-", role="owner")
    assert echo.get("/").status_code == 303


@pytest.mark.parametrize(
    ("origin", "host_name", "opens"),
    [
        (SITE, "localhost:8501", True),
        (None, "localhost:8501", True),  # no browser
        ("http://evil.example", "localhost:8501", False),
        ("http://evil.example:8501", "evil.example:8501", False),  # a name bound to this machine
        ("http://localhost:9999", "localhost:8501", False),
        ("null", "localhost:8501", False),
        (None, "localhost:1@evil.example", False),  # no port, so no name of this server
        (None, "localhost:evil.example", False),
        (None, "[::1]:8501", True),
    ],
)
def test_a_socket_of_another_site_is_refused_before_it_opens(
    owned: Desk, echo: Client, origin: str | None, host_name: str, opens: bool
) -> None:
    del owned
    sign_in(echo)
    opened = []

    async def inside(_scope: Scope, _receive: Receive, _send: Send) -> None:
        opened.append(True)

    echo.app = lambda: door.OnlyKnownNames(door.OnlyKnownPeople(inside))
    answered = echo.socket(origin=origin, host=host_name)
    assert bool(opened) is opens
    assert [message["type"] for message in answered] == ([] if opens else ["websocket.close"])


def test_a_socket_ends_at_a_message_of_text(owned: Desk, echo: Client) -> None:
    del owned
    sign_in(echo)
    heard: list[Message] = []

    async def inside(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        heard.extend([await receive(), await receive()])

    echo.app = lambda: door.OnlyKnownNames(door.OnlyKnownPeople(inside))
    echo.socket(frames=[b"\x0a", "text"])
    assert [message["type"] for message in heard] == ["websocket.receive", "websocket.disconnect"]


def pressed() -> bytes:
    """A button that was pressed in a fragment of a page."""
    sent = BackMsg()
    state = sent.rerun_script.widget_states.widgets.add()
    state.id, state.trigger_value = "delete-everything", True
    sent.rerun_script.query_string, sent.rerun_script.fragment_id = "role=owner", "f"
    return sent.SerializeToString()


@pytest.mark.parametrize(
    "ends",
    [
        lambda desk: people.disable(desk, "nora", by="-", role="owner"),
        lambda desk: people.set_roles(desk, "nora", ["rater"], by="-", role="owner"),
        lambda desk: people.end_sessions(desk, "nora", by="-", role="owner"),
    ],
)
def test_a_button_pressed_after_a_change_of_roles_or_the_end_of_a_session_does_nothing(
    owned: Desk, echo: Client, ends: object
) -> None:
    joined(owned, "rater", "lead")
    sign_in(echo, "nora")
    heard: list[BackMsg] = []

    async def inside(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        for change in (None, ends):
            if change is not None:
                change(owned)  # type: ignore[operator]
            message, heard_now = await receive(), BackMsg()
            heard_now.ParseFromString(message["bytes"])
            heard.append(heard_now)

    echo.app = lambda: door.OnlyKnownNames(door.OnlyKnownPeople(inside))
    echo.socket(frames=[pressed(), pressed()])
    before, after = heard
    assert [one.id for one in before.rerun_script.widget_states.widgets] == ["delete-everything"]
    assert len(after.rerun_script.widget_states.widgets) == 0
    assert after.rerun_script.fragment_id == ""
    assert after.rerun_script.query_string == "role=owner"


@pytest.mark.parametrize(
    ("protocols", "buttons"), [("streamlit, x", 1), ("streamlit, x, session-of-before", 0)]
)
def test_a_socket_that_takes_up_an_open_page_begins_by_drawing_it_for_who_is_here_now(
    owned: Desk, echo: Client, protocols: str, buttons: int
) -> None:
    del owned
    sign_in(echo)
    heard: list[BackMsg] = []

    async def inside(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        for _ in range(2):
            heard.append(BackMsg())
            heard[-1].ParseFromString((await receive())["bytes"])

    echo.app = lambda: door.OnlyKnownNames(door.OnlyKnownPeople(inside))
    echo.socket(frames=[pressed(), pressed()], protocols=protocols)
    assert [len(one.rerun_script.widget_states.widgets) for one in heard] == [buttons, 1]


def test_a_file_is_fetched_by_whoever_was_offered_it_and_by_nobody_who_has_its_address(
    owned: Desk, echo: Client
) -> None:
    joined(owned, "rater")
    nora = Client(doored)
    sign_in(nora, "nora")
    sign_in(echo)
    file = "/media/0123456789abcdef0123456789abcdef.csv"

    async def inside(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", "bytes": b"a page with " + file.encode()})

    assert echo.get(file).status_code == 404  # nothing was offered yet
    through = Client(lambda: door.OnlyKnownPeople(inside), cookies=echo.cookies)
    through.socket()
    assert echo.get(file).status_code == 200
    assert nora.get(file).status_code == 404
    assert nora.get("/items").status_code == 200


@pytest.mark.parametrize(
    ("path", "kind", "kept"),
    [
        ("/", "text/html; charset=utf-8", "no-store"),
        ("/Items", "text/html", "no-store"),
        ("/media/0123456789abcdef.csv", "text/csv", "no-store"),
        ("/static/js/index.1234.js", "text/javascript", "public, immutable"),
    ],
)
def test_back_after_signing_out_brings_no_page_and_no_file_from_the_browser_s_cache(
    path: str, kind: str, kept: str
) -> None:
    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        stated = {"content-type": kind, "cache-control": "public, immutable"}
        await Response("x", headers=stated)(scope, receive, send)

    answer = Client(lambda: server.GuardHeaders(inside, "default-src 'none'")).get(path)
    assert answer.headers.get_list("cache-control") == [kept]


def test_a_role_that_was_taken_away_takes_with_it_the_files_that_its_pages_offered(
    owned: Desk, echo: Client
) -> None:
    joined(owned, "rater", "lead")
    sign_in(echo, "nora")
    as_lead, later = (f"/media/{number}123456789abcdef0123456789abcdef.csv" for number in range(2))

    async def inside(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.send", "bytes": as_lead.encode()})
        people.set_roles(owned, "nora", ["rater"], by="-", role="owner")
        for _ in range(2):  # what the lead's page was about to say may come after the first message
            await receive()
        await send({"type": "websocket.send", "bytes": later.encode()})

    echo.app = lambda: door.OnlyKnownPeople(inside)
    echo.socket(frames=[pressed(), pressed()])
    echo.app = doored
    assert [echo.get(file).status_code for file in (as_lead, later)] == [404, 200]
    people.set_roles(owned, "nora", ["rater", "lead"], by="-", role="owner")
    assert echo.get(as_lead).status_code == 200
    people.disable(owned, "nora", by="-", role="owner")
    assert echo.get(as_lead).headers["location"].startswith("/login")


def test_files_that_were_offered_long_ago_are_forgotten_first() -> None:
    person = Person("Nora", frozenset({"rater"}), 7, "password")
    files = handed_out.HandedOut(most=2)
    for number in range(3):
        files.note(f"/media/{number:032} /media/{number:032}".encode(), 7, person.roles)
    assert [files.belongs(f"/media/{number:032}.csv", person) for number in range(3)] == [False, True, True]


def test_while_the_database_is_away_nobody_is_let_in_and_waiting_answers_are_kept(
    owned: Desk, echo: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    del owned
    sign_in(echo)
    heard: list[BackMsg] = []

    def away(*_: object) -> Person | None:
        raise NoConnection

    async def inside(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        for gone in (True, False):
            with monkeypatch.context() as patched:
                if gone:
                    patched.setattr(signed, "person", away)
                heard.append(BackMsg())
                heard[-1].ParseFromString((await receive())["bytes"])

    with monkeypatch.context() as patched:
        patched.setattr(signed, "person", away)
        answer = echo.send("POST", "/desk/submissions")
        assert (answer.status_code, answer.json()) == (503, {"error": failures.AWAY})
        assert [m["type"] for m in echo.socket()] == ["websocket.close"]
    echo.app = lambda: door.OnlyKnownNames(door.OnlyKnownPeople(inside))
    echo.socket(frames=[pressed(), pressed()])
    assert [len(one.rerun_script.widget_states.widgets) for one in heard] == [0, 1]


@pytest.mark.parametrize("frame", [b"", b"\xff\xfe not a message"])
def test_whatever_is_sent_becomes_a_request_to_draw_the_page(frame: bytes) -> None:
    fresh = BackMsg()
    fresh.ParseFromString(fresh_run.without_answers(frame))
    assert fresh.WhichOneof("type") == "rerun_script"


def desk_post(client: Client, path: str, body: object, rater: str) -> httpx.Response:
    headers = {"origin": SITE, desk_routes.MARK: rater, "content-type": "application/json"}
    return client.send("POST", f"/desk/{path}", content=json.dumps(body), headers=headers)


def test_the_desk_answers_a_rater_under_their_own_name_while_the_membership_lives(
    owned: Desk, client: Client
) -> None:
    joined(owned, "rater", rater="ada")
    sign_in(client, "nora")
    keys = signer_of(owned)
    assert desk_post(client, "sign-in", {"ticket": keys.ticket("bob")}, "bob").status_code == 403
    assert desk_post(client, "sign-in", {"ticket": keys.ticket("ada")}, "ada").status_code == 200
    assert desk_post(client, "items", {"count": 1}, "ada").status_code == 200
    client.cookies.set(keys.cookie_name("bob"), keys.cookie("bob"), domain="localhost.local", path="/desk")
    assert desk_post(client, "items", {"count": 1}, "bob").status_code == 403
    people.set_roles(owned, "nora", ["engineer"], by="-", role="owner")
    assert desk_post(client, "items", {"count": 1}, "ada").status_code == 403
    people.set_roles(owned, "nora", ["rater"], by="-", role="owner")
    assert desk_post(client, "items", {"count": 1}, "ada").status_code == 200
    people.disable(owned, "nora", by="-", role="owner")
    assert desk_post(client, "items", {"count": 1}, "ada").status_code == 401


def test_an_invitation_opens_the_study_once(owned: Desk, client: Client) -> None:
    link = inviting.invite(owned, ["rater"], by="Olga <b>", role=HOLDER)
    page = client.get(f"/invite?token={link.token}")
    assert "Olga &lt;b&gt;" in page.text
    form = {"token": link.token, "login": "nora", "name": "Nora", "password": SECRET}
    weak = client.post("/invite", {**form, "password": "short"})
    assert weak.status_code == 422
    assert "at least 12" in weak.text
    assert 'value="Nora"' in weak.text
    assert "short" not in weak.text
    assert client.post("/invite", form).headers["location"] == "/rate"
    again = Client(ours)
    assert again.get(f"/invite?token={link.token}").status_code == 410
    assert again.post("/invite", {**form, "login": "eve", "name": "Eve"}).status_code == 410


def test_a_password_is_changed_by_whoever_knows_the_old_one(owned: Desk, client: Client) -> None:
    del owned
    sign_in(client)
    other = Client(ours)
    sign_in(other)
    new = {"password": "another long password"}
    assert client.post("/password", {"old": "wrong", **new}).status_code == 403
    assert client.post("/password", {"old": SECRET, "password": "short"}).status_code == 422
    assert client.post("/password", {"old": SECRET, **new}).status_code == 303
    assert client.send("GET", "/password", headers=HTML).status_code == 200
    assert other.send("GET", "/password", headers=HTML).status_code == 303


def test_the_page_of_the_password_asks_whether_tokens_end_and_takes_no_answer_for_yes(
    owned: Desk, client: Client
) -> None:
    sign_in(client)
    assert "personal tokens" not in client.send("GET", "/password", headers=HTML).text
    first, second = (personal_tokens.make(owned, "olga", name="ci", by="Olga").token for _ in range(2))
    shown = client.send("GET", "/password", headers=HTML).text
    assert 'value="yes" checked>Also end my personal tokens (2)</label>' in shown
    kept = {"password": "another long password", "asked_tokens": "yes"}
    again = client.post("/password", {"old": "wrong", **kept}).text
    assert 'value="yes">Also end my personal tokens (2)</label>' in again  # the choice is not forgotten
    assert client.post("/password", {"old": SECRET, **kept}).status_code == 303
    assert acting.of_token(owned, first) is not None
    client.post("/password", {"old": "another long password", "password": SECRET})
    assert acting.of_token(owned, second) is None


def test_without_an_account_everybody_on_this_machine_is_let_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    monkeypatch.setattr(host, "desk", lambda: desk)
    alone = Client(doored)
    assert alone.get("/").text == " ['engineer', 'lead', 'owner', 'rater']"
    people.add_account(desk, "olga", name="Olga", password=SECRET, roles=["owner"], by="-", role=HOLDER)
    assert alone.get("/").status_code == 303


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host"])
def test_without_an_account_nothing_is_served_through_a_proxy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    monkeypatch.setattr(host, "desk", lambda: desk)
    answer = Client(doored).send("GET", "/", headers={header: "203.0.113.5"})
    assert answer.status_code == 403
    assert "calibrant account add" in answer.text


def test_a_public_address_gives_the_names_the_origin_and_secure_cookies(owned: Desk) -> None:
    reach.use(server.reached("127.0.0.1", public_url="https://rate.example.org/"))
    away = Client(ours, site="https://rate.example.org")
    assert Client(ours, site="https://other.example.org").get("/login").status_code == 421
    assert away.post("/login", {}, origin="https://other.example.org").status_code == 403
    answer = sign_in(away)
    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith(f"__Host-calibrant-session-{signer_of(owned).study}=")
    assert "Secure" in answer.headers["set-cookie"]


def test_streamlit_is_told_the_public_name_and_asks_no_other_host_for_its_own(owned: Desk) -> None:
    del owned
    reach.use(server.reached("127.0.0.1", public_url="https://rate.example.org"))
    server.build_app()
    assert config.get_option("browser.serverAddress") == "rate.example.org"
    assert is_url_from_allowed_origins("https://rate.example.org")
    reach.use(reach.Reach())
    server.build_app()


def test_the_socket_of_a_public_address_is_opened_by_its_own_pages_alone(owned: Desk, echo: Client) -> None:
    del owned
    reach.use(server.reached("127.0.0.1", public_url="https://rate.example.org"))
    scope = {"scheme": "ws", "headers": [(b"host", b"rate.example.org")]}
    assert reach.current().is_ours("https://rate.example.org", scope)
    assert not reach.current().is_ours("http://rate.example.org", scope)
    assert not reach.current().is_ours("https://evil.example", scope)
    assert [m["type"] for m in echo.socket(origin="https://evil.example", host="rate.example.org")] == [
        "websocket.close"
    ]


@pytest.mark.parametrize("address", ["192.0.2.1", "::", "rate.local"])
def test_another_address_is_refused_as_long_as_nobody_can_sign_in(
    desk: Desk, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    monkeypatch.setattr(host, "desk", lambda: desk)
    for public in (None, "https://rate.example.org"):
        with pytest.raises(server.ServerFailed, match="calibrant account add"):
            server.reached(address, public_url=public)
    with pytest.raises(server.ServerFailed, match="calibrant account add"):
        server.reached("127.0.0.1", public_url="https://rate.example.org")  # behind a proxy
    people.add_account(desk, "olga", name="Olga", password=SECRET, roles=["owner"], by="-", role=HOLDER)
    with pytest.raises(server.ServerFailed, match="--public-url"):
        server.reached(address, public_url=None)
    assert server.reached(address, public_url="https://rate.example.org").login


@pytest.mark.parametrize(
    "public", ["rate.example.org", "ftp://x", "https://", "https://a/b", "https://u:p@a"]
)
def test_what_is_no_public_address_is_refused(public: str) -> None:
    with pytest.raises(reach.UnusableAddress):
        reach.public(public)


def test_one_key_for_all_servers_gives_each_study_its_own(
    owned: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "k" * 40)
    first = signer_of(owned)
    assert first == signer_of(owned)
    other_key = owned.study_file.study.model_copy(update={"key": "another-study"})
    other = replace(owned, study_file=owned.study_file.model_copy(update={"study": other_key}))
    assert signer_of(other).study != first.study
    assert signer_of(other).of_cookie(first.cookie("ada")) is None
    assert first.of_cookie(Signer(b"k" * 40).cookie("ada")) is None
    monkeypatch.setenv(KEY_VARIABLE, "too short")
    with pytest.raises(UnusableKey, match="32 bytes"):
        signer_of(owned)
