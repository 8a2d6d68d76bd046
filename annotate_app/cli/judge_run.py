"""`calibrant judge run`: let a judge answer and watch it; its cost beforehand; its answers once more."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed
from annotate_app.cli.judge_progress import Lines, state
from annotate_app.cli.logging_options import log_arguments, start_log
from annotate_app.cli.opening import open_study
from annotate_app.cli.terminal import console

if TYPE_CHECKING:
    from annotate_app.services.calling import Tally
    from annotate_app.services.judge_costs import Estimated
    from annotate_app.services.judge_values import RunOptions, RunSummary
    from annotate_app.services.replaying import Replay
    from annotate_app.services.rights import Holder, Role


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", metavar="NAME", help="a judge of study.toml")
    parser.add_argument(
        "--split", choices=("development", "validation", "held_out"), help="only these items (default: all)"
    )
    parser.add_argument("--items", nargs="+", default=[], metavar="ID", help="only these items")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N items")
    parser.add_argument("--retry-failed", action="store_true", help="also items whose provider failed before")
    parser.add_argument("--budget-calls", type=int, metavar="N", help="stop before more than N calls")
    parser.add_argument("--budget-usd", type=float, metavar="X", help="stop when X dollars are spent")
    parser.add_argument("--dry-run", action="store_true", help="say what it would take, and ask nobody")
    parser.add_argument("--volume", type=int, metavar="N", help="with --dry-run: cost of N items a day")
    parser.add_argument(
        "--replay", action="store_true", help="make no call: read stored answers, compare the verdicts"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="with --replay: write the verdicts read")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    log_arguments(parser, level="error")


def run_run(args: argparse.Namespace) -> int:
    """Let the judge answer what it has not answered yet; the same judge is never asked twice."""
    from annotate_app.services.judging import CANNOT_JUDGE

    options = _options(args)
    start_log(args)
    try:
        if args.dry_run:
            return _dry_run(args, options)
        if args.replay:
            return _replay(args, options)
        return _run(args, options)
    except CANNOT_JUDGE as error:
        raise CommandFailed(str(error)) from error


def _options(args: argparse.Namespace) -> RunOptions:
    from annotate_app.services.judge_values import RunOptions

    for name in ("limit", "budget_calls", "budget_usd", "volume"):
        if (given := getattr(args, name)) is not None and given <= 0:
            raise CommandFailed(f"--{name.replace('_', '-')} {given}: must be greater than 0")
    if args.volume is not None and not args.dry_run:
        raise CommandFailed("--volume goes with --dry-run")
    if args.out is not None and not args.replay:
        raise CommandFailed("--out goes with --replay")
    return RunOptions(
        args.split, tuple(args.items), args.limit, args.retry_failed, args.replay, args.budget_calls,
        args.budget_usd,
    )  # fmt: skip


def _run(args: argparse.Namespace, options: RunOptions) -> int:
    """0: done, or nothing to do. 2: of all that was asked nobody answered."""
    from annotate_app.services.judging import run_judge

    with watching(quiet=args.json) as watch:
        summary = run_judge(
            open_study(args), args.judge, options=options, watch=watch, by=args.who, role=args.role
        )
    if args.json:
        _print_json({"schema": "calibrant/judge-run/1", **asdict(summary)})
    else:
        _print_run(summary)
    return NEGATIVE_FINDING if summary.only_failed else DONE


def _print_run(run: RunSummary) -> None:
    identity = f"{run.judge} ({run.spec_hash[:12]})"
    if run.did_nothing and not run.stopped:
        print(f"{identity}: {_nothing(run)}")
        return
    print(
        f"{identity}: {run.items} items in {run.seconds:.1f} s, {_cost(run)}; "
        f"{run.verdicts} verdicts: {counted(run.statuses)}"
    )
    for line in _more(run):
        print(f"  {line}")


def _nothing(run: RunSummary) -> str:
    if run.elsewhere:
        return f"runs side by side with this one answered all {run.elsewhere} items"
    if not run.already:
        return "nothing to do, there is no such item"
    return f"nothing to do, this exact judge has answered all {run.already} items already"


def _cost(run: RunSummary) -> str:
    if run.cost_usd is None:
        return "cost unknown (give [judges.NAME.price]; of a program, usd_per_call)"
    if run.account is None or not run.account.unpriced:
        return f"${run.cost_usd:.4f}" if 0 < run.cost_usd < 0.01 else f"${run.cost_usd:.2f}"
    if run.account.unpriced == run.account.calls - run.account.failed:
        return "cost unknown (give [judges.NAME.price]; of a program, usd_per_call)"
    return f"${run.cost_usd:.2f} and {run.account.unpriced} calls of unknown price"


def _more(run: RunSummary) -> list[str]:
    lines = []
    if run.stopped:
        lines.append(f"stopped: {run.stopped}")
    account = run.account
    if account and (account.calls or account.cached):
        again = account.attempts - account.calls
        lines.append(
            f"{account.calls} calls ({account.failed} failed, {max(again, 0)} tries more), "
            f"{account.cached} answers read from the store; {account.tokens_in} tokens in, "
            f"{account.tokens_out} out"
        )
    if run.only_failed:
        lines.append("nobody answered: `judge show` says whom it asks, --retry-failed asks again")
    if run.already:
        lines.append(f"{run.already} items were answered before")
    if run.elsewhere:
        lines.append(f"{run.elsewhere} items were answered by runs side by side with this one")
    if run.waiting:
        lines.append(f"{run.waiting} items wait until every member has answered them")
    if run.own_examples:
        lines.append(f"{run.own_examples} items are the judge's own examples and are not asked about")
    if run.observed:
        lines.append(f"observed: {run.observed}")
    return lines


def _dry_run(args: argparse.Namespace, options: RunOptions) -> int:
    from annotate_app.services.judge_costs import estimate_run
    from annotate_app.services.judging import judge_section, judge_spec

    desk = open_study(args)
    spec, section = judge_spec(desk, args.judge), judge_section(desk, args.judge)
    found = estimate_run(desk, args.judge, spec, section, options, role=args.role)
    per_day = found.usd_per_day(args.volume) if args.volume else None
    if args.json:
        content = {"schema": "calibrant/judge-estimate/1", **asdict(found)}
        _print_json(content | ({"volume": args.volume, "usd_per_day": per_day} if args.volume else {}))
    else:
        _print_estimate(found, args.volume, per_day)
    return DONE


def _print_estimate(found: Estimated, volume: int | None, per_day: float | None) -> None:
    from annotate_app.services.account_words import usd

    print(f"{found.judge}: {found.items} items to answer, {found.calls} calls, {found.stored} stored already")
    if found.calls and (found.counted or found.answered):
        means = f"the mean of {found.answered} answers"
        asked = means if found.answered else f"counted on {found.counted} items"
        told = means if found.answered else "assumed, nothing was answered yet"
        print(f"  about {found.tokens_in:,.0f} tokens in ({asked}),")
        print(f"  about {found.tokens_out:,.0f} tokens out ({told})")
    unknown = "unknown: no list has the model's price, give [judges.NAME.price]"
    print(f"  cost {unknown if found.usd is None else f'about {usd(found.usd)}'}")
    if volume and per_day is None and found.usd is not None:
        print(f"  {volume} items a day: unknown, there is no item whose tokens could be counted")
    elif volume:
        print(f"  {volume} items a day: {unknown if per_day is None else f'about {usd(per_day)} a day'}")


def _replay(args: argparse.Namespace, options: RunOptions) -> int:
    from annotate_app.services.judging import judge_section, judge_spec, run_judge
    from annotate_app.services.replaying import replay

    desk = open_study(args)
    added = run_judge(desk, args.judge, options=options, by=args.who, role=args.role)
    spec, section = judge_spec(desk, args.judge), judge_section(desk, args.judge)
    found = replay(desk, args.judge, spec, section, options, role=args.role)
    if args.out is not None:
        _write(args.out, found)
    if args.json:
        counts = {name: value for name, value in asdict(found).items() if name != "verdicts"}
        _print_json({"schema": "calibrant/judge-replay/1", **counts, "added": added.items})
    else:
        _print_replay(found, added, args.role)
    return NEGATIVE_FINDING if found.different or found.not_stored else DONE


def _write(path: Path, found: Replay) -> None:
    rows = (json.dumps(asdict(one), ensure_ascii=False, sort_keys=True) + "\n" for one in found.verdicts)
    try:
        path.write_text("".join(rows), encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"--out {path}: cannot be written: {error.strerror}") from error


def _print_replay(found: Replay, added: RunSummary, role: Role | Holder) -> None:
    read = found.items - found.not_stored
    print(
        f"{found.judge} ({found.spec_hash[:12]}): {read} items read from stored answers, "
        f"{found.identical} the same to the byte, {len(found.different)} different; no call was made"
    )
    if added.items:
        print(f"  {added.items} items had stored answers and no verdicts yet: they have them now")
    if found.not_stored:
        print(f"  {found.not_stored} items have verdicts whose answers are not stored under these requests")
    if added.account and added.account.not_stored:
        print(f"  {added.account.not_stored} calls are not stored")
    if found.withheld:
        from annotate_app.services.rights import HOLDER

        whose = "held-out items" if role is HOLDER else "items that this role may not see"
        print(f"  {found.withheld} verdicts of {whose} are not written or shown")
    for item_id in found.different[:10]:
        print(f"  different: {item_id}")


@contextmanager
def watching(*, quiet: bool) -> Iterator[Callable[[Tally], None] | None]:
    """What is told of each look at a run; whoever stops the run with Ctrl-C is told that nothing is lost."""
    try:
        with _shown(quiet=quiet) as show:
            yield show
    except KeyboardInterrupt:
        raise CommandFailed("stopped. What was answered is stored: run it again, it goes on there") from None


@contextmanager
def _shown(*, quiet: bool) -> Iterator[Callable[[Tally], None] | None]:
    """A bar on a terminal, a line now and then elsewhere, nothing beside JSON."""
    if quiet:
        yield None
    elif not sys.stderr.isatty():
        yield Lines()
    else:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[more]}"), TimeRemainingColumn(),
        )  # fmt: skip
        with Progress(*columns, console=console(sys.stderr)) as progress:
            bar = progress.add_task("items", total=None, more="")
            started = time.monotonic()

            def draw(tally: Tally) -> None:
                more = state(tally, time.monotonic() - started)
                progress.update(bar, total=tally.items, completed=tally.done, more=more)

            yield draw


def counted(statuses: object) -> str:
    """Verdicts by status, in words."""
    counts = dict(statuses) if isinstance(statuses, dict) else {}
    return ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in counts.items()) or "nothing"


def _print_json(content: object) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False, default=list))


COMMANDS: list[Command] = [
    Command("judge run", "let a judge answer the items it has not answered yet", _arguments, run_run),
]
