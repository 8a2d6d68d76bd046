"""Accounts and sessions for simulated people, made by the app's own services: nobody types a password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from annotate_app.desk import open_desk
from annotate_app.services import people, signing_in
from annotate_app.services.rights import Role
from annotate_app.ui import signed

BY = "simulation"
Cookie = dict[str, str]


def sessions(folder: Path, database: str, persons: Mapping[str, Sequence[Role]]) -> dict[str, Cookie]:
    """The session cookie of each person, who has these roles; raters go on under their names."""
    desk = open_desk(folder, database=database)
    try:
        people.add_account(
            desk, "owner", name="Owner", password=None, roles=("owner",), by=BY, role="owner"
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
