"""Our own plain pages: sign in and out, join by a link, set a password, no access; every text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from annotate_app.services.inviting import Invited
from annotate_app.services.passwords import FEWEST_CHARACTERS
from annotate_app.ui import theme

# `same-origin` keeps an invitation's token from every other server. `no-referrer` would do so too, but makes
# browsers send forms with `Origin: null`, which could not be told from another site's.
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{tab}</title>
<link rel="stylesheet" href="/door/style.css">
</head>
<body><main><p class="study">{study}</p><h1>{title}</h1>{error}{body}</main></body>
</html>"""

ENDS, ASKED = "tokens", "asked_tokens"
ROLE_WORDS: Final = {
    "rater": "rate items", "lead": "lead the raters", "engineer": "work on the judge",
    "owner": "own the study",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a form."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    complete: str = "off"
    hint: str = ""
    required: bool = True
    first: bool = False
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is posted to one of our own addresses; `hidden` goes with it."""

    action: str
    button: str
    entries: Sequence[Entry] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)


def login(
    study: str, *, error: str = "", login: str = "", onward: str = "", ways: Mapping[str, str] | None = None
) -> str:
    """Login and password, and the providers by name with their addresses."""
    entries = (
        Entry("login", "Login or e-mail", value=login, complete="username", first=not login),
        Entry("password", "Password", "password", complete="current-password", first=bool(login)),
    )
    links = "".join(
        f'<p><a class="way" href="{escape(address)}">Sign in with {escape(name)}</a></p>'
        for name, address in (ways or {}).items()
    )
    form = _form(Form("/login", "Sign in", entries, {"next": onward}), error)
    help_ = '<p class="quiet">No account, or no password any more? Ask the owner of the study for a link.</p>'
    return _page(study, "Sign in", links + form + help_, error)


def logout(study: str, name: str) -> str:
    """A question, because a link alone signs nobody out."""
    body = f"<p>You are signed in as <strong>{escape(name)}</strong>.</p>"
    back = '<p><a href="/">Back to the study</a> · <a href="/password">Change the password</a></p>'
    return _page(study, "Sign out", body + _form(Form("/logout", "Sign out")) + back)


def signed_out(study: str) -> str:
    return _page(study, "You are signed out", '<p><a href="/login">Sign in again</a></p>')


def join(
    study: str, token: str, invited: Invited, *, error: str = "", given: Mapping[str, str] | None = None,
    ways: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """What the invitation is for, and a form that makes an account."""
    said = given or {}
    does = " and ".join(ROLE_WORDS[role] for role in invited.roles)
    rates = f" You rate as <strong>{escape(invited.rater)}</strong>." if invited.rater else ""
    about = f"<p>You are invited to {escape(does)}, by {escape(invited.invited_by)}.{rates}</p>"
    entries = (
        Entry("login", "Login", value=said.get("login", invited.login), complete="username", first=True,
              hint="A name or an e-mail address that you sign in with. "
                   "If you have an account here already, its login."),
        Entry("name", "Name", value=said.get("name", invited.rater or ""), complete="name",
              hint="What others in the study read."),
        _new_password("Password"),
    )  # fmt: skip
    links = "".join(
        f'<p><a class="way" href="{escape(address)}">Join with {escape(name)}</a></p>'
        for name, address in (ways or {}).items()
    )
    form = _form(Form("/invite", "Join", entries, {"token": token}), error)
    return _page(study, f"Join “{study}”", about + links + form, error)


def set_password(study: str, token: str, invited: Invited, *, error: str = "") -> str:
    """The holder of a link chooses a password for the account that it is for."""
    about = (
        f"<p>Choose a password for <strong>{escape(invited.login)}</strong>. "
        "Wherever you are signed in now, you will be signed out, and your tokens end.</p>"
    )
    entries = (_hidden_login(invited.login), _new_password("New password", first=True))
    form = _form(Form("/invite", "Set the password", entries, {"token": token}), error)
    return _page(study, "Set a password", about + form, error)


def change_password(study: str, login: str, *, tokens: int = 0, ending: bool = True, error: str = "") -> str:
    """The old password and the new one; whether the person's tokens end too, where there are any."""
    entries = [
        _hidden_login(login),
        Entry("old", "Present password", "password", complete="current-password", first=True),
        _new_password("New password"),
    ]
    if tokens:
        words = f"Also end my personal tokens ({tokens})"
        entries.append(Entry(ENDS, words, "checkbox", complete="", required=False, checked=ending))
    about = "<p>Every other browser in which you are signed in will be signed out.</p>"
    asked = {ASKED: "yes"} if tokens else {}
    form = _form(Form("/password", "Change the password", entries, asked), error)
    back = '<p><a href="/">Back to the study</a></p>'
    return _page(study, "Change the password", about + form + back, error)


def ends_tokens(given: Mapping[str, str]) -> bool:
    """Whether a form's sender lets tokens end: unless the page asked, and was told not to."""
    return ENDS in given or ASKED not in given


def unusable(study: str, words: str) -> str:
    """A link that does not work."""
    body = f'<p>{escape(words)}</p><p>You have an account already? <a href="/login">Sign in</a></p>'
    return _page(study, "This link does not work", body)


def no_role(study: str, name: str, owners: Sequence[str]) -> str:
    """Known, and not of this study: whom to ask."""
    ask = f" Ask {escape(', '.join(owners))} for an invitation." if owners else ""
    body = (
        f"<p>You are signed in as <strong>{escape(name)}</strong>, who has no role in this study.{ask}</p>"
        + _form(Form("/logout", "Sign out"))
    )
    return _page(study, "No access", body)


def refused(study: str, words: str) -> str:
    body = f'<p>{escape(words)}</p><p><a href="/login">Sign in</a></p>'
    return _page(study, "This could not be done", body)


def away(study: str, words: str, number: str) -> str:
    """The database does not work: why, and under which number the log says more."""
    said = f"<p>{escape(words[:1].upper() + words[1:])}. Reload the page in a while.</p>"
    help_ = f"<p>If it goes on, tell whoever runs the server: <strong>{escape(number)}</strong></p>"
    return _page(study, "This could not be done", said + help_)


@cache
def style() -> str:
    """The pages' look: colours of the app's theme, light and dark."""
    variables = "".join(
        f"@media (prefers-color-scheme: {name}) {{ :root {{ {_variables(colours)} }} }}\n"
        for name, colours in (("light", theme.LIGHT), ("dark", theme.DARK))
    )
    return variables + (Path(__file__).parent / "door.css").read_text(encoding="utf-8")


def _variables(colours: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in colours.items())


def _new_password(label: str, *, first: bool = False) -> Entry:
    return Entry(
        "password", label, "password", complete="new-password", first=first,
        hint=f"At least {FEWEST_CHARACTERS} characters; several words are easiest to remember.",
    )  # fmt: skip


def _hidden_login(login: str) -> Entry:
    """Tells a password manager whose password this is."""
    return Entry("login", "Login", "hidden", login, "username", required=False)


def _page(study: str, title: str, body: str, error: str = "") -> str:
    said = f'<p class="error" role="alert" id="error">{escape(error)}</p>' if error else ""
    tab = f"{'Error: ' if error else ''}{title} · Calibrant"
    return _PAGE.format(tab=escape(tab), study=escape(study), title=escape(title), error=said, body=body)


def _form(form: Form, error: str = "") -> str:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in form.hidden.items()
    )
    entries = "".join(_entry(one, bool(error)) for one in form.entries)
    return (
        f'<form method="post" action="{escape(form.action)}">{hidden}{entries}'
        f'<button type="submit">{escape(form.button)}</button></form>'
    )


def _entry(one: Entry, failed: bool) -> str:
    if one.kind == "hidden":
        return (
            f'<input class="unseen" type="text" name="{escape(one.name)}" value="{escape(one.value)}" '
            f'autocomplete="{escape(one.complete)}" readonly tabindex="-1" aria-hidden="true">'
        )
    if one.kind == "checkbox":
        named = f'name="{escape(one.name)}" id="{escape(one.name)}"'
        box = f'<input type="checkbox" {named} value="yes"{" checked" if one.checked else ""}>'
        return f'<label class="choice">{box}{escape(one.label)}</label>'
    described = " ".join([*(["error"] if failed else []), *([f"{one.name}-hint"] if one.hint else [])])
    facts = [
        f'id="{escape(one.name)}" name="{escape(one.name)}" type="{escape(one.kind)}"',
        f'autocomplete="{escape(one.complete)}" maxlength="1100"',
        f'value="{escape(one.value)}"' if one.value else "",
        "required" if one.required else "",
        "autofocus" if one.first else "",
        f'aria-describedby="{escape(described)}"' if described else "",
        'aria-invalid="true"' if failed else "",
    ]
    hint = f'<p class="hint" id="{escape(one.name)}-hint">{escape(one.hint)}</p>' if one.hint else ""
    words = f'<label for="{escape(one.name)}">{escape(one.label)}</label>'
    return f"{words}{hint}<input {' '.join(fact for fact in facts if fact)}>"
