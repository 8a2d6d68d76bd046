"""`calibrant account`: people, their roles, links and tokens; for whoever holds the study's database."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import BY, open_as_holder, study_arguments

if TYPE_CHECKING:
    from annotate_app.desk import Desk
    from annotate_app.services.inviting import Invitation, Link
    from annotate_app.services.people import Member

ROLES = ("rater", "lead", "engineer", "owner")
Arguments = Callable[[argparse.ArgumentParser], None]
Runs = Callable[["Desk", argparse.Namespace], int]


def _about(*more: Arguments) -> Arguments:
    def arguments(parser: argparse.ArgumentParser) -> None:
        for add in more:
            add(parser)
        study_arguments(parser)

    return arguments


def _login(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("login", metavar="LOGIN", help="what the person signs in with: a name or an e-mail")


def _roles(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role", action="append", default=[], choices=ROLES, help="a role; may be given several times"
    )
    parser.add_argument("--rater", metavar="NAME", help="the rater whose answers the person goes on with")


def _link(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--public-url", metavar="URL", default="http://localhost:8501",
        help="where people reach the study; the link begins with it (default: http://localhost:8501)",
    )  # fmt: skip


def _new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, metavar="NAME", help="the name that others read")
    parser.add_argument("--ask-password", action="store_true", help="type a password now, instead of a link")
    parser.add_argument("--password-stdin", action="store_true", help="read a password from standard input")


def _invited(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--email", metavar="ADDRESS", help="whom the company's login lets in without the link"
    )


def _token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, metavar="NAME", help="what the token is for, as `laptop`")
    parser.add_argument("--days", type=int, default=90, help="how long it lives (default: 90)")
    parser.add_argument("--revoke", action="store_true", help="take back the tokens of this name")


def _on_study(run: Runs) -> Callable[[argparse.Namespace], int]:
    def command(args: argparse.Namespace) -> int:
        desk = open_as_holder(args)
        try:
            with _refusals():
                return run(desk, args)
        finally:
            desk.close()

    return command


@contextmanager
def _refusals() -> Iterator[None]:
    from annotate_app.services.naming import UnusableName
    from annotate_app.services.passwords import WeakPassword
    from annotate_app.services.people import CannotChangePeople

    try:
        yield
    except (CannotChangePeople, UnusableName, WeakPassword) as refused:
        raise CommandFailed(str(refused)) from refused


def _add(desk: Desk, args: argparse.Namespace) -> int:
    from annotate_app.services import inviting, people
    from annotate_app.services.rights import HOLDER

    people.add_account(
        desk, args.login, name=args.name, password=_password(args), roles=args.role, rater=args.rater, by=BY,
        role=HOLDER,
    )  # fmt: skip
    if args.ask_password or args.password_stdin:
        return _say(args, f"{args.login} can sign in", {"login": args.login})
    link = inviting.reset(desk, args.login, by=BY, role=HOLDER)
    return _show_link(args, link, f"{args.name} sets a password at this address")


def _password(args: argparse.Namespace) -> str | None:
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not args.ask_password:
        return None
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise CommandFailed("the two passwords differ: nothing was changed")
    return first


def _list(desk: Desk, args: argparse.Namespace) -> int:
    from annotate_app.services import inviting, people, personal_tokens
    from annotate_app.services.rights import HOLDER

    members = people.members(desk, role=HOLDER)
    links = [one for one in inviting.listing(desk, role=HOLDER) if one.state == "open"]
    tokens = [one for one in personal_tokens.listing(desk) if one.revoked_at is None]
    if args.json:
        content = {
            "schema": "calibrant/accounts/1", "accounts": [one.as_json() for one in members],
            "open_links": [_link_json(one) for one in links],
            "tokens": [{"login": t.login, "name": t.name, "expires": t.expires_at} for t in tokens],
        }  # fmt: skip
        print(json.dumps(content, indent=2, ensure_ascii=False))
        return DONE
    for member in members:
        print(_member(member))
    for link in links:
        print(f"open link {link.number}: {_for(link)}, until {link.expires_at[:16]}")
    for token in tokens:
        print(f"token {token.name!r} of {token.login}, until {token.expires_at[:16]}")
    if not members:
        print("no account: the study is open to whoever uses this machine, and is served on it alone")
    return DONE


def _member(one: Member) -> str:
    roles = ", ".join(one.roles) or "no role"
    facts = [roles, *([f"rates as {one.rater}"] if one.rater else []), f"{one.sessions} sessions"]
    facts += [f"{one.tokens} tokens"] if one.tokens else []
    facts += ["disabled"] if one.disabled else []
    facts += [] if one.password or one.provider else ["cannot sign in yet"]
    return f"{one.login} ({one.name}): {'; '.join(facts)}"


def _for(link: Invitation) -> str:
    whom = f" for {link.email}" if link.email else ""
    name = f", who goes on as {link.rater}" if link.rater else ""
    return "sets a password" if link.resets else f"invites {' and '.join(link.roles)}{whom}{name}"


def _link_json(link: Invitation) -> dict[str, object]:
    return {
        "number": link.number, "roles": list(link.roles), "rater": link.rater, "email": link.email,
        "sets_password": link.resets, "expires": link.expires_at,
    }  # fmt: skip


def _role(desk: Desk, args: argparse.Namespace) -> int:
    from annotate_app.services import people
    from annotate_app.services.rights import HOLDER

    people.set_roles(desk, args.login, args.role, rater=args.rater, by=BY, role=HOLDER)
    roles = " and ".join(args.role) or "no role in this study"
    return _say(args, f"{args.login}: {roles}", {"login": args.login, "roles": args.role})


def _disable(desk: Desk, args: argparse.Namespace) -> int:
    from annotate_app.services import people
    from annotate_app.services.rights import HOLDER

    people.disable(desk, args.login, by=BY, role=HOLDER)
    return _say(args, f"{args.login} is signed out and cannot sign in", {"login": args.login})


def _enable(desk: Desk, args: argparse.Namespace) -> int:
    from annotate_app.services import people
    from annotate_app.services.rights import HOLDER

    people.enable(desk, args.login, by=BY, role=HOLDER)
    return _say(args, f"{args.login} can sign in again", {"login": args.login})


def _reset(desk: Desk, args: argparse.Namespace) -> int:
    from annotate_app.services import inviting
    from annotate_app.services.rights import HOLDER

    link = inviting.reset(desk, args.login, by=BY, role=HOLDER)
    ended = f"; personal tokens ended: {link.tokens_ended}" if link.tokens_ended else ""
    return _show_link(args, link, f"{args.login} sets a new password at this address{ended}")


def _invite(desk: Desk, args: argparse.Namespace) -> int:
    from annotate_app.services import inviting
    from annotate_app.services.rights import HOLDER

    link = inviting.invite(desk, args.role, by=BY, rater=args.rater, email=args.email, role=HOLDER)
    return _show_link(args, link, f"one person joins as {' and '.join(args.role)} at this address")


def _make_token(desk: Desk, args: argparse.Namespace) -> int:
    from annotate_app.services import personal_tokens

    if args.revoke:
        taken = personal_tokens.revoke(desk, args.login, name=args.name, by=BY)
        return _say(args, f"{taken} tokens {args.name!r} of {args.login} taken back", {"revoked": taken})
    made = personal_tokens.make(desk, args.login, name=args.name, days=args.days, by=BY)
    until = made.expires_at[:16]
    words = f"{made.token}\nSet CALIBRANT_TOKEN to it. It is shown this once, and works until {until}."
    return _say(args, words, {"token": made.token, "expires": made.expires_at})


def _show_link(args: argparse.Namespace, link: Link, what: str) -> int:
    address = link.address(args.public_url)
    words = f"{what}, once, until {link.expires_at[:16]}:\n{address}"
    content = {"link": address, "expires": link.expires_at, "tokens_ended": link.tokens_ended}
    return _say(args, words, content)


def _say(args: argparse.Namespace, words: str, content: dict[str, object]) -> int:
    print(json.dumps(content, ensure_ascii=False) if args.json else words)
    return DONE


COMMANDS: list[Command] = [
    Command("account add", "add a person who can sign in; the first is an owner",
            _about(_login, _new, _roles, _link), _on_study(_add)),
    Command("account list", "list people, open links and tokens", _about(), _on_study(_list)),
    Command("account role", "give a person exactly these roles; none takes them out of the study",
            _about(_login, _roles), _on_study(_role)),
    Command("account disable", "sign a person out and keep them out", _about(_login), _on_study(_disable)),
    Command("account enable", "let a disabled person in again", _about(_login), _on_study(_enable)),
    Command("account reset", "make a link that sets a new password, once",
            _about(_login, _link), _on_study(_reset)),
    Command("account invite", "make a link by which one person joins, once",
            _about(_roles, _invited, _link), _on_study(_invite)),
    Command("account token", "make (or take back) a token for the command line",
            _about(_login, _token), _on_study(_make_token)),
]  # fmt: skip
