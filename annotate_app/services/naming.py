"""Names of people: which logins and display names may be chosen; refuses what looks like another's name."""

from __future__ import annotations

import unicodedata

LONGEST_LOGIN = 254
LONGEST_NAME = 80


class UnusableName(ValueError):
    """A login or a name may not be chosen: the message says why."""


def login_key(login: str) -> str:
    """A login as it is kept and compared: without case and without differences of keyboards."""
    return unicodedata.normalize("NFKC", login.strip()).casefold()


def checked_login(login: str) -> str:
    """The login as it is kept; raises UnusableName."""
    key = login_key(login)
    if not 1 <= len(key) <= LONGEST_LOGIN:
        raise UnusableName(f"a login has 1 to {LONGEST_LOGIN} characters")
    if any(not sign.isprintable() or sign.isspace() for sign in key):
        raise UnusableName("a login has no spaces and no invisible signs: an e-mail address is a good one")
    return key


def checked_name(name: str) -> str:
    """A name as others read it; raises UnusableName."""
    text = " ".join(unicodedata.normalize("NFKC", name).split())
    if not 1 <= len(text) <= LONGEST_NAME:
        raise UnusableName(f"a name has 1 to {LONGEST_NAME} characters")
    if not text.isprintable():
        raise UnusableName("a name has no invisible signs")
    return text


def name_key(name: str) -> str:
    """What two names have in common that people would take for the same."""
    return unicodedata.normalize("NFKC", name).casefold()
