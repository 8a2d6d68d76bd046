"""The login page without a browser: its form is sent, and the session's cookie comes back; draws nothing."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from benchmarks.people.line import Answer, Line


async def sign_in(line: Line, login: str, password: str) -> dict[str, str]:
    """The cookies of a session that began just now; none where the server refused or nothing came back."""
    found = await _send(line, "/login", {"login": login, "password": password, "next": "/"}, {})
    return dict(one.split("=", 1) for one in found.cookies) if found.status == 303 else {}


async def sign_out(line: Line, cookies: Mapping[str, str]) -> bool:
    """End the session of these cookies; whether the server said so."""
    return (await _send(line, "/logout", {}, cookies)).status == 200


async def _send(line: Line, path: str, form: Mapping[str, str], cookies: Mapping[str, str]) -> Answer:
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "origin": f"http://{line.name}:{line.port}",
        "sec-fetch-site": "same-origin",
    }
    if cookies:
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return await line.send("POST", path, urlencode(form).encode(), headers)
