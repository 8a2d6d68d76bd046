"""The company's login from end to end: a real authlib, a provider on this machine, and who gets in by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import small_study
import warm
from fake_provider import CLIENT, SECRET, Provider
from playwright.sync_api import Browser, Page, expect
from running import Server

from benchmarks.people.ports import free_port

pytestmark = pytest.mark.journey

OLGA = {"sub": "1", "name": "Olga P", "email": "olga@example.org", "email_verified": True}
UNVERIFIED = {"sub": "2", "name": "Mallory", "email": "olga@example.org", "email_verified": False}
STRANGER = {"sub": "3", "name": "Sam", "email": "sam@example.org", "email_verified": True}
ADA = {"sub": "4", "name": "Ada Lovelace"}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider that the server is told of by its environment."""
    started = Provider()
    started.start()
    monkeypatch.setenv("CALIBRANT_OIDC_METADATA_URL", f"{started.issuer}/.well-known/openid-configuration")
    monkeypatch.setenv("CALIBRANT_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("CALIBRANT_OIDC_CLIENT_SECRET", SECRET)
    yield started
    started.stop()


@pytest.fixture
def server(provider: Provider, study: Path) -> Iterator[Server]:
    del provider
    started = Server(study, free_port())
    started.start()
    yield started
    if started.process is not None:
        started.kill()


def account(study: Path, *words: str) -> str:
    done = warm.Run(warm.SERVE, ["account", *words, "--study", str(study)]).ended()
    assert done.returncode == 0, done.stderr
    return done.stdout


def sign_in(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("link", name="Sign in with your organisation").click()


def cookies(page: Page) -> list[str]:
    return [str(cookie.get("name")) for cookie in page.context.cookies()]


def test_people_of_the_provider_get_in_by_invitation_and_by_nothing_else(
    server: Server, provider: Provider, study: Path, page: Page, browser: Browser
) -> None:
    account(study, "invite", "--role", "owner", "--email", "olga@example.org")
    provider.who = UNVERIFIED  # says it is Olga, and the provider has not verified it
    sign_in(page, server)
    expect(page.get_by_role("heading", name="No access")).to_be_visible()
    provider.who = OLGA
    sign_in(page, server)
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()
    expect(page.get_by_text("Olga P, owner")).to_be_visible()
    assert not [name for name in cookies(page) if name.startswith("_streamlit_user")]
    other = browser.new_context()
    guest = other.new_page()
    provider.who = STRANGER
    sign_in(guest, server)
    expect(guest.get_by_text("who has no role in this study. Ask Olga P for an invitation.")).to_be_visible()
    assert not [name for name in cookies(guest) if "session" in name and "calibrant" in name]
    guest.goto(f"{server.url}/items")
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()
    other.close()


def test_an_invitation_leads_through_the_provider_and_a_disabled_person_stays_out(
    server: Server, provider: Provider, study: Path, page: Page
) -> None:
    account(study, "add", "olga", "--name", "Olga", "--role", "owner")
    words = ("invite", "--role", "rater", "--rater", "Ada", "--public-url", server.url)
    link = account(study, *words).split()[-1]
    provider.who = ADA
    page.goto(link)
    page.get_by_role("link", name="Join with your organisation").click()
    expect(page.get_by_text("Ada Lovelace, rater")).to_be_visible()
    assert "rates as Ada" in account(study, "list")
    page.goto(link)
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
    account(study, "disable", f"4@{provider.issuer}")
    sign_in(page, server)
    expect(page.get_by_role("heading", name="No access")).to_be_visible()
    assert {entry.rater for entry in small_study.journal(study)} == set()
