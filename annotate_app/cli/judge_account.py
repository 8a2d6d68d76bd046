"""`calibrant judge account`: what judges took in calls, tokens, dollars and time, and per caught error."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.services.account_values import Account, JudgeAccount


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", nargs="?", metavar="NAME", help="a judge of study.toml (default: all)")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_account(args: argparse.Namespace) -> int:
    """What each judge has taken so far; unknown stays unknown."""
    from annotate_app.services.accounting import judge_account, judge_accounts
    from annotate_app.services.judging import CANNOT_JUDGE

    desk = open_study(args)
    try:
        found = (
            (judge_account(desk, args.judge, role=args.role),)
            if args.judge
            else judge_accounts(desk, role=args.role)
        )
    except CANNOT_JUDGE as error:
        raise CommandFailed(str(error)) from error
    if args.json:
        content = {"schema": "calibrant/judge-accounts/1", "judges": [one.as_json() for one in found]}
        print(json.dumps(content, indent=2, ensure_ascii=False, default=list))
        return DONE
    for one in found:
        _print(one)
    return DONE


def _print(found: JudgeAccount) -> None:
    from annotate_app.services.account_words import per_caught_words, run_words

    identity = found.spec_hash[:12] if found.spec_hash else "no identity"
    print(f"{found.judge} ({found.kind}, {identity})")
    if not found.asks:
        print(f"  asks nobody; {found.runs.items} items have its verdicts, which state a cost of "
              f"{_usd(found.runs.cost_usd)}")  # fmt: skip
    elif not found.each:
        print("  has not been run")
    for name, account in (("runs", found.runs), ("probes", found.probes)):
        if found.asks and (account.calls or account.read):
            _print_account(name, account)
    for run in found.each:
        print(f"  {run_words(run)}")
    print(f"  per caught error: {per_caught_words(found)}")


def _print_account(name: str, account: Account) -> None:
    from annotate_app.services.account_words import latency_words, tokens_words

    kinds = ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in account.failures.items())
    print(
        f"  {name}: {account.calls} calls ({account.failed} failed{': ' + kinds if kinds else ''}), "
        f"{account.retries} tries more, {account.read} answers read from the store"
    )
    whole, each = _usd(account.cost_usd), _usd(account.usd_per_item)
    print(f"    {tokens_words(account)}; {whole} in all, {each} an item ({account.items} items)")
    if account.cost_usd is None and account.calls:
        others = "" if account.priced_usd is None else f"; the others took {_usd(account.priced_usd)}"
        print(f"    the price of {account.unpriced + account.failed} calls is unknown{others}")
    print(f"    latency {latency_words(account)}")


def _usd(amount: float | None) -> str:
    from annotate_app.services.account_words import usd

    return usd(amount)


COMMANDS: list[Command] = [
    Command("judge account", "what judges took: calls, tokens, dollars, time", _arguments, run_account),
]
