"""Login providers (OIDC): Streamlit's login asks them; what it brings home becomes our session, once."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from streamlit import auth_util
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from annotate_app.services.provided import Vouched

EXCHANGE, START = "/login/provider", "/login/start"
STREAMLITS: Final = ("/auth/login", "/oauth2callback")
FRESH_DAYS = 10 / 1440  # what Streamlit's login brings home is turned into a session within ten minutes
DEFAULT = "default"
VARIABLES: Final = {
    "server_metadata_url": "CALIBRANT_OIDC_METADATA_URL",
    "client_id": "CALIBRANT_OIDC_CLIENT_ID",
    "client_secret": "CALIBRANT_OIDC_CLIENT_SECRET",
}
SECRETS = Path(".streamlit") / "secrets.toml"

Auth = dict[str, Any]


class UnusableProvider(ValueError):
    """The login provider's settings cannot be used: the message says which and why."""


def settings(folder: Path) -> Auth | None:
    """The [auth] section: of the environment, else of .streamlit/secrets.toml in the study folder or here."""
    found = _settings(folder)
    if found is not None and not auth_util.is_authlib_installed():
        raise UnusableProvider("the login provider needs authlib: pip install 'calibrant[login]'")
    return found


def _settings(folder: Path) -> Auth | None:
    given = {name: os.environ[variable] for name, variable in VARIABLES.items() if os.environ.get(variable)}
    if given:
        if missing := [VARIABLES[name] for name in VARIABLES if name not in given]:
            raise UnusableProvider(f"the login provider needs {' and '.join(missing)} too")
        return dict(given)
    for place in dict.fromkeys((folder / SECRETS, Path.cwd() / SECRETS)):
        if place.is_file():
            try:
                found = tomllib.loads(place.read_text(encoding="utf-8")).get("auth")
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise UnusableProvider(f"{place} is not TOML: {error}") from error
            if found is not None:
                return _checked(found, place)
    return None


def _checked(found: object, place: Path) -> Auth:
    if not isinstance(found, dict) or not names(found):
        raise UnusableProvider(
            f"{place}: [auth] needs client_id, client_secret and server_metadata_url, at its top or in "
            "[auth.NAME]"
        )
    return found


def completed(auth: Auth, *, origin: str, cookie_secret: str) -> Auth:
    """The section with what we know better: where people come back to, and what signs the cookies."""
    return {**auth, "redirect_uri": f"{origin}/oauth2callback", "cookie_secret": cookie_secret}


def names(auth: Mapping[str, Any]) -> tuple[str, ...]:
    """The providers of a section: `default` where its top names one, and each [auth.NAME]."""
    needed = set(VARIABLES)
    named = [name for name, part in auth.items() if isinstance(part, dict) and needed <= set(part)]
    return (*((DEFAULT,) if needed <= set(auth) else ()), *named)


_offered: tuple[str, ...] = ()


def offer(found: tuple[str, ...]) -> None:
    """Say which providers this process has; the server does when it starts."""
    global _offered  # noqa: PLW0603
    _offered = found


def offered() -> tuple[str, ...]:
    return _offered


def shown(name: str) -> str:
    """A provider's name for people."""
    return "your organisation" if name == DEFAULT else name.capitalize()


def address(name: str) -> str:
    """Where Streamlit's login begins for a provider."""
    return f"/auth/login?provider={auth_util.encode_provider_token(name)}"


def signed_in_there(cookies: Mapping[str, str]) -> bool:
    """Whether a provider's answer has just come home."""
    return bool(_offered) and USER_COOKIE_NAME in cookies


def vouched(cookies: Mapping[str, str], *, origin: str) -> Vouched | None:
    """What the provider said of the person, as Streamlit signed it; None when it is old or not for us."""
    content = auth_util.get_cookie_with_chunks(lambda name: _opened(cookies, name), USER_COOKIE_NAME)
    if content is None:
        return None
    told = json.loads(content)
    issuer, subject = told.get("iss"), told.get("sub")
    if told.get("origin") != origin or not told.get("is_logged_in") or told.get("provider") not in _offered:
        return None
    if not (isinstance(issuer, str) and isinstance(subject, str) and issuer and subject):
        return None
    verified = told.get("email_verified") is True and isinstance(told.get("email"), str)
    return Vouched(issuer, subject, str(told.get("name") or ""), told["email"] if verified else None)


def brought(cookies: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the cookies that Streamlit's login left, to be removed once they were used."""
    return tuple(name for name in cookies if name.startswith((USER_COOKIE_NAME, TOKENS_COOKIE_NAME)))


def _opened(cookies: Mapping[str, str], name: str) -> bytes | None:
    value = cookies.get(name)
    return None if value is None else decode_signed_value(get_cookie_secret(), name, value, FRESH_DAYS)
