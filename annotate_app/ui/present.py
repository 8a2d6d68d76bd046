"""Who looks at this page now, with the roles held now; refuses to remember it from one run to the next."""

from __future__ import annotations

import streamlit as st

from annotate_app.services.acting import Person
from annotate_app.services.rights import ROLES, Role, allowed
from annotate_app.ui import host, signed

ALONE = Person("", frozenset(ROLES), None, "alone")


def person() -> Person | None:
    """Who is signed in now; in a study without accounts the one who is alone; None after the login ended.

    It is looked up each time, for a role may have gone since the page was drawn.
    """
    return signed.person(host.desk(), st.context.cookies.to_dict()) if host.has_study() else ALONE


def roles() -> tuple[Role, ...]:
    """The roles that the person holds now."""
    someone = person()
    return () if someone is None else someone.ordered_roles


def name() -> str | None:
    """The name of whoever is signed in, which stands under all they do; None in a study without accounts."""
    someone = person()
    return None if someone is None or someone.how == "alone" else someone.name


def is_alone() -> bool:
    """Whether the study has no accounts, so that names are chosen from a list."""
    someone = person()
    return someone is not None and someone.how == "alone"


def may_rate() -> bool:
    """Whether the person has a name to rate under and a role that rates."""
    someone = person()
    if someone is None:
        return False
    return someone.how == "alone" or (
        someone.rater is not None and any(allowed(one, "labels.give") for one in someone.roles)
    )
