"""`calibrant monitor`: is the product still good, the judge still the same, the test set still right."""

from __future__ import annotations

import argparse
import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed
from annotate_app.cli.opening import open_study

if TYPE_CHECKING:
    from annotate_app.services.monitor_values import MonitorRun, MonitorState
    from calibration.monitoring import Followed

STATUS = "status"
SHOWN_REJECTS = 10


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE",
        help="new production outputs, JSONL or CSV of items; `status` alone prints how things stand; "
        "nothing: anchors and test set only",
    )  # fmt: skip
    parser.add_argument("--judge", metavar="NAME", help="whom to follow (default: [monitor] judge)")
    parser.add_argument(
        "--anchors",
        type=int,
        metavar="N",
        help="anchor items to judge again (default: [monitor] anchor_share)",
    )
    parser.add_argument(
        "--restart", metavar="REASON", help="acknowledge the alarms that stand and follow from nothing"
    )
    parser.add_argument("--by", metavar="NAME", help="with --restart: who does it (your login name)")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="study folder (here)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_monitor(args: argparse.Namespace) -> int:
    """0: quiet. 2: an alarm stands. 1: could not run."""
    from annotate_app.services.importing import CannotRead
    from annotate_app.services.judging import CANNOT_JUDGE
    from annotate_app.services.monitor_values import CannotMonitor

    if args.anchors is not None and args.anchors < 0:
        raise CommandFailed(f"--anchors {args.anchors}: must be 0 or more")
    try:
        return _run(args)
    except (CannotMonitor, CannotRead, *CANNOT_JUDGE) as error:
        raise CommandFailed(str(error)) from error


def _run(args: argparse.Namespace) -> int:
    from annotate_app.services import monitoring

    desk = open_study(args)
    try:
        if args.restart is not None:
            monitoring.restart(desk, by=args.by or getpass.getuser(), reason=args.restart, role=args.role)
        if [str(file) for file in args.files] == [STATUS] or (args.restart is not None and not args.files):
            state = monitoring.monitor_status(desk, role=args.role)
            print(_json(state.as_json()) if args.json else state_text(state))
            return DONE if state.quiet else NEGATIVE_FINDING
        done = monitoring.monitor(desk, args.files, judge=args.judge, anchors=args.anchors, role=args.role)
    finally:
        desk.close()
    print(_json(done.as_json()) if args.json else run_text(done))
    if done.rejected and not done.seen and not done.known:
        raise CommandFailed(f"no row is a production output; the first: {done.rejected[0]}")
    return DONE if done.state.quiet else NEGATIVE_FINDING


def _json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)


def run_text(done: MonitorRun) -> str:
    """What the run did, then how things stand."""
    cost = "cost unknown" if done.cost_usd is None else f"${done.cost_usd:.4f}"
    lines = [
        f"{done.seen:,} new outputs ({done.known:,} known), {done.judged:,} judged, {done.anchors:,} anchor "
        f"items judged again, {cost}"
    ]
    if done.wave:
        lines.append(f"{done.reviews} outputs are in the raters' queue: {done.wave}")
    if done.stopped:
        lines.append(f"The judge stopped early: {done.stopped}. The rest waits for the next run.")
    lines += [f"left out: {one}" for one in done.rejected[:SHOWN_REJECTS]]
    more = len(done.rejected) - SHOWN_REJECTS
    lines += [f"… and {more} more rows left out"] if more > 0 else []
    return "\n".join([*lines, state_text(done.state)])


def state_text(state: MonitorState) -> str:
    """Traffic, processes, reviews, mix, test set, and every alarm in words."""
    lines = [f"{state.judge} ({state.spec_hash[:12]}), followed since {state.since[:16]}"]
    for one in state.traffic:
        counts = f"{one.seen:,} seen, {one.judged:,} judged, {one.reviewed:,} for review"
        lines.append(f"  traffic    {one.stratum}: {counts}")
    lines += [_process(one) for one in state.processes]
    lines += _facts(state)
    lines += [f"  note       {note}" for note in state.notes]
    if state.quiet:
        return "\n".join([*lines, "quiet: no alarm stands"])
    return "\n".join([*lines, *(f"ALARM {a.kind}: {a.text}" for a in state.alarms)])


def _process(one: Followed) -> str:
    from annotate_app.services.monitor_alarms import share_words

    what = "quality    judged good" if one.kind == "quality" else "anchors    agrees with people"
    return (
        f"  {what}, {one.criterion}: {share_words(one.value)}, n {one.n:,}, floor {one.floor:.3f}; evidence "
        f"{one.highest:.2g} of {one.limit:.0f}"
    )


def _facts(state: MonitorState) -> list[str]:
    from annotate_app.services.monitor_alarms import share_words

    lines = [
        f"  people     good, {one.criterion}: {share_words(one.good)}; "
        f"judge agrees: {share_words(one.agreement)}"
        for one in state.reviews
    ]
    for share in state.mix:
        declared = "not declared" if share.declared is None else f"declared {share.declared:.0%}"
        lines.append(f"  mix        {share.stratum}: {share_words(share.seen)}, {declared}")
    if state.test_set is not None:
        due = f"due for review on {state.test_set.due}" if state.test_set.due else "no review date is set"
        lines.append(f"  test set   {state.test_set.days} days old, {due}")
    if state.no_answer:
        lines.append(f"  answers    {state.no_answer:,} drawn outputs without one")
    if state.models:
        lines.append(f"  models     {', '.join(state.models)}")
    return lines


COMMANDS: list[Command] = [
    Command(
        "monitor", "follow production: exit 2 when product, judge or traffic changed", _arguments, run_monitor
    ),
]
