"""The People page and the side bar of whoever is signed in; what an address cannot give."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from one_page import press, shown
from streamlit.testing.v1 import AppTest

from annotate_app.desk import Desk
from annotate_app.services import acting, audit, inviting, labelling, passwords, people, signing_in
from annotate_app.services.rights import HOLDER
from annotate_app.ui import app as frame
from annotate_app.ui import host, present, reach, state

SECRET = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()
    host.close()


@pytest.fixture
def owned(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    monkeypatch.setattr(host, "desk", lambda: desk)
    people.add_account(
        desk, "olga", name="Olga", password=SECRET, roles=["owner", "lead"], by="-", role=HOLDER
    )
    return desk


def as_person(desk: Desk, monkeypatch: pytest.MonkeyPatch, login: str) -> str:
    """From now on the page's browser has this person's session."""
    token = signing_in.sign_in(desk, login, SECRET, client="x").token
    monkeypatch.setattr(present, "person", lambda: acting.of_session(desk, token))
    return token


def _page() -> None:
    from annotate_app.ui import app

    app.run()


def _people() -> None:
    from annotate_app.ui import host, state
    from annotate_app.ui.parts import who
    from annotate_app.ui.views import people as view

    if who.is_let_in():
        state.restore()
        view.view(host.desk())


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(_people, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def joined(desk: Desk, *roles: str) -> None:
    link = inviting.invite(desk, roles, by="Olga", role=HOLDER)  # type: ignore[arg-type]
    inviting.accept(desk, link.token, login="nora", name="Nora", password=SECRET, client="x")


def test_the_owner_makes_a_link_that_is_shown_once(owned: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    as_person(owned, monkeypatch, "olga")
    monkeypatch.setattr(reach, "_current", reach.Reach("https://rate.example.org"))
    app = opened(role="owner")
    app.selectbox(key="cal-invite-rater").select("ada")
    app = press(app, "Make a link")
    address = app.code[0].value
    origin, _, token = address.partition("/invite?token=")
    assert origin == "https://rate.example.org"
    invited = inviting.open_link(owned, token)
    assert (invited.roles, invited.rater, invited.invited_by) == (("rater",), "ada", "Olga")
    assert token not in "".join(code.value for code in app.run().code)


def test_the_owner_changes_roles_and_disables(owned: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    joined(owned, "rater")
    as_person(owned, monkeypatch, "olga")
    app = opened(role="owner")
    app.selectbox(key="cal-member").select("nora").run()
    app.button_group(key="cal-roles-nora-rater").set_value(["rater", "engineer"])
    app = press(app, "Save the roles")
    assert people.members(owned, role=HOLDER)[0].roles == ("rater", "engineer")
    app = press(app, "Disable")
    assert people.members(owned, role=HOLDER)[0].disabled
    assert "Nora is signed out" in app.info[0].value


def test_the_owner_says_under_which_name_somebody_goes_on(
    owned: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(owned, "engineer")
    as_person(owned, monkeypatch, "olga")
    app = opened(role="owner")
    app.selectbox(key="cal-member").select("nora").run()
    app.selectbox(key="cal-rater-nora").select("bob")
    app.button_group(key="cal-roles-nora-engineer").set_value(["rater", "engineer"])
    press(app, "Save the roles")
    assert people.members(owned, role=HOLDER)[0].rater == "bob"


def test_the_last_owner_is_told_why_they_stay(owned: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    as_person(owned, monkeypatch, "olga")
    app = opened(role="owner")
    app.selectbox(key="cal-member").select("olga").run()
    app = press(app, "Disable")
    assert "make somebody else owner first" in app.info[0].value
    assert not people.members(owned, role=HOLDER)[0].disabled


def test_the_address_gives_no_role_and_no_name_that_the_person_does_not_hold(
    owned: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(owned, "rater")
    as_person(owned, monkeypatch, "nora")
    app = opened(role="owner", rater="bob")
    assert "Invite" not in shown(app)
    assert "Your tokens" in shown(app)
    assert app.query_params.get("role") in ("rater", ["rater"])
    assert "rater" not in app.query_params


def test_whoever_opens_a_page_of_the_side_bar_is_not_logged_as_refused(
    owned: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(owned, "lead")
    as_person(owned, monkeypatch, "nora")
    monkeypatch.setattr(state, "role", lambda: "lead")
    monkeypatch.setattr(state, "is_first", lambda word: True)
    for path in ("people", "waves", "audit"):
        frame._note_refusal(owned, path)
    found = audit.every(owned, role="owner", sought=audit.Sought(kind="refused"))
    assert len(found) == 1
    assert "page audit as lead" in str(found[0])


def test_a_person_makes_a_token_for_themselves(owned: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    joined(owned, "engineer")
    as_person(owned, monkeypatch, "nora")
    app = press(opened(), "Make a token")
    token = app.code[0].value
    person = acting.of_token(owned, token)
    assert person is not None
    assert (person.name, person.roles) == ("Nora", {"engineer"})
    press(app, "Revoke")
    assert acting.of_token(owned, token) is None


def test_whoever_is_signed_out_meanwhile_sees_the_way_to_sign_in_and_nothing_else(
    owned: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(owned, "lead")
    as_person(owned, monkeypatch, "nora")
    app = opened()
    people.disable(owned, "nora", by="-", role="owner")
    app.run()
    assert 'href="/login"' in shown(app)
    assert not app.button
    assert "Your tokens" not in shown(app)


def test_the_side_bar_names_the_person_and_offers_only_the_roles_held(
    owned: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(owned, "rater")
    as_person(owned, monkeypatch, "olga")
    app = AppTest.from_function(_page, default_timeout=60).run()
    assert list(app.sidebar.selectbox[0].options) == ["lead", "owner"]
    as_person(owned, monkeypatch, "nora")
    app = AppTest.from_function(_page, default_timeout=60).run()
    assert not app.sidebar.selectbox
    assert "Nora, rater" in shown(app)


def test_without_accounts_the_page_says_how_to_make_the_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    app = opened(role="owner")
    assert "no accounts" in shown(app)
    assert app.code[0].value.startswith("calibrant account add")
    assert [rater.name for rater in labelling.raters(desk)] == ["ada", "bob", "cyd"]


def test_the_first_owner_joins_by_a_link_of_the_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    monkeypatch.setattr(host, "desk", lambda: desk)
    monkeypatch.setattr(reach, "_current", reach.Reach("https://rate.example.org"))
    lost = inviting.invite(desk, ["rater"], by="owner", role=HOLDER)
    app = press(opened(role="owner"), "Make a link for the first owner")
    token = app.code[0].value.partition("/invite?token=")[2]
    assert inviting.open_link(desk, token).roles == ("owner",)
    app.run().button(key="cal-revoke-1").click().run()  # the older link, which nobody can read any more
    assert [one.state for one in inviting.listing(desk, role=HOLDER)].count("revoked") == 1
    with pytest.raises(inviting.InvitationUnusable):
        inviting.open_link(desk, lost.token)
    inviting.accept(desk, token, login="olga", name="Olga", password=SECRET, client="x")
    assert acting.locked(desk)


@pytest.mark.parametrize("role", ["lead", "engineer", "rater"])
def test_another_role_makes_no_first_link(desk: Desk, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    app = opened(role=role)
    assert not app.button and not app.code
