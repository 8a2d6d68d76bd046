"""Accounts and sessions for simulated people, made by the app's own services: nobody types a password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from annotate_app.desk import open_desk
from annotate_app.services import people, personal_tokens, signing_in
from annotate_app.services.rights import Role
from annotate_app.ui import signed

BY = "simulation"
PASSWORD = "one password for every simulated rater"  # noqa: S105 - opens nothing but a study of one run
Cookie = dict[str, str]
OWNER: tuple[Role, ...] = ("owner",)
RATER: tuple[Role, ...] = ("rater",)


def sessions(folder: Path, database: str, persons: Mapping[str, Sequence[Role]]) -> dict[str, Cookie]:
    """The session cookie of each person, who has these roles; raters go on under their names."""
    desk = open_desk(folder, database=database)
    try:
        people.add_account(
            desk, "owner", name="Owner", password=None, roles=OWNER, by=BY, role="owner"
        )  # fmt: skip
        cookies = {}
        for number, (name, roles) in enumerate(persons.items()):
            account_id = people.add_account(
                desk, f"person-{number}", name=name, password=None, roles=roles,
                rater=name if "rater" in roles else None, by=BY, role="owner",
            )  # fmt: skip
            begun = signing_in.begin(desk, account_id, "password")
            cookies[name] = {signed.cookie_name(desk): begun.token}
        return cookies
    finally:
        desk.close()


def logins(folder: Path, database: str, raters: Sequence[str]) -> str:
    """Make accounts of these raters, with the logins of `login_of` and PASSWORD; an owner's token.

    The owner is lead and engineer as well, so that the token opens every command.
    """
    desk = open_desk(folder, database=database)
    try:
        every: tuple[Role, ...] = ("owner", "lead", "engineer")
        people.add_account(desk, "owner", name="Owner", password=None, roles=every, by=BY, role="owner")
        for name in raters:
            people.add_account(
                desk, login_of(name), name=name, password=PASSWORD, roles=RATER, rater=name, by=BY,
                role="owner",
            )  # fmt: skip
        return personal_tokens.make(desk, "owner", name="operator", by=BY).token
    finally:
        desk.close()


def login_of(rater: str) -> str:
    """The login of a simulated rater."""
    return rater.lower().replace(" ", "-")
