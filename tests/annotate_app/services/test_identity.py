"""Accounts, roles, logins, links and tokens: who gets in, who does not, and what is kept of a secret."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from postgres import both_engines
from sqlalchemy import event
from sqlalchemy.engine import Engine
from standing_clock import Clock

from annotate_app.desk import Desk, open_desk
from annotate_app.services import (
    acting,
    audit,
    inviting,
    naming,
    passwords,
    people,
    personal_tokens,
    provided,
    secret_tokens,
    signing_in,
)
from annotate_app.services.calibrating import build_report
from annotate_app.services.inviting import InvitationUnusable
from annotate_app.services.people import CannotChangePeople, LastOwner, NameTaken
from annotate_app.services.rights import HOLDER, NotAllowed
from annotate_app.services.role_notes import NO_ACCOUNTS, both_roles, role_notes
from annotate_app.services.signing_in import LoginFailed, TooManyAttempts
from annotate_app.store import persons
from annotate_app.store.audit import Sought
from annotate_app.store.sql import rows

SECRET = "correct horse battery"
NEW = "another long password"
HERE = "192.0.2.7"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 with small parameters: these tests are about who gets in, not about how long a guess takes."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


@pytest.fixture
def owned(desk: Desk) -> Desk:
    """The study with an owner who can sign in."""
    people.add_account(
        desk, "olga@x.org", name="Olga", password=SECRET, roles=["owner"], by="Olga", role=HOLDER
    )
    return desk


def signed_in(desk: Desk, login: str = "olga@x.org", password: str = SECRET) -> str:
    return signing_in.sign_in(desk, login, password, client=HERE).token


def joined(desk: Desk, *roles: str, login: str = "new@x.org", name: str = "Nora") -> str:
    """A person who joined by a link, and the token of their session."""
    link = inviting.invite(desk, roles, by="Olga", role="owner")  # type: ignore[arg-type]
    return inviting.accept(desk, link.token, login=login, name=name, password=SECRET, client=HERE).token


def everything_stored(desk: Desk) -> str:
    """Every row of every table of accounts, and of the audit log."""
    tables = (
        "account", "membership", "membership_role", "web_session", "invitation", "personal_token",
        "login_failure", "event",
    )  # fmt: skip
    with desk.store.reading() as session:
        return "\n".join(str(row) for name in tables for row in rows(session, f"SELECT * FROM {name}"))  # noqa: S608


def test_a_study_without_an_account_has_one_person_with_every_role(desk: Desk) -> None:
    person = acting.alone(desk)
    assert person is not None
    assert person.roles == {"rater", "lead", "engineer", "owner"}
    assert (person.how, person.account_id) == ("alone", None)


def test_the_first_account_must_be_an_owner_and_ends_the_time_alone(desk: Desk) -> None:
    with pytest.raises(LastOwner):
        people.add_account(desk, "ada", name="Ada", password=SECRET, roles=["rater"], by="Olga", role=HOLDER)
    assert acting.alone(desk) is not None
    people.add_account(desk, "ada", name="Ada", password=SECRET, roles=["owner"], by="-", role=HOLDER)
    assert acting.alone(desk) is None


@both_engines
def test_a_login_gives_a_session_and_the_roles_held_now(owned: Desk) -> None:
    token = signed_in(owned)
    person = acting.of_session(owned, token)
    assert person is not None
    assert (person.name, person.roles, person.how) == ("Olga", {"owner"}, "password")
    people.set_roles(owned, "olga@x.org", ["owner", "lead"], by="Olga", role="owner")
    again = acting.of_session(owned, token)
    assert again is not None
    assert again.ordered_roles == ("lead", "owner")


@pytest.mark.parametrize(
    ("login", "password"),
    [("olga@x.org", "wrong horse battery"), ("nobody@x.org", SECRET), ("", ""), ("olga@x.org", "x" * 5000)],
)
def test_a_wrong_login_is_answered_alike_whatever_is_wrong(owned: Desk, login: str, password: str) -> None:
    with pytest.raises(LoginFailed, match=r"^The login or the password is not right\.$"):
        signing_in.sign_in(owned, login, password, client=HERE)


def test_a_login_is_found_without_case_and_however_it_was_typed(owned: Desk) -> None:
    assert acting.of_session(owned, signed_in(owned, " OLGA@X.org ")) is not None


@pytest.mark.parametrize(
    ("password", "login", "said"),
    [
        ("short", "a", "at least 12"),
        ("A@b.org-name", "a@B.org-name", "is the login"),
        ("é" * 600, "a", "1024 bytes"),
    ],
)
def test_a_password_that_is_too_short_too_long_or_the_login_is_refused(
    password: str, login: str, said: str
) -> None:
    with pytest.raises(passwords.WeakPassword, match=said):
        passwords.check(password, login=login)


def test_a_long_password_needs_no_kinds_of_signs() -> None:
    passwords.check("onlysmallletters", login="ada")


def test_composed_and_decomposed_letters_are_one_password() -> None:
    assert passwords.matches(passwords.hashed("caf\u00e9 au lait!"), "cafe\u0301 au lait!")


@both_engines
def test_no_password_and_no_token_is_anywhere_in_the_database(owned: Desk) -> None:
    session = signed_in(owned)
    link = inviting.invite(owned, ["rater"], by="Olga", role="owner")
    personal = personal_tokens.make(owned, "olga@x.org", name="laptop", by="Olga")
    stored = everything_stored(owned)
    for secret in (SECRET, session, link.token, personal.token):
        assert secret not in stored
    assert secret_tokens.digest(session) in stored


def test_a_hash_of_older_parameters_is_renewed_at_the_next_login(
    owned: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    signed_in(owned)
    with owned.store.reading() as session:
        account = persons.by_login(session, "olga@x.org")
    assert account is not None
    assert "t=2" in (account.password_hash or "")


def test_after_five_failures_each_further_one_waits_longer(owned: Desk, clock: object) -> None:
    waits = []
    for _ in range(8):
        with pytest.raises(LoginFailed):
            signing_in.sign_in(owned, "olga@x.org", "wrong", client=HERE)
        try:
            signing_in.sign_in(owned, "olga@x.org", "wrong", client=HERE)
        except TooManyAttempts as waiting:
            waits.append(waiting.seconds)
            clock.forward(seconds=waiting.seconds)  # type: ignore[attr-defined]
        except LoginFailed:
            continue
    # Failures 1 to 4 go on at once; the fifth waits 1 s, and each later one twice as long.
    assert waits == [1, 2, 4, 8, 16, 32][: len(waits)]
    assert len(waits) >= 4


def test_while_a_login_waits_even_the_right_password_is_not_looked_at(owned: Desk) -> None:
    for _ in range(5):
        with pytest.raises(LoginFailed):
            signing_in.sign_in(owned, "olga@x.org", "wrong", client=HERE)
    with pytest.raises(TooManyAttempts):
        signing_in.sign_in(owned, "olga@x.org", SECRET, client="198.51.100.9")


def test_an_unknown_login_waits_like_a_known_one(owned: Desk) -> None:
    for _ in range(5):
        with pytest.raises(LoginFailed):
            signing_in.sign_in(owned, "nobody", "wrong", client=HERE)
    with pytest.raises(TooManyAttempts):
        signing_in.sign_in(owned, "nobody", "wrong", client=HERE)


def test_one_address_may_fail_twenty_times_whatever_logins_it_tries(owned: Desk) -> None:
    for k in range(20):
        with pytest.raises(LoginFailed):
            signing_in.sign_in(owned, f"guess-{k}", "wrong", client="2001:db8:1:2::5")
    with pytest.raises(TooManyAttempts):
        signing_in.sign_in(owned, "guess-x", "wrong", client="2001:db8:1:2:ffff::9")  # the same /64
    signing_in.sign_in(owned, "olga@x.org", SECRET, client="2001:db8:1:3::5")


@both_engines
def test_a_login_that_succeeds_does_not_clear_what_its_address_failed(owned: Desk) -> None:
    for k in range(19):
        with pytest.raises(LoginFailed):
            signing_in.sign_in(owned, f"guess-{k}", "wrong", client=HERE)
    signed_in(owned)
    with pytest.raises(LoginFailed):
        signing_in.sign_in(owned, "guess-19", "wrong", client=HERE)
    with pytest.raises(TooManyAttempts):
        signing_in.sign_in(owned, "guess-20", "wrong", client=HERE)


@both_engines
def test_guesses_made_at_once_are_counted_before_they_are_looked_at(owned: Desk) -> None:
    def guess(_: int) -> str:
        try:
            signing_in.sign_in(owned, "olga@x.org", "wrong", client=HERE)
        except (LoginFailed, TooManyAttempts) as failed:
            return type(failed).__name__
        return "in"

    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(guess, range(24)))
    assert found.count("LoginFailed") == 5  # the fifth starts the wait, and the clock stands


def test_an_unknown_login_takes_about_as_long_as_a_wrong_password(
    owned: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = PasswordHasher(time_cost=2, memory_cost=16 * 1024, parallelism=1)  # some 20 ms
    monkeypatch.setattr(passwords, "_hasher", slow)
    passwords._nobodys.cache_clear()
    people.add_account(owned, "slow", name="Slow", password=SECRET, roles=["lead"], by="Olga", role=HOLDER)
    passwords.matches(None, "warm")

    def seconds(login: str) -> float:
        started = time.perf_counter()
        with pytest.raises(LoginFailed):
            signing_in.sign_in(owned, login, "wrong", client=HERE)
        return time.perf_counter() - started

    # In turns, and the quickest of each: what else the machine does makes single times longer, not shorter.
    known, unknown = seconds("slow"), seconds("nobody")
    for _ in range(60):
        clock.forward(days=2)  # past the waiting after failures
        known, unknown = min(known, seconds("slow")), min(unknown, seconds("nobody"))
        if 0.5 < unknown / known < 2:
            break
    assert 0.5 < unknown / known < 2


def test_signing_out_ends_one_session_and_a_new_password_all_others(owned: Desk) -> None:
    here, there, elsewhere = signed_in(owned), signed_in(owned), signed_in(owned)
    signing_in.sign_out(owned, elsewhere)
    assert acting.of_session(owned, elsewhere) is None
    person = acting.of_session(owned, here)
    assert person is not None
    begun = signing_in.change_password(owned, person, SECRET, NEW, client=HERE)
    assert acting.of_session(owned, here) is None
    assert acting.of_session(owned, there) is None
    assert acting.of_session(owned, begun.token) is not None
    with pytest.raises(LoginFailed):
        signed_in(owned)


@both_engines
@pytest.mark.parametrize(("tokens", "ended"), [(True, 2), (False, 0)])
def test_tokens_end_with_the_password_unless_they_are_to_stay(
    owned: Desk, tokens: bool, ended: int, clock: object
) -> None:
    forward: Callable[..., None] = clock.forward  # type: ignore[attr-defined]
    personal_tokens.make(owned, "olga@x.org", name="old", days=1, by="Olga")
    forward(days=2)
    made = [personal_tokens.make(owned, "olga@x.org", name=n, by="Olga").token for n in ("ci", "laptop")]
    person = acting.of_session(owned, signed_in(owned))
    assert person is not None
    assert signing_in.live_tokens(owned, person) == 2  # the third has run out
    assert people.members(owned, role="owner")[0].tokens == 2
    signing_in.change_password(owned, person, SECRET, NEW, client=HERE, tokens=tokens)
    assert [acting.of_token(owned, token) is None for token in made] == [tokens, tokens]
    assert signing_in.live_tokens(owned, person) == 2 - ended
    (entry,) = audit.entries(owned, role="owner", sought=Sought(kind="account.password_set")).entries
    assert entry.detail == {"tokens_ended": ended}


def test_a_reset_ends_tokens_before_its_link_is_used(owned: Desk) -> None:
    token = personal_tokens.make(owned, "olga@x.org", name="ci", by="Olga").token
    assert inviting.reset(owned, "olga@x.org", by="Olga", role="owner").tokens_ended == 1
    assert acting.of_token(owned, token) is None


def test_a_password_is_not_changed_without_the_old_one(owned: Desk) -> None:
    person = acting.of_session(owned, signed_in(owned))
    assert person is not None
    with pytest.raises(LoginFailed):
        signing_in.change_password(owned, person, "not the old one", NEW, client=HERE)


@both_engines
def test_a_session_ends_after_three_idle_days_and_after_fourteen(owned: Desk, clock: object) -> None:
    forward: Callable[..., None] = clock.forward  # type: ignore[attr-defined]
    token = signed_in(owned)
    forward(days=2, hours=23)
    person = acting.of_session(owned, token)
    assert person is not None
    assert acting.note_seen(owned, person)
    forward(days=2, hours=23)
    assert acting.of_session(owned, token) is not None
    forward(days=1)
    assert acting.of_session(owned, token) is None
    lasting = signed_in(owned)
    for _ in range(14):
        forward(days=1)
        if person := acting.of_session(owned, lasting):
            acting.note_seen(owned, person)
    assert acting.of_session(owned, lasting) is None


@both_engines
def test_a_disabled_account_is_out_at_once_and_back_with_its_roles(owned: Desk) -> None:
    token = joined(owned, "rater")
    personal = personal_tokens.make(owned, "new@x.org", name="ci", by="Olga").token
    people.disable(owned, "new@x.org", by="Olga", role="owner")
    assert acting.of_session(owned, token) is None
    assert acting.of_token(owned, personal) is None
    with pytest.raises(LoginFailed):
        signed_in(owned, "new@x.org")
    people.enable(owned, "new@x.org", by="Olga", role="owner")
    assert acting.of_session(owned, token) is None  # sessions do not come back
    person = acting.of_session(owned, signed_in(owned, "new@x.org"))
    assert person is not None
    assert (person.roles, person.rater) == ({"rater"}, "Nora")


def test_the_last_owner_can_neither_be_disabled_nor_lose_the_role(owned: Desk) -> None:
    joined(owned, "lead")
    for change in (
        lambda: people.disable(owned, "olga@x.org", by="Olga", role="owner"),
        lambda: people.set_roles(owned, "olga@x.org", ["lead"], by="Olga", role="owner"),
    ):
        with pytest.raises(LastOwner):
            change()


def test_the_audit_log_tells_who_changed_whom_and_who_signed_in(owned: Desk) -> None:
    joined(owned, "rater")
    people.set_roles(owned, "new@x.org", ["rater", "lead"], by="Olga", role="owner")
    people.disable(owned, "new@x.org", by="Olga", role="owner")
    found = reversed(audit.entries(owned, role="owner").entries)
    told = [(one.actor, one.kind) for one in found if one.kind.startswith("account.")]
    assert told == [
        ("Olga", "account.added"), ("Olga", "account.invited"), ("Nora", "account.joined"),
        ("Nora", "account.signed_in"), ("Olga", "account.roles"), ("Olga", "account.disabled"),
    ]  # fmt: skip
    assert audit.verify(owned, role="owner").faults == ()


def test_only_an_owner_changes_people(owned: Desk) -> None:
    for role in ("rater", "lead", "engineer"):
        with pytest.raises(NotAllowed):
            inviting.invite(owned, ["owner"], by="x", role=role)  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            people.set_roles(owned, "olga@x.org", ["owner", "lead"], by="Olga", role=role)  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            people.members(owned, role=role)  # type: ignore[arg-type]


def test_an_invitation_works_once(owned: Desk) -> None:
    link = inviting.invite(owned, ["rater"], by="Olga", role="owner")
    inviting.accept(owned, link.token, login="a", name="Anna", password=SECRET, client=HERE)
    with pytest.raises(InvitationUnusable):
        inviting.accept(owned, link.token, login="b", name="Berta", password=SECRET, client=HERE)


@both_engines
def test_an_invitation_accepted_by_many_at_once_makes_one_member(owned: Desk) -> None:
    link = inviting.invite(owned, ["engineer"], by="Olga", role="owner")

    def accept(k: int) -> bool:
        try:
            inviting.accept(owned, link.token, login=f"p{k}", name=f"P {k}", password=SECRET, client=HERE)
        except InvitationUnusable:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(accept, range(8))) == 1
    assert len(people.members(owned, role="owner")) == 2


def test_an_invitation_runs_out_after_seven_days_and_can_be_revoked(owned: Desk, clock: object) -> None:
    link = inviting.invite(owned, ["rater"], by="Olga", role="owner")
    revoked = inviting.invite(owned, ["rater"], by="Olga", role="owner")
    assert inviting.revoke(owned, inviting.listing(owned, role="owner")[0].number, by="Olga", role="owner")
    with pytest.raises(InvitationUnusable):
        inviting.open_link(owned, revoked.token)
    inviting.open_link(owned, link.token)
    clock.forward(days=7)  # type: ignore[attr-defined]
    with pytest.raises(InvitationUnusable):
        inviting.open_link(owned, link.token)
    assert [one.state for one in inviting.listing(owned, role="owner")] == ["revoked", "expired"]


@both_engines
def test_a_rater_named_in_the_invitation_goes_on_under_that_name(owned: Desk) -> None:
    link = inviting.invite(owned, ["rater"], by="Olga", rater="ada", role="owner")
    begun = inviting.accept(owned, link.token, login="a", name="Ada L.", password=SECRET, client=HERE)
    person = acting.of_session(owned, begun.token)
    assert person is not None
    assert person.rater == "ada"
    with pytest.raises(NameTaken):
        inviting.invite(owned, ["rater"], by="Olga", rater="ada", role="owner")


@pytest.mark.parametrize("name", ["bob", "Bob", "ＢＯＢ"])
def test_nobody_takes_over_anothers_answers_by_choosing_their_name(owned: Desk, name: str) -> None:
    link = inviting.invite(owned, ["rater"], by="Olga", role="owner")
    with pytest.raises(NameTaken, match="'bob'"):
        inviting.accept(owned, link.token, login="eve", name=name, password=SECRET, client=HERE)
    inviting.open_link(owned, link.token)  # nothing was spent


def test_two_people_cannot_look_alike(owned: Desk) -> None:
    link = inviting.invite(owned, ["lead"], by="Olga", role="owner")
    with pytest.raises(NameTaken):
        inviting.accept(owned, link.token, login="eve", name="ＯＬＧＡ", password=SECRET, client=HERE)


def test_a_link_cannot_take_over_a_login_that_is_there(owned: Desk) -> None:
    link = inviting.invite(owned, ["lead"], by="Olga", role="owner")
    with pytest.raises(LoginFailed):
        inviting.accept(owned, link.token, login="olga@x.org", name="E", password=NEW, client=HERE)
    begun = inviting.accept(owned, link.token, login="olga@x.org", name="E", password=SECRET, client=HERE)
    person = acting.of_session(owned, begun.token)
    assert person is not None
    assert person.ordered_roles == ("lead", "owner")


@both_engines
def test_a_link_that_resets_sets_one_password_once_and_ends_what_was_open(owned: Desk) -> None:
    session, personal = (
        signed_in(owned),
        personal_tokens.make(owned, "olga@x.org", name="ci", by="Olga").token,
    )
    older = inviting.reset(owned, "olga@x.org", by="Olga", role="owner")
    link = inviting.reset(owned, "olga@x.org", by="Olga", role="owner")
    with pytest.raises(InvitationUnusable):
        inviting.set_password(owned, older.token, NEW)
    inviting.set_password(owned, link.token, NEW)
    assert acting.of_session(owned, session) is None
    assert acting.of_token(owned, personal) is None
    signed_in(owned, password=NEW)
    with pytest.raises(InvitationUnusable):
        inviting.set_password(owned, link.token, SECRET)


@both_engines
@pytest.mark.parametrize("out", ["disabled", "without the role"])
def test_links_that_an_owner_made_end_with_the_owner(owned: Desk, out: str) -> None:
    joined(owned, "owner")
    links = [
        inviting.invite(owned, ["owner"], by="Nora", role="owner"),
        inviting.reset(owned, "olga@x.org", by="Nora", role="owner"),
    ]
    others = inviting.invite(owned, ["rater"], by="Olga", role="owner")
    if out == "disabled":
        people.disable(owned, "new@x.org", by="Olga", role="owner")
    else:
        people.set_roles(owned, "new@x.org", ["lead"], by="Olga", role="owner")
    for link in links:
        with pytest.raises(InvitationUnusable):
            inviting.open_link(owned, link.token)
    assert inviting.open_link(owned, others.token).roles == ("rater",)


def test_a_link_that_resets_makes_nobody_a_member(owned: Desk) -> None:
    link = inviting.reset(owned, "olga@x.org", by="Olga", role="owner")
    with pytest.raises(InvitationUnusable):
        inviting.accept(owned, link.token, login="eve", name="Eve", password=SECRET, client=HERE)
    invitation = inviting.invite(owned, ["rater"], by="Olga", role="owner")
    with pytest.raises(InvitationUnusable):
        inviting.set_password(owned, invitation.token, NEW)


@both_engines
def test_a_personal_token_stands_for_its_person_until_it_is_revoked_or_runs_out(
    owned: Desk, clock: object
) -> None:
    token = personal_tokens.make(owned, "olga@x.org", name="laptop", days=2, by="Olga").token
    person = acting.of_token(owned, token)
    assert person is not None
    assert (person.name, person.how, person.roles) == ("Olga", "token", {"owner"})
    assert acting.of_session(owned, token) is None
    other = personal_tokens.make(owned, "olga@x.org", name="ci", by="Olga").token
    assert personal_tokens.revoke(owned, "olga@x.org", name="ci", by="Olga") == 1
    assert acting.of_token(owned, other) is None
    clock.forward(days=2)  # type: ignore[attr-defined]
    assert acting.of_token(owned, token) is None


@both_engines
def test_a_session_of_one_study_is_nothing_in_another_of_the_same_database(
    owned: Desk, make_study: Callable[..., Path], database: str | None
) -> None:
    other = open_desk(
        make_study("other"), database=database or str(owned.folder / "calibrant.db"), clock=owned.clock
    )
    token, personal = signed_in(owned), personal_tokens.make(owned, "olga@x.org", name="ci", by="Olga").token
    assert acting.of_session(other, token) is None
    assert acting.of_token(other, personal) is None
    assert acting.alone(other) is not None
    people.add_account(other, "zoe", name="Zoe", password=SECRET, roles=["owner"], by="-", role=HOLDER)
    person = acting.of_session(other, signed_in(other))  # known in the database, not in this study
    assert person is not None
    assert person.roles == frozenset()
    with pytest.raises(InvitationUnusable):
        inviting.open_link(other, inviting.invite(owned, ["rater"], by="Olga", role="owner").token)
    other.close()


@both_engines
def test_an_owner_cannot_reach_into_another_study_through_an_account(
    owned: Desk, make_study: Callable[..., Path], database: str | None
) -> None:
    other = open_desk(
        make_study("other"), database=database or str(owned.folder / "calibrant.db"), clock=owned.clock
    )
    people.add_account(other, "zoe", name="Zoe", password=SECRET, roles=["owner"], by="-", role=HOLDER)
    link = inviting.invite(owned, ["lead"], by="Olga", role="owner")
    inviting.accept(owned, link.token, login="zoe", name="Zoe", password=SECRET, client=HERE)
    for reach in (
        lambda: inviting.reset(owned, "zoe", by="Olga", role="owner"),
        lambda: people.disable(owned, "zoe", by="Olga", role="owner"),
        lambda: people.end_sessions(owned, "zoe", by="Olga", role="owner"),
    ):
        with pytest.raises(CannotChangePeople, match="other studies"):
            reach()
    people.set_roles(owned, "zoe", [], by="Olga", role="owner")  # the owner of this study may
    with pytest.raises(CannotChangePeople, match="other studies"):  # and reaches no further for it
        inviting.reset(owned, "zoe", by="Olga", role="owner")
    other.close()


@both_engines
def test_what_one_server_ends_is_over_on_another(owned: Desk, database: str | None) -> None:
    joined(owned, "rater")
    session = signed_in(owned, "new@x.org")
    token = personal_tokens.make(owned, "new@x.org", name="ci", by="Nora").token
    other = open_desk(owned.folder, database=database, clock=owned.clock)
    assert acting.of_session(other, session) is not None
    people.disable(owned, "new@x.org", by="Olga", role="owner")
    assert (acting.of_session(other, session), acting.of_token(other, token)) == (None, None)
    with pytest.raises(LoginFailed):
        signing_in.sign_in(other, "new@x.org", SECRET, client=HERE)
    other.close()


@both_engines
def test_an_owner_sets_no_password_for_somebody_whom_the_company_lets_in(owned: Desk) -> None:
    vouched = provided.Vouched("https://login.example.org", "s-1", "Ida", "ida@x.org")
    link = inviting.invite(owned, ["rater"], by="Olga", role="owner")
    provided.enter(owned, vouched, token=link.token)
    with pytest.raises(CannotChangePeople, match="signs in through the company's login"):
        inviting.reset(owned, "ida@x.org", by="Olga", role="owner")
    provided.enter(owned, vouched)
    inviting.set_password(owned, inviting.reset(owned, "ida@x.org", by="-", role=HOLDER).token, NEW)
    with pytest.raises(CannotChangePeople, match="company's login"):  # also with a password by now
        inviting.reset(owned, "ida@x.org", by="Olga", role="owner")


@both_engines
def test_a_link_made_before_its_account_came_into_another_study_sets_no_password(
    owned: Desk, make_study: Callable[..., Path], database: str | None
) -> None:
    other = open_desk(
        make_study("other"), database=database or str(owned.folder / "calibrant.db"), clock=owned.clock
    )
    people.add_account(other, "zoe", name="Zoe", password=SECRET, roles=["owner"], by="-", role=HOLDER)
    joined(owned, "rater")
    kept = inviting.reset(owned, "new@x.org", by="Olga", role="owner")
    people.set_roles(owned, "new@x.org", ["rater", "lead"], by="Olga", role="owner")
    assert inviting.open_link(owned, kept.token).account == "Nora"  # of this study alone it still works
    invited = inviting.invite(other, ["engineer"], by="Zoe", role="owner")
    inviting.accept(other, invited.token, login="new@x.org", name="-", password=SECRET, client=HERE)
    with pytest.raises(InvitationUnusable):
        inviting.set_password(owned, kept.token, NEW)
    other.close()


@both_engines
def test_one_person_who_is_lead_and_engineer_is_named(owned: Desk) -> None:
    joined(owned, "lead", "engineer")
    joined(owned, "lead", login="b", name="Berta")
    assert acting.double_roles(owned) == ("Nora",)


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "Ada\u202e", "a\x00b"])
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(naming.UnusableName):
        naming.checked_name(name)


def test_a_check_of_who_is_signed_in_is_cheap(owned: Desk) -> None:
    token = signed_in(owned)
    acting.of_session(owned, token)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        acting.of_session(owned, token)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert 0 < len(asked) <= 3, asked


def test_reports_name_who_is_lead_and_engineer_and_say_where_there_are_no_accounts(desk: Desk) -> None:
    assert role_notes(desk) == (NO_ACCOUNTS,)
    assert NO_ACCOUNTS in build_report(desk, role=HOLDER).notes
    roles = ["owner", "lead", "engineer"]
    people.add_account(desk, "olga", name="Olga", password=SECRET, roles=roles, by="-", role=HOLDER)  # type: ignore[arg-type]
    assert role_notes(desk) == both_roles(desk)
    notes = build_report(desk, role=HOLDER).notes
    assert NO_ACCOUNTS not in notes
    assert any(note.startswith("Olga is lead and engineer at once") for note in notes)
    people.set_roles(desk, "olga", ["owner", "lead"], by="-", role=HOLDER)
    assert role_notes(desk) == ()
