"""A browser without a page, over the rating desk's routes in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from starlette.applications import Starlette

from annotate_app.ui.rating_desk import routes

SITE = "http://localhost:8501"


class Client:
    """A browser without a page: it keeps cookies and calls the routes in this process."""

    def __init__(self) -> None:
        self.cookies = httpx.Cookies()

    def post(self, path: str, content: str, headers: Mapping[str, str]) -> httpx.Response:
        # In a thread of its own: where a browser runs in this process, its loop has the main one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, self._post(path, content, headers)).result()

    async def _post(self, path: str, content: str, headers: Mapping[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=routes.ROUTES))
        async with httpx.AsyncClient(transport=transport, base_url=SITE, cookies=self.cookies) as browser:
            response = await browser.post(path, content=content, headers=dict(headers))
            self.cookies = browser.cookies
        return response


def ask(client: Client, path: str, body: object, rater: str = "ada", **headers: str) -> Any:
    named = {"origin": SITE, routes.MARK: rater, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return client.post(f"/desk/{path}", content=json.dumps(body), headers=named)
