"""The desk's own routes: items out, answers in; refuses whoever is not signed in from our own page."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import unquote

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from annotate_app import logs
from annotate_app.desk import Desk
from annotate_app.services import labelling, training
from annotate_app.services.labelling import (
    InvalidSubmission,
    SubmissionConflict,
    UnknownItem,
    UnknownRater,
)
from annotate_app.services.prefetching import release_others
from annotate_app.services.rights import allowed
from annotate_app.services.why import why_asked
from annotate_app.store import failures
from annotate_app.ui import host, reach, signed
from annotate_app.ui.rating_desk import asides, messages, remembering, training_messages
from annotate_app.ui.rating_desk.asides import Asked, Seen
from annotate_app.ui.rating_desk.identity import COOKIE_SECONDS, Signer, signer_of
from annotate_app.ui.rating_desk.messages import JSON, Leaving, Message, Outbox, Sent, SignIn, Undo, Wanted
from annotate_app.ui.rating_desk.remembering import Remembered, known
from annotate_app.ui.rating_desk.training_messages import Begin, begin

PATH = "/desk"
MARK = "x-calibrant-rater"  # a header that no form or image of another site can send
LARGEST_BODY = 1_000_000
AHEAD = 10  # items that a page may hold while many are left

M = TypeVar("M", bound=Message)
Handler = Callable[[Desk, str, M], JSON]


class Refused(Exception):
    """A request that is not served: its status and what the page is told."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


def _guarded(
    answer: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Turns what is refused into JSON with a status; nothing here is kept by a cache."""

    async def guarded(request: Request) -> Response:
        try:
            if not host.has_study():
                raise Refused(409, "there is no study in this folder yet: make one on the page")
            response = await answer(request)
        except Refused as refused:
            response = JSONResponse({"error": str(refused)}, status_code=refused.status)
        response.headers["cache-control"] = "no-store"
        return response

    return guarded


def _signed_in(kind: type[M], handle: Handler[M]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        rater = _claimed_rater(request)
        _is_themselves(request, rater)
        keys = signer_of(host.desk())
        named = keys.of_cookie(request.cookies.get(keys.cookie_name(rater), ""))
        if named is None:
            raise Refused(401, "not signed in: open the Rate page and choose your name")
        if named != rater:
            raise Refused(403, "signed in under another name: open the Rate page and choose yours")
        message = await _message(request, kind)
        return JSONResponse(await run_in_threadpool(_handled, handle, rater, message))

    return _guarded(answer)


def _is_themselves(request: Request, rater: str) -> None:
    """Refuses whoever is not, or is no longer, the person who rates under this name."""
    person = signed.of_request(host.desk(), request)
    if person is None:
        raise Refused(401, "not signed in any more: reload the page and sign in")
    if person.how == "alone":
        return
    if person.rater != rater or not any(allowed(role, "labels.give") for role in person.roles):
        raise Refused(403, "this name is not yours to rate under: reload the page")


def _handled(handle: Handler[M], rater: str, message: M) -> JSON:
    try:
        return handle(host.desk(), rater, message)
    except UnknownRater as unknown:
        raise Refused(403, str(unknown)) from unknown
    except failures.DATABASE_ERRORS as failed:
        # Nothing was acknowledged: the page keeps what it sent, says why, and sends it again.
        said = failures.words(failed)
        if said is None:
            raise
        logs.event("desk.database_failed", {"why": said}, level=logging.ERROR, error=failed)
        raise Refused(503, said) from failed


def _claimed_rater(request: Request) -> str:
    """The name that the page says it acts for; only our own page can say one."""
    rater = unquote(request.headers.get(MARK, ""))
    origin = request.headers.get("origin", "")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if not rater or site != "same-origin" or not reach.current().is_ours(origin, request.scope):
        raise Refused(403, "only the Rate page may ask this")
    return rater


async def _message(request: Request, kind: type[M]) -> M:
    body = await _body(request)
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in found["loc"]) or "the request"
        raise Refused(422, f"{place}: {found['msg']}") from error


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Refused(413, f"more than {LARGEST_BODY} bytes at once: send less")
    return bytes(body)


@_guarded
async def sign_in(request: Request) -> Response:
    """Turn the page's ticket into a cookie for these routes."""
    rater = _claimed_rater(request)
    _is_themselves(request, rater)
    message = await _message(request, SignIn)
    keys: Signer = signer_of(host.desk())
    if keys.of_ticket(message.ticket) != rater:
        raise Refused(401, "this sign-in is too old: reload the page")
    response = JSONResponse({"rater": rater})
    response.set_cookie(
        keys.cookie_name(rater), keys.cookie(rater), max_age=COOKIE_SECONDS, path=PATH, httponly=True,
        samesite="strict", secure=reach.current().secure,
    )  # fmt: skip
    return response


@_guarded
async def sign_out(request: Request) -> Response:
    """Forget the cookie; what the rater had reserved goes back to the queue."""
    rater = _claimed_rater(request)
    response = await _signed_in(Leaving, _leave)(request)
    response.delete_cookie(signer_of(host.desk()).cookie_name(rater), path=PATH)
    return response


def _items(desk: Desk, rater: str, wanted: Wanted) -> JSON:
    """The next items, how far the rater is, and the rubric when the page has another wording."""
    progress = labelling.progress(desk, rater)
    ahead = max(3, min(AHEAD, progress.left // 10))
    held = [one.value() for one in wanted.held]
    upcoming = labelling.next_items(
        desk, rater, count=min(wanted.count, max(ahead - len(held), 1)), held=held
    )
    changed = wanted.rubric_sha256 != desk.rubric.sha256
    return {
        "tasks": [
            messages.next_item(found, desk.study_file.study.image_hosts, why_asked(desk, found))
            | {"seal": remembering.sealed(desk, rater, found)}
            for found in upcoming
        ],
        "ahead": ahead,
        "done": progress.done,
        "left": progress.left,
        "last": labelling.last_standing(desk, rater),
        "training": training_messages.standing(training.state(desk, rater)),
        "beside": asides.beside(desk, rater, left=progress.left),
        "form": messages.form(desk.rubric) if changed else None,
        "process": remembering.PROCESS,
    }


def _submissions(desk: Desk, rater: str, outbox: Outbox) -> JSON:
    """Every operation in its order, each durable before the next; what is refused is named, not dropped.

    Nothing is stored for a page that has not noticed that another process answers: what an earlier one
    acknowledged might not be there, and would have to come first.
    """
    if outbox.rater != rater:
        raise Refused(403, "these answers are another rater's: they were not saved")
    if remembering.is_strange(outbox):
        return {"process": remembering.PROCESS}
    return {"results": [{"id": op.submission_id, **_done(desk, rater, op)} for op in outbox.operations]}


def _done(desk: Desk, rater: str, operation: Sent | Undo) -> JSON:
    try:
        if isinstance(operation, Undo):
            taken = labelling.take_back(desk, rater, operation.submission_id)
            return {"saved": True, "duplicate": False} if taken is None else messages.receipt(taken)
        saved = messages.receipt(remembering.submit(desk, rater, operation))
        if operation.purpose == "training":
            saved["explanation"] = training_messages.explanation(desk, rater, operation.submission_id)
        return saved
    except InvalidSubmission as invalid:
        named = [{"criterion": p.criterion, "message": p.message} for p in invalid.problems]
        return {"saved": False, "problems": named}
    except (UnknownItem, SubmissionConflict) as wrong:
        return {"saved": False, "problems": [{"criterion": "", "message": str(wrong)}]}


def _leave(desk: Desk, rater: str, leaving: Leaving) -> JSON:
    return {"released": release_others(desk, rater, [one.value() for one in leaving.keep])}


ROUTES = [
    Route(f"{PATH}/sign-in", sign_in, methods=["POST"]),
    Route(f"{PATH}/sign-out", sign_out, methods=["POST"]),
    Route(f"{PATH}/items", _signed_in(Wanted, _items), methods=["POST"]),
    Route(f"{PATH}/submissions", _signed_in(Outbox, _submissions), methods=["POST"]),
    Route(f"{PATH}/known", _signed_in(Remembered, known), methods=["POST"]),
    Route(f"{PATH}/training", _signed_in(Begin, begin), methods=["POST"]),
    Route(f"{PATH}/ask", _signed_in(Asked, asides.ask), methods=["POST"]),
    Route(f"{PATH}/seen", _signed_in(Seen, asides.seen), methods=["POST"]),
    Route(f"{PATH}/release", _signed_in(Leaving, _leave), methods=["POST"]),
]
