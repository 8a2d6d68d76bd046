"""Routes of the pages before the study: sign in and out, links, passwords; refuses forms of other sites."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from annotate_app.desk import Desk
from annotate_app.services import acting, inviting, passwords, provided, signing_in
from annotate_app.services.acting import SESSION_DAYS, Person
from annotate_app.services.inviting import InvitationUnusable
from annotate_app.services.naming import UnusableName
from annotate_app.services.passwords import WeakPassword
from annotate_app.services.people import CannotChangePeople
from annotate_app.services.provided import NoMembership
from annotate_app.services.signing_in import Begun, LoginFailed, TooManyAttempts
from annotate_app.serving import door, door_pages, providers
from annotate_app.ui import host, reach, signed

LARGEST_FORM = 16_384
INVITED_COOKIE = "calibrant-invited"  # carries a link's token past the provider, to be used once
INVITED_SECONDS = 600

# Passwords take their time: whoever sends many keeps nobody who rates from a thread.
_forms = ThreadPoolExecutor(passwords.AT_ONCE, thread_name_prefix="door")

Answer = Callable[[Desk, Request, Mapping[str, str]], Response]
REFUSALS: Final = (CannotChangePeople, UnusableName, WeakPassword, LoginFailed, TooManyAttempts)


class Refused(Exception):
    """A form that is not taken: its status and why."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


def _answered(show: Answer, take: Answer | None = None) -> Callable[[Request], Awaitable[Response]]:
    """A page that is shown on GET and takes its form on POST; both run beside the event loop."""

    async def answer(request: Request) -> Response:
        if not host.has_study():
            return RedirectResponse("/", 303, door_pages.HEADERS)
        desk = host.desk()
        try:
            if request.method == "POST" and take is not None:
                form = await _form(request)
                running = copy_context().run
                return await asyncio.get_running_loop().run_in_executor(
                    _forms, running, take, desk, request, form
                )
            return await run_in_threadpool(show, desk, request, request.query_params)
        except Refused as refused:
            return _page(door_pages.refused(_study(desk), str(refused)), refused.status)

    return answer


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form that one of our own pages sent."""
    origin = request.headers.get("origin", "null")
    site = request.headers.get("sec-fetch-site")
    ours = reach.current().is_ours(origin, request.scope)
    ours = ours or (origin == "null" and site == "same-origin")
    if not ours or site == "cross-site":
        raise Refused(403, "This form was sent from another site. Open the page here, and fill it in anew.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise Refused(413, "This form is too long.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise Refused(422, "This form cannot be read. Open the page and fill it in anew.") from error


def _show_login(desk: Desk, request: Request, asked: Mapping[str, str]) -> Response:
    onward = own_path(asked.get("next", ""))
    person = signed.person(desk, request.cookies)
    if person is not None and person.roles:
        return RedirectResponse(onward, 303, door_pages.HEADERS)
    return _page(door_pages.login(_study(desk), onward=onward, ways=_ways()))


def _take_login(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    onward, login = own_path(form.get("next", "")), form.get("login", "")
    try:
        begun = signing_in.sign_in(desk, login, form.get("password", ""), client=_client(request))
    except (LoginFailed, TooManyAttempts) as failed:
        page = door_pages.login(_study(desk), error=str(failed), login=login, onward=onward, ways=_ways())
        return _failed(page, failed)
    return _entered(desk, request, begun, onward)


def _show_logout(desk: Desk, request: Request, _asked: Mapping[str, str]) -> Response:
    person = signed.person(desk, request.cookies)
    if person is None or person.how == "alone":
        return RedirectResponse("/", 303, door_pages.HEADERS)
    return _page(door_pages.logout(_study(desk), person.name))


def _take_logout(desk: Desk, request: Request, _form: Mapping[str, str]) -> Response:
    name = signed.cookie_name(desk)
    if token := request.cookies.get(name):
        signing_in.sign_out(desk, token)
    response = _page(door_pages.signed_out(_study(desk)))
    response.delete_cookie(name, path="/", secure=reach.current().secure, httponly=True, samesite="lax")
    response.headers["clear-site-data"] = '"cache"'
    return response


def _show_invite(desk: Desk, _request: Request, asked: Mapping[str, str]) -> Response:
    token = asked.get("token", "")
    try:
        return _page(_link_page(desk, token))
    except InvitationUnusable as unusable:
        return _page(door_pages.unusable(_study(desk), str(unusable)), 410)


def _take_invite(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    token, password = form.get("token", ""), form.get("password", "")
    try:
        if inviting.open_link(desk, token).account is not None:
            return _entered(desk, request, inviting.set_password(desk, token, password), "/")
        begun = inviting.accept(
            desk, token, login=form.get("login", ""), name=form.get("name", ""), password=password,
            client=_client(request),
        )  # fmt: skip
    except InvitationUnusable as unusable:
        return _page(door_pages.unusable(_study(desk), str(unusable)), 410)
    except REFUSALS as refused:
        return _failed(_link_page(desk, token, error=_sentence(refused), given=form), refused)
    return _entered(desk, request, begun, "/")


def _link_page(desk: Desk, token: str, *, error: str = "", given: Mapping[str, str] | None = None) -> str:
    invited = inviting.open_link(desk, token)
    if invited.account is not None:
        return door_pages.set_password(_study(desk), token, invited, error=error)
    ways = {name: f"{providers.START}?to={quote(way)}&token={quote(token)}" for name, way in _named().items()}
    return door_pages.join(_study(desk), token, invited, error=error, given=given, ways=ways)


def _show_password(desk: Desk, request: Request, _asked: Mapping[str, str]) -> Response:
    person = signed.of_request(desk, request)
    if person is None or person.how != "password":
        raise Refused(404, "There is no password to change: you signed in another way.")
    return _page(_password_page(desk, person))


def _take_password(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    person = signed.of_request(desk, request)
    if person is None or person.how != "password":
        raise Refused(404, "There is no password to change: you signed in another way.")
    old, new = form.get("old", ""), form.get("password", "")
    ending = door_pages.ends_tokens(form)
    try:
        begun = signing_in.change_password(desk, person, old, new, client=_client(request), tokens=ending)
    except LoginFailed:
        said = "The present password is not right."
        return _page(_password_page(desk, person, error=said, ending=ending), 403)
    except (TooManyAttempts, WeakPassword) as refused:
        return _failed(_password_page(desk, person, error=_sentence(refused), ending=ending), refused)
    return _entered(desk, request, begun, "/")


def _password_page(desk: Desk, person: Person, *, error: str = "", ending: bool = True) -> str:
    tokens = signing_in.live_tokens(desk, person)
    return door_pages.change_password(_study(desk), person.login, tokens=tokens, ending=ending, error=error)


def _start(_desk: Desk, _request: Request, asked: Mapping[str, str]) -> Response:
    """To the provider, with a link's token kept in a cookie until the way back."""
    way = asked.get("to", "")
    if way not in providers.offered():
        raise Refused(404, "There is no such way to sign in.")
    response = RedirectResponse(providers.address(way), 303, door_pages.HEADERS)
    if token := asked.get("token", ""):
        response.set_cookie(
            INVITED_COOKIE, token, max_age=INVITED_SECONDS, path=providers.EXCHANGE, httponly=True,
            samesite="lax", secure=reach.current().secure,
        )  # fmt: skip
    return response


def _exchange(desk: Desk, request: Request, _asked: Mapping[str, str]) -> Response:
    """What Streamlit's login brought home becomes a session, and is removed from the browser."""
    here = reach.current()
    origin = here.public_url or f"{request.url.scheme}://{request.url.netloc}"
    vouched = providers.vouched(request.cookies, origin=origin)
    if vouched is None:
        response: Response = RedirectResponse("/login", 303, door_pages.HEADERS)
    else:
        response = _vouched_for(desk, request, vouched)
    for name in (*providers.brought(request.cookies), INVITED_COOKIE):
        response.delete_cookie(name, path=providers.EXCHANGE if name == INVITED_COOKIE else "/")
    return response


def _vouched_for(desk: Desk, request: Request, vouched: provided.Vouched) -> Response:
    study = _study(desk)
    try:
        begun = provided.enter(desk, vouched, token=request.cookies.get(INVITED_COOKIE))
    except NoMembership as nobody:
        return _page(door_pages.no_role(study, nobody.name, nobody.owners), 403)
    except InvitationUnusable as unusable:
        return _page(door_pages.unusable(study, str(unusable)), 410)
    except REFUSALS as refused:
        return _page(door_pages.refused(study, _sentence(refused)), 409)
    return _entered(desk, request, begun, "/")


def _first_page(desk: Desk, begun: Begun, onward: str) -> str:
    """Where somebody who has just signed in goes: who only rates, and came for no page, to rate."""
    person = acting.of_session(desk, begun.token)
    rates = person is not None and person.roles == {"rater"} and person.rater is not None
    return "/rate" if onward == "/" and rates else onward


def _entered(desk: Desk, request: Request, begun: Begun, onward: str) -> Response:
    """Into the study with a session that began just now; one that the browser brought along ends."""
    name, here = signed.cookie_name(desk), reach.current()
    if brought := request.cookies.get(name):
        signing_in.sign_out(desk, brought)
    response = RedirectResponse(_first_page(desk, begun, onward), 303, door_pages.HEADERS)
    response.set_cookie(
        name, begun.token, max_age=SESSION_DAYS * 86_400, path="/", httponly=True, samesite="lax",
        secure=here.secure,
    )  # fmt: skip
    return response


def own_path(wanted: str) -> str:
    """A path of this server, whatever was asked for: another place becomes the first page."""
    parts = urlsplit(wanted)
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and not parts.scheme and not parts.netloc and "\\" not in wanted else "/"


def _ways() -> dict[str, str]:
    return {name: f"{providers.START}?to={quote(way)}" for name, way in _named().items()}


def _named() -> dict[str, str]:
    return {providers.shown(way): way for way in providers.offered()}


def _failed(page: str, refused: Exception) -> Response:
    if isinstance(refused, TooManyAttempts):
        return _page(page, 429, {"retry-after": str(refused.seconds)})
    return _page(page, 403 if isinstance(refused, LoginFailed) else 422)


def _page(html: str, status: int = 200, more: Mapping[str, str] | None = None) -> Response:
    return HTMLResponse(html, status, {**door_pages.HEADERS, **(more or {})})


def _sentence(error: Exception) -> str:
    words = str(error)
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")


def _study(desk: Desk) -> str:
    return desk.study_file.study.name


def _client(request: Request) -> str:
    return request.client.host if request.client is not None else ""


async def _style(_request: Request) -> Response:
    return Response(door_pages.style(), media_type="text/css", headers={"cache-control": "max-age=3600"})


ROUTES = [
    Route(door.LOGIN, _answered(_show_login, _take_login), methods=["GET", "POST"]),
    Route(door.LOGOUT, _answered(_show_logout, _take_logout), methods=["GET", "POST"]),
    Route(door.INVITE, _answered(_show_invite, _take_invite), methods=["GET", "POST"]),
    Route(door.PASSWORD, _answered(_show_password, _take_password), methods=["GET", "POST"]),
    Route(providers.START, _answered(_start)),
    Route(providers.EXCHANGE, _answered(_exchange)),
    Route(door.STYLE, _style),
]
