"""What a login provider's answer must be to count, and which settings are no provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette import starlette_app_utils

from annotate_app.services.provided import Vouched
from annotate_app.serving import providers

ORIGIN = "https://rate.example.org"
TOLD = {
    "iss": "https://login.example.org", "sub": "7", "name": "Ada", "email": "ada@example.org",
    "email_verified": True, "origin": ORIGIN, "is_logged_in": True, "provider": "default",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _offered() -> Iterator[None]:
    providers.offer(("default",))
    yield
    providers.offer(())


def cookies(secret: str | None = None, **changes: object) -> dict[str, str]:
    """The cookie that Streamlit's login sets."""
    content = json.dumps({**TOLD, **changes})
    signed = starlette_app_utils.create_signed_value(
        secret or get_cookie_secret(), "_streamlit_user", content
    )
    return {"_streamlit_user": signed.decode()}


def test_a_verified_address_counts_and_another_does_not() -> None:
    found = providers.vouched(cookies(), origin=ORIGIN)
    assert found == Vouched("https://login.example.org", "7", "Ada", "ada@example.org")
    for said in (False, "true", None, 1):
        unsure = providers.vouched(cookies(email_verified=said), origin=ORIGIN)
        assert unsure is not None
        assert unsure.email is None


@pytest.mark.parametrize(
    "changes",
    [{"origin": "https://evil.example"}, {"is_logged_in": False}, {"sub": ""}, {"iss": None}, {"sub": 7},
     {"provider": "other"}],
)  # fmt: skip
def test_what_was_not_told_to_us_about_somebody_counts_for_nothing(changes: dict[str, object]) -> None:
    assert providers.vouched(cookies(**changes), origin=ORIGIN) is None


def test_a_cookie_that_we_did_not_sign_or_that_is_old_counts_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert providers.vouched(cookies(secret="x" * 64), origin=ORIGIN) is None
    assert providers.vouched({"_streamlit_user": "x"}, origin=ORIGIN) is None
    fresh = cookies()
    assert providers.vouched(fresh, origin=ORIGIN) is not None
    monkeypatch.setattr(providers, "FRESH_DAYS", -1)
    assert providers.vouched(fresh, origin=ORIGIN) is None


def test_without_a_provider_nothing_that_a_browser_brings_is_looked_at() -> None:
    providers.offer(())
    assert not providers.signed_in_there(cookies())
    assert providers.vouched(cookies(), origin=ORIGIN) is None


def test_settings_are_of_the_environment_or_of_the_study_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert providers.settings(tmp_path) is None
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    three = 'client_id = "a"\nclient_secret = "b"\nserver_metadata_url = "c"\n'
    secrets.write_text(f"[auth]\n{three}[auth.google]\n{three}", encoding="utf-8")
    found = providers.settings(tmp_path)
    assert found is not None
    assert providers.names(found) == ("default", "google")
    made = providers.completed(found, origin=ORIGIN, cookie_secret="s")
    assert made["redirect_uri"] == f"{ORIGIN}/oauth2callback"
    for name, variable in providers.VARIABLES.items():
        monkeypatch.setenv(variable, name)
    assert providers.settings(tmp_path) == {name: name for name in providers.VARIABLES}


@pytest.mark.parametrize(
    "text", ["[auth]\nclient_id = 'a'", "auth = 3", "[auth", "[auth.google]\nclient_id = 'a'"]
)
def test_settings_that_are_no_provider_are_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(text, encoding="utf-8")
    with pytest.raises(providers.UnusableProvider, match=r"secrets\.toml"):
        providers.settings(tmp_path)


def test_half_of_the_environment_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIBRANT_OIDC_CLIENT_ID", "a")
    with pytest.raises(providers.UnusableProvider, match="CALIBRANT_OIDC_METADATA_URL"):
        providers.settings(tmp_path)
